/* http_respond_test.c: the responses of websocket/http_conn.h: what their head
 * says, and which is the last one of a connection */
#include "websocket/http_conn_unit.h"

static void is_the_last_response_if_the_body_was_not_read(void) {
    expect(POST("/early") "Content-Length: 3\r\n\r\nabc" GET, " POST/early");
    expect_responses(" 200+okx");
    UNIT_INT(c.phase, HTTP_LINGERING);
    expect("GET /early" HOST "\r\n" GET, " GET/early GET/a.");
    expect_responses(" 200+ok 200+ok");
}

static void keeps_what_arrives_while_a_body_is_sent(void) {
    expect("GET /long" HOST "\r\nGET /a HTTP/1", " GET/long.");
    feed_text(".1\r\nHost: h\r\n\r\nGET /l HTTP/1.0\r\n\r\n");
    UNIT_TEXT(events, strlen(events), " GET/long.");
    finish();
    feed_text(""); /* nothing new has arrived */
    UNIT_TEXT(events, strlen(events), " GET/long. GET/a. GET/l.");
    expect_responses(" 200+ok 200+ok 200+okx");

    expect("GET /long" HOST "\r\nGE", " GET/long."); /* as much as is new */
    finish();
    feed_text("T ");
    feed_text("/a" HOST "\r\n");
    UNIT_TEXT(events, strlen(events), " GET/long. GET/a.");

    begin(); /* as much as a head may have */
    static char more[LIMIT_HTTP_HEAD + sizeof LONG];
    size_t n = (size_t)snprintf(more, sizeof more, LONG GET);
    size_t request = strlen(LONG);
    memset(more + n, 'G', sizeof more - n);
    feed(more, request + LIMIT_HTTP_HEAD);
    finish();
    expect_responses(" 200+ok");
    feed_text("");
    UNIT_TEXT(events, strlen(events), " GET/long. GET/a.");

    begin(); /* one byte more: the head of the response says so */
    feed(more, request + LIMIT_HTTP_HEAD + 1);
    finish();
    expect_responses(" 200+okx");
    UNIT_INT(c.phase, HTTP_LINGERING);

    begin(); /* it arrives after that head */
    feed(more, request);
    feed(more + request, LIMIT_HTTP_HEAD);
    feed_text("G");
    finish();
    UNIT_INT(c.phase, HTTP_LINGERING);
    feed_text("");
    UNIT_TEXT(events, strlen(events), " GET/long.");
}

/* RFC 9110 §9.3.2; RFC 9110 §9.1: to "head" there is some. */
static void sends_no_content_to_head(void) {
    expect("HEAD /a" HOST "\r\nHEAD /long" HOST "\r\n", " HEAD/a. HEAD/long.");
    UNIT_TRUE(c.is_head);
    finish();
    feed_text(GET);
    feed_text("HEAD /a" HOST "\r\n\x16"); /* the 400 is for the byte 16 */
    expect_responses(" 200 200 200+ok 200 400+400 Bad Request\nx");
    expect("HEAD /a" HOST CHUNKED "x", " HEAD/a!400");
    expect_responses(" 400x");
    UNIT_TRUE(out.end > 0 && out.bytes[out.end - 1] == '\n');
    expect("head /a" HOST "\r\n", " head/a.");
    expect_responses(" 200+ok");
}

static void sends_the_date_after_it_is_set(void) {
    expect(GET, " GET/a.");
    http_server_set_time(&server, 784111777);
    feed_text(GET);
    http_server_set_time(&server, 784111778);
    feed_text("\x16");
    UNIT_TEXT(out.bytes, out.end,
              "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: a/b\r\n"
              "\r\nok"
              "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: a/b\r\n"
              "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\nok"
              "HTTP/1.1 400 Bad Request\r\nContent-Length: 16\r\n"
              "Content-Type: text/plain\r\n"
              "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n"
              "Connection: close\r\n\r\n400 Bad Request\n");
}

/* RFC 9110 §6.6.1: a server whose clock fails MUST NOT generate Date. */
static void sends_no_date_after_its_clock_has_failed(void) {
    begin();
    http_server_set_time(&server, 784111777);
    http_server_set_time(&server, HTTP_DATE_MAX + 1);
    feed_text(GET);
    UNIT_TEXT(out.bytes, out.end,
              "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: a/b\r\n"
              "\r\nok");
}

