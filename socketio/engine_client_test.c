/* engine_client_test.c: socketio/engine_client.h, against a server that is
 * written out byte by byte; for what ends a session see
 * engine_client_end_test.c */
#include "socketio/engine_client_unit.h"

static void polls_again_and_again(void) {
    start(TRANSPORT_POLLING);
    expect_dials(1, 0, 0);
    expect_request(GET, "GET /engine.io/?EIO=4&transport=polling ", "");
    respond(GET, OPEN);
    expect("opened;");
    expect_dials(1, 0, 0);
    expect_request(GET, "GET /engine.io/?EIO=4&transport=polling&sid=s1 ", "");
    respond(GET, "4one\x1e"
                 "bAGI=\x1e"
                 "6\x1e"
                 "4");
    expect("message one;message binary ;message;");
    expect_request(GET, "GET /engine.io/?EIO=4&transport=polling&sid=s1 ", "");
    stop();
}

static void posts_messages_and_pongs(void) {
    open_polling();
    UNIT_INT(send_text("hello"), 0);
    expect_request(POST, "POST /engine.io/?EIO=4&transport=polling&sid=s1 ",
                   "4hello!");
    respond(GET, "2");
    UNIT_INT(send_binary(1), 0);
    respond(POST, "ok");
    expect_request(POST, "POST ",
                   "3\x1e"
                   "bAA==");
    expect("");
    stop();
}

/* Engine.IO v4, "Protocol": the types of packets. */
static void speaks_over_a_websocket(void) {
    start(TRANSPORT_WEBSOCKET);
    expect_dials(0, 0, 1);
    accept_websocket();
    expect_frames("");
    message(OPEN);
    expect("opened;");
    message("4hello");
    message("4");
    feed_bytes(WS, "\x82\x01X", 3, 1);
    feed_bytes(WS, "\x8a\x01X", 3, 1); /* a pong means nothing */
    expect("message hello;message;message binary X;");
    message("2");
    UNIT_INT(send_text("a"), 0);
    UNIT_INT(send_binary(0), 0);
    expect_frames("1 3;1 4a!;2 ;");
    message("6");
    expect("");
    stop();
}

/* Engine.IO v4, "Upgrading": the POST and the GET that are under way end first;
 * what collects meanwhile follows the "5". */
static void an_upgrade_loses_nothing(void) {
    open_probing();
    send_text("1");
    expect_request(POST, "POST ", "41!");
    send_text("2"); /* waits for the POST */
    message("3probe");
    UNIT_INT(c.state, ENGINE_STATE_SWITCHING);
    respond(POST, "ok");
    send_text("3");
    UNIT_INT(c.dials[POST].out.end, 0); /* no POST begins any more */
    expect_frames("");
    respond(GET, "4late\x1e"
                 "6");
    expect("message late;upgraded;");
    expect_frames("1 5;1 42!;1 43!;");
    expect_dials(0, 0, 1);
    UNIT_INT(send_text("4"), 0);
    UNIT_INT(send_binary(1), 0);
    expect_frames("1 44!;2 ;");
    message("4over");
    expect("message over;");
    feed(GET, "HTTP/1.1 500 Too late\r\n"); /* it is hung up */
    engine_client_lost(&c, GET, NULL, now);
    expect("");
    stop();
}

static void a_get_or_a_post_delays_the_upgrade(void) {
    open_probing();
    send_text("1");
    message("3probe");
    respond(GET, "6");
    UNIT_INT(c.state, ENGINE_STATE_SWITCHING);
    UNIT_INT(c.dials[GET].out.end, 0);
    respond(POST, "ok");
    expect("upgraded;");
    stop();
}

/* Polling goes on as if there had been no upgrade. */
static void an_upgrade_may_fail(void) {
    for (int way = 0; way < 3; way++) {
        open_probing();
        if (way == 0) message("4early");
        if (way == 1) feed_bytes(WS, "\x88\x02\x03\xe8", 4, 1);
        if (way == 2) message("3probe");
        if (way == 2) message("3probe");
        expect_polling();
        stop();
    }
}

