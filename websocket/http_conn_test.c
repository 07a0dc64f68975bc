/* http_conn_test.c: websocket/http_conn.h, its requests and its clock; for the
 * responses see http_respond_test.c */
#include "websocket/http_conn_unit.h"

/* RFC 9112 §9.3.2: responses in the order of the requests. */
static void serves_pipelined_requests_in_order(void) {
    expect(GET POST("/wanted") "Content-Length: 3\r\n\r\nabc" POST("/wanted")
               CHUNKED "1\r\nd\r\n2\r\nef\r\n0\r\n\r\n" POST("/b") //
           "Content-Length: 2\r\n\r\nxx"
           "HEAD /l" HOST CLOSE "\r\nGET /lost",
           " GET/a. POST/wantedabc. POST/wanteddef. POST/b. HEAD/l.");
    expect_responses(" 200+ok 200+ok 200+ok 200+ok 200x");
    UNIT_INT(c.phase, HTTP_LINGERING);
}

static const char varied[] = "\r\n" GET LONG POST("/wanted") CHUNKED
    "2;e\r\nab\r\n3\r\ncde\r\n0\r\nT: t\r\n\r\n\r\n" POST(
        "/wanted") "Expect: "
                   "100-continue\r\nContent-Length: 4\r\n\r\nabcd" POST(
                       "/early") "Content-Length: 0\r\n\r\nHEAD /long" HOST
                                 "\r\n" POST(
                                     "/b") "Content-Length: 4\r\n\r\nwxyzGET "
                                           "/l HTTP/1.0\r\n\r\nmore";

static const char varied_events[] =
    " GET/a. GET/long. POST/wantedabcde. POST/wantedabcd. POST/early "
    "HEAD/long. POST/b. GET/l.";

/* As feed, but the body of a long response is sent before each piece. */
static void feed_and_finish(const char *bytes, size_t n) {
    for (;;) {
        feed(bytes, n);
        if (c.phase != HTTP_RESPONSE) return;
        finish();
        n = 0;
    }
}

static void does_the_same_at_every_cut_of_the_input(void) {
    static const char expected[] =
        " 200+ok 200+ok 200+ok 100 200+ok 200+ok 200 "
        "200+ok 200+okx";
    const size_t n = sizeof varied - 1;
    for (size_t cut = 0; cut <= n; cut++) {
        begin();
        feed_and_finish(varied, cut);
        feed_and_finish(varied + cut, n - cut);
        UNIT_TEXT(events, strlen(events), varied_events);
        expect_responses(expected);
        UNIT_INT(c.phase, HTTP_LINGERING);
    }
    for (size_t step = 1; step < 50; step++) {
        begin();
        for (size_t at = 0; at < n; at += step)
            feed_and_finish(varied + at, n - at < step ? n - at : step);
        UNIT_TEXT(events, strlen(events), varied_events);
        expect_responses(expected);
    }
}

static void owns_no_buffer_while_it_waits(void) {
    begin();
    feed_text("GET /a HTTP");
    UNIT_TRUE(c.pending.bytes != NULL);
    feed_text("/1.0\r\nConnection: keep-alive\r\n\r\n");
    UNIT_INT(c.phase, HTTP_IDLE);
    UNIT_TRUE(c.pending.bytes == NULL);
    feed_text("GET /parked HT");
    feed_text("TP/1.1\r\nHost: h\r\n\r\n");
    UNIT_INT(c.phase, HTTP_RESPONSE);
    UNIT_TRUE(c.pending.bytes == NULL);
    respond();
    feed_text("GET");
    feed_text("\1");
    UNIT_INT(c.phase, HTTP_LINGERING);
    UNIT_TRUE(c.pending.bytes == NULL);
    feed_text(GET);
    UNIT_TRUE(c.pending.bytes == NULL);
    UNIT_TRUE(sizeof c <= 24 + 64);
}

