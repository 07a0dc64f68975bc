/*
 * http.h: parses the head of an HTTP/1.1 message, strictly (RFC 9112, 9110)
 *
 *   GET /chat?room=1 HTTP/1.1 CRLF     request-line (or a status-line)
 *   Host: 127.0.0.1:3000 CRLF          field lines: name ":" OWS value OWS
 *   CRLF                               the head ends; a body may follow
 *
 * Where the RFC lets a recipient be lenient, this parser is strict. If two
 * recipients read a message differently, a request can be smuggled in it.
 * Bodies are in http_body.h. Introduced in websocket/401_http.c.
 */
#ifndef WEBSOCKET_HTTP_H
#define WEBSOCKET_HTTP_H

#include "packets/limits.h"
#include "websocket/http_write.h"

#define HTTP_LIMITS(X)                                                         \
    X(LIMIT_HTTP_HEAD, 16384, "bytes", "request line and fields: 431")         \
    X(LIMIT_HTTP_HEADERS, 100, "fields", "431")                                \
    X(LIMIT_HTTP_TARGET, 8192, "bytes", "request target: 414")                 \
    X(LIMIT_HTTP_BODY, 1000000, "bytes", "413, before the body is read")       \
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

enum http_error {            /* the status of the response is -error */
    HTTP_ERR_BAD = -400,     /* not HTTP: any MUST of the grammar */
    HTTP_ERR_BODY = -413,    /* Content-Length or chunks over the limit */
    HTTP_ERR_TARGET = -414,  /* request-target over LIMIT_HTTP_TARGET */
    HTTP_ERR_HEAD = -431,    /* over LIMIT_HTTP_HEAD or LIMIT_HTTP_HEADERS */
    HTTP_ERR_CODING = -501,  /* a transfer coding other than chunked */
    HTTP_ERR_VERSION = -505, /* not HTTP/1.x */
};

struct http_field {          /* parts of the bytes that were parsed */
    struct span name, value; /* without the white space around value */
};

struct http_head {
    struct span method, target; /* of a request */
    unsigned status;            /* of a response */
    unsigned minor;             /* HTTP/1.minor: 0, or 1 for all others */
    bool keep_alive;            /* may the connection persist? §9.3 */
    bool chunked;               /* Transfer-Encoding: chunked */
    bool expects;               /* Expect: 100-continue */
    uint64_t length;            /* Content-Length, 0 if there is none */
    struct span host; /* of the target or the field; data NULL: none (1.0) */
    unsigned count;
    struct http_field fields[LIMIT_HTTP_HEADERS];
};

/* Parse the head at the start of bytes, and ignore bytes after it. Return its
 * size; 0: it is not complete; or an http_error, as soon as the line with the
 * error has ended, or at the first byte that no line may contain. *h is valid
 * only with a size. After 0, call again with the same bytes and more; seen is
 * the number of bytes of the last call, and 0 for a new head. The cuts between
 * calls do not change the result. A request may begin with one empty line,
 * which is part of the head. A response with neither Content-Length nor chunked
 * lasts until the stream ends: length is 0 and keep_alive false. */
int http_request(struct http_head *h, struct span bytes, size_t seen);
int http_response(struct http_head *h, struct span bytes, size_t seen);

/* Does a body follow the head of this request? */
static inline bool http_has_body(const struct http_head *h) {
    return h->chunked || h->length > 0;
}

/* Returns the value of the first field with that name (case-insensitive), or
 * data NULL. *count, unless count is NULL, is the number of such fields. */
struct span http_field(const struct http_head *h, const char *name,
                       unsigned *count);

/* Is token in the lists of that field? Case-insensitive (RFC 9110 §5.6.1). */
bool http_field_has_token(const struct http_head *h, const char *name,
                          const char *token);

/* Consumes the next element of a list, without white space. False: no more. */
bool http_element(struct span *list, struct span *element);

/* Return "host:port" of a target in absolute-form ("http://host:port/path"), or
 * data NULL; and the path of any target, not decoded, without the query. */
struct span http_authority(struct span target);
struct span http_path(struct span target);

/* Decodes the first value of key in the target's query (RFC 3986 §2.3) into
 * text, which has space for size bytes with a final zero byte. A longer value
 * is cut off, so size should exceed each valid value. Returns how often key
 * occurs, or HTTP_ERR_BAD: a malformed percent-encoding or a NUL in a value. */
int http_query(struct span target, const char *key, char *text, size_t size);

#endif
