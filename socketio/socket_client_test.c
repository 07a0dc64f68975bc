/* socket_client_test.c: socketio/socket_client.h, over a WebSocket, and over
 * polling where that makes a difference: what arrives, and connecting again.
 * For what the program sends and for time see socket_client_send_test.c */
#include "socketio/socket_client_unit.h"

/* Socket.IO v5, "Sample session". */
static void the_sample_session_of_the_protocol(void) {
    start(0);
    UNIT_INT(emit(0, "[\"foo\"]", false), 0);
    UNIT_INT(emit(0, "[\"bar\"]", true), 0);
    expect_sent("42[\"foo\"];420[\"bar\"];");
    message("430[\"bar\"]");
    expect("ack id 0 \"bar\";");
    message("42[\"hello\",1]");
    message("4213[\"baz\"]");
    expect("event hello 1;event id 13 baz;");
    socket_client_ack(&c, 0, 13, span_from("[2]"));
    expect_sent("4313[2];");
    message("41");
    expect("kicked|disconnected by the server;");
    UNIT_INT(emit(0, "[\"foo\"]", false), SOCKET_CLIENT_ERR_STATE);
    stop();
}

static void namespaces_share_a_connection(void) {
    begin(0);
    UNIT_INT(socket_client_join(&c, "/", "{\"token\":\"1\"}", now), 0);
    UNIT_INT(socket_client_join(&c, "/admin", NULL, now), 1);
    open_session();
    expect_sent("40{\"token\":\"1\"};40/admin,;");
    UNIT_INT(socket_client_join(&c, "/late", "{}", now), 2);
    expect_sent("40/late,{};");
    message("40/admin,{\"sid\":\"y\"}");
    expect("connected of /admin {\"sid\":\"y\"};");
    UNIT_INT(emit(0, "[\"foo\"]", false), SOCKET_CLIENT_ERR_STATE);
    UNIT_INT(emit(1, "[\"foo\"]", true), 0);
    expect_sent("42/admin,0[\"foo\"];");
    message("44{\"message\":\"no\"}");
    expect("refused {\"message\":\"no\"}|refused;");
    message("42[\"to a namespace that was left\"]");
    message("42/nobody,[\"and to one that is none of ours\"]");
    expect("");
    message("42/admin,[\"bar\"]");
    message("43/admin,0[]");
    expect("event of /admin bar;ack id 0 of /admin;");
    socket_client_close(&c, now);
    drain();
    expect_sent("41/admin,;close ;");
    stop();
}

static void refuses_a_namespace_that_is_none(void) {
    static char name[LIMIT_NAMESPACE + 2];
    memset(name, 'a', sizeof name - 1);
    begin(0);
    UNIT_INT(socket_client_join(&c, "/", "[]", now), SOCKET_CLIENT_ERR_STATE);
    UNIT_INT(socket_client_join(&c, "/", "{", now), SOCKET_CLIENT_ERR_STATE);
    UNIT_INT(socket_client_join(&c, "/", "{\"a\":\"\xff\"}", now),
             SOCKET_CLIENT_ERR_STATE);
    UNIT_INT(socket_client_join(&c, name, NULL, now), SOCKET_CLIENT_ERR_STATE);
    name[LIMIT_NAMESPACE] = '\0';
    for (int i = 0; i < LIMIT_JOINED; i++)
        UNIT_INT(socket_client_join(&c, name, NULL, now), i);
    UNIT_INT(socket_client_join(&c, "/", NULL, now), SOCKET_CLIENT_ERR_STATE);
    name[1] = '\0'; /* looks at all of them, and no further */
    open_session();
    socket_client_lost(&c, WS, "unplugged", now);
    drain();
    expect("disconnected|unplugged, -1;");
    socket_client_close(&c, now);
    socket_client_expire(&c, now);
    UNIT_INT(socket_client_due(&c, INT64_MAX), INT64_MAX);
    stop();
}

