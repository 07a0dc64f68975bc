/* socket_client_send_test.c: what the program of socketio/socket_client.h sends
 * and closes, and what time does to it */
#include "socketio/socket_client_unit.h"

static void sends_attachments_after_their_packet(void) {
    struct socket_client_message m = {
        .json = span_from("[\"e\",{\"_placeholder\":true,\"num\":0}]"),
        .count = 2,
        .attachments = {span_from("one"), span_from("two")},
        .wants_ack = true};
    start(0);
    UNIT_INT(socket_client_emit(&c, 0, &m, now), 0);
    expect_sent("452-0[\"e\",{\"_placeholder\":true,\"num\":0}];"
                "binary one;binary two;");
    stop();
}

/* All, or none: an attachment over maxPayload (100), at N and at N + 1. */
static void sends_nothing_of_what_is_too_big(void) {
    char bytes[101];
    struct socket_client_message m = {
        .json = span_from("[\"e\"]"),
        .count = 2,
        .attachments = {span_from("one"), {(uint8_t *)bytes, 101}}};
    memset(bytes, 'x', sizeof bytes);
    start(0);
    UNIT_INT(socket_client_emit(&c, 0, &m, now), SOCKET_CLIENT_ERR_TOO_BIG);
    expect_sent("");
    struct span first = m.attachments[0]; /* in any order */
    m.attachments[0] = m.attachments[1];
    m.attachments[1] = first;
    UNIT_INT(socket_client_emit(&c, 0, &m, now), SOCKET_CLIENT_ERR_TOO_BIG);
    expect_sent("");
    m.attachments[0].len = 100;
    UNIT_INT(socket_client_emit(&c, 0, &m, now), 0);
    UNIT_TRUE(c.engine.dials[WS].out.end > 103);
    c.engine.max_payload = UINT32_MAX;
    m.attachments[0].data = m.attachments[1].data =
        calloc(1, LIMIT_COLLECTED / 2);
    m.attachments[0].len = m.attachments[1].len = LIMIT_COLLECTED / 2;
    UNIT_INT(socket_client_emit(&c, 0, &m, now), SOCKET_CLIENT_ERR_FULL);
    free(m.attachments[0].data);
    stop();
}

/* LIMIT_COLLECTED bytes pass, with the types of both packets: "42". */
static void a_packet_may_fill_what_is_collected(void) {
    char *json = calloc(1, LIMIT_COLLECTED);
    if (!json) abort();
    struct socket_client_message m = {
        .json = {(uint8_t *)json, LIMIT_COLLECTED - 2}};
    memset(json, ' ', LIMIT_COLLECTED);
    memcpy(json, "[\"e\"]", 5);
    for (size_t more = 0; more < 2; more++) {
        start(0);
        c.engine.max_payload = UINT32_MAX;
        UNIT_INT(socket_client_emit(&c, 0, &m, now),
                 more ? SOCKET_CLIENT_ERR_FULL : 0);
        m.json.len++;
        stop();
    }
    free(json);
}

/* A packet that just fits is sent with its attachment, one that does not is not
 * sent at all, however many bytes are left. */
static void never_sends_a_packet_without_its_attachment(void) {
    char *json = calloc(1, LIMIT_COLLECTED);
    if (!json) abort();
    memset(json, ' ', LIMIT_COLLECTED);
    memcpy(json, "[\"e\"]", 5);
    struct socket_client_message m = {.json = span_from("[\"e\",0]"),
                                      .count = 1,
                                      .attachments = {span_from("0123456789")}};
    for (size_t left = 10; left < 66; left += 5) {
        struct socket_client_message big = {
            .json = {(uint8_t *)json, LIMIT_COLLECTED - 16 - left}};
        start(0);
        c.engine.max_payload = UINT32_MAX;
        UNIT_INT(socket_client_emit(&c, 0, &big, now), 0);
        int64_t result = socket_client_emit(&c, 0, &m, now);
        UNIT_TRUE(result == 0 || result == SOCKET_CLIENT_ERR_FULL);
        unsigned frames = 0;
        struct frame f;
        for (struct span in = buf_view(&c.engine.dials[WS].out); in.len > 0;) {
            int n = frame_parse(&f, in.data, in.len);
            in = span_skip(in, (size_t)n + (size_t)f.length);
            frames++;
        }
        UNIT_INT(frames, result == 0 ? 3 : 1);
        stop();
    }
    free(json);
}

static void only_a_namespace_that_is_joined_sends(void) {
    begin(0);
    socket_client_join(&c, "/", NULL, now);
    socket_client_join(&c, "/b", NULL, now);
    open_session();
    expect_sent("40;40/b,;");
    UNIT_INT(emit(0, "[\"x\"]", false), SOCKET_CLIENT_ERR_STATE);
    message("40/b,{}");
    UNIT_INT(emit(0, "[\"x\"]", false), SOCKET_CLIENT_ERR_STATE);
    UNIT_INT(emit(1, "[\"x\"]", false), 0);
    expect_sent("42/b,[\"x\"];");
    socket_client_close(&c, now); /* leaves what it had joined */
    expect_sent("41/b,;close ;");
    stop();
}

static void what_was_not_sent_gets_no_ack(void) {
    static char text[120] = "[\"e\"]";
    memset(text + 5, ' ', sizeof text - 6);
    start(0);
    UNIT_INT(emit(0, text, true), SOCKET_CLIENT_ERR_TOO_BIG);

    c.engine.silence_ms = now + 100000;
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + 100000);
    UNIT_INT(emit(0, "[\"x\"]", true), 0);
    expect_sent("420[\"x\"];");
    stop();
}

