/* engine_timeout_test.c: the time-outs of socketio/engine.h: which
 * connections stay open, and which end */
#include "socketio/engine_traffic_unit.h"

/* --- input that has arrived is read before a time-out is judged --- */

static void a_pong_that_arrived_in_time_counts_when_read_later(void) {
    struct buf pong;
    start(&usual);
    open_websocket(1);
    wait_ms(300);
    now += 60000; /* the process was stopped; then its loop reads first */
    fill_frames(&pong, 1, "3");
    feed_once(1, buf_view(&pong));
    end_turn();
    EVENTS("");
    wait_ms(299);
    EVENTS("");
    buf_free(&pong);
    stop();
}

/* Opens a WebSocket, on which a ping is due, and fills many with frames. */
static void start_with_input(struct buf *many) {
    start(&usual);
    is_echoing = false;
    open_websocket(1);
    wait_ms(300);
    fill_frames(many, 30000, "4x");
}

static void a_session_with_unread_input_is_not_judged(void) {
    struct buf many;
    start_with_input(&many);
    add_frame(&many, 0x81, "3");
    now += 1000;
    struct span rest = feed_once(1, buf_view(&many));
    UNIT_TRUE(engine_is_behind(engine, last_session));
    events_len = 0;
    for (int turn = 0; rest.len > 0; turn++) {
        UNIT_TRUE(turn < 100);
        engine_expire(engine, now);
        now += 10;
        rest = feed_once(1, rest);
        events_len = 0;
    }
    /* The kernel may have more of it, and the next turn reads that first. */
    engine_expire(engine, now);
    handle_events();
    EVENTS("");
    UNIT_FALSE(engine_is_behind(engine, last_session));
    wait_ms(299); /* the pong was the last message */
    EVENTS("");
    buf_free(&many);
    stop();
}

/* All of it had arrived, but it was too much for one read. */
static void a_body_of_which_some_is_unread_is_not_judged(void) {
    char sid[21];
    static char part[LIMIT_SHARE_BYTES];
    struct engine_options o = quiet();
    start(&o);
    is_echoing = false;
    open_polling(sid);
    open_conn(1);
    memset(part, 'x', sizeof part);
    begin_post(1, sid, sizeof part + 2, "4");
    now += 2 * LIMIT_BODY_MS; /* the process was stopped */
    feed_once(1, (struct span){(uint8_t *)part, sizeof part});
    end_turn();
    send_text(1, "x");
    IS_TEXT(body(1), "ok");
    stop();
}

/* The pong is the last packet of a payload that takes several rounds. */
static void a_session_with_a_payload_under_way_is_not_judged(void) {
    char sid[21], head[200];
    struct buf all;
    start(&usual);
    open_polling(sid);
    is_echoing = false;
    wait_ms(300); /* its ping is queued */
    buf_init(&all, 1 << 20);
    snprintf(head, sizeof head,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: 60001\r\n\r\n",
             QUERY, sid, HOST);
    buf_text(&all, head);
    for (int i = 0; i < 20000; i++) buf_text(&all, "4x\x1e");
    buf_text(&all, "3");
    now += 1000;
    open_conn(1);
    feed_once(1, buf_view(&all));
    for (int i = 0; i < 10; i++) {
        wait_ms(1);
        if (events_len > 3000) events_len = 0;
    }
    UNIT_TRUE(strstr(events, "closed") == NULL);
    IS_TEXT(body(1), "ok");
    buf_free(&all);
    stop();
}

static void a_session_with_unread_input_is_judged_in_the_end(void) {
    struct buf many;
    start_with_input(&many);
    now += 1000;
    for (struct span rest = buf_view(&many); rest.len > 0;) {
        rest = feed_once(1, rest);
        engine_expire(engine, now);
        now += 10;
    }
    events_len = 0;
    handle_events();
    EVENTS("");
    wait_ms(10);
    EVENTS("closed;");
    buf_free(&many);
    stop();
}

/* --- an honest peer is left alone; a stuck one is not --- */

/* Sends a POST with a pong whenever a polling session got a ping, and a pong on
 * each WebSocket that got one. */
static void respond_to_pings(const char *sid, uint32_t get_conn,
                             uint32_t post_conn) {
    for (uint32_t i = 0; i < CONNS; i++) {
        if (conns[i].bytes.end == 0 || !strstr(frames(i), "2;")) continue;
        if (conns[i].bytes.bytes[0] == 0x81) frame(i, FRAME_TEXT, "3");
        buf_clear(&conns[i].bytes);
    }
    if (strcmp(body(get_conn), "nothing") == 0) return;
    if (strcmp(body(get_conn), "2") == 0) {
        open_conn(post_conn);
        post(post_conn, sid, "3");
        IS_TEXT(body(post_conn), "ok");
        lose(post_conn);
    }
    get(get_conn, sid);
    UNIT_INT(conns[get_conn].bytes.end, 0);
}