static void collects_attachments_in_the_order_of_placeholders(void) {
    start(0);
    message("452-7[\"e\"," PLACE("1") "," PLACE("0") "]");
    binary("zero");
    expect("");
    binary("one");
    expect("event id 7 e " PLACE("0") "," PLACE("1") "+one+zero;");
    drain();
    UNIT_TRUE(c.event_memory == NULL);
    emit(0, "[\"x\"]", true);
    message("461-0[" PLACE("0") "]");
    binary("");
    expect("ack id 0 " PLACE("0") "+;");
    stop();
}

/* The leak checker of the sanitizer looks. */
static void frees_a_packet_that_is_not_complete(void) {
    start(0);
    message("451-[\"e\"," PLACE("0") "]");
    UNIT_TRUE(c.pending != NULL);
    stop();
}

/* Unexpected binary acks, in one read, are no events: the memory of each is
 * free before the next one. The leak checker of the sanitizer looks. */
static void keeps_one_packet_that_was_no_event(void) {
    struct buf out = {.max = 4000};
    struct span text = span_from("461-9[" PLACE("0") "]"), part = {0};
    start(0);
    for (int i = 0; i < 3; i++) {
        frame_append(&out, FRAME_TEXT, &text, 1, NULL);
        frame_append(&out, FRAME_BINARY, &part, 1, NULL);
    }
    feed_bytes(WS, out.bytes, out.end, SIZE_MAX / 2);
    expect("");
    UNIT_TRUE(c.pending == NULL);
    buf_free(&out);
    stop();
}

static void an_unexpected_ack_is_ignored(void) {
    start(0);
    message("430[1]");
    UNIT_INT(emit(0, "[\"x\"]", true), 0);
    message("431[1]");
    expect("");
    message("430[1]");
    message("430[1]");
    expect("ack id 0 1;");
    UNIT_INT(emit(0, "[\"x\"]", true), 1); /* ids are not used again */
    stop();
    begin(0); /* nor that of another namespace */
    socket_client_join(&c, "/", NULL, now);
    socket_client_join(&c, "/b", NULL, now);
    open_session();
    message("40{}");
    message("40/b,{}");
    expect("connected {};connected of /b {};");
    emit(0, "[\"x\"]", true);
    message("43/b,0[]");
    expect("");
    message("41/b,"); /* only acks of that namespace are lost with it */
    expect("kicked of /b|disconnected by the server;");
    message("430[]");
    expect("ack id 0;");
    stop();
}

static void a_loss_takes_the_acks_with_it(void) {
    start(0);
    emit(0, "[\"x\"]", true);
    emit(0, "[\"y\"]", true);
    engine_client_lost(&c.engine, WS, "unplugged", now);
    drain();
    expect("no ack id 0|disconnected before the ack;"
           "no ack id 1|disconnected before the ack;"
           "disconnected|unplugged, -1;");
    UNIT_INT(socket_client_due(&c, INT64_MAX), INT64_MAX);
    stop();
    start(0);
    emit(0, "[\"x\"]", true);
    message("41");
    expect("kicked|disconnected by the server;"
           "no ack id 0|disconnected before the ack;");
    stop();
}

/* 1 s, 2 s, 4 s, 5 s; then 1 s again, because there was a success. */
static void reconnects_with_growing_delays(void) {
    static const int waits[] = {1000, 2000, 4000, 5000};
    char expected[100];
    start(4);
    for (int i = 0; i < 4; i++) {
        socket_client_lost(&c, WS, "unplugged", now);
        drain();
        snprintf(expected, sizeof expected,
                 "disconnected|unplugged; next attempt in %d ms, %d;", waits[i],
                 waits[i]);
        expect(expected);
        UNIT_INT(socket_client_due(&c, INT64_MAX), now + waits[i]);
        UNIT_INT(emit(0, "[\"x\"]", false), SOCKET_CLIENT_ERR_STATE);
        socket_client_expire(&c, now + waits[i] - 1);
        UNIT_INT(c.engine.dials[WS].number, 0);
        now += waits[i];
        socket_client_expire(&c, now);
        UNIT_TRUE(c.engine.dials[WS].number > 0);
    }
    accept_websocket();
    message(OPEN);
    expect_sent("40;");
    message("40{}");
    expect("connected {};");
    UNIT_INT(emit(0, "[\"x\"]", false), 0);
    socket_client_lost(&c, WS, "unplugged", now);
    drain();
    expect("disconnected|unplugged; next attempt in 1000 ms, 1000;");
    stop();
}

