/*
 * session.h: what happens to one Engine.IO session
 *
 *   open --> push, park, ping, pong ... --> close --> next_due --> free
 *
 * Closing is data: session_close marks the session and puts it on the list of
 * those that are due, from wherever it is called; the engine does the rest when
 * it comes to that list. All times are ms of the caller's clock. Engine.IO v4,
 * "Heartbeat" and "HTTP long-polling".
 * Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_SESSION_H
#define SOCKETIO_SESSION_H

#include "packets/limits.h"
#include "socketio/sessions.h"

#define SESSION_LIMITS(X)                                                      \
    X(LIMIT_QUEUE, 2097152, "bytes", "for a GET, of one session: close it")    \
    X(LIMIT_QUEUES, 67108864, "bytes", "in all: close who fetched longest ago")

enum session_limits {
    SESSION_LIMITS(LIMIT_ENUM)
};

/* Not close codes to be sent (RFC 6455 §7.4.1): the peer has closed; the
 * connection was lost. */
#define CLOSED_BY_PEER 1005
#define CLOSED_LOST 1006

/* Opens a session; its first ping is due after ping_interval. Returns NULL if
 * sessions_are_full. */
struct session *session_open(struct sessions *t, bool is_websocket,
                             int64_t now);

/* Returns the session of a handle, or of an id as its peer gives it (a C
 * string). NULL: none that is open has it. */
struct session *session_get(const struct sessions *t, uint32_t handle);
struct session *session_find(const struct sessions *t, const char *id);

/* Writes its id, which is not a C string. */
void session_id(const struct session *s, char id[SESSION_ID_LENGTH]);

/* Marks it as due; it is not found from now on. code: of RFC 6455 §7.4,
 * CLOSED_BY_PEER or CLOSED_LOST. Changes nothing if it is closing already. */
void session_close(struct sessions *t, struct session *s, unsigned code);

/* Returns the next session that is due, once, or NULL. The caller ends its
 * links, then frees it: its handle and its id are never valid again. */
struct session *session_next_due(struct sessions *t);
void session_free(struct sessions *t, struct session *s);

/* Queues a packet of a session that polls; the caller keeps its reference. Each
 * failure closes a session:
 *   packet is NULL, or no memory    this one, 1011
 *   its queue is over LIMIT_QUEUE   this one, 1008
 *   all are over LIMIT_QUEUES       those whose last GET is longest ago, then
 *                                   this one, until they are not: 1008 */
void session_push(struct sessions *t, struct session *s, struct shared *packet);
void session_push_text(struct sessions *t, struct session *s, const char *text);

/* Is there anything for a GET? */
static inline bool session_has_output(const struct session *s) {
    return s->queue || s->ping == PING_QUEUED;
}

/* A GET of it waits on that link, until session_unpark. */
void session_park(struct sessions *t, struct session *s, uint32_t link);
void session_unpark(struct sessions *t, struct session *s);

/* Returns a session that has both a GET and output, or NULL: first one that is
 * in a hurry. It stays the next one until the caller unparks it. */
struct session *session_next_ready(struct sessions *t);

/* What was queued last is for this session alone: its GET overtakes those that
 * get a broadcast or a ping. A GET that finds something queued does so, too. */
void session_hurry(struct sessions *t, struct session *s);
static inline bool session_is_hurried(const struct session *s) {
    return s->list == IN_HURRIED;
}

/* An upgrade, step by step. The WebSocket on that link becomes the probe of a
 * session that polls and has none; the probe has sent its 2probe; it carries
 * the session from now on, whose queue must be empty. Or the probe ends. */
void session_probe(struct session *s, uint32_t link);
void session_switch(struct session *s);
void session_upgrade(struct sessions *t, struct session *s);
void session_abandon_probe(struct session *s);

/* Returns a session whose ping is due, once, or NULL. The caller lets the next
 * GET get it (queued) or writes it to a link, and says which. The pong must
 * come within ping_timeout: of when a queued ping was due, because the peer has
 * to fetch it in time, or of when a written one was sent. */
struct session *session_next_ping(struct sessions *t, int64_t now);
void session_ping_queued(struct sessions *t, struct session *s, int64_t now);
void session_ping_written(struct session *s);
void session_ping_sent(struct sessions *t, struct session *s, int64_t now);
void session_pong(struct sessions *t, struct session *s, int64_t now);

/* Returns a session whose pong is late, once, or NULL. The caller closes it, or
 * postpones that to the next turn, which is 1 ms later at least. */
struct session *session_next_silent(struct sessions *t, int64_t now);
void session_postpone(struct sessions *t, struct session *s, int64_t now);

#endif