/* Each malformed request, in one piece and byte by byte. */
static void refuses_a_malformed_request_and_ends(void) {
    static const struct {
        const char *text, *events;
    } cases[] = {
        {"\x16\x03\x01", "!400"}, /* a TLS handshake */
        {"GET /\n", "!400"},      /* RFC 9112 §2.2 */
        {"\r\n\r\n" GET, "!400"},
        {"GET /a" HOST "A : b\r\n", "!400"},           /* §5.1 */
        {"GET /a HTTP/1.1\r\n\r\n" GET, "!400"},       /* §3.2 */
        {"GET /a" HOST "Host: h\r\n\r\n" GET, "!400"}, /* §3.2 */
        {"GET /a HTTP/2.0\r\n", "!505"},               /* RFC 9110 §15.6.6 */
        {POST("/a") "Transfer-Encoding: gzip\r\n\r\n", "!501"}, /* §6.1 */
        /* §6.3: both lengths. No second request is read after it. */
        {POST("/a") "Content-Length: 4\r\n" CHUNKED "0\r\n\r\n" GET, "!400"},
        {POST("/a") "Content-Length: +1\r\n\r\na" GET, "!400"},
        /* The request is good, but its body is malformed. */
        {POST("/a") CHUNKED "x" GET, " POST/a!400"},
        {POST("/a") CHUNKED "1\r\nab\r\n" GET, " POST/a!400"},
        {POST("/wanted") CHUNKED "1\r\nab\r\n" GET, " POST/wanteda!400"},
        {POST("/a") CHUNKED "F4241\r\n", " POST/a!413"},
        {POST("/a") "Content-Length: 1000001\r\n\r\n", " POST/a!413"},
        {POST("/a") "Content-Length: 4294967296\r\n\r\n", "!413"},
        {POST("/wanted") "Content-Length: 6\r\n\r\n", " POST/wanted!413"},
        {POST("/wanted") CHUNKED "5\r\nabcde\r\n1", " POST/wantedabcde!413"},
        {GET "\x16" GET, " GET/a.!400"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int by_byte = 0; by_byte < 2; by_byte++) {
            size_t n = strlen(cases[i].text), step = by_byte ? 1 : n;
            begin();
            for (size_t at = 0; at < n; at += step)
                feed(cases[i].text + at, step);
            UNIT_TEXT(events, strlen(events), cases[i].events);
            UNIT_INT(c.phase, HTTP_LINGERING);
            const char *status = strchr(cases[i].events, '!') + 1;
            buf_append(&out, "", 1);
            UNIT_TRUE(strstr((char *)out.bytes, CLOSE) != NULL);
            char *last = strrchr((char *)out.bytes, '/'); /* "HTTP/1.1 400" */
            while (last && memcmp(last, "/1.1 ", 5) != 0)
                last = last > (char *)out.bytes ? last - 1 : NULL;
            UNIT_TRUE(last && memcmp(last + 5, status, 3) == 0);
            uint32_t end = out.end;
            feed_text(GET); /* what arrives now is dropped */
            UNIT_INT(out.end, end);
        }
    }
}

/* An empty line before the request counts towards the limit, too. If it did
 * not, the connection would wait for ever for the end of a head that is too
 * long. */
static void limits_a_head_that_arrives_in_pieces(void) {
    static const char *const starts[] = {"\r\nGET /a" HOST "A: x",
                                         "GET /a" HOST "A: x", "GET /"};
    char y[20000];
    memset(y, 'y', sizeof y);
    for (size_t i = 0; i < COUNT(starts); i++) {
        const char *expected = i == 2 ? "!414" : "!431";
        size_t n = strlen(starts[i]);
        begin();
        feed_text(starts[i]);
        feed(y, sizeof y);
        UNIT_TEXT(events, strlen(events), expected);
        begin();
        feed_text(starts[i]);
        feed(y, LIMIT_HTTP_HEAD - n - 1);
        UNIT_INT(c.phase, HTTP_HEAD);
        UNIT_TEXT(events, strlen(events), "");
        feed(y, 1);
        UNIT_TEXT(events, strlen(events), expected);
        if (i == 2) continue;
        begin(); /* the longest that is accepted */
        feed_text(starts[i]);
        feed(y, LIMIT_HTTP_HEAD - n - 4);
        feed_text("\r\n\r\n" GET);
        UNIT_TEXT(events, strlen(events), " GET/a. GET/a.");
    }
}

