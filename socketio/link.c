/*
 * link.c: see socketio/link.h
 *
 * Each function that changes an HTTP link calls apply_phase(): the phase says
 * whether the connection goes on, and which time-out runs.
 */
#include "socketio/link.h"

#include <assert.h>
#include <stdlib.h>

#include "packets/container.h"
#include "websocket/handshake.h"

#define MAX_SCRATCH (64 * 1024)       /* bytes kept */
#define MAX_ROUND ((size_t)256 << 20) /* bytes of output; beyond it: dropped */

bool links_init(struct links *t, const struct link_options *o) {
    assert(o->max_conns <= HANDLE_MAX_SLOTS);
    *t = (struct links){.max = o->max_conns,
                        .max_payload = o->max_payload,
                        .route = o->route,
                        .tap = o->tap};
    buf_init(&t->reply, BUF_MAX);
    http_server_init(&t->http);
    wslink_timers_init(&t->ws, o->upgrade_timeout);
    t->table = calloc(o->max_conns, sizeof *t->table);
    return t->table && outbox_init(&t->outbox, o->max_conns, MAX_ROUND);
}

/* Frees the memory of a link. */
static void release(struct link *l) {
    if (l->kind == LINK_HTTP) polling_free(l->http);
    if (l->kind == LINK_WEBSOCKET) wslink_free(&l->ws);
    l->kind = LINK_FREE;
}

void links_free(struct links *t) {
    for (uint32_t i = 0; t->table && i < t->used; i++) release(&t->table[i]);
    buf_free(&t->reply);
    outbox_free(&t->outbox);
    free(t->table);
    t->table = NULL;
}

static uint32_t conn_of(const struct links *t, const struct link *l) {
    return (uint32_t)(l - t->table);
}

uint32_t link_handle(const struct links *t, const struct link *l) {
    return handle_make(conn_of(t, l), l->generation);
}

struct link *link_at(const struct links *t, uint32_t conn) {
    assert(conn < t->max);
    return t->table[conn].kind != LINK_FREE ? &t->table[conn] : NULL;
}

/* Ends or drops an HTTP link if its phase requires it, and sets the timer. */
static void apply_phase(struct links *t, struct link *l) {
    struct http_conn *c = &l->http->http;
    if (c->phase == HTTP_CLOSED)
        outbox_then(&t->outbox, conn_of(t, l), OUTBOX_DROP);
    if (c->phase == HTTP_LINGERING && !l->has_ended) {
        outbox_then(&t->outbox, conn_of(t, l), OUTBOX_END);
        l->has_ended = true;
    }
    http_conn_rearm_timer(c, t->now);
}

static void rearm_websocket(struct links *t, struct link *l) {
    wslink_rearm_timer(&l->ws, &t->ws, t->now);
}

struct link *link_accept(struct links *t, uint32_t conn) {
    assert(conn < t->max && t->table[conn].kind == LINK_FREE);
    struct link *l = &t->table[conn];
    struct polling *p = polling_new(&t->http, conn);
    if (conn >= t->used) t->used = conn + 1;
    *l = (struct link){.generation = l->generation,
                       .session = NO_HANDLE,
                       .kind = p ? LINK_HTTP : LINK_FAILED,
                       .http = p};
    if (p)
        apply_phase(t, l);
    else
        outbox_then(&t->outbox, conn, OUTBOX_DROP);
    return l;
}

void link_lost(struct links *t, struct link *l) {
    outbox_forget(&t->outbox, conn_of(t, l));
    release(l);
    l->generation = (l->generation + 1) & HANDLE_MAX_GENERATION;
}

/* Empties the reply buffer, and frees it if it is large. */
static void clear_reply(struct links *t) {
    if (t->reply.cap > MAX_SCRATCH) buf_free(&t->reply);
    buf_clear(&t->reply);
}

/* HTTP */

static struct buf *begin(struct links *t) {
    return outbox_packet(&t->outbox);
}

static void send_to(struct links *t, const struct link *l) {
    outbox_send(&t->outbox, conn_of(t, l));
}

bool link_next_http(struct links *t, struct link *l, struct span *in) {
    bool got = http_conn_next(&l->http->http, in, &t->http_event, begin(t));
    if (got && t->http_event.type == HTTP_EVENT_REQUEST)
        tap_request(t->tap, conn_of(t, l), &t->http_event.head);
    if (got && t->http_event.type == HTTP_EVENT_FAILED)
        tap_response(t->tap, conn_of(t, l), t->http_event.status, 0,
                     (struct span){0});
    send_to(t, l);
    apply_phase(t, l);
    return got;
}

static void link_abort(struct links *t, struct link *l) {
    http_conn_abort(&l->http->http);
    apply_phase(t, l);
}

bool link_add_body(struct links *t, struct link *l) {
    bool is_added = polling_add_body(l->http, t->http_event.piece);
    apply_phase(t, l);
    return is_added;
}

void link_respond(struct links *t, struct link *l, struct span text) {
    tap_response(t->tap, conn_of(t, l), 200, text.len, text);
    polling_respond(l->http, begin(t), &t->route, text);
    send_to(t, l);
    apply_phase(t, l);
}

int link_respond_packets(struct links *t, struct link *l, const char *first,
                         const struct queue *q, const char *last) {
    int n = polling_write(&t->reply, first, q, t->max_payload, last);
    if (n == -1)
        link_abort(t, l);
    else
        link_respond(t, l, buf_view(&t->reply));
    clear_reply(t);
    return n;
}

