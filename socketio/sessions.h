/*
 * sessions.h: the table of Engine.IO sessions, and what each one remembers
 *
 *   POLLING --> WEBSOCKET --> CLOSING --> FREE     the slot is used again, the
 *       \________________________/                 handle is not
 *
 * A session outlives the connections that carry it. The table knows ids, the
 * heartbeat, the packets that wait for a GET, and which sessions have something
 * to do. It does not know connections: carrier, post and probe are the
 * engine's. What is done with a session is in session.h; the code of both is
 * session.c. Engine.IO v4, "Handshake".
 * Introduced in socketio/503_engine_server.c.
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
    PING_QUEUED,  /* the next GET gets it first; the timer is the pong's */
    PING_WRITTEN, /* it is on its way out of the process: no timer */
    PING_SENT,    /* the timer is the pong's */
};

enum session_in { /* which list it is in: see session.c */
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
    uint32_t post;    /* link that brings a POST */
    uint32_t probe;   /* link of a WebSocket that may take over */
    uint32_t next, previous; /* in its list: slot + 1, 0 for none */
    uint32_t published;      /* the engine's: see receiver.h */
    uint16_t close_code;     /* CLOSING */
    uint8_t state;           /* of enum session_state */
    uint8_t ping;            /* of enum session_ping */
    uint8_t list;            /* of enum session_in */
    uint8_t turn;            /* see engine_is_behind */
    bool is_websocket : 1;   /* also when it is CLOSING */
};

struct session_list {
    uint32_t first, last; /* slot + 1, 0 for none */
};

struct sessions {          /* must not move */
    struct session *table; /* max of them; untouched from used on */
    uint32_t max, used, open;
    uint32_t free; /* list of slots; as in session_list */
    struct session_list unfetched, ready, hurried; /* see session.c */
    struct timers ping, pong, postponed, due;
    size_t queued; /* bytes in all queues */
    size_t max_queue, max_queued;
    struct secret_source secrets;
    bool is_shut; /* no more are opened */
};

struct session_options {
    uint32_t max_sessions;                /* at most HANDLE_MAX_SLOTS */
    uint32_t max_payload;                 /* two of them fit into a queue */
    uint32_t ping_interval, ping_timeout; /* ms */
    const uint8_t *seed;                  /* 32 bytes */
};

/* Takes all memory for the table at once. False: there is none. */
bool sessions_init(struct sessions *t, const struct session_options *o);
void sessions_free(struct sessions *t);

/* Closes all with 1001; no more are opened. */
void sessions_shut(struct sessions *t);

/* Can no session be opened now? */
static inline bool sessions_are_full(const struct sessions *t) {
    return t->open == t->max || t->is_shut;
}

/* Returns the smaller of wait and the ms from now until something is due, where
 * a wait of -1 is for ever. */
int sessions_wait(const struct sessions *t, int64_t now, int wait);

#endif
