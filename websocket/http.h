/*
 * http.h: HTTP/1.1 messages, read strictly and written (RFC 9112, RFC 9110)
 *
 *   GET /chat?room=1 HTTP/1.1 CRLF     request-line (or a status-line)
 *   Host: 127.0.0.1:3000 CRLF          field lines: name ":" OWS value OWS
 *   CRLF                               the head ends; a body may follow
 *
 * Where the RFC lets a recipient be lenient, this is strict: one way to read a
 * message is the defence against smuggling. Parsing keeps no state: a head is
 * parsed when it is all there; until then the bytes seen are checked.
 * Does not do: trailers (read and dropped), Expect beyond telling, HTTP/2.
 * Born with websocket/401_http.c.
 */
#ifndef WEBSOCKET_HTTP_H
#define WEBSOCKET_HTTP_H

#include "packets/buf.h"
#include "packets/limits.h"

/* The status with which a server answers the fault is -error. */
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

struct http_head {              /* spans are lent from the bytes parsed */
    struct span method, target; /* of a request */
    unsigned status;            /* of a response */
    unsigned minor;             /* HTTP/1.minor */
    bool keep_alive;            /* may the connection go on? §9.3 */
    bool chunked;               /* Transfer-Encoding: chunked */
    bool expects;               /* Expect: 100-continue */
    uint64_t length;            /* Content-Length, 0 if there is none */
    struct span host;           /* of a request; .at is NULL if missing (1.0) */
    unsigned count;
    struct http_field fields[LIMIT_HTTP_HEADERS];
};

/* Reads the head at the start of bytes. seen: how many of them were there in
 * the call before that returned 0, else 0; it saves reading all again. Returns
 * the size of the head, 0: not all there yet, or an http_error as soon as the
 * bytes show it. On 0 and on error *h is unspecified. */
int http_request(struct http_head *h, struct span bytes, size_t seen);
int http_response(struct http_head *h, struct span bytes, size_t seen);

/* The value of the first field of that name (case-insensitive), .at NULL if
 * there is none; *count, unless NULL: how many there are. */
struct span http_field(const struct http_head *h, const char *name,
                       unsigned *count);

/* Is token an element of the comma-separated lists in the fields of that name?
 * Case-insensitive (RFC 9110 §5.6.1). */
bool http_lists(const struct http_head *h, const char *name, const char *token);

/* a and b but for the case of ASCII letters. */
bool http_same(struct span a, const char *b);

/* The target's path, before any "?", and its query, after it. */
struct span http_path(struct span target);
/* The value of key in the target's query, as it stands (not decoded); .at NULL
 * if there is none. */
struct span http_query(struct span target, const char *key);

/* A body under way: by length or chunked. All zero but for what http_body_of
 * sets. 16 bytes, so that a connection can hold it. */
struct http_body {
    uint64_t left : 56; /* to come of the body or of the chunk */
    uint64_t state : 8;
    uint32_t total;      /* received so far */
    uint16_t extensions; /* bytes of chunk extensions so far */
    uint8_t digits;      /* of the chunk size under way */
    bool chunked;
};

/* The body that follows the head. HTTP_ERR_BODY if its length is over max,
 * else 0. */
int http_body_of(struct http_body *b, const struct http_head *h, uint32_t max);

/* Consumes from *in until there is a piece of the body (lent from in; returns
 * 1) or in is empty (0), or the body has ended (2, also when it is empty; what
 * is left in *in is the next message's), or an http_error. */
int http_body_next(struct http_body *b, struct span *in, uint32_t max,
                   struct span *piece);

/* Appends "HTTP/1.1 STATUS Reason CRLF Content-Length: n CRLF" and, unless
 * NULL, "Content-Type: type" and more, whole lines each ended by CRLF (other
 * fields, such as "Connection: close"); then the empty line. Status 101, 204
 * and 304 have no Content-Length. False: out is full. */
bool http_head_put(struct buf *out, unsigned status, const char *type, size_t n,
                   const char *more);

/* The reason phrase of a status (RFC 9110 §15). */
const char *http_reason(unsigned status);

#endif
