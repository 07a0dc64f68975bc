/* engine_test.c: socketio/engine.h against the Engine.IO protocol v4: sessions,
 * messages, heartbeat, groups and the tap */
#include "socketio/engine_traffic_unit.h"

/* --- handshake --- */

static void opens_a_session_by_polling(void) {
    start(&usual);
    char sid[21], expected[200];
    open_polling(sid);
    UNIT_INT(status(0), 200);
    snprintf(expected, sizeof expected,
             "0{\"sid\":\"%s\",\"upgrades\":[\"websocket\"],\"pingInterval\":"
             "300,\"pingTimeout\":200,\"maxPayload\":1000000}",
             sid);
    IS_TEXT(body(0), expected);
    UNIT_TRUE(
        strstr((char *)conns[0].bytes.bytes, "text/plain; charset=UTF-8"));
    /* RFC 9111 §5.2.2.5 */
    UNIT_TRUE(
        strstr((char *)conns[0].bytes.bytes, "Cache-Control: no-store\r\n"));
    stop();
}

static void opens_a_session_by_websocket(void) {
    start(&usual);
    upgrade(1, "");
    EVENTS("opened;");
    UNIT_INT(status(1), 101);
    UNIT_TRUE(strstr(frames(1), "\"upgrades\":[],\"pingInterval\":300"));
    stop();
}

static void refuses_bad_handshakes_with_their_code(void) {
    static const struct {
        const char *request;
        unsigned status;
        const char *body;
    } cases[] = {
        {"GET /engine.io/?transport=polling", 400, "{\"code\":5,"},
        {"GET /engine.io/?EIO=abc&transport=polling", 400, "{\"code\":5,"},
        {"GET /engine.io/?EIO=3&transport=polling", 400, "{\"code\":5,"},
        {"GET /engine.io/?EIO=4", 400, "{\"code\":0,"},
        {"GET /engine.io/?EIO=4&transport=abc", 400, "{\"code\":0,"},
        {"POST " QUERY, 400, "{\"code\":2,"},
        {"PUT " QUERY, 400, "{\"code\":2,"},
        {"GET " QUERY "&sid=none", 400, "{\"code\":1,"},
        {"GET " QUERY "&sid=AAAAAAAAAAAAAAAAAAAA", 400, "{\"code\":1,"},
        {"GET /engine.io/?EIO=4&transport=websocket", 400, "{\"code\":3,"},
        {"OPTIONS " QUERY, 204, ""},
        {"GET /other", 200, "page"},
        {"HEAD /other", 200, ""},
        {"DELETE /other", 405, "405"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        start(&usual);
        open_conn(2);
        snprintf(text, sizeof text, "%s HTTP/1.1\r\n%s\r\n", cases[i].request,
                 HOST);
        send_text(2, text);
        UNIT_INT(status(2), cases[i].status);
        UNIT_TEXT(body(2), strlen(cases[i].body), cases[i].body);
        UNIT_INT(conns[2].then, OUTBOX_OPEN);
        stop();
    }
}

static void ids_differ_and_cannot_be_counted_up(void) {
    char first[21], second[21];
    start(&usual);
    open_polling(first);
    get(0, "");
    snprintf(second, sizeof second, "%.20s", body(0) + strlen("0{\"sid\":\""));
    int same = 0;
    for (int i = 4; i < 20; i++) same += first[i] == second[i];
    UNIT_TRUE(same < 8); /* of 16 characters of secret */
    second[19] ^= 1;
    get(0, second);
    UNIT_INT(status(0), 400);
    stop();
}

/* --- messages --- */

static void echoes_a_payload_of_several_packets(void) {
    static const char three[] = "4test1\x1e"
                                "4test2\x1e"
                                "4test3",
                      mixed[] = "4hello\x1e"
                                "bAQIDBA==";
    static const char *const payloads[] = {"4hello", three, mixed, "b", "4"};
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        char sid[21];
        start(&usual);
        open_polling(sid);
        post(0, sid, payloads[i]);
        UNIT_INT(status(0), 200);
        IS_TEXT(body(0), "ok");
        get(0, sid);
        UNIT_INT(status(0), 200);
        IS_TEXT(body(0), payloads[i]);
        stop();
    }
}

static void a_get_waits_until_there_is_something(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_conn(1);
    get(1, sid);
    UNIT_INT(conns[1].bytes.end, 0);
    post(0, sid,
         "4a\x1e"
         "4b");
    IS_TEXT(body(1), "4a\x1e"
                     "4b"); /* one answer for all of a round */
    EVENTS("message a;message b;");
    stop();
}