void link_respond_page(struct links *t, struct link *l, unsigned status,
                       const char *type, struct span body, const char *fields) {
    size_t len = status == 304 ? 0 : body.len; /* 304: the client has it */
    tap_response(t->tap, conn_of(t, l), status, len, (struct span){0});
    http_conn_respond(&l->http->http, begin(t), status, type, body, fields);
    send_to(t, l);
    apply_phase(t, l);
}

void link_respond_preflight(struct links *t, struct link *l) {
    tap_response(t->tap, conn_of(t, l), 204, 0, (struct span){0});
    polling_respond_preflight(l->http, begin(t), &t->route);
    send_to(t, l);
    apply_phase(t, l);
}

void link_refuse(struct links *t, struct link *l, unsigned status,
                 enum engine_code code) {
    tap_response(t->tap, conn_of(t, l), status, 0, (struct span){0});
    polling_refuse(l->http, begin(t), &t->route, status, code);
    send_to(t, l);
    apply_phase(t, l);
}

/* WebSocket */

bool link_upgrade(struct links *t, struct link *l, bool is_probe) {
    const struct http_head *head = &t->http_event.head;
    int error = handshake_check(head);
    unsigned status = error ? (unsigned)-error : 101;
    tap_response(t->tap, conn_of(t, l), status, 0, (struct span){0});
    bool is_written = handshake_respond(begin(t), head, status, NULL);
    send_to(t, l);
    release(l);
    l->kind = LINK_WEBSOCKET;
    wslink_init(&l->ws, is_probe ? WSLINK_PROBING : WSLINK_OPEN,
                t->max_payload);
    if (error || !is_written)
        link_end(t, l);
    else
        rearm_websocket(t, l);
    return !error && is_written;
}

/* Pongs and closes are rare, so a packet is begun in the outbox only for them.
 * Thus the broadcasts of several messages stay adjacent in the outbox. */
bool link_next_websocket(struct links *t, struct link *l, struct span *in,
                         struct conn_event *event) {
    bool got = wslink_next(&l->ws, in, event, &t->reply);
    if (t->tap && got) tap_received(t->tap, conn_of(t, l), event);
    if (t->reply.end > 0) {
        buf_append(begin(t), t->reply.bytes, t->reply.end);
        send_to(t, l);
        clear_reply(t);
    }
    if (!got) rearm_websocket(t, l);
    return got;
}

void link_send(struct links *t, struct link *l, bool is_binary,
               const struct span *parts, size_t k) {
    if (t->tap) tap_sent(t->tap, conn_of(t, l), is_binary, parts, k);
    wslink_send(begin(t), is_binary, parts, k);
    send_to(t, l);
}

void link_send_text(struct links *t, struct link *l, const char *text) {
    struct span part = span_from(text);
    link_send(t, l, false, &part, 1);
}

void link_begin_broadcast(struct links *t, bool is_binary,
                          const struct span *parts, size_t k) {
    if (t->tap) tap_sent(t->tap, TAP_ALL, is_binary, parts, k);
    wslink_send(outbox_broadcast(&t->outbox), is_binary, parts, k);
}

void link_ping(struct links *t, struct link *l) {
    struct span ping = span_from("2");
    if (t->tap) tap_sent(t->tap, conn_of(t, l), false, &ping, 1);
    wslink_send(outbox_broadcast(&t->outbox), false, &ping, 1);
    send_to(t, l);
}

void link_close(struct links *t, struct link *l, unsigned code) {
    if (l->ws.phase != WSLINK_ENDED)
        tap_close(t->tap, conn_of(t, l), true, code);
    wslink_close(&l->ws, code, begin(t));
    send_to(t, l);
    rearm_websocket(t, l);
}

void link_end(struct links *t, struct link *l) {
    if (l->has_ended) return;
    l->has_ended = true;
    wslink_enter(&l->ws, WSLINK_ENDED);
    outbox_then(&t->outbox, conn_of(t, l), OUTBOX_END);
    rearm_websocket(t, l);
}

void link_set_open(struct links *t, struct link *l) {
    wslink_enter(&l->ws, WSLINK_OPEN);
    rearm_websocket(t, l);
}

/* Output */

static void set_sending(struct links *t, struct link *l, bool is_sending) {
    if (l->kind == LINK_HTTP) {
        http_conn_set_unsent(&l->http->http, is_sending);
        http_conn_rearm_timer(&l->http->http, t->now);
    } else if (l->kind == LINK_WEBSOCKET) {
        l->ws.is_sending = is_sending;
        rearm_websocket(t, l);
    }
}

bool link_outgoing(struct links *t, struct outgoing *out) {
    if (!outbox_next(&t->outbox, out)) return false;
    struct link *l = link_at(t, out->conn);
    if (l && out->bytes.len > 0) set_sending(t, l, true);
    return true;
}

void link_sent(struct links *t, struct link *l) {
    set_sending(t, l, false);
}

/* Time */

struct link *link_next_due(struct links *t, int64_t now) {
    struct http_conn *c = http_server_pop_due(&t->http, now);
    if (c) return &t->table[container_of(c, struct polling, http)->conn];
    struct wslink *w = wslink_next_due(&t->ws, now);
    return w ? container_of(w, struct link, ws) : NULL;
}

void link_postpone(struct links *t, struct link *l) {
    if (l->kind == LINK_HTTP)
        http_server_postpone(&t->http, &l->http->http, t->now);
    else
        wslink_postpone(&l->ws, &t->ws, t->now);
}

void link_drop(struct links *t, struct link *l) {
    outbox_then(&t->outbox, conn_of(t, l), OUTBOX_DROP);
}

int links_wait(const struct links *t, int64_t now, int wait) {
    if (outbox_has_waiting(&t->outbox)) return 0;
    wait = http_server_wait(&t->http, now, wait);
    return wslink_wait(&t->ws, now, wait);
}
