/*
 * model_send.c: how a client sends requests, packets and pieces
 *
 *   pending   [ size, is binary | packet ] ...   until a POST may take them
 */
#include <assert.h>
#include <stdio.h>

#include "socketio/clients.h"
#include "socketio/sim/model_send.h"
#include "socketio/sim/prng.h"
#include "socketio/sim/sim.h"
#include "websocket/base64.h"

/* A connection is not used again after it has been idle for longer. */
#define REUSE_MS (LIMIT_IDLE_MS - 1000)

struct record {
    uint32_t size;
    bool binary;
};

struct endpoint *model_post_end(struct model *m) {
    return m->is_single ? &m->poll : &m->post;
}

const char *model_target(const struct model *m, const char *transport) {
    static char target[100];
    snprintf(target, sizeof target, "/socket.io/?EIO=4&transport=%s%s%s",
             transport, m->sid[0] ? "&sid=" : "", m->sid);
    return target;
}

void model_request(struct endpoint *e, struct request r, const char *method,
                   const char *target, const char *fields, struct span body) {
    static struct buf bytes = {.max = BUF_MAX};
    char head[700];
    bool closes = e->count == 0 && prng_percent(5);
    int n = snprintf(head, sizeof head,
                     "%s %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n", method,
                     target, fields, closes ? "Connection: close\r\n" : "");
    assert(n > 0 && (size_t)n < sizeof head);
    buf_clear(&bytes);
    buf_append(&bytes, head, (size_t)n);
    buf_append(&bytes, body.data, body.len);
    endpoint_request(e, r, buf_view(&bytes));
    buf_free(&bytes);
}

bool model_ready(struct model *m, struct endpoint *e, int64_t now) {
    if (e->cable) {
        bool stale = e->count == 0 && now - e->cable->drained_ms > REUSE_MS;
        if (e->count > 0) return false;
        if (!stale && !e->close_promised && !e->cable->out_end) return true;
        if (e->in.end > e->in.start) return false; /* unread input */
        endpoint_shut(e, false);
    }
    uint32_t capacity = m->is_slow ? prng_between(1000, 8000) : 1u << 20;
    if (!endpoint_open(e, m->number, capacity, &m->wake, prng_between(1, 9),
                       now))
        return false;
    if (m->is_slow) e->rate = prng_between(500, 3000);
    return true;
}

