/* exchange_test.c: websocket/exchange.h, with requests and a clock of its own
 */
#include "packets/unit.h"
#include "websocket/exchange.h"

#define GET "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
#define POST "POST /p HTTP/1.1\r\nHost: h\r\n"
#define LAST "HEAD /l HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

static struct exchange x;
static struct exchange_times times;
static char events[4096]; /* what has happened, in words */

static void begin(void) {
    exchange_times_init(&times);
    exchange_init(&x, 1 << 20);
    exchange_keep_time(&x, &times, 0, false);
    events[0] = 0;
}

/* Puts bytes in and answers all that can be answered. */
static void put(const char *bytes, size_t n, int64_t now) {
    struct http_head h;
    enum exchange_event event;
    uint8_t *exact = unit_exact(bytes, n);
    exchange_put(&x, (struct span){exact, n});
    free(exact);
    while ((event = exchange_next(&x, &h)) != EXCHANGE_NOTHING) {
        size_t at = strlen(events), room = sizeof events - at;
        exchange_keep_time(&x, &times, now, false);
        if (event == EXCHANGE_REQUEST)
            snprintf(events + at, room, "%.*s %.*s, ", (int)h.method.len,
                     h.method.data, (int)h.target.len, h.target.data);
        else
            snprintf(events + at, room, "answer %u%s. ", x.status,
                     x.goes_on ? "" : " the last");
        if (event == EXCHANGE_READY) exchange_answered(&x);
    }
    exchange_keep_time(&x, &times, now, false);
}

static void expect(const char *text, const char *want) {
    begin();
    put(text, strlen(text), 0);
    UNIT_TEXT(events, strlen(events), want);
    exchange_free(&x);
}

static void serves_what_was_pipelined_in_order(void) {
    expect(GET POST "Content-Length: 3\r\n\r\nabc" POST
                    "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n" LAST
                    "GET /lost",
           "GET /, answer 0. POST /p, answer 0. POST /p, answer 0. "
           "HEAD /l, answer 0 the last. ");
}

static void asks_for_one_answer_at_a_time(void) {
    struct http_head h;
    begin();
    exchange_put(&x, span_from(GET GET));
    UNIT_INT(exchange_next(&x, &h), EXCHANGE_REQUEST);
    UNIT_INT(exchange_next(&x, &h), EXCHANGE_READY);
    UNIT_INT(exchange_next(&x, &h), EXCHANGE_NOTHING);
    UNIT_INT(x.phase, EXCHANGE_ANSWER);
    exchange_answered(&x);
    UNIT_INT(exchange_next(&x, &h), EXCHANGE_REQUEST);
    UNIT_INT(exchange_next(&x, &h), EXCHANGE_READY);
    exchange_answered(&x);
    UNIT_INT(exchange_next(&x, &h), EXCHANGE_NOTHING);
    UNIT_INT(x.phase, EXCHANGE_IDLE);
    UNIT_TRUE(x.held.bytes == NULL); /* an idle one owns no memory */
    exchange_free(&x);
}

static void does_the_same_however_it_is_cut(void) {
    static const char text[] =
        GET "\r\n" POST "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nA: b"
            "\r\n\r\n" LAST;
    static const char want[] = "GET /, answer 0. POST /p, answer 0. "
                               "HEAD /l, answer 0 the last. ";
    for (size_t cut = 0; cut < sizeof text; cut++) {
        begin();
        put(text, cut, 0);
        put(text + cut, sizeof text - 1 - cut, 0);
        UNIT_TEXT(events, strlen(events), want);
        exchange_free(&x);
    }
    begin();
    for (size_t i = 0; i < sizeof text - 1; i++) put(text + i, 1, 0);
    UNIT_TEXT(events, strlen(events), want);
    UNIT_INT(x.phase, EXCHANGE_ENDING);
    exchange_free(&x);
}

static void keeps_nothing_after_the_last_answer(void) {
    begin();
    put(LAST "more", strlen(LAST) + 4, 0);
    UNIT_TRUE(x.held.bytes == NULL);
    put("and more", 8, 0);
    UNIT_TRUE(x.held.bytes == NULL);
    UNIT_INT(x.phase, EXCHANGE_ENDING);
    exchange_free(&x);
}

static void ends_with_a_fault(void) {
    expect("GET /\n" GET, "answer 400 the last. ");
    expect(GET "\x16" GET, "GET /, answer 0. answer 400 the last. ");
    expect(POST "Content-Length: 1000000\r\n\r\n", "POST /p, ");
    expect(POST "Content-Length: 1000001\r\n\r\n" GET, "answer 413 the last. ");
    expect(POST "Transfer-Encoding: gzip\r\n\r\n", "answer 501 the last. ");
    /* The request was good: its body is what cannot be read. */
    expect(POST "Transfer-Encoding: chunked\r\n\r\nx" GET,
           "POST /p, answer 400 the last. ");
    expect(POST "Transfer-Encoding: chunked\r\n\r\nF4241",
           "POST /p, answer 413 the last. ");
    /* RFC 9112 §6.3: both lengths. What follows is no second request. */
    expect(POST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n",
           "answer 400 the last. ");
}

/* RFC 9110 §10.1.1: at once, and the body is not awaited. */
static void answers_who_expects_100_at_once(void) {
    expect(POST "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n",
           "POST /p, answer 0 the last. ");
    expect("GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n" GET,
           "GET /, answer 0. GET /, answer 0. ");
}

