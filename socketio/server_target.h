/*
 * server_target.h: the clients that a Socket.IO server sends an event to
 *
 *   server_to(socket)                  that client
 *   server_to_all(socket)              all in its namespace
 *   server_to_room(socket, room)       all in a room of its namespace
 *   server_to_rooms(socket, rooms, n)  all in one or more of n rooms, once each
 *   server_except(target, socket)      a target, but not that client
 *
 * Introduced in socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_SERVER_TARGET_H
#define SOCKETIO_SERVER_TARGET_H

#include "socketio/handle.h"
#include "socketio/server_event.h"

enum {
    TARGET_MAX_ROOMS = 16
};

struct server_target {
    uint32_t nsp;
    uint32_t client; /* NO_HANDLE: many */
    uint32_t except; /* NO_HANDLE: none */
    uint32_t room_count;
    struct span room;         /* if room_count is 1 */
    const struct span *rooms; /* if it is more; must stay valid */
};

static inline struct server_target server_to(struct server_socket socket) {
    return (struct server_target){
        .nsp = socket.nsp, .client = socket.client, .except = NO_HANDLE};
}

static inline struct server_target server_to_all(struct server_socket socket) {
    socket.client = NO_HANDLE;
    return server_to(socket);
}

static inline struct server_target server_to_room(struct server_socket socket,
                                                  struct span room) {
    struct server_target target = server_to_all(socket);
    target.room = room;
    target.room_count = 1;
    return target;
}

/* n is at least 1 and at most TARGET_MAX_ROOMS. */
static inline struct server_target server_to_rooms(struct server_socket socket,
                                                   const struct span *rooms,
                                                   uint32_t n) {
    struct server_target target = server_to_all(socket);
    target.rooms = rooms;
    target.room_count = n;
    return target;
}

static inline struct server_target server_except(struct server_target target,
                                                 struct server_socket socket) {
    target.except = socket.client;
    return target;
}

/* Arguments without attachments, from text: "1,\"two\"". */
static inline struct server_args server_args(const char *json) {
    return (struct server_args){.json = span_from(json)};
}

#endif
