/* poller_test.c: socketio/poller.h */
#include "packets/unit.h"
#include "socketio/poller.h"

#define OK(n) "HTTP/1.1 200 OK\r\nContent-Length: " n "\r\n\r\n"

static struct poller p;
static struct dial dials[2];
static char packets[1000];

static void start(uint32_t max_message) {
    for (int i = 0; i < 2; i++) dials[i] = (struct dial){.out.max = 1 << 20};
    p.dialed = 0;
    poller_open(&p, dials, "a:80", max_message);
    snprintf(p.target, sizeof p.target, "/e/?x=1");
    packets[0] = '\0';
}

static void stop(void) {
    poller_free(&p);
    for (int i = 0; i < 2; i++) buf_free(&dials[i].out);
}

/* Feeds bytes to a connection, all at once. Returns the last result. */
static int feed(unsigned conn, const char *text, int64_t now) {
    struct payload_packet packet;
    uint8_t *exact = unit_exact(text, strlen(text));
    struct span in = {exact, strlen(text)};
    int got;
    while ((got = poller_next(&p, conn, &in, now, &packet)) > 0) {
        size_t n = strlen(packets);
        snprintf(packets + n, sizeof packets - n, "%s%.*s;",
                 packet.is_binary ? "binary " : "", (int)packet.bytes.len,
                 (char *)packet.bytes.data);
    }
    free(exact);
    return got;
}

static void expect(const char *expected) {
    UNIT_TEXT(packets, strlen(packets), expected);
    packets[0] = '\0';
}

static void expect_out(unsigned conn, const char *expected) {
    struct span out = buf_view(&dials[conn].out);
    UNIT_TEXT(out.data, out.len, expected);
    buf_clear(&dials[conn].out);
}

static void push(bool is_binary, const char *text) {
    struct span parts[] = {span_from(text)};
    UNIT_TRUE(poller_push(&p, is_binary, parts, 1));
}

#define GET_HEAD "GET /e/?x=1 HTTP/1.1\r\nHost: a:80\r\nAccept: */*\r\n\r\n"
#define POST_HEAD(n)                                                           \
    "POST /e/?x=1 HTTP/1.1\r\nHost: a:80\r\nAccept: */*\r\n"                   \
    "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: " n "\r\n\r\n"

static void one_get_waits_at_a_time(void) {
    start(100);
    UNIT_TRUE(poller_is_idle(&p));
    poller_get(&p);
    UNIT_INT(dials[POLLER_GET].number, 1);
    UNIT_INT(dials[POLLER_POST].number, 0);
    UNIT_FALSE(poller_is_idle(&p));
    expect_out(POLLER_GET, GET_HEAD);
    poller_get(&p);
    expect_out(POLLER_GET, "");
    UNIT_INT(feed(POLLER_GET,
                  OK("8") "4a\x1e"
                          "bAAE=",
                  0),
             0);
    stop();
}

