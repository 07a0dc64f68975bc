/* wslink_test.c: socketio/wslink.h: which time-out runs when */
#include "packets/unit.h"
#include "socketio/wslink.h"
#include "websocket/http.h"

static struct wslink_timers timers;
static struct wslink the_link;
static struct buf out;

static void start(enum wslink_phase phase) {
    wslink_timers_init(&timers, 5000);
    wslink_init(&the_link, phase, 1000);
    buf_init(&out, 1000);
    wslink_rearm_timer(&the_link, &timers, 0);
}

static void stop(void) {
    wslink_free(&the_link);
    buf_free(&out);
    UNIT_INT(wslink_wait(&timers, 0, -1), -1);
}

/* ms until it is due; -1: no time-out runs. */
static int due(int64_t now) {
    wslink_rearm_timer(&the_link, &timers, now);
    return wslink_wait(&timers, now, -1);
}

/* Feeds bytes that are masked with zeros; how many messages they complete. */
static int feed(const char *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    struct span in = {exact, n};
    struct conn_event e;
    int messages = 0;
    while (wslink_next(&the_link, &in, &e, &out))
        messages += e.type == CONN_MESSAGE;
    free(exact);
    return messages;
}

#define FIRST "\x01\x83\0\0\0\0abc" /* a fragment of three bytes */
#define MORE "\x00\x82\0\0\0\0de"
#define EMPTY "\x00\x80\0\0\0\0"
#define LAST "\x80\x81\0\0\0\0f"
#define WHOLE "\x81\x81\0\0\0\0x"
#define PONG "\x8a\x81\0\0\0\0p"
#define FEED(text) feed(text, sizeof text - 1)

static void an_idle_link_waits_for_ever(void) {
    start(WSLINK_OPEN);
    UNIT_INT(due(0), -1);
    UNIT_INT(FEED(WHOLE), 1);
    UNIT_INT(due(0), -1);
    UNIT_INT(FEED(PONG), 0);
    UNIT_INT(due(0), -1);
    stop();
}

static void a_message_under_way_must_make_progress(void) {
    start(WSLINK_OPEN);
    UNIT_INT(feed("\x01", 1), 0);
    UNIT_INT(due(0), LIMIT_WS_STALLED_MS);
    feed("\x83", 1); /* a header in pieces is no progress */
    UNIT_INT(due(1000), LIMIT_WS_STALLED_MS - 1000);
    feed("\0\0\0\0a", 5);
    UNIT_INT(due(2000), LIMIT_WS_STALLED_MS);
    feed("bc", 2);
    UNIT_INT(due(3000), LIMIT_WS_STALLED_MS);
    FEED(PONG);
    UNIT_INT(due(4000), LIMIT_WS_STALLED_MS - 1000);
    FEED(EMPTY);
    UNIT_INT(due(5000), LIMIT_WS_STALLED_MS - 2000);
    FEED(MORE);
    UNIT_INT(due(6000), LIMIT_WS_STALLED_MS);
    UNIT_INT(FEED(LAST), 1);
    UNIT_INT(due(7000), -1);
    stop();
}

/* It ends one message and begins another, which is as long so far. */
static void the_next_message_has_a_time_of_its_own(void) {
    start(WSLINK_OPEN);
    FEED(FIRST);
    UNIT_INT(due(0), LIMIT_WS_STALLED_MS);
    UNIT_INT(FEED(LAST FIRST), 1);
    UNIT_INT(due(1000), LIMIT_WS_STALLED_MS);
    stop();
}

static void while_output_is_unsent_the_peer_is_not_waited_for(void) {
    start(WSLINK_OPEN);
    FEED(FIRST);
    the_link.is_sending = true;
    UNIT_INT(due(0), -1);
    the_link.is_sending = false;
    UNIT_INT(due(1000), LIMIT_WS_STALLED_MS);
    the_link.is_sending = true;
    wslink_close(&the_link, 1000, &out);
    UNIT_INT(due(2000), -1);
    the_link.is_sending = false;
    UNIT_INT(due(3000), LIMIT_CLOSING_MS);
    stop();
}

static void a_probe_has_its_time_whatever_it_sends(void) {
    start(WSLINK_PROBING);
    UNIT_INT(due(0), 5000);
    FEED(WHOLE);
    FEED(FIRST);
    the_link.is_sending = true;
    UNIT_INT(due(1000), 4000);
    the_link.is_sending = false;
    wslink_enter(&the_link, WSLINK_OPEN);
    UNIT_INT(due(2000), LIMIT_WS_STALLED_MS);
    stop();
}

