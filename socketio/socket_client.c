/*
 * socket_client.c: see socketio/socket_client.h
 *
 *   socket_client_next  engine_client_next -> receive -> handle_packet -> event
 */
#include "socketio/socket_client.h"

#include <stdio.h>

#include "socketio/json.h"
#include "websocket/utf8.h"

#define NOTHING ((struct span){0})

void socket_client_init(struct socket_client *c,
                        const struct socket_client_options *options,
                        const uint8_t seed[MASKS_SEED]) {
    *c = (struct socket_client){.options = options,
                                .backoff = options->backoff,
                                .retry_ms = INT64_MAX,
                                .judged_ms = INT64_MIN};
    engine_client_init(&c->engine, &options->engine, seed);
}

/* Frees the memory of the last event. */
static void free_event_memory(struct socket_client *c) {
    pending_free(c->event_memory);
    c->event_memory = NULL;
}

void socket_client_free(struct socket_client *c) {
    free_event_memory(c);
    pending_free(c->pending);
    c->pending = NULL;
    engine_client_free(&c->engine);
}

static void send_connect(struct socket_client *c, unsigned nsp, int64_t now) {
    struct packet p = {
        .type = PACKET_CONNECT, .nsp = span_from(c->nsps[nsp].name), .id = -1};
    const char *auth = c->nsps[nsp].auth;
    uint8_t head[PACKET_HEAD_MAX];
    char front[RESUME_FRONT_MAX];
    struct span parts[3] = {{head, packet_head(&p, head)}};
    parts[1] = resume_auth(&c->nsps[nsp].resume, span_from(auth ? auth : ""),
                           front, &parts[2]);
    uint32_t ms = c->options->engine.answer_ms;
    c->nsps[nsp].state = NSP_JOINING;
    c->nsps[nsp].deadline_ms = now + (ms < LIMIT_JOIN_MS ? ms : LIMIT_JOIN_MS);
    if (engine_client_send(&c->engine, false, parts, 3) != 0)
        engine_client_fail(&c->engine, "the CONNECT cannot be sent", NOTHING);
}

static bool is_object(struct span json) {
    return json_valid(json) && json_trim(json).data[0] == '{' &&
           utf8_valid(json.data, json.len);
}

int socket_client_join(struct socket_client *c, const char *name,
                       const char *auth, int64_t now) {
    if (c->nsp_count == LIMIT_JOINED || strlen(name) > LIMIT_NAMESPACE ||
        (auth && !is_object(span_from(auth))))
        return SOCKET_CLIENT_ERR_STATE;
    unsigned nsp = c->nsp_count++;
    c->nsps[nsp].name = name;
    c->nsps[nsp].auth = auth;
    c->nsps[nsp].state = NSP_WANTED;
    if (engine_client_check(&c->engine, false, 0, 0) != ENGINE_CLIENT_ERR_STATE)
        send_connect(c, nsp, now);
    return (int)nsp;
}

void socket_client_open(struct socket_client *c, int64_t now) {
    c->retry_ms = INT64_MAX;
    engine_client_open(&c->engine, now);
}

/* Returns the index of a namespace, or nsp_count: the client has not joined
 * it. */
static unsigned find_nsp(const struct socket_client *c, struct span name) {
    unsigned i = 0;
    while (i < c->nsp_count && !span_equal(name, span_from(c->nsps[i].name)))
        i++;
    return i;
}

/* Marks the acks of one namespace, or of all (nsp_count), as lost. */
static void lose_acks(struct socket_client *c, unsigned nsp) {
    for (unsigned i = 0; i < LIMIT_ACKS_AWAITED; i++)
        if (nsp == c->nsp_count || c->acks[i].nsp == nsp)
            c->acks[i].is_lost = c->acks[i].is_awaited;
}

/* Sets *e if the packet acknowledges an event of this client. */
static bool handle_ack(struct socket_client *c, const struct packet *p,
                       struct socket_client_event *e) {
    for (unsigned i = 0; i < LIMIT_ACKS_AWAITED; i++) {
        if (!c->acks[i].is_awaited || c->acks[i].id != p->id) continue;
        if (c->acks[i].nsp != e->nsp) return false;
        c->acks[i].is_awaited = c->acks[i].is_lost = false;
        e->type = SOCKET_CLIENT_ACK;
        return true;
    }
    return false; /* ignored, as the official client does */
}

