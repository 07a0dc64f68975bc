/* expiry_test.c: socketio/expiry.h: what times out, and what may take its time;
 * the clock is links->now */
#include "socketio/expiry.h"
#include "socketio/unit.h"

enum {
    TURN = 5,   /* the number of this turn */
    BEFORE = 4, /* and of another */
};

static void judge(void) {
    expiry_judge(&transport, TURN, links->now);
    transport_flush(&transport);
    deliver();
}

static void wait_ms(int ms) {
    links->now += ms;
    judge();
}

static void let_out(uint32_t conn) {
    transport_sent(&transport, link_at(links, conn));
}

/* Feeds frames to a WebSocket link; their masks are zeros. */
static void frames(struct link *l, const char *bytes, size_t n) {
    uint8_t copy[50];
    struct span in = {copy, n};
    struct conn_event e;
    memcpy(copy, bytes, n);
    while (link_next_websocket(links, l, &in, &e)) continue;
}

#define FRAMES(l, text) frames(l, text, sizeof text - 1)
#define FRAGMENT                                                               \
    "\x01\x82\0\0\0\0" /* the rest of a message is missing */                  \
    "4a"

/* --- HTTP --- */

static void a_head_that_times_out_is_408_and_ends_its_connection(void) {
    start();
    struct link *l = accept_conn(1);
    http_until(l, "GET / HT", HTTP_EVENT_REQUEST);
    wait_ms(LIMIT_HEAD_MS - 1);
    SENT(1, "");
    wait_ms(1);
    UNIT_TEXT(sent_text(1), 12, "HTTP/1.1 408");
    UNIT_INT(then[1], OUTBOX_END);
    let_out(1);
    wait_ms(LIMIT_CLOSING_MS - 1);
    UNIT_INT(then[1], OUTBOX_END);
    wait_ms(1);
    UNIT_INT(then[1], OUTBOX_DROP);
    stop();
}

static struct link *begin_post(uint32_t conn, struct session *s) {
    struct link *l = accept_conn(conn);
    UNIT_TRUE(http_until(
        l, "POST " QUERY "&sid=x HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n",
        HTTP_EVENT_REQUEST));
    polling_accept_body(l->http, 1000);
    transport_serve(&transport, l, s);
    if (s) s->post = link_handle(links, l);
    UNIT_FALSE(http_until(l, "", HTTP_EVENT_BODY));
    return l;
}

static void a_body_that_times_out_ends_the_session_of_its_post(void) {
    start();
    struct session *s = polling_session();
    s->ping = PING_WRITTEN; /* no heartbeat in this test */
    timer_stop(&s->timer);
    begin_post(1, s);
    wait_ms(LIMIT_BODY_MS - 1);
    UNIT_INT(s->state, SESSION_POLLING);
    wait_ms(1);
    UNIT_TEXT(sent_text(1), 12, "HTTP/1.1 408");
    UNIT_INT(then[1], OUTBOX_END);
    UNIT_INT(s->state, SESSION_CLOSING);
    UNIT_INT(s->close_code, 1002);
    stop();
}

/* The session was served before; the connection was idle since. */
static void an_idle_connection_ends_and_no_session_with_it(void) {
    start();
    struct session *s = polling_session();
    s->ping = PING_WRITTEN;
    timer_stop(&s->timer);
    struct link *l = request_on(1, "GET / HTTP/1.1\r\n" HOST "\r\n");
    transport_serve(&transport, l, s);
    link_respond(links, l, span_from("ok"));
    deliver();
    let_out(1);
    clear_sent();
    wait_ms(LIMIT_IDLE_MS);
    UNIT_INT(then[1], OUTBOX_END);
    SENT(1, "");
    UNIT_INT(s->state, SESSION_POLLING);
    stop();
}

/* --- WebSocket --- */

static void a_probe_that_times_out_is_closed_and_polling_goes_on(void) {
    start();
    struct session *s = polling_session();
    struct link *l = upgrade_on(1, true);
    transport_serve(&transport, l, s);
    s->ping = PING_WRITTEN;
    timer_stop(&s->timer);
    session_probe(s, link_handle(links, l));
    session_switch(s);
    upgrade_on(2, true); /* and one whose session is gone */
    wait_ms(4999);
    SENT(1, "");
    wait_ms(1);
    SENT(1, "\x88\x02\x03\xe8");
    SENT(2, "\x88\x02\x03\xe8");
    UNIT_INT(s->state, SESSION_POLLING);
    UNIT_INT(s->probe, NO_HANDLE);
    stop();
}

/* RFC 6455 §7.4.1: 1008 is for what nothing else names. */
static void a_message_without_progress_ends_its_session(void) {
    start();
    struct session *s = websocket_session(1);
    s->ping = PING_WRITTEN;
    timer_stop(&s->timer);
    FRAMES(link_at(links, 1), FRAGMENT);
    wait_ms(LIMIT_WS_STALLED_MS - 1);
    UNIT_INT(s->state, SESSION_WEBSOCKET);
    wait_ms(1);
    UNIT_INT(s->state, SESSION_CLOSING);
    UNIT_INT(s->close_code, 1008);
    stop();
}

static void a_close_that_is_not_answered_drops_the_connection(void) {
    start();
    struct link *l = upgrade_on(1, false);
    link_close(links, l, 1000);
    deliver();
    let_out(1);
    wait_ms(LIMIT_CLOSING_MS - 1);
    UNIT_INT(then[1], OUTBOX_OPEN);
    wait_ms(1);
    UNIT_INT(then[1], OUTBOX_DROP);
    stop();
}

/* --- heartbeat --- */

