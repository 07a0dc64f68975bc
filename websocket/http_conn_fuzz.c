/*
 * http_conn_fuzz.c: how a connection's bytes are cut does not change its
 * events, its responses or its last phase
 *
 * The first byte says where the input is cut. After it, 0xFF c n means n times
 * 64 bytes c, so that inputs reach the limits.
 */
#include "packets/exact_unit.h"
#include "websocket/http_conn.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum {
    MAX_INPUT = 1 << 16,
    MAX_BODY = 3000,
};

struct run {
    struct buf out, bodies; /* responses; methods, targets and bodies */
    enum http_phase phase;
    unsigned requests;
    bool is_limited; /* a limit that counts within one read was reached */
};

static struct http_event e;

/* Acts on an event. What the server does depends on the target's length. */
static void serve(struct http_conn *c, struct run *r, struct span *in) {
    static unsigned way;
    if (e.type == HTTP_EVENT_REQUEST) {
        if (++r->requests == LIMIT_HTTP_PIPELINED) r->is_limited = true;
        way = e.head.target.len % 4;
        buf_append(&r->bodies, e.head.method.data, e.head.method.len);
        buf_append(&r->bodies, e.head.target.data, e.head.target.len);
        if (way == 1) http_conn_accept_body(c, MAX_BODY);
        if (way == 2) http_conn_respond_status(c, &r->out, 403);
    } else if (e.type == HTTP_EVENT_BODY) {
        assert(way == 1 && e.piece.len > 0);
        buf_append(&r->bodies, e.piece.data, e.piece.len);
    } else if (e.type == HTTP_EVENT_RESPOND && way == 3) {
        if (in->len > LIMIT_HTTP_HEAD) r->is_limited = true;
        http_conn_respond_head(c, in, &r->out, 200, NULL, 0);
        http_conn_finish(c);
    } else if (e.type == HTTP_EVENT_RESPOND) {
        http_conn_respond(c, &r->out, 200, NULL, span_from("ok"), NULL);
    } else {
        assert(c->phase == HTTP_LINGERING && e.status >= 400);
    }
}

static void feed(struct span bytes, size_t step, struct run *r) {
    static struct http_server server;
    struct http_conn c;
    *r = (struct run){.out = {.max = 1 << 22}, .bodies = {.max = 1 << 20}};
    http_server_init(&server);
    http_conn_init(&c, &server);
    while (bytes.len > 0) {
        size_t n = step < bytes.len ? step : bytes.len;
        uint8_t *exact = unit_exact(bytes.data, n);
        struct span in = {exact, n};
        while (http_conn_next(&c, &in, &e, &r->out)) serve(&c, r, &in);
        assert(in.len == 0 && c.phase != HTTP_RESPONSE);
        assert(c.phase != HTTP_IDLE || !c.pending.bytes);
        assert(c.phase != HTTP_CLOSED);
        free(exact);
        bytes = span_skip(bytes, n);
    }
    r->phase = c.phase;
    http_conn_free(&c);
}

static void release(struct run *r) {
    buf_free(&r->out);
    buf_free(&r->bodies);
}

static void expect_equal(const struct run *a, const struct run *b) {
    assert(a->phase == b->phase);
    assert(span_equal(buf_view(&a->out), buf_view(&b->out)));
    assert(span_equal(buf_view(&a->bodies), buf_view(&b->bodies)));
}

static size_t expand(const uint8_t *bytes, size_t n, uint8_t *to) {
    size_t size = 0;
    for (size_t i = 0; i < n && size < MAX_INPUT - 255 * 64; i++) {
        if (bytes[i] == 0xFF && n - i > 2) {
            memset(to + size, bytes[i + 1], bytes[i + 2] * 64u);
            size += bytes[i + 2] * 64u;
            i += 2;
        } else {
            to[size++] = bytes[i];
        }
    }
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static uint8_t input[MAX_INPUT];
    struct run whole, pieces;
    if (n == 0) return 0;
    size_t cut = bytes[0] * 5u + 2, size = expand(bytes + 1, n - 1, input);
    struct span all = {input, size};
    feed(all, size, &whole);
    feed(all, size < 2000 ? 1 : 499, &pieces);
    if (!whole.is_limited) expect_equal(&whole, &pieces);
    release(&pieces);
    feed(all, cut, &pieces);
    if (!whole.is_limited) expect_equal(&whole, &pieces);
    release(&pieces);
    release(&whole);
    return 0;
}
