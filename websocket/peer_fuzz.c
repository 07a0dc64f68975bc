/* peer_fuzz.c: for any bytes of a client, cut anywhere, the events, the
 * responses and the state are the same as for the whole; nothing happens after
 * the end; and time-outs may strike at any point. FUZZ_MAX_LEN: 40000 */
#include "packets/exact_unit.h"
#include "websocket/peer.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const char request[] =
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

struct seen {
    struct peers peers;
    struct peer peer;
    struct buf events, out;
};

static void begin(struct seen *s) {
    *s = (struct seen){.events.max = 1 << 24, .out.max = 1 << 24};
    peers_init(&s->peers, 300, "127.0.0.1", NULL);
    peer_init(&s->peer, &s->peers, 0);
}

static void feed(struct seen *s, const uint8_t *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    struct span in = {exact, n};
    struct conn_event e;
    bool was_ended =
        s->peer.state == WS_LINGERING || s->peer.state == WS_CLOSED;
    while (peer_next(&s->peer, &s->peers, &in, &e, &s->out)) {
        uint32_t row[] = {(uint32_t)e.type, e.code, (uint32_t)e.payload.len};
        assert(!was_ended);
        buf_append(&s->events, row, sizeof row);
        buf_append(&s->events, e.payload.data, e.payload.len);
        if (e.type == CONN_MESSAGE)
            conn_send(&s->out, e.opcode, &e.payload, 1, NULL);
    }
    assert(in.len == 0);
    free(exact);
}

/* The time passes until nothing is due any more. */
static void expire(struct seen *s) {
    peer_sent(&s->peer, &s->peers, 0);
    for (int i = 0; i < 2; i++)
        while (peers_pop_due(&s->peers, INT64_MAX)) {
            feed(s, NULL, 0);
            peer_sent(&s->peer, &s->peers, 0);
        }
    assert(s->peer.state == WS_CLOSED || s->peer.state == WS_OPEN);
}

static void end(struct seen *s) {
    peer_free(&s->peer);
    assert(peers_wait(&s->peers, 0, -1) == -1);
    buf_free(&s->events);
    buf_free(&s->out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct seen whole, cut;
    struct buf text = {.max = 1 << 20};
    if (n < 4) return 0;
    if (bytes[0] & 1) buf_append(&text, request, sizeof request - 1);
    buf_append(&text, bytes + 3, n - 3);
    size_t total = text.end;
    size_t a = ((size_t)bytes[1] << 8 | bytes[2]) % (total + 1);

    begin(&whole);
    begin(&cut);
    feed(&whole, text.bytes, total);
    feed(&cut, text.bytes, a);
    if (bytes[0] & 2) expire(&cut);
    feed(&cut, text.bytes + a, total - a);
    if (!(bytes[0] & 2)) {
        assert(span_equal(buf_view(&whole.events), buf_view(&cut.events)));
        assert(span_equal(buf_view(&whole.out), buf_view(&cut.out)));
        assert(whole.peer.state == cut.peer.state);
    }
    expire(&whole);
    end(&whole);
    end(&cut);
    buf_free(&text);
    return 0;
}
