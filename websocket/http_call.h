/*
 * http_call.h: one HTTP/1.1 request and its response, from the client's side
 *
 *   http_call_write -> request      head, then content -> http_call_feed: 1
 *                                   an end without length -> http_call_eof: 1
 *
 * The module holds at most a head of LIMIT_HTTP_HEAD bytes and max_content
 * bytes of content. It follows no redirects and stores no cookies. Introduced
 * in socketio/507_echo_client.c.
 */
#ifndef WEBSOCKET_HTTP_CALL_H
#define WEBSOCKET_HTTP_CALL_H

#include "websocket/http_body.h"

#define HTTP_CALL_LIMITS(X)                                                    \
    X(LIMIT_HTTP_INTERIM, 8, "responses", "1xx before the response: fail")

enum http_call_limits {
    HTTP_CALL_LIMITS(LIMIT_ENUM)
};

enum http_call_error { /* in addition to those of websocket/http.h */
    HTTP_CALL_ERR_MEMORY = -1,
    HTTP_CALL_ERR_INTERIM = -2, /* over LIMIT_HTTP_INTERIM, or a 101 */
    HTTP_CALL_ERR_EOF = -3,     /* the response was not complete */
};

struct http_call {
    struct buf head;    /* of the response, the part that has arrived */
    struct buf content; /* of the response, without chunk sizes */
    struct http_body body;
    unsigned status; /* of the response; 0: its head has not arrived */
    bool is_waiting; /* a request was sent, the response is not complete */
    bool keep_alive; /* may the next request use the same connection? */
    bool until_eof;  /* the content ends when the connection does */
    uint8_t interim; /* responses 1xx so far */
};

/* Appends a request: the line, Host, the fields (each ended by CRLF) and, with
 * POST, Content-Type, Content-Length and an empty line; the caller appends its
 * n bytes of content. False: out is full. */
bool http_call_write(struct buf *out, const char *method, const char *host,
                     const char *target, size_t n);

/* Begins to wait for the response, whose content has at most max_content
 * bytes. */
void http_call_begin(struct http_call *c, uint32_t max_content);
void http_call_free(struct http_call *c);

/* Consumes from *in. Returns 0: more is needed, and *in is empty; 1: status and
 * content are complete, and the rest of *in does not belong to the response; or
 * an error: end the connection. */
int http_call_feed(struct http_call *c, struct span *in);

/* The server has ended the connection. Returns 1 if that completes the
 * response, otherwise HTTP_CALL_ERR_EOF. */
int http_call_eof(struct http_call *c);

/* Returns the text of an error of http_call_feed or http_call_eof. */
const char *http_call_explain(int error);

#endif
