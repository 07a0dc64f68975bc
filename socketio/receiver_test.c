/* receiver_test.c: socketio/receiver.h: bytes become events, a share a turn */
#include "socketio/receiver.h"
#include "socketio/unit.h"

static struct receiver receiver;
static char events[300];
static size_t events_len;
static int event_count;

static void begin(void) {
    start();
    receiver_init(&receiver);
    events_len = 0;
    event_count = 0;
}

static void record(const struct engine_event *e) {
    static const char *const names[] = {"opened", "message", "closed",
                                        "request"};
    event_count++;
    if (events_len > sizeof events - 100) return;
    events_len += (size_t)snprintf(
        events + events_len, sizeof events - events_len, "%s%s%.*s;",
        e->is_binary ? "binary" : names[e->type], e->payload.len ? " " : "",
        (int)(e->payload.len < 50 ? e->payload.len : 50),
        (char *)e->payload.data);
}

#define EVENTS(expected)                                                       \
    do {                                                                       \
        UNIT_TEXT(events, events_len, expected);                               \
        events_len = 0;                                                        \
    } while (0)

static void handle_events(void) {
    struct engine_event e;
    enum receiver_step step;
    while ((step = receiver_next(&receiver, &transport, &e)) != RECEIVER_DONE)
        if (step == RECEIVER_EVENT) record(&e);
}

/* Feeds what one read brought. Returns what is left for the next turn. */
static struct span feed_span(uint32_t conn, struct span in) {
    if (!link_at(links, conn)) receiver_accept(&transport, conn);
    receiver_feed(&receiver, &transport, link_at(links, conn), in);
    handle_events();
    struct span rest = receiver_end_feed(&receiver, &transport);
    transport_flush(&transport);
    return rest;
}

static void feed(uint32_t conn, const char *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    UNIT_INT(feed_span(conn, (struct span){exact, n}).len, 0);
    free(exact);
    deliver();
}

static void feed_text(uint32_t conn, const char *text) {
    feed(conn, text, strlen(text));
}

/* A frame whose mask is zeros. */
static void frame(uint32_t conn, unsigned opcode, const char *text) {
    char bytes[100];
    size_t n = strlen(text);
    memset(bytes, 0, 6);
    bytes[0] = (char)(0x80 | opcode);
    bytes[1] = (char)(0x80 | n);
    memcpy(bytes + 6, text, n);
    clear_sent();
    feed(conn, bytes, 6 + n);
}

/* A POST of a session, with its session's id. */
static struct span post_of(const struct session *s, const char *body) {
    static char text[200000];
    char id[SESSION_ID_LENGTH];
    session_id(s, id);
    int n = snprintf(text, sizeof text,
                     "POST " QUERY "&sid=%.20s HTTP/1.1\r\n" HOST
                     "Content-Length: %zu\r\n\r\n%s",
                     id, strlen(body), body);
    return (struct span){(uint8_t *)text, (size_t)n};
}

static void post(uint32_t conn, const struct session *s, const char *body) {
    clear_sent();
    UNIT_INT(feed_span(conn, post_of(s, body)).len, 0);
    deliver();
}

/* --- packets: Engine.IO v4, "Packet encoding" --- */

