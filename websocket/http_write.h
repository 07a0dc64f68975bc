/*
 * http_write.h: writes HTTP/1.1 responses (RFC 9112 §4, RFC 9110 §6.6, §8.6)
 *
 *   HTTP/1.1 200 OK CRLF  Content-Length: 5 CRLF  ... CRLF  CRLF  hello
 *
 * Introduced in websocket/401_http.c.
 */
#ifndef WEBSOCKET_HTTP_WRITE_H
#define WEBSOCKET_HTTP_WRITE_H

#include "packets/buf.h"

#define HTTP_DATE_SIZE 30          /* bytes, with the final zero byte */
#define HTTP_DATE_MAX 253402300799 /* 9999-12-31 23:59:59 */

/* Appends a response with n bytes of content: "HTTP/1.1 STATUS Reason",
 * "Content-Length: n" and, unless type is NULL, "Content-Type: type"; then k
 * spans of more fields, each line ended by CRLF; the empty line; and body,
 * which is empty if the caller sends the content later. 1xx, 204 and 304 have
 * no Content-Length and no body. False: out is full or no memory; nothing is
 * appended. */
bool http_write_response(struct buf *out, unsigned status, const char *type,
                         size_t n, const struct span *fields, size_t k,
                         struct span body);

/* Writes a response like http_write_response, without a body. more: NULL, or
 * more fields. */
bool http_write_head(struct buf *out, unsigned status, const char *type,
                     size_t n, const char *more);

/* Returns the reason phrase of a status (RFC 9110 §15), or "". */
const char *http_reason(unsigned status);

/* Writes a time in the form that HTTP requires, "Sun, 06 Nov 1994 08:49:37 GMT"
 * (RFC 9110 §5.6.7). unix_seconds: since 1970, UTC; 0 to HTTP_DATE_MAX. */
void http_date(int64_t unix_seconds, char text[HTTP_DATE_SIZE]);

/* The response to a connection over the server's limit, for tcp/acceptor.h. */
#define HTTP_FULL                                                              \
    "HTTP/1.1 503 Too Many Connections\r\nConnection: close\r\n"               \
    "Content-Length: 0\r\n\r\n"

#endif