static void a_refused_upgrade_fails(void) {
    start(TRANSPORT_UPGRADE);
    respond(GET, OPEN);
    feed(WS, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    UNIT_INT(c.state, ENGINE_STATE_POLLING);
    expect("opened;");
    stop();
}

/* The server does not offer it, or the options do not want it. */
static void no_upgrade_without_both_sides(void) {
    start(TRANSPORT_UPGRADE);
    respond(GET, "0{\"sid\":\"a\",\"upgrades\":[],\"pingInterval\":1,"
                 "\"pingTimeout\":1}");
    UNIT_INT(c.state, ENGINE_STATE_POLLING);
    stop();
    open_polling();
    expect_dials(1, 0, 0);
    stop();
}

/* Engine.IO v4, "Handshake": maxPayload, at N and at N + 1. */
static void keeps_to_max_payload(void) {
    char text[120];
    struct span part = {(uint8_t *)text, 99};
    memset(text, 'x', sizeof text);
    open_websocket();
    UNIT_INT(engine_client_send(&c, false, &part, 1), 0);
    part.len = 100;
    UNIT_INT(engine_client_send(&c, false, &part, 1),
             ENGINE_CLIENT_ERR_TOO_BIG);
    UNIT_INT(send_binary(100), 0);
    UNIT_INT(send_binary(101), ENGINE_CLIENT_ERR_TOO_BIG);
    struct span four[4] = {span_from("a"), span_from("b"), span_from("c"),
                           span_from("d")}; /* as many as there may be */
    UNIT_INT(engine_client_send(&c, false, four, 4), 0);
    stop();
    open_polling(); /* "b" and base64 */
    part.len = 99;
    UNIT_INT(engine_client_send(&c, false, &part, 1), 0);
    part.len = 100;
    UNIT_INT(engine_client_send(&c, false, &part, 1),
             ENGINE_CLIENT_ERR_TOO_BIG);
    UNIT_INT(send_binary(72), 0);
    UNIT_INT(send_binary(75), ENGINE_CLIENT_ERR_TOO_BIG);
    stop();
}

static void refuses_what_it_cannot_keep(void) {
    for (int way = 0; way < 2; way++) {
        if (way)
            open_websocket();
        else
            open_polling();
        c.max_payload = UINT32_MAX;
        size_t collected = way ? 2 : 0; /* the queue counts its memory, too */
        UNIT_INT(engine_client_check(&c, true, LIMIT_COLLECTED / 4, 0), 0);
        UNIT_INT(engine_client_check(&c, true, 100, LIMIT_COLLECTED - 100),
                 way ? 0 : ENGINE_CLIENT_ERR_FULL);
        UNIT_INT(engine_client_check(&c, true, 101, LIMIT_COLLECTED - 100),
                 ENGINE_CLIENT_ERR_FULL);
        UNIT_INT(send_binary(LIMIT_COLLECTED / 2 - 1000), 0);
        UNIT_INT(send_binary(LIMIT_COLLECTED / 2 - 1000), 0);
        UNIT_INT(send_binary(LIMIT_COLLECTED / 2), ENGINE_CLIENT_ERR_FULL);
        (void)collected;
        expect("");
        stop();
    }
}

/* A server that pings and does not read: the pongs do not pile up for ever. */
static void fails_before_pongs_fill_the_memory(void) {
    open_websocket();
    size_t largest = 0;
    for (int i = 0; i < 1000000 && c.state == ENGINE_STATE_WEBSOCKET; i++) {
        struct engine_client_event e;
        uint8_t ping[] = {0x81, 1, '2'};
        struct span in = {ping, 3};
        while (engine_client_next(&c, WS, &in, now, &e)) log_event(&e);
        if (c.dials[WS].out.cap > largest) largest = c.dials[WS].out.cap;
    }
    expect("closed|the server does not read;");
    UNIT_TRUE(largest < 2 * LIMIT_COLLECTED);
    stop();
}

static void only_an_open_session_sends(void) {
    start(TRANSPORT_POLLING);
    UNIT_INT(send_text("a"), ENGINE_CLIENT_ERR_STATE);
    respond(GET, OPEN);
    UNIT_INT(send_text("a"), 0);
    engine_client_close(&c, now);
    UNIT_INT(send_text("a"), ENGINE_CLIENT_ERR_STATE);
    stop();
}

static void every_split_gives_the_same_events(void) {
    static const char polled[] =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\n4h\r\n9\r\n\xc3\xa9\x1e"
        "bAGI=\x1e\r\n2\r\n4x\r\n0\r\n\r\n";
    static const uint8_t framed[] = "\x81\x03"
                                    "4ab\x82\x01Q\x01\x01"
                                    "4\x89\x01p\x80\x01z\x81\x01"
                                    "1";
    for (size_t step = 1; step < sizeof polled; step++) {
        open_polling();
        feed_bytes(GET, polled, sizeof polled - 1, step);
        expect("message h\xc3\xa9;message binary ;message x;");
        stop();
    }
    for (size_t step = 1; step < sizeof framed; step++) {
        open_websocket();
        feed_bytes(WS, framed, sizeof framed - 1, step);
        expect("message ab;message binary Q;message z;"
               "closed|the server closed the session;");
        stop();
    }
}

static void begins_again(void) {
    open_websocket();
    uint32_t first = c.dials[WS].number;
    engine_client_lost(&c, WS, NULL, now);
    drain();
    expect("closed|the server ended the connection without a close frame;");
    engine_client_open(&c, now);
    UNIT_TRUE(c.dials[WS].number > first);
    UNIT_TRUE(strncmp((char *)c.dials[WS].out.bytes,
                      "GET /engine.io/?EIO=4&transport=websocket HTTP",
                      46) == 0);
    accept_websocket();
    message(OPEN);
    expect("opened;");
    stop();
}

/* RFC 6455 §4.1: the key is another one for each connection. */
static void no_two_handshakes_have_the_same_key(void) {
    char first[400];
    start(TRANSPORT_WEBSOCKET);
    UNIT_TRUE(c.dials[WS].out.end < sizeof first);
    memcpy(first, c.dials[WS].out.bytes, c.dials[WS].out.end);
    engine_client_fail(&c, "x", (struct span){0});
    drain();
    engine_client_open(&c, now);
    UNIT_FALSE(memcmp(first, c.dials[WS].out.bytes, c.dials[WS].out.end) == 0);
    stop();
}

struct row {
    enum {
        P,
        W
    } transport;      /* polling or WebSocket */
    const char *text; /* what the server sends instead of the open packet */
    const char *expected;
};

static void every_violation_has_its_words(void) {
    static const struct row opening[] = {
        {P, "0", "closed|not an open packet;"},
        {P, "0{}", "closed {}|not an open packet;"},
        {P, "2", "closed 2|not a packet that is expected here;"},
        {P, "4a", "closed 4a|not a packet that is expected here;"},
        {P, "6", "closed 6|not a packet that is expected here;"},
        {P, "bAA==", "closed |not a packet that is expected here;"},
        {P, "1", "closed|the server closed the session;"},
        {W, "0[]", "closed []|not an open packet;"},
        {W, "", "closed|not a packet that is expected here;"},
        {W, "40{}", "closed 40{}|not a packet that is expected here;"},
    };
    static const struct row later[] = {
        {W, OPEN, "closed " OPEN "|not a packet that is expected here;"},
        {W, "", "closed|not a packet that is expected here;"},
        {W, "5", "closed 5|not a packet that is expected here;"},
        {W, "3", "closed 3|not a packet that is expected here;"},
        {W, "7", "closed 7|not a packet that is expected here;"},
        {P, "1", "closed|the server closed the session;"},
        {P, OPEN, "closed " OPEN "|not a packet that is expected here;"},
        {P, "4a\x1e", "closed |not a payload;"},
    };
    for (size_t i = 0; i < sizeof opening / sizeof *opening; i++) {
        const struct row *r = &opening[i];
        start(r->transport == P ? TRANSPORT_POLLING : TRANSPORT_WEBSOCKET);
        if (r->transport == W) accept_websocket();
        if (r->transport == W)
            message(r->text);
        else
            respond(GET, r->text);
        events[strcspn(events, "\x01")] = '\0';
        if (r->text[0] != 'b') expect(r->expected);
        expect_dials(0, 0, 0);
        stop();
    }
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        const struct row *r = &later[i];
        if (r->transport == P)
            open_polling();
        else
            open_websocket();
        if (r->transport == W)
            message(r->text);
        else
            respond(GET, r->text);
        if (r->text[0] != '4') expect(r->expected);
        UNIT_INT(c.state, ENGINE_STATE_CLOSED);
        stop();
    }
}

