/*
 * socket_client.h: a Socket.IO client, which reconnects by itself
 *
 *   socket_client_open -> CONNECTED for each namespace -> EVENT, ACK, NO_ACK
 *   a connection that fails -> DISCONNECTED -> (back-off) -> CONNECTED ...
 *
 * A machine above engine_client.h. The program opens the connections that
 * engine.dials requests, feeds the bytes that arrive, and passes the time. An
 * event is refused without a connection, and may be lost if the connection is
 * lost. Events that the server sends in between may be recovered: see resume.h.
 * Socket.IO v5. Introduced in socketio/507_echo_client.c.
 */
#ifndef SOCKETIO_SOCKET_CLIENT_H
#define SOCKETIO_SOCKET_CLIENT_H

#include "socketio/engine_client_end.h"
#include "socketio/pending.h"
#include "socketio/resume.h"
#include "socketio/socket_client_event.h"

#define SOCKET_CLIENT_LIMITS(X)                                                \
    X(LIMIT_JOINED, 16, "namespaces", "of one client: refuse")                 \
    X(LIMIT_JOIN_MS, 10000, "ms", "for the reply to a CONNECT: give up")       \
    X(LIMIT_ACKS_AWAITED, 64, "acks", "that are waited for at once: refuse")   \
    X(LIMIT_INCOMPLETE_MS, 10000, "ms", "for all attachments: give up")

enum socket_client_limits {
    SOCKET_CLIENT_LIMITS(LIMIT_ENUM)
};

enum socket_client_state { /* of a namespace */
    NSP_LEFT,              /* refused or expelled */
    NSP_WANTED,            /* joins when there is a connection */
    NSP_JOINING,
    NSP_JOINED,
};

struct socket_client { /* must not move while in use; read nsps and engine */
    struct engine_client engine;
    const struct socket_client_options *options;
    struct {
        const char *name, *auth;
        enum socket_client_state state;
        int64_t deadline_ms; /* of JOINING */
        struct resume resume;
    } nsps[LIMIT_JOINED];
    unsigned nsp_count;
    struct {
        bool is_awaited, is_lost;
        unsigned nsp;
        int64_t id, deadline_ms;
    } acks[LIMIT_ACKS_AWAITED];
    int64_t next_id;
    struct pending *pending; /* a binary packet without all its attachments */
    int64_t pending_ms;      /* its deadline */
    struct pending *event_memory; /* the memory of the last event */
    struct backoff backoff;
    int64_t retry_ms;                 /* when it reconnects; INT64_MAX: never */
    int64_t judged_ms;                /* acks due by then are lost */
    struct engine_client_event ended; /* the cause of DISCONNECTED */
    bool has_ended, is_closing;
    char text[160]; /* the text of why */
};

/* Begins without a connection. The options must stay valid and unchanged. */
void socket_client_init(struct socket_client *c,
                        const struct socket_client_options *options,
                        const uint8_t seed[MASKS_SEED]);
void socket_client_free(struct socket_client *c);

/* Joins a namespace now and after each reconnect. name: at most LIMIT_NAMESPACE
 * bytes; auth: a JSON object, or NULL. Both must stay valid. Returns its index,
 * or SOCKET_CLIENT_ERR_STATE: a bad argument, or there are LIMIT_JOINED. */
int socket_client_join(struct socket_client *c, const char *name,
                       const char *auth, int64_t now);

/* Connects. */
void socket_client_open(struct socket_client *c, int64_t now);

/* As the functions of engine_client.h; _due returns due_ms if that is
 * earlier. */
bool socket_client_next(struct socket_client *c, unsigned conn, struct span *in,
                        int64_t now, struct socket_client_event *e);
void socket_client_lost(struct socket_client *c, unsigned conn, const char *why,
                        int64_t now);
int64_t socket_client_due(const struct socket_client *c, int64_t due_ms);
void socket_client_expire(struct socket_client *c, int64_t now);

/* Sends an event, which packet_parse must accept, to a namespace. Returns the
 * id of the ack that is waited for; 0 without wants_ack; or an error: nothing
 * was sent. */
int64_t socket_client_emit(struct socket_client *c, unsigned nsp,
                           const struct socket_client_message *message,
                           int64_t now);

/* Acknowledges an EVENT that has an id; json is an array. An EVENT may arrive
 * before CONNECTED. The connection fails if there is no space. */
void socket_client_ack(struct socket_client *c, unsigned nsp, int64_t id,
                       struct span json);

/* Leaves all namespaces and ends the connection; DISCONNECTED follows. */
void socket_client_close(struct socket_client *c, int64_t now);

#endif
