/* engine_share_test.c: how socketio/engine.h divides its turns among clients
 * that send much, and among the receivers of a broadcast */
#include "socketio/engine_traffic_unit.h"

/* --- a fair share --- */

/* 64 messages, or 64 KiB if that is later. */
static void a_burst_is_handled_over_several_turns(void) {
    static const char *const texts[] = {"4abcdefghijklmnopqrstuvwxyz", "4"};
    for (int i = 0; i < 2; i++) {
        struct buf many;
        struct engine_options o = quiet();
        size_t one = 6 + strlen(texts[i]);
        fill_frames(&many, 20000, texts[i]);
        start(&o);
        is_echoing = false;
        open_websocket(1);
        event_count = 0;
        struct span rest = feed_once(1, buf_view(&many));
        int expected = (int)((LIMIT_SHARE_BYTES + one - 1) / one);
        UNIT_INT(event_count, expected);
        UNIT_INT(many.end - rest.len, (size_t)expected * one);
        while (rest.len > 0) rest = feed_once(1, rest);
        UNIT_INT(event_count, 20000);
        buf_free(&many);
        stop();
    }
}

static void large_messages_may_be_64_in_a_turn(void) {
    struct engine_options o = quiet();
    struct buf many;
    static uint8_t payload[10000];
    buf_init(&many, 1 << 24);
    for (int i = 0; i < 80; i++) {
        uint8_t head[] = {0x82, 0xfe, 10000 >> 8, 10000 & 255, 0, 0, 0, 0};
        buf_append(&many, head, sizeof head);
        buf_append(&many, payload, sizeof payload);
    }
    start(&o);
    is_echoing = false;
    open_websocket(1);
    event_count = 0;
    struct span rest = feed_once(1, buf_view(&many));
    UNIT_INT(event_count, LIMIT_SHARE);
    feed_once(1, rest);
    UNIT_INT(event_count, 80);
    buf_free(&many);
    stop();
}

static void broadcasts_use_up_a_share_by_their_receivers(void) {
    struct engine_options o = quiet();
    struct buf many;
    struct engine_event e;
    struct span text = span_from("x");
    o.max_sessions = 1001;
    start(&o);
    open_conn(0);
    for (int i = 0; i < 1000; i++) {
        get(0, "");
        join_group(last_session, 0);
    }
    open_websocket(1);
    fill_frames(&many, 1000, "4x");
    event_count = 0;
    engine_feed(engine, 1, buf_view(&many), now);
    while (engine_next(engine, &e)) {
        publish(0, false, &text, 1);
        event_count++;
    }
    UNIT_TRUE(engine_end_feed(engine).len > 0);
    UNIT_INT(event_count, (LIMIT_SHARE_RECEIVERS + 999) / 1000);
    buf_free(&many);
    stop();
}

/* Sets all to a POST of n packets "4x", separated by 0x1e. */
static void fill_post(struct buf *all, const char *sid, int n) {
    char head[200];
    snprintf(head, sizeof head,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n", QUERY,
             sid, HOST, 3 * n - 1);
    buf_init(all, 1 << 20);
    buf_text(all, head);
    for (int i = 0; i < n; i++) {
        if (i > 0) buf_text(all, "\x1e");
        buf_text(all, "4x");
    }
}