static void connect_again(void) {
    socket_client_lost(&c, WS, "unplugged", now);
    drain();
    now += 10000;
    socket_client_expire(&c, now);
    accept_websocket();
    message(OPEN);
    events[0] = '\0';
}

/* Socket.IO, "Connection state recovery": pid and offset of each namespace, and
 * the same pid in the reply: it is recovered. */
static void says_what_it_was_and_has_got(void) {
    begin(9);
    socket_client_join(&c, "/", "{\"token\":1}", now);
    socket_client_join(&c, "/admin", NULL, now);
    open_session();
    expect_sent("40{\"token\":1};40/admin,;");
    message("40{\"sid\":\"x\",\"pid\":\"P\"}");
    message("40/admin,{\"sid\":\"y\",\"pid\":\"Q\"}");
    message("42[\"a\",\"E.7\"]");
    message("451-[\"b\"," PLACE("0") ",\"E.8\"]");
    binary("bytes");
    message("427[\"wants an ack\",\"no offset\"]");
    message("420[\"wants an ack\",\"no offset\"]");
    connect_again();
    expect_sent("40{\"pid\":\"P\",\"offset\":\"E.8\",\"token\":1};"
                "40/admin,{\"pid\":\"Q\"};");
    message("40{\"sid\":\"x\",\"pid\":\"P\"}");
    message("42[\"missed\",\"E.9\"]");
    message("40/admin,{\"sid\":\"z\",\"pid\":\"R\"}");
    expect("connected as before {\"sid\":\"x\",\"pid\":\"P\"};"
           "event missed \"E.9\";"
           "connected of /admin {\"sid\":\"z\",\"pid\":\"R\"};");
    connect_again();
    expect_sent("40{\"pid\":\"P\",\"offset\":\"E.9\",\"token\":1};"
                "40/admin,{\"pid\":\"R\"};");
    message("42[\"missed\",\"E.10\"]"); /* as socket.io does */
    message("40{\"sid\":\"x\",\"pid\":\"P\"}");
    message("43/admin,0[]");
    expect("event missed \"E.10\";"
           "connected as before {\"sid\":\"x\",\"pid\":\"P\"};"
           "disconnected []|not a packet that is expected here; "
           "next attempt in 1000 ms, 1000;");
    stop();
}

static void gives_up_after_so_many_attempts(void) {
    start(2);
    for (int i = 0; i < 3; i++) {
        socket_client_lost(&c, WS, "unplugged", now);
        drain();
        UNIT_TRUE(strstr(events, i < 2 ? "next attempt" : "unplugged, -1;") !=
                  NULL);
        events[0] = '\0';
        now += 10000;
        socket_client_expire(&c, now);
    }
    UNIT_INT(c.engine.dials[WS].number, 0);
    stop();
}

/* An open session is no success yet: the server may refuse each one. */
static void only_a_namespace_is_a_success(void) {
    start(3);
    socket_client_lost(&c, WS, "a", now);
    drain();
    now += 1000;
    socket_client_expire(&c, now);
    accept_websocket();
    message(OPEN);
    expect("disconnected|a; next attempt in 1000 ms, 1000;");
    socket_client_lost(&c, WS, "b", now);
    drain();
    expect("disconnected|b; next attempt in 2000 ms, 2000;");
    stop();
}

static void what_was_refused_is_not_joined_again(void) {
    begin(1);
    socket_client_join(&c, "/", NULL, now);
    socket_client_join(&c, "/b", NULL, now);
    open_session();
    message("40{}");
    message("44/b,{}");
    socket_client_lost(&c, WS, "unplugged", now);
    drain();
    now += 1000;
    socket_client_expire(&c, now);
    accept_websocket();
    message(OPEN);
    expect_sent("40;");
    stop();
}

