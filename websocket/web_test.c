/* web_test.c: websocket/web.h, with a clock of its own. The caller responds
 * with "ok" to a request, with `status` to a handshake. */
#include "packets/unit.h"
#include "websocket/web.h"

#define GET "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
#define UPGRADE                                                                \
    "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n"                    \
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"                     \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
#define HELLO "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58" /* §5.7 */
#define CLOSE "\x88\x82\x37\xfa\x21\x3d\x34\x12"             /* 1000 */

enum {
    MAX_MESSAGE = 5
};

static struct web web;
static struct web_conn conns[2]; /* the tests feed the first one */
static struct web_conn *const c = &conns[0];
static struct buf out;
static char events[400];
static int64_t now;
static unsigned status;
static bool has_unsent;

static void start(void) {
    now = 1000;
    status = 101;
    has_unsent = false;
    events[0] = '\0';
    buf_init(&out, 10000);
    web_init(&web, MAX_MESSAGE);
    for (int i = 0; i < 2; i++) {
        web_open(&conns[i], &web);
        UNIT_INT(web_settle(&conns[i], &web, false, now), WEB_HTTP);
    }
}

static void stop(void) {
    for (int i = 0; i < 2; i++) {
        web_free(&conns[i]);
        UNIT_INT(web_state_of(&conns[i]), WEB_CLOSED);
    }
    UNIT_INT(web_wait(&web, now, -1), -1);
    buf_free(&out);
}

static void log_event(const char *name, struct span s) {
    size_t n = strlen(events);
    snprintf(events + n, sizeof events - n, "%s %.*s;", name, (int)s.len,
             (char *)s.data);
}

static void respond(void) {
    const struct http_head *head = &web.request.head;
    log_event("request", head->target);
    if (!handshake_is_requested(head)) {
        http_conn_respond(&c->http, &out, 200, NULL, span_from("ok"), NULL);
        return;
    }
    handshake_respond(&out, head, status, NULL);
    web_upgrade(c, &web, status);
}

/* Returns the state that follows. */
static enum web_state feed_bytes(const void *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    struct span in = {exact, n};
    enum web_event e;
    while ((e = web_next(c, &web, &in, &out)) != WEB_NOTHING)
        if (e == WEB_REQUEST)
            respond();
        else
            log_event("message", web.message.payload);
    UNIT_INT(in.len, 0);
    free(exact);
    return web_settle(c, &web, has_unsent, now);
}

static enum web_state feed(const char *text) {
    return feed_bytes(text, strlen(text));
}

static void expect(const char *expected) {
    UNIT_TEXT(events, strlen(events), expected);
    events[0] = '\0';
}

/* Expects the output since the last call to begin with that; "": none. */
static void expect_output(const char *expected) {
    size_t n = strlen(expected);
    UNIT_TEXT(out.bytes, n && out.end > n ? n : out.end, expected);
    buf_clear(&out);
}

/* Nothing is due before ms have passed; then the connection is, and no other.
 * It gets no input. Returns the state that follows. */
static enum web_state expire_after(int64_t ms, struct web_conn *expected) {
    struct span none = {NULL, 0};
    UNIT_INT(web_wait(&web, now, -1), ms);
    UNIT_TRUE(web_pop_due(&web, now + ms - 1) == NULL);
    now += ms;
    UNIT_TRUE(web_pop_due(&web, now) == expected);
    UNIT_INT(web_next(expected, &web, &none, &out), WEB_NOTHING);
    return web_settle(expected, &web, has_unsent, now);
}

/* Only the first connection, with a WebSocket. */
static void start_websocket(void) {
    start();
    web_free(&conns[1]);
    UNIT_INT(feed(UPGRADE), WEB_WEBSOCKET);
    expect("request /ws;");
    expect_output("HTTP/1.1 101 Switching Protocols\r\n");
}

