/* engine_refusal_test.c: what socketio/engine.h refuses: origins, limits, slow
 * requests and malformed input; and its shutdown */
#include "socketio/engine_traffic_unit.h"

/* --- permissions and limits --- */

static void a_foreign_origin_is_refused_unless_named(void) {
    static const struct {
        const char *origins, *origin, *allow;
        unsigned status;
    } cases[] = {
        {NULL, "http://127.0.0.1:3000", "", 200},
        {NULL, "http://evil.example", "", 403},
        {NULL, "null", "", 403},
        {"*", "http://evil.example", "Access-Control-Allow-Origin: *\r\n", 200},
        {"http://a.example, ,http://b.example ", "http://b.example",
         "Access-Control-Allow-Origin: http://b.example\r\n"
         "Vary: Origin\r\nAccess-Control-Allow-Credentials: true\r\n",
         200},
        {"http://a.example", "http://c.example", "", 403},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[300];
        struct engine_options o = usual;
        o.origins = cases[i].origins;
        start(&o);
        open_conn(1);
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n%sOrigin: %s\r\n\r\n",
                 QUERY, HOST, cases[i].origin);
        send_text(1, text);
        UNIT_INT(status(1), cases[i].status);
        buf_append(&conns[1].bytes, "", 1);
        UNIT_TRUE(strstr((char *)conns[1].bytes.bytes, cases[i].allow));
        UNIT_INT(strstr((char *)conns[1].bytes.bytes, "Access-Control") != NULL,
                 *cases[i].allow != '\0');
        stop();
    }
}

static void a_foreign_host_is_refused_on_loopback(void) {
    start(&usual);
    open_conn(1);
    send_text(1, "GET " QUERY " HTTP/1.1\r\nHost: rebind.example\r\n\r\n");
    UNIT_INT(status(1), 403);
    stop();
}

static void too_many_sessions_are_503(void) {
    start(&usual);
    open_conn(1);
    for (int i = 0; i < 10; i++) {
        get(1, "");
        UNIT_INT(status(1), 200);
    }
    get(1, "");
    UNIT_INT(status(1), 503);
    engine_close(engine, last_session, 1000);
    end_turn();
    get(1, "");
    UNIT_INT(status(1), 200);
    stop();
}

static void slow_requests_end_in_time(void) {
    start(&usual);
    open_conn(1);
    open_conn(2);
    open_conn(3);
    send_text(2, "GET / HTTP/1.1\r\nHo");
    send_text(3, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n");
    wait_ms(LIMIT_HEAD_MS - 1);
    send_text(2, "st"); /* further bytes do not extend it */
    UNIT_INT(conns[1].then, OUTBOX_OPEN);
    wait_ms(1);
    UNIT_INT(conns[1].then, OUTBOX_END); /* has sent nothing */
    UNIT_INT(status(2), 408);
    UNIT_INT(conns[2].then, OUTBOX_END);
    wait_ms(LIMIT_CLOSING_MS);
    UNIT_INT(conns[2].then, OUTBOX_DROP);
    UNIT_INT(conns[3].then, OUTBOX_OPEN);
    wait_ms(LIMIT_BODY_MS - LIMIT_HEAD_MS - LIMIT_CLOSING_MS);
    UNIT_INT(status(3), 408);
    stop();
}

static void an_idle_connection_is_closed(void) {
    start(&usual);
    open_conn(1);
    send_text(1, "GET / HTTP/1.1\r\n" HOST "\r\n");
    wait_ms(LIMIT_IDLE_MS - 1);
    UNIT_INT(conns[1].then, OUTBOX_OPEN);
    wait_ms(1);
    UNIT_INT(conns[1].then, OUTBOX_END);
    stop();
}

static void answers_pipelined_requests_in_order_and_bounded(void) {
    struct buf many = {.max = 1 << 16};
    for (int i = 0; i < LIMIT_HTTP_PIPELINED + 1; i++)
        buf_text(&many, "GET / HTTP/1.1\r\n" HOST "\r\n");
    start(&usual);
    open_conn(1);
    feed(1, many.bytes, many.end, SIZE_MAX);
    int answers = 0;
    buf_append(&conns[1].bytes, "", 1);
    for (char *at = (char *)conns[1].bytes.bytes;
         (at = strstr(at, "HTTP/1.1 200"));)
        at++, answers++;
    UNIT_INT(answers, LIMIT_HTTP_PIPELINED);
    UNIT_INT(conns[1].then, OUTBOX_END);
    buf_free(&many);
    stop();
}

static void what_follows_a_waiting_get_ends_the_connection(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    get(0, sid);
    feed(0, "GET / HTTP/1.1\r\n", 16, 16);
    open_conn(1);
    post(1, sid, "4a");
    IS_TEXT(body(0), "4a");
    UNIT_INT(conns[0].then, OUTBOX_END);
    stop();
}

static void a_queue_without_a_get_ends_its_session(void) {
    static char big[100000];
    char sid[21];
    start(&usual);
    open_polling(sid);
    struct span part = {(uint8_t *)big, sizeof big};
    for (int i = 0; i < 25; i++)
        engine_send(engine, last_session, true, &part, 1);
    end_turn();
    EVENTS("closed;");
    stop();
}

/* --- malformed input, and what the protocol refuses --- */

/* A leading CRLF counts as part of the head, and the limit is for all of it. */
static void a_head_without_an_end_is_refused(void) {
    static char endless[20000];
    start(&usual);
    open_conn(1);
    send_text(1, "\r\nGET / HTTP/1.1\r\nA: x");
    memset(endless, 'y', sizeof endless);
    feed(1, endless, sizeof endless, SIZE_MAX);
    UNIT_INT(status(1), 431);
    UNIT_INT(conns[1].then, OUTBOX_END);
    stop();
}

static void malformed_requests_are_refused_and_the_connection_ends(void) {
    static const struct {
        const char *request;
        unsigned status;
    } cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", 400}, /* no Host */
        {"GET / HTTP/1.1\nHost: a\n\n", 400},
        {"GET  / HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET / HTTP/3.0\r\n" HOST "\r\n", 505},
        {"POST / HTTP/1.1\r\n" HOST
         "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
         400},
        {"POST " QUERY "&sid=x HTTP/1.1\r\n" HOST
         "Transfer-Encoding: gzip\r\n\r\n",
         501},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        start(&usual);
        open_conn(1);
        send_text(1, cases[i].request);
        UNIT_INT(status(1), cases[i].status);
        UNIT_INT(conns[1].then, OUTBOX_END);
        stop();
    }
}

