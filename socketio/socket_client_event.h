/*
 * socket_client_event.h: what a program and its Socket.IO client exchange
 *
 * Introduced in socketio/507_echo_client.c.
 */
#ifndef SOCKETIO_SOCKET_CLIENT_EVENT_H
#define SOCKETIO_SOCKET_CLIENT_EVENT_H

#include "socketio/backoff.h"
#include "socketio/engine_client_event.h"
#include "socketio/packet.h"

struct socket_client_options {
    struct engine_client_options engine;
    uint32_t attempts;      /* to connect again, in a row; 0: never */
    struct backoff backoff; /* before each */
};

/* What a client usually wants, except engine.host. */
#define SOCKET_CLIENT_DEFAULTS                                                 \
    {                                                                          \
        .engine = {.path = "/socket.io/",                                      \
                   .max_message = 1 << 20,                                     \
                   .answer_ms = 30000},                                        \
        .backoff = BACKOFF_DEFAULTS                                            \
    }

/* What a program sends. */
struct socket_client_message {
    struct span json; /* an array, the first value of an event is its name; with
                         a placeholder for each attachment */
    unsigned count;   /* of attachments */
    struct span attachments[LIMIT_ATTACHMENTS];
    bool wants_ack;
};

enum socket_client_event_type {
    SOCKET_CLIENT_CONNECTED, /* to nsp; data: {"sid":"..."}; is_recovered */
    SOCKET_CLIENT_REFUSED,   /* nsp, why; data: {"message":"..."}; it is left */
    SOCKET_CLIENT_EVENT,     /* nsp, name, args, id, attachments */
    SOCKET_CLIENT_ACK,       /* id, args, attachments */
    SOCKET_CLIENT_NO_ACK,    /* id, why: it will not come any more */
    SOCKET_CLIENT_UPGRADED,  /* to a WebSocket */
    SOCKET_CLIENT_KICKED,    /* nsp, why: the server wants it to be left */
    SOCKET_CLIENT_DISCONNECTED, /* why, data (what the server said); retry_ms */
};

struct socket_client_event {
    enum socket_client_event_type type;
    unsigned nsp;      /* index, from socket_client_join */
    bool is_recovered; /* CONNECTED: as before; what it has missed follows,
                          or, from socket.io, has come as EVENTs just before */
    struct span name, args,
        data;       /* as in packet.h; valid until the next call */
    int64_t id;     /* of an ack; -1: no ack is wanted */
    unsigned count; /* of attachments */
    struct span attachments[LIMIT_ATTACHMENTS];
    const char *why;  /* a few words; valid until the next call */
    int64_t retry_ms; /* DISCONNECTED: it connects again after so long; -1: it
                         does not, and this is the last event */
};

enum socket_client_error {
    SOCKET_CLIENT_ERR_STATE = ENGINE_CLIENT_ERR_STATE, /* not connected */
    SOCKET_CLIENT_ERR_TOO_BIG = ENGINE_CLIENT_ERR_TOO_BIG,
    SOCKET_CLIENT_ERR_FULL = ENGINE_CLIENT_ERR_FULL,
    SOCKET_CLIENT_ERR_ACKS = -4, /* over LIMIT_ACKS_AWAITED */
};

/* An error in a few words. */
const char *socket_client_explain(int64_t error);

#endif
