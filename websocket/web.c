/* web.c: see websocket/web.h. web_next calls http_conn or peer, depending on
 * the state. */
#include "websocket/web.h"

#include <assert.h>

#include "packets/container.h"

void web_init(struct web *w, size_t max_message) {
    *w = (struct web){0};
    http_server_init(&w->http);
    /* The caller checks Host and Origin: the peers see no handshake. */
    peers_init(&w->peers, max_message, "", NULL);
    timers_init(&w->stalled, LIMIT_WS_STALLED_MS);
}

void web_set_time(struct web *w, int64_t unix_seconds) {
    http_server_set_time(&w->http, unix_seconds);
}

struct web_conn *web_pop_due(struct web *w, int64_t now) {
    struct http_conn *h = http_server_pop_due(&w->http, now);
    if (h) return container_of(h, struct web_conn, http);
    struct peer *p = peers_pop_due(&w->peers, now);
    if (p) return container_of(p, struct web_conn, peer);
    struct timer *t = timers_pop_due(&w->stalled, now);
    if (!t) return NULL;
    struct web_conn *c = container_of(t, struct web_conn, stalled);
    c->has_stalled = true;
    return c;
}

int web_wait(const struct web *w, int64_t now, int wait) {
    wait = timers_wait(&w->stalled, now, wait);
    return peers_wait(&w->peers, now, http_server_wait(&w->http, now, wait));
}

void web_shut(struct web *w) {
    http_server_shut(&w->http);
}

void web_open(struct web_conn *c, struct web *w) {
    *c = (struct web_conn){.is_http = true};
    http_conn_init(&c->http, &w->http);
}

void web_free(struct web_conn *c) {
    if (c->is_http)
        http_conn_free(&c->http);
    else
        peer_free(&c->peer);
    timer_stop(&c->stalled);
    c->is_http = false;
}

static enum web_event next_request(struct web_conn *c, struct web *w,
                                   struct span *in, struct buf *out) {
    while (http_conn_next(&c->http, in, &w->request, out))
        if (w->request.type == HTTP_EVENT_REQUEST) return WEB_REQUEST;
    return WEB_NOTHING;
}

/* Handles input of a WebSocket. A closed peer drops it. */
static enum web_event next_message(struct web_conn *c, struct web *w,
                                   struct span *in, struct buf *out) {
    /* RFC 6455 §7.4.1: 1008, if no other code fits better. */
    if (c->has_stalled) peer_end(&c->peer, 1008, out);
    while (peer_next(&c->peer, &w->peers, in, &w->message, out))
        if (w->message.type == CONN_MESSAGE) return WEB_MESSAGE;
    return WEB_NOTHING;
}

enum web_event web_next(struct web_conn *c, struct web *w, struct span *in,
                        struct buf *out) {
    if (c->is_http) return next_request(c, w, in, out);
    return next_message(c, w, in, out);
}

void web_upgrade(struct web_conn *c, struct web *w, unsigned status) {
    assert(c->is_http);
    http_conn_free(&c->http);
    c->is_http = false;
    peer_init_responded(&c->peer, &w->peers, status);
}

/* During HTTP the peer is all zero: it stays closed. */
void web_close(struct web_conn *c, unsigned code, struct buf *out) {
    peer_close(&c->peer, code, out);
}

void web_end(struct web_conn *c, unsigned code, struct buf *out) {
    peer_end(&c->peer, code, out);
}

enum web_state web_state_of(const struct web_conn *c) {
    if (c->is_http) {
        if (c->http.phase == HTTP_CLOSED) return WEB_CLOSED;
        return c->http.phase == HTTP_LINGERING ? WEB_LINGERING : WEB_HTTP;
    }
    if (c->peer.state == WS_OPEN) return WEB_WEBSOCKET;
    return c->peer.state == WS_LINGERING ? WEB_LINGERING : WEB_CLOSED;
}

enum web_state web_settle(struct web_conn *c, struct web *w, bool has_unsent,
                          int64_t now) {
    if (c->is_http) {
        http_conn_set_unsent(&c->http, has_unsent);
        http_conn_rearm_timer(&c->http, now);
    } else if (has_unsent) {
        peer_unsent(&c->peer);
    } else {
        peer_sent(&c->peer, &w->peers, now);
    }
    timer_stop(&c->stalled);
    if (!c->is_http && peer_is_mid_message(&c->peer))
        timer_start(&w->stalled, &c->stalled, now);
    if (web_state_of(c) == WEB_CLOSED) web_free(c);
    return web_state_of(c);
}
