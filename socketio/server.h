/*
 * server.h: a Socket.IO v5 server: the functions for its program
 *
 *   while (server_next(s, &e))               what clients did, one by one
 *       if (e.type == SERVER_EVENT)
 *           server_emit(s, server_to_all(e.from), e.name, e.args);
 *
 * A server_socket is a client in a namespace. After the client has left, calls
 * with it do nothing. Output leaves after the program has read all events. The
 * server itself uses no sockets and no clock: server_machine.h connects it to
 * them. Introduced in socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_SERVER_H
#define SOCKETIO_SERVER_H

#include "socketio/engine_options.h"
#include "socketio/server_event.h"
#include "socketio/server_target.h"

struct server; /* see server.c */

struct server_options {
    struct engine_options engine;
    const char *const *namespaces; /* at most 16, ended by NULL */
    uint32_t connect_timeout;      /* ms until the first CONNECT */
    uint32_t ack_timeout;          /* ms until SERVER_ACK_TIMEOUT */
    uint32_t recovery_ms; /* how long a lost socket is kept; 0: no recovery */
    bool asks_to_connect; /* the program decides on a CONNECT */
    bool is_traced;       /* for struct machine: next_line */
};

/* The usual options. The program sets max_conns, seed and what its user
 * chooses. */
#define SERVER_DEFAULTS(namespaces_)                                           \
    {                                                                          \
        .namespaces = (namespaces_), .connect_timeout = 45000,                 \
        .ack_timeout = 10000, .engine = ENGINE_DEFAULTS("/socket.io/")         \
    }

/* NULL: no memory. */
struct server *server_open(const struct server_options *o);
void server_free(struct server *s);

/* Returns the next event. False: there are no more. */
bool server_next(struct server *s, struct server_event *e);

/* Does the event have that name? Escapes are decoded before the comparison:
 * "\u006dessage" is "message" (RFC 8259 §8.3). */
bool server_event_is(const struct server_event *e, const char *name);

/* Sends an event to the clients of a target. name is JSON: the text between the
 * quotes. */
void server_emit(struct server *s, struct server_target to, struct span name,
                 struct server_args args);

/* Like server_emit, but leaves out each client that would get it later: it
 * polls and no GET waits, or its WebSocket has output that has not left. */
void server_emit_volatile(struct server *s, struct server_target to,
                          struct span name, struct server_args args);

/* Sends the ack of an event whose id is not negative. */
void server_ack(struct server *s, const struct server_event *e,
                struct server_args args);

/* Sends an event to one client and requests an ack. Returns the id that one
 * SERVER_ACKED or SERVER_ACK_TIMEOUT will have, unless the server ends before;
 * or -1: LIMIT_ACKS or no memory, and nothing was sent. */
int64_t server_emit_ack(struct server *s, struct server_socket to,
                        struct span name, struct server_args args);

/* A room is a named set of clients of a namespace. A client leaves all its
 * rooms when it leaves the namespace. server_join is false at a limit of
 * rooms.h, without memory, and for a client that is gone. */
bool server_join(struct server *s, struct server_socket socket,
                 struct span room);
void server_leave(struct server *s, struct server_socket socket,
                  struct span room);

/* Walks the clients of a room, or of the namespace if the name is empty.
 * *cursor starts as 0. No client may join or leave during the walk. */
bool server_next_client(const struct server *s, uint32_t nsp, struct span room,
                        uint32_t *cursor, uint32_t *client);

/* Expels a client from a namespace; or ends its whole connection, with a close
 * code of RFC 6455 §7.4. A SERVER_DISCONNECT follows. */
void server_disconnect(struct server *s, struct server_socket socket);
void server_close(struct server *s, uint32_t client, unsigned code);

/* Decide on a SERVER_CONNECT_REQUEST before the next server_next. Without a
 * call, a client may join only a namespace of the options. server_allow is
 * false if e names a new namespace and there are too many. reason: UTF-8. */
bool server_allow(struct server *s, struct server_event *e);
void server_refuse(struct server *s, const struct server_event *e,
                   const char *reason);

/* Responds to a SERVER_REQUEST: see engine_respond. */
void server_respond(struct server *s, uint32_t conn, unsigned status,
                    const char *type, struct span body, const char *fields);

/* The name of a namespace. */
struct span server_namespace(const struct server *s, uint32_t nsp);

#endif
