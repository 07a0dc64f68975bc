/* web_server_test.c: websocket/web_server.h as tcp/links.h runs it, on a clock
 * of its own. The program echoes each message. */
#include "packets/unit.h"
#include "websocket/web_server.h"

#define GET "GET /a.html HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define UPGRADE                                                                \
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"            \
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"                     \
    "Sec-WebSocket-Protocol: other, echo\r\n"                                  \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
#define HELLO "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58" /* §5.7 */
#define CLOSE "\x88\x82\x37\xfa\x21\x3d\x34\x12"             /* 1000 */
#define SWITCHING                                                              \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"               \
    "Connection: Upgrade\r\n"                                                  \
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"                   \
    "Sec-WebSocket-Protocol: echo\r\n\r\n"

enum {
    CONNS = 4
};

static struct web_server server;
static struct machine machine;
static int64_t now;
static unsigned refusal; /* the status for the next handshake, or 0 */
static bool is_slow;     /* the kernels accept nothing */
static unsigned file_status;
static bool is_upgraded; /* the result of the last web_server_upgrade */
static bool is_chat;     /* a message goes to all connections */

static struct side { /* what the peer of a connection sees */
    struct buf out;
    enum outbox_then then;
    unsigned closed, reports; /* events CLOSED and UNSENT */
    size_t unsent;
} sides[CONNS];

static void on_event(struct web_server *s, const struct web_server_event *e) {
    struct side *side = &sides[e->conn];
    bool is_handshake =
        e->type == WEB_SERVER_REQUEST && handshake_is_requested(e->head);
    if (is_handshake)
        is_upgraded =
            web_server_upgrade(s, e->conn, refusal ? refusal : 101, "echo");
    else if (e->type == WEB_SERVER_REQUEST)
        web_server_respond_file(s, e->conn, file_status, span_from("file\n"));
    if (e->type == WEB_SERVER_CLOSED) side->closed++;
    if (e->type == WEB_SERVER_UNSENT) side->reports++;
    if (e->type == WEB_SERVER_UNSENT) side->unsent = e->unsent;
    if (e->type != WEB_SERVER_MESSAGE) return;
    UNIT_INT(side->closed, 0);
    conn_send(is_chat ? outbox_broadcast(&s->outbox)
                      : outbox_packet(&s->outbox),
              e->opcode, &e->payload, 1, NULL);
    for (uint32_t i = 0; i < CONNS; i++)
        if (is_chat || i == e->conn) outbox_send(&s->outbox, i);
}

static void start(void) {
    now = 1000;
    refusal = 0;
    is_slow = is_chat = false;
    file_status = 200;
    memset(sides, 0, sizeof sides);
    for (int i = 0; i < CONNS; i++) buf_init(&sides[i].out, 1 << 20);
    UNIT_TRUE(web_server_init(&server, CONNS, 1000, on_event));
    machine = web_server_machine(&server);
}

static void stop(void) {
    web_server_free(&server);
    for (int i = 0; i < CONNS; i++) buf_free(&sides[i].out);
}

static void lose(uint32_t conn) {
    machine.lost(&server, conn);
}

static void deliver(void) {
    struct outgoing o;
    while (machine.next_outgoing(&server, &o)) {
        struct side *side = &sides[o.conn];
        buf_append(&side->out, o.bytes.data, o.bytes.len);
        if (o.then > side->then) side->then = o.then;
        if (o.then == OUTBOX_DROP)
            lose(o.conn);
        else if (!is_slow && o.bytes.len > 0)
            machine.sent(&server, o.conn, now);
    }
}

static struct span feed(uint32_t conn, const void *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    struct span rest =
        machine.received(&server, conn, (struct span){exact, n}, now);
    deliver();
    struct span copy = {NULL, rest.len}; /* only its size can be used */
    free(exact);
    return copy;
}

static void feed_text(uint32_t conn, const char *text) {
    UNIT_INT(feed(conn, text, strlen(text)).len, 0);
}

static void accept(uint32_t conn) {
    machine.accepted(&server, conn, now);
    deliver();
}

