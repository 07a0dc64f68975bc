/*
 * engine.h: Engine.IO v4 sessions over connections that carry HTTP or WebSocket
 *
 *   (conn, bytes, now) -> engine_feed -> engine_next: events
 *   now                -> engine_expire              engine_outgoing:
 *                                                    (conn, bytes, then)
 *
 * A connection (conn) has a number of the caller's below max_conns; its
 * descriptor will do. A session has a handle, and an id that its peer knows.
 * A handle is never used again for another session, so one that is kept too
 * long does no harm. All memory for connections and sessions is taken at the
 * start, untouched until used. No clock, no sockets: now (ms, never backwards)
 * and a seed for the ids are arguments. Introduced in
 * socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_ENGINE_H
#define SOCKETIO_ENGINE_H

#include "packets/outbox.h"
#include "socketio/engine_event.h"
#include "socketio/engine_options.h"

struct engine; /* see engine.c */

/* Takes all memory for connections and sessions. NULL: there is none. */
struct engine *engine_open(const struct engine_options *o);
void engine_free(struct engine *e);

/* A new connection. */
void engine_accept(struct engine *e, uint32_t conn, int64_t now);

/* Bytes that arrived. They are lent, and may be written to, until
 * engine_end_feed: call engine_next until it is false, then engine_end_feed.
 * What that returns was not consumed. The engine had read the share of one
 * connection in one turn: the caller feeds the rest in the next turn, before it
 * reads from the connection again. It may be all of it. */
void engine_feed(struct engine *e, uint32_t conn, struct span in, int64_t now);
struct span engine_end_feed(struct engine *e);

/* All output of the connection has left the process: time-outs of the reply
 * begin. */
void engine_sent(struct engine *e, uint32_t conn, int64_t now);

/* The connection is gone; its number may be used again. May be called at any
 * time. What it causes comes with the next engine_next. */
void engine_lost(struct engine *e, uint32_t conn);

/* Judges time-outs, as of now. To be called once a turn, when all that had
 * arrived by now has been fed; then engine_next. */
void engine_expire(struct engine *e, int64_t now);

/* First every event, then every piece of output. Broadcasts and pings are not
 * sent to more than some connections in a round (OUTBOX_LIMITS): engine_wait is
 * 0 then, and the next turn goes on with it. */
bool engine_next(struct engine *e, struct engine_event *event);
bool engine_outgoing(struct engine *e, struct outgoing *out);

/* The smaller of wait and the ms until the next time-out; wait -1: none yet. */
int engine_wait(const struct engine *e, int64_t now, int wait);

/* Is input of this session known to be unread in this turn? Then it is too
 * early to judge whether it has been silent. */
bool engine_is_behind(const struct engine *e, uint32_t session);

/* A message from k parts, at most ENGINE_PARTS. To a session that is closing
 * or gone: dropped. */
#define ENGINE_PARTS 15
void engine_send(struct engine *e, uint32_t session, bool is_binary,
                 const struct span *parts, size_t k);

/* The same message to many, encoded once: begin, then each receiver once, then
 * end. The parts are lent until the end, and nothing else of this file
 * is called in between, except engine_is_writable. */
void engine_publish_begin(struct engine *e, bool is_binary,
                          const struct span *parts, size_t k);
void engine_publish_to(struct engine *e, uint32_t session);
void engine_publish_end(struct engine *e);

/* Is it a session that exists and is not closing? Writable: would a message go
 * out at once, as a GET waits, or all output of its WebSocket has left? */
bool engine_is_open(const struct engine *e, uint32_t session);
bool engine_is_writable(const struct engine *e, uint32_t session);

/* Closes a session with a WebSocket close code (RFC 6455 §7.4); its
 * ENGINE_CLOSED comes like any other. A handle that is out of date does no
 * harm. */
void engine_close(struct engine *e, uint32_t session, unsigned code);

/* Responds to an ENGINE_REQUEST. type: Content-Type. fields: NULL, or more
 * fields, each line ended by CRLF. */
void engine_respond(struct engine *e, uint32_t conn, unsigned status,
                    const char *type, struct span body, const char *fields);

/* The time for the Date of responses, in seconds since 1970. */
void engine_set_clock(struct engine *e, int64_t unix_seconds);

/* Ends everything in an orderly way: close frames with 1001, answers to GETs
 * that wait; then every connection ends. */
void engine_shut(struct engine *e, int64_t now);

#endif
