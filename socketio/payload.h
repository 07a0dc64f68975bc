/*
 * payload.h: several Engine.IO packets in one HTTP body
 *
 *   4hello 1e 2 1e bAQIDBA==      1e separates; binary becomes "b" and base64
 *
 * Engine.IO v4, "Payload encoding". On a WebSocket each packet is a message of
 * its own, so this is for polling only. Introduced in socketio/502_polling.c.
 */
#ifndef SOCKETIO_PAYLOAD_H
#define SOCKETIO_PAYLOAD_H

#include "packets/buf.h"

#define PAYLOAD_SEPARATOR 0x1e /* "record separator" in ASCII */

enum payload_error {
    PAYLOAD_ERR_EMPTY = -1,  /* an empty packet: it has no type */
    PAYLOAD_ERR_BASE64 = -2, /* after "b": not base64 (RFC 4648 §4) */
    PAYLOAD_ERR_UTF8 = -3,   /* text that is not UTF-8 (RFC 3629) */
};

struct payload_packet {
    bool is_binary;
    struct span bytes; /* text: type and data; binary: the decoded data */
};

/* Consumes the next packet of *rest, which is the body at first, and decodes it
 * in place, so the bytes must be writable. Returns 1; 0: no packet is left, and
 * the data of *rest is NULL; or a payload_error. An empty body is one empty
 * packet. */
int payload_next(struct span *rest, struct payload_packet *packet);

/* Returns how many bytes payload_write appends for a packet of len bytes. */
size_t payload_size(bool is_binary, size_t len, bool is_first);

/* Appends a packet, after a separator unless it is the first. False: out is
 * full, and a part of the packet may have been appended. */
bool payload_write(struct buf *out, bool is_binary, struct span bytes,
                   bool is_first);

#endif
