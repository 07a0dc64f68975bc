/*
 * conn.h: one end of a WebSocket connection, after the 101 (RFC 6455 §5-§7)
 *
 *   bytes lent -> conn_next -> whole messages, and what must be answered -> out
 *
 * A message that arrived whole is lent from the caller's bytes, unmasked in
 * place; any other is collected in held, which is freed as soon as it has been
 * read: an idle conn is 48 bytes. Fails on the first wrong octet. The handshake
 * is websocket/handshake.h. Introduced in websocket/408_echo_server.c.
 */
#ifndef WEBSOCKET_CONN_H
#define WEBSOCKET_CONN_H

#include "packets/buf.h"
#include "packets/limits.h"
#include "websocket/frame.h"

#define CONN_LIMITS(X)                                                         \
    X(LIMIT_WS_MESSAGE, 1048576, "bytes", "WebSocket message: 1009")           \
    X(LIMIT_WS_FRAGMENTS, 1024, "fragments", "and one for 32 bytes: 1008")

enum conn_limits {
    CONN_LIMITS(LIMIT_ENUM)
};

struct conn {
    struct buf held;        /* the message so far, then a cut header, control */
    uint32_t message, left; /* held of the message; to come of the frame */
    uint32_t fragments;
    uint8_t key[4]; /* turned so that key[0] masks the next byte */
    uint8_t opcode; /* of the message under way, 0: none */
    uint8_t frame;  /* opcode of the frame under way, with FIN as 0x80 */
    uint8_t utf8, state;
};

enum conn_role {
    CONN_SERVER,
    CONN_CLIENT,
};

enum conn_event_type {
    CONN_MESSAGE, /* opcode TEXT (valid UTF-8) or BINARY, and its payload */
    CONN_PONG,    /* payload */
    CONN_PING,    /* to a client only: answered, so the key has been used */
    CONN_CLOSED,  /* the last event: send what is in out, then end TCP */
};

struct conn_event {
    enum conn_event_type type;
    unsigned opcode;
    unsigned code; /* CLOSED: RFC 6455 §7.4; 1005 none given, 1006 no close */
    struct span payload; /* CLOSED: the reason that the peer gave */
};

/* max_message bytes at most, judged on the header: 1009. */
void conn_init(struct conn *c, enum conn_role role, uint32_t max_message);
void conn_free(struct conn *c);

/* Consumes from *in until there is an event (true) or *in is empty (false).
 * Pongs and closes are appended to out. e->payload is lent until the next
 * conn_next, and out may be written to meanwhile. After CLOSED: false. A
 * client passes in key the mask for what it must answer, another one in each
 * call (RFC 6455 §5.3); a server NULL. */
bool conn_next(struct conn *c, struct span *in, struct conn_event *e,
               struct buf *out, const uint8_t key[4]);

/* Appends one unfragmented frame, a message or a ping, from the k parts of its
 * payload. A client passes its mask key, a server NULL. False: out is full,
 * nothing appended. */
bool conn_send(struct buf *out, unsigned opcode, const struct span *parts,
               size_t k, const uint8_t key[4]);

/* Appends a close frame, once, and from now on waits only for the answer: what
 * else arrives is read and dropped. code 1005: an empty one. */
void conn_close(struct conn *c, unsigned code, struct buf *out,
                const uint8_t key[4]);

#endif