static void the_time_to_close_begins_once(void) {
    start(WSLINK_OPEN);
    wslink_close(&the_link, 1001, &out);
    UNIT_INT(due(0), LIMIT_CLOSING_MS);
    UNIT_TEXT(out.bytes, out.end, "\x88\x02\x03\xe9");
    wslink_close(&the_link, 1000, &out); /* is closing already */
    UNIT_INT(out.end, 4);
    FEED("\x88\x80\0\0\0\0");
    wslink_enter(&the_link, WSLINK_ENDED);
    UNIT_INT(due(500), LIMIT_CLOSING_MS - 500);
    UNIT_INT(FEED(WHOLE), 0); /* is dropped */
    UNIT_TRUE(wslink_next_due(&timers, LIMIT_CLOSING_MS - 1) == NULL);
    UNIT_TRUE(wslink_next_due(&timers, LIMIT_CLOSING_MS) == &the_link);
    stop();
}

/* In any phase before. */
static void a_link_that_is_closed_has_the_time_to_close(void) {
    start(WSLINK_PROBING);
    UNIT_INT(due(0), 5000);
    wslink_close(&the_link, 1000, &out);
    UNIT_INT(due(1000), LIMIT_CLOSING_MS);
    stop();
    start(WSLINK_OPEN);
    FEED(FIRST);
    UNIT_INT(due(0), LIMIT_WS_STALLED_MS);
    wslink_close(&the_link, 1000, &out);
    UNIT_INT(due(1000), LIMIT_CLOSING_MS);
    stop();
}

static void an_ended_link_gives_its_memory_back_and_drops_its_input(void) {
    start(WSLINK_OPEN);
    FEED(FIRST);
    UNIT_TRUE(the_link.conn.held.bytes != NULL);
    wslink_enter(&the_link, WSLINK_ENDED);
    UNIT_TRUE(the_link.conn.held.bytes == NULL);
    UNIT_INT(FEED(LAST), 0);
    UNIT_INT(FEED(FIRST), 0);
    UNIT_TRUE(the_link.conn.held.bytes == NULL);
    wslink_close(&the_link, 1000, &out); /* nothing follows the end */
    UNIT_INT(out.end, 0);
    UNIT_INT(the_link.phase, WSLINK_ENDED);
    stop();
}

static void a_packet_is_one_message(void) {
    struct span parts[] = {span_from("4"), span_from("hi")};
    start(WSLINK_OPEN);
    UNIT_TRUE(wslink_send(&out, false, parts, 2));
    UNIT_TRUE(wslink_send(&out, true, parts + 1, 1));
    UNIT_TEXT(out.bytes, out.end,
              "\x81\x03"
              "4hi\x82\x02hi");
    out.max = 9;
    UNIT_FALSE(wslink_send(&out, false, parts, 1));
    stop();
}

static void a_postponed_link_is_judged_in_the_next_turn(void) {
    start(WSLINK_PROBING);
    UNIT_TRUE(wslink_next_due(&timers, 5000) == &the_link);
    wslink_postpone(&the_link, &timers, 5000);
    UNIT_TRUE(wslink_next_due(&timers, 5000) == NULL);
    UNIT_INT(wslink_wait(&timers, 5000, -1), 1);
    UNIT_TRUE(wslink_next_due(&timers, 5001) == &the_link);
    stop();
}

UNIT_MAIN("socketio/wslink", UNIT_TEST(an_idle_link_waits_for_ever),
          UNIT_TEST(a_message_under_way_must_make_progress),
          UNIT_TEST(the_next_message_has_a_time_of_its_own),
          UNIT_TEST(while_output_is_unsent_the_peer_is_not_waited_for),
          UNIT_TEST(a_probe_has_its_time_whatever_it_sends),
          UNIT_TEST(the_time_to_close_begins_once),
          UNIT_TEST(a_link_that_is_closed_has_the_time_to_close),
          UNIT_TEST(an_ended_link_gives_its_memory_back_and_drops_its_input),
          UNIT_TEST(a_packet_is_one_message),
          UNIT_TEST(a_postponed_link_is_judged_in_the_next_turn))