/* The payload of a POST is in memory: it goes on, a share each round. */
static void a_long_payload_is_handled_over_several_rounds(void) {
    char sid[21];
    struct engine_options o = quiet();
    struct buf all;
    int n = 50000; /* 150 000 bytes */
    start(&o);
    open_polling(sid);
    is_echoing = false;
    fill_post(&all, sid, n);
    buf_text(&all, "GET / HTTP/1.1\r\n" HOST "\r\n");
    event_count = 0;
    buf_clear(&conns[0].bytes);
    struct span rest = feed_once(0, buf_view(&all));
    int first = event_count;
    UNIT_INT(first, (LIMIT_SHARE_BYTES + 9) / 10); /* 2 bytes, and 8 for each */
    UNIT_TRUE(rest.len > 0);                       /* the next request waits */
    UNIT_INT(engine_wait(engine, now, -1), 0);
    UNIT_INT(feed_once(0, rest).len, rest.len);
    UNIT_INT(event_count, first);
    deliver();
    open_conn(1);
    feed_once(1, span_from("")); /* others have their turn on their own */
    UNIT_INT(event_count, first);
    handle_events();
    UNIT_INT(event_count, 2 * first);
    handle_events(); /* the same round: no more */
    UNIT_INT(event_count, 2 * first);
    while (event_count < n) {
        deliver();
        handle_events();
    }
    deliver();
    IS_TEXT(body(0), "ok");
    UNIT_INT(feed_once(0, rest).len, 0);
    UNIT_INT(event_count, n + 1); /* the request */
    buf_free(&all);
    stop();
}

static void a_payload_ends_with_its_connection(void) {
    char sid[21];
    struct engine_options o = quiet();
    struct buf all;
    start(&o);
    open_polling(sid);
    is_echoing = false;
    fill_post(&all, sid, 50000);
    open_conn(1);
    feed_once(1, buf_view(&all));
    events_len = 0;
    engine_lost(engine, 1);
    deliver();
    handle_events();
    EVENTS("closed;"); /* what it had not read is lost: the client must know */
    UNIT_INT(engine_wait(engine, now, -1) > 0, true);
    buf_free(&all);
    stop();
}

/* Its share ends with its last packet: the response comes at once, and what
 * follows on the connection is the next request. */
static void a_payload_that_fits_its_share_exactly_is_not_suspended(void) {
    char sid[21], head[200];
    struct engine_options o = quiet();
    struct buf all;
    start(&o);
    open_polling(sid);
    is_echoing = false;
    /* 1 request and 63 packets, of at least 64 KiB in all */
    buf_init(&all, 1 << 20);
    snprintf(head, sizeof head,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n", QUERY,
             sid, HOST, 63 * 1101 - 1);
    buf_text(&all, head);
    for (int i = 0; i < 63; i++) {
        char packet[1102];
        memset(packet, 'x', sizeof packet);
        packet[0] = i ? '\x1e' : '4';
        packet[i ? 1 : 0] = '4';
        buf_append(&all, packet, i ? 1101 : 1100);
    }
    buf_text(&all, "GET / HTTP/1.1\r\n" HOST "\r\n");
    event_count = 0;
    buf_clear(&conns[0].bytes);
    struct span rest = feed_once(0, buf_view(&all));
    UNIT_INT(event_count, 63);
    rest = feed_once(0, rest);
    UNIT_INT(rest.len, 0);
    UNIT_INT(event_count, 64);
    deliver();
    UNIT_TRUE(strstr(sent(0), "\r\n\r\nokHTTP/1.1 200"));
    buf_free(&all);
    stop();
}

static void the_rest_of_a_payload_is_refused_if_its_session_ends(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    is_echoing = false;
    struct span in = span_from("4a\x1e"
                               "4b");
    char text[300];
    struct engine_event e;
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: 5\r\n\r\n%s", QUERY,
             sid, HOST, (char *)in.data);
    buf_clear(&conns[0].bytes);
    engine_feed(engine, 0, (struct span){(uint8_t *)text, strlen(text)}, now);
    UNIT_TRUE(engine_next(engine, &e));
    engine_close(engine, e.session, 1000); /* the program does not want it */
    handle_events();
    engine_end_feed(engine);
    deliver();
    UNIT_INT(status(0), 400);
    EVENTS("closed;");
    stop();
}

static void what_follows_a_close_in_a_payload_is_ignored(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    post(0, sid,
         "4a\x1e"
         "1\x1e"
         "4b");
    IS_TEXT(body(0), "ok");
    EVENTS("message a;closed;");
    stop();
}