/* Expects what was sent to the peer, and empties it. */
static void expect(uint32_t conn, const char *expected) {
    struct buf *out = &sides[conn].out;
    UNIT_TEXT(out->bytes, out->end, expected);
    buf_clear(out);
}

static void expect_begin(uint32_t conn, const char *expected) {
    struct buf *out = &sides[conn].out;
    size_t n = strlen(expected);
    UNIT_TEXT(out->bytes, out->end < n ? out->end : n, expected);
    buf_clear(out);
}

static void open_websocket(uint32_t conn) {
    accept(conn);
    feed_text(conn, UPGRADE);
    expect(conn, SWITCHING);
}

/* Lets the time pass until something is due; -1: nothing is. */
static int64_t wait_until_due(void) {
    int wait = machine.wait(&server, now, -1);
    if (wait == -1) return -1;
    machine.expire(&server, now + wait - 1); /* a ms too early: nothing */
    deliver();
    UNIT_INT(machine.wait(&server, now, -1), wait);
    now += wait;
    machine.expire(&server, now);
    deliver();
    return wait;
}

static void a_page_and_a_websocket_come_over_one_connection(void) {
    start();
    accept(0);
    feed_text(0, GET);
    expect_begin(0, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                    "Content-Type: text/html; charset=utf-8\r\n"
                    "Cache-Control: no-cache\r\n");
    feed_text(0, UPGRADE HELLO); /* frames directly after the request */
    expect(0, SWITCHING "\x81\x05Hello");
    feed_text(0, HELLO HELLO);
    expect(0, "\x81\x05Hello\x81\x05Hello");
    UNIT_INT(sides[0].then, OUTBOX_OPEN);
    feed_text(0, CLOSE);
    expect(0, "\x88\x02\x03\xe8");
    UNIT_INT(sides[0].then, OUTBOX_END);
    UNIT_INT(sides[0].closed, 1);
    feed_text(0, GET); /* after the end */
    expect(0, "");
    stop();
}

static void a_split_changes_nothing(void) {
    static const char stream[] = GET GET UPGRADE HELLO HELLO CLOSE;
    struct buf whole = {.max = 10000};
    start();
    accept(0);
    feed_text(0, stream);
    buf_append(&whole, sides[0].out.bytes, sides[0].out.end);
    stop();
    for (size_t cut = 0; cut < sizeof stream; cut++) {
        start();
        accept(0);
        UNIT_INT(feed(0, stream, cut).len, 0);
        UNIT_INT(feed(0, stream + cut, sizeof stream - 1 - cut).len, 0);
        UNIT_TRUE(span_equal(buf_view(&whole), buf_view(&sides[0].out)));
        UNIT_INT(sides[0].closed, 1);
        stop();
    }
    start();
    accept(0);
    for (size_t i = 0; i < sizeof stream - 1; i++) feed(0, stream + i, 1);
    UNIT_TRUE(span_equal(buf_view(&whole), buf_view(&sides[0].out)));
    stop();
    buf_free(&whole);
}

static void a_refused_handshake_ends_the_connection(void) {
    start();
    refusal = 403;
    accept(0);
    feed_text(0, UPGRADE HELLO);
    expect_begin(0, "HTTP/1.1 403 Forbidden\r\n");
    UNIT_INT(sides[0].then, OUTBOX_END);
    UNIT_INT(sides[0].closed, 0); /* it was never there */
    UNIT_INT(wait_until_due(), LIMIT_CLOSING_MS);
    UNIT_INT(sides[0].then, OUTBOX_DROP);
    UNIT_INT(wait_until_due(), -1);
    stop();
}

