/*
 * server.h: a whole Socket.IO v5 server as a machine without sockets
 *
 *   (conn, bytes, now) -> server_feed -> server_next: events, which the program
 *   now                -> server_expire               answers
 *                                        server_outgoing: (conn, bytes, then),
 *                                                     which it sends
 *
 * A client is an Engine.IO session, by its handle; it joins the namespaces
 * named in the options and no other. Thousands can be simulated in a test from
 * a seed. Introduced in socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_SERVER_H
#define SOCKETIO_SERVER_H

#include "socketio/engine.h"
#include "socketio/server_event.h"

struct server; /* see server.c */

struct server_options {
    struct engine_options engine;  /* max_groups is set by server_open */
    uint32_t connect_timeout;      /* ms until the first CONNECT */
    const char *const *namespaces; /* at most 16, ended by NULL */
};

/* What a server usually wants, except max_conns, seed and what its user says. */
#define SERVER_DEFAULTS(namespaces_)                                           \
    {                                                                          \
        .connect_timeout = 45000, .namespaces = (namespaces_),                 \
        .engine = ENGINE_DEFAULTS("/socket.io/")                               \
    }

/* NULL: no memory. */
struct server *server_open(const struct server_options *o);
void server_free(struct server *s);

/* See the functions of the same name in engine.h. */
void server_accept(struct server *s, uint32_t conn, int64_t now);
void server_feed(struct server *s, uint32_t conn, struct span in, int64_t now);
struct span server_rest(struct server *s);
void server_sent(struct server *s, uint32_t conn, int64_t now);
void server_lost(struct server *s, uint32_t conn);
void server_expire(struct server *s, int64_t now);
bool server_next(struct server *s, struct server_event *e);
bool server_outgoing(struct server *s, struct outgoing *out);
int server_wait(const struct server *s, int64_t now, int wait);
void server_respond(struct server *s, uint32_t conn, unsigned status,
                    const char *type, struct span body, const char *fields);
void server_set_clock(struct server *s, int64_t unix_seconds);
void server_shut(struct server *s, int64_t now);

/* Is this the event of that name? Compared decoded: "\u006dessage" is
 * "message" (RFC 8259 §8.3). */
bool server_event_is(const struct server_event *e, const char *name);

/* Sends an event to the client and namespace of `to`, with its attachments:
 * those that the placeholders in args number. name is written as it stands
 * between quotes; args as in packet.h: empty, or values with commas between. */
void server_emit(struct server *s, const struct server_event *to,
                 struct span name, struct span args);

/* The same to all clients in the namespace of `to`, encoded once. */
void server_broadcast(struct server *s, const struct server_event *to,
                      struct span name, struct span args);

/* Answers e, which wants it (id >= 0), with args and its attachments. */
void server_ack(struct server *s, const struct server_event *e,
                struct span args);

#endif
