/* client.c: see websocket/client.h. It combines websocket/handshake.h with
 * websocket/conn.h, which does everything after the handshake. */
#include "websocket/client.h"

#include <stdio.h>

#include "websocket/close_code.h"

static void change_state(struct client *c, enum ws_cause cause) {
    c->state = ws_state_next(c->state, cause);
}

bool client_open(struct client *c, const struct client_options *options,
                 const uint8_t seed[CLIENT_SEED], struct buf *out) {
    *c = (struct client){.request = {.host = options->host,
                                     .target = options->target,
                                     .protocols = options->protocols}};
    change_state(c, WS_CONNECT);
    memcpy(c->request.nonce, seed, HANDSHAKE_NONCE);
    masks_init(&c->masks, seed + HANDSHAKE_NONCE);
    buf_init(&c->head, LIMIT_HTTP_HEAD);
    conn_init_client(&c->conn, options->max_message, &c->masks);
    return handshake_write_request(out, &c->request);
}

void client_free(struct client *c) {
    buf_free(&c->head);
    conn_free(&c->conn);
    if (c->state != WS_CLOSED) change_state(c, WS_TCP_ENDS);
}

static bool closed(struct client_event *e, unsigned code, const char *why) {
    *e = (struct client_event){.type = CLIENT_CLOSED, .code = code, .why = why};
    return true;
}

/* The response: OPENED, CLOSED, or none yet. RFC 6455 §4.1 item 2: at most one
 * connection to a server MUST be CONNECTING: not enforced: no client here knows
 * of another one. */
static bool receive_response(struct client *c, struct span *in,
                             struct client_event *e) {
    if (in->len == 0) return false;
    int agreed = handshake_client_feed(&c->head, in, &c->request, c->why);
    if (agreed == 0) return false;
    buf_free(&c->head);
    /* RFC 6455 §4.1: if the response is not valid, the client MUST fail the
     * connection. There is no close frame before the 101. */
    change_state(c, agreed < 0 ? WS_RCV_REFUSAL : WS_RCV_101);
    if (agreed < 0) return closed(e, 1006, c->why);
    *e = (struct client_event){.type = CLIENT_OPENED};
    return true;
}

/* CLOSED, by the peer's close frame or because of what it sent. */
static bool end_by_frame(struct client *c, const struct conn_event *from,
                         struct client_event *e) {
    const char *meaning = close_code_meaning(from->code);
    snprintf(c->why, sizeof c->why, "closed by %s, code %u%s%s%s",
             from->is_failure ? "us" : "the server", from->code,
             *meaning ? " (" : "", meaning, *meaning ? ")" : "");
    bool is_reply = c->state == WS_CLOSING && !from->is_failure;
    c->state = c->conn.state;
    closed(e, from->code, is_reply ? NULL : c->why);
    e->payload = from->payload;
    return true;
}

bool client_next(struct client *c, struct span *in, struct client_event *e,
                 struct buf *out) {
    struct conn_event from;
    if (client_is_done(c)) in->len = 0;
    if (c->state == WS_CONNECTING) return receive_response(c, in, e);
    if (!conn_next(&c->conn, in, &from, out)) return false;
    if (from.type == CONN_CLOSED) return end_by_frame(c, &from, e);
    *e = (struct client_event){.type = from.type == CONN_PONG ? CLIENT_PONG
                                                              : CLIENT_MESSAGE,
                               .opcode = from.opcode,
                               .payload = from.payload};
    return true;
}

bool client_eof(struct client *c, struct client_event *e) {
    if (client_is_done(c)) return false;
    snprintf(c->why, sizeof c->why, "the server ended the connection %s",
             c->state == WS_CONNECTING ? "before it had responded"
                                       : "without a close frame");
    change_state(c, WS_RCV_FIN);
    return closed(e, 1006, c->why);
}

bool client_send(struct client *c, unsigned opcode, const struct span *parts,
                 size_t k, struct buf *out) {
    if (c->state != WS_OPEN) return false;
    return conn_send(out, opcode, parts, k, &c->masks);
}

void client_close(struct client *c, unsigned code, struct buf *out) {
    if (c->state != WS_OPEN) return;
    conn_close(&c->conn, code, out);
    c->state = c->conn.state;
}
