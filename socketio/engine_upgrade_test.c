/* engine_upgrade_test.c: socketio/engine.h while a session moves to a
 * WebSocket, and what still refers to the old connection */
#include "socketio/engine_traffic_unit.h"

/* --- upgrade --- */

static void upgrades_and_loses_nothing(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    post(0, sid, "4before");
    upgrade(1, sid);
    UNIT_INT(status(1), 101);
    frame(1, FRAME_TEXT, "2probe");
    IS_TEXT(frames(1), "3probe;");
    frame(1, FRAME_TEXT, "5");
    IS_TEXT(frames(1), "4before;"); /* not fetched before */
    frame(1, FRAME_TEXT, "4after");
    IS_TEXT(frames(1), "4after;");
    EVENTS("message before;message after;");
    get(0, sid);
    UNIT_INT(status(0), 400);
    UNIT_TEXT(body(0), 9, "{\"code\":3");
    wait_ms(300); /* the heartbeat goes on */
    IS_TEXT(frames(1), "4after;2;");
    stop();
}

static void a_waiting_get_ends_with_a_noop_when_the_probe_comes(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    get(0, sid);
    upgrade(1, sid);
    UNIT_INT(conns[0].bytes.end, 0);
    frame(1, FRAME_TEXT, "2probe");
    IS_TEXT(body(0), "6");
    get(0, sid); /* and one that comes later, too */
    IS_TEXT(body(0), "6");
    stop();
}

/* The wrong way of 503 --break. Any other packet ends the GET. */
static void without_the_noop_a_get_waits_for_the_next_packet(void) {
    char sid[21];
    struct engine_options o = usual;
    o.omits_noop = true;
    start(&o);
    open_polling(sid);
    get(0, sid);
    upgrade(1, sid);
    frame(1, FRAME_TEXT, "2probe");
    IS_TEXT(frames(1), "3probe;");
    UNIT_INT(conns[0].bytes.end, 0);
    wait_ms(300);
    IS_TEXT(body(0), "2");
    get(0, sid); /* the same for one that comes after the probe */
    UNIT_INT(conns[0].bytes.end, 0);
    stop();
}

/* A GET and the client's "5" arrive in one round: the GET ends all the same. */
static void a_get_in_the_round_of_the_upgrade_ends_with_a_noop(void) {
    char sid[21], text[300];
    struct buf five;
    start(&usual);
    open_polling(sid);
    upgrade(1, sid);
    frame(1, FRAME_TEXT, "2probe");
    snprintf(text, sizeof text, "GET %s&sid=%s HTTP/1.1\r\n%s\r\n", QUERY, sid,
             HOST);
    buf_clear(&conns[0].bytes);
    feed_once(0, (struct span){(uint8_t *)text, strlen(text)});
    buf_init(&five, 100);
    add_frame(&five, 0x81, "5");
    feed_once(1, buf_view(&five));
    deliver();
    IS_TEXT(body(0), "6");
    UNIT_INT(conns[0].then, OUTBOX_OPEN);
    buf_free(&five);
    stop();
}

static void a_second_websocket_is_closed_and_the_first_goes_on(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    upgrade(1, sid);
    frame(1, FRAME_TEXT, "2probe");
    frame(1, FRAME_TEXT, "5");
    upgrade(2, sid);
    IS_TEXT(frames(2), "close 1008;");
    frame(1, FRAME_TEXT, "4hello");
    IS_TEXT(frames(1), "4hello;");
    stop();
}

static void an_abandoned_probe_leaves_polling_usable(void) {
    for (int how = 0; how < 5; how++) {
        char sid[21];
        struct engine_options o = usual;
        o.ping_interval = 60000;
        start(&o);
        open_polling(sid);
        upgrade(1, sid);
        if (how == 0) frame(1, FRAME_TEXT, "garbage");
        if (how == 1) frame(1, FRAME_TEXT, "5"); /* without a probe */
        if (how == 2) lose(1);
        if (how == 4) frame(1, FRAME_CLOSE, "\x03\xe8");
        if (how == 3) {
            wait_ms(9999);
            UNIT_TRUE(strstr(frames(1), "close") == NULL);
            wait_ms(1);
            IS_TEXT(frames(1), "close 1000;");
            open_conn(3);
            lose(0);
        }
        uint32_t conn = how == 3 ? 3 : 0;
        post(conn, sid, "4still");
        IS_TEXT(body(conn), "ok");
        get(conn, sid);
        IS_TEXT(body(conn), "4still");
        upgrade(5, sid); /* and another probe is allowed */
        frame(5, FRAME_TEXT, "2probe");
        IS_TEXT(frames(5), "3probe;");
        stop();
    }
}

/* --- outdated references --- */

/* A connection whose request for a session was refused has no effect on it, nor
 * on the one that gets its slot. */
static void a_connection_ends_no_session_that_it_does_not_carry(void) {
    char sid[21], newcomer[21];
    struct engine_options o = usual;
    o.max_sessions = 1; /* so that the slot is used again at once */
    start(&o);
    open_polling(sid);
    open_conn(1);
    begin_post(1, sid, 6, "4ha");
    open_conn(2);
    post(2, sid, "4b"); /* a second POST: both sides end */
    UNIT_INT(status(2), 400);
    EVENTS("closed;");
    open_polling_on(3, newcomer);
    lose(2);
    lose(1);
    EVENTS("");
    post(3, newcomer, "4alive");
    IS_TEXT(body(3), "ok");
    stop();
}

static void a_connection_that_fails_ends_no_session_that_it_served(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    post(0, sid, "4a");
    send_text(0, "not HTTP\r\n\r\n");
    UNIT_INT(status(0), 400);
    UNIT_INT(conns[0].then, OUTBOX_END);
    EVENTS("message a;");
    stop();
}