static void upgrade(struct model *m) {
    model_request(&m->ws, (struct request){.kind = QUERY_UPGRADE}, "GET",
                  model_target(m, "websocket"),
                  "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                  (struct span){0});
}

void model_open(struct model *m, int64_t now) {
    struct endpoint *e = m->starts_websocket ? &m->ws : &m->poll;
    if (!model_ready(m, e, now)) return;
    m->phase = OPENING;
    if (m->starts_websocket)
        upgrade(m);
    else
        model_request(e, (struct request){.kind = QUERY_OPEN}, "GET",
                      model_target(m, "polling"), "", (struct span){0});
}

void model_probe(struct model *m, int64_t now) {
    if (!model_ready(m, &m->ws, now)) return;
    m->phase = PROBING;
    m->probe_ms = NEVER;
    upgrade(m);
}

void model_send(struct model *m, bool binary, struct span packet) {
    if (m->phase == WEBSOCKET) {
        endpoint_send(&m->ws, binary ? FRAME_BINARY : FRAME_TEXT, packet);
        return;
    }
    struct record r = {(uint32_t)packet.len, binary};
    struct span parts[] = {{(uint8_t *)&r, sizeof r}, packet};
    buf_append_all(&m->pending, parts, 2);
}

static bool next_record(struct span *pending, struct record *r,
                        struct span *packet) {
    if (pending->len == 0) return false;
    memcpy(r, pending->data, sizeof *r);
    *packet = (struct span){pending->data + sizeof *r, r->size};
    *pending = span_skip(*pending, sizeof *r + r->size);
    return true;
}

/* Engine.IO v4, "Payload encoding". */
static void write_payload(struct model *m, struct buf *body) {
    struct span pending = buf_view(&m->pending), packet;
    struct record r;
    while (next_record(&pending, &r, &packet)) {
        if (body->end > 0) buf_append(body, "\x1e", 1);
        if (!r.binary) {
            buf_append(body, packet.data, packet.len);
            continue;
        }
        buf_append(body, "b", 1);
        uint8_t *to = buf_reserve(body, BASE64_SIZE(packet.len) + 1);
        body->end +=
            (uint32_t)base64_encode(packet.data, packet.len, (char *)to);
    }
    buf_free(&m->pending);
}

/* Writes the body in chunks of random sizes (RFC 9112 §7.1). */
static void write_chunked(struct buf *out, struct span body) {
    char head[20];
    while (body.len > 0) {
        size_t n = prng_between(1, (uint32_t)body.len);
        snprintf(head, sizeof head, "%zx\r\n", n);
        buf_text(out, head);
        buf_append(out, body.data, n);
        buf_text(out, "\r\n");
        body = span_skip(body, n);
    }
    buf_text(out, "0\r\n\r\n");
}

static void post(struct model *m, struct endpoint *e) {
    struct buf body = {.max = BUF_MAX}, chunks = {.max = BUF_MAX};
    struct request r = {.kind = QUERY_POST, .is_expecting = prng_percent(3)};
    char fields[120];
    write_payload(m, &body);
    bool chunked = prng_percent(8);
    if (chunked) write_chunked(&chunks, buf_view(&body));
    int n = snprintf(fields, sizeof fields, "%sContent-Type: text/plain\r\n",
                     r.is_expecting ? "Expect: 100-continue\r\n" : "");
    if (chunked)
        snprintf(fields + n, sizeof fields - (size_t)n,
                 "Transfer-Encoding: chunked\r\n");
    else
        snprintf(fields + n, sizeof fields - (size_t)n,
                 "Content-Length: %u\r\n", (unsigned)body.end);
    model_request(e, r, "POST", model_target(m, "polling"), fields,
                  buf_view(chunked ? &chunks : &body));
    if (m->pong_pending) m->pong = (struct mark){e, e->written};
    if (m->connect_pending) m->connect = (struct mark){e, e->written};
    m->pong_pending = m->connect_pending = false;
    buf_free(&body);
    buf_free(&chunks);
}

void model_flush(struct model *m, int64_t now) {
    if (m->pending.end == 0) return;
    if (m->phase == WEBSOCKET) {
        struct span pending = buf_view(&m->pending), packet;
        struct record r;
        while (next_record(&pending, &r, &packet))
            model_send(m, r.binary, packet);
        buf_free(&m->pending);
        if (m->pong_pending) m->pong = (struct mark){&m->ws, m->ws.written};
        if (m->connect_pending)
            m->connect = (struct mark){&m->ws, m->ws.written};
        m->pong_pending = m->connect_pending = false;
        return;
    }
    if (m->phase < POLLING || m->phase > PROBED) return;
    struct endpoint *e = model_post_end(m);
    if (model_ready(m, e, now)) post(m, e);
}

void model_poll(struct model *m, int64_t now) {
    if (m->phase < POLLING || m->phase > PROBED || now < m->next_poll) return;
    if (m->is_single && m->pending.end > 0) return; /* the POST goes first */
    if (!model_ready(m, &m->poll, now)) return;
    m->next_poll = now + (prng_percent(10) ? prng_between(1, 300) : 0);
    if (sim.hoards) m->next_poll = now + prng_between(500, 20000);
    model_request(&m->poll, (struct request){.kind = QUERY_POLL}, "GET",
                  model_target(m, "polling"), "", (struct span){0});
}

/* Is the byte at the mark on the wire now? True once. */
static bool has_passed(struct mark *mark) {
    if (!mark->end || mark->end->put < mark->at) return false;
    mark->end = NULL;
    return true;
}

/* Handles the marks that are on the wire now. A missed deadline becomes the
 * fault. */
static void check_marks(struct model *m, int64_t now) {
    const struct engine_options *o = &sim.options.engine;
    if (has_passed(&m->pong)) {
        if (now >= m->pong_ms + o->ping_interval + o->ping_timeout && !m->fault)
            m->fault = "its pong timed out";
        m->pong_ms = now;
        m->pong_is_unread = true;
    }
    if (has_passed(&m->connect)) {
        if (now >= m->opened_ms + sim.options.connect_timeout && !m->fault)
            m->fault = "its CONNECT timed out";
        m->connected = true;
    }
    if (has_passed(&m->attached)) {
        if (now >= m->attach_from_ms + LIMIT_ATTACHMENTS_MS && !m->fault)
            m->fault = "its attachment timed out";
        m->attach_from_ms = NEVER;
    }
    if (has_passed(&m->five) && now >= m->probe_ms + o->upgrade_timeout) {
        m->fault = "its upgrade timed out";
        m->must_end = false;
    }
}

void model_push(struct model *m, int64_t now) {
    bool opening = m->phase == OPENING && m->opened_ms == NEVER;
    endpoint_push(&m->poll, now);
    endpoint_push(&m->post, now);
    endpoint_push(&m->ws, now);
    struct endpoint *e = m->starts_websocket ? &m->ws : &m->poll;
    if (opening && e->put > 0) m->opened_ms = m->pong_ms = now;
    if (m->phase == PROBING && m->probe_ms == NEVER && m->ws.put > 0)
        m->probe_ms = now;
    check_marks(m, now);
}