static void pings_are_sent_and_silent_sessions_closed(void) {
    start();
    struct session *w = websocket_session(1), *s = polling_session();
    park_on(2, s);
    wait_ms(299);
    SENT(1, "");
    wait_ms(1);
    SENT(1, "\x81\x01"
            "2");
    BODY(2, "2");
    let_out(1);
    let_out(2);
    wait_ms(100);
    session_pong(sessions, s, links->now);
    wait_ms(99);
    UNIT_INT(w->state, SESSION_WEBSOCKET);
    wait_ms(1);
    UNIT_INT(w->state, SESSION_CLOSING);
    UNIT_INT(w->close_code, 1000);
    UNIT_INT(s->state, SESSION_POLLING);
    stop();
}

/* --- what is behind --- */

static void a_session_with_unread_input_is_judged_in_the_next_turn(void) {
    for (int is_behind = 0; is_behind < 2; is_behind++) {
        start();
        struct session *s = websocket_session(1);
        wait_ms(300);
        let_out(1);
        s->turn = is_behind ? TURN : BEFORE;
        wait_ms(200);
        UNIT_INT(s->state == SESSION_CLOSING, !is_behind);
        if (is_behind) {
            judge(); /* the same turn, the same time */
            UNIT_INT(s->state, SESSION_WEBSOCKET);
            s->turn = BEFORE;
            wait_ms(1);
            UNIT_INT(s->state, SESSION_CLOSING);
        }
        stop();
    }
}

static void a_link_with_unread_input_is_judged_in_the_next_turn(void) {
    for (int is_behind = 0; is_behind < 2; is_behind++) {
        start();
        struct link *l = accept_conn(1), *w = upgrade_on(2, true);
        l->turn = w->turn = is_behind ? TURN : BEFORE;
        wait_ms(LIMIT_HEAD_MS); /* longer than a probe has */
        UNIT_INT(then[1], is_behind ? OUTBOX_OPEN : OUTBOX_END);
        UNIT_INT(sent[2].end, is_behind ? 0 : 4);
        l->turn = w->turn = BEFORE;
        wait_ms(1);
        UNIT_INT(then[1], OUTBOX_END);
        UNIT_INT(sent[2].end, 4);
        stop();
    }
}

/* On shutdown the server does not wait for clients. */
static void shutdown_does_not_wait_for_unread_input(void) {
    start();
    struct link *l = begin_post(1, NULL);
    l->turn = TURN;
    http_server_shut(&links->http);
    expiry_judge_links(&transport, TURN, links->now);
    deliver();
    UNIT_INT(then[1], OUTBOX_END);
    stop();
}

static void sessions_are_not_judged_with_the_links(void) {
    start();
    struct session *s = websocket_session(1);
    links->now += 300;
    expiry_judge_links(&transport, TURN, links->now);
    deliver();
    SENT(1, "");
    UNIT_INT(s->ping, PING_NEXT);
    stop();
}

/* --- liveness: three times every time-out --- */

static void a_link_without_a_deadline_may_take_any_time(void) {
    start();
    struct session *w = websocket_session(1), *s = polling_session();
    park_on(2, s);
    for (int i = 0; i < 3 * LIMIT_WS_STALLED_MS; i += 100) {
        clear_sent();
        wait_ms(100);
        let_out(1);
        let_out(2);
        if (sent[1].end > 0) session_pong(sessions, w, links->now);
        if (sent[2].end == 0) continue;
        BODY(2, "2");
        session_pong(sessions, s, links->now);
        park_on(2, s);
    }
    UNIT_INT(w->state, SESSION_WEBSOCKET);
    UNIT_INT(s->state, SESSION_POLLING);
    UNIT_INT(then[1], OUTBOX_OPEN);
    UNIT_INT(then[2], OUTBOX_OPEN);
    stop();
}

/* Its output has not left the process: the server waits for it no more than the
 * joint does, which has a time-out of its own. */
static void a_slow_reader_is_not_judged(void) {
    start();
    struct session *w = websocket_session(1);
    struct link *l = request_on(2, "GET / HTTP/1.1\r\n" HOST "\r\n");
    link_respond(links, l, span_from("ok"));
    FRAMES(link_at(links, 1), FRAGMENT);
    wait_ms(300);
    SENT(1, "\x81\x01"
            "2");
    for (int i = 0; i < 10; i++) wait_ms(LIMIT_WS_STALLED_MS);
    UNIT_INT(w->state, SESSION_WEBSOCKET);
    UNIT_INT(then[1], OUTBOX_OPEN);
    UNIT_INT(then[2], OUTBOX_OPEN);
    stop();
}

UNIT_MAIN("socketio/expiry",
          UNIT_TEST(a_head_that_times_out_is_408_and_ends_its_connection),
          UNIT_TEST(a_body_that_times_out_ends_the_session_of_its_post),
          UNIT_TEST(an_idle_connection_ends_and_no_session_with_it),
          UNIT_TEST(a_probe_that_times_out_is_closed_and_polling_goes_on),
          UNIT_TEST(a_message_without_progress_ends_its_session),
          UNIT_TEST(a_close_that_is_not_answered_drops_the_connection),
          UNIT_TEST(pings_are_sent_and_silent_sessions_closed),
          UNIT_TEST(a_session_with_unread_input_is_judged_in_the_next_turn),
          UNIT_TEST(a_link_with_unread_input_is_judged_in_the_next_turn),
          UNIT_TEST(shutdown_does_not_wait_for_unread_input),
          UNIT_TEST(sessions_are_not_judged_with_the_links),
          UNIT_TEST(a_link_without_a_deadline_may_take_any_time),
          UNIT_TEST(a_slow_reader_is_not_judged))
