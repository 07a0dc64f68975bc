/*
 * session.h: Engine.IO sessions, which outlive the connections that carry them
 *
 *   POLLING --> WEBSOCKET --> CLOSING --> FREE     the slot is used again, the
 *       \________________________/                 handle is not
 *
 * The table knows ids, the heartbeat, the packets that wait for a GET, and
 * which sessions have something to do. It does not know connections: carrier,
 * post and probe are the engine's. Closing is data: session_close marks the
 * session and puts it on the list of those that are due, from wherever it is
 * called; the engine does the rest when it comes to that list.
 * Engine.IO v4, "Packet encoding", "Heartbeat".
 * Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_SESSION_H
#define SOCKETIO_SESSION_H

#include "packets/limits.h"
#include "packets/timer.h"
#include "socketio/handle.h"
#include "socketio/queue.h"
#include "socketio/route.h"

#define SESSION_LIMITS(X)                                                      \
    X(LIMIT_QUEUE, 2097152, "bytes", "for a GET, of one session: close it")    \
    X(LIMIT_QUEUES, 67108864, "bytes", "in all: close who fetched longest ago")

enum session_limits {
    SESSION_LIMITS(LIMIT_ENUM)
};

enum session_state {
    SESSION_FREE,
    SESSION_POLLING,
    SESSION_WEBSOCKET,
    SESSION_CLOSING,
};

enum session_ping {
    PING_NEXT,    /* the timer says when it is due */
    PING_QUEUED,  /* the next GET gets it first; the timer is the pong's */
    PING_WRITTEN, /* it is on its way out of the process: no timer */
    PING_SENT,    /* the timer is the pong's */
};

/* Not a close code to be sent (RFC 6455 §7.4.1): the peer has closed. */
#define CLOSED_BY_PEER 1005

struct session {
    struct timer timer;
    struct queue *queue; /* polling: NULL if empty */
    uint8_t secret[12];
    uint32_t handle;
    uint32_t carrier; /* link of the GET that waits, or of the WebSocket */
    uint32_t post;    /* link that brings a POST */
    uint32_t probe;   /* link of a WebSocket that may take over */
    uint32_t groups;  /* see group.h */
    uint32_t next, previous; /* in its list: slot + 1, 0 for none */
    uint16_t close_code;     /* CLOSING */
    uint8_t state, ping;
    uint8_t list;          /* see session.c */
    uint8_t turn;          /* see engine_is_behind */
    bool is_probed : 1;    /* the probe has sent its "2probe" */
    bool is_websocket : 1; /* also when it is CLOSING */
};

struct session_list {
    uint32_t first, last; /* slot + 1, 0 for none */
};

struct sessions {
    struct session *table; /* max of them; untouched beyond used */
    uint32_t max, used, open;
    uint32_t free; /* list of slots; as in session_list */
    struct session_list unfetched, ready; /* see session.c */
    struct timers ping, pong, late, due;
    size_t queued; /* bytes in all queues */
    size_t max_queue, max_queued;
    uint64_t ids; /* made so far */
    uint8_t seed[32];
    bool is_shut;
};

struct session_options {
    uint32_t max_sessions;                /* at most HANDLE_MAX_SLOTS */
    uint32_t max_payload;                 /* two of them fit into a queue */
    uint32_t ping_interval, ping_timeout; /* ms */
    const uint8_t *seed;                  /* 32 bytes */
};

/* False: no memory. *t must not move. */
bool sessions_init(struct sessions *t, const struct session_options *o);
void sessions_free(struct sessions *t);

/* Opens a session; its first ping is due after ping_interval. NULL: all slots
 * are used, or there are to be no more. */
struct session *session_open(struct sessions *t, bool is_websocket,
                             int64_t now);
static inline bool sessions_are_full(const struct sessions *t) {
    return t->open == t->max || t->is_shut;
}

/* The session of a handle, or of an id as its peer gives it (a text). NULL if
 * there is none that is open. */
struct session *session_get(const struct sessions *t, uint32_t handle);
struct session *session_find(const struct sessions *t, const char *id);

/* Writes its id: slot and secret, in base64url. */
void session_id(const struct session *s, char id[SESSION_ID_LENGTH]);

/* Marks it as due; it is not found from now on. code: of RFC 6455 §7.4, or
 * CLOSED_BY_PEER. Of a session that is closing nothing changes. */
void session_close(struct sessions *t, struct session *s, unsigned code);

/* Closes all with 1001; there are to be no more. */
void sessions_shut(struct sessions *t);

/* The next session that is due, or NULL. When its links have been ended, it is
 * to be freed. */
struct session *session_next_due(struct sessions *t);
void session_free(struct sessions *t, struct session *s);

/* Queues a packet of a session that polls. If there is no memory the session is
 * closed (1011), if its queue is too long, too (1008). If all queues together
 * are too long, sessions are closed until they are not: first those whose last
 * GET is longest ago, then this one. packet NULL: there was no memory. */
void session_push(struct sessions *t, struct session *s, struct shared *packet);
void session_push_text(struct sessions *t, struct session *s, const char *text);

/* Is there anything for a GET? */
static inline bool session_has_output(const struct session *s) {
    return s->queue || s->ping == PING_QUEUED;
}

/* A GET of it waits on that link, until session_unpark. */
void session_park(struct sessions *t, struct session *s, uint32_t link);
void session_unpark(struct sessions *t, struct session *s);

/* The next session that has both a GET and output, or NULL. It is unparked, or
 * it will be given no more. */
struct session *session_next_ready(struct sessions *t);

/* Its WebSocket carries it from now on; its queue is empty. */
void session_upgrade(struct sessions *t, struct session *s, uint32_t link);

/* The heartbeat. A session whose ping is due, or NULL: the caller says that it
 * is queued for a GET, or writes it to a link and says so. A pong must come within ping_timeout: after
 * a ping in a queue was due (the peer has to fetch it in time), after a written
 * one was sent. */
struct session *session_next_ping(struct sessions *t, int64_t now);
void session_ping_queued(struct sessions *t, struct session *s, int64_t now);
void session_ping_written(struct session *s);
void session_ping_sent(struct sessions *t, struct session *s, int64_t now);
void session_pong(struct sessions *t, struct session *s, int64_t now);

/* A session whose pong has not come in time, or NULL. The caller closes it, or
 * postpones that to the next turn. */
struct session *session_next_silent(struct sessions *t, int64_t now);
void session_postpone(struct sessions *t, struct session *s, int64_t now);

/* The smaller of wait and the ms until something is due; -1: nothing. */
int sessions_wait(const struct sessions *t, int64_t now, int wait);

#endif
