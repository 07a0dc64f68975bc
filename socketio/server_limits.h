/*
 * server_limits.h: every limit of a Socket.IO server, for its --limits
 *
 * They include the limits of the Engine.IO server below it. Introduced in
 * socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_SERVER_LIMITS_H
#define SOCKETIO_SERVER_LIMITS_H

#include "socketio/acks.h"
#include "socketio/backlog.h"
#include "socketio/clients.h"
#include "socketio/engine_limits.h"
#include "socketio/json.h"
#include "socketio/packet.h"
#include "socketio/recoverable.h"
#include "socketio/replay.h"
#include "socketio/rooms.h"

#define SERVER_ALL_LIMITS(X)                                                   \
    ENGINE_ALL_LIMITS(X)                                                       \
    CLIENTS_LIMITS(X)                                                          \
    NAMESPACES_LIMITS(X)                                                       \
    ROOMS_LIMITS(X)                                                            \
    ACKS_LIMITS(X)                                                             \
    BACKLOG_LIMITS(X)                                                          \
    RECOVERABLE_LIMITS(X) REPLAY_LIMITS(X) PACKET_LIMITS(X) JSON_LIMITS(X)

#endif