/* CONNECT, CONNECT_ERROR and DISCONNECT change the state of a namespace. */
static bool change_state(struct socket_client *c, const struct packet *p,
                         struct socket_client_event *e) {
    bool is_joining = c->nsps[e->nsp].state == NSP_JOINING;
    if (p->type == PACKET_DISCONNECT) {
        e->type = SOCKET_CLIENT_KICKED;
        e->why = "disconnected by the server";
        lose_acks(c, e->nsp);
    } else if (!is_joining) {
        engine_client_fail(&c->engine, "not a packet that is expected here",
                           p->data);
        return false;
    } else if (p->type == PACKET_CONNECT) {
        e->type = SOCKET_CLIENT_CONNECTED;
        e->is_recovered = resume_connected(&c->nsps[e->nsp].resume, p->data);
        backoff_reset(&c->backoff);
    } else {
        e->type = SOCKET_CLIENT_REFUSED;
        e->why = "refused";
    }
    c->nsps[e->nsp].state =
        e->type == SOCKET_CLIENT_CONNECTED ? NSP_JOINED : NSP_LEFT;
    return true;
}

/* Some servers send events before their reply to the CONNECT: socket.io those
 * that a client has missed, python-socketio those of its connect handler. */
static bool is_early_event(const struct socket_client *c, unsigned nsp,
                           const struct packet *p) {
    return c->nsps[nsp].state == NSP_JOINING &&
           (p->type == PACKET_EVENT || p->type == PACKET_BINARY_EVENT);
}

/* Handles a complete packet, with its attachments in e. True: *e is an
 * event. */
static bool handle_packet(struct socket_client *c, const struct packet *p,
                          struct socket_client_event *e) {
    e->nsp = find_nsp(c, p->nsp);
    if (e->nsp == c->nsp_count || c->nsps[e->nsp].state == NSP_LEFT)
        return false;
    e->type = SOCKET_CLIENT_EVENT;
    e->id = p->id;
    e->name = p->event;
    e->args = p->args;
    e->data = p->data;
    e->count = p->attachments;
    if (p->type == PACKET_CONNECT || p->type == PACKET_DISCONNECT ||
        p->type == PACKET_CONNECT_ERROR)
        return change_state(c, p, e);
    if (c->nsps[e->nsp].state != NSP_JOINED && !is_early_event(c, e->nsp, p)) {
        engine_client_fail(&c->engine, "not a packet that is expected here",
                           p->data);
        return false;
    }
    if (p->type == PACKET_ACK || p->type == PACKET_BINARY_ACK)
        return handle_ack(c, p, e);
    if (p->id < 0) resume_event(&c->nsps[e->nsp].resume, p->data);
    return true;
}

/* Handles the text of a packet. True: *e is an event. */
static bool receive_text(struct socket_client *c, struct span text, int64_t now,
                         struct socket_client_event *e) {
    struct packet p;
    if (c->pending) {
        engine_client_fail(&c->engine, "an attachment is missing", text);
    } else if (packet_parse(&p, text, NULL) != 0) {
        engine_client_fail(&c->engine, "not Socket.IO", text);
    } else if (p.attachments == 0) {
        return handle_packet(c, &p, e);
    } else {
        c->pending = pending_new(0);
        c->pending_ms = now + LIMIT_INCOMPLETE_MS;
        if (!c->pending || !pending_begin(c->pending, &p, text,
                                          c->options->engine.max_message))
            engine_client_fail(&c->engine, "out of memory", NOTHING);
    }
    return false;
}

/* Handles an attachment. True: it was the last one, and *e is an event. */
static bool receive_attachment(struct socket_client *c, struct span bytes,
                               struct socket_client_event *e) {
    struct packet p;
    if (!c->pending) {
        engine_client_fail(&c->engine, "an attachment without its packet",
                           NOTHING);
        return false;
    }
    if (!pending_has_space(c->pending, bytes.len) ||
        !pending_add(c->pending, bytes)) {
        engine_client_fail(&c->engine, "a message is too long", NOTHING);
        return false;
    }
    if (!pending_is_complete(c->pending)) return false;
    free_event_memory(c); /* of an earlier packet that was no event */
    c->event_memory = c->pending;
    c->pending = NULL;
    pending_read(c->event_memory, &p, e->attachments);
    return handle_packet(c, &p, e);
}

