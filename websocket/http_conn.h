/*
 * http_conn.h: the server's side of one HTTP/1.1 connection (RFC 9112 §9)
 *
 *   HEAD --> BODY --> RESPONSE --> IDLE --> HEAD ...      keep-alive
 *     \        \         \           \
 *      `--------`---------`-----------`--> LINGERING --> CLOSED
 *
 * Input may be cut anywhere: half a head, or three requests. The machine
 * returns events and appends responses to the caller's buffer, one request at a
 * time, in order. Each phase in which the server waits for the client has a
 * deadline, which no byte extends. Introduced in websocket/401_http.c.
 */
#ifndef WEBSOCKET_HTTP_CONN_H
#define WEBSOCKET_HTTP_CONN_H

#include "websocket/http_body.h"
#include "websocket/http_server.h"

struct http_conn { /* must not move; the caller may read phase and is_head */
    struct timer timer;
    struct http_server *server;
    struct buf pending; /* input not consumed yet; empty when idle */
    struct http_body body;
    uint32_t max_body;
    uint16_t seen;      /* bytes of pending that http_request has parsed */
    uint16_t head_size; /* bytes of pending that are the last REQUEST's head */
    uint8_t phase;      /* of enum http_phase */
    uint8_t requests;   /* since the input was last consumed */
    bool keep_alive : 1, is_head : 1, wants_body : 1, expects_continue : 1;
    bool is_new_request : 1, keeps_input : 1, has_expired : 1, has_unsent : 1;
};

enum http_event_type {
    HTTP_EVENT_REQUEST, /* a head has arrived: see head */
    HTTP_EVENT_BODY,    /* the next piece of an accepted body */
    HTTP_EVENT_RESPOND, /* the request is complete: respond now, or later */
    HTTP_EVENT_FAILED,  /* malformed, too large or timed out: see out */
};

struct http_event { /* the caller's: one for all connections, it is large */
    enum http_event_type type;
    unsigned status;       /* FAILED */
    struct span piece;     /* BODY: valid until the next http_conn_next */
    struct http_head head; /* REQUEST: its spans are valid until then, too */
};

/* Begins in HTTP_HEAD. Call http_conn_rearm_timer next. */
void http_conn_init(struct http_conn *c, struct http_server *s);

/* Stops the timer and frees all memory. Call it also after a 101: the rest of
 * the input belongs to the next protocol. */
void http_conn_free(struct http_conn *c);

/* Consumes from *in, which may be empty, until there is an event (true), or
 * until nothing more can be done now and *in is empty (false). Call it until it
 * returns false, then act on phase. Between REQUEST and the next call the
 * caller may accept the body or respond; otherwise a body is dropped. Input
 * that arrives after a request and before its response is dropped, and that
 * response is the last one (RFC 9112 §9.3.2, §9.6). */
bool http_conn_next(struct http_conn *c, struct span *in, struct http_event *e,
                    struct buf *out);

/* On REQUEST: enables BODY events. A body of over max bytes fails with 413. */
void http_conn_accept_body(struct http_conn *c, uint32_t max);

/* Appends a complete response. fields: NULL, or more fields, each line ended by
 * CRLF. Adds Content-Length, Content-Type unless type is NULL, Date, and
 * "Connection: close" to the last response of a connection. A response before
 * the end of the body is the last one. Omits body for HEAD. Then phase is IDLE
 * or LINGERING; CLOSED: no space, nothing was appended. */
void http_conn_respond(struct http_conn *c, struct buf *out, unsigned status,
                       const char *type, struct span body, const char *fields);

/* Responds like http_conn_respond, with the status as the body; a 405 gets
 * Allow. */
void http_conn_respond_status(struct http_conn *c, struct buf *out,
                              unsigned status);

/* Appends only the head of a response. The caller then sends length bytes,
 * unless is_head is set, and calls http_conn_finish. False: no space, phase is
 * CLOSED. The spans of REQUEST become invalid. *in, the rest of the input, and
 * later input are kept; over LIMIT_HTTP_HEAD bytes they are dropped, and the
 * response is the last one. */
bool http_conn_respond_head(struct http_conn *c, struct span *in,
                            struct buf *out, unsigned status, const char *type,
                            size_t length);
void http_conn_finish(struct http_conn *c);

/* Sets phase to CLOSED: the caller cannot continue, such as with a body. */
void http_conn_abort(struct http_conn *c);

/* Returns the name of the phase, for a trace: "head". */
const char *http_conn_phase(const struct http_conn *c);

/* Starts or stops the deadline of the phase. Call it after any function above.
 * While output of the connection is unsent, the server does not wait for the
 * client and no deadline runs: http_conn_set_unsent says whether that is so. */
void http_conn_rearm_timer(struct http_conn *c, int64_t now);
void http_conn_set_unsent(struct http_conn *c, bool has_unsent);

#endif