static void every_split_of_a_request_gives_the_same(void) {
    char sid[21], text[300];
    start(&usual);
    open_polling(sid);
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n"
             "3\r\n4on\r\n3;x=y\r\ne\x1e"
             "b\r\n4\r\nAQ==\r\n0\r\n\r\n",
             QUERY, sid, HOST);
    for (size_t step = 1; step <= strlen(text); step++) {
        buf_clear(&conns[0].bytes);
        feed(0, text, strlen(text), step);
        IS_TEXT(body(0), "ok");
        EVENTS("message one;binary \x01;");
    }
    stop();
}

static void closes_the_session_after_a_bad_packet(void) {
    static const char *const bad[] = {
        "abc",    /* no type */
        "",       /* no packet at all */
        "4a\x1e", /* an empty one */
        "2",      /* in version 4 only the server pings */
        "b!",     /* not base64 */
        "bAQ=",   /* cut base64 */
        "4\xff",  /* not UTF-8 */
        "7",      /* types end at 6 */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char sid[21];
        start(&usual);
        open_polling(sid);
        post(0, sid, bad[i]);
        UNIT_INT(status(0), 400);
        UNIT_TRUE(events_len >= 7 &&
                  strncmp(events + events_len - 7, "closed;", 7) == 0);
        get(0, sid);
        UNIT_INT(status(0), 400);
        stop();
    }
}

static void websocket_carries_text_and_binary(void) {
    start(&usual);
    open_websocket(1);
    frame(1, FRAME_TEXT, "4hello");
    IS_TEXT(frames(1), "4hello;");
    frame(1, FRAME_BINARY, "\x01\x02");
    IS_TEXT(frames(1), "\x01\x02;");
    UNIT_INT(conns[1].bytes.bytes[0], 0x82);
    EVENTS("message hello;binary \x01\x02;");
    frame(1, FRAME_TEXT, "abc");
    IS_TEXT(frames(1), "close 1002;");
    EVENTS("closed;");
    stop();
}

/* --- polling's own rules --- */

static void two_gets_at_once_close_the_session(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_conn(1);
    get(1, sid);
    get(0, sid);
    UNIT_INT(status(1), 200);
    IS_TEXT(body(1), "1");
    UNIT_INT(status(0), 400);
    EVENTS("closed;");
    get(0, sid);
    UNIT_INT(status(0), 400);
    stop();
}

static void two_posts_at_once_close_the_session(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_conn(1);
    begin_post(1, sid, 6, "4ha");
    post(0, sid, "4b");
    UNIT_INT(status(0), 400);
    EVENTS("closed;");
    send_text(1, "lf!"); /* the first one ends in order */
    UNIT_INT(status(1), 400);
    EVENTS("");
    stop();
}

static void a_request_that_breaks_off_closes_the_session(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_conn(1);
    get(1, sid);
    lose(1);
    EVENTS("closed;");
    get(0, sid);
    UNIT_INT(status(0), 400);
    stop();
}

static void a_post_that_breaks_off_closes_the_session(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_conn(1);
    begin_post(1, sid, 6, "4ha");
    lose(1);
    EVENTS("closed;");
    stop();
}

static void bare_octets_are_refused(void) {
    char sid[21], text[300];
    start(&usual);
    open_polling(sid);
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Type: "
             "application/octet-stream\r\nContent-Length: 2\r\n\r\n4a",
             QUERY, sid, HOST);
    send_text(0, text);
    UNIT_INT(status(0), 400);
    EVENTS("closed;");
    stop();
}

static void a_post_too_big_is_refused_on_its_head(void) {
    char sid[21], text[300];
    start(&usual);
    for (int over = 0; over < 2; over++) {
        open_polling(sid);
        snprintf(text, sizeof text,
                 "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n",
                 QUERY, sid, HOST, 1000000 + over);
        send_text(0, text);
        UNIT_INT(conns[0].bytes.end == 0 ? 0 : (int)status(0), over ? 413 : 0);
        UNIT_INT(conns[0].then, over ? OUTBOX_END : OUTBOX_OPEN);
        lose(0);
    }
    stop();
}