static void so_many_acks_and_no_more(void) {
    start(0);
    for (int i = 0; i < LIMIT_ACKS_AWAITED; i++)
        UNIT_INT(emit(0, "[\"x\"]", true), i);
    UNIT_INT(emit(0, "[\"x\"]", true), SOCKET_CLIENT_ERR_ACKS);
    UNIT_INT(emit(0, "[\"x\"]", false), 0);
    message("435[]");
    expect("ack id 5;");
    UNIT_INT(emit(0, "[\"x\"]", true), LIMIT_ACKS_AWAITED);
    stop();
}

static void an_ack_that_cannot_be_sent_ends_the_connection(void) {
    start(0);
    while (emit(0, "[\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"]",
                false) == 0)
        continue;
    while (emit(0, "[\"x\"]", false) == 0) continue;
    socket_client_ack(&c, 0, 1, span_from("[]"));
    drain();
    expect("disconnected|the server does not read, -1;");
    stop();
}

static void an_ack_has_its_time(void) {
    start(0);
    c.engine.silence_ms = now + 100000;
    emit(0, "[\"x\"]", true);
    now += 1000;
    emit(0, "[\"y\"]", true);
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + 4000);
    UNIT_INT(socket_client_due(&c, 5), 5);
    socket_client_expire(&c, now + 3999);
    drain();
    expect("");
    socket_client_expire(&c, now + 4000);
    drain();
    expect("no ack id 0|no ack in time;");
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + 5000);
    message("430[]");
    expect("");
    message("431[]");
    expect("ack id 1;");
    stop();
}

static void a_connect_has_its_time(void) {
    begin(0);
    socket_client_join(&c, "/", NULL, now);
    open_session();
    c.engine.silence_ms = now + 100000;
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + 5000);
    socket_client_expire(&c, now + 4999);
    drain();
    expect("");
    socket_client_expire(&c, now + 5000);
    drain();
    expect("disconnected|the server did not answer the CONNECT, -1;");
    stop();
    begin(0); /* of a second namespace, too */
    socket_client_join(&c, "/", NULL, now);
    socket_client_join(&c, "/b", NULL, now);
    open_session();
    message("40{}");
    expect("connected {};");
    c.engine.silence_ms = now + 100000;
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + 5000);
    socket_client_expire(&c, now + 5000);
    drain();
    expect("disconnected|the server did not answer the CONNECT, -1;");
    stop();
    begin(0); /* but never more than LIMIT_JOIN_MS */
    options.engine.answer_ms = 3600000;
    socket_client_join(&c, "/", NULL, now);
    open_session();
    c.engine.silence_ms = now + 100000;
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + LIMIT_JOIN_MS);
    stop();
}

static void attachments_have_their_time(void) {
    start(0);
    c.engine.silence_ms = now + 100000;
    message("451-[\"e\"," PLACE("0") "]");
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + LIMIT_INCOMPLETE_MS);
    socket_client_expire(&c, now + LIMIT_INCOMPLETE_MS - 1);
    drain();
    expect("");
    socket_client_expire(&c, now + LIMIT_INCOMPLETE_MS);
    drain();
    expect("disconnected|an attachment is missing, -1;");
    stop();
}

/* Nothing was heard for pingInterval and pingTimeout. */
static void a_silent_server_is_given_up(void) {
    start(0);
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + 500);
    socket_client_expire(&c, now + 499);
    drain();
    expect("");
    socket_client_expire(&c, now + 500);
    drain();
    UNIT_TRUE(strncmp(events, "disconnected|", 13) == 0);
    stop();
}

static void closes_in_good_order(void) {
    start(9);
    socket_client_close(&c, now);
    drain();
    expect_sent("41;close ;");
    feed_bytes(WS, "\x88\x02\x03\xe8", 4, 1);
    socket_client_lost(&c, WS, NULL, now);
    drain();
    expect("disconnected, -1;");
    UNIT_INT(socket_client_due(&c, INT64_MAX), INT64_MAX);
    stop();
    start(9); /* while it waits to connect again */
    socket_client_lost(&c, WS, "unplugged", now);
    drain();
    events[0] = '\0';
    socket_client_close(&c, now);
    drain();
    expect("disconnected, -1;");
    socket_client_expire(&c, now + 100000);
    UNIT_INT(c.engine.dials[WS].number, 0);
    stop();
    start(9); /* and the server ends it meanwhile */
    socket_client_close(&c, now);
    socket_client_lost(&c, WS, "unplugged", now);
    drain();
    expect("disconnected|unplugged, -1;");
    stop();
}

static void explains_each_error(void) {
    for (int a = -4; a < 0; a++)
        for (int b = a + 1; b < 0; b++)
            UNIT_TRUE(strcmp(socket_client_explain(a),
                             socket_client_explain(b)) != 0);
}

UNIT_MAIN("socket_client_send", UNIT_TEST(sends_attachments_after_their_packet),
          UNIT_TEST(sends_nothing_of_what_is_too_big),
          UNIT_TEST(a_packet_may_fill_what_is_collected),
          UNIT_TEST(never_sends_a_packet_without_its_attachment),
          UNIT_TEST(only_a_namespace_that_is_joined_sends),
          UNIT_TEST(what_was_not_sent_gets_no_ack),
          UNIT_TEST(so_many_acks_and_no_more),
          UNIT_TEST(an_ack_that_cannot_be_sent_ends_the_connection),
          UNIT_TEST(an_ack_has_its_time), UNIT_TEST(a_connect_has_its_time),
          UNIT_TEST(attachments_have_their_time),
          UNIT_TEST(a_silent_server_is_given_up),
          UNIT_TEST(closes_in_good_order), UNIT_TEST(explains_each_error))