static void limits_the_requests_of_one_read(void) {
    static char text[(LIMIT_HTTP_PIPELINED + 1) * sizeof GET];
    text[0] = 0;
    for (int i = 0; i < LIMIT_HTTP_PIPELINED; i++) strcat(text, GET);
    size_t n = strlen(text);
    begin();
    feed(text, n);
    feed(text, n); /* another read */
    UNIT_INT(c.phase, HTTP_IDLE);
    UNIT_INT(strlen(events), 2 * LIMIT_HTTP_PIPELINED * strlen(" GET/a."));

    begin(); /* each of these reads ends within a head */
    size_t largest = n - strlen(GET) - 5;
    feed(text, largest);
    feed(text + largest % strlen(GET), largest);
    feed(text + 2 * largest % strlen(GET), largest);
    UNIT_INT(c.phase, HTTP_HEAD);

    static char text_long[(LIMIT_HTTP_PIPELINED + 1) * sizeof LONG];
    for (int i = 0; i <= LIMIT_HTTP_PIPELINED; i++) strcat(text_long, LONG);
    begin(); /* those that are kept count, too */
    feed_and_finish(text_long, strlen(text_long));
    UNIT_INT(c.phase, HTTP_LINGERING);
    UNIT_INT(strlen(events), LIMIT_HTTP_PIPELINED * strlen(" GET/long."));

    begin();
    strcat(text, GET);
    feed_text(text);
    UNIT_INT(c.phase, HTTP_LINGERING);
    UNIT_INT(strlen(events), LIMIT_HTTP_PIPELINED * strlen(" GET/a."));
}

/* The caller's limit on a body holds before the body is read. */
static void limits_a_body_as_the_caller_says(void) {
    expect(POST("/wanted") "Content-Length: 5\r\n\r\nabcde" GET,
           " POST/wantedabcde. GET/a.");
    expect(POST("/wanted") "Content-Length: 6\r\n\r\n", " POST/wanted!413");
    expect_responses(" 413+413 Content Too Large\nx");
    expect(POST("/wanted") CHUNKED "5\r\nabcde\r\n0\r\n\r\n" GET,
           " POST/wantedabcde. GET/a.");
    expect(POST("/a") "Content-Length: 1000000\r\n\r\n", " POST/a");
    UNIT_INT(c.phase, HTTP_BODY);
}

/* RFC 9110 §10.1.1: the server sends 100, or a final status, immediately. */
static void sends_100_only_if_the_body_is_accepted(void) {
    static const char expect_3[] = "Expect: 100-continue\r\nContent-Length: 3"
                                   "\r\n\r\n";
    char text[200];
    snprintf(text, sizeof text, POST("/wanted") "%s", expect_3);
    expect(text, " POST/wanted");
    expect_responses(" 100");
    feed_text("abc" GET);
    expect_responses(" 100 200+ok 200+ok");

    snprintf(text, sizeof text, POST("/a") "%s", expect_3);
    expect(text, " POST/a."); /* the client may never send the body */
    expect_responses(" 200+okx");
    snprintf(text, sizeof text, POST("/parked") "%s", expect_3);
    expect(text, " POST/parked.");
    UNIT_INT(c.phase, HTTP_RESPONSE);
    snprintf(text, sizeof text, POST("/early") "%s", expect_3);
    expect(text, " POST/early");
    expect_responses(" 200+okx");
    expect(POST("/wanted") "Expect: 100-continue\r\nContent-Length: 6\r\n\r\n",
           " POST/wanted!413");
    expect_responses(" 413+413 Content Too Large\nx");
    /* No body, or a HTTP/1.0 client: nothing to wait for. */
    expect("GET /wanted" HOST "Expect: 100-continue\r\n\r\n" GET,
           " GET/wanted. GET/a.");
    expect_responses(" 200+ok 200+ok");
    expect("POST /wanted HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3"
           "\r\n\r\nabc",
           " POST/wantedabc.");
    expect_responses(" 200+okx");
}

