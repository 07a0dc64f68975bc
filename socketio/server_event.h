/*
 * server_event.h: what a Socket.IO server reports to its program
 *
 *   CONNECT_REQUEST  CONNECT  EVENT ACKED EVENT ...  DISCONNECT
 *
 * These are about one client in one namespace, which Socket.IO calls a socket.
 * A REQUEST is other HTTP. Introduced in socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_SERVER_EVENT_H
#define SOCKETIO_SERVER_EVENT_H

#include "socketio/packet.h"

enum server_event_type {
    SERVER_CONNECT,         /* it is in the namespace; args: the auth payload,
                               or empty; it may be recovered */
    SERVER_EVENT,           /* name, args; id >= 0: it wants server_ack */
    SERVER_ACKED,           /* args: its answer to server_emit_ack, by id */
    SERVER_ACK_TIMEOUT,     /* it has not answered id in time, or is gone */
    SERVER_DISCONNECT,      /* it has left the namespace and all its rooms */
    SERVER_CONNECT_REQUEST, /* only if the options have asks_to_connect:
                               server_allow or server_refuse; name: the
                               namespace, args: the auth payload, or empty */
    SERVER_REQUEST,         /* other HTTP: server_respond; name: the target,
                               args: the field If-None-Match, or empty */
};

#define NO_NAMESPACE UINT32_MAX

struct server_socket {
    uint32_t client; /* a handle: see socketio/handle.h */
    uint32_t nsp;    /* number of the namespace: for those of the options,
                           their index */
};

/* Values of JSON with commas between them, and the bytes that stand for their
 * placeholders, in order. */
struct server_args {
    struct span json; /* as args in packet.h */
    uint32_t attachments;
    const struct span *attachment;
};

/* name and args are valid until the next server_next. */
struct server_event {
    enum server_event_type type;
    struct server_socket from;
    uint32_t conn;    /* of a REQUEST */
    struct span name; /* as event in packet.h */
    struct server_args args;
    int64_t id; /* -1: none */
    /* CONNECT: it is a socket that was here before, in its rooms again, and
     * client was its handle until then: a DISCONNECT has named it. */
    bool is_recovered;
    uint32_t old_client;
};

#endif
