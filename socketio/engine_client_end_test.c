/* engine_client_end_test.c: socketio/engine_client_end.h: what ends a session,
 * and what ends only its upgrade */
#include "socketio/engine_client_unit.h"

static void closes_a_websocket_in_good_order(void) {
    open_websocket();
    send_text("last");
    engine_client_close(&c, now);
    drain();
    expect_frames("1 4last!;8 \x03\xe8;");
    expect("");
    message("4late");
    message("2");
    feed_bytes(WS, "\x88\x02\x03\xe8", 4, 1);
    expect(""); /* RFC 6455 §7.1.1: the server ends TCP first */
    UNIT_INT(engine_client_due(&c), now + LIMIT_LEAVE_MS);
    engine_client_lost(&c, WS, NULL, now);
    drain();
    expect("closed;");
    drain();
    expect("");
    stop();
}

/* But the client waits only LIMIT_LEAVE_MS for that, and for the close; the
 * second call of close changes nothing. */
static void a_close_takes_its_time_at_most(void) {
    for (int way = 0; way < 3; way++) {
        if (way < 2)
            open_websocket();
        else
            open_polling();
        engine_client_close(&c, now);
        engine_client_close(&c, now + 1);
        if (way == 0) expect_frames("8 \x03\xe8;");
        if (way == 1) feed_bytes(WS, "\x88\x02\x03\xe8", 4, 1);
        if (way == 2) drain();
        if (way == 2) expect_request(POST, "POST ", "1");
        now += LIMIT_LEAVE_MS - 1;
        engine_client_expire(&c, now);
        drain();
        expect("");
        engine_client_expire(&c, ++now);
        drain();
        expect(way == 1 ? "closed;"
                        : "closed|the server did not answer the close;");
        expect_dials(0, 0, 0);
        stop();
    }
}

