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
 * Introduced in websocket/401_http.c.
 */
#ifndef WEBSOCKET_HTTP_H
#define WEBSOCKET_HTTP_H

#include "packets/buf.h"
#include "packets/limits.h"

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
    struct span host; /* of a request: in an absolute-form target, else
                         the Host field; .at NULL if missing (1.0) */
    unsigned count;
    struct http_field fields[LIMIT_HTTP_HEADERS];
};

/* Reads the head at the start of bytes. seen: how many of them were there in
 * the call before that returned 0, else 0; it saves reading all again. Returns
 * the size of the head, 0: not all there yet, or an http_error: for a byte that
 * may not stand there and for a limit as soon as it shows, for a field when its
 * line has ended, for Host and framing with the head. Bytes behind the head are
 * not looked at. On 0 and on error *h is unspecified. A request may have one
 * empty line before it, which counts as part of the head. A response without
 * Content-Length or chunked goes on to the end of the stream: length is 0,
 * keep_alive is false and its body is not for http_body_next. */
int http_request(struct http_head *h, struct span bytes, size_t seen);
int http_response(struct http_head *h, struct span bytes, size_t seen);

/* The value of the first field of that name (case-insensitive), .at NULL if
 * there is none; *count, unless NULL: how many there are. */
struct span http_field(const struct http_head *h, const char *name,
                       unsigned *count);

/* Is token an element of the comma-separated lists in the fields of that name?
 * Case-insensitive (RFC 9110 §5.6.1). */
bool http_field_has_token(const struct http_head *h, const char *name,
                          const char *token);

/* Takes the next element, trimmed, from the front of a comma-separated list of
 * tokens (no quoted strings); empty ones are skipped. False: no more. */
bool http_element(struct span *list, struct span *element);

/* s without the spaces and tabs around it. */
struct span http_trim(struct span s);

/* The "host:port" of a target in absolute-form ("http://host:port/path"), .at
 * NULL if it is of another form. */
struct span http_authority(struct span target);
/* The target's path as it stands (not decoded): what is before any "?". */
struct span http_path(struct span target);
/* The value of key in the target's query, as it stands (not decoded); .at NULL
 * if there is none. */
struct span http_query(struct span target, const char *key);

/* A body under way, by length or chunked: 16 bytes, so that a connection can
 * hold it. All zero: no body, or one that has ended. http_body_init sets it. */
struct http_body {
    uint32_t left;       /* to come of the body, or of the chunk */
    uint32_t total;      /* received so far, without the framing */
    uint16_t extensions; /* bytes of chunk extensions so far */
    uint16_t trailers;   /* bytes of the trailer section so far */
    uint8_t digits;      /* of the chunk size under way */
    uint8_t state;       /* kept by http_body_next */
};

/* The body that follows the head. HTTP_ERR_BODY if its length is over max,
 * else 0. The answer to a HEAD request has none, whatever its head says. */
int http_body_init(struct http_body *b, const struct http_head *h,
                   uint32_t max);

/* Consumes from *in until there is a piece of the body (lent from in; returns
 * 1) or in is empty (0), or the body has ended (2, also when it is empty; what
 * is left in *in is the next message's), or an http_error, after which it is
 * not called again. max is the same in all calls for one body. Trailers are
 * read and dropped: over LIMIT_HTTP_HEAD bytes of them are HTTP_ERR_HEAD. */
int http_body_next(struct http_body *b, struct span *in, uint32_t max,
                   struct span *piece);

/* Appends "HTTP/1.1 STATUS Reason CRLF Content-Length: n CRLF" and, unless
 * NULL, "Content-Type: type" and more, whole lines each ended by CRLF (other
 * fields, such as "Connection: close"); then the empty line. Status 101, 204
 * and 304 have no Content-Length. False: out is full. */
bool http_write_head(struct buf *out, unsigned status, const char *type,
                     size_t n, const char *more);

/* What a server that can take no more connections says to the next one: the
 * refusal of tcp/acceptor.h. */
#define HTTP_FULL                                                              \
    "HTTP/1.1 503 Too Many Connections\r\nConnection: close\r\n"               \
    "Content-Length: 0\r\n\r\n"

/* The reason phrase of a status (RFC 9110 §15). */
const char *http_reason(unsigned status);

#endif
