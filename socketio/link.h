/*
 * link.h: the connections of an engine, each HTTP or, later, a WebSocket
 *
 *   accept --> HTTP --> WEBSOCKET --> lost
 *                \_________________/
 *
 * A link is one connection: what has arrived becomes events, and what is to be
 * sent goes to the outbox. Its time-outs start when its output has left the
 * process. It does not know sessions: it keeps a handle for the engine, and
 * never acts on it. That a link ends, or fails for want of memory, shows in its
 * output: END or DROP. Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_LINK_H
#define SOCKETIO_LINK_H

#include "packets/outbox.h"
#include "socketio/handle.h"
#include "socketio/polling.h"
#include "socketio/wslink.h"

enum link_kind {
    LINK_FREE,
    LINK_HTTP,
    LINK_WEBSOCKET,
    LINK_FAILED, /* no memory: it is dropped */
};

struct link { /* 88 bytes */
    union {
        struct polling *http;
        struct wslink ws;
    };
    uint32_t session; /* the engine's: which one it served last */
    uint16_t generation;
    uint8_t kind : 4;
    bool has_ended : 1; /* END is in the outbox */
    bool
        has_packets : 1; /* the engine's: unsent output has packets of session */
    bool has_ping : 1;   /* and a ping is among them */
    bool has_rest : 1;   /* the engine's: not all of its input was used */
    uint8_t turn;        /* see engine_is_behind */
};

struct links { /* must not move */
    struct link *table;
    uint32_t max, used; /* the table is untouched from used on */
    int64_t now;        /* the latest time that the engine was given */
    uint32_t max_payload;
    struct route_options route;
    struct outbox outbox;
    struct http_server http;
    struct wslink_timers ws;
    struct buf reply;             /* what is being written for one link */
    struct http_event http_event; /* of the last link_next_http */
};

struct link_options {
    uint32_t max_conns; /* at most HANDLE_MAX_SLOTS */
    uint32_t max_payload, upgrade_timeout;
    struct route_options route;
};

/* False: no memory. */
bool links_init(struct links *t, const struct link_options *o);
void links_free(struct links *t);

/* A connection begins; conn is not in use. It ends: conn is free. */
struct link *link_accept(struct links *t, uint32_t conn);
void link_lost(struct links *t, struct link *l);

/* The link of a connection now, or NULL. The link of a handle, or NULL if that
 * connection is gone; and its handle. */
struct link *link_at(const struct links *t, uint32_t conn);
static inline struct link *link_get(const struct links *t, uint32_t handle) {
    uint32_t conn = handle_slot(handle);
    if (conn >= t->used) return NULL;
    struct link *l = &t->table[conn];
    bool is_it = l->generation == handle_generation(handle);
    return is_it && l->kind != LINK_FREE ? l : NULL;
}
uint32_t link_handle(const struct links *t, const struct link *l);

/* Is there anything to be done with its input? Not while it has a payload that
 * was not handed out. */
static inline bool link_is_readable(const struct link *l) {
    return l->kind == LINK_WEBSOCKET ||
           (l->kind == LINK_HTTP && !polling_has_payload(l->http));
}

/* One event of what has arrived, as http_conn_next (t->http_event) and
 * conn_next; what they reply is sent. */
bool link_next_http(struct links *t, struct link *l, struct span *in);
bool link_next_websocket(struct links *t, struct link *l, struct span *in,
                         struct conn_event *event);

/* Adds the piece of t->http_event to the body of a POST. False: no memory, and
 * the link is dropped. */
bool link_add_body(struct links *t, struct link *l);

/* Of an HTTP link: see polling.h. The link may end with the response. */
void link_respond(struct links *t, struct link *l, struct span text);

/* As polling_write. -1: no memory, and the link is dropped. */
int link_respond_packets(struct links *t, struct link *l, const char *first,
                         const struct queue *q, const char *last);
void link_respond_page(struct links *t, struct link *l, unsigned status,
                       const char *type, struct span body);
void link_respond_preflight(struct links *t, struct link *l);
void link_refuse(struct links *t, struct link *l, unsigned status,
                 enum engine_code code);

/* On a request to upgrade: makes it a WebSocket link, or refuses, then false,
 * and the link ends. */
bool link_upgrade(struct links *t, struct link *l, bool is_probe);

/* Of a WebSocket link. link_close: a close frame, unless it closes already;
 * link_end: nothing more is sent. */
void link_send(struct links *t, struct link *l, bool is_binary,
               const struct span *parts, size_t k);
void link_send_text(struct links *t, struct link *l, const char *text);
void link_close(struct links *t, struct link *l, unsigned code);
void link_end(struct links *t, struct link *l);
void link_set_open(struct links *t, struct link *l); /* a probe no longer */

/* The next output of any link; and that all of one link has left. */
bool link_outgoing(struct links *t, struct outgoing *out);
void link_sent(struct links *t, struct link *l);

/* A link whose time is over, or NULL. HTTP: link_next_http without input does
 * what is due. A WebSocket: see its phase. Or it is judged in the next turn. */
struct link *link_next_due(struct links *t, int64_t now);
void link_postpone(struct links *t, struct link *l);
void link_drop(struct links *t, struct link *l);

/* A packet for many: begins it, then names each WebSocket by its handle. */
void link_begin_broadcast(struct links *t, bool is_binary,
                          const struct span *parts, size_t k);
static inline void link_broadcast_to(struct links *t, uint32_t handle) {
    outbox_send(&t->outbox, handle_slot(handle));
}

/* The smaller of wait and the ms until a time is over; wait -1: none. */
int links_wait(const struct links *t, int64_t now, int wait);

#endif
