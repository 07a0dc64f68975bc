/* client_fuzz.c: for any bytes of a server, cut anywhere, the client's events
 * and answers are the same as for the whole; it ends once; what it holds is
 * bounded; and a server understands all that it sends. FUZZ_MAX_LEN: 40000 */
#include "packets/exact_unit.h"
#include "websocket/client.h"

#include <assert.h>
#include <stdlib.h>

#define MAX 300

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const uint8_t seed[CLIENT_SEED] = "the sample nonce"
                                         "sixteen bytes...";
static const char switching[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

struct seen {
    struct client client;
    struct buf events, out;
    size_t request; /* bytes of out that are HTTP */
};

static void begin(struct seen *s) {
    static const struct client_options options = {
        .host = "a:80", .target = "/", .max_message = MAX};
    *s = (struct seen){.events.max = 1 << 24, .out.max = 1 << 24};
    assert(client_open(&s->client, &options, seed, &s->out));
    s->request = s->out.end;
}

static void feed(struct seen *s, const uint8_t *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    struct span in = {exact, n};
    struct client_event e;
    while (client_next(&s->client, &in, &e, &s->out)) {
        uint32_t row[] = {(uint32_t)e.type, e.code, (uint32_t)e.payload.len};
        buf_append(&s->events, row, sizeof row);
        buf_append(&s->events, e.payload.data, e.payload.len);
        assert(e.payload.len <= MAX);
        assert((e.type == CLIENT_CLOSED) == client_is_done(&s->client));
        if (e.type == CLIENT_MESSAGE) /* an echo */
            client_send(&s->client, e.opcode, &e.payload, 1, &s->out);
        if (e.type == CLIENT_PONG) client_close(&s->client, 1000, &s->out);
    }
    assert(in.len == 0);
    assert(s->client.head.cap <= LIMIT_HTTP_HEAD);
    assert(s->client.conn.held.cap <= 2 * MAX);
    free(exact);
}

static void end(struct seen *s) {
    struct conn server;
    struct conn_event e = {0};
    struct buf answers = {.max = 1 << 24};
    struct span in = span_skip(buf_view(&s->out), s->request);
    conn_init_server(&server, MAX);
    while (conn_next(&server, &in, &e, &answers))
        assert(!(e.type == CONN_CLOSED && e.is_failure));
    assert(!conn_is_mid_message(&server));
    conn_free(&server);
    client_free(&s->client);
    buf_free(&answers);
    buf_free(&s->events);
    buf_free(&s->out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct seen whole, cut;
    struct buf text = {.max = 1 << 20};
    if (n < 4) return 0;
    if (bytes[0] & 1) buf_append(&text, switching, sizeof switching - 1);
    buf_append(&text, bytes + 3, n - 3);
    size_t total = text.end,
           a = ((size_t)bytes[1] << 8 | bytes[2]) % (total + 1);

    begin(&whole);
    begin(&cut);
    feed(&whole, text.bytes, total);
    feed(&cut, text.bytes, a);
    feed(&cut, text.bytes + a, total - a);
    assert(span_equal(buf_view(&whole.events), buf_view(&cut.events)));
    assert(span_equal(buf_view(&whole.out), buf_view(&cut.out)));
    end(&whole);
    end(&cut);
    buf_free(&text);
    return 0;
}
