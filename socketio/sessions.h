/*
 * sessions.h: the table of Engine.IO sessions, and the state of each
 *
 *   POLLING --> WEBSOCKET --> CLOSING --> FREE     the slot is used again, the
 *       \________________________/                 handle is not
 *
 * A session lives longer than the connections that carry it. The table has ids,
 * the heartbeat, the packets that wait for a GET, and the lists of sessions
 * with work. It does not know connections: carrier, post and probe are the
 * engine's. session.h has the functions for one session; the code of both
 * headers is session.c. Engine.IO v4, "Handshake". Introduced in
 * socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_SESSIONS_H
#define SOCKETIO_SESSIONS_H

#include "packets/timer.h"
#include "socketio/handle.h"
#include "socketio/queue.h"
#include "socketio/session_id.h"
#include "socketio/session_state.h"

enum session_ping {
    PING_NEXT,    /* the timer says when it is due */
    PING_QUEUED,  /* the next GET gets it; the timer is the pong's */
    PING_WRITTEN, /* it has not left the process: no timer */
    PING_SENT,    /* the timer is the pong's */
};

enum session_in { /* the list of a session: see session.c */
    IN_NO_LIST,
    IN_UNFETCHED,
    IN_READY,
    IN_HURRIED,
};

struct session {
    struct timer timer;
    struct queue *queue; /* polling: NULL if empty */
    uint8_t secret[SECRET_SIZE];
    uint32_t handle;
    uint32_t carrier; /* link of the GET that waits, or of the WebSocket */
    uint32_t post;    /* link of a POST */
    uint32_t probe;   /* link of the WebSocket of an upgrade */
    uint32_t next, previous; /* in its list: slot + 1, 0 for none */
    uint32_t published;      /* the engine's: see receiver.h */
    uint16_t close_code;     /* CLOSING */
    uint8_t state;           /* of enum session_state */
    uint8_t ping;            /* of enum session_ping */
    uint8_t list;            /* of enum session_in */
    uint8_t turn;            /* see engine_is_behind */
    bool is_websocket : 1;   /* stays true when CLOSING */
};

struct session_list {
    uint32_t first, last; /* slot + 1, 0 for none */
};

struct sessions {          /* must not move */
    struct session *table; /* max entries; untouched from used on */
    uint32_t max, used, open;
    uint32_t free; /* list of free slots, as in session_list */
    struct session_list unfetched, ready, hurried; /* see session.c */
    struct timers ping, pong, postponed, due;
    size_t queued; /* bytes in all queues */
    size_t max_queue, max_queued;
    struct secret_source secrets;
    bool is_shut; /* no more sessions are opened */
};

struct session_options {
    uint32_t max_sessions;                /* at most HANDLE_MAX_SLOTS */
    uint32_t max_payload;                 /* a queue can hold two of them */
    uint32_t ping_interval, ping_timeout; /* ms */
    const uint8_t *seed;                  /* 32 bytes */
};

/* Allocates the whole table at once. False: no memory. */
bool sessions_init(struct sessions *t, const struct session_options *o);
void sessions_free(struct sessions *t);

/* Closes all sessions with 1001; no more are opened. */
void sessions_shut(struct sessions *t);

/* Is it impossible to open a session now? */
static inline bool sessions_are_full(const struct sessions *t) {
    return t->open == t->max || t->is_shut;
}

/* Returns the smaller of wait and the ms from now until something is due; wait
 * -1: no limit. */
int sessions_wait(const struct sessions *t, int64_t now, int wait);

#endif