/* The connection served a session before; now it is for a new one. */
static void an_upgrade_without_sid_opens_a_session(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    send_text(0, "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\n" HOST
                 "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    EVENTS("opened;");
    UNIT_TRUE(strstr(frames(0), "\"upgrades\":[]"));
    stop();
}

static void a_probe_ends_with_its_session(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    upgrade(1, sid);
    frame(1, FRAME_TEXT, "2probe");
    post(0, sid, "1");
    IS_TEXT(frames(1), "3probe;close 1000;");
    EVENTS("closed;");
    stop();
}

/* A connection is lost, and its number is given to another before the engine
 * has acted on that. */
static void a_number_that_is_used_again_has_no_past(void) {
    char sid[21];
    struct span text = span_from("x");
    start(&usual);
    open_polling(sid);
    open_conn(1);
    get(1, sid); /* waits */
    engine_lost(engine, 1);
    open_conn(1);
    end_turn();
    EVENTS("closed;");
    UNIT_INT(conns[1].bytes.end, 0);

    open_websocket(2);
    engine_send(engine, last_session, false, &text, 1);
    engine_lost(engine, 2);
    open_conn(2);
    end_turn();
    UNIT_INT(conns[2].bytes.end, 0);
    UNIT_INT(conns[2].then, OUTBOX_OPEN);
    get(2, "");
    UNIT_INT(status(2), 200);
    stop();
}

static void pings_of_a_client_and_its_close_are_answered(void) {
    start(&usual);
    open_websocket(1);
    frame(1, FRAME_PING, "hi");
    UNIT_TEXT(conns[1].bytes.bytes, conns[1].bytes.end, "\x8a\x02hi");
    frame(1, FRAME_CLOSE, "\x03\xe8");
    IS_TEXT(frames(1), "close 1000;");
    UNIT_INT(conns[1].then, OUTBOX_END);
    EVENTS("closed;");
    stop();
}

static void a_post_during_an_upgrade_is_refused_and_leaves_no_trace(void) {
    char sid[21], newcomer[21];
    struct engine_options o = usual;
    o.max_sessions = 1;
    start(&o);
    open_polling(sid);
    open_conn(1);
    begin_post(1, sid, 6, "4ha");
    upgrade(2, sid);
    frame(2, FRAME_TEXT, "2probe");
    frame(2, FRAME_TEXT, "5");
    send_text(1, "lf!");
    UNIT_INT(status(1), 400);
    frame(2, FRAME_TEXT, "1");
    EVENTS("closed;");
    open_polling_on(3, newcomer);
    lose(1);
    lose(2);
    EVENTS("");
    get(3, newcomer);
    UNIT_INT(conns[3].bytes.end, 0);
    stop();
}

static void an_outdated_handle_does_nothing(void) {
    struct span text = span_from("x");
    struct engine_options o = usual;
    o.max_sessions = 1;
    start(&o);
    open_websocket(1);
    uint32_t old = last_session;
    engine_close(engine, old, 1000);
    end_turn();
    open_websocket(2);
    UNIT_INT(handle_slot(last_session), handle_slot(old));
    UNIT_TRUE(last_session != old);
    buf_clear(&conns[2].bytes);
    engine_send(engine, old, false, &text, 1);
    join_group(old, 0);
    publish(0, false, &text, 1);
    engine_close(engine, old, 1000);
    end_turn();
    IS_TEXT(frames(2), "");
    EVENTS("");
    stop();
}

/* The program broadcasts that a session is gone, and in the same round a member
 * upgrades to its WebSocket: it gets the broadcast once. */
static void a_broadcast_in_the_round_of_an_upgrade_arrives_once(void) {
    char sid[21];
    struct span text = span_from("gone");
    start(&usual);
    open_polling(sid);
    join_group(last_session, 0);
    upgrade(1, sid);
    frame(1, FRAME_TEXT, "2probe");
    buf_clear(&conns[1].bytes);

    struct buf five;
    struct engine_event e;
    buf_init(&five, 100);
    add_frame(&five, 0x81, "5");
    publish(0, false, &text, 1);
    engine_feed(engine, 1, buf_view(&five), now);
    while (engine_next(engine, &e)) handle(&e);
    publish(0, false, &text, 1);
    engine_end_feed(engine);
    end_turn();
    IS_TEXT(frames(1), "4gone;4gone;");
    buf_free(&five);
    stop();
}

UNIT_MAIN("socketio/engine_upgrade", UNIT_TEST(upgrades_and_loses_nothing),
          UNIT_TEST(a_waiting_get_ends_with_a_noop_when_the_probe_comes),
          UNIT_TEST(a_second_websocket_is_closed_and_the_first_goes_on),
          UNIT_TEST(an_abandoned_probe_leaves_polling_usable),
          UNIT_TEST(a_connection_ends_no_session_that_it_does_not_carry),
          UNIT_TEST(a_post_during_an_upgrade_is_refused_and_leaves_no_trace),
          UNIT_TEST(an_outdated_handle_does_nothing),
          UNIT_TEST(a_broadcast_in_the_round_of_an_upgrade_arrives_once),
          UNIT_TEST(a_connection_that_fails_ends_no_session_that_it_served),
          UNIT_TEST(an_upgrade_without_sid_opens_a_session),
          UNIT_TEST(a_probe_ends_with_its_session),
          UNIT_TEST(a_number_that_is_used_again_has_no_past),
          UNIT_TEST(pings_of_a_client_and_its_close_are_answered),
          UNIT_TEST(a_get_in_the_round_of_the_upgrade_ends_with_a_noop),
          UNIT_TEST(without_the_noop_a_get_waits_for_the_next_packet))
