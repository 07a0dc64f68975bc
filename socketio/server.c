#include "socketio/server.h"

#include <assert.h>
#include <stdlib.h>

#include "socketio/server_inside.h"

struct server *server_open(const struct server_options *o) {
    struct server *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->o = *o;
    s->gone = NOBODY;
    for (; o->namespaces[s->namespaces]; s->namespaces++) {
        assert(s->namespaces < LIMIT_NAMESPACES);
        s->nsp[s->namespaces] = span_from(o->namespaces[s->namespaces]);
    }
    s->engine = engine_open(&o->engine);
    s->clients = calloc(o->engine.max_sessions, sizeof *s->clients);
    if (!s->engine || !s->clients) {
        server_free(s);
        return NULL;
    }
    timers_init(&s->connecting, o->connect_timeout);
    timers_init(&s->attaching, LIMIT_ATTACHMENTS_MS);
    return s;
}

void server_free(struct server *s) {
    if (!s) return;
    for (uint32_t i = 0; s->clients && i < s->o.engine.max_sessions; i++)
        if (s->clients[i].pending.bytes) buf_free(&s->clients[i].pending);
    buf_free(&s->lent);
    engine_free(s->engine);
    free(s->clients);
    free(s);
}

void server_accept(struct server *s, uint32_t link, int64_t now) {
    engine_accept(s->engine, link, now);
}

void server_feed(struct server *s, uint32_t link, struct span in, int64_t now) {
    engine_feed(s->engine, link, in, now);
}

void server_lost(struct server *s, uint32_t link) {
    engine_lost(s->engine, link);
}

bool server_mail(struct server *s, struct mail *m) {
    return engine_mail(s->engine, m);
}

int server_wait(const struct server *s, int64_t now, int wait) {
    wait = timers_wait(&s->connecting, now, wait);
    wait = timers_wait(&s->attaching, now, wait);
    return engine_wait(s->engine, now, wait);
}

void server_respond(struct server *s, uint32_t link, unsigned status,
                    const char *type, struct span body) {
    engine_respond(s->engine, link, status, type, body);
}

void server_shut(struct server *s, int64_t now) {
    engine_shut(s->engine, now);
}

/* An event or an ack: its text, or with publish, to all in its namespace. */
static void send_packet(struct server *s, const struct server_event *to,
                        const struct packet *p, const struct span *json,
                        size_t k, bool publish) {
    uint8_t head[PACKET_HEAD_MAX];
    struct span parts[8];
    parts[0] = (struct span){head, packet_head(p, head)};
    for (size_t i = 0; i < k; i++) parts[i + 1] = json[i];
    if (publish)
        engine_publish(s->engine, to->nsp, false, parts, k + 1);
    else
        engine_send(s->engine, to->client, false, parts, k + 1);
    for (unsigned i = 0; i < p->attachments; i++) {
        const struct span *one = &to->attachment[i];
        if (publish)
            engine_publish(s->engine, to->nsp, true, one, 1);
        else
            engine_send(s->engine, to->client, true, one, 1);
    }
}

static void send_event(struct server *s, const struct server_event *to,
                       struct span name, struct span args, bool publish) {
    struct packet p = {.type =
                           to->attachments ? PACKET_BINARY_EVENT : PACKET_EVENT,
                       .attachments = to->attachments,
                       .nsp = s->nsp[to->nsp],
                       .id = -1};
    struct span json[] = {span_from("[\""), name, span_from("\","), args,
                          span_from("]")};
    if (args.len == 0) json[2].len = 1; /* no comma */
    send_packet(s, to, &p, json, 5, publish);
}

void server_emit(struct server *s, const struct server_event *to,
                 struct span name, struct span args) {
    send_event(s, to, name, args, false);
}

void server_broadcast(struct server *s, const struct server_event *to,
                      struct span name, struct span args) {
    send_event(s, to, name, args, true);
}

void server_ack(struct server *s, const struct server_event *e,
                struct span args) {
    assert(e->id >= 0);
    struct packet p = {.type = e->attachments ? PACKET_BINARY_ACK : PACKET_ACK,
                       .attachments = e->attachments,
                       .nsp = s->nsp[e->nsp],
                       .id = e->id};
    struct span json[] = {span_from("["), args, span_from("]")};
    send_packet(s, e, &p, json, 3, false);
}

static void forget(struct server *s, uint32_t client) {
    struct client *c = &s->clients[client];
    timer_stop(&c->timer);
    buf_free(&c->pending);
    s->gone = client;
    s->left = c->joined;
    c->joined = 0;
}

/* What an event of the engine means here. True: an event of ours. */
static bool take_event(struct server *s, const struct engine_event *ev,
                       struct server_event *e) {
    switch (ev->type) {
    case ENGINE_OPENED:
        timer_start(&s->connecting, &s->clients[ev->session].timer, s->now);
        return false;
    case ENGINE_MESSAGE:
        return ev->binary ? client_binary(s, ev->session, ev->payload, e)
                          : client_text(s, ev->session, ev->payload, e);
    case ENGINE_CLOSED:
        forget(s, ev->session);
        return false;
    default:
        set_event(e, SERVER_REQUEST, NOBODY, 0);
        e->link = ev->link;
        e->name = ev->payload;
        return true;
    }
}

/* The next DISCONNECT of a client that is gone. */
static bool tell_gone(struct server *s, struct server_event *e) {
    for (unsigned nsp = 0; s->left; nsp++) {
        if (!(s->left >> nsp & 1)) continue;
        s->left &= (uint16_t) ~(1u << nsp);
        set_event(e, SERVER_DISCONNECT, s->gone, nsp);
        return true;
    }
    return false;
}

static void expire(struct server *s, int64_t now) {
    s->now = now;
    struct timers *both[] = {&s->connecting, &s->attaching};
    struct timer *t;
    for (size_t i = 0; i < 2; i++)
        while ((t = timers_pop_due(both[i], s->now)))
            engine_close(s->engine,
                         (uint32_t)((struct client *)(void *)t - s->clients));
}

bool server_next(struct server *s, struct server_event *e, int64_t now) {
    struct engine_event ev;
    if (s->lent.bytes) buf_free(&s->lent);
    if (s->now != now) expire(s, now);
    if (tell_gone(s, e)) return true;
    while (engine_next(s->engine, &ev, now))
        if (take_event(s, &ev, e) || tell_gone(s, e)) return true;
    return false;
}
