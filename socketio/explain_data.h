/*
 * explain_data.h: explains what TCP carries, from HTTP up to Socket.IO
 *
 *   GET /socket.io/?EIO=4 ...        so the bodies are payloads of Engine.IO
 *   HTTP/1.1 101 ...                 so what follows are frames of WebSocket
 *
 * What data means depends on earlier messages of its connection, in either
 * direction. socketio/explain_stream.h finds where each message ends.
 * Introduced in socketio/505_packets.c.
 */
#ifndef SOCKETIO_EXPLAIN_DATA_H
#define SOCKETIO_EXPLAIN_DATA_H

#include "websocket/explain_http.h"

enum explain_protocol {
    EXPLAIN_HTTP,      /* whose bodies mean nothing here */
    EXPLAIN_ENGINE,    /* HTTP with payloads of Engine.IO */
    EXPLAIN_SOCKET,    /* and in these packets of Socket.IO */
    EXPLAIN_WEBSOCKET, /* frames whose payloads mean nothing here */
    EXPLAIN_WEBSOCKET_ENGINE,
    EXPLAIN_WEBSOCKET_SOCKET,
};

/* Explains data of that protocol, all that is visible and known. HTTP may
 * change *protocol. */
void explain_protocol(struct dissector *d, enum explain_protocol *protocol);

static inline bool explain_is_websocket(enum explain_protocol p) {
    return p >= EXPLAIN_WEBSOCKET;
}

/* Explains one message, all that is visible: a frame, or a message of HTTP, of
 * which *h tells what was in it. The caller sets h->is_to_head. */
void explain_message(struct dissector *d, enum explain_protocol *protocol,
                     struct explain_http *h);

#endif
