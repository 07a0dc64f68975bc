/* peer_test.c: websocket/peer.h, with a clock of its own and clients of
 * websocket/client.h */
#include "packets/unit.h"
#include "websocket/client.h"
#include "websocket/peer.h"

#define REQUEST                                                                \
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"              \
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"                     \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
#define HELLO "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58" /* §5.7 */
#define CLOSE "\x88\x82\x37\xfa\x21\x3d\x34\x12"             /* 1000 */

static struct peers peers;
static struct peer peer;
static struct buf out;
static char events[400];
static unsigned handshake; /* the status of the response */
static int64_t now;

static void start(void) {
    now = 1000;
    events[0] = '\0';
    handshake = 0;
    buf_init(&out, 10000);
    peers_init(&peers, 1000, "127.0.0.1", NULL);
    peers_set_time(&peers, 784111777); /* RFC 9110 §5.6.7 */
    peer_init(&peer, &peers, now);
}

static void stop(void) {
    peer_free(&peer);
    UNIT_INT(peer.state, WS_CLOSED);
    UNIT_TRUE(peers_pop_due(&peers, INT64_MAX) == NULL);
    buf_free(&out);
}

/* As a server does: all events, an echo for each message; then all is sent. */
static void feed(const void *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    struct span in = {exact, n};
    struct conn_event e;
    while (peer_next(&peer, &peers, &in, &e, &out)) {
        if (e.type == CONN_HANDSHAKE) {
            UNIT_INT(handshake, 0); /* there is one only */
            handshake = e.code;
            UNIT_TEXT(out.bytes, 9, "HTTP/1.1 ");
            UNIT_INT(atoi((char *)out.bytes + 9), handshake);
            continue;
        }
        size_t end = strlen(events);
        snprintf(events + end, sizeof events - end, "%d %u %.*s;", e.type,
                 e.type == CONN_CLOSED ? e.code : e.opcode, (int)e.payload.len,
                 (char *)e.payload.data);
        if (e.type == CONN_MESSAGE)
            conn_send(&out, e.opcode, &e.payload, 1, NULL);
    }
    UNIT_INT(in.len, 0);
    free(exact);
    peer_sent(&peer, &peers, now);
}

static void feed_text(const char *text) {
    feed(text, strlen(text));
}

/* Expects that out begins so, and empties it. */
static void expect_out(const char *begin) {
    UNIT_TEXT(out.bytes, out.end < strlen(begin) ? out.end : strlen(begin),
              begin);
    buf_clear(&out);
}

/* Lets the time pass until a peer is due; returns how many ms that took. */
static int64_t wait_until_due(void) {
    int wait = peers_wait(&peers, now, -1);
    if (wait == -1) return -1;
    UNIT_TRUE(peers_pop_due(&peers, now + wait - 1) == NULL);
    now += wait;
    struct peer *due = peers_pop_due(&peers, now);
    UNIT_TRUE(due == &peer);
    if (due) feed("", 0);
    return wait;
}

static void every_split_gives_the_same_events(void) {
    static const char text[] = REQUEST HELLO HELLO CLOSE HELLO;
    for (size_t step = 1; step <= sizeof text - 1; step++) {
        start();
        for (size_t at = 0; at < sizeof text - 1; at += step)
            feed(text + at,
                 sizeof text - 1 - at < step ? sizeof text - 1 - at : step);
        UNIT_INT(handshake, 101);
        UNIT_TEXT(events, strlen(events), "0 1 Hello;0 1 Hello;2 1000 ;");
        UNIT_INT(peer.state, WS_LINGERING);
        const char *tail = "\r\n\r\n\x81\x05Hello\x81\x05Hello\x88\x02\x03\xe8";
        size_t n = strlen(tail);
        UNIT_TEXT(out.bytes + out.end - n, n, tail);
        expect_out("HTTP/1.1 101 ");
        stop();
    }
}

/* An idle WebSocket lives for ever: three times every time-out. */
static void an_open_peer_has_no_deadline(void) {
    start();
    feed_text(REQUEST);
    UNIT_INT(peer.state, WS_OPEN);
    UNIT_INT(peers_wait(&peers, now, -1), -1);
    now += 3 * (LIMIT_HEAD_MS + LIMIT_CLOSING_MS);
    UNIT_TRUE(peers_pop_due(&peers, now) == NULL);
    buf_clear(&out);
    feed_text(HELLO);
    expect_out("\x81\x05Hello");
    stop();
}