/* RFC 9112 §9.3.2, §9.6. */
static void drops_what_arrives_while_a_response_is_awaited(void) {
    expect("GET /parked" HOST "\r\n", " GET/parked.");
    UNIT_INT(c.phase, HTTP_RESPONSE);
    respond();
    expect_responses(" 200+ok");
    UNIT_INT(c.phase, HTTP_IDLE);
    feed_text("GET /parked" HOST "\r\n");
    feed_text(GET);
    UNIT_TRUE(c.pending.bytes == NULL);
    respond();
    expect_responses(" 200+ok 200+okx");
    UNIT_INT(c.phase, HTTP_LINGERING);
    expect("GET /parked" HOST "\r\n" GET, " GET/parked."); /* in one read */
    respond();
    expect_responses(" 200+okx");
}

/* The input of a connection that is due may have arrived without being read. */
static void judges_a_postponed_connection_one_millisecond_later(void) {
    begin();
    feed_text("GET /a");
    now = LIMIT_HEAD_MS;
    UNIT_TRUE(http_server_pop_due(&server, now) == &c);
    http_server_postpone(&server, &c, now);
    UNIT_TRUE(http_server_pop_due(&server, now) == NULL);
    UNIT_INT(http_server_wait(&server, now, -1), 1);
    feed_text(HOST "\r\n");
    UNIT_TEXT(events, strlen(events), " GET/a.");

    begin();
    feed_text("GET /a");
    now = LIMIT_HEAD_MS;
    UNIT_TRUE(http_server_pop_due(&server, now) == &c);
    http_server_postpone(&server, &c, now);
    feed("", 0); /* nothing had arrived */
    UNIT_TEXT(events, strlen(events), "");
    now++;
    expire();
    UNIT_TEXT(events, strlen(events), "!408");
}

/* After a 101 the rest of the input is not HTTP. */
static void leaves_what_follows_a_head_to_the_next_protocol(void) {
    static const char text[] = GET "\x81\x85";
    for (size_t cut = 0; cut <= sizeof text - 1; cut++) {
        struct http_event e;
        begin();
        uint8_t *exact = unit_exact(text, sizeof text - 1);
        struct span in = {exact, cut};
        bool is_request = http_conn_next(&c, &in, &e, &out);
        if (!is_request) {
            in = (struct span){exact + cut, sizeof text - 1 - cut};
            is_request = http_conn_next(&c, &in, &e, &out);
        } else {
            in.len += sizeof text - 1 - cut;
        }
        UNIT_TRUE(is_request && e.type == HTTP_EVENT_REQUEST);
        UNIT_TEXT(e.head.target.data, e.head.target.len, "/a");
        http_conn_free(&c);
        UNIT_TEXT(in.data, in.len, "\x81\x85");
        free(exact);
    }
    begin(); /* it leaves its queue of time-outs, too */
    feed_text("G");
    http_conn_free(&c);
    UNIT_INT(http_server_wait(&server, now, -1), -1);
    UNIT_TRUE(c.pending.bytes == NULL);
}

/* Checks that the deadline passes at that time, not a millisecond earlier. */
static void expect_due(int64_t at, enum http_phase next) {
    UNIT_INT(http_server_wait(&server, at - 1, -1), 1);
    UNIT_INT(http_server_wait(&server, at - 2, 1), 1);
    now = at - 1;
    UNIT_TRUE(http_server_pop_due(&server, now) == NULL);
    now = at;
    expire();
    UNIT_INT(c.phase, next);
}

static void no_byte_extends_a_deadline(void) {
    begin(); /* without any byte: no response */
    expect_due(LIMIT_HEAD_MS, HTTP_LINGERING);
    UNIT_INT(out.end, 0);
    expect_due(LIMIT_HEAD_MS + LIMIT_CLOSING_MS, HTTP_CLOSED);

    begin(); /* a head, a byte each second: RFC 9110 §15.5.9 */
    for (int i = 0; i < LIMIT_HEAD_MS / 1000; i++, now += 1000)
        feed(&GET[i], 1);
    expect_due(LIMIT_HEAD_MS, HTTP_LINGERING);
    UNIT_TEXT(events, strlen(events), "!408");
    expect_responses(" 408+408 Request Timeout\nx");
    now++;
    feed_text("more"); /* bytes that are dropped do not extend it either */
    expect_due(LIMIT_HEAD_MS + LIMIT_CLOSING_MS, HTTP_CLOSED);

    begin(); /* a body */
    now = 100;
    feed_text(POST("/wanted") "Content-Length: 5\r\n\r\na");
    now = 20000;
    feed_text("b");
    expect_due(100 + LIMIT_BODY_MS, HTTP_LINGERING);
    UNIT_TEXT(events, strlen(events), " POST/wantedab!408");
}