static void a_frame_that_is_wrong_ends_the_session(void) {
    open_websocket();
    feed_bytes(WS, "\x83", 1, 1);
    expect("closed|closed by us, code 1002 (protocol error);");
    expect_frames("8 \x03\xea;"); /* its dial is gone, its last words are not */
    stop();
    open_websocket();
    feed_bytes(WS, "\x81\x80keyy", 6, 1);
    expect("closed|closed by us, code 1002 (protocol error);");
    stop();
    open_websocket();
    feed_bytes(WS, "\x81\x7e\x03\xe9", 4, 1); /* 1001 bytes */
    expect("closed|closed by us, code 1009 (message too big);");
    stop();
    open_websocket();
    feed_bytes(WS,
               "\x88\x05\x03\xe9"
               "bye",
               7, 1);
    expect("closed bye|closed by the server, code 1001 (going away);");
    stop();
}

UNIT_MAIN("engine_client", UNIT_TEST(polls_again_and_again),
          UNIT_TEST(posts_messages_and_pongs),
          UNIT_TEST(speaks_over_a_websocket),
          UNIT_TEST(an_upgrade_loses_nothing),
          UNIT_TEST(a_get_or_a_post_delays_the_upgrade),
          UNIT_TEST(an_upgrade_may_fail), UNIT_TEST(a_refused_upgrade_fails),
          UNIT_TEST(no_upgrade_without_both_sides),
          UNIT_TEST(keeps_to_max_payload),
          UNIT_TEST(refuses_what_it_cannot_keep),
          UNIT_TEST(fails_before_pongs_fill_the_memory),
          UNIT_TEST(only_an_open_session_sends),
          UNIT_TEST(every_split_gives_the_same_events), UNIT_TEST(begins_again),
          UNIT_TEST(no_two_handshakes_have_the_same_key),
          UNIT_TEST(every_violation_has_its_words),
          UNIT_TEST(a_frame_that_is_wrong_ends_the_session))
