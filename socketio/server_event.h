/*
 * server_event.h: what a Socket.IO server reports to its program
 *
 *   CONNECT_REQUEST  CONNECT  EVENT ACKED EVENT ...  DISCONNECT
 *
 * These events concern one client in one namespace, which Socket.IO calls a
 * socket. A REQUEST is an HTTP request for another path. Introduced in
 * socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_SERVER_EVENT_H
#define SOCKETIO_SERVER_EVENT_H

#include "socketio/packet.h"

enum server_event_type {
    SERVER_CONNECT, /* a client has joined; args: the auth payload, or empty;
                       may be recovered */
    SERVER_EVENT,   /* name, args; id >= 0: call server_ack */
    SERVER_ACKED,   /* args: the ack to server_emit_ack, by id */
    SERVER_ACK_TIMEOUT,     /* the ack with that id did not arrive in time */
    SERVER_DISCONNECT,      /* a client has left the namespace and its rooms */
    SERVER_CONNECT_REQUEST, /* only with asks_to_connect: call server_allow or
                               server_refuse; name: the namespace, args: the
                               auth payload, or empty */
    SERVER_REQUEST, /* other HTTP: call server_respond; name: the target, args:
                       the field If-None-Match, or empty */
};

#define NO_NAMESPACE UINT32_MAX

struct server_socket {
    uint32_t client; /* a handle: see socketio/handle.h */
    uint32_t nsp;    /* number of the namespace: for those of the options,
                           their index */
};

/* JSON values with commas between them, and the binary data of their
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
    /* CONNECT: the socket was recovered and is in its rooms again; old_client
     * is the handle that its DISCONNECT had. */
    bool is_recovered;
    uint32_t old_client;
};

#endif