static void each_part_of_a_connection_has_its_state(void) {
    start();
    UNIT_INT(feed(GET), WEB_HTTP);
    expect("request /a;");
    expect_output("HTTP/1.1 200 OK\r\n");
    UNIT_INT(feed(UPGRADE), WEB_WEBSOCKET);
    UNIT_INT(feed(HELLO HELLO), WEB_WEBSOCKET);
    expect("request /ws;message Hello;message Hello;");
    expect_output("HTTP/1.1 101 ");
    UNIT_INT(feed(CLOSE), WEB_LINGERING);
    expect_output("\x88\x02\x03\xe8");
    UNIT_INT(feed(HELLO), WEB_LINGERING); /* it is dropped */
    expect("");
    web_free(c);
    UNIT_INT(web_state_of(c), WEB_CLOSED);
    UNIT_INT(feed(HELLO), WEB_CLOSED);
    stop();
    struct web_conn zero = {.is_http = false};
    UNIT_INT(web_state_of(&zero), WEB_CLOSED);
}

/* What follows the handshake in one read belongs to the WebSocket. */
static void every_split_gives_the_same_events(void) {
    static const char stream[] = GET UPGRADE HELLO HELLO CLOSE;
    for (size_t cut = 0; cut < sizeof stream; cut++) {
        start();
        feed_bytes(stream, cut);
        UNIT_INT(feed(stream + cut), WEB_LINGERING);
        expect("request /a;request /ws;message Hello;message Hello;");
        UNIT_TRUE(c->http.pending.bytes == NULL); /* a head in two pieces */
        stop();
    }
}

static void a_refused_handshake_lingers(void) {
    start();
    web_free(&conns[1]);
    status = 403;
    UNIT_INT(feed(UPGRADE HELLO), WEB_LINGERING);
    expect("request /ws;");
    UNIT_INT(expire_after(LIMIT_CLOSING_MS, c), WEB_CLOSED);
    stop();
}

/* The last response, RFC 9112 §9.6; and one that does not fit. */
static void http_may_end_without_a_websocket(void) {
    start();
    UNIT_INT(feed("GET /a HTTP/1.0\r\n\r\n"), WEB_LINGERING);
    stop();
    start();
    buf_init(&out, 0);
    UNIT_INT(feed(GET), WEB_CLOSED);
    UNIT_FALSE(c->is_http); /* all was freed */
    UNIT_INT(feed(GET), WEB_CLOSED);
    expect("request /a;");
    stop();
}

static void a_malformed_request_is_no_event(void) {
    start();
    UNIT_INT(feed("\x16"), WEB_LINGERING);
    expect("");
    expect_output("HTTP/1.1 400 Bad Request\r\n");
    stop();
}

static void the_connection_that_is_due_is_named(void) {
    start();
    now += 7;
    feed(UPGRADE "\x81"); /* in the middle of a message */
    UNIT_INT(web_wait(&web, now, 2), 2);
    UNIT_INT(expire_after(LIMIT_HEAD_MS - 7, &conns[1]), WEB_LINGERING);
    UNIT_INT(expire_after(LIMIT_CLOSING_MS, &conns[1]), WEB_CLOSED);
    UNIT_INT(expire_after(
                 LIMIT_WS_STALLED_MS - LIMIT_HEAD_MS - LIMIT_CLOSING_MS + 7, c),
             WEB_LINGERING);
    UNIT_INT(expire_after(LIMIT_CLOSING_MS, c), WEB_CLOSED);
    stop();
}

/* RFC 6455 §7.4.1: 1008. Each byte is progress. */
static void a_message_must_go_on(void) {
    start_websocket();
    for (size_t i = 0; i < strlen(HELLO); i++) {
        UNIT_INT(feed_bytes(&HELLO[i], 1), WEB_WEBSOCKET);
        now += LIMIT_WS_STALLED_MS - 1;
        UNIT_TRUE(web_pop_due(&web, now) == NULL);
    }
    expect("message Hello;");
    UNIT_INT(web_wait(&web, now, -1), -1); /* it may be silent now */
    feed_bytes(HELLO, 5);
    UNIT_INT(expire_after(LIMIT_WS_STALLED_MS, c), WEB_LINGERING);
    expect_output("\x88\x02\x03\xf0");
    UNIT_INT(feed(HELLO), WEB_LINGERING);
    expect_output(""); /* 1008 once */
    stop();
    start_websocket(); /* a connection that is freed is never due */
    feed_bytes(HELLO, 5);
    stop();
}