/* A connection in the middle of its input is not waited for. */
static void shutdown_ends_a_connection_with_unread_input(void) {
    char sid[21];
    static char part[LIMIT_SHARE_BYTES];
    start(&usual);
    open_polling(sid);
    open_conn(1);
    begin_post(1, sid, 900000, "4");
    memset(part, 'x', sizeof part);
    feed_once(1, (struct span){(uint8_t *)part, sizeof part});
    UNIT_TRUE(engine_is_behind(engine, last_session));
    engine_shut(engine, now);
    end_turn();
    UNIT_INT(conns[1].then, OUTBOX_END);
    stop();
}

/* --- the work of a turn is bounded --- */

enum {
    MANY = 2 * LIMIT_ROUND + 100 /* connections */
};

static struct buf many_sent[MANY];

/* One round of output. Returns how many connections it is for. */
static int deliver_many(void) {
    struct outgoing o;
    int count = 0;
    while (engine_outgoing(engine, &o)) {
        buf_append(&many_sent[o.conn], o.bytes.data, o.bytes.len);
        engine_sent(engine, o.conn, now);
        count++;
    }
    return count;
}

/* A request, the whole of its only read. */
static void request_many(uint32_t conn, const char *text) {
    char copy[600];
    size_t n = strlen(text);
    memcpy(copy, text, n);
    UNIT_INT(feed_once(conn, (struct span){(uint8_t *)copy, n}).len, 0);
}

/* A session in group 0, by WebSocket, or polling with a GET that waits. */
static void open_many(uint32_t conn, bool is_websocket) {
    static const char upgrade_request[] =
        "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\n" HOST
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    struct buf *got = &many_sent[conn];
    char text[300];
    buf_init(got, 1 << 20);
    engine_accept(engine, conn, now);
    request_many(conn, is_websocket ? upgrade_request
                                    : "GET " QUERY " HTTP/1.1\r\n" HOST "\r\n");
    join_group(last_session, 0);
    deliver_many();
    buf_append(got, "", 1);
    if (!is_websocket) {
        snprintf(text, sizeof text,
                 "GET " QUERY "&sid=%.20s HTTP/1.1\r\n" HOST "\r\n",
                 strstr((char *)got->bytes, "sid\":\"") + 6);
        request_many(conn, text);
    }
    UNIT_INT(deliver_many(), 0);
    buf_clear(got);
}

static void start_with(bool is_websocket, uint32_t max_ahead) {
    struct engine_options o = usual;
    o.max_ahead = max_ahead;
    o.max_conns = o.max_sessions = MANY;
    start(&o);
    for (uint32_t i = 0; i < MANY; i++) open_many(i, is_websocket);
}

static void start_many(bool is_websocket) {
    start_with(is_websocket, 0);
}

static void stop_many(void) {
    for (int i = 0; i < MANY; i++) buf_free(&many_sent[i]);
    stop();
}

static int sent_to_many(void) {
    int count = 0;
    for (int i = 0; i < MANY; i++) count += many_sent[i].end > 0;
    return count;
}

/* A message of one client; it is echoed. */
static void speak(uint32_t conn) {
    struct buf out;
    buf_init(&out, 100);
    add_frame(&out, 0x81, "4hi");
    UNIT_INT(feed_once(conn, buf_view(&out)).len, 0);
    buf_free(&out);
}

/* RULE: no client waits for the whole of another one's broadcast. A turn serves
 * at most LIMIT_ROUND of its receivers, and before them the clients that have
 * sent a message. */
static void a_turn_has_so_many_receivers_of_a_broadcast(void) {
    for (int is_websocket = 0; is_websocket < 2; is_websocket++) {
        struct span text = span_from("news");
        start_many(is_websocket);
        publish(0, false, &text, 1);
        UNIT_INT(deliver_many(), LIMIT_ROUND);
        UNIT_INT(engine_wait(engine, now, -1), 0);
        UNIT_INT(deliver_many(), LIMIT_ROUND);
        UNIT_INT(engine_wait(engine, now, -1), 0);
        UNIT_INT(sent_to_many(), 2 * LIMIT_ROUND);
        UNIT_INT(deliver_many(), MANY - 2 * LIMIT_ROUND);
        UNIT_TRUE(engine_wait(engine, now, -1) > 0);
        UNIT_INT(sent_to_many(), MANY);
        stop_many();
    }
}

