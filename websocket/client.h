/*
 * client.h: a WebSocket client, from the first byte to the last (RFC 6455)
 *
 *   client_open -> request     101 -> OPENED     frames -> MESSAGE, PONG
 *   client_close -> close      close, refusal, violation -> CLOSED, and why
 *
 * The client uses no socket and no clock; all its randomness comes from the
 * seed. It holds at most a response head of LIMIT_HTTP_HEAD bytes, then one
 * message of max_message bytes. Introduced in websocket/409_echo_client.c.
 */
#ifndef WEBSOCKET_CLIENT_H
#define WEBSOCKET_CLIENT_H

#include "websocket/conn.h"
#include "websocket/handshake.h"
#include "websocket/masks.h"

#define CLIENT_SEED (HANDSHAKE_NONCE + MASKS_SEED) /* bytes */

/* What the states mean here:
 *   WS_CONNECTING  the request is in out, the response is awaited
 *   WS_OPEN        OPENED was returned
 *   WS_CLOSING     our close frame is in out; the server's is awaited
 *   WS_LINGERING   CLOSED was returned: send what is in out, then end TCP
 *   WS_CLOSED      client_free was called */
struct client {    /* must not move while in use; read state, no more */
    uint8_t state; /* of enum ws_state */
    struct handshake_request request;
    struct buf head; /* of the response, as far as it has arrived */
    struct conn conn;
    struct mask_source masks;
    char why[HANDSHAKE_WHY];
};

enum client_event_type {
    CLIENT_OPENED,  /* the server agreed: client_send may be called */
    CLIENT_MESSAGE, /* opcode TEXT (valid UTF-8) or BINARY, and its payload */
    CLIENT_PONG,    /* payload */
    CLIENT_CLOSED,  /* the last event: send what is in out, then end TCP */
};

struct client_event {
    enum client_event_type type;
    unsigned opcode; /* MESSAGE */
    unsigned code; /* CLOSED: RFC 6455 §7.4; 1006: there was no close frame */
    struct span payload; /* CLOSED: the reason that the server gave */
    /* CLOSED: which side ended the connection and why, in words ("closed by the
     * server, code 1001 (going away)", "refused, status 404"), valid until
     * client_free. NULL: the client closed it and the server
     * replied with a close frame. */
    const char *why;
};

struct client_options { /* the texts must not change while the client is used */
    const char *host;   /* "127.0.0.1:7408", for the Host field */
    const char *target; /* "/path?query" */
    const char *protocols; /* offered: "chat, superchat"; NULL: none */
    size_t max_message;    /* bytes that a message from the server may have */
};

/* Begins, and appends the request to out. seed: CLIENT_SEED bytes from the
 * system's random source, others for each connection. False: out is full. */
bool client_open(struct client *c, const struct client_options *options,
                 const uint8_t seed[CLIENT_SEED], struct buf *out);
void client_free(struct client *c);

/* Has it returned CLOSED, or been freed? */
static inline bool client_is_done(const struct client *c) {
    return ws_state_has_ended(c->state);
}

/* Consumes from *in until there is an event (true) or *in is empty (false).
 * Pongs and closes are appended to out. e->payload is valid until the next call
 * for c, and the bytes of *in are written to. After CLOSED: always false, and
 * *in is dropped. */
bool client_next(struct client *c, struct span *in, struct client_event *e,
                 struct buf *out);

/* To be called when the server has ended TCP: sets *e to CLOSED with code 1006.
 * False: CLOSED was returned before. */
bool client_eof(struct client *c, struct client_event *e);

/* Appends a message (TEXT, BINARY) or a PING whose payload is the k parts in
 * order. False: the state is not WS_OPEN, or out is full. */
bool client_send(struct client *c, unsigned opcode, const struct span *parts,
                 size_t k, struct buf *out);

/* Appends a close frame, if the state is WS_OPEN. What else the server
 * sends is dropped until CLOSED; the caller limits the time. */
void client_close(struct client *c, unsigned code, struct buf *out);

#endif
