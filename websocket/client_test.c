/* client_test.c: websocket/client.h, against a server of the same toolkit and
 * against responses that are wrong */
#include "packets/unit.h"
#include "websocket/client.h"
#include "websocket/frame_unit.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The nonce of RFC 6455 §1.3, then the seed of the masks. */
static const uint8_t seed[CLIENT_SEED] = "the sample nonce"
                                         "sixteen bytes...";
#define SWITCHING                                                              \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"               \
    "Connection: Upgrade\r\n"                                                  \
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
#define MAX 1000

static struct client client;
static struct buf out;    /* what the client sends */
static char events[4000]; /* what client_next returned */

static void start(void) {
    static const struct client_options options = {
        .host = "a:80", .target = "/chat?x=1", .max_message = MAX};
    buf_init(&out, 1 << 20);
    events[0] = '\0';
    UNIT_TRUE(client_open(&client, &options, seed, &out));
}

static void stop(void) {
    client_free(&client);
    buf_free(&out);
}

static void record(const struct client_event *e) {
    static const char *const types[] = {"opened", "message", "pong", "closed"};
    size_t n = strlen(events);
    snprintf(events + n, sizeof events - n, "%s %u %.*s%s%s;", types[e->type],
             e->type == CLIENT_CLOSED ? e->code : e->opcode,
             (int)e->payload.len, (char *)e->payload.data, e->why ? "|" : "",
             e->why ? e->why : "");
}

/* Feeds bytes of the server in pieces of step, each an exact heap copy. */
static void feed(const void *bytes, size_t n, size_t step) {
    for (size_t at = 0; at < n; at += step) {
        size_t size = n - at < step ? n - at : step;
        uint8_t *exact = unit_exact((const uint8_t *)bytes + at, size);
        struct span in = {exact, size};
        struct client_event e;
        while (client_next(&client, &in, &e, &out)) record(&e);
        UNIT_INT(in.len, 0);
        free(exact);
    }
}

static void feed_text(const char *text) {
    feed(text, strlen(text), SIZE_MAX);
}

static void expect(const char *expected) {
    UNIT_TEXT(events, strlen(events), expected);
    events[0] = '\0';
}

/* Expects that the frames in out are these, "opcode payload;" each, masked, and
 * empties it. */
static void expect_frames(const char *expected) {
    char text[1000];
    unit_frames(buf_view(&out), text, sizeof text);
    UNIT_TEXT(text, strlen(text), expected);
    buf_clear(&out);
}

