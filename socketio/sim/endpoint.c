/* endpoint.c: see socketio/sim/endpoint.h */
#include "socketio/sim/endpoint.h"

#include <assert.h>
#include <stdio.h>

#include "socketio/sim/prng.h"

static size_t waiting(const struct buf *b) {
    return b->end - b->start;
}

bool endpoint_open(struct endpoint *e, int client, uint32_t capacity,
                   int64_t *wake, uint32_t latency, int64_t now) {
    struct cable *w = cable_connect(client, capacity, wake, latency, now);
    if (!w) return false;
    *e = (struct endpoint){
        .cable = w, .out.max = BUF_MAX, .in.max = BUF_MAX, .first_put_ms = -1};
    if (prng_percent(20)) e->piece = prng_between(1, 60);
    trace(client, NO_LINK, "connects", -1, (struct span){0});
    return true;
}

void endpoint_shut(struct endpoint *e, bool reset) {
    if (!e->cable) return;
    trace(e->cable->client, e->cable->link,
          reset ? "resets the connection" : "closes the connection", -1,
          (struct span){0});
    cable_shut(e->cable, reset);
    if (e->is_websocket) conn_free(&e->ws);
    buf_free(&e->out);
    buf_free(&e->in);
    e->cable = NULL;
}

void endpoint_write(struct endpoint *e, struct span bytes) {
    buf_append(&e->out, bytes.data, bytes.len);
    e->written += bytes.len;
}

void endpoint_request(struct endpoint *e, struct request r, struct span bytes) {
    assert(e->count < MAX_REQUESTS);
    trace(e->cable->client, e->cable->link, "writes a request", -1, bytes);
    r.begin = e->written;
    endpoint_write(e, bytes);
    r.end = e->written;
    r.put_ms = -1;
    e->requests[(e->first + e->count++) % MAX_REQUESTS] = r;
}

void endpoint_send(struct endpoint *e, unsigned opcode, struct span payload) {
    trace(e->cable->client, e->cable->link, "writes a frame", opcode, payload);
    size_t before = waiting(&e->out);
    conn_send(&e->out, opcode, &payload, 1, &e->masks);
    e->written += waiting(&e->out) - before;
}

void endpoint_send_close(struct endpoint *e, unsigned code) {
    trace(e->cable->client, e->cable->link, "writes a close frame", code,
          (struct span){0});
    size_t before = waiting(&e->out);
    conn_close(&e->ws, code, &e->out);
    e->written += waiting(&e->out) - before;
    e->has_closed = true;
}

/* Records which requests are completely on the wire now. */
static void mark_put(struct endpoint *e, int64_t now) {
    for (unsigned i = 0; i < e->count; i++) {
        struct request *r = &e->requests[(e->first + i) % MAX_REQUESTS];
        if (r->put_ms == -1 && e->put >= r->end) r->put_ms = now;
    }
}

void endpoint_push(struct endpoint *e, int64_t now) {
    if (!e->cable || waiting(&e->out) == 0 || e->is_held) return;
    struct span out = buf_view(&e->out);
    size_t piece = e->piece > 0 ? e->piece + out.len / 16 : out.len;
    if (piece < out.len) out.len = piece;
    if (e->first_put_ms == -1) e->first_put_ms = now;
    cable_put(e->cable, out);
    trace(e->cable->client, e->cable->link, "puts bytes", (int64_t)out.len,
          (struct span){0});
    e->put += out.len;
    buf_consume(&e->out, out.len);
    if (waiting(&e->out) == 0) buf_free(&e->out);
    mark_put(e, now);
}

void endpoint_receive(struct endpoint *e) {
    if (!e->cable) return;
    size_t n =
        cable_receive(e->cable, &e->in, e->rate > 0 ? e->rate : SIZE_MAX);
    if (n > 0) e->got_any = true;
}

struct request *endpoint_oldest(struct endpoint *e) {
    return e->count > 0 ? &e->requests[e->first] : NULL;
}

static _Noreturn void endpoint_fail(const struct endpoint *e,
                                    const char *detail) {
    trace(e->cable->client, e->cable->link, "received", -1, buf_view(&e->in));
    trace_fail(e->cable->client, "each request has one response, in order",
               detail);
}

/* Fails unless r is an allowed response to q. */
static void check(const struct endpoint *e, const struct response *r,
                  const struct request *q) {
    static char detail[100];
    bool good = q->kind != QUERY_OTHER;
    for (unsigned i = 0; i < 4 && q->status[i]; i++)
        good = good || q->status[i] == r->status;
    if (good) {
        char body[64];
        if (!q->echo || r->status != 200 || q->is_head) return;
        snprintf(body, sizeof body, "%s%llu", q->echo,
                 (unsigned long long)q->number);
        if (span_equal(r->body, span_from(body))) return;
        snprintf(detail, sizeof detail, "the body is not %s", body);
    } else {
        snprintf(detail, sizeof detail, "the status is %u, expected %u",
                 r->status, q->status[0]);
    }
    endpoint_fail(e, detail);
}

static void begin_websocket(struct endpoint *e) {
    uint8_t seed[MASKS_SEED];
    for (size_t i = 0; i < sizeof seed; i++) seed[i] = (uint8_t)prng_below(256);
    masks_init(&e->masks, seed);
    conn_init_client(&e->ws, 1 << 24, &e->masks);
    e->is_websocket = true;
}

bool endpoint_response(struct endpoint *e, struct response *r,
                       struct request *q) {
    buf_consume(&e->in, e->message_size);
    e->message_size = 0;
    if (!e->cable || e->is_websocket) return false;
    while (waiting(&e->in) > 0) {
        bool is_head = e->count > 0 && e->requests[e->first].is_head;
        int64_t n = response_parse(r, buf_view(&e->in), is_head);
        if (n < 0) endpoint_fail(e, "this is not a response");
        if (n == 0) return false;
        if (e->count == 0) endpoint_fail(e, "there was no request for this");
        if (e->close_promised)
            endpoint_fail(e, "this follows Connection: close");
        *q = e->requests[e->first];
        trace(e->cable->client, e->cable->link, "receives a response",
              r->status, r->body);
        if (r->status == 100) {
            if (!q->is_expecting) endpoint_fail(e, "100 was not expected");
            e->requests[e->first].is_expecting = false;
            buf_consume(&e->in, (size_t)n);
            continue;
        }
        check(e, r, q);
        e->first = (e->first + 1) % MAX_REQUESTS;
        e->count--;
        e->close_promised = r->close;
        e->message_size = (size_t)n;
        if (r->status == 101) begin_websocket(e);
        return true;
    }
    return false;
}

bool endpoint_message(struct endpoint *e, struct conn_event *message) {
    buf_consume(&e->in, e->message_size);
    e->message_size = 0;
    if (!e->cable || !e->is_websocket || e->is_closed) return false;
    struct span in = buf_view(&e->in);
    size_t before = in.len, written = waiting(&e->out);
    bool got = conn_next(&e->ws, &in, message, &e->out);
    e->written += waiting(&e->out) - written;
    e->message_size = before - in.len;
    if (!got) {
        buf_consume(&e->in, e->message_size);
        e->message_size = 0;
        return false;
    }
    if (message->type == CONN_CLOSED) {
        e->is_closed = e->has_closed = true;
        trace(e->cable->client, e->cable->link, "receives a close frame",
              message->code, message->payload);
    } else {
        trace(e->cable->client, e->cable->link, "receives a message",
              message->opcode, message->payload);
    }
    return true;
}

bool endpoint_has_ended(const struct endpoint *e) {
    return e->cable && e->cable->out_end && waiting(&e->cable->out) == 0;
}