/* Three times every time-out passes. */
static void healthy_connections_of_every_kind_stay_open(void) {
    char polling[21], upgraded[21];
    struct engine_options o = usual;
    o.ping_interval = 25000;
    o.ping_timeout = 20000;
    start(&o);
    open_websocket(1);
    open_polling_on(2, upgraded);
    upgrade(3, upgraded);
    frame(3, FRAME_TEXT, "2probe");
    frame(3, FRAME_TEXT, "5");
    lose(2);
    open_polling(polling);
    get(0, polling);
    open_conn(4); /* a keep-alive connection that asks now and then */
    for (int i = 0; i < CONNS; i++) buf_clear(&conns[i].bytes);
    events_len = 0;
    for (int ms = 0; ms < 3 * 45000; ms += 100) {
        wait_ms(100);
        respond_to_pings(polling, 0, 5);
        if (ms % 4900 == 0) send_text(4, "GET / HTTP/1.1\r\n" HOST "\r\n");
        if (events_len > 3000) events_len = 0;
    }
    UNIT_TRUE(strstr(events, "closed") == NULL);
    for (int i = 0; i < 5; i++)
        if (i != 2) UNIT_INT(conns[i].then, OUTBOX_OPEN);
    stop();
}

/* A GET waits as long as the heartbeat lets it, which is longer than any
 * time-out of HTTP. */
static void a_get_may_wait_for_long(void) {
    char sid[21];
    struct engine_options o = quiet();
    start(&o);
    open_polling(sid);
    get(0, sid);
    for (int i = 0; i < 100; i++) wait_ms(1000);
    UNIT_INT(conns[0].bytes.end, 0);
    UNIT_INT(conns[0].then, OUTBOX_OPEN);
    send_bytes(last_session, 3);
    end_turn();
    IS_TEXT(body(0), "bAAAA");
    EVENTS("");
    stop();
}

static void a_message_that_makes_no_progress_ends_its_websocket(void) {
    struct engine_options o = quiet();
    struct buf part;
    start(&o);
    open_websocket(1);
    buf_init(&part, 1000);
    add_frame(&part, 0x01, "4begun"); /* not the last fragment */
    feed(1, part.bytes, part.end, SIZE_MAX);
    buf_clear(&part);
    add_frame(&part, 0x8a, "pong");
    for (int ms = 0; ms < LIMIT_WS_STALLED_MS - 1000; ms += 1000) {
        wait_ms(1000); /* pongs are no progress of a message */
        feed(1, part.bytes, part.end, SIZE_MAX);
    }
    EVENTS("");
    wait_ms(1000);
    EVENTS("closed;");
    UNIT_TRUE(strstr(frames(1), "close 1008;"));
    buf_free(&part);
    stop();
}

static void a_slow_message_that_makes_progress_arrives(void) {
    struct engine_options o = quiet();
    struct buf all;
    start(&o);
    is_echoing = false;
    open_websocket(1);
    buf_init(&all, 1000);
    add_frame(&all, 0x81, "4a message, byte by byte");
    for (uint32_t i = 0; i < all.end; i++) {
        feed(1, all.bytes + i, 1, 1);
        wait_ms(i < 6 ? 1000 : LIMIT_WS_STALLED_MS - 1);
    }
    EVENTS("message a message, byte by byte;");
    wait_ms(3 * LIMIT_WS_STALLED_MS); /* and then it is idle */
    EVENTS("");
    buf_free(&all);
    stop();
}

/* While its replies are unsent, a peer is not read from; so it is not blamed
 * for a message that does not go on. */
static void a_slow_reader_is_not_blamed_for_what_is_not_read(void) {
    struct engine_options o = quiet();
    struct buf part;
    start(&o);
    open_websocket(1);
    conns[1].is_slow = true;
    send_bytes(last_session, 10);
    end_turn();
    buf_init(&part, 1000);
    add_frame(&part, 0x01, "4begun");
    feed(1, part.bytes, part.end, SIZE_MAX);
    wait_ms(10 * LIMIT_WS_STALLED_MS);
    EVENTS("");
    engine_sent(engine, 1, now);
    wait_ms(LIMIT_WS_STALLED_MS - 1);
    EVENTS("");
    wait_ms(1);
    EVENTS("closed;");
    buf_free(&part);
    stop();
}

UNIT_MAIN("socketio/engine_timeout",
          UNIT_TEST(a_pong_that_arrived_in_time_counts_when_read_later),
          UNIT_TEST(a_session_with_unread_input_is_not_judged),
          UNIT_TEST(a_session_with_unread_input_is_judged_in_the_end),
          UNIT_TEST(healthy_connections_of_every_kind_stay_open),
          UNIT_TEST(a_get_may_wait_for_long),
          UNIT_TEST(a_message_that_makes_no_progress_ends_its_websocket),
          UNIT_TEST(a_slow_message_that_makes_progress_arrives),
          UNIT_TEST(a_slow_reader_is_not_blamed_for_what_is_not_read),
          UNIT_TEST(a_session_with_a_payload_under_way_is_not_judged),
          UNIT_TEST(a_body_of_which_some_is_unread_is_not_judged))