static void each_request_has_its_own_deadline(void) {
    begin();
    now = 9000;
    feed_text(GET);
    expect_due(9000 + LIMIT_IDLE_MS, HTTP_LINGERING);
    expect_responses(" 200+ok"); /* idle: no response */

    begin();
    now = 9000;
    feed_text(GET);
    now = 12000;
    feed_text("\r");
    expect_due(12000 + LIMIT_HEAD_MS, HTTP_LINGERING);
    expect_responses(" 200+ok 408+408 Request Timeout\nx");

    begin(); /* the second follows the first without a pause */
    feed_text("G");
    now = 9000;
    feed_text("ET /a" HOST "\r\nG");
    expect_due(9000 + LIMIT_HEAD_MS, HTTP_LINGERING);
}

/* Three times every time-out passes while output is unsent. A client that waits
 * for the server is not closed. */
static void runs_no_deadline_while_output_is_unsent(void) {
    static const char *const requests[] = {
        GET,                                        /* then idle */
        "GET /a" HOST CLOSE "\r\n",                 /* lingering */
        GET "G",                                    /* part of the next head */
        GET POST("/a") "Content-Length: 3\r\n\r\n", /* or body */
    };
    for (size_t i = 0; i < COUNT(requests); i++) {
        static const int durations[] = {LIMIT_IDLE_MS, LIMIT_CLOSING_MS,
                                        LIMIT_HEAD_MS, LIMIT_BODY_MS};
        static const enum http_phase phases[] = {HTTP_IDLE, HTTP_LINGERING,
                                                 HTTP_HEAD, HTTP_BODY};
        begin();
        http_conn_set_unsent(&c, true);
        feed_text(requests[i]);
        now = 3 * LIMIT_BODY_MS;
        expire();
        UNIT_INT(c.phase, phases[i]);
        UNIT_INT(http_server_wait(&server, now, -1), -1);
        http_conn_set_unsent(&c, false); /* the last byte is sent */
        http_conn_rearm_timer(&c, now);
        expect_due(now + durations[i], i == 1 ? HTTP_CLOSED : HTTP_LINGERING);
    }
    begin(); /* the output begins while the time-out already runs */
    feed_text(GET);
    now = LIMIT_IDLE_MS - 1;
    http_conn_set_unsent(&c, true);
    http_conn_rearm_timer(&c, now);
    now = 3 * LIMIT_BODY_MS;
    expire();
    UNIT_INT(c.phase, HTTP_IDLE);
}

static void lives_as_long_as_its_client_does(void) {
    begin(); /* a request each four seconds */
    for (; now < 3 * LIMIT_BODY_MS; now += LIMIT_IDLE_MS - 1) {
        expire();
        feed_text(GET);
        UNIT_INT(c.phase, HTTP_IDLE);
    }
    begin(); /* long polls, one after another, for more than 100 requests */
    for (int i = 0; i < 300; i++) {
        feed_text("GET /parked" HOST "\r\n");
        events[0] = 0;
        buf_clear(&out);
        now += 3 * LIMIT_BODY_MS;
        expire();
        UNIT_INT(c.phase, HTTP_RESPONSE);
        respond();
        UNIT_INT(c.phase, HTTP_IDLE);
    }
    begin(); /* a long file */
    feed_text(LONG);
    now += 3 * LIMIT_BODY_MS;
    expire();
    UNIT_INT(c.phase, HTTP_RESPONSE);
    finish();
    UNIT_INT(c.phase, HTTP_IDLE);
}

static void starts_a_deadline_again(void) {
    begin();
    now = LIMIT_HEAD_MS;
    UNIT_TRUE(http_server_pop_due(&server, now) == &c);
    http_conn_rearm_timer(&c, now);
    feed_text("GET");
    UNIT_INT(c.phase, HTTP_HEAD);
    expect_due(2 * LIMIT_HEAD_MS, HTTP_LINGERING);
}