static void a_malformed_chunk_ends_the_session_of_the_post(void) {
    char sid[21], text[300];
    start(&usual);
    open_polling(sid);
    open_conn(1);
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n"
             "zz\r\n",
             QUERY, sid, HOST);
    send_text(1, text);
    UNIT_INT(status(1), 400);
    EVENTS("closed;");
    stop();
}

static void a_request_of_a_session_has_its_version_too(void) {
    static const char *const queries[] = {"?transport=polling",
                                          "?EIO=3&transport=polling",
                                          "?EIO=4&EIO=3&transport=polling"};
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        char sid[21], text[300];
        start(&usual);
        open_polling(sid);
        snprintf(text, sizeof text,
                 "GET /engine.io/%s&sid=%s HTTP/1.1\r\n%s\r\n", queries[i], sid,
                 HOST);
        send_text(0, text);
        UNIT_INT(status(0), 400);
        UNIT_TEXT(body(0), 9, "{\"code\":3");
        EVENTS(""); /* the session goes on */
        stop();
    }
}

static void what_was_queued_before_an_error_is_not_delivered(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    post(0, sid,
         "4a\x1e"
         "2");
    UNIT_INT(status(0), 400);
    get(0, sid);
    UNIT_INT(status(0), 400);
    UNIT_TEXT(body(0), 9, "{\"code\":1");
    stop();
}

