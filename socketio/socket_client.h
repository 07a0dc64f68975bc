/*
 * socket_client.h: a Socket.IO client, which connects again by itself
 *
 *   socket_client_open -> CONNECTED for each namespace -> EVENT, ACK, NO_ACK
 *   a connection that fails -> DISCONNECTED -> (back-off) -> CONNECTED ...
 *
 * A machine above engine_client.h. The program opens the connections that
 * engine.dials wants, feeds what arrives, and says what time it is. What is
 * sent without a connection is refused; what is under way may be lost with it.
 * What the server sends meanwhile may be recovered: see resume.h.
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
    NSP_LEFT,              /* refused or put out */
    NSP_WANTED,            /* to be joined when there is a connection */
    NSP_JOINING,
    NSP_JOINED,
};

struct socket_client { /* must not move while in use; read nsps and engine */
    struct engine_client engine;
    const struct socket_client_options *options;
    struct {
        const char *name, *auth;
        enum socket_client_state state;
        int64_t deadline_ms; /* JOINING: until then */
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
    int64_t pending_ms;      /* it must be complete until then */
    struct pending *event_memory; /* the memory of the last event */
    struct backoff backoff;
    int64_t retry_ms;  /* when it connects again; INT64_MAX: it does not */
    int64_t judged_ms; /* acks that were due then are lost */
    struct engine_client_event ended; /* DISCONNECTED is to be reported: */
    bool has_ended, is_closing;
    char text[160]; /* of why */
};

/* Begins without a connection. The options must not change meanwhile. */
void socket_client_init(struct socket_client *c,
                        const struct socket_client_options *options,
                        const uint8_t seed[MASKS_SEED]);
void socket_client_free(struct socket_client *c);

/* A namespace to be in whenever there is a connection: at most LIMIT_NAMESPACE
 * bytes; auth is a JSON object, or NULL. Both stay valid. Returns its index, or
 * SOCKET_CLIENT_ERR_STATE: they are not that, or there are LIMIT_JOINED. */
int socket_client_join(struct socket_client *c, const char *name,
                       const char *auth, int64_t now);

/* Connects. */
void socket_client_open(struct socket_client *c, int64_t now);

/* As in engine_client.h; _due returns due_ms if that is earlier. */
bool socket_client_next(struct socket_client *c, unsigned conn, struct span *in,
                        int64_t now, struct socket_client_event *e);
void socket_client_lost(struct socket_client *c, unsigned conn, const char *why,
                        int64_t now);
int64_t socket_client_due(const struct socket_client *c, int64_t due_ms);
void socket_client_expire(struct socket_client *c, int64_t now);

/* Sends an event, which packet_parse would accept, to a namespace. Returns the
 * id of the ack, which is waited for; 0 if none is wanted; or an error: then
 * nothing was sent. */
int64_t socket_client_emit(struct socket_client *c, unsigned nsp,
                           const struct socket_client_message *message,
                           int64_t now);

/* Acknowledges an EVENT that has an id, with the values of an array. An EVENT
 * may come before CONNECTED. The connection fails if there is no space. */
void socket_client_ack(struct socket_client *c, unsigned nsp, int64_t id,
                       struct span json);

/* Leaves all namespaces and ends the connection; DISCONNECTED follows. */
void socket_client_close(struct socket_client *c, int64_t now);

#endif