static void shuts_down(void) {
    static const char *const unfinished[] = {"", GET, "GET", //
                                             POST("/a") CHUNKED};
    for (size_t i = 0; i < COUNT(unfinished); i++) {
        begin();
        feed_text(unfinished[i]);
        uint32_t end = out.end;
        http_server_shut(&server);
        UNIT_INT(http_server_wait(&server, now, -1), 0);
        expire();
        UNIT_INT(c.phase, HTTP_LINGERING);
        UNIT_INT(out.end, end); /* no response */
        expect_due(LIMIT_CLOSING_MS, HTTP_CLOSED);
    }
}

/* Input that cannot be kept closes the connection, without a response. */
static void ends_if_there_is_no_memory_for_its_input(void) {
    static const char head[] = "GET /a" HOST;
    for (size_t cut = 1; cut < sizeof head - 1; cut++) {
        begin();
        c.pending.max = cut & BUF_MAX; /* the next byte cannot be kept */
        feed(head, cut);
        UNIT_INT(c.phase, HTTP_HEAD);
        feed(head + cut, 1);
        UNIT_INT(c.phase, HTTP_CLOSED);
        UNIT_TEXT(events, strlen(events), "");
        UNIT_INT(out.end, 0);
        begin();
        c.pending.max = (cut - 1) & BUF_MAX; /* these cannot be kept either */
        feed(head, cut);
        UNIT_INT(c.phase, HTTP_CLOSED);
        UNIT_TEXT(events, strlen(events), "");
    }
}

/* The client waits for it before it sends the body. */
static void sends_nothing_if_there_is_no_memory_for_100(void) {
    static const char request[] =
        POST("/wanted") "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    expect(request, " POST/wanted");
    uint32_t size = out.end;
    UNIT_TRUE(size > 20);
    for (uint32_t max = 0; max <= size; max++) {
        begin();
        buf_init(&out, max);
        feed_text(request);
        UNIT_INT(out.end, max < size ? 0 : size);
        UNIT_INT(c.phase == HTTP_CLOSED, max < size);
    }
}

static void drops_the_connection_when_the_caller_gives_up(void) {
    expect(LONG, " GET/long.");
    http_conn_abort(&c);
    http_conn_finish(&c);
    UNIT_INT(c.phase, HTTP_CLOSED);
    feed_text(GET);
    UNIT_TEXT(events, strlen(events), " GET/long.");
    UNIT_INT(http_server_wait(&server, now, -1), -1);
    UNIT_TEXT(http_conn_phase(&c), strlen(http_conn_phase(&c)), "closed");
}

static void end(void) {
    begin();
    http_conn_free(&c);
    buf_free(&out);
}

UNIT_MAIN("websocket/http_conn", UNIT_TEST(serves_pipelined_requests_in_order),
          UNIT_TEST(does_the_same_at_every_cut_of_the_input),
          UNIT_TEST(owns_no_buffer_while_it_waits),
          UNIT_TEST(refuses_a_malformed_request_and_ends),
          UNIT_TEST(limits_a_head_that_arrives_in_pieces),
          UNIT_TEST(limits_the_requests_of_one_read),
          UNIT_TEST(limits_a_body_as_the_caller_says),
          UNIT_TEST(sends_100_only_if_the_body_is_accepted),
          UNIT_TEST(drops_what_arrives_while_a_response_is_awaited),
          UNIT_TEST(judges_a_postponed_connection_one_millisecond_later),
          UNIT_TEST(leaves_what_follows_a_head_to_the_next_protocol),
          UNIT_TEST(no_byte_extends_a_deadline),
          UNIT_TEST(each_request_has_its_own_deadline),
          UNIT_TEST(runs_no_deadline_while_output_is_unsent),
          UNIT_TEST(lives_as_long_as_its_client_does),
          UNIT_TEST(starts_a_deadline_again), UNIT_TEST(shuts_down),
          UNIT_TEST(ends_if_there_is_no_memory_for_its_input),
          UNIT_TEST(sends_nothing_if_there_is_no_memory_for_100),
          UNIT_TEST(drops_the_connection_when_the_caller_gives_up),
          UNIT_TEST(end))