static void the_client_may_close(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_conn(1);
    get(1, sid);
    post(0, sid, "1");
    UNIT_INT(status(0), 200);
    IS_TEXT(body(1), "6");
    EVENTS("closed;");
    get(0, sid);
    UNIT_INT(status(0), 400);
    open_websocket(2);
    frame(2, FRAME_TEXT, "1");
    IS_TEXT(frames(2), "close 1000;");
    EVENTS("closed;");
    stop();
}

/* --- heartbeat --- */

static void pings_a_polling_session_after_each_pong(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    for (int i = 0; i < 3; i++) {
        get(0, sid);
        wait_ms(299);
        UNIT_INT(conns[0].bytes.end, 0);
        wait_ms(1);
        IS_TEXT(body(0), "2");
        post(0, sid, "3");
        IS_TEXT(body(0), "ok");
    }
    stop();
}

static void closes_sessions_without_a_pong(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_websocket(1);
    wait_ms(300);
    IS_TEXT(frames(1), "2;");
    wait_ms(199);
    EVENTS("");
    wait_ms(1);
    EVENTS("closed;closed;");
    IS_TEXT(frames(1), "2;close 1000;");
    get(0, sid);
    UNIT_INT(status(0), 400);
    stop();
}

static void the_wait_is_until_the_next_time_out(void) {
    start(&usual);
    UNIT_INT(engine_wait(engine, now, -1), -1);
    open_websocket(1);
    UNIT_INT(engine_wait(engine, now, -1), 300);
    UNIT_INT(engine_wait(engine, now + 299, 50), 1);
    UNIT_INT(engine_wait(engine, now + 900, -1), 0);
    stop();
}

/* --- groups --- */

static void publishes_to_the_members_of_this_moment(void) {
    char sid[21];
    struct span text = span_from("hi");
    start(&usual);
    open_websocket(1);
    uint32_t first = last_session;
    join_group(first, 0);
    open_websocket(2);
    open_polling(sid);
    join_group(last_session, 0);
    join_group(last_session, 1);
    for (int i = 1; i < 3; i++) buf_clear(&conns[i].bytes);

    publish(0, false, &text, 1);
    leave_group(first, 0); /* it keeps what was sent before */
    engine_send(engine, first, false, &text, 1);
    publish(0, false, &text, 1);
    publish(1, false, &text, 1);
    join_group(first, 1); /* broadcasts sent before do not reach it */
    end_turn();
    IS_TEXT(frames(1), "4hi;4hi;");
    IS_TEXT(frames(2), "");
    get(0, sid);
    IS_TEXT(body(0), "4hi\x1e"
                     "4hi\x1e"
                     "4hi");
    stop();
}

/* One system call each, however the packets alternate. */
static void each_connection_gets_its_part_of_a_round_in_one_piece(void) {
    static const char *const texts[] = {"a", "b", "c", "d", "e"};
    struct span text[5];
    uint32_t session[3];
    start(&usual);
    for (uint32_t i = 0; i < 3; i++) {
        open_websocket(i);
        session[i] = last_session;
        join_group(session[i], i == 2);
    }
    for (int i = 0; i < 5; i++) text[i] = span_from(texts[i]);
    for (int i = 0; i < 3; i++) {
        buf_clear(&conns[i].bytes);
        conns[i].pieces = 0;
    }
    publish(0, false, &text[0], 1);
    engine_send(engine, session[1], false, &text[1], 1);
    publish(1, false, &text[2], 1);
    join_group(session[0], 1);
    publish(1, false, &text[3], 1);
    leave_group(session[0], 0);
    publish(0, false, &text[4], 1);
    engine_close(engine, session[2], 1000);
    end_turn();
    IS_TEXT(frames(0), "4a;4d;");
    IS_TEXT(frames(1), "4a;4b;4e;");
    IS_TEXT(frames(2), "4c;4d;close 1000;");
    for (int i = 0; i < 3; i++) UNIT_INT(conns[i].pieces, 1);
    stop();
}

/* --- the tap --- */

static struct tap tap = TAP_EMPTY;

/* The records since the last time, a line each: "<- 0 http ...". */
static const char *tapped(void) {
    static char all[4000];
    char text[TAP_TEXT_SIZE];
    size_t n = 0;
    struct tap_record r;
    all[0] = '\0';
    while (tap_next(&tap, &r) && n < sizeof all - TAP_TEXT_SIZE - 20)
        n += (size_t)snprintf(all + n, sizeof all - n, "%s %d %s\n",
                              tap_arrow(&r), (int)r.conn,
                              tap_describe(&r, text));
    return all;
}

