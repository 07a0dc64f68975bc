/*
 * engine.c: opening, feeding, time-outs, and the order in which events come
 */
#include "socketio/engine.h"

#include <assert.h>
#include <stdlib.h>

#include "socketio/engine_inside.h"

/* A round's mail beyond this fails, and whoever it was for is dropped. */
#define MAIL_MAX (256 * 1024 * 1024)

static void init_timers(struct engine *e) {
    timers_init(&e->head, LIMIT_HEAD_MS);
    timers_init(&e->body, LIMIT_BODY_MS);
    timers_init(&e->idle, LIMIT_IDLE_MS);
    timers_init(&e->closing, LIMIT_CLOSING_MS);
    timers_init(&e->probe, e->o.upgrade_timeout);
    timers_init(&e->ping, e->o.ping_interval);
    timers_init(&e->pong, e->o.ping_timeout);
    timers_init(&e->dying, 0);
}

struct engine *engine_open(const struct engine_options *o) {
    assert(o->max_sessions < 1 << 24); /* three bytes of an id */
    struct engine *e = calloc(1, sizeof *e);
    if (!e) return NULL;
    e->o = *o;
    e->links = calloc(o->max_links, sizeof *e->links);
    e->sessions = calloc(o->max_sessions, sizeof *e->sessions);
    if (!e->links || !e->sessions) {
        engine_free(e);
        return NULL;
    }
    e->first_free = e->in_link = e->post_link = e->asked = e->told = NONE;
    e->reply.max = e->bytes.max = e->letters.max = MAIL_MAX;
    e->gathered.max = e->answers.max = MAIL_MAX;
    e->now = e->expired = INT64_MIN;
    init_timers(e);
    return e;
}

/* Gives back what a link holds; it carries nobody's session any more. */
static void link_clear(struct link *l) {
    if (l->state == LINK_WEBSOCKET)
        conn_free(&l->ws);
    else if (l->state == LINK_HEAD || l->state == LINK_BODY)
        buf_free(&l->held);
    l->session = NONE;
}

void engine_free(struct engine *e) {
    if (!e) return;
    for (uint32_t i = 0; e->links && i < e->links_used; i++)
        link_clear(&e->links[i]);
    for (uint32_t i = 0; e->sessions && i < e->used; i++)
        if (e->sessions[i].state != SESSION_FREE)
            buf_free(&e->sessions[i].queue);
    buf_free(&e->lent);
    buf_free(&e->reply);
    buf_free(&e->bytes);
    buf_free(&e->letters);
    buf_free(&e->gathered);
    buf_free(&e->answers);
    free(e->links);
    free(e->sessions);
    free(e);
}

void engine_accept(struct engine *e, uint32_t link, int64_t now) {
    assert(link < e->o.max_links && e->links[link].state == LINK_FREE);
    struct link *l = &e->links[link];
    e->now = now;
    *l = (struct link){.state = LINK_HEAD, .session = NONE};
    timer_start(&e->head, &l->timer, now);
    if (link >= e->links_used) e->links_used = link + 1;
}

void engine_feed(struct engine *e, uint32_t link, struct span in, int64_t now) {
    e->now = now;
    e->in = in;
    e->in_link = link;
    e->requests = 0;
}

void link_end(struct engine *e, uint32_t link) {
    struct link *l = &e->links[link];
    mail_end(e, link, MAIL_END);
    link_clear(l);
    l->state = LINK_ENDED;
    timer_start(&e->closing, &l->timer, e->now);
}

/* The session that was on a link that is gone. */
static void lose_session(struct engine *e, uint32_t link) {
    struct link *l = &e->links[link];
    struct session *s = &e->sessions[l->session];
    if (s->probe == link) {
        websocket_give_up(e, link);
        return;
    }
    /* Engine.IO: a request that breaks off takes its session along; what was
     * under way in it is lost, and the client must know. */
    uint32_t slot = l->session;
    if (s->post == link) s->post = NONE;
    if (s->link == link) s->link = NONE;
    session_close(e, slot, 1000, "1");
}

void engine_lost(struct engine *e, uint32_t link) {
    struct link *l = &e->links[link];
    if (l->state == LINK_FREE) return;
    if (l->session != NONE && link != e->post_link) lose_session(e, link);
    if (e->asked == link) e->asked = NONE;
    if (e->post_link == link) e->post_link = NONE;
    if (e->in_link == link) e->in.len = 0;
    timer_stop(&l->timer);
    link_clear(l);
    l->state = LINK_FREE;
}

