/*
 * socket_client_event.h: options, messages and events of a Socket.IO client
 *
 * Introduced in socketio/507_echo_client.c.
 */
#ifndef SOCKETIO_SOCKET_CLIENT_EVENT_H
#define SOCKETIO_SOCKET_CLIENT_EVENT_H

#include "packets/backoff.h"
#include "socketio/engine_client_event.h"
#include "socketio/packet.h"

struct socket_client_options {
    struct engine_client_options engine;
    uint32_t attempts;      /* to reconnect, in a row; 0: never */
    struct backoff backoff; /* before each attempt */
};

/* The usual options, except engine.host. */
#define SOCKET_CLIENT_DEFAULTS                                                 \
    {                                                                          \
        .engine = {.path = "/socket.io/",                                      \
                   .max_message = 1 << 20,                                     \
                   .answer_ms = 30000},                                        \
        .backoff = BACKOFF_DEFAULTS                                            \
    }

/* A message that a program sends. */
struct socket_client_message {
    struct span json; /* an array with a placeholder for each attachment; the
                         first value of an event is its name */
    unsigned count;   /* of attachments */
    struct span attachments[LIMIT_ATTACHMENTS];
    bool wants_ack;
};

enum socket_client_event_type {
    SOCKET_CLIENT_CONNECTED, /* to nsp; data: {"sid":"..."}; is_recovered */
    SOCKET_CLIENT_REFUSED,   /* nsp, why; data: {"message":"..."}; not joined */
    SOCKET_CLIENT_EVENT,     /* nsp, name, args, id, attachments */
    SOCKET_CLIENT_ACK,       /* id, args, attachments */
    SOCKET_CLIENT_NO_ACK,    /* id, why: the ack is lost */
    SOCKET_CLIENT_UPGRADED,  /* to a WebSocket */
    SOCKET_CLIENT_KICKED,    /* nsp, why: the server has expelled the client */
    SOCKET_CLIENT_DISCONNECTED, /* why, data (from the server), retry_ms */
};

struct socket_client_event {
    enum socket_client_event_type type;
    unsigned nsp;      /* index, from socket_client_join */
    bool is_recovered; /* CONNECTED: the same socket as before; the missed
                          events follow, or with socket.io have arrived just
                          before */
    struct span name, args,
        data;       /* as in packet.h; valid until the next call */
    int64_t id;     /* of an ack; -1: no ack is requested */
    unsigned count; /* of attachments */
    struct span attachments[LIMIT_ATTACHMENTS];
    const char *why;  /* a few words; valid until the next call */
    int64_t retry_ms; /* DISCONNECTED: until it reconnects; -1: never, and this
                         is the last event */
};

enum socket_client_error {
    SOCKET_CLIENT_ERR_STATE = ENGINE_CLIENT_ERR_STATE, /* not connected */
    SOCKET_CLIENT_ERR_TOO_BIG = ENGINE_CLIENT_ERR_TOO_BIG,
    SOCKET_CLIENT_ERR_FULL = ENGINE_CLIENT_ERR_FULL,
    SOCKET_CLIENT_ERR_ACKS = -4, /* over LIMIT_ACKS_AWAITED */
};

/* Returns the text of an error. */
const char *socket_client_explain(int64_t error);

#endif