#define TAPPED(expected)                                                       \
    do {                                                                       \
        const char *got_ = tapped();                                           \
        IS_TEXT(got_, expected);                                               \
    } while (0)

static void start_tapped(void) {
    struct engine_options o = usual;
    o.tap = &tap;
    start(&o);
}

static void a_tap_sees_each_request_response_and_packet(void) {
    char sid[21], expected[400];
    start_tapped();
    open_polling(sid);
    TAPPED("<- 0 http GET " QUERY "\n"
           "-> 0 http 200, 114 B\n-> 0 http 114 B · 0 open\n"
           "-- 0 session 0 opened\n");
    post(0, sid, "4a");
    snprintf(expected, sizeof expected,
             "<- 0 http POST " QUERY "&sid=%s\n<- 0 http 2 B · 4 message\n"
             "-> 0 http 200, 2 B\n",
             sid);
    TAPPED(expected);
    send_text(0, "GET / HTTP/1.1\r\n" HOST "\r\n");
    TAPPED("<- 0 http GET /\n-> 0 http 200, 4 B\n");
    send_text(0, "GET " QUERY "&sid=x HTTP/1.1\r\n" HOST "\r\n");
    TAPPED("<- 0 http GET " QUERY "&sid=x\n-> 0 http 400\n");
    stop();
    tap_free(&tap);
}

static void a_tap_sees_each_frame_and_who_closed(void) {
    start_tapped();
    open_websocket(1);
    TAPPED("<- 1 http GET /engine.io/?EIO=4&transport=websocket\n"
           "-> 1 http 101\n-> 1 ws text 103 B · 0 open\n"
           "-- 1 session 0 opened\n");
    frame(1, FRAME_TEXT, "4hello");
    TAPPED("<- 1 ws text 6 B · 4 message\n"
           "-> 1 ws text 6 B · 4 message\n");
    struct span text = span_from("to all");
    join_group(last_session, 0);
    publish(0, false, &text, 1);
    TAPPED("-> -1 ws text 7 B · 4 message\n"); /* once for all */
    frame(1, FRAME_CLOSE, "\x03\xe9");
    TAPPED("<- 1 ws close 1001 going away\n"
           "-> 1 ws close 1001 going away\n"
           "-- -1 session 0 closed: 1005 by the client\n");
    stop();
    tap_free(&tap);
}

static void a_tap_sees_that_a_pong_is_missing(void) {
    start_tapped();
    open_websocket(1);
    tapped();
    wait_ms(300);
    TAPPED("-> 1 ws text 1 B · 2 ping\n");
    wait_ms(201);
    TAPPED("-- -1 session 0: no pong in time\n"
           "-> 1 ws close 1000 normal closure\n"
           "-- -1 session 0 closed: 1000 normal closure\n");
    stop();
    tap_free(&tap);
}

UNIT_MAIN("socketio/engine", UNIT_TEST(opens_a_session_by_polling),
          UNIT_TEST(opens_a_session_by_websocket),
          UNIT_TEST(refuses_bad_handshakes_with_their_code),
          UNIT_TEST(ids_differ_and_cannot_be_counted_up),
          UNIT_TEST(echoes_a_payload_of_several_packets),
          UNIT_TEST(a_get_waits_until_there_is_something),
          UNIT_TEST(every_split_of_a_request_gives_the_same),
          UNIT_TEST(closes_the_session_after_a_bad_packet),
          UNIT_TEST(websocket_carries_text_and_binary),
          UNIT_TEST(two_gets_at_once_close_the_session),
          UNIT_TEST(two_posts_at_once_close_the_session),
          UNIT_TEST(a_request_that_breaks_off_closes_the_session),
          UNIT_TEST(a_post_that_breaks_off_closes_the_session),
          UNIT_TEST(bare_octets_are_refused),
          UNIT_TEST(a_post_too_big_is_refused_on_its_head),
          UNIT_TEST(the_client_may_close),
          UNIT_TEST(pings_a_polling_session_after_each_pong),
          UNIT_TEST(closes_sessions_without_a_pong),
          UNIT_TEST(the_wait_is_until_the_next_time_out),
          UNIT_TEST(publishes_to_the_members_of_this_moment),
          UNIT_TEST(each_connection_gets_its_part_of_a_round_in_one_piece),
          UNIT_TEST(a_tap_sees_each_request_response_and_packet),
          UNIT_TEST(a_tap_sees_each_frame_and_who_closed),
          UNIT_TEST(a_tap_sees_that_a_pong_is_missing))