/* The connection is open: joins all wanted namespaces. */
static void join_all(struct socket_client *c, int64_t now) {
    for (unsigned i = 0; i < c->nsp_count; i++)
        if (c->nsps[i].state == NSP_WANTED) send_connect(c, i, now);
}

/* The connection is gone: packets and acks under way are lost. */
static void end(struct socket_client *c, const struct engine_client_event *e) {
    pending_free(c->pending);
    c->pending = NULL;
    lose_acks(c, c->nsp_count);
    c->ended = *e;
    c->has_ended = true;
    for (unsigned i = 0; i < c->nsp_count; i++)
        if (c->nsps[i].state != NSP_LEFT) c->nsps[i].state = NSP_WANTED;
}

/* Handles an event of the engine client. True: *e is an event. */
static bool receive(struct socket_client *c,
                    const struct engine_client_event *from, int64_t now,
                    struct socket_client_event *e) {
    switch (from->type) {
    case ENGINE_CLIENT_OPENED:
        join_all(c, now);
        return false;
    case ENGINE_CLIENT_UPGRADED:
        e->type = SOCKET_CLIENT_UPGRADED;
        return true;
    case ENGINE_CLIENT_CLOSED:
        end(c, from);
        return false;
    case ENGINE_CLIENT_MESSAGE:
        break;
    }
    return from->is_binary ? receive_attachment(c, from->payload, e)
                           : receive_text(c, from->payload, now, e);
}

/* Reports an ack that is lost or has timed out. */
static bool report_lost_ack(struct socket_client *c,
                            struct socket_client_event *e) {
    for (unsigned i = 0; i < LIMIT_ACKS_AWAITED; i++) {
        bool is_overdue = c->acks[i].deadline_ms <= c->judged_ms;
        if (!c->acks[i].is_awaited || !(c->acks[i].is_lost || is_overdue))
            continue;
        *e = (struct socket_client_event){
            .type = SOCKET_CLIENT_NO_ACK,
            .nsp = c->acks[i].nsp,
            .id = c->acks[i].id,
            .why = c->acks[i].is_lost ? "disconnected before the ack"
                                      : "no ack in time"};
        c->acks[i].is_awaited = c->acks[i].is_lost = false;
        return true;
    }
    return false;
}

static bool report_end(struct socket_client *c, int64_t now,
                       struct socket_client_event *e) {
    if (!c->has_ended) return false;
    c->has_ended = false;
    *e = (struct socket_client_event){.type = SOCKET_CLIENT_DISCONNECTED,
                                      .why = c->ended.why,
                                      .data = c->ended.payload,
                                      .id = -1,
                                      .retry_ms = -1};
    if (c->is_closing || !e->why || c->backoff.attempts >= c->options->attempts)
        return true;
    const uint8_t *r = masks_next(&c->engine.random);
    uint32_t random = (uint32_t)r[0] << 24 | (uint32_t)r[1] << 16 |
                      (uint32_t)r[2] << 8 | r[3];
    e->retry_ms = backoff_next_ms(&c->backoff, random);
    c->retry_ms = now + e->retry_ms;
    snprintf(c->text, sizeof c->text, "%s; next attempt in %d ms", c->ended.why,
             (int)e->retry_ms);
    e->why = c->text;
    return true;
}

bool socket_client_next(struct socket_client *c, unsigned conn, struct span *in,
                        int64_t now, struct socket_client_event *e) {
    struct engine_client_event from;
    if (!c->has_ended) free_event_memory(c);
    while (!c->has_ended &&
           engine_client_next(&c->engine, conn, in, now, &from)) {
        *e = (struct socket_client_event){.id = -1};
        if (receive(c, &from, now, e)) return true;
    }
    return report_lost_ack(c, e) || report_end(c, now, e);
}