static void closes_polling_with_a_packet(void) {
    open_polling();
    send_text("last");
    expect_request(POST, "POST ", "4last!");
    engine_client_close(&c, now);
    drain();
    respond(POST, "ok");
    expect_request(POST, "POST ", "1");
    feed(GET, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    expect("");
    respond(POST, "ok");
    expect("closed;");
    stop();
}

static void a_close_ends_the_upgrade(void) {
    open_probing();
    message("3probe");
    engine_client_close(&c, now);
    drain();
    expect_dials(1, 1, 0);
    expect_request(POST, "POST ", "1");
    respond(GET, "4late\x1e"
                 "6");
    respond(POST, "ok");
    expect("closed;");
    stop();
}

static void a_close_before_it_is_open_takes_no_time(void) {
    start(TRANSPORT_UPGRADE);
    engine_client_close(&c, now);
    drain();
    expect("closed;");
    expect_dials(0, 0, 0);
    engine_client_close(&c, now);
    drain();
    expect("");
    stop();
}

/* A deadline, and one ms before it. */
static void expect_deadline(int64_t ms, const char *expected) {
    UNIT_INT(engine_client_due(&c), now + ms);
    engine_client_expire(&c, now + ms - 1);
    drain();
    expect("");
    engine_client_expire(&c, now + ms);
    drain();
    expect(expected);
    expect_dials(0, 0, 0);
    UNIT_INT(engine_client_due(&c), INT64_MAX);
    stop();
}

static void each_deadline_is_kept(void) {
    start(TRANSPORT_WEBSOCKET);
    expect_deadline(LIMIT_OPEN_MS, "closed|the server did not answer in time;");
    start(TRANSPORT_POLLING);
    engine_client_fail(&c, "x", (struct span){0});
    drain();
    expect("closed|x;");
    options.answer_ms = 77;
    engine_client_open(&c, now);
    expect_deadline(77, "closed|the server did not answer in time;");
    open_websocket();
    expect_deadline(500, "closed|the server has not pinged in time;");
    open_polling();
    respond(GET, "4a message is no ping");
    expect("message a message is no ping;");
    expect_deadline(500, "closed|the server has not pinged in time;");
    open_polling();
    now += 400;
    respond(GET, "2");
    expect_deadline(500, "closed|the server has not pinged in time;");
    open_polling(); /* the first one counts */
    send_text("a");
    expect_deadline(500, "closed|the server has not pinged in time;");
    open_probing();
    expect_deadline(500, "closed|the server has not pinged in time;");
    open_polling();
    c.silence_ms = now + 100000;
    send_text("a");
    expect_deadline(LIMIT_POST_MS,
                    "closed|the server did not answer a POST in time;");
    open_polling();
    c.silence_ms = now + 100000;
    send_text("a");
    respond(POST, "ok"); /* in time */
    expect_deadline(100000, "closed|the server has not pinged in time;");
}

/* Liveness: all time-outs pass, three times, over a session that pings. */
static void a_healthy_session_lives(void) {
    for (int way = 0; way < 2; way++) {
        if (way)
            open_websocket();
        else
            open_polling();
        for (int i = 0; i < 3 * LIMIT_POST_MS / 400; i++) {
            now += 400;
            engine_client_expire(&c, now);
            drain();
            if (way)
                message("2");
            else
                respond(GET, "2");
            if (!way) respond(POST, "ok");
            if (way) expect_frames("1 3;");
        }
        expect("");
        stop();
    }
}

static void a_lost_connection_ends_the_session(void) {
    static const char *const whys[] = {NULL, "unplugged"};
    for (int i = 0; i < 2; i++) {
        start(TRANSPORT_WEBSOCKET);
        engine_client_lost(&c, WS, whys[i], now);
        drain();
        expect(i ? "closed|unplugged;"
                 : "closed|the server ended the connection before it had "
                   "responded;");
        stop();
        start(TRANSPORT_POLLING);
        engine_client_lost(&c, GET, whys[i], now);
        drain();
        expect(i ? "closed|unplugged;"
                 : "closed|the server ended the connection before it had "
                   "responded;");
        engine_client_lost(&c, GET, whys[i], now); /* no second time */
        drain();
        expect("");
        stop();
    }
}

/* The probe is lost, before "3probe" or after it, or it times out. */
static void an_upgrade_fails_with_its_connection(void) {
    for (int way = 0; way < 4; way++) {
        open_probing();
        c.silence_ms = now + 2 * LIMIT_PROBE_MS;
        if (way == 0) engine_client_lost(&c, WS, "unplugged", now);
        if (way == 1) engine_client_lost(&c, WS, NULL, now);
        if (way == 2) message("3probe");
        if (way == 2) engine_client_lost(&c, WS, NULL, now);
        if (way == 3) {
            UNIT_INT(engine_client_due(&c), now + LIMIT_PROBE_MS);
            engine_client_expire(&c, now + LIMIT_PROBE_MS - 1);
            UNIT_INT(c.state, ENGINE_STATE_PROBING);
            engine_client_expire(&c, now + LIMIT_PROBE_MS);
            UNIT_INT(engine_client_due(&c), c.silence_ms);
        }
        drain();
        expect_polling();
        stop();
    }
}

static void only_a_connection_that_is_open_can_be_lost(void) {
    open_polling();
    engine_client_lost(&c, WS, "unplugged", now);
    drain();
    UNIT_INT(c.state, ENGINE_STATE_POLLING);
    stop();
    open_websocket();
    engine_client_lost(&c, GET, "unplugged", now);
    drain();
    UNIT_INT(c.state, ENGINE_STATE_WEBSOCKET);
    expect("");
    stop();
}

UNIT_MAIN("engine_client_end", UNIT_TEST(closes_a_websocket_in_good_order),
          UNIT_TEST(a_close_takes_its_time_at_most),
          UNIT_TEST(closes_polling_with_a_packet),
          UNIT_TEST(a_close_ends_the_upgrade),
          UNIT_TEST(a_close_before_it_is_open_takes_no_time),
          UNIT_TEST(each_deadline_is_kept), UNIT_TEST(a_healthy_session_lives),
          UNIT_TEST(a_lost_connection_ends_the_session),
          UNIT_TEST(only_a_connection_that_is_open_can_be_lost),
          UNIT_TEST(an_upgrade_fails_with_its_connection))
