/*
 * server.h: a whole Socket.IO v5 server as a machine without sockets
 *
 *   (link, bytes, now) -> server_next: events, which the program answers
 *                      -> server_mail: (link, bytes, then), which it sends
 *
 * A client is an Engine.IO session, by its slot; it joins the namespaces named
 * in the options and no other. Thousands can be simulated in a test from a
 * seed. Introduced in socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_SERVER_H
#define SOCKETIO_SERVER_H

#include "socketio/engine.h"
#include "socketio/packet.h"

#define SERVER_LIMITS(X)                                                       \
    X(LIMIT_ATTACHMENTS_MS, 5000, "ms", "until the last attachment: close")    \
    X(LIMIT_NAMESPACES, 16, "namespaces", "of one server")

enum server_limits {
    SERVER_LIMITS(LIMIT_ENUM)
};

struct server;

struct server_options {
    struct engine_options engine;
    uint32_t connect_timeout;      /* ms until the first CONNECT */
    const char *const *namespaces; /* "/" first, at most 16, ended by NULL */
};

enum server_event_type {
    SERVER_CONNECT, /* accepted already; args: the auth payload, or empty */
    SERVER_EVENT,
    SERVER_ACKED,      /* the client answers ack id */
    SERVER_DISCONNECT, /* one for each namespace it was in */
    SERVER_REQUEST,    /* other HTTP: server_respond; name: the target */
};

struct server_event {
    enum server_event_type type;
    uint32_t client, link;
    unsigned nsp;           /* index into namespaces */
    struct span name, args; /* as in packet.h; lent until server_next */
    int64_t id;             /* -1: no acknowledgement wanted */
    unsigned attachments;
    struct span attachment[LIMIT_ATTACHMENTS];
};

struct server *server_open(const struct server_options *o); /* NULL: memory */
void server_free(struct server *s);

/* These: see their namesakes in engine.h. */
void server_accept(struct server *s, uint32_t link, int64_t now);
void server_feed(struct server *s, uint32_t link, struct span in, int64_t now);
void server_lost(struct server *s, uint32_t link);
bool server_next(struct server *s, struct server_event *e, int64_t now);
bool server_mail(struct server *s, struct mail *m);
int server_wait(const struct server *s, int64_t now, int wait);
void server_respond(struct server *s, uint32_t link, unsigned status,
                    const char *type, struct span body);

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

/* Says goodbye to all (SIGTERM): close frames, answers for waiting GETs. */
void server_shut(struct server *s, int64_t now);

#endif