/* All pings are due in the turn of a broadcast. */
static void so_many_pings_too(void) {
    struct span text = span_from("news");
    start_many(true);
    now += (int64_t)usual.ping_interval;
    engine_expire(engine, now);
    publish(0, false, &text, 1);
    UNIT_INT(deliver_many(), LIMIT_ROUND);
    UNIT_INT(many_sent[0].end, 3 + 2 + 5); /* in one piece */
    speak(MANY - 1);
    UNIT_INT(many_sent[MANY - 1].end, 0);
    UNIT_INT(deliver_many(), 1 + LIMIT_ROUND);
    UNIT_INT(many_sent[MANY - 1].end, 3 + 2 + 5 + 2 + 3);
    UNIT_INT(deliver_many(), MANY - 2 * LIMIT_ROUND - 1);
    UNIT_INT(deliver_many(), 0);
    UNIT_INT(sent_to_many(), MANY);
    stop_many();
}

/* Its program publishes each message of one client to all. If as much as
 * max_ahead waits then, the client's next messages wait as well. */
static void publish_burst(uint32_t max_ahead, int rounds_between) {
    struct buf frames;
    struct engine_event e;
    int published = 0, rounds = 0;
    start_with(true, max_ahead);
    is_echoing = false;
    fill_frames(&frames, 1000, "4x");
    struct span rest = buf_view(&frames);
    while (rest.len > 0) {
        size_t before = rest.len;
        engine_feed(engine, 0, rest, now);
        while (engine_next(engine, &e)) {
            publish(0, false, &e.payload, 1);
            published++;
        }
        rest = engine_end_feed(engine);
        UNIT_INT(rest.len < before, rounds % rounds_between == 0);
        UNIT_TRUE(deliver_many() <= LIMIT_ROUND);
        rounds++;
    }
    while (deliver_many() > 0) continue;
    UNIT_INT(published, 1000);
    for (int i = 0; i < MANY; i++) UNIT_INT(many_sent[i].end, 1000 * (2 + 2));
    buf_free(&frames);
    stop_many();
}

static void a_burst_of_broadcasts_is_sent_before_more_is_read(void) {
    publish_burst(1, (MANY + LIMIT_ROUND - 1) / LIMIT_ROUND);
}

/* All of it is less than LIMIT_AHEAD. */
static void a_small_burst_of_broadcasts_is_read_at_once(void) {
    publish_burst(0, 1);
}

UNIT_MAIN("socketio/engine_share",
          UNIT_TEST(a_burst_is_handled_over_several_turns),
          UNIT_TEST(large_messages_may_be_64_in_a_turn),
          UNIT_TEST(broadcasts_use_up_a_share_by_their_receivers),
          UNIT_TEST(a_long_payload_is_handled_over_several_rounds),
          UNIT_TEST(a_payload_ends_with_its_connection),
          UNIT_TEST(a_payload_that_fits_its_share_exactly_is_not_suspended),
          UNIT_TEST(the_rest_of_a_payload_is_refused_if_its_session_ends),
          UNIT_TEST(what_follows_a_close_in_a_payload_is_ignored),
          UNIT_TEST(shutdown_ends_a_connection_with_unread_input),
          UNIT_TEST(a_turn_has_so_many_receivers_of_a_broadcast),
          UNIT_TEST(so_many_pings_too),
          UNIT_TEST(a_burst_of_broadcasts_is_sent_before_more_is_read),
          UNIT_TEST(a_small_burst_of_broadcasts_is_read_at_once))