/* A caller does so when output has been sent and no input has arrived. */
static void nothing_happens_without_input(void) {
    start();
    feed_text("");
    UNIT_INT(peer.state, WS_CONNECTING);
    feed_text(REQUEST);
    buf_clear(&out);
    feed_text("");
    UNIT_INT(peer.state, WS_OPEN);
    UNIT_INT(out.end, 0);
    stop();
}

/* RFC 6455 §7.4.1: 1009; peers_init said 1000 bytes. */
static void a_message_may_be_as_long_as_the_server_says(void) {
    for (uint8_t i = 0; i < 2; i++) {
        uint8_t header[] = {0x82, 0xfe, 1000 >> 8, (1000 & 0xFF) + i,
                            0,    0,    0,         0};
        static const char payload[1001];
        start();
        feed_text(REQUEST);
        feed(header, sizeof header);
        feed(payload, 1000u + i);
        UNIT_INT(strncmp(events, i == 0 ? "0 2 " : "2 1009 ", 4), 0);
        stop();
    }
}

/* However many bytes of it arrive: RFC 9110 §15.5.9. */
static void the_response_to_a_slow_request_is_408(void) {
    start();
    feed_text("GET / HTTP/1.1\r\n");
    now += LIMIT_HEAD_MS - 1;
    feed_text("Host: localhost\r\n");
    UNIT_INT(wait_until_due(), 1);
    UNIT_INT(peer.state, WS_LINGERING);
    buf_append(&out, "", 1);
    UNIT_TRUE(strstr((char *)out.bytes,
                     "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
    expect_out("HTTP/1.1 408 ");
    UNIT_INT(wait_until_due(), LIMIT_CLOSING_MS);
    UNIT_INT(peer.state, WS_CLOSED);
    stop();
}

static void a_refused_peer_has_time_to_read_why(void) {
    start();
    feed_text("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n" HELLO);
    UNIT_INT(peer.state, WS_LINGERING);
    expect_out("HTTP/1.1 403 ");
    UNIT_TEXT(events, strlen(events), "");
    UNIT_INT(wait_until_due(), LIMIT_CLOSING_MS);
    UNIT_INT(peer.state, WS_CLOSED);
    stop();
}

/* The time to end TCP begins when the last byte was sent, and once. */
static void the_last_byte_starts_the_time_to_end(void) {
    static const char text[] = REQUEST CLOSE;
    struct span in = {unit_exact(text, sizeof text - 1), sizeof text - 1};
    uint8_t *bytes = in.data;
    struct conn_event e;
    start();
    for (int i = 0; i < 2; i++) /* the handshake, then the close */
        UNIT_TRUE(peer_next(&peer, &peers, &in, &e, &out));
    UNIT_FALSE(peer_next(&peer, &peers, &in, &e, &out));
    UNIT_INT(peers_wait(&peers, now, -1), -1);
    now += 100000; /* a slow reader */
    peer_sent(&peer, &peers, now);
    now += 500;
    peer_sent(&peer, &peers, now);
    UNIT_INT(wait_until_due(), LIMIT_CLOSING_MS - 500);
    UNIT_INT(peer.state, WS_CLOSED);
    free(bytes);
    stop();
}

/* The caller has written the response, as a server of pages does. */
static void begins_after_the_response_of_the_caller(void) {
    start();
    peer_free(&peer);
    peer_init_responded(&peer, &peers, 101);
    UNIT_INT(peer.state, WS_OPEN);
    UNIT_INT(peers_wait(&peers, now, -1), -1);
    feed_text(HELLO);
    expect_out("\x81\x05Hello");
    peer_free(&peer);
    peer_init_responded(&peer, &peers, 403);
    UNIT_INT(peer.state, WS_LINGERING);
    feed_text(HELLO);
    UNIT_INT(out.end, 0);
    UNIT_INT(wait_until_due(), LIMIT_CLOSING_MS);
    UNIT_INT(peer.state, WS_CLOSED);
    stop();
}

/* What was added to the output puts off the time to end TCP. */
static void the_time_to_end_waits_while_output_is_unsent(void) {
    start();
    feed_text(REQUEST CLOSE);
    UNIT_TRUE(peers_wait(&peers, now, -1) > 0);
    peer_unsent(&peer);
    UNIT_INT(peers_wait(&peers, now, -1), -1);
    now += 100000;
    peer_sent(&peer, &peers, now);
    UNIT_INT(wait_until_due(), LIMIT_CLOSING_MS);
    stop();
    start(); /* the time for a request goes on */
    peer_unsent(&peer);
    UNIT_INT(peers_wait(&peers, now, -1), LIMIT_HEAD_MS);
    stop();
}

static void a_close_waits_for_the_close_of_the_peer(void) {
    start();
    feed_text(REQUEST);
    buf_clear(&out);
    peer_close(&peer, 1001, &out);
    expect_out("\x88\x02\x03\xe9");
    feed_text(HELLO);
    UNIT_INT(peer.state, WS_OPEN);
    feed_text(CLOSE);
    UNIT_INT(peer.state, WS_LINGERING);
    UNIT_TEXT(events, strlen(events), "2 1000 ;");
    UNIT_INT(out.end, 0);
    stop();
}

static void an_end_does_not_wait(void) {
    start();
    feed_text(REQUEST "\x81\x85\x37\xfa");
    UNIT_TRUE(peer_is_mid_message(&peer));
    buf_clear(&out);
    peer_end(&peer, 1008, &out);
    UNIT_INT(peer.state, WS_LINGERING);
    UNIT_FALSE(peer_is_mid_message(&peer));
    expect_out("\x88\x02\x03\xf0");
    stop();
}

/* There is no close frame before the 101. */
static void a_close_during_the_handshake_says_nothing(void) {
    start();
    feed_text("GET / HT");
    UNIT_FALSE(peer_is_mid_message(&peer));
    peer_close(&peer, 1001, &out);
    UNIT_INT(peer.state, WS_LINGERING);
    UNIT_INT(out.end, 0);
    feed_text("TP/1.1\r\n");
    UNIT_INT(out.end, 0);
    peer_close(&peer, 1001, &out); /* nothing to close any more */
    UNIT_INT(peer.state, WS_LINGERING);
    stop();
}

static void client_and_peer_understand_each_other(void) {
    static const uint8_t seed[CLIENT_SEED] = "thirty-two bytes, of which 16";
    static const struct client_options options = {
        .host = "localhost", .target = "/", .max_message = 100};
    struct client client;
    struct client_event e;
    struct buf wire = {.max = 10000};
    struct span text = span_from("hello");
    start();
    UNIT_TRUE(client_open(&client, &options, seed, &wire));
    for (int step = 0; step < 3; step++) { /* open, echo, close */
        feed(wire.bytes, wire.end);
        buf_clear(&wire);
        struct span in = buf_view(&out);
        UNIT_TRUE(client_next(&client, &in, &e, &wire));
        if (step == 0) client_send(&client, FRAME_TEXT, &text, 1, &wire);
        if (step == 1) UNIT_TEXT(e.payload.data, e.payload.len, "hello");
        if (step == 1) client_close(&client, 1000, &wire);
        buf_clear(&out);
    }
    UNIT_INT(e.type, CLIENT_CLOSED);
    UNIT_TRUE(e.why == NULL);
    UNIT_INT(peer.state, WS_LINGERING);
    client_free(&client);
    buf_free(&wire);
    stop();
}

UNIT_MAIN("websocket/peer", UNIT_TEST(every_split_gives_the_same_events),
          UNIT_TEST(an_open_peer_has_no_deadline),
          UNIT_TEST(nothing_happens_without_input),
          UNIT_TEST(a_message_may_be_as_long_as_the_server_says),
          UNIT_TEST(the_response_to_a_slow_request_is_408),
          UNIT_TEST(a_refused_peer_has_time_to_read_why),
          UNIT_TEST(the_last_byte_starts_the_time_to_end),
          UNIT_TEST(begins_after_the_response_of_the_caller),
          UNIT_TEST(the_time_to_end_waits_while_output_is_unsent),
          UNIT_TEST(a_close_waits_for_the_close_of_the_peer),
          UNIT_TEST(an_end_does_not_wait),
          UNIT_TEST(a_close_during_the_handshake_says_nothing),
          UNIT_TEST(client_and_peer_understand_each_other))
