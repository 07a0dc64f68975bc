/*
 * server_client.c: what a client sends
 *
 *   51-["e",{...}]     a binary event: kept until its attachments are here
 *   binary message     the first of them; with the last, the event is told
 *
 * Socket.IO v5, "Exchange protocol". Whoever breaks a rule is closed.
 */
#include <assert.h>
#include <stdio.h>

#include "socketio/server_inside.h"
#include "websocket/base64.h"
#include "websocket/sha1.h"

/* Answers a CONNECT: type 0 or 4, the namespace, a JSON object. */
static void answer_connect(struct server *s, uint32_t client,
                           enum packet_type type, struct span nsp,
                           const char *json) {
    uint8_t head[PACKET_HEAD_MAX];
    struct packet p = {.type = type, .nsp = nsp, .id = -1};
    struct span parts[] = {{head, packet_head(&p, head)}, span_from(json)};
    engine_send(s->engine, client, false, parts, 2);
}

/* The id of a socket: the client in one namespace. It must not tell the id of
 * the session, with which anybody could speak in the client's place. */
static void new_socket_id(struct server *s, char id[20]) {
    uint8_t text[sizeof s->o.engine.seed + 1 + sizeof s->ids];
    uint8_t digest[SHA1_SIZE];
    size_t seed = sizeof s->o.engine.seed;
    s->ids++;
    memcpy(text, s->o.engine.seed, seed);
    text[seed] = 's';
    memcpy(text + seed + 1, &s->ids, sizeof s->ids);
    sha1(text, sizeof text, digest);
    base64_encode(digest, 15, id);
}

/* The number of a namespace, or that of all namespaces if there is no such. */
static unsigned find_nsp(const struct server *s, struct span name) {
    unsigned i = 0;
    while (i < s->namespaces && !span_equal(s->nsp[i], name)) i++;
    return i;
}

static bool has_joined(const struct client *c, unsigned nsp) {
    return c->joined >> nsp & 1;
}

/* Socket.IO v5, "Connection to a namespace". True: an event. */
static bool take_connect(struct server *s, uint32_t client,
                         const struct packet *p, struct server_event *e) {
    struct client *c = &s->clients[client];
    unsigned nsp = find_nsp(s, p->nsp);
    if (nsp == s->namespaces) {
        answer_connect(s, client, PACKET_CONNECT_ERROR, p->nsp,
                       "{\"message\":\"Invalid namespace\"}");
        return false;
    }
    if (has_joined(c, nsp)) {
        engine_close(s->engine, client);
        return false;
    }
    char id[20], json[40];
    new_socket_id(s, id);
    snprintf(json, sizeof json, "{\"sid\":\"%.20s\"}", id);
    timer_stop(&c->timer);
    answer_connect(s, client, PACKET_CONNECT, p->nsp, json);
    c->joined |= (uint16_t)(1u << nsp);
    engine_join(s->engine, client, c->joined);
    set_event(e, SERVER_CONNECT, client, nsp);
    e->args = p->data;
    return true;
}

static bool leave(struct server *s, uint32_t client, unsigned nsp,
                  struct server_event *e) {
    struct client *c = &s->clients[client];
    c->joined &= (uint16_t) ~(1u << nsp);
    engine_join(s->engine, client, c->joined);
    set_event(e, SERVER_DISCONNECT, client, nsp);
    return true;
}

/* The event that a complete packet is. */
static bool tell(uint32_t client, unsigned nsp, const struct packet *p,
                 struct server_event *e) {
    bool ack = p->type == PACKET_ACK || p->type == PACKET_BINARY_ACK;
    set_event(e, ack ? SERVER_ACKED : SERVER_EVENT, client, nsp);
    e->name = p->event;
    e->args = p->args;
    e->id = p->id;
    e->attachments = p->attachments;
    return true;
}

/* Keeps a binary packet until its attachments are here. */
static void await(struct server *s, uint32_t client, const struct packet *p,
                  struct span text) {
    struct client *c = &s->clients[client];
    struct pending start = {.text = (uint32_t)text.len,
                            .want = (uint8_t)p->attachments};
    memcpy(start.order, p->order, sizeof start.order);
    struct span parts[] = {{(uint8_t *)&start, sizeof start}, text};
    c->pending = (struct buf){.max = (s->o.engine.max_payload + sizeof start) &
                                     INT32_MAX};
    if (!buf_append_all(&c->pending, parts, 2)) engine_close(s->engine, client);
    timer_start(&s->attaching, &c->timer, s->now);
}

/* A text message: a packet. True: an event. */
bool client_text(struct server *s, uint32_t client, struct span text,
                 struct server_event *e) {
    struct client *c = &s->clients[client];
    struct packet p;
    /* Socket.IO v5: nothing may come between a packet and its attachments. */
    if (c->pending.bytes || packet_parse(&p, text, NULL) != 0) {
        engine_close(s->engine, client);
        return false;
    }
    if (p.type == PACKET_CONNECT) return take_connect(s, client, &p, e);
    unsigned nsp = find_nsp(s, p.nsp);
    /* Socket.IO v5: a client MUST connect to a namespace first. And only a
     * server refuses connections. */
    if (nsp == s->namespaces || !has_joined(c, nsp) ||
        p.type == PACKET_CONNECT_ERROR) {
        engine_close(s->engine, client);
        return false;
    }
    if (p.type == PACKET_DISCONNECT) return leave(s, client, nsp, e);
    if (p.attachments == 0) return tell(client, nsp, &p, e);
    await(s, client, &p, text);
    return false;
}

/* All attachments are here: the packet becomes an event. */
static bool complete(struct server *s, uint32_t client,
                     struct server_event *e) {
    struct client *c = &s->clients[client];
    struct pending start;
    struct packet p;
    timer_stop(&c->timer);
    s->lent = c->pending;
    c->pending = (struct buf){0};
    memcpy(&start, s->lent.bytes, sizeof start);
    struct span text = {s->lent.bytes + sizeof start, start.text};
    uint8_t *at = text.data + text.len;
    struct span came[LIMIT_ATTACHMENTS];
    for (unsigned i = 0; i < start.want; at += start.size[i++])
        came[i] = (struct span){at, start.size[i]};
    int good = packet_parse(&p, text, NULL);
    assert(good == 0); /* as it was when it came */
    (void)good;
    tell(client, find_nsp(s, p.nsp), &p, e);
    for (unsigned i = 0; i < start.want; i++)
        e->attachment[i] = came[start.order[i]];
    return true;
}

/* A binary message: an attachment. True: an event, if it was the last. */
bool client_binary(struct server *s, uint32_t client, struct span bytes,
                   struct server_event *e) {
    struct client *c = &s->clients[client];
    /* Socket.IO v5: binary belongs to the packet that announced it. */
    if (!c->pending.bytes || !buf_append(&c->pending, bytes.data, bytes.len)) {
        engine_close(s->engine, client);
        return false;
    }
    struct pending *start = (struct pending *)(void *)c->pending.bytes;
    start->size[start->have++] = (uint32_t)bytes.len;
    return start->have == start->want && complete(s, client, e);
}
