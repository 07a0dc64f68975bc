/* engine_queue_test.c: the queues of socketio/engine.h: their limits, and what
 * a slow reader does to them */
#include "socketio/engine_traffic_unit.h"

#include <sys/resource.h>

/* --- what queues may hold --- */

static void a_queue_is_limited(void) {
    for (uint32_t over = 0; over < 2; over++) {
        char sid[21];
        struct engine_options o = quiet();
        start(&o);
        open_polling(sid);
        /* A packet counts with its pointer, 8 bytes. */
        send_bytes(last_session, LIMIT_QUEUE / 2 - 8);
        send_bytes(last_session, LIMIT_QUEUE / 2 - 8 + over);
        end_turn();
        EVENTS(over ? "closed;" : "");
        stop();
    }
}

/* Sends a text of n times the letter to the session opened last. */
static void send_repeated(int letter, size_t n) {
    struct span part = {malloc(n), n};
    memset(part.data, letter, n);
    engine_send(engine, last_session, false, &part, 1);
    free(part.data);
}

/* Checks the body that a connection was sent: its length and how it begins. */
static void check_body(uint32_t conn, size_t n, const char *begin) {
    size_t head = conns[conn].bytes.end - n, len = strlen(begin);
    UNIT_INT(status(conn), 200);
    UNIT_TRUE(conns[conn].bytes.end > n && n >= len);
    UNIT_TEXT(conns[conn].bytes.bytes + head - 4, 4, "\r\n\r\n");
    UNIT_TEXT(conns[conn].bytes.bytes + head, len, begin);
}

static void a_response_is_limited_and_the_rest_waits_for_the_next_get(void) {
    for (size_t over = 0; over < 2; over++) {
        char sid[21];
        struct engine_options o = quiet(); /* max_payload is 1 000 000 */
        start(&o);
        open_polling(sid);
        send_repeated('a', 600000);
        send_repeated('b', 600000);
        /* With two types and a separator it is as much as fits, or one more. */
        send_repeated('c', 399997 + over);
        send_repeated('d', 1);
        get(0, sid);
        check_body(0, 600001, "4aaa");
        get(0, sid);
        check_body(0, over ? 600001 : 1000000, "4bbb");
        get(0, sid);
        check_body(0, over ? 400002 : 2, over ? "4c" : "4d");
        get(0, sid);
        UNIT_INT(conns[0].bytes.end, 0); /* it waits */
        stop();
    }
}

/* A packet over the limit goes alone; otherwise it would wait for ever. */
static void a_packet_longer_than_a_response_may_be_is_sent_alone(void) {
    char sid[21];
    struct engine_options o = quiet();
    o.max_payload = 1000;
    start(&o);
    open_polling(sid);
    send_repeated('a', 5000);
    send_repeated('b', 1);
    get(0, sid);
    check_body(0, 5001, "4aaa");
    get(0, sid);
    check_body(0, 2, "4b");
    stop();
}

/* A peer that fetches slowly has to see the ping in time. */
static void a_ping_goes_before_all_that_is_queued(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    send_repeated('a', 600000);
    send_repeated('b', 600000);
    wait_ms(300);
    get(0, sid);
    check_body(0, 600003,
               "2\x1e"
               "4aaa");
    get(0, sid);
    check_body(0, 600001, "4bbb");
    stop();
}

static void a_message_may_have_as_many_parts_as_the_limit(void) {
    char sid[21];
    struct span parts[ENGINE_PARTS];
    start(&usual);
    for (int i = 0; i < ENGINE_PARTS; i++) parts[i] = span_from("x");
    open_websocket(1);
    engine_send(engine, last_session, false, parts, ENGINE_PARTS);
    join_group(last_session, 0);
    open_polling(sid);
    engine_send(engine, last_session, false, parts, ENGINE_PARTS);
    publish(0, false, parts, ENGINE_PARTS);
    end_turn();
    IS_TEXT(frames(1), "4xxxxxxxxxxxxxxx;4xxxxxxxxxxxxxxx;");
    get(0, sid);
    IS_TEXT(body(0), "4xxxxxxxxxxxxxxx");
    stop();
}

/* Sends a message of one part more. A binary one has no type in front. */
static int send_too_many_parts(void) {
    struct span parts[ENGINE_PARTS + 1] = {{NULL, 0}};
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (!freopen("/dev/null", "w", stderr)) return UNIT_SKIPPED;
    start(&usual);
    open_websocket(1);
    engine_send(engine, last_session, true, parts, ENGINE_PARTS + 1);
    stop();
    return 0;
}

