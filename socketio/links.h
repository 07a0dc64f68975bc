/*
 * links.h: the table of an engine's connections, each HTTP or a WebSocket
 *
 *   accept --> HTTP --> WEBSOCKET --> lost
 *                \_________________/
 *
 * The caller numbers each connection (conn); the number is the index of its
 * link. A link does not know sessions: it keeps a handle for the engine, and
 * never acts on it. link.h has the functions for one link; the code of both
 * headers is link.c. Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_LINKS_H
#define SOCKETIO_LINKS_H

#include "packets/outbox.h"
#include "socketio/handle.h"
#include "socketio/polling.h"
#include "socketio/tap.h"
#include "socketio/wslink.h"

enum link_kind {
    LINK_FREE,
    LINK_HTTP,
    LINK_WEBSOCKET,
    LINK_FAILED, /* no memory: the link is dropped */
};

struct link { /* 88 bytes */
    union {
        struct polling *http;
        struct wslink ws;
    };
    uint32_t session; /* the engine's: handle of the last session */
    uint16_t generation;
    uint8_t kind : 4;
    bool has_ended : 1;      /* END is in the outbox */
    bool has_packets : 1;    /* the engine's: packets of session are unsent */
    bool has_ping : 1;       /* and a ping is among them */
    bool has_more_input : 1; /* the engine's: input was left over */
    uint8_t turn;            /* see engine_is_behind */
};

struct links { /* must not move */
    struct link *table;
    uint32_t max, used; /* the table is untouched from used on */
    int64_t now;        /* ms: the latest time passed to the engine */
    uint32_t max_payload;
    struct route_options route;
    struct outbox outbox;
    struct http_server http;
    struct wslink_timers ws;
    struct buf reply;             /* output being written for one link */
    struct http_event http_event; /* of the last link_next_http */
    struct tap *tap;              /* or NULL */
};

struct link_options {
    uint32_t max_conns;       /* at most HANDLE_MAX_SLOTS */
    uint32_t max_payload;     /* bytes of a POST, or of a message */
    uint32_t upgrade_timeout; /* ms until a probe has to be upgraded */
    struct route_options route;
    struct tap *tap; /* or NULL */
};

/* Allocates the whole table at once. False: no memory. */
bool links_init(struct links *t, const struct link_options *o);
void links_free(struct links *t);

/* Returns the smaller of wait and the ms from now until the next time-out; wait
 * -1: no limit. */
int links_wait(const struct links *t, int64_t now, int wait);

/* Returns the link of a connection now, or NULL if there is none. */
struct link *link_at(const struct links *t, uint32_t conn);

/* Returns the link of a handle, or NULL if that connection is gone. */
static inline struct link *link_get(const struct links *t, uint32_t handle) {
    uint32_t conn = handle_slot(handle);
    if (conn >= t->used) return NULL;
    struct link *l = &t->table[conn];
    bool is_it = l->generation == handle_generation(handle);
    return is_it && l->kind != LINK_FREE ? l : NULL;
}
uint32_t link_handle(const struct links *t, const struct link *l);

#endif