/* The peer does not end what we have ended. */
static void drop(struct engine *e, uint32_t link) {
    mail_end(e, link, MAIL_DROP);
    link_clear(&e->links[link]);
    e->links[link].state = LINK_ENDED;
}

/* A request that does not get on: with the answer 408 (RFC 9110 §15.5.9) if
 * it has begun. */
static void expire_request(struct engine *e, uint32_t link) {
    struct link *l = &e->links[link];
    if (l->state == LINK_HEAD && l->held.end == 0)
        link_end(e, link);
    else
        http_fail(e, link, -408);
}

static void expire_probe(struct engine *e, uint32_t link) {
    websocket_give_up(e, link);
    websocket_close(e, link, 1000);
}

/* Does all that is due. The owners of timers begin with them. */
static void expire(struct engine *e) {
    struct timers *requests[] = {&e->head, &e->body, &e->idle};
    struct timer *t;
    for (size_t i = 0; i < 3; i++)
        while ((t = timers_pop_due(requests[i], e->now)))
            expire_request(e, (uint32_t)((struct link *)t - e->links));
    while ((t = timers_pop_due(&e->closing, e->now)))
        drop(e, (uint32_t)((struct link *)t - e->links));
    while ((t = timers_pop_due(&e->probe, e->now)))
        expire_probe(e, (uint32_t)((struct link *)t - e->links));
    while ((t = timers_pop_due(&e->ping, e->now)))
        session_beat(e, (struct session *)t);
    while ((t = timers_pop_due(&e->pong, e->now)))
        session_close(e, (uint32_t)((struct session *)t - e->sessions), 1000,
                      "1");
    e->expired = e->now;
}

/* What the last event lent comes back. */
static void take_back(struct engine *e) {
    if (e->asked != NONE) {
        uint32_t link = e->asked;
        e->asked = NONE;
        http_refuse(e, link, 404, NO_CODE);
    }
    if (e->told != NONE) session_free(e, e->told);
    e->told = NONE;
    if (e->post_link == NONE && e->lent.bytes) buf_free(&e->lent);
}

static bool next_closed(struct engine *e, struct engine_event *ev) {
    if (timers_empty(&e->dying)) return false;
    struct timer *t = timers_pop_due(&e->dying, e->now);
    if (!t) return false;
    e->told = (uint32_t)((struct session *)t - e->sessions);
    *ev = (struct engine_event){ENGINE_CLOSED, e->told, NONE, false, {0}};
    return true;
}

/* Consumes some of what has come in. True: an event. */
static bool take_input(struct engine *e, struct engine_event *ev) {
    struct link *l = &e->links[e->in_link];
    switch (l->state) {
    case LINK_HEAD:
        return http_take_head(e, e->in_link, ev);
    case LINK_BODY:
        http_take_body(e, e->in_link);
        return false;
    case LINK_WEBSOCKET:
        return websocket_take(e, e->in_link, ev);
    case LINK_WAITS:
        /* RFC 9112 §9.3.2: requests may be sent before the answer to the last
         * one. Behind a GET that may wait for long we do not keep them, but
         * answer it with a close (§9.6): the client will ask again. */
        l->close = true;
        e->in.len = 0;
        return false;
    default:
        e->in.len = 0;
        return false;
    }
}

bool engine_next(struct engine *e, struct engine_event *ev, int64_t now) {
    take_back(e);
    e->now = now;
    if (e->expired != now) expire(e);
    for (;;) {
        if (next_closed(e, ev)) return true;
        if (e->post_link != NONE) {
            if (http_take_post(e, ev)) return true;
        } else if (e->in.len == 0) {
            return false;
        } else if (take_input(e, ev)) {
            return true;
        }
    }
}

int engine_wait(const struct engine *e, int64_t now, int wait) {
    const struct timers *all[] = {&e->head,  &e->body, &e->idle, &e->closing,
                                  &e->probe, &e->ping, &e->pong, &e->dying};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        wait = timers_wait(all[i], now, wait);
    return wait;
}

void engine_shut(struct engine *e, int64_t now) {
    e->now = now;
    e->shut = true;
    for (uint32_t i = 0; i < e->used; i++) session_close(e, i, 1001, "1");
    for (uint32_t i = 0; i < e->links_used; i++)
        if (e->links[i].state == LINK_HEAD || e->links[i].state == LINK_BODY)
            link_end(e, i);
}