static void limits_the_requests_of_one_read(void) {
    char text[(LIMIT_HTTP_PIPELINED + 1) * sizeof GET] = "";
    for (int i = 0; i < LIMIT_HTTP_PIPELINED; i++) strcat(text, GET);
    begin();
    put(text, strlen(text), 0);
    put(text, strlen(text), 0); /* another read */
    UNIT_INT(x.phase, EXCHANGE_IDLE);
    strcat(text, GET);
    put(text, strlen(text), 0);
    UNIT_INT(x.phase, EXCHANGE_ENDING);
    UNIT_INT(strlen(events), 3 * LIMIT_HTTP_PIPELINED * 17 + 9);
    exchange_free(&x);
}

static void limits_what_it_holds(void) {
    exchange_init(&x, 4);
    exchange_put(&x, span_from("GET "));
    UNIT_INT(x.phase, EXCHANGE_HEAD);
    exchange_put(&x, span_from("/"));
    UNIT_INT(x.phase, EXCHANGE_OVER);
    exchange_free(&x);
}

/* Is it late at that time, and not a millisecond before? */
static void late_at(int64_t at, enum exchange_phase next) {
    UNIT_TRUE(exchange_late(&times, at - 1) == NULL);
    UNIT_INT(exchange_wait(&times, at - 1, -1), 1);
    UNIT_TRUE(exchange_late(&times, at) == &x);
    UNIT_INT(x.phase, next);
}

static void no_byte_puts_a_deadline_off(void) {
    begin(); /* without any byte */
    late_at(LIMIT_HEAD_MS, EXCHANGE_ANSWER);
    UNIT_INT(x.status, 408);
    exchange_free(&x);

    begin(); /* a head, a byte each second */
    for (int i = 0; i < LIMIT_HEAD_MS / 1000; i++) put(&GET[i], 1, i * 1000);
    late_at(LIMIT_HEAD_MS, EXCHANGE_ANSWER);
    put("", 0, LIMIT_HEAD_MS);
    UNIT_TEXT(events, strlen(events), "answer 408 the last. ");
    late_at(LIMIT_HEAD_MS + LIMIT_CLOSING_MS, EXCHANGE_OVER);
    exchange_free(&x);

    begin(); /* a body */
    put(POST "Content-Length: 9\r\n\r\na", strlen(POST) + 22, 100);
    put("b", 1, 20000);
    late_at(100 + LIMIT_BODY_MS, EXCHANGE_ANSWER);
    UNIT_INT(x.status, 408);
    exchange_free(&x);
}

static void each_request_has_its_own_deadline(void) {
    begin();
    put(GET, strlen(GET), 9000);
    late_at(9000 + LIMIT_IDLE_MS, EXCHANGE_ENDING);
    exchange_free(&x);

    begin();
    put(GET, strlen(GET), 9000);
    put("G", 1, 12000);
    late_at(12000 + LIMIT_HEAD_MS, EXCHANGE_ANSWER);
    exchange_free(&x);

    begin(); /* the second follows the first without a pause */
    put(GET "G", strlen(GET) + 1, 9000);
    late_at(9000 + LIMIT_HEAD_MS, EXCHANGE_ANSWER);
    exchange_free(&x);
}

/* While our own output is under way the peer is not what we wait for. */
static void waits_while_it_is_busy_itself(void) {
    begin();
    put(LAST, strlen(LAST), 0);
    exchange_keep_time(&x, &times, 0, true);
    UNIT_TRUE(exchange_late(&times, 1000000) == NULL);
    exchange_keep_time(&x, &times, 1000000, false);
    late_at(1000000 + LIMIT_CLOSING_MS, EXCHANGE_OVER);
    exchange_free(&x);
}

static void writes_answers(void) {
    struct buf out = {.max = 300};
    begin();
    put(GET, strlen(GET), 0);
    UNIT_TRUE(exchange_answer(&x, &out, 200, "a/b", 3));
    UNIT_TEXT(buf_view(&out).data, buf_view(&out).len,
              "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
              "Content-Type: a/b\r\n\r\n");
    buf_clear(&out);
    put("\n", 1, 0);
    UNIT_TRUE(exchange_answer(&x, &out, 405, NULL, 0));
    UNIT_TEXT(buf_view(&out).data, buf_view(&out).len,
              "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 23\r\n"
              "Content-Type: text/plain\r\nAllow: GET, HEAD\r\n"
              "Connection: close\r\n\r\n405 Method Not Allowed\n");
    buf_clear(&out);
    x.head_only = true; /* RFC 9110 §9.3.2: the length, but no content */
    UNIT_TRUE(exchange_answer(&x, &out, 404, NULL, 0));
    UNIT_TEXT(buf_view(&out).data, buf_view(&out).len,
              "HTTP/1.1 404 Not Found\r\nContent-Length: 14\r\n"
              "Content-Type: text/plain\r\nConnection: close\r\n\r\n");
    buf_free(&out);
    exchange_free(&x);
}

UNIT_MAIN("websocket/exchange", UNIT_TEST(serves_what_was_pipelined_in_order),
          UNIT_TEST(asks_for_one_answer_at_a_time),
          UNIT_TEST(does_the_same_however_it_is_cut),
          UNIT_TEST(keeps_nothing_after_the_last_answer),
          UNIT_TEST(ends_with_a_fault),
          UNIT_TEST(answers_who_expects_100_at_once),
          UNIT_TEST(limits_the_requests_of_one_read),
          UNIT_TEST(limits_what_it_holds),
          UNIT_TEST(no_byte_puts_a_deadline_off),
          UNIT_TEST(each_request_has_its_own_deadline),
          UNIT_TEST(waits_while_it_is_busy_itself), UNIT_TEST(writes_answers))