static void a_response_is_packets(void) {
    start(100);
    poller_get(&p);
    UNIT_INT(feed(POLLER_GET,
                  OK("13") "4one\x1e"
                           "bAGI=\x1e"
                           "46",
                  0),
             0);
    expect("4one;binary ;46;");
    UNIT_TRUE(poller_is_idle(&p));
    UNIT_INT(dials[POLLER_GET].number, 1); /* the connection is kept */
    poller_get(&p);
    UNIT_INT(dials[POLLER_GET].number, 1);
    UNIT_INT(
        feed(POLLER_GET, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n4two", 0),
        0);
    expect("");
    UNIT_INT(poller_lost(&p, POLLER_GET, NULL, 0), 0);
    UNIT_INT(feed(POLLER_GET, "", 0), 0);
    expect("4two;");
    poller_get(&p);
    UNIT_INT(dials[POLLER_GET].number, 2);
    stop();
}

/* No GET begins before the last response has been read to its end. */
static void packets_come_before_the_next_get(void) {
    struct payload_packet packet;
    struct span in = span_from(OK("5") "4a\x1e"
                                       "4b");
    start(100);
    poller_get(&p);
    buf_clear(&dials[POLLER_GET].out);
    UNIT_INT(poller_next(&p, POLLER_GET, &in, 0, &packet), 1);
    UNIT_FALSE(poller_is_idle(&p));
    poller_get(&p);
    expect_out(POLLER_GET, "");
    stop();
}

static void a_post_takes_what_has_collected(void) {
    start(100);
    poller_post(&p, 0);
    UNIT_INT(dials[POLLER_POST].number, 0); /* nothing to be sent */
    push(false, "4one");
    push(true, "AB");
    poller_post(&p, 5);
    UNIT_INT(dials[POLLER_POST].number, 1);
    expect_out(POLLER_POST, POST_HEAD("10") "4one\x1e"
                                            "bQUI=");
    UNIT_INT(p.post_ms, 5);
    push(false, "4two"); /* waits for the response */
    poller_post(&p, 6);
    expect_out(POLLER_POST, "");
    UNIT_FALSE(poller_is_idle(&p));
    UNIT_INT(feed(POLLER_POST, OK("2") "ok", 7), 0);
    UNIT_TRUE(poller_is_idle(&p));
    UNIT_INT(p.post_ms, 7);
    poller_post(&p, 8);
    expect_out(POLLER_POST, POST_HEAD("4") "4two");
    UNIT_INT(dials[POLLER_POST].number, 1);
    UNIT_TRUE(p.queue == NULL);
    stop();
}

/* Engine.IO v4, "Handshake": maxPayload, at N and at N + 1. */
static void a_post_has_at_most_max_payload(void) {
    start(100);
    p.max_payload = 9;
    push(false, "4one");
    push(false, "4two"); /* 4 + 1 + 4 */
    push(false, "4");
    poller_post(&p, 0);
    expect_out(POLLER_POST, POST_HEAD("9") "4one\x1e"
                                           "4two");
    UNIT_INT(feed(POLLER_POST, OK("2") "ok", 0), 0);
    push(false, "4567890");
    poller_post(&p, 0);
    expect_out(POLLER_POST, POST_HEAD("9") "4\x1e"
                                           "4567890");
    UNIT_INT(feed(POLLER_POST, OK("2") "ok", 0), 0);
    push(false, "4one");
    push(false, "4four");
    poller_post(&p, 0);
    expect_out(POLLER_POST, POST_HEAD("4") "4one");
    stop();
}

/* After LIMIT_REUSE_MS the server may be about to close it. */
static void an_idle_connection_is_not_used_for_long(void) {
    start(100);
    push(false, "4a");
    poller_post(&p, 0);
    feed(POLLER_POST, OK("2") "ok", 100);
    push(false, "4b");
    poller_post(&p, 100 + LIMIT_REUSE_MS);
    UNIT_INT(dials[POLLER_POST].number, 1);
    feed(POLLER_POST, OK("2") "ok", 2000);
    push(false, "4c");
    poller_post(&p, 2001 + LIMIT_REUSE_MS);
    UNIT_INT(dials[POLLER_POST].number, 2);
    expect_out(POLLER_POST, POST_HEAD("2") "4c");
    feed(POLLER_POST,
         "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
         0);
    UNIT_INT(dials[POLLER_POST].number, 0);
    stop();
}

static void nothing_begins_while_it_is_paused(void) {
    start(100);
    p.is_paused = true;
    push(false, "4a");
    poller_get(&p);
    poller_post(&p, 0);
    UNIT_TRUE(poller_is_idle(&p));
    UNIT_INT(dials[POLLER_GET].number + dials[POLLER_POST].number, 0);
    stop();
}

static void a_connection_that_is_not_used_may_end(void) {
    start(100);
    poller_get(&p);
    feed(POLLER_GET, OK("1") "6", 0);
    UNIT_INT(poller_lost(&p, POLLER_GET, "why", 0), 0);
    UNIT_INT(dials[POLLER_GET].number, 0);
    poller_get(&p);
    UNIT_INT(dials[POLLER_GET].number, 2);
    stop();
}

static void an_open_ends_what_was_before(void) {
    start(100);
    poller_get(&p);
    push(false, "4a");
    poller_open(&p, dials, "b:80", 100);
    UNIT_TRUE(poller_is_idle(&p) && p.queue == NULL && p.queued == 0);
    poller_hang_up(&p);
    snprintf(p.target, sizeof p.target, "/");
    poller_get(&p);
    UNIT_INT(dials[POLLER_GET].number, 2); /* numbers go on */
    expect_out(POLLER_GET,
               "GET / HTTP/1.1\r\nHost: b:80\r\nAccept: */*\r\n\r\n");
    stop();
}

static void every_violation_has_its_words(void) {
    static const struct {
        unsigned conn;
        const char *text, *why, *detail;
    } rows[] = {
        {POLLER_GET, "HTTP/1.1 400 Bad\r\nContent-Length: 4\r\n\r\n{\"a\"",
         "refused, status 400", "{\"a\""},
        {POLLER_GET, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
         "refused, status 302", ""},
        {POLLER_GET, "HTTP/1.1 204 No\r\n\r\n", "refused, status 204", ""},
        {POLLER_GET, OK("0"), "an empty payload", ""},
        {POLLER_GET, OK("1") "\x1e", "not a payload", "\x1e"},
        {POLLER_GET, OK("3") "b==", "not a payload", "b=="},
        {POLLER_GET, OK("2") "4\xff", "not a payload", "4\xff"},
        {POLLER_GET, OK("12") "4+++++++++++", "a message is too long", ""},
        {POLLER_GET, OK("8388609"), "the response is too long", ""},
        {POLLER_GET, "\r\n", "the response is not HTTP", ""},
        {POLLER_POST, OK("16385"), "the response is too long", ""},
        {POLLER_POST, "HTTP/1.1 413 Big\r\nContent-Length: 1\r\n\r\nx",
         "refused, status 413", "x"},
        {POLLER_POST, OK("2") "okmore", "more than a response arrived", "more"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        start(11);
        poller_get(&p);
        push(false, "4a");
        poller_post(&p, 0);
        p.detail = (struct span){0};
        UNIT_INT(feed(rows[i].conn, rows[i].text, 0), -1);
        UNIT_TEXT(p.why, strlen(p.why), rows[i].why);
        UNIT_INT(p.detail.len, strlen(rows[i].detail));
        stop();
    }
}

static void a_loss_fails_what_waits(void) {
    for (unsigned conn = 0; conn < 2; conn++) {
        start(100);
        poller_get(&p);
        push(false, "4a");
        poller_post(&p, 0);
        UNIT_INT(poller_lost(&p, conn, "unplugged", 0), -1);
        UNIT_TEXT(p.why, strlen(p.why), "unplugged");
        UNIT_INT(dials[conn].number, 0);
        stop();
        start(100);
        poller_get(&p);
        push(false, "4a");
        poller_post(&p, 0);
        UNIT_INT(poller_lost(&p, conn, NULL, 0), -1);
        UNIT_TEXT(p.why, strlen(p.why), http_call_explain(HTTP_CALL_ERR_EOF));
        stop();
    }
}

UNIT_MAIN("poller", UNIT_TEST(one_get_waits_at_a_time),
          UNIT_TEST(a_response_is_packets),
          UNIT_TEST(packets_come_before_the_next_get),
          UNIT_TEST(a_post_takes_what_has_collected),
          UNIT_TEST(a_post_has_at_most_max_payload),
          UNIT_TEST(an_idle_connection_is_not_used_for_long),
          UNIT_TEST(nothing_begins_while_it_is_paused),
          UNIT_TEST(a_connection_that_is_not_used_may_end),
          UNIT_TEST(an_open_ends_what_was_before),
          UNIT_TEST(every_violation_has_its_words),
          UNIT_TEST(a_loss_fails_what_waits))
