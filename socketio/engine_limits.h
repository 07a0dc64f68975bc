/*
 * engine_limits.h: every limit of an Engine.IO server, for its --limits
 *
 * Each limit is in the header of the module that enforces it. Introduced in
 * socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_ENGINE_LIMITS_H
#define SOCKETIO_ENGINE_LIMITS_H

#include "socketio/engine.h"
#include "socketio/receiver.h"
#include "socketio/session.h"
#include "websocket/conn.h"
#include "websocket/handshake.h"
#include "websocket/http.h"

#define ENGINE_ALL_LIMITS(X)                                                   \
    HTTP_LIMITS(X)                                                             \
    HANDSHAKE_LIMITS(X)                                                        \
    CONN_LIMITS(X)                                                             \
    ENGINE_LIMITS(X) SESSION_LIMITS(X) RECEIVER_LIMITS(X) OUTBOX_LIMITS(X)

#endif