/* They are the 32 bits of the next random key, the first byte on top. */
static void the_jitter_is_random_in_all_its_bits(void) {
    start(1);
    c.backoff.jitter_percent = 100;
    c.backoff.delay_ms = c.backoff.max_ms = INT32_MAX / 2;
    struct mask_source random = c.engine.random;
    struct backoff backoff = c.backoff;
    const uint8_t *r = masks_next(&random);
    int64_t expected = backoff_next_ms(
        &backoff,
        (uint32_t)r[0] << 24 | (uint32_t)(r[1] << 16 | r[2] << 8) | r[3]);
    socket_client_lost(&c, WS, "unplugged", now);
    drain();
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + expected);
    stop();
}

/* With the same seed a client jitters as before; another one differs. */
static void the_jitter_comes_from_the_seed(void) {
    int64_t waits[3];
    for (int i = 0; i < 3; i++) {
        uint8_t other[MASKS_SEED] = {(uint8_t)(i == 2)};
        begin(1);
        options.backoff = (struct backoff)BACKOFF_DEFAULTS;
        socket_client_init(&c, &options, other);
        socket_client_join(&c, "/", NULL, now);
        socket_client_open(&c, now);
        socket_client_lost(&c, WS, "unplugged", now);
        drain();
        waits[i] = socket_client_due(&c, INT64_MAX) - now;
        UNIT_TRUE(waits[i] >= 500 && waits[i] <= 1500);
        stop();
    }
    UNIT_INT(waits[0], waits[1]);
    UNIT_TRUE(waits[0] != waits[2]);
}

/* Its text does not fit, as if memory were used up. */
static void a_packet_that_cannot_be_kept_ends_the_connection(void) {
    start(0);
    options.engine.max_message = 5;
    message("451-[\"e\"," PLACE("0") "]");
    expect("disconnected|out of memory, -1;");
    stop();
}

/* What a server may not say, and what the client says then. */
static void every_violation_has_its_words(void) {
    static const struct {
        const char *texts[3]; /* a first "b" stands for binary */
        const char *expected;
    } rows[] = {
        {{"4"}, "|not Socket.IO"},
        {{"49"}, " 9|not Socket.IO"},
        {{"4[]{"}, " []{|not Socket.IO"},
        {{"42{}"}, " 2{}|not Socket.IO"},
        {{"42[]"}, " 2[]|not Socket.IO"},
        {{"42[\"connect\"]"}, " 2[\"connect\"]|not Socket.IO"},
        {{"45-[\"e\"]"}, " 5-[\"e\"]|not Socket.IO"},
        {{"451-[\"e\"]"}, " 51-[\"e\"]|not Socket.IO"},
        {{"4511-[\"e\"]"}, " 511-[\"e\"]|not Socket.IO"},
        {{"43[]"}, " 3[]|not Socket.IO"},
        {{"40{}"}, " {}|not a packet that is expected here"},
        {{"44{}"}, " {}|not a packet that is expected here"},
        {{"bX"}, "|an attachment without its packet"},
        {{"451-[\"e\"," PLACE("0") "]", "42[\"f\"]"},
         " 2[\"f\"]|an attachment is missing"},
    };
    char expected[200];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        start(0);
        for (int k = 0; rows[i].texts[k]; k++)
            if (rows[i].texts[k][0] == 'b')
                binary(rows[i].texts[k] + 1);
            else
                message(rows[i].texts[k]);
        snprintf(expected, sizeof expected, "disconnected%s, -1;",
                 rows[i].expected);
        expect(expected);
        stop();
    }
}

/* As python-socketio sends what its connect handler emits. */
static void an_event_may_come_before_the_reply_to_the_connect(void) {
    begin(0);
    socket_client_join(&c, "/", NULL, now);
    open_session();
    message("421[\"early\"]");
    expect("event id 1 early;");
    expect_sent("40;");
    socket_client_ack(&c, 0, 1, span_from("[2]"));
    expect_sent("431[2];");
    message("40{}");
    expect("connected {};");
    stop();
}

