/*
 * server_event.h: what a Socket.IO server reports to its program
 *
 *   CONNECT  EVENT ACKED EVENT ...  DISCONNECT     a client in one namespace
 *   REQUEST                                        other HTTP
 *
 * Introduced in socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_SERVER_EVENT_H
#define SOCKETIO_SERVER_EVENT_H

#include "socketio/packet.h"

enum server_event_type {
    SERVER_CONNECT, /* accepted already; args: the auth payload, or empty */
    SERVER_EVENT,
    SERVER_ACKED,      /* the client answers ack id */
    SERVER_DISCONNECT, /* one for each namespace it was in */
    SERVER_REQUEST,    /* other HTTP: server_respond; name: the target; args:
                          the field If-None-Match, or empty */
};

struct server_event {
    enum server_event_type type;
    uint32_t client;        /* a handle: see engine.h */
    uint32_t conn;          /* of a REQUEST */
    unsigned nsp;           /* index into namespaces */
    struct span name, args; /* as in packet.h; lent until server_next */
    int64_t id;             /* -1: no acknowledgement wanted */
    unsigned attachments;
    struct span attachment[LIMIT_ATTACHMENTS];
};

#endif
