/*
 * engine.h: Engine.IO v4 sessions over connections that carry HTTP or WebSocket
 *
 *   (conn, bytes, now) -> engine_feed -> engine_next: events
 *   now                -> engine_expire              engine_outgoing:
 *                                                    (conn, bytes, then)
 *
 * The caller numbers each connection (conn) below max_conns; the descriptor
 * will do. A session has a handle, and an id that its peer knows. No other
 * session ever gets the same handle, so an outdated handle does no harm. The
 * tables of connections and sessions are allocated at the start; their pages
 * are untouched until used. The engine uses no clock and no sockets: now (ms,
 * never backwards) and a seed for the ids are arguments. Introduced in
 * socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_ENGINE_H
#define SOCKETIO_ENGINE_H

#include "packets/outbox.h"
#include "socketio/engine_event.h"
#include "socketio/engine_options.h"

struct engine; /* see engine.c */

/* Allocates the tables of connections and sessions. NULL: no memory. */
struct engine *engine_open(const struct engine_options *o);
void engine_free(struct engine *e);

/* A new connection. */
void engine_accept(struct engine *e, uint32_t conn, int64_t now);

/* Feeds bytes that arrived. The engine may write to them until engine_end_feed.
 * Call engine_next until it returns false, then engine_end_feed, which returns
 * the bytes that were not consumed: one connection may use only a share of a
 * turn. Feed these bytes again in the next turn, before reading from the
 * connection. */
void engine_feed(struct engine *e, uint32_t conn, struct span in, int64_t now);
struct span engine_end_feed(struct engine *e);

/* All output of the connection has left the process: the time-outs for the
 * peer's reply begin. */
void engine_sent(struct engine *e, uint32_t conn, int64_t now);

/* The connection is gone; its number may be used again. May be called at any
 * time. The events that follow come from the next engine_next. */
void engine_lost(struct engine *e, uint32_t conn);

/* Judges time-outs as of now. Call it once a turn, after all input that had
 * arrived by now was fed; then call engine_next. */
void engine_expire(struct engine *e, int64_t now);

/* Return first every event, then every piece of output. OUTBOX_LIMITS bounds
 * how many connections get a broadcast or ping in one round: if some are left,
 * engine_wait returns 0, and the next turn continues. */
bool engine_next(struct engine *e, struct engine_event *event);
bool engine_outgoing(struct engine *e, struct outgoing *out);
size_t engine_output_len(const struct engine *e); /* see packets/machine.h */

/* Returns the smaller of wait and the ms until the next time-out; wait -1: no
 * limit. */
int engine_wait(const struct engine *e, int64_t now, int wait);

/* Is there input of this session that was not read in this turn? Then it is too
 * early to say that the session is silent. */
bool engine_is_behind(const struct engine *e, uint32_t session);

/* Sends a message of k parts, at most ENGINE_PARTS. It is dropped if the
 * session is closing or gone. */
#define ENGINE_PARTS 15
void engine_send(struct engine *e, uint32_t session, bool is_binary,
                 const struct span *parts, size_t k);

/* Sends one message to many sessions and encodes it once: call begin, then _to
 * once for each receiver, then end. The parts must stay valid until the end. In
 * between, call no other function of this file except engine_is_writable. */
void engine_publish_begin(struct engine *e, bool is_binary,
                          const struct span *parts, size_t k);
void engine_publish_to(struct engine *e, uint32_t session);
void engine_publish_end(struct engine *e);

/* Open: the session exists and is not closing. Writable: a message would leave
 * at once, because a GET waits or all output of its WebSocket has left. */
bool engine_is_open(const struct engine *e, uint32_t session);
bool engine_is_writable(const struct engine *e, uint32_t session);

/* Closes a session with a WebSocket close code (RFC 6455 §7.4). An
 * ENGINE_CLOSED follows. An outdated handle does no harm. */
void engine_close(struct engine *e, uint32_t session, unsigned code);

/* Responds to an ENGINE_REQUEST. type: Content-Type. fields: NULL, or more
 * fields, each line ended by CRLF. */
void engine_respond(struct engine *e, uint32_t conn, unsigned status,
                    const char *type, struct span body, const char *fields);

/* Sets the time for the Date field of responses, in seconds since 1970. */
void engine_set_clock(struct engine *e, int64_t unix_seconds);

/* Shuts down in an orderly way: sends close frames with 1001 and responds to
 * GETs that wait; then every connection ends. */
void engine_shut(struct engine *e, int64_t now);

#endif
