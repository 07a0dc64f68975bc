/*
 * conn.h: one end of a WebSocket connection, after the 101 (RFC 6455 §5-§7)
 *
 *   bytes -> conn_next -> whole messages, and pongs and closes -> out
 *
 * If one call gets a whole message, its payload is a part of the caller's
 * bytes, unmasked in place. Any other message is collected in held, which is
 * freed as soon as the message was read: an idle conn is 48 bytes. An error is
 * found at its first wrong byte. The handshake is websocket/handshake.h.
 * Introduced in websocket/407_closing.c.
 */
#ifndef WEBSOCKET_CONN_H
#define WEBSOCKET_CONN_H

#include "packets/buf.h"
#include "packets/limits.h"
#include "websocket/frame.h"
#include "websocket/ws_state.h"

/* The caller has the clock: it enforces LIMIT_WS_STALLED_MS with
 * conn_is_mid_message. */
#define CONN_LIMITS(X)                                                         \
    X(LIMIT_WS_MESSAGE, 1048576, "bytes", "WebSocket message: 1009")           \
    X(LIMIT_WS_FRAGMENTS, 1024, "fragments", "and one for 32 bytes: 1008")     \
    X(LIMIT_WS_STALLED_MS, 30000, "ms", "cut message, no progress: 1008")

enum conn_limits {
    CONN_LIMITS(LIMIT_ENUM)
};

struct mask_source; /* websocket/masks.h: a client's mask keys */

struct conn {
    struct buf held; /* the message so far, then a cut header or control */
    union {
        struct mask_source *masks; /* a client's */
        uint8_t key[4]; /* a server's: to unmask with, rotated so that key[0]
                           belongs to the next byte */
    };
    uint32_t message;        /* bytes of the message in held */
    uint32_t left;           /* bytes of the frame's payload that are missing */
    uint32_t fragments : 30; /* of the message under way */
    bool is_client : 1;
    bool holds_event : 1; /* the last event's payload is in held */
    uint8_t opcode;       /* of the message under way; 0: there is none */
    uint8_t frame;        /* opcode of the frame under way, with FIN as 0x80 */
    uint8_t utf8;
    uint8_t state; /* of enum ws_state, but never CONNECTING */
};

enum conn_event_type {
    CONN_MESSAGE,   /* opcode TEXT (valid UTF-8) or BINARY, and its payload */
    CONN_PONG,      /* payload */
    CONN_CLOSED,    /* the last event: send what is in out, then end TCP */
    CONN_HANDSHAKE, /* websocket/peer.h, the first event: code */
};

struct conn_event {
    enum conn_event_type type;
    unsigned opcode;    /* MESSAGE */
    unsigned code;      /* CLOSED: RFC 6455 §7.4; 1005: the peer gave none;
                            HANDSHAKE: of the response, 101: it is open */
    bool is_failure;    /* CLOSED: the peer sent no valid close frame; this end
                        failed the connection, for the reason in code */
    bool is_reply_sent; /* CLOSED: this end's close frame with code is in out */
    struct span payload; /* CLOSED: the reason that the peer sent */
};

/* Make *c a server's or a client's end. max_message is at most BUF_MAX - 200; a
 * longer message fails the connection with 1009 when its header arrives. *masks
 * must not move while c is in use. */
void conn_init_server(struct conn *c, size_t max_message);
void conn_init_client(struct conn *c, size_t max_message,
                      struct mask_source *masks);
void conn_free(struct conn *c);

/* Consumes from *in until there is an event (true) or *in is empty (false).
 * Appends pongs and close frames to out. e->payload is valid until the next
 * conn_next; the caller may write to out before. After CLOSED it always returns
 * false and drops *in. Without memory, or space in out for a pong, the
 * connection fails with 1011. */
bool conn_next(struct conn *c, struct span *in, struct conn_event *e,
               struct buf *out);

/* Appends one unfragmented frame (a message or a ping) whose payload is the k
 * parts in order. A client passes its masks; a server NULL. False: out is full
 * or there is no memory; nothing was appended, and out->failed is set. */
bool conn_send(struct buf *out, unsigned opcode, const struct span *parts,
               size_t k, struct mask_source *masks);

/* Appends a close frame unless one was sent before. From now on conn_next only
 * waits for the peer's close frame and drops all other input. code 1005: a
 * close frame without a code. The caller must send no more messages and limit
 * the time. */
void conn_close(struct conn *c, unsigned code, struct buf *out);

/* Has the peer begun a message or a frame that it has not finished? Call it
 * after conn_next has returned false. */
bool conn_is_mid_message(const struct conn *c);

#endif