static void no_time_passes_while_output_is_unsent(void) {
    start();
    web_free(&conns[1]);
    has_unsent = true;
    feed(GET);
    UNIT_INT(web_wait(&web, now, -1), -1);
    UNIT_INT(web_settle(c, &web, false, now), WEB_HTTP);
    UNIT_INT(web_wait(&web, now, -1), LIMIT_IDLE_MS);
    feed(UPGRADE CLOSE);
    UNIT_INT(web_wait(&web, now, -1), -1);
    now += 1234;
    UNIT_INT(web_settle(c, &web, false, now), WEB_LINGERING);
    UNIT_INT(web_wait(&web, now, -1), LIMIT_CLOSING_MS);
    UNIT_INT(web_settle(c, &web, true, now), WEB_LINGERING);
    UNIT_INT(web_wait(&web, now, -1), -1);
    stop();
}

/* RFC 6455 §7.4.1: 1009, at MAX_MESSAGE and at one byte more. */
static void a_message_has_a_limit(void) {
    start_websocket();
    UNIT_INT(feed(HELLO), WEB_WEBSOCKET);
    expect("message Hello;");
    UNIT_INT(feed("\x81\x86" HELLO), WEB_LINGERING);
    expect_output("\x88\x02\x03\xf1");
    stop();
}

static void a_shutdown_ends_http(void) {
    start();
    feed("GET");
    feed(" /a HTTP/1.1\r\n");
    web_shut(&web);
    UNIT_INT(web_wait(&web, now, -1), 0);
    UNIT_INT(feed("Host: h\r\n\r\n"), WEB_LINGERING);
    UNIT_TRUE(web_pop_due(&web, now) == &conns[1]);
    stop();
    start_websocket();
    web_shut(&web);
    UNIT_INT(web_wait(&web, now, -1), -1); /* see web_close */
    UNIT_INT(feed(HELLO), WEB_WEBSOCKET);
    stop();
}

/* RFC 6455 §7.4: the caller's code. web_end does not wait for the reply. */
static void the_caller_closes_a_websocket(void) {
    for (int ends = 0; ends < 2; ends++) {
        start();
        if (ends)
            web_end(c, 1001, &out);
        else
            web_close(c, 1001, &out);
        expect_output(""); /* HTTP has no close */
        UNIT_INT(web_state_of(c), WEB_HTTP);
        stop();
        start_websocket();
        if (ends)
            web_end(c, 1001, &out);
        else
            web_close(c, 1001, &out);
        expect_output("\x88\x02\x03\xe9");
        UNIT_INT(web_state_of(c), ends ? WEB_LINGERING : WEB_WEBSOCKET);
        UNIT_INT(feed(CLOSE), WEB_LINGERING);
        expect_output("");
        stop();
    }
}

/* RFC 9110 §6.6.1 */
static void responses_have_the_date_of_the_caller(void) {
    start();
    web_set_time(&web, 784111777);
    feed(GET);
    expect_output("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
                  "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    stop();
}

UNIT_MAIN("websocket/web", UNIT_TEST(each_part_of_a_connection_has_its_state),
          UNIT_TEST(every_split_gives_the_same_events),
          UNIT_TEST(a_refused_handshake_lingers),
          UNIT_TEST(http_may_end_without_a_websocket),
          UNIT_TEST(a_malformed_request_is_no_event),
          UNIT_TEST(the_connection_that_is_due_is_named),
          UNIT_TEST(a_message_must_go_on),
          UNIT_TEST(no_time_passes_while_output_is_unsent),
          UNIT_TEST(a_message_has_a_limit), UNIT_TEST(a_shutdown_ends_http),
          UNIT_TEST(the_caller_closes_a_websocket),
          UNIT_TEST(responses_have_the_date_of_the_caller))