static void a_file_is_not_sent_twice_and_only_to_get(void) {
    char etag[60], text[300];
    start();
    accept(0);
    feed_text(0, GET);
    UNIT_TRUE(buf_append(&sides[0].out, "", 1));
    char *at = strstr((char *)sides[0].out.bytes, "ETag: ");
    UNIT_TRUE(at != NULL);
    snprintf(etag, sizeof etag, "%.*s", (int)strcspn(at + 6, "\r"), at + 6);
    buf_clear(&sides[0].out);
    snprintf(text, sizeof text,
             "GET /a.html HTTP/1.1\r\nHost: a\r\nIf-None-Match: %s\r\n\r\n",
             etag);
    feed_text(0, text);
    expect_begin(0, "HTTP/1.1 304 Not Modified\r\n");
    feed_text(0, "HEAD /a.css HTTP/1.1\r\nHost: a\r\n\r\n");
    UNIT_TEXT(sides[0].out.bytes + sides[0].out.end - 4, 4, "\r\n\r\n");
    expect_begin(0, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                    "Content-Type: text/css");
    feed_text(0, "PUT /a.css HTTP/1.1\r\nHost: a\r\n\r\n");
    /* RFC 9110 §15.5.6: a 405 has Allow */
    expect_begin(0, "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 23\r\n"
                    "Content-Type: text/plain\r\nAllow: GET, HEAD\r\n");
    file_status = 404;
    feed_text(0, GET);
    expect_begin(0, "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n"
                    "Content-Type: text/plain\r\n");
    stop();
}