static void asks_for_the_upgrade_with_its_nonce(void) {
    start();
    UNIT_TEXT(out.bytes, out.end,
              "GET /chat?x=1 HTTP/1.1\r\nHost: a:80\r\n"
              "Upgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    stop();
}

/* What follows the 101 in the same read are frames; and at every cut the events
 * are the same. */
static void every_split_gives_the_same_events(void) {
    static const char text[] =
        SWITCHING "\x81\x05hello\x89\x01p\x8a\x01q\x02\x01"
                  "a\x80\x01"
                  "b\x88\x05\x03\xe9"
                  "bye"
                  "\x81\x04late";
    for (size_t step = 1; step <= sizeof text - 1; step++) {
        start();
        buf_clear(&out);
        feed(text, sizeof text - 1, step);
        expect("opened 0 ;message 1 hello;pong 0 q;message 2 ab;closed 1001 "
               "bye|closed by the server, code 1001 (going away);");
        expect_frames("10 p;8 \x03\xe9;");
        stop();
    }
}

static void sends_only_while_it_is_open(void) {
    struct span parts[] = {span_from("he"), span_from("llo")};
    start();
    buf_clear(&out);
    UNIT_FALSE(client_send(&client, FRAME_TEXT, parts, 2, &out));
    client_close(&client, 1000, &out); /* nothing to close yet */
    UNIT_INT(out.end, 0);
    feed_text(SWITCHING);
    expect("opened 0 ;");
    UNIT_TRUE(client_send(&client, FRAME_TEXT, parts, 2, &out));
    UNIT_TRUE(client_send(&client, FRAME_PING, parts, 1, &out));
    client_close(&client, 1000, &out);
    UNIT_FALSE(client_send(&client, FRAME_TEXT, parts, 2, &out));
    expect_frames("1 hello;9 he;8 \x03\xe8;");
    stop();
}

/* RFC 6455 §5.5.1, §7.1.2: both have sent a close frame. */
static void a_close_that_the_server_returns_is_no_fault(void) {
    start();
    feed_text(SWITCHING);
    client_close(&client, 1000, &out);
    feed_text("\x81\x04late"); /* dropped */
    feed_text("\x88\x02\x03\xe8");
    expect("opened 0 ;closed 1000 ;");
    stop();
}

static void says_who_closed_and_why(void) {
    static const struct {
        const char *bytes;
        size_t n;
        const char *expected;
    } cases[] = {
        {"\x88\0", 2,
         "closed 1005 |closed by the server, code 1005 (no code);"},
        {"\x88\x02\x0f\xa0", 4,
         "closed 4000 |closed by the server, code 4000;"},
        {"\x81\x81key.x", 7,
         "closed 1002 |closed by us, code 1002 (protocol error);"},
        {"\x81\x01\xff", 3,
         "closed 1007 |closed by us, code 1007 (not valid UTF-8);"},
        {"\x82\x7e\x03\xe9", 4, /* 1001 bytes */
         "closed 1009 |closed by us, code 1009 (message too big);"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        start();
        feed_text(SWITCHING);
        expect("opened 0 ;");
        feed(cases[i].bytes, cases[i].n, SIZE_MAX);
        expect(cases[i].expected);
        feed_text("\x81\x04late"); /* there is no event after CLOSED */
        expect("");
        stop();
    }
}

/* After our close a violation is still one. */
static void a_violation_is_no_reply_to_our_close(void) {
    start();
    feed_text(SWITCHING);
    client_close(&client, 1000, &out);
    feed_text("\xff");
    expect("opened 0 ;closed 1002 |closed by us, code 1002 (protocol error);");
    stop();
}

/* RFC 6455 §4.1: the client MUST fail the connection, and sends nothing. */
static void a_refused_handshake_is_the_end(void) {
    static const struct {
        const char *response, *expected;
    } cases[] = {
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
         "closed 1006 |refused, status 404;"},
        {"HTTP/1.1 100 Continue\r\n\r\n", "closed 1006 |refused, status 100;"},
        {"SSH-2.0-x\r\n", "closed 1006 |the response is not HTTP;"},
        {"HTTP/1.1 101 Switching Protocols\r\n\r\n",
         "closed 1006 |no Upgrade: websocket;"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        start();
        buf_clear(&out);
        feed_text(cases[i].response);
        expect(cases[i].expected);
        feed_text(SWITCHING "\x89\0"); /* too late */
        expect("");
        UNIT_INT(out.end, 0);
        stop();
    }
}

/* A server that forever sends more of a head is not listened to for ever. */
static void the_response_has_a_limit(void) {
    start();
    feed_text("HTTP/1.1 101 Switching Protocols\r\n");
    for (int i = 0; i < LIMIT_HTTP_HEAD && events[0] == '\0'; i++)
        feed_text("X: y\r\n");
    expect("closed 1006 |the response is not HTTP;");
    UNIT_TRUE(client.head.bytes == NULL);
    stop();
}

static void nothing_happens_without_input(void) {
    struct span none = {0};
    struct client_event e;
    start();
    buf_clear(&out);
    UNIT_FALSE(client_next(&client, &none, &e, &out));
    UNIT_INT(client.state, WS_CONNECTING);
    feed_text(SWITCHING);
    UNIT_FALSE(client_next(&client, &none, &e, &out));
    expect("opened 0 ;");
    UNIT_INT(out.end, 0);
    stop();
}

/* RFC 6455 §5.3: the mask keys come from the second half of the seed. */
static void another_seed_masks_with_other_keys(void) {
    uint8_t keys[2][4], other[CLIENT_SEED];
    memcpy(other, seed, sizeof other);
    for (int i = 0; i < 2; i++) {
        static const struct client_options options = {
            .host = "a", .target = "/", .max_message = MAX};
        struct frame f;
        buf_init(&out, 1000);
        UNIT_TRUE(client_open(&client, &options, other, &out));
        feed_text(SWITCHING);
        buf_clear(&out);
        UNIT_TRUE(client_send(&client, FRAME_PING, NULL, 0, &out));
        UNIT_INT(frame_parse(&f, out.bytes, out.end), 6);
        memcpy(keys[i], f.key, 4);
        other[CLIENT_SEED - 1] ^= 1;
        stop();
    }
    UNIT_TRUE(memcmp(keys[0], keys[1], 4) != 0);
}

/* In the middle of a head, of a message: nothing stays allocated. */
static void a_client_can_be_freed_at_any_time(void) {
    start();
    feed_text("HTTP/1.1 101");
    UNIT_TRUE(client.head.bytes != NULL);
    client_free(&client);
    UNIT_TRUE(client.head.bytes == NULL);
    buf_free(&out);
    start();
    feed_text(SWITCHING "\x81\x05hel");
    UNIT_TRUE(client.conn.held.bytes != NULL);
    client_free(&client);
    UNIT_TRUE(client.conn.held.bytes == NULL);
    feed_text("lo");
    UNIT_INT(client.state, WS_CLOSED);
    buf_free(&out);
}

static void the_end_of_tcp_is_an_event(void) {
    struct client_event e;
    start();
    UNIT_TRUE(client_eof(&client, &e));
    record(&e);
    UNIT_FALSE(client_eof(&client, &e));
    expect("closed 1006 |the server ended the connection before it had "
           "responded;");
    stop();
    start();
    feed_text(SWITCHING);
    expect("opened 0 ;");
    UNIT_TRUE(client_eof(&client, &e));
    record(&e);
    expect("closed 1006 |the server ended the connection without a close "
           "frame;");
    stop();
}

UNIT_MAIN("websocket/client", UNIT_TEST(asks_for_the_upgrade_with_its_nonce),
          UNIT_TEST(every_split_gives_the_same_events),
          UNIT_TEST(sends_only_while_it_is_open),
          UNIT_TEST(a_close_that_the_server_returns_is_no_fault),
          UNIT_TEST(says_who_closed_and_why),
          UNIT_TEST(a_violation_is_no_reply_to_our_close),
          UNIT_TEST(a_refused_handshake_is_the_end),
          UNIT_TEST(the_response_has_a_limit),
          UNIT_TEST(nothing_happens_without_input),
          UNIT_TEST(another_seed_masks_with_other_keys),
          UNIT_TEST(a_client_can_be_freed_at_any_time),
          UNIT_TEST(the_end_of_tcp_is_an_event))