static void an_ack_before_the_reply_to_the_connect_is_a_violation(void) {
    begin(0);
    socket_client_join(&c, "/", NULL, now);
    open_session();
    message("431[]");
    expect("disconnected []|not a packet that is expected here, -1;");
    stop();
}

/* A packet and its attachments share max_message (1000), at N and at N + 1. */
static void attachments_are_bounded(void) {
    static const char text[] = "452-[\"e\"," PLACE("0") "," PLACE("1") "]";
    static char bytes[1000];
    size_t left = 1000 - (sizeof text - 2);
    memset(bytes, 'x', sizeof bytes);
    for (size_t more = 0; more < 2; more++) {
        start(0);
        message(text);
        frame(FRAME_BINARY, bytes, left - 10, SIZE_MAX / 2);
        frame(FRAME_BINARY, bytes, 10 + more, SIZE_MAX / 2);
        if (more) expect("disconnected|a message is too long, -1;");
        UNIT_TRUE(more || strncmp(events, "event e", 7) == 0);
        stop();
    }
}

static void every_split_gives_the_same_events(void) {
    struct buf all = {.max = 2000};
    static const char *const texts[] = {
        "42[\"a\"]", "b451-[\"e\"," PLACE("0") "]", "bX", "2", "421[\"z\"]",
        "41"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bool is_text = i != 2;
        struct span part = span_from(texts[i] + (texts[i][0] == 'b'));
        frame_append(&all, is_text ? FRAME_TEXT : FRAME_BINARY, &part, 1, NULL);
    }
    for (size_t step = 1; step <= all.end; step++) {
        start(0);
        feed_bytes(WS, all.bytes, all.end, step);
        expect(
            "event a;event e " PLACE("0") "+X;event id 1 z;"
                                          "kicked|disconnected by the server;");
        stop();
    }
    buf_free(&all);
}

static void reports_the_upgrade(void) {
    begin(0);
    options.engine.transport = TRANSPORT_UPGRADE;
    socket_client_join(&c, "/", NULL, now);
    socket_client_open(&c, now);
    static const char open[] =
        "0{\"sid\":\"s\",\"upgrades\":[\"websocket\"],\"pingInterval\":9,"
        "\"pingTimeout\":9}";
    char text[300];
    snprintf(text, sizeof text,
             "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(open),
             open);
    feed_bytes(POLLER_GET, text, strlen(text), 10);
    accept_websocket();
    message("3probe");
    feed_bytes(POLLER_POST, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 38,
               100);
    feed_bytes(POLLER_GET, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n6", 39,
               100);
    expect("upgraded;");
    message("40{}");
    expect("connected {};");
    stop();
}

UNIT_MAIN("socket_client", UNIT_TEST(the_sample_session_of_the_protocol),
          UNIT_TEST(namespaces_share_a_connection),
          UNIT_TEST(refuses_a_namespace_that_is_none),
          UNIT_TEST(collects_attachments_in_the_order_of_placeholders),
          UNIT_TEST(frees_a_packet_that_is_not_complete),
          UNIT_TEST(keeps_one_packet_that_was_no_event),
          UNIT_TEST(an_unexpected_ack_is_ignored),
          UNIT_TEST(a_loss_takes_the_acks_with_it),
          UNIT_TEST(reconnects_with_growing_delays),
          UNIT_TEST(says_what_it_was_and_has_got),
          UNIT_TEST(gives_up_after_so_many_attempts),
          UNIT_TEST(only_a_namespace_is_a_success),
          UNIT_TEST(what_was_refused_is_not_joined_again),
          UNIT_TEST(the_jitter_comes_from_the_seed),
          UNIT_TEST(the_jitter_is_random_in_all_its_bits),
          UNIT_TEST(a_packet_that_cannot_be_kept_ends_the_connection),
          UNIT_TEST(every_violation_has_its_words),
          UNIT_TEST(an_event_may_come_before_the_reply_to_the_connect),
          UNIT_TEST(an_ack_before_the_reply_to_the_connect_is_a_violation),
          UNIT_TEST(attachments_are_bounded),
          UNIT_TEST(every_split_gives_the_same_events),
          UNIT_TEST(reports_the_upgrade))