/* RFC 9110 §6.6.1: with a clock, responses have a Date. */
static void a_response_has_the_date_of_the_clock(void) {
    start();
    accept(0);
    machine.set_clock(&server, 784111777); /* RFC 9110 §5.6.7 */
    feed_text(0, GET);
    buf_append(&sides[0].out, "", 1);
    UNIT_TRUE(strstr((char *)sides[0].out.bytes,
                     "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
    stop();
}

static void what_is_unsent_is_reported_beyond_the_limit(void) {
    start();
    open_websocket(0);
    machine.unsent(&server, 0, LIMIT_QUEUE);
    UNIT_INT(sides[0].reports, 0);
    machine.unsent(&server, 0, LIMIT_QUEUE + 1);
    UNIT_INT(sides[0].reports, 1);
    UNIT_INT(sides[0].unsent, LIMIT_QUEUE + 1);
    accept(1); /* a page is not a WebSocket */
    machine.unsent(&server, 1, LIMIT_QUEUE + 1);
    UNIT_INT(sides[1].reports, 0);
    stop();
}

/* RFC 6455 §7.4.1: 1008 */
static void a_client_that_is_ended_is_gone_at_once(void) {
    start();
    open_websocket(0);
    is_slow = true;
    web_server_end(&server, 0, 1008);
    UNIT_INT(sides[0].closed, 1);
    deliver();
    expect(0, "\x88\x02\x03\xf0");
    UNIT_INT(sides[0].then, OUTBOX_END);
    machine.unsent(&server, 0, LIMIT_QUEUE + 1);
    UNIT_INT(sides[0].reports, 0);  /* not after the end */
    UNIT_INT(wait_until_due(), -1); /* tcp/stream.h limits that time */
    feed_text(0, HELLO);
    expect(0, "");
    UNIT_INT(wait_until_due(), -1);
    now += 5000;
    machine.sent(&server, 0, now);
    UNIT_INT(wait_until_due(), LIMIT_CLOSING_MS);
    UNIT_INT(sides[0].then, OUTBOX_DROP);
    UNIT_INT(sides[0].closed, 1);
    stop();
}

static void a_connection_that_is_lost_is_gone_once(void) {
    start();
    open_websocket(0);
    accept(1);
    lose(1);
    UNIT_INT(sides[1].closed, 0); /* it was no WebSocket */
    lose(0);
    UNIT_INT(sides[0].closed, 1);
    UNIT_INT(wait_until_due(), -1);
    open_websocket(0); /* the number is used again */
    UNIT_INT(sides[0].closed, 1);
    web_server_end(&server, 0, 1008);
    lose(0);
    accept(0); /* and what was to be sent is forgotten */
    expect(0, "");
    UNIT_INT(sides[0].then, OUTBOX_OPEN);
    lose(0);
    open_websocket(0);
    feed(0, HELLO, 8);
    lose(0); /* in the middle of a message */
    UNIT_INT(wait_until_due(), -1);
    stop();
}

/* A sanitizer sees what is not freed. */
static void its_end_frees_what_has_arrived_in_part(void) {
    start();
    for (uint32_t conn = 0; conn < CONNS; conn++) {
        accept(conn);
        feed_text(conn, "GET / HTTP/1.1\r\n");
        expect(conn, "");
    }
    stop();
}

static void only_what_waits_for_a_client_has_a_time_out(void) {
    start();
    open_websocket(0);
    UNIT_INT(wait_until_due(), -1); /* a WebSocket may be silent */
    accept(1);
    feed_text(1, "GET / HTTP/1.1\r\n");
    UNIT_INT(wait_until_due(), LIMIT_HEAD_MS);
    expect_begin(1, "HTTP/1.1 408 Request Timeout\r\n");
    UNIT_INT(sides[1].then, OUTBOX_END);
    UNIT_INT(wait_until_due(), LIMIT_CLOSING_MS);
    UNIT_INT(sides[1].then, OUTBOX_DROP);
    now += 1234;
    accept(3);
    UNIT_INT(wait_until_due(), LIMIT_HEAD_MS);
    lose(3);
    accept(2);
    is_slow = true; /* it is the client's turn only when all was sent */
    feed_text(2, GET);
    UNIT_INT(wait_until_due(), -1);
    is_slow = false;
    machine.sent(&server, 2, now);
    UNIT_INT(wait_until_due(), LIMIT_IDLE_MS);
    UNIT_INT(sides[2].then, OUTBOX_END); /* without a byte: nothing is unsent */
    UNIT_INT(wait_until_due(), LIMIT_CLOSING_MS);
    UNIT_INT(sides[2].then, OUTBOX_DROP);
    UNIT_INT(sides[0].then, OUTBOX_OPEN);
    stop();
}

static void a_message_that_is_too_long_is_refused_with_1009(void) {
    static const char longer[] = "\x81\xfe\x03\xe9\0\0\0\0"; /* 1001 bytes */
    start();
    open_websocket(0);
    feed(0, longer, sizeof longer - 1);
    expect(0, "\x88\x02\x03\xf1");
    UNIT_INT(sides[0].closed, 1);
    stop();
}

/* RFC 6455 §7.4.1: 1001 */
static void a_shutdown_ends_every_connection(void) {
    start();
    open_websocket(0);
    accept(1);
    accept(2);
    open_websocket(3);
    feed_text(2, "GET / HTTP/1.1\r\n");
    machine.shutdown(&server, now);
    machine.expire(&server, now);
    deliver();
    expect(0, "\x88\x02\x03\xe9");
    expect(3, "\x88\x02\x03\xe9");
    UNIT_INT(sides[0].closed, 0); /* no event after a shutdown */
    UNIT_INT(sides[1].then, OUTBOX_END);
    UNIT_INT(sides[2].then, OUTBOX_END);
    feed_text(0, CLOSE);
    UNIT_INT(sides[0].then, OUTBOX_END);
    UNIT_INT(sides[0].closed, 0);
    stop();
}

/* One client cannot make the output of a turn long: its input waits. */
static void input_waits_while_the_output_is_long(void) {
    struct buf frames = {.max = 1 << 20};
    char frame[8 + 1000] = "\x81\xfe\x03\xe8";
    start();
    open_websocket(0);
    for (int i = 0; i < 200; i++) buf_append(&frames, frame, sizeof frame);
    struct span rest = machine.received(&server, 0, buf_view(&frames), now);
    UNIT_TRUE(rest.len > 0);
    size_t done = (frames.end - rest.len) / sizeof frame;
    UNIT_INT(done * sizeof frame, frames.end - rest.len);
    UNIT_TRUE(done * (4 + 1000) >= LIMIT_OUTPUT);
    UNIT_TRUE((done - 1) * (4 + 1000) < LIMIT_OUTPUT);
    deliver();
    while (rest.len > 0) {
        size_t before = rest.len;
        rest = machine.received(&server, 0, rest, now);
        UNIT_TRUE(rest.len < before);
        deliver();
    }
    UNIT_INT(sides[0].out.end, 200 * (4 + 1000));
    stop();
    buf_free(&frames);
}

/* A round sends a broadcast to one client only. Until all have got it, the one
 * that has caused it waits with its next message, and the others do not. */
static void only_the_sender_waits_for_its_broadcast(void) {
    char frames[] = HELLO HELLO;
    struct span two = {(uint8_t *)frames, sizeof frames - 1};
    start();
    for (uint32_t i = 0; i < CONNS; i++) open_websocket(i);
    server.outbox.max_receivers = server.outbox.max_ahead = 1;
    is_chat = true;
    UNIT_INT(machine.wait(&server, now, -1), -1);
    struct span rest = machine.received(&server, 0, two, now);
    UNIT_INT(rest.len, sizeof HELLO - 1);
    for (int rounds = 0; rounds < CONNS - 1; rounds++) {
        deliver();
        UNIT_INT(machine.wait(&server, now, -1), 0);
        UNIT_INT(machine.received(&server, 0, rest, now).len, rest.len);
    }
    UNIT_INT(feed(3, "\x89\x81\0\0\0\0x", 7).len, 0); /* a ping */
    expect(3, "\x81\x05Hello\x8a\x01x");
    UNIT_INT(machine.wait(&server, now, -1), -1);
    UNIT_INT(machine.received(&server, 0, rest, now).len, 0);
    for (int rounds = 0; rounds < CONNS; rounds++) deliver();
    expect(0, "\x81\x05Hello\x81\x05Hello");
    expect(3, "\x81\x05Hello");
    UNIT_INT(machine.wait(&server, now, -1), -1);
    stop();
}

static void a_trace_has_a_line_for_each_that_arrives_and_leaves(void) {
    char text[400] = "";
    struct machine_line line;
    start();
    server.is_traced = true;
    accept(3);
    feed_text(3, GET);
    feed_text(3, UPGRADE HELLO);
    while (machine.next_line(&server, &line)) {
        size_t n = strlen(text);
        UNIT_INT(line.conn, 3);
        snprintf(text + n, sizeof text - n, "%s %s|", line.arrow, line.text);
    }
    UNIT_TEXT(text, strlen(text),
              "<- GET /a.html|-> http 200|<- GET /ws|<- ws text 5 B|"
              "-> http 101|-> ws text 5 B|");
    UNIT_FALSE(machine.next_line(&server, &line));
    accept(1);
    feed_text(1, "GET /"); /* what it holds is freed at the end */
    stop();
}

/* The program must not treat it as a client: CLOSED never comes. */
static void without_memory_for_the_response_nothing_is_upgraded(void) {
    start();
    accept(1);
    server.outbox.own.max = 10; /* as if there were no more memory */
    is_upgraded = true;
    feed_text(1, UPGRADE);
    UNIT_FALSE(is_upgraded);
    UNIT_INT(sides[1].then, OUTBOX_DROP);
    UNIT_INT(sides[1].out.end, 0);
    UNIT_INT(sides[1].closed, 0);
    server.outbox.own.max = 1 << 20;
    accept(2);
    feed_text(2, UPGRADE);
    UNIT_TRUE(is_upgraded);
    refusal = 403;
    accept(3);
    feed_text(3, UPGRADE);
    UNIT_FALSE(is_upgraded);
    stop();
}

UNIT_MAIN("web_server",
          UNIT_TEST(a_page_and_a_websocket_come_over_one_connection),
          UNIT_TEST(a_split_changes_nothing),
          UNIT_TEST(a_refused_handshake_ends_the_connection),
          UNIT_TEST(without_memory_for_the_response_nothing_is_upgraded),
          UNIT_TEST(a_file_is_not_sent_twice_and_only_to_get),
          UNIT_TEST(a_response_has_the_date_of_the_clock),
          UNIT_TEST(what_is_unsent_is_reported_beyond_the_limit),
          UNIT_TEST(a_client_that_is_ended_is_gone_at_once),
          UNIT_TEST(a_connection_that_is_lost_is_gone_once),
          UNIT_TEST(only_what_waits_for_a_client_has_a_time_out),
          UNIT_TEST(its_end_frees_what_has_arrived_in_part),
          UNIT_TEST(a_message_that_is_too_long_is_refused_with_1009),
          UNIT_TEST(a_shutdown_ends_every_connection),
          UNIT_TEST(input_waits_while_the_output_is_long),
          UNIT_TEST(only_the_sender_waits_for_its_broadcast),
          UNIT_TEST(a_trace_has_a_line_for_each_that_arrives_and_leaves))
