/*
 * http.h: reading the head of an HTTP/1.1 message, strictly (RFC 9112, 9110)
 *
 *   GET /chat?room=1 HTTP/1.1 CRLF     request-line (or a status-line)
 *   Host: 127.0.0.1:3000 CRLF          field lines: name ":" OWS value OWS
 *   CRLF                               the head ends; a body may follow
 *
 * Where the RFC lets a recipient be lenient, this is strict: only if everybody
 * reads a message in the same way can nothing be smuggled in it. Parsing keeps
 * no state and borrows from the bytes parsed. Bodies are http_body.h, writing
 * is http_write.h. Introduced in websocket/401_http.c.
 */
#ifndef WEBSOCKET_HTTP_H
#define WEBSOCKET_HTTP_H

#include "packets/limits.h"
#include "websocket/http_write.h"

#define HTTP_LIMITS(X)                                                         \
    X(LIMIT_HTTP_HEAD, 16384, "bytes", "request line and fields: 431")         \
    X(LIMIT_HTTP_HEADERS, 100, "fields", "431")                                \
    X(LIMIT_HTTP_TARGET, 8192, "bytes", "request target: 414")                 \
    X(LIMIT_HTTP_BODY, 1000000, "bytes", "413, judged on the head alone")      \
    X(LIMIT_HTTP_CHUNK_DIGITS, 16, "digits", "chunk size: 400")                \
    X(LIMIT_HTTP_CHUNK_EXTENSIONS, 1024, "bytes", "in all of a body: 400")     \
    X(LIMIT_HTTP_PIPELINED, 32, "requests", "in one read: then close")         \
    X(LIMIT_HEAD_MS, 10000, "ms", "for a whole request head: 408")             \
    X(LIMIT_BODY_MS, 30000, "ms", "for a whole request body: 408")             \
    X(LIMIT_IDLE_MS, 5000, "ms", "between requests: close")                    \
    X(LIMIT_CLOSING_MS, 2000, "ms", "after our last byte: drop")

enum http_limits {
    HTTP_LIMITS(LIMIT_ENUM)
};

/* The status with which a server responds to the error is -error. */
enum http_error {
    HTTP_ERR_BAD = -400,     /* not HTTP: any MUST of the grammar */
    HTTP_ERR_BODY = -413,    /* Content-Length or chunks over the limit */
    HTTP_ERR_TARGET = -414,  /* request-target over LIMIT_HTTP_TARGET */
    HTTP_ERR_HEAD = -431,    /* over LIMIT_HTTP_HEAD or LIMIT_HTTP_HEADERS */
    HTTP_ERR_CODING = -501,  /* a transfer coding other than chunked */
    HTTP_ERR_VERSION = -505, /* not HTTP/1.0 or 1.1 */
};

struct http_field {
    struct span name, value; /* without the white space around value */
};

struct http_head {              /* its spans are lent from the bytes parsed */
    struct span method, target; /* of a request */
    unsigned status;            /* of a response */
    unsigned minor;             /* HTTP/1.minor */
    bool keep_alive;            /* may the connection persist? §9.3 */
    bool chunked;               /* Transfer-Encoding: chunked */
    bool expects;               /* Expect: 100-continue */
    uint64_t length;            /* Content-Length, 0 if there is none */
    struct span host; /* of a request: from a target in absolute-form, else
                         from Host; data is NULL if there is none (1.0) */
    unsigned count;
    struct http_field fields[LIMIT_HTTP_HEADERS];
};

/* Parses the head at the start of bytes. Returns its size; 0: it is not
 * complete; or an http_error. An error shows as soon as the line with it has
 * ended, a byte that no line may contain at once; so what is returned depends
 * on the bytes, not on how they were cut. seen: how many of them were there in
 * the last call, which returned 0; 0 at first. Bytes after the head are not
 * looked at. On 0 and on error *h is unspecified. A request may begin with one
 * empty line, which counts as part of the head. A response without
 * Content-Length or chunked extends to the end of the stream: then length is 0
 * and keep_alive false, and its body is not for http_body_next. */
int http_request(struct http_head *h, struct span bytes, size_t seen);
int http_response(struct http_head *h, struct span bytes, size_t seen);

/* Does a body follow the head of a request? */
static inline bool http_has_body(const struct http_head *h) {
    return h->chunked || h->length > 0;
}

/* The value of the first field of that name (case-insensitive), data NULL if
 * there is none; *count, unless NULL: how many there are. */
struct span http_field(const struct http_head *h, const char *name,
                       unsigned *count);

/* Is token an element of the comma-separated lists in the fields of that name?
 * Case-insensitive (RFC 9110 §5.6.1). */
bool http_field_has_token(const struct http_head *h, const char *name,
                          const char *token);

/* Consumes the next element, trimmed, from the front of a comma-separated list
 * of tokens (no quoted strings), skipping empty ones. False: no more. */
bool http_element(struct span *list, struct span *element);

/* s without the spaces and tabs around it. */
struct span http_trim(struct span s);

/* The "host:port" of a target in absolute-form ("http://host:port/path"), data
 * NULL if it has another form. */
struct span http_authority(struct span target);
/* The target's path, not decoded: what is before any "?". */
struct span http_path(struct span target);
/* Decodes the first value of key in the target's query into text, which has
 * size bytes with its final zero byte. Returns how often key occurs (0: none,
 * and text is ""), or HTTP_ERR_BAD: a value of key has a malformed percent-
 * encoding or a NUL. Keys are compared decoded (RFC 3986 §2.3). A longer value
 * is cut off, so size should exceed every value that is meant. */
int http_query(struct span target, const char *key, char *text, size_t size);

#endif
