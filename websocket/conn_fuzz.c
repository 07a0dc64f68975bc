/* conn_fuzz.c: any bytes, cut at two places that they choose themselves, give
 * the same events and the same answers as whole; no message is over the limit;
 * what is sent back arrives at the other end as it was.
 * FUZZ_MAX_LEN: 8192 */
#include "packets/exact_unit.h"
#include "websocket/conn.h"

#include <assert.h>
#include <stdlib.h>

#include "websocket/masks.h"
#include "websocket/utf8.h"

#define MAX 300

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const uint8_t seed[MASKS_SEED] = "sixteen bytes...";

struct seen {
    struct conn conn;
    struct mask_source masks;
    bool is_client;
    struct buf events, out;
    bool closed;
};

/* The other end receives the echo as the same message. */
static void echo(const struct seen *s, const struct conn_event *e) {
    struct buf wire = {.max = MAX + FRAME_HEADER_MAX}, out = {.max = 200};
    struct mask_source masks;
    struct conn other;
    struct conn_event back = {0};
    masks_init(&masks, seed);
    if (s->is_client)
        conn_init_server(&other, MAX);
    else
        conn_init_client(&other, MAX, &masks);
    assert(conn_send(&wire, e->opcode, &e->payload, 1,
                     s->is_client ? &masks : NULL));
    struct span in = buf_view(&wire);
    assert(conn_next(&other, &in, &back, &out));
    assert(back.type == CONN_MESSAGE && back.opcode == e->opcode);
    assert(span_equal(back.payload, e->payload));
    assert(in.len == 0 && out.end == 0);
    assert(!conn_next(&other, &in, &back, &out));
    assert(!conn_is_mid_message(&other));
    conn_free(&other);
    buf_free(&wire);
}

static void record(struct seen *s, const struct conn_event *e) {
    assert(!s->closed); /* it is the last event */
    s->closed = e->type == CONN_CLOSED;
    uint32_t numbers[] = {(uint32_t)e->type, 0, (uint32_t)e->payload.len};
    numbers[1] = s->closed ? e->code : e->opcode;
    if (e->type == CONN_PONG) numbers[1] = 0;
    buf_append(&s->events, numbers, sizeof numbers);
    buf_append(&s->events, e->payload.data, e->payload.len);
    if (e->type != CONN_MESSAGE) return;
    assert(e->payload.len <= MAX);
    assert(e->opcode == FRAME_BINARY ||
           utf8_valid(e->payload.data, e->payload.len));
    echo(s, e);
}

/* One read: an exact copy, since it is unmasked in place and not kept. */
static void feed(struct seen *s, const uint8_t *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    struct span in = {exact, n};
    struct conn_event e;
    while (conn_next(&s->conn, &in, &e, &s->out)) record(s, &e);
    assert(in.len == 0);
    free(exact);
}

static void begin(struct seen *s, bool is_client) {
    *s = (struct seen){
        .is_client = is_client, .events.max = 1 << 24, .out.max = 1 << 24};
    masks_init(&s->masks, seed);
    if (is_client)
        conn_init_client(&s->conn, MAX, &s->masks);
    else
        conn_init_server(&s->conn, MAX);
}

static void end(struct seen *s) {
    conn_free(&s->conn);
    buf_free(&s->events);
    buf_free(&s->out);
}

/* The same bytes whole and cut at two places. */
static void compare(bool is_client, struct span all, size_t a, size_t b) {
    struct seen whole, cut;
    size_t first = a < b ? a : b, second = a < b ? b : a;
    begin(&whole, is_client);
    feed(&whole, all.data, all.len);
    begin(&cut, is_client);
    feed(&cut, all.data, first);
    feed(&cut, all.data + first, second - first);
    feed(&cut, all.data + second, all.len - second);
    assert(span_equal(buf_view(&whole.events), buf_view(&cut.events)));
    assert(span_equal(buf_view(&whole.out), buf_view(&cut.out)));
    assert(whole.closed == cut.closed);
    assert(conn_is_mid_message(&whole.conn) == conn_is_mid_message(&cut.conn));
    end(&whole);
    end(&cut);
}

/* The first bytes choose the role, the cuts, and how often the last bytes are
 * repeated: so an input of some bytes reaches the limit of fragments. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct buf all = {.max = 1 << 20};
    if (n < 7) return 0;
    bool is_client = bytes[0] & 1;
    size_t repeated = bytes[0] >> 1 & 15, times = bytes[0] & 32 ? 1100 : 0;
    size_t a = (size_t)bytes[1] << 8 | bytes[2];
    size_t b = (size_t)bytes[3] << 8 | bytes[4];
    bytes += 5, n -= 5;
    if (repeated > n) repeated = n;
    buf_append(&all, bytes, n);
    while (times-- > 0) buf_append(&all, bytes + n - repeated, repeated);
    compare(is_client, buf_view(&all), a % (all.end + 1), b % (all.end + 1));
    buf_free(&all);
    return 0;
}
