/*
 * explain_websocket.h: dissector of WebSocket frames (RFC 6455 §5.2)
 *
 *   while (explain_websocket(d, &f)) {
 *       explain_websocket_payload(d, &f);     or another dissector
 *       dissector_leave(d);
 *   }
 *
 * A masked payload is shown as it was sent; the unmasked payload is explained.
 * Introduced in socketio/505_packets.c.
 */
#ifndef WEBSOCKET_EXPLAIN_WEBSOCKET_H
#define WEBSOCKET_EXPLAIN_WEBSOCKET_H

#include "packets/dissector.h"

struct explain_websocket {
    bool is_final;
    unsigned opcode; /* enum frame_opcode, or a reserved one */
};

/* Explains the header of the next frame and enters its payload, which ends at
 * dissector_leave. False: there is no frame left, and nothing was entered. */
bool explain_websocket(struct dissector *d, struct explain_websocket *f);

/* Explains a payload that no other protocol uses. */
void explain_websocket_payload(struct dissector *d,
                               const struct explain_websocket *f);

#endif