/* More parts would be written beyond the end of an array. */
static void more_parts_are_the_fault_of_the_caller(void) {
#ifndef NDEBUG
    UNIT_INT(unit_child(send_too_many_parts, "send_too_many_parts"), -1);
#endif
}

/* 1000 sessions that do not poll, 2 broadcasts of 900 KB each: one copy. */
static void a_broadcast_is_kept_once_for_all_queues(void) {
    struct engine_options o = quiet();
    o.max_sessions = 1000;
    start(&o);
    open_conn(0);
    for (int i = 0; i < 1000; i++) {
        get(0, "");
        join_group(last_session, 0);
    }
    events_len = 0;
    event_count = 0;
    struct span part = {calloc(1, 900000), 900000};
    for (int i = 0; i < 2; i++) publish(0, true, &part, 1);
    free(part.data);
    end_turn();
    UNIT_INT(event_count, 0); /* 1.8 GB would be over the limit of all */
    stop();
}

static void when_all_queues_are_too_long_the_longest_unfetched_ends(void) {
    char sid[40][21];
    struct engine_options o = quiet();
    o.max_sessions = 40;
    start(&o);
    open_conn(0);
    uint32_t session[40];
    for (int i = 0; i < 40; i++) {
        now += 10;
        get(0, "");
        session[i] = last_session;
        const char *at = strstr(body(0), "\"sid\":\"");
        snprintf(sid[i], 21, "%.20s", at ? at + strlen("\"sid\":\"") : "");
    }
    /* The first one fetches something, so the second is now the longest. */
    send_bytes(session[0], 1);
    end_turn();
    get(0, sid[0]);
    events_len = 0;
    event_count = 0;
    for (int i = 0; i < 33; i++) send_bytes(session[i], 2000000);
    end_turn();
    UNIT_INT(event_count, 0); /* 66 MB: as many fit */
    send_bytes(session[39], 2000000);
    end_turn();
    UNIT_INT(event_count, 1);
    get(0, sid[1]);
    UNIT_INT(status(0), 400);
    get(0, sid[0]);
    UNIT_INT(status(0), 200);
    get(0, sid[2]);
    UNIT_INT(status(0), 200);
    stop();
}

/* --- slow readers --- */

