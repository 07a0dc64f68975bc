/*
 * session.h: the functions of one Engine.IO session
 *
 *   open --> push, park, ping, pong ... --> close --> next_due --> free
 *
 * session_close only marks the session and puts it on the list of due sessions;
 * the engine does the rest when it walks that list. So any function may close a
 * session. All times are ms of the caller's clock. Engine.IO v4, "Heartbeat"
 * and "HTTP long-polling". Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_SESSION_H
#define SOCKETIO_SESSION_H

#include "packets/limits.h"
#include "socketio/sessions.h"

#define SESSION_LIMITS(X)                                                      \
    X(LIMIT_QUEUE, 2097152, "bytes", "for a GET, of one session: close it")    \
    X(LIMIT_QUEUES, 67108864, "bytes",                                         \
      "in all: close those with the oldest GET")

enum session_limits {
    SESSION_LIMITS(LIMIT_ENUM)
};

/* Close codes that are never sent (RFC 6455 §7.4.1): the peer has closed; the
 * connection was lost. */
#define CLOSED_BY_PEER 1005
#define CLOSED_LOST 1006

/* Opens a session; its first ping is due after ping_interval. Returns NULL if
 * sessions_are_full. */
struct session *session_open(struct sessions *t, bool is_websocket,
                             int64_t now);

/* Return the open session of a handle, or of an id that a peer sent (a C
 * string); or NULL. */
struct session *session_get(const struct sessions *t, uint32_t handle);
struct session *session_find(const struct sessions *t, const char *id);

/* Writes the id of a session, which is not a C string. */
void session_id(const struct session *s, char id[SESSION_ID_LENGTH]);

/* Marks an open session as due; session_get and _find ignore it from now on.
 * code: of RFC 6455 §7.4, CLOSED_BY_PEER or CLOSED_LOST. */
void session_close(struct sessions *t, struct session *s, unsigned code);

/* session_next_due returns each due session once, then NULL. The caller ends
 * its links and frees it: its handle and id are never valid again. */
struct session *session_next_due(struct sessions *t);
void session_free(struct sessions *t, struct session *s);

/* Queue a packet of a session that polls; the caller keeps its reference. Each
 * failure closes a session:
 *   packet is NULL, or no memory    this one, 1011
 *   its queue is over LIMIT_QUEUE   this one, 1008
 *   all are over LIMIT_QUEUES       sessions with the oldest last GET, then
 *                                   this one, until they are not: 1008 */
void session_push(struct sessions *t, struct session *s, struct shared *packet);
void session_push_text(struct sessions *t, struct session *s, const char *text);

/* Is there a packet for a GET? */
static inline bool session_has_output(const struct session *s) {
    return s->queue || s->ping == PING_QUEUED;
}

/* A GET of the session waits on that link until session_unpark. */
void session_park(struct sessions *t, struct session *s, uint32_t link);
void session_unpark(struct sessions *t, struct session *s);

/* Returns a session that has both a GET and output, hurried ones first, or
 * NULL. It stays the next one until the caller unparks it. */
struct session *session_next_ready(struct sessions *t);

/* The last packet queued is for this session alone: its GET gets a response
 * before those that wait for a broadcast or a ping. */
void session_hurry(struct sessions *t, struct session *s);
static inline bool session_is_hurried(const struct session *s) {
    return s->list == IN_HURRIED;
}

/* The steps of an upgrade: the WebSocket on link becomes the probe of a session
 * in POLLING; the probe has sent 2probe; the probe carries the session, whose
 * queue must be empty. Or the probe has ended. */
void session_probe(struct session *s, uint32_t link);
void session_switch(struct session *s);
void session_upgrade(struct sessions *t, struct session *s);
void session_abandon_probe(struct session *s);

/* session_next_ping returns each session whose ping is due once, then NULL. The
 * caller reports that it left the ping to the next GET (queued) or wrote it to
 * a link. The pong must arrive within ping_timeout after a queued ping was due,
 * because the peer must poll in time, or after a written one was sent. */
struct session *session_next_ping(struct sessions *t, int64_t now);
void session_ping_queued(struct sessions *t, struct session *s, int64_t now);
void session_ping_written(struct session *s);
void session_ping_sent(struct sessions *t, struct session *s, int64_t now);
void session_pong(struct sessions *t, struct session *s, int64_t now);

/* Returns each session whose pong has timed out once, then NULL. The caller
 * closes it, or postpones that to the next turn, at least 1 ms later. */
struct session *session_next_silent(struct sessions *t, int64_t now);
void session_postpone(struct sessions *t, struct session *s, int64_t now);

#endif
