/*
 * explain_data.h: explains what TCP carries, from HTTP up to Socket.IO
 *
 *   GET /socket.io/?EIO=4 ...        so the bodies are payloads of Engine.IO
 *   HTTP/1.1 101 ...                 so WebSocket frames follow
 *
 * The meaning of data depends on earlier messages of its connection, in either
 * direction. socketio/explain_stream.h finds where each message ends.
 * Introduced in socketio/505_packets.c.
 */
#ifndef SOCKETIO_EXPLAIN_DATA_H
#define SOCKETIO_EXPLAIN_DATA_H

#include "websocket/explain_http.h"

enum explain_protocol {
    EXPLAIN_HTTP,      /* HTTP with other bodies */
    EXPLAIN_ENGINE,    /* HTTP with Engine.IO payloads */
    EXPLAIN_SOCKET,    /* HTTP with Engine.IO and Socket.IO */
    EXPLAIN_WEBSOCKET, /* WebSocket frames with other payloads */
    EXPLAIN_WEBSOCKET_ENGINE,
    EXPLAIN_WEBSOCKET_SOCKET,
};

/* Explains all visible data of that protocol. HTTP may change *protocol. */
void explain_protocol(struct dissector *d, enum explain_protocol *protocol);

static inline bool explain_is_websocket(enum explain_protocol p) {
    return p >= EXPLAIN_WEBSOCKET;
}

/* Explains one message, which is all that is visible: a frame, or an HTTP
 * message, which *h describes afterwards. The caller sets h->is_to_head. */
void explain_message(struct dissector *d, enum explain_protocol *protocol,
                     struct explain_http *h);

#endif
