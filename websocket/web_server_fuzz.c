/* web_server_fuzz.c: for any bytes of a client, cut anywhere, a server of pages
 * and WebSockets says the same and ends the same; nothing is sent after the
 * end; and time-outs may strike at any point. FUZZ_MAX_LEN: 40000 */
#include "packets/exact_unit.h"
#include "websocket/web_server.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const char get[] = "GET /a.js HTTP/1.1\r\nHost: localhost\r\n\r\n";
static const char upgrade[] =
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: echo\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

struct side {
    struct web_server server; /* the first member: see on_event */
    struct machine machine;
    struct buf out;
    unsigned opened, closed;
    bool is_ended, is_lost;
};

static void on_event(struct web_server *s, const struct web_server_event *e) {
    struct side *side = (struct side *)(void *)s;
    assert(e->conn == 0);
    if (e->type == WEB_SERVER_REQUEST && handshake_is_requested(e->head)) {
        int error = handshake_check(e->head);
        unsigned status = error ? (unsigned)-error : 101;
        if (status == 101 && !handshake_offers(e->head, "echo")) status = 400;
        web_server_upgrade(s, 0, status, "echo");
        side->opened += status == 101;
    } else if (e->type == WEB_SERVER_REQUEST) {
        web_server_respond_file(s, 0, 200, span_from("file"));
    }
    if (e->type == WEB_SERVER_CLOSED) side->closed++;
    if (e->type != WEB_SERVER_MESSAGE) return;
    assert(side->opened == 1 && side->closed == 0);
    conn_send(outbox_packet(&s->outbox), e->opcode, &e->payload, 1, NULL);
    outbox_send(&s->outbox, 0);
}

static void deliver(struct side *s) {
    struct outgoing o;
    while (s->machine.next_outgoing(&s->server, &o)) {
        assert(o.conn == 0 && !s->is_lost);
        assert(o.bytes.len == 0 || !s->is_ended);
        buf_append(&s->out, o.bytes.data, o.bytes.len);
        if (o.then != OUTBOX_OPEN) s->is_ended = true;
        if (o.then == OUTBOX_DROP) {
            s->machine.lost(&s->server, 0);
            s->is_lost = true;
        } else {
            s->machine.sent(&s->server, 0, 0);
        }
    }
}

static void begin(struct side *s) {
    *s = (struct side){.out.max = 1 << 24};
    if (!web_server_init(&s->server, 1, 300, on_event)) abort();
    s->machine = web_server_machine(&s->server);
    s->machine.accepted(&s->server, 0, 0);
    deliver(s);
}

static void feed(struct side *s, const uint8_t *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    struct span rest = {exact, n};
    while (!s->is_lost && rest.len > 0) {
        size_t before = rest.len;
        rest = s->machine.received(&s->server, 0, rest, 0);
        assert(rest.len < before);
        deliver(s);
    }
    free(exact);
}

/* The time passes until nothing is due any more. */
static void expire(struct side *s) {
    int64_t now = 0;
    for (int i = 0; i < 5; i++) {
        now += 100000;
        s->machine.expire(&s->server, now);
        deliver(s);
    }
    assert(s->is_lost || s->opened > s->closed);
}

static void end(struct side *s) {
    if (!s->is_lost) s->machine.lost(&s->server, 0);
    assert(s->opened == s->closed && s->opened <= 1);
    web_server_free(&s->server);
    buf_free(&s->out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static struct side whole, cut;
    struct buf text = {.max = 1 << 20};
    if (n < 4) return 0;
    if (bytes[0] & 1) buf_append(&text, get, sizeof get - 1);
    if (bytes[0] & 2) buf_append(&text, upgrade, sizeof upgrade - 1);
    buf_append(&text, bytes + 3, n - 3);
    size_t total = text.end;
    size_t a = ((size_t)bytes[1] << 8 | bytes[2]) % (total + 1);

    begin(&whole);
    begin(&cut);
    feed(&whole, text.bytes, total);
    feed(&cut, text.bytes, a);
    if (bytes[0] & 4) expire(&cut);
    feed(&cut, text.bytes + a, total - a);
    if (!(bytes[0] & 4)) {
        assert(span_equal(buf_view(&whole.out), buf_view(&cut.out)));
        assert(whole.is_ended == cut.is_ended && whole.closed == cut.closed);
    }
    expire(&whole);
    end(&whole);
    end(&cut);
    buf_free(&text);
    return 0;
}