static void time_outs_begin_when_the_reply_has_left(void) {
    struct engine_options o = quiet();
    start(&o);
    open_conn(1);
    conns[1].is_slow = true;
    send_text(1, "GET / HTTP/1.1\r\n" HOST "\r\n");
    open_conn(2);
    conns[2].is_slow = true;
    send_text(2, "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    UNIT_INT(conns[2].then, OUTBOX_END);
    wait_ms(10 * LIMIT_IDLE_MS);
    UNIT_INT(conns[1].then, OUTBOX_OPEN);
    UNIT_INT(conns[2].then, OUTBOX_END);
    engine_sent(engine, 1, now);
    engine_sent(engine, 2, now);
    wait_ms(LIMIT_CLOSING_MS - 1);
    UNIT_INT(conns[2].then, OUTBOX_END);
    wait_ms(1);
    UNIT_INT(conns[2].then, OUTBOX_DROP);
    wait_ms(LIMIT_IDLE_MS - LIMIT_CLOSING_MS - 1);
    UNIT_INT(conns[1].then, OUTBOX_OPEN);
    wait_ms(1);
    UNIT_INT(conns[1].then, OUTBOX_END);
    stop();
}

static void a_pong_is_due_when_its_ping_has_left(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_websocket(1);
    get(0, sid);
    conns[0].is_slow = conns[1].is_slow = true;
    wait_ms(300);
    IS_TEXT(frames(1), "2;");
    IS_TEXT(body(0), "2");
    wait_ms(10000);
    EVENTS("");
    engine_sent(engine, 0, now);
    engine_sent(engine, 1, now);
    wait_ms(199);
    EVENTS("");
    wait_ms(1);
    EVENTS("closed;closed;");
    stop();
}

/* Its packets were on the way: the client must notice that they are lost. */
static void a_response_that_is_lost_ends_its_session(void) {
    for (int is_sent = 0; is_sent < 2; is_sent++) {
        char sid[21];
        struct engine_options o = quiet();
        start(&o);
        open_polling(sid);
        open_conn(1);
        conns[1].is_slow = true;
        get(1, sid);
        send_bytes(last_session, 3);
        end_turn();
        IS_TEXT(body(1), "bAAAA");
        if (is_sent) engine_sent(engine, 1, now);
        lose(1);
        EVENTS(is_sent ? "" : "closed;");
        stop();
    }
}

static void a_session_whose_id_was_not_sent_ends(void) {
    start(&usual);
    open_conn(1);
    conns[1].is_slow = true;
    get(1, "");
    EVENTS("opened;");
    lose(1);
    EVENTS("closed;");
    stop();
}

/* The next request on the connection is another session's: the ping is on its
 * way all the same. */
static void a_ping_is_waited_for_when_its_connection_serves_another(void) {
    char a[21], b[21];
    start(&usual);
    open_polling_on(0, a);
    open_polling_on(1, b);
    conns[0].is_slow = true;
    get(0, a);
    wait_ms(300);
    IS_TEXT(body(0), "2");
    get(0, b);
    post(1, b, "3");
    wait_ms(199);
    EVENTS("");
    wait_ms(1);
    EVENTS("closed;");
    get(1, a);
    UNIT_INT(status(1), 400);
    stop();
}

static void a_queued_ping_moves_with_its_session(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    wait_ms(300);
    upgrade(1, sid);
    frame(1, FRAME_TEXT, "2probe");
    conns[1].is_slow = true;
    frame(1, FRAME_TEXT, "5");
    IS_TEXT(frames(1), "2;");
    wait_ms(10000);
    EVENTS("");
    engine_sent(engine, 1, now);
    wait_ms(199);
    EVENTS("");
    wait_ms(1);
    EVENTS("closed;");
    stop();
}

static void a_close_begins_its_time_when_it_has_left(void) {
    start(&usual);
    open_websocket(1);
    conns[1].is_slow = true;
    engine_close(engine, last_session, 1000);
    end_turn();
    IS_TEXT(frames(1), "close 1000;");
    wait_ms(10 * LIMIT_CLOSING_MS);
    UNIT_INT(conns[1].then, OUTBOX_OPEN);
    engine_sent(engine, 1, now);
    wait_ms(LIMIT_CLOSING_MS - 1);
    UNIT_INT(conns[1].then, OUTBOX_OPEN);
    wait_ms(1);
    UNIT_INT(conns[1].then, OUTBOX_DROP);
    stop();
}

/* The peer replies to the close after a while, and keeps TCP open: 2 s in
 * all. */
static void a_late_close_does_not_extend_the_time_to_close(void) {
    start(&usual);
    open_websocket(1);
    engine_close(engine, last_session, 1000);
    end_turn();
    wait_ms(LIMIT_CLOSING_MS - 1);
    frame(1, FRAME_CLOSE, "\x03\xe8");
    UNIT_INT(conns[1].then, OUTBOX_END);
    wait_ms(1);
    UNIT_INT(conns[1].then, OUTBOX_DROP);
    stop();
}

UNIT_MAIN("socketio/engine_queue", UNIT_TEST(a_queue_is_limited),
          UNIT_TEST(a_response_is_limited_and_the_rest_waits_for_the_next_get),
          UNIT_TEST(a_packet_longer_than_a_response_may_be_is_sent_alone),
          UNIT_TEST(a_ping_goes_before_all_that_is_queued),
          UNIT_TEST(a_message_may_have_as_many_parts_as_the_limit),
          UNIT_TEST(more_parts_are_the_fault_of_the_caller),
          UNIT_TEST(a_broadcast_is_kept_once_for_all_queues),
          UNIT_TEST(when_all_queues_are_too_long_the_longest_unfetched_ends),
          UNIT_TEST(time_outs_begin_when_the_reply_has_left),
          UNIT_TEST(a_pong_is_due_when_its_ping_has_left),
          UNIT_TEST(a_response_that_is_lost_ends_its_session),
          UNIT_TEST(a_session_whose_id_was_not_sent_ends),
          UNIT_TEST(a_close_begins_its_time_when_it_has_left),
          UNIT_TEST(a_late_close_does_not_extend_the_time_to_close),
          UNIT_TEST(a_ping_is_waited_for_when_its_connection_serves_another),
          UNIT_TEST(a_queued_ping_moves_with_its_session))