/* RFC 9110 §15.5.6. */
static void names_the_methods_with_405(void) {
    expect("GET /parked" HOST "\r\n", " GET/parked.");
    http_conn_respond_status(&c, &out, 405);
    UNIT_TEXT(out.bytes, out.end,
              "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 23\r\n"
              "Content-Type: text/plain\r\nAllow: GET, HEAD\r\n\r\n"
              "405 Method Not Allowed\n");
    expect("GET /parked" HOST "\r\n", " GET/parked.");
    http_conn_respond(&c, &out, 405, NULL, (struct span){0}, "Allow: A\r\n");
    UNIT_TEXT(out.bytes, out.end,
              "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n"
              "Allow: A\r\n\r\n");
}

/* An append that fails closes the connection: no half of a response is sent,
 * and no other response instead. */
static void sends_all_of_a_response_or_nothing(void) {
    static const char *const requests[] = {GET, "\x16", "HEAD /a" HOST "\r\n",
                                           LONG};
    for (size_t i = 0; i < COUNT(requests); i++) {
        begin();
        feed_text(requests[i]);
        uint32_t size = out.end;
        UNIT_TRUE(size > 20);
        for (uint32_t max = 0; max <= size; max++) {
            begin();
            buf_init(&out, max);
            feed_text(requests[i]);
            UNIT_INT(out.end, max < size ? 0 : size);
            UNIT_INT(c.phase == HTTP_CLOSED, max < size);
            if (i == 3) UNIT_INT(is_written, max >= size);
        }
    }
}

/* What arrived after the request cannot be kept for later. */
static void sends_no_head_if_there_is_no_memory_for_the_input(void) {
    begin();
    is_written = true;
    c.pending.max = 2;
    feed_text(LONG "GET");
    UNIT_INT(c.phase, HTTP_CLOSED);
    UNIT_INT(out.end, 0);
    UNIT_FALSE(is_written);
}

static void has_the_fields_of_the_caller_and_its_own(void) {
    expect("GET /parked HTTP/1.0\r\n\r\n", " GET/parked.");
    http_server_set_time(&server, 784111777);
    http_conn_respond(&c, &out, 200, "a/b", span_from("ok"),
                      "A: 1\r\nB: 2\r\n");
    UNIT_TEXT(out.bytes, out.end,
              "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: a/b\r\n"
              "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
              "A: 1\r\nB: 2\r\nConnection: close\r\n\r\nok");
    UNIT_INT(c.phase, HTTP_LINGERING);
}

/* RFC 9112 §9.6 */
static void is_the_last_one_after_the_server_was_shut(void) {
    expect("GET /parked" HOST "\r\n", " GET/parked.");
    http_server_shut(&server);
    expire(); /* it still gets its response */
    respond();
    expect_responses(" 200+okx");
    UNIT_INT(c.phase, HTTP_LINGERING);
    expect(LONG, " GET/long."); /* its head was sent before that */
    http_server_shut(&server);
    expire();
    UNIT_INT(c.phase, HTTP_RESPONSE);
    finish();
    expect_responses(" 200+ok");
    UNIT_INT(c.phase, HTTP_LINGERING);
}

/* The next request has a method of its own. A connection that was closed while
 * its body was sent stays closed. */
static void a_finish_ends_the_response(void) {
    expect("HEAD /long" HOST "\r\n", " HEAD/long.");
    finish();
    UNIT_INT(c.phase, HTTP_IDLE);
    UNIT_FALSE(c.is_head);
    expect(LONG, " GET/long.");
    http_conn_abort(&c);
    http_conn_finish(&c);
    UNIT_INT(c.phase, HTTP_CLOSED);
}

UNIT_MAIN("websocket/http_respond",
          UNIT_TEST(is_the_last_response_if_the_body_was_not_read),
          UNIT_TEST(keeps_what_arrives_while_a_body_is_sent),
          UNIT_TEST(sends_no_content_to_head),
          UNIT_TEST(sends_the_date_after_it_is_set),
          UNIT_TEST(sends_no_date_after_its_clock_has_failed),
          UNIT_TEST(names_the_methods_with_405),
          UNIT_TEST(sends_all_of_a_response_or_nothing),
          UNIT_TEST(sends_no_head_if_there_is_no_memory_for_the_input),
          UNIT_TEST(has_the_fields_of_the_caller_and_its_own),
          UNIT_TEST(is_the_last_one_after_the_server_was_shut),
          UNIT_TEST(a_finish_ends_the_response))
