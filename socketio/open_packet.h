/*
 * open_packet.h: what a client must know of a server's open packet
 *
 *   0{"sid":"...","upgrades":[],"pingInterval":25000,"pingTimeout":20000,...}
 *
 * Engine.IO v4, "Handshake". Introduced in socketio/507_echo_client.c.
 */
#ifndef SOCKETIO_OPEN_PACKET_H
#define SOCKETIO_OPEN_PACKET_H

#include "packets/limits.h"
#include "packets/span.h"

#define OPEN_PACKET_LIMITS(X)                                                  \
    X(LIMIT_PING_MS, 600000, "ms", "a longer interval or time-out: refuse")

enum open_packet_limits {
    OPEN_PACKET_LIMITS(LIMIT_ENUM)
};

enum open_packet_error {
    OPEN_PACKET_ERR_JSON = -1,   /* not a JSON object */
    OPEN_PACKET_ERR_NUMBER = -2, /* a number is missing, is not of digits only,
                                    or is over LIMIT_PING_MS; or both are 0 */
};

/* Returns pingInterval + pingTimeout, in ms: a server that sends no ping for so
 * long is not there any more. Or an error. json: the packet without its type,
 * in UTF-8. */
int open_packet_heartbeat_ms(struct span json);

#endif
