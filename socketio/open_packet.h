/*
 * open_packet.h: reads a server's open packet, for a client
 *
 *   0{"sid":"...","upgrades":["websocket"],"pingInterval":25000,
 *     "pingTimeout":20000,"maxPayload":1000000}
 *
 * Engine.IO v4, "Handshake". The client accepts only bounded numbers. The sid
 * goes into URLs, so it may contain only characters that have no special
 * meaning there. Introduced in socketio/507_echo_client.c.
 */
#ifndef SOCKETIO_OPEN_PACKET_H
#define SOCKETIO_OPEN_PACKET_H

#include "packets/limits.h"
#include "packets/span.h"

#define OPEN_PACKET_LIMITS(X)                                                  \
    X(LIMIT_PING_MS, 600000, "ms", "a longer interval or time-out: refuse")    \
    X(LIMIT_SID, 64, "bytes", "a session id: refuse")

enum open_packet_limits {
    OPEN_PACKET_LIMITS(LIMIT_ENUM)
};

enum open_packet_error {
    OPEN_PACKET_ERR_JSON = -1,   /* not a JSON object */
    OPEN_PACKET_ERR_NUMBER = -2, /* a number is missing, is not of digits only,
                                    or is over its limit; or both times are 0 */
    OPEN_PACKET_ERR_SID = -3,    /* none, over LIMIT_SID, or characters other
                                    than letters, digits, "-", "_", "." and "~"
                                    (RFC 3986 §2.3: unreserved) */
};

struct open_packet {
    struct span sid;  /* a part of the packet */
    int heartbeat_ms; /* pingInterval + pingTimeout: if no ping arrives for so
                         long, the server is gone */
    uint32_t max_payload; /* the largest payload that the server accepts;
                             UINT32_MAX: not given */
    bool has_websocket;   /* among its upgrades */
};

/* Reads a packet, without its type, in UTF-8. Returns 0 or an error; then *p is
 * unspecified. */
int open_packet_parse(struct open_packet *p, struct span json);

#endif