static void each_type_of_packet_has_its_meaning(void) {
    static const struct {
        const char *packet;
        int code; /* with which the session is closed, or 0 */
        const char *events;
    } cases[] = {
        {"4hi", 0, "message hi;"},
        {"4", 0, "message;"},
        {"3", 0, ""},
        {"0", 0, ""},
        {"5", 0, ""},
        {"6", 0, ""},
        {"1", CLOSED_BY_PEER, ""},
        {"2", 1002, ""},
        {"7", 1002, ""},
        {"x", 1002, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        struct session *w = websocket_session(1), *s = polling_session();
        frame(1, FRAME_TEXT, cases[i].packet);
        EVENTS(cases[i].events);
        UNIT_INT(w->close_code, cases[i].code);
        post(2, s, cases[i].packet);
        EVENTS(cases[i].events);
        UNIT_INT(s->close_code, cases[i].code);
        BODY(2, cases[i].code == 1002
                    ? "{\"code\":3,\"message\":\"Bad request\"}"
                    : "ok");
        stop();
    }
}

static void binary_is_a_message_whatever_is_in_it(void) {
    begin();
    struct session *w = websocket_session(1), *s = polling_session();
    frame(1, FRAME_BINARY, "2");
    post(2, s, "bMg==");
    EVENTS("binary 2;binary 2;");
    frame(1, FRAME_BINARY, "");
    EVENTS("binary;");
    UNIT_INT(w->state, SESSION_WEBSOCKET);
    frame(1, FRAME_TEXT, ""); /* but text has a type */
    UNIT_INT(w->close_code, 1002);
    stop();
}

static void a_pong_begins_the_time_to_the_next_ping(void) {
    begin();
    websocket_session(1);
    links->now += 100;
    frame(1, FRAME_TEXT, "3");
    UNIT_INT(sessions_wait(sessions, links->now, -1), 300);
    stop();
}

/* --- HTTP --- */

static void a_request_opens_a_session_or_is_the_programs(void) {
    begin();
    feed_text(1, "GET " QUERY " HTTP/1.1\r\n" HOST "\r\n");
    EVENTS("opened;");
    receiver_respond(&receiver, &transport, 200, "text/plain",
                     span_from("too much"), NULL); /* to no request */
    deliver();
    UNIT_INT(pieces[1], 1);
    struct engine_event e;
    char page[] = "GET /page HTTP/1.1\r\n" HOST "\r\n";
    receiver_accept(&transport, 2);
    receiver_feed(&receiver, &transport, link_at(links, 2), span_from(page));
    UNIT_INT(receiver_next(&receiver, &transport, &e), RECEIVER_EVENT);
    UNIT_INT(e.type, ENGINE_REQUEST);
    UNIT_INT(e.conn, 2);
    UNIT_TEXT(e.payload.data, e.payload.len, "/page");
    for (int i = 0; i < 2; i++) { /* the second response is ignored */
        receiver_respond(&receiver, &transport, 200, "text/plain",
                         span_from("page"), NULL);
        handle_events();
        deliver();
        BODY(2, "page");
        UNIT_INT(pieces[2], 1);
    }
    receiver_end_feed(&receiver, &transport);
    stop();
}

static void the_connection_of_a_request_may_be_lost(void) {
    begin();
    feed_text(1, "GET /page HTTP/1.1\r\n" HOST "\r\n");
    receiver_lost(&receiver, &transport, link_at(links, 1));
    receiver_accept(&transport, 1);
    clear_sent();
    receiver_respond(&receiver, &transport, 200, "text/plain", span_from("x"),
                     NULL);
    deliver();
    SENT(1, "");
    stop();
}

/* --- upgrade: Engine.IO v4, "Upgrade" --- */

static struct session *begin_upgrade(void) {
    begin();
    struct session *s = polling_session();
    struct link *l = upgrade_on(1, true);
    transport_serve(&transport, l, s);
    session_probe(s, link_handle(links, l));
    return s;
}

static void a_probe_upgrades_its_session(void) {
    struct session *s = begin_upgrade();
    park_on(2, s);
    frame(1, FRAME_TEXT, "2probe");
    SENT(1, "\x81\x06"
            "3probe");
    BODY(2, "6"); /* the GET that waits ends */
    frame(1, FRAME_TEXT, "5");
    UNIT_INT(s->state, SESSION_WEBSOCKET);
    frame(1, FRAME_TEXT, "4hi");
    EVENTS("message hi;");
    stop();
}

/* It ends with what is queued for it: no noop is needed. */
static void a_get_that_ends_anyway_gets_no_noop(void) {
    struct session *s = begin_upgrade();
    park_on(2, s);
    session_push_text(sessions, s, "4a");
    frame(1, FRAME_TEXT, "2probe");
    BODY(2, "4a");
    stop();
}

static void a_probe_that_breaks_the_order_is_closed(void) {
    static const struct {
        unsigned opcode;
        const char *first, *second;
    } cases[] = {
        {FRAME_TEXT, "5", NULL},        {FRAME_TEXT, "4hi", NULL},
        {FRAME_BINARY, "2probe", NULL}, {FRAME_TEXT, "2probe", "2probe"},
        {FRAME_TEXT, "2probe", "6"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct session *s = begin_upgrade();
        frame(1, cases[i].opcode, cases[i].first);
        if (cases[i].second) frame(1, cases[i].opcode, cases[i].second);
        SENT(1, "\x88\x02\x03\xea");
        UNIT_INT(s->state, SESSION_POLLING);
        UNIT_INT(s->probe, NO_HANDLE);
        frame(1, FRAME_TEXT, "5"); /* it is nothing to the session now */
        UNIT_INT(s->state, SESSION_POLLING);
        EVENTS("");
        stop();
    }
}

static void a_binary_5_is_no_upgrade(void) {
    struct session *s = begin_upgrade();
    frame(1, FRAME_TEXT, "2probe");
    frame(1, FRAME_BINARY, "5");
    UNIT_INT(s->state, SESSION_POLLING);
    SENT(1, "\x88\x02\x03\xea");
    stop();
}

/* Neither carrier nor probe of the session that it served. */
static void a_websocket_that_carries_nothing_sends_no_messages(void) {
    struct session *s = begin_upgrade();
    session_abandon_probe(s);
    frame(1, FRAME_TEXT, "4hi");
    frame(1, FRAME_TEXT, "1");
    EVENTS("");
    UNIT_INT(s->state, SESSION_POLLING);
    transport_serve(&transport, link_at(links, 1), NULL);
    frame(1, FRAME_TEXT, "4hi");
    EVENTS("");
    stop();
}

static void a_close_frame_ends_what_the_websocket_was(void) {
    for (int is_carrier = 0; is_carrier < 2; is_carrier++) {
        struct session *s = begin_upgrade();
        if (is_carrier) session_switch(s);
        if (is_carrier) transport_upgrade(&transport, s);
        deliver();
        frame(1, FRAME_CLOSE, "\x03\xe8");
        UNIT_INT(then[1], OUTBOX_END);
        SENT(1, "\x88\x02\x03\xe8");
        UNIT_INT(s->probe, NO_HANDLE);
        UNIT_INT(s->state, is_carrier ? SESSION_CLOSING : SESSION_POLLING);
        UNIT_INT(s->close_code, is_carrier ? CLOSED_BY_PEER : 0);
        stop();
    }
}

/* --- shares and turns --- */

/* n frames of text, masked with zeros. */
static struct span many_frames(int n, const char *text) {
    static uint8_t bytes[600000];
    uint8_t head[6] = {0x81, (uint8_t)(0x80 | strlen(text))};
    size_t len = 0;
    for (int i = 0; i < n; i++) {
        memcpy(bytes + len, head, sizeof head);
        memcpy(bytes + len + 6, text, strlen(text));
        len += 6 + strlen(text);
    }
    return (struct span){bytes, len};
}

/* At least LIMIT_SHARE messages, and at least LIMIT_SHARE_BYTES. */
static void a_burst_is_read_in_shares(void) {
    begin();
    websocket_session(1);
    struct span all = many_frames(30000, "4x"); /* of 8 bytes */
    struct span rest = feed_span(1, all);
    UNIT_INT(event_count, LIMIT_SHARE_BYTES / 8);
    UNIT_INT(all.len - rest.len, LIMIT_SHARE_BYTES);
    rest = feed_span(1, rest);
    UNIT_INT(event_count, 2 * LIMIT_SHARE_BYTES / 8);
    while (rest.len > 0) rest = feed_span(1, rest);
    UNIT_INT(event_count, 30000);
    stop();
}

/* 65 535 bytes are not enough, so one message more is read. */
static void a_share_ends_with_its_last_byte(void) {
    begin();
    websocket_session(1);
    feed_span(1, many_frames(5000, "412345678")); /* of 15 bytes */
    UNIT_INT(event_count, 65535 / 15 + 1);
    stop();
}

/* The rest of a turn may be a single byte. */
static void a_rest_of_one_byte_is_a_rest(void) {
    begin();
    struct session *s = websocket_session(1);
    struct span all = many_frames(2, "4x");
    struct engine_event e;
    all.len = 9;
    receiver_feed(&receiver, &transport, link_at(links, 1), all);
    UNIT_INT(receiver_next(&receiver, &transport, &e), RECEIVER_EVENT);
    receiver.share.receivers += LIMIT_SHARE_RECEIVERS;
    UNIT_INT(receiver_next(&receiver, &transport, &e), RECEIVER_DONE);
    struct span rest = receiver_end_feed(&receiver, &transport);
    UNIT_INT(rest.len, 1);
    UNIT_TRUE(receiver_is_behind(&receiver, s));
    receiver_end_turn(&receiver);
    UNIT_INT(feed_span(1, rest).len, 0);
    UNIT_TRUE(receiver_is_behind(&receiver, s)); /* the kernel may have more */
    stop();
}

static void receivers_use_up_a_share_too(void) {
    begin();
    websocket_session(1);
    struct span all = many_frames(3, "4x");
    struct engine_event e;
    receiver_feed(&receiver, &transport, link_at(links, 1), all);
    UNIT_INT(receiver_next(&receiver, &transport, &e), RECEIVER_EVENT);
    receiver.share.receivers += LIMIT_SHARE_RECEIVERS - 1;
    UNIT_INT(receiver_next(&receiver, &transport, &e), RECEIVER_EVENT);
    receiver.share.receivers++;
    UNIT_INT(receiver_next(&receiver, &transport, &e), RECEIVER_DONE);
    struct span rest = receiver_end_feed(&receiver, &transport);
    UNIT_INT(rest.len, 8);
    UNIT_INT(feed_span(1, rest).len, 0); /* a new share */
    EVENTS("message x;");
    stop();
}

/* What one read did not bring may be in the kernel. */
static void unread_input_is_known_for_one_turn(void) {
    static const struct {
        size_t n; /* bytes fed */
        bool is_behind;
    } cases[] = {
        {LIMIT_SHARE_BYTES - 8, false},
        {LIMIT_SHARE_BYTES, true},
        {LIMIT_SHARE_BYTES + 8, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        struct session *s = websocket_session(1);
        struct span all = many_frames(10000, "4x");
        all.len = cases[i].n;
        struct span rest = feed_span(1, all);
        UNIT_INT(receiver_is_behind(&receiver, s), cases[i].is_behind);
        receiver_end_turn(&receiver);
        UNIT_FALSE(receiver_is_behind(&receiver, s));
        bool had_rest = rest.len > 0;
        UNIT_INT(feed_span(1, rest).len, 0);
        UNIT_INT(receiver_is_behind(&receiver, s), had_rest);
        receiver_end_turn(&receiver);
        feed_span(1, many_frames(1, "4x"));
        UNIT_FALSE(receiver_is_behind(&receiver, s));
        stop();
    }
}

/* 0 means: no unread input in any turn. */
static void turns_are_counted_from_1_again_after_255(void) {
    begin();
    for (int i = 1; i <= 255; i++) {
        UNIT_INT(receiver.turn, i);
        receiver_end_turn(&receiver);
    }
    UNIT_INT(receiver.turn, 1);
    stop();
}

/* The session has the slot of one with unread input in this turn, and so has
 * its connection. */
static void a_new_link_has_no_unread_input(void) {
    begin();
    feed_text(1, "GET " QUERY " HTTP/1.1\r\n" HOST "\r\n");
    struct session *s = transport_session(&transport, link_at(links, 1));
    s->turn = link_at(links, 1)->turn = receiver.turn;
    session_close(sessions, s, 1000);
    UNIT_TRUE(session_next_due(sessions) == s);
    session_free(sessions, s);
    receiver_lost(&receiver, &transport, link_at(links, 1));
    feed_text(1, "GET " QUERY " HTTP/1.1\r\n" HOST "\r\n");
    UNIT_TRUE(transport_session(&transport, link_at(links, 1)) == s);
    UNIT_FALSE(receiver_is_behind(&receiver, s));
    UNIT_INT(link_at(links, 1)->turn, 0);
    stop();
}

static void a_connection_may_be_lost_while_it_is_fed(void) {
    begin();
    struct session *s = websocket_session(1);
    struct engine_event e;
    receiver_feed(&receiver, &transport, link_at(links, 1),
                  many_frames(3, "4x"));
    UNIT_INT(receiver_next(&receiver, &transport, &e), RECEIVER_EVENT);
    receiver_lost(&receiver, &transport, link_at(links, 1));
    UNIT_INT(receiver_next(&receiver, &transport, &e), RECEIVER_DONE);
    UNIT_INT(receiver_end_feed(&receiver, &transport).len, 0);
    UNIT_INT(s->close_code, 1006);
    stop();
}

static void another_connection_may_be_lost_meanwhile(void) {
    begin();
    websocket_session(1);
    websocket_session(2);
    struct engine_event e;
    receiver_feed(&receiver, &transport, link_at(links, 1),
                  many_frames(3, "4x"));
    UNIT_INT(receiver_next(&receiver, &transport, &e), RECEIVER_EVENT);
    receiver_lost(&receiver, &transport, link_at(links, 2));
    handle_events();
    EVENTS("message x;message x;");
    UNIT_INT(receiver_end_feed(&receiver, &transport).len, 0);
    stop();
}

/* --- a payload goes on by itself, a share in each round of output --- */

/* n packets "4x", joined. */
static const char *many_packets(int n) {
    static char text[100000];
    size_t len = 0;
    for (int i = 0; i < n; i++) {
        memcpy(text + len, "4x\x1e", 3);
        len += 3;
    }
    text[len - 1] = '\0';
    return text;
}

/* A packet counts 8 bytes beside its own: 10 in all. */
#define PER_ROUND ((LIMIT_SHARE_BYTES + 9) / 10)

static void a_long_payload_goes_on_in_each_round(void) {
    begin();
    links->max_payload = 100000;
    struct session *s = polling_session();
    int n = 3 * PER_ROUND - 5;
    UNIT_INT(feed_span(1, post_of(s, many_packets(n))).len, 0);
    UNIT_INT(event_count, PER_ROUND);
    for (int round = 2; round <= 3; round++) {
        UNIT_TRUE(receiver_has_more(&receiver));
        UNIT_TRUE(receiver_is_behind(&receiver, s));
        receiver_end_turn(&receiver);
        int before = event_count;
        handle_events(); /* in the same round: nothing */
        UNIT_INT(event_count, before);
        receiver_end_round(&receiver);
        feed_span(2, span_from("")); /* while others are fed: nothing */
        UNIT_INT(event_count, before);
        handle_events();
        UNIT_INT(event_count, round < 3 ? round * PER_ROUND : n);
    }
    UNIT_FALSE(receiver_has_more(&receiver));
    deliver();
    BODY(1, "ok");
    stop();
}

static void a_payload_that_is_suspended_ends_with_its_connection(void) {
    begin();
    links->max_payload = 100000;
    struct session *s = polling_session();
    feed_span(1, post_of(s, many_packets(2 * PER_ROUND)));
    UNIT_TRUE(receiver_has_more(&receiver));
    receiver_lost(&receiver, &transport, link_at(links, 1));
    UNIT_FALSE(receiver_has_more(&receiver));
    UNIT_INT(s->close_code, 1006);
    receiver_end_round(&receiver);
    handle_events();
    UNIT_INT(event_count, PER_ROUND);
    stop();
}

/* The program closes the session, or its connection is lost, between two of
 * its packets. */
static void a_payload_ends_in_the_middle(void) {
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        struct engine_event e;
        begin();
        struct session *s = polling_session();
        receiver_accept(&transport, 1);
        receiver_feed(&receiver, &transport, link_at(links, 1),
                      post_of(s, "4a\x1e"
                                 "4b"));
        while (receiver_next(&receiver, &transport, &e) != RECEIVER_EVENT)
            continue;
        if (is_lost)
            receiver_lost(&receiver, &transport, link_at(links, 1));
        else
            session_close(sessions, s, 1000);
        handle_events();
        EVENTS("");
        receiver_end_feed(&receiver, &transport);
        deliver();
        UNIT_INT(sent[1].end > 0, !is_lost);
        stop();
    }
}

static void what_follows_a_pong_is_read(void) {
    begin();
    post(1, polling_session(),
         "3\x1e"
         "4a");
    EVENTS("message a;");
    BODY(1, "ok");
    stop();
}

static void what_follows_a_close_packet_is_ignored(void) {
    begin();
    struct session *s = polling_session();
    post(1, s,
         "4a\x1e"
         "1\x1e"
         "4b");
    EVENTS("message a;");
    BODY(1, "ok");
    UNIT_INT(s->close_code, CLOSED_BY_PEER);
    stop();
}

static void a_malformed_request_is_refused(void) {
    begin();
    feed_text(1, "not HTTP\r\n\r\n");
    UNIT_TEXT(sent_text(1), 12, "HTTP/1.1 400");
    UNIT_INT(then[1], OUTBOX_END);
    EVENTS("");
    stop();
}

/* --- what a session publishes --- */

/* Session s has published something that connection 7 has not got yet. */
static void publish_from(struct session *s) {
    struct span text = span_from("4x");
    links->outbox.max_receivers = links->outbox.max_ahead = 1;
    link_begin_broadcast(links, false, &text, 1);
    link_broadcast_to(links, link_handle(links, link_at(links, 6)));
    link_broadcast_to(links, link_handle(links, link_at(links, 7)));
    s->published = links->outbox.entered;
    deliver();
    UNIT_INT(sent[7].end, 0);
}

/* Others are read from; and a session whose broadcast is out is, too. */
static void a_publisher_waits_until_its_broadcasts_are_sent(void) {
    begin();
    struct session *s = websocket_session(1);
    websocket_session(2);
    upgrade_on(6, false);
    upgrade_on(7, false);
    publish_from(s);
    struct span rest = feed_span(1, many_frames(3, "4x"));
    UNIT_INT(rest.len, 3 * 8);
    UNIT_TRUE(receiver_is_behind(&receiver, s)); /* its pong may be in it */
    EVENTS("");
    UNIT_INT(feed_span(2, many_frames(1, "4y")).len, 0);
    EVENTS("message y;");
    deliver();
    UNIT_TRUE(sent[7].end > 0);
    UNIT_INT(feed_span(1, many_frames(3, "4x")).len, 0);
    EVENTS("message x;message x;message x;");
    stop();
}

static void a_publisher_of_little_does_not_wait(void) {
    begin();
    struct session *s = websocket_session(1);
    upgrade_on(6, false);
    upgrade_on(7, false);
    publish_from(s);
    links->outbox.max_ahead = links->outbox.shared.end + /* "4x" in a frame */
                              links->outbox.refs.end + 1;
    UNIT_INT(feed_span(1, many_frames(1, "4x")).len, 0);
    EVENTS("message x;");
    links->outbox.max_ahead--;
    UNIT_INT(feed_span(1, many_frames(1, "4x")).len, 8);
    EVENTS("");
    stop();
}

/* As the body of a POST that arrives meanwhile, or is suspended. */
static void a_payload_waits_until_others_have_got_what_it_has_sent(void) {
    for (int is_suspended = 0; is_suspended < 2; is_suspended++) {
        begin();
        links->max_payload = 100000;
        struct session *s = polling_session();
        upgrade_on(6, false);
        upgrade_on(7, false);
        int before = is_suspended ? PER_ROUND : 0, n = before + 5;
        if (!is_suspended) publish_from(s);
        feed_span(1, post_of(s, many_packets(n)));
        if (is_suspended) publish_from(s);
        UNIT_INT(event_count, before);
        for (int i = 0; i < 3; i++) { /* rounds of nothing but receiving */
            receiver_end_round(&receiver);
            handle_events();
        }
        UNIT_INT(event_count, before);
        UNIT_TRUE(receiver_has_more(&receiver));
        UNIT_TRUE(receiver_is_behind(&receiver, s));
        deliver();
        UNIT_TRUE(sent[7].end > 0);
        receiver_end_round(&receiver);
        handle_events();
        UNIT_INT(event_count, n);
        UNIT_FALSE(receiver_has_more(&receiver));
        stop();
    }
}

UNIT_MAIN("socketio/receiver", UNIT_TEST(each_type_of_packet_has_its_meaning),
          UNIT_TEST(binary_is_a_message_whatever_is_in_it),
          UNIT_TEST(a_pong_begins_the_time_to_the_next_ping),
          UNIT_TEST(a_request_opens_a_session_or_is_the_programs),
          UNIT_TEST(the_connection_of_a_request_may_be_lost),
          UNIT_TEST(a_probe_upgrades_its_session),
          UNIT_TEST(a_get_that_ends_anyway_gets_no_noop),
          UNIT_TEST(a_probe_that_breaks_the_order_is_closed),
          UNIT_TEST(a_binary_5_is_no_upgrade),
          UNIT_TEST(a_websocket_that_carries_nothing_sends_no_messages),
          UNIT_TEST(a_close_frame_ends_what_the_websocket_was),
          UNIT_TEST(a_burst_is_read_in_shares),
          UNIT_TEST(a_share_ends_with_its_last_byte),
          UNIT_TEST(a_rest_of_one_byte_is_a_rest),
          UNIT_TEST(receivers_use_up_a_share_too),
          UNIT_TEST(unread_input_is_known_for_one_turn),
          UNIT_TEST(turns_are_counted_from_1_again_after_255),
          UNIT_TEST(a_new_link_has_no_unread_input),
          UNIT_TEST(a_connection_may_be_lost_while_it_is_fed),
          UNIT_TEST(another_connection_may_be_lost_meanwhile),
          UNIT_TEST(a_long_payload_goes_on_in_each_round),
          UNIT_TEST(a_payload_that_is_suspended_ends_with_its_connection),
          UNIT_TEST(a_payload_ends_in_the_middle),
          UNIT_TEST(what_follows_a_pong_is_read),
          UNIT_TEST(what_follows_a_close_packet_is_ignored),
          UNIT_TEST(a_malformed_request_is_refused),
          UNIT_TEST(a_publisher_waits_until_its_broadcasts_are_sent),
          UNIT_TEST(a_publisher_of_little_does_not_wait),
          UNIT_TEST(a_payload_waits_until_others_have_got_what_it_has_sent))