static void the_first_subprotocol_offered_is_selected(void) {
    start(&usual);
    open_conn(1);
    send_text(1, "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\n" HOST
                 "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Protocol: one, two\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    UNIT_INT(status(1), 101);
    UNIT_TRUE(strstr(sent(1), "Sec-WebSocket-Protocol: one\r\n"));
    stop();
}

static void a_bad_websocket_handshake_is_refused(void) {
    start(&usual);
    open_conn(1);
    send_text(1, "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\n" HOST
                 "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Version: 12\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    UNIT_INT(status(1), 426);
    UNIT_TRUE(strstr(sent(1), "Sec-WebSocket-Version: 13\r\n"));
    UNIT_INT(conns[1].then, OUTBOX_END);
    EVENTS("");
    send_text(1, "GET / HTTP/1.1\r\n" HOST "\r\n"); /* is not read */
    UNIT_INT(conns[1].bytes.end, 0);
    wait_ms(LIMIT_CLOSING_MS);
    UNIT_INT(conns[1].then, OUTBOX_DROP);
    stop();
}

static void responses_have_a_date_and_405_says_what_is_allowed(void) {
    start(&usual);
    engine_set_clock(engine, 784111777);
    open_conn(1);
    send_text(1, "DELETE /other HTTP/1.1\r\n" HOST "\r\n");
    UNIT_INT(status(1), 405);
    UNIT_TRUE(strstr(sent(1), "Allow: GET, HEAD\r\n"));
    UNIT_TRUE(strstr(sent(1), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
    stop();
}

static void a_request_that_is_not_answered_is_404(void) {
    struct engine_event e;
    struct span in = span_from("GET /x HTTP/1.1\r\n" HOST "\r\n");
    uint8_t *exact = unit_exact(in.data, in.len);
    in.data = exact;
    start(&usual);
    open_conn(1);
    engine_feed(engine, 1, in, now);
    UNIT_TRUE(engine_next(engine, &e));
    UNIT_INT(e.type, ENGINE_REQUEST);
    UNIT_TEXT(e.payload.data, e.payload.len, "/x");
    UNIT_FALSE(engine_next(engine, &e));
    engine_end_feed(engine);
    deliver();
    UNIT_INT(status(1), 404);
    engine_respond(engine, 1, 200, "text/plain", span_from("too late"), NULL);
    deliver();
    UNIT_INT(status(1), 404);
    free(exact);
    stop();
}

static void all_get_pings_and_a_broadcast_of_a_turn_in_one_piece(void) {
    struct span text = span_from("all");
    start(&usual);
    for (uint32_t i = 0; i < 10; i++) {
        open_websocket(i);
        join_group(last_session, 0);
    }
    for (int i = 0; i < 10; i++) {
        buf_clear(&conns[i].bytes);
        conns[i].pieces = 0;
    }
    now += 300;
    engine_expire(engine, now);
    publish(0, false, &text, 1);
    deliver();
    for (uint32_t i = 0; i < 10; i++) {
        IS_TEXT(frames(i), "2;4all;");
        UNIT_INT(conns[i].pieces, 1);
    }
    stop();
}

/* The clock of the machine is the latest time that it was given by any call. */
static void the_time_of_every_call_counts(void) {
    struct engine_options o = quiet();
    start(&o);
    open_conn(1);
    conns[1].is_slow = true;
    send_text(1, "GET / HTTP/1.1\r\n" HOST "\r\n");
    now += 60000;
    engine_sent(engine, 1, now);
    UNIT_INT(engine_wait(engine, now, -1), LIMIT_IDLE_MS);
    now += 1000;
    engine_shut(engine, now);
    UNIT_INT(engine_wait(engine, now, -1), LIMIT_CLOSING_MS);
    stop();
}

static void shutting_down_needs_no_other_turn(void) {
    start(&usual);
    open_conn(1);
    open_websocket(2);
    engine_shut(engine, now);
    handle_events();
    deliver();
    UNIT_INT(conns[1].then, OUTBOX_END);
    IS_TEXT(frames(2), "close 1001;");
    stop();
}

static void shutting_down_ends_every_connection(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    get(0, sid);
    open_websocket(1);
    open_conn(2);
    engine_shut(engine, now);
    end_turn();
    IS_TEXT(body(0), "1");
    UNIT_INT(conns[0].then, OUTBOX_END);
    UNIT_TRUE(strstr(frames(1), "close 1001;"));
    UNIT_INT(conns[2].then, OUTBOX_END);
    EVENTS("closed;closed;");
    stop();
}

UNIT_MAIN("socketio/engine_refusal",
          UNIT_TEST(a_foreign_origin_is_refused_unless_named),
          UNIT_TEST(a_foreign_host_is_refused_on_loopback),
          UNIT_TEST(too_many_sessions_are_503),
          UNIT_TEST(slow_requests_end_in_time),
          UNIT_TEST(an_idle_connection_is_closed),
          UNIT_TEST(answers_pipelined_requests_in_order_and_bounded),
          UNIT_TEST(what_follows_a_waiting_get_ends_the_connection),
          UNIT_TEST(a_queue_without_a_get_ends_its_session),
          UNIT_TEST(a_head_without_an_end_is_refused),
          UNIT_TEST(malformed_requests_are_refused_and_the_connection_ends),
          UNIT_TEST(a_malformed_chunk_ends_the_session_of_the_post),
          UNIT_TEST(a_request_of_a_session_has_its_version_too),
          UNIT_TEST(what_was_queued_before_an_error_is_not_delivered),
          UNIT_TEST(the_first_subprotocol_offered_is_selected),
          UNIT_TEST(a_bad_websocket_handshake_is_refused),
          UNIT_TEST(responses_have_a_date_and_405_says_what_is_allowed),
          UNIT_TEST(a_request_that_is_not_answered_is_404),
          UNIT_TEST(all_get_pings_and_a_broadcast_of_a_turn_in_one_piece),
          UNIT_TEST(the_time_of_every_call_counts),
          UNIT_TEST(shutting_down_needs_no_other_turn),
          UNIT_TEST(shutting_down_ends_every_connection))
