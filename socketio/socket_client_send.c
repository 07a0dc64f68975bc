/* socket_client_send.c: a Socket.IO client's functions to emit, acknowledge and
 * close, and its deadlines. */
#include "socketio/socket_client.h"

#include <assert.h>

#include "socketio/engine_client_inside.h"

/* Returns 0 if all attachments could be sent after a text of len bytes. */
static int check(const struct socket_client *c, size_t len,
                 const struct span *attachments, unsigned count) {
    assert(attachments || count == 0);
    int error = 0;
    for (unsigned i = 0; i < count && !error; i++) {
        error = engine_client_check(&c->engine, true, attachments[i].len, len);
        len += attachments[i].len;
    }
    return error;
}

/* Sends a packet and all its attachments, or nothing. check() counts only the
 * bytes of attachments, not the overhead of each. */
static int send_packet(struct socket_client *c, unsigned nsp, struct packet *p,
                       struct span json, const struct span *attachments) {
    uint8_t head[PACKET_HEAD_MAX];
    assert(nsp < c->nsp_count && p->attachments <= LIMIT_ATTACHMENTS);
    enum socket_client_state state = c->nsps[nsp].state;
    bool is_early = state == NSP_JOINING && p->type == PACKET_ACK;
    if (state != NSP_JOINED && !is_early) return SOCKET_CLIENT_ERR_STATE;
    p->nsp = span_from(c->nsps[nsp].name);
    struct span parts[] = {{head, packet_head(p, head)}, json};
    int error = check(c, parts[0].len + json.len, attachments, p->attachments);
    if (error) return error;
    error = engine_client_send(&c->engine, false, parts, 2);
    for (unsigned i = 0; i < p->attachments && !error; i++)
        if (!engine_client_send_packet(&c->engine, true, &attachments[i], 1))
            error = SOCKET_CLIENT_ERR_FULL;
    return error;
}

/* Returns the index of a free ack, or LIMIT_ACKS_AWAITED. */
static unsigned free_ack(const struct socket_client *c) {
    unsigned i = 0;
    while (i < LIMIT_ACKS_AWAITED && c->acks[i].is_awaited) i++;
    return i;
}

int64_t socket_client_emit(struct socket_client *c, unsigned nsp,
                           const struct socket_client_message *message,
                           int64_t now) {
    unsigned i = free_ack(c), count = message->count;
    struct packet p = {.type = count ? PACKET_BINARY_EVENT : PACKET_EVENT,
                       .attachments = count,
                       .id = message->wants_ack ? c->next_id : -1};
    if (message->wants_ack && i == LIMIT_ACKS_AWAITED)
        return SOCKET_CLIENT_ERR_ACKS;
    int error = send_packet(c, nsp, &p, message->json, message->attachments);
    if (error || !message->wants_ack) return error;
    c->acks[i].is_awaited = true;
    c->acks[i].nsp = nsp;
    c->acks[i].id = c->next_id++;
    c->acks[i].deadline_ms = now + c->options->engine.answer_ms;
    return c->acks[i].id;
}

void socket_client_ack(struct socket_client *c, unsigned nsp, int64_t id,
                       struct span json) {
    struct packet p = {.type = PACKET_ACK, .id = id};
    if (send_packet(c, nsp, &p, json, NULL) == SOCKET_CLIENT_ERR_FULL)
        engine_client_fail(&c->engine, "the server does not read",
                           (struct span){0});
}

void socket_client_close(struct socket_client *c, int64_t now) {
    struct packet p = {.type = PACKET_DISCONNECT, .id = -1};
    bool is_waiting = c->retry_ms != INT64_MAX;
    c->is_closing = true;
    c->retry_ms = INT64_MAX;
    if (is_waiting) { /* there is no connection to close */
        c->ended = (struct engine_client_event){.why = NULL};
        c->has_ended = true;
    }
    for (unsigned i = 0; i < c->nsp_count; i++) /* fails for those not joined */
        send_packet(c, i, &p, (struct span){0}, NULL);
    engine_client_close(&c->engine, now);
}

void socket_client_lost(struct socket_client *c, unsigned conn, const char *why,
                        int64_t now) {
    engine_client_lost(&c->engine, conn, why, now);
}

void socket_client_expire(struct socket_client *c, int64_t now) {
    c->judged_ms = now;
    engine_client_expire(&c->engine, now);
    for (unsigned i = 0; i < c->nsp_count; i++)
        if (c->nsps[i].state == NSP_JOINING && c->nsps[i].deadline_ms <= now)
            engine_client_fail(&c->engine,
                               "the server did not answer the CONNECT",
                               (struct span){0});
    if (c->pending && c->pending_ms <= now)
        engine_client_fail(&c->engine, "an attachment is missing",
                           (struct span){0});
    if (c->retry_ms <= now) socket_client_open(c, now);
}

static void find_first(int64_t *due, bool counts, int64_t deadline_ms) {
    if (counts && deadline_ms < *due) *due = deadline_ms;
}

int64_t socket_client_due(const struct socket_client *c, int64_t due_ms) {
    int64_t due = engine_client_due(&c->engine);
    find_first(&due, true, due_ms);
    find_first(&due, true, c->retry_ms);
    find_first(&due, c->pending != NULL, c->pending_ms);
    for (unsigned i = 0; i < c->nsp_count; i++)
        find_first(&due, c->nsps[i].state == NSP_JOINING,
                   c->nsps[i].deadline_ms);
    for (unsigned i = 0; i < LIMIT_ACKS_AWAITED; i++)
        find_first(&due, c->acks[i].is_awaited, c->acks[i].deadline_ms);
    return due;
}

const char *socket_client_explain(int64_t error) {
    switch (error) {
    case SOCKET_CLIENT_ERR_STATE:
        return "not connected";
    case SOCKET_CLIENT_ERR_TOO_BIG:
        return "longer than the maxPayload of the server";
    case SOCKET_CLIENT_ERR_FULL:
        return "too much is unsent";
    default:
        return "too many acks are waited for";
    }
}
