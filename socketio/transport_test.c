/* transport_test.c: socketio/transport.h: sessions and the links that carry
 * them; the clock is links->now */
#include "socketio/unit.h"

static void send_text(struct session *s, const char *text) {
    struct span part = span_from(text);
    transport_send(&transport, s, false, &part, 1);
}

static void flush(void) {
    transport_flush(&transport);
    deliver();
}

/* All output of a connection leaves the process. */
static void let_out(uint32_t conn) {
    transport_sent(&transport, link_at(links, conn));
}

static void lose(uint32_t conn) {
    transport_lost(&transport, link_at(links, conn));
}

static bool has_closed(const struct session *s, unsigned code) {
    return s->state == SESSION_CLOSING && s->close_code == code;
}

/* --- packets --- */

static void packets_of_a_websocket_go_out_at_once(void) {
    start();
    struct session *s = websocket_session(1);
    send_text(s, "4a");
    send_text(s, "4b");
    deliver();
    SENT(1, "\x81\x02"
            "4a\x81\x02"
            "4b");
    stop();
}

static void packets_of_a_polling_session_wait_for_its_get(void) {
    start();
    struct session *s = polling_session();
    send_text(s, "4a");
    flush();
    park_on(1, s);
    send_text(s, "4b");
    UNIT_INT(sent[1].end, 0);
    flush();
    BODY(1, "4a\x1e"
            "4b");
    UNIT_INT(s->carrier, NO_HANDLE);
    UNIT_TRUE(s->queue == NULL);
    UNIT_INT(sessions->queued, 0);
    stop();
}

static void is_writable_when_a_packet_can_go_out_at_once(void) {
    start();
    struct session *s = polling_session(), *w = websocket_session(2);
    UNIT_FALSE(transport_is_writable(&transport, s));
    park_on(1, s);
    UNIT_TRUE(transport_is_writable(&transport, s));
    session_probe(s, 3); /* polling goes on, and link 1 is not a WebSocket */
    link_at(&transport.links, 1)->ws.is_sending = true;
    UNIT_TRUE(transport_is_writable(&transport, s));
    session_abandon_probe(s);
    send_text(s, "4a");
    flush();
    UNIT_FALSE(transport_is_writable(&transport, s));
    UNIT_TRUE(transport_is_writable(&transport, w));
    send_text(w, "4a"); /* goes out with it */
    UNIT_TRUE(transport_is_writable(&transport, w));
    deliver();
    UNIT_FALSE(transport_is_writable(&transport, w));
    let_out(2);
    UNIT_TRUE(transport_is_writable(&transport, w));
    w->carrier = NO_HANDLE; /* lost */
    UNIT_FALSE(transport_is_writable(&transport, w));
    stop();
}

static void a_link_has_the_session_that_it_served_last(void) {
    start();
    struct session *a = polling_session(), *b = polling_session();
    struct link *l = accept_conn(1);
    UNIT_TRUE(transport_session(&transport, l) == NULL);
    transport_serve(&transport, l, a);
    UNIT_TRUE(transport_session(&transport, l) == a);
    transport_serve(&transport, l, b);
    UNIT_TRUE(transport_session(&transport, l) == b);
    session_close(sessions, b, 1000);
    UNIT_TRUE(transport_session(&transport, l) == NULL);
    transport_serve(&transport, l, a);
    transport_serve(&transport, l, NULL);
    UNIT_TRUE(transport_session(&transport, l) == NULL);
    stop();
}

/* --- pings --- */

/* Pings every session that is due. */
static void ping(void) {
    struct session *s;
    while ((s = session_next_ping(sessions, links->now)))
        transport_ping(&transport, s);
    flush();
}

static int wait_for_pong(void) {
    return sessions_wait(sessions, links->now, -1);
}

static void a_pong_is_due_when_the_ping_has_left(void) {
    start();
    websocket_session(1);
    links->now += 300;
    ping();
    SENT(1, "\x81\x01"
            "2");
    UNIT_INT(wait_for_pong(), -1);
    links->now += 5000;
    let_out(1);
    UNIT_INT(wait_for_pong(), 200);
    let_out(1); /* what leaves later does not begin its time again */
    links->now += 100;
    let_out(1);
    UNIT_INT(wait_for_pong(), 100);
    stop();
}

static void a_ping_goes_with_the_get_that_waits(void) {
    start();
    struct session *s = polling_session();
    park_on(1, s);
    links->now += 300;
    ping();
    BODY(1, "2");
    UNIT_INT(wait_for_pong(), -1);
    let_out(1);
    UNIT_INT(wait_for_pong(), 200);
    stop();
}

static void a_queued_ping_is_waited_for_from_when_it_was_due(void) {
    start();
    struct session *s = polling_session();
    links->now += 300;
    ping();
    UNIT_INT(wait_for_pong(), 200);
    park_on(1, s);
    flush();
    BODY(1, "2");
    UNIT_INT(wait_for_pong(), -1); /* now it is on its way */
    let_out(1);
    UNIT_INT(wait_for_pong(), 200);
    stop();
}

/* The ping is on one connection, and another of the session has been sent all
 * of its output. */
static void a_pong_is_not_due_because_of_another_connection(void) {
    start();
    struct session *s = polling_session();
    park_on(1, s);
    links->now += 300;
    ping();
    struct link *post = accept_conn(2);
    transport_serve(&transport, post, s);
    let_out(2);
    UNIT_INT(wait_for_pong(), -1);
    transport_serve(&transport, link_at(links, 1), NULL); /* serves another */
    UNIT_INT(wait_for_pong(), 200);
    stop();
}

/* What is too much for one response waits for the next GET; a ping goes
 * first. */
static void packets_that_do_not_fit_wait_for_the_next_get(void) {
    static char big[900]; /* max_payload is 1 000 */
    start();
    struct session *s = polling_session();
    memset(big, 'x', sizeof big - 1);
    send_text(s, big);
    send_text(s, big);
    links->now += 300;
    ping();
    park_on(1, s);
    flush();
    UNIT_INT(strlen(sent_body(1)), strlen("2\x1e") + sizeof big - 1);
    UNIT_INT(s->queue->count, 1);
    let_out(1);
    park_on(1, s);
    flush();
    UNIT_INT(strlen(sent_body(1)), sizeof big - 1);
    UNIT_INT(sessions->queued, 0);
    stop();
}

/* --- upgrade --- */

static struct session *probed_session(uint32_t probe) {
    struct session *s = polling_session();
    struct link *l = upgrade_on(probe, true);
    transport_serve(&transport, l, s);
    session_probe(s, link_handle(links, l));
    return s;
}

static void an_upgrade_takes_the_queue_along_and_ends_the_get(void) {
    static const uint8_t bytes[] = {1, 2};
    struct span binary = {(uint8_t *)bytes, sizeof bytes};
    start();
    struct session *s = probed_session(1);
    send_text(s, "4a");
    transport_send(&transport, s, true, &binary, 1);
    send_text(s, "4c");
    park_on(2, s);
    session_switch(s);
    transport_upgrade(&transport, s);
    send_text(s, "4d");
    flush();
    SENT(1, "\x81\x02"
            "4a\x82\x02\x01\x02\x81\x02"
            "4c\x81\x02"
            "4d");
    BODY(2, "6");
    UNIT_INT(s->state, SESSION_WEBSOCKET);
    UNIT_TRUE(link_get(links, s->carrier) == link_at(links, 1));
    UNIT_INT(s->probe, NO_HANDLE);
    UNIT_INT(sessions->queued, 0);
    UNIT_TRUE(timers_empty(&links->ws.probing)); /* a probe no longer */
    stop();
}

static void an_upgrade_takes_a_queued_ping_along(void) {
    start();
    struct session *s = probed_session(1);
    links->now += 300;
    ping();
    session_switch(s);
    transport_upgrade(&transport, s);
    flush();
    SENT(1, "\x81\x01"
            "2");
    UNIT_INT(wait_for_pong(), -1);
    let_out(1);
    UNIT_INT(wait_for_pong(), 200);
    stop();
}

/* --- the end --- */

/* A server that closes says "1" to a GET, and the code to a WebSocket. To a
 * client that has closed it says "6" (Engine.IO's noop), and 1000. */
static void the_end_of_a_session_ends_what_carries_it(void) {
    static const struct {
        unsigned code;
        const char *body, *frame;
    } cases[] = {
        {1001,
         "4a\x1e"
         "1",
         "\x88\x02\x03\xe9"},
        {CLOSED_BY_PEER,
         "4a\x1e"
         "6",
         "\x88\x02\x03\xe8"},
    };
    for (int i = 0; i < 2; i++) {
        start();
        struct session *s = probed_session(1), *w = websocket_session(3);
        park_on(2, s);
        send_text(s, "4a");
        session_close(sessions, s, cases[i].code);
        session_close(sessions, w, cases[i].code);
        transport_end(&transport, s);
        transport_end(&transport, w);
        flush();
        BODY(2, cases[i].body);
        SENT(1, "\x88\x02\x03\xe8"); /* the probe did nothing wrong */
        SENT(3, cases[i].frame);
        stop();
    }
}

static void a_session_ends_without_links_as_well(void) {
    start();
    struct session *s = polling_session();
    session_close(sessions, s, 1000);
    transport_end(&transport, s);
    UNIT_FALSE(outbox_next(&links->outbox, &(struct outgoing){0}));
    stop();
}

/* --- lost connections --- */

/* RFC 6455 §7.4.1: 1006 means that a connection was lost. */
static void a_session_ends_with_the_link_that_carries_it(void) {
    start();
    struct session *w = websocket_session(1), *s = polling_session();
    park_on(2, s);
    lose(1);
    lose(2);
    UNIT_TRUE(has_closed(w, 1006));
    UNIT_TRUE(has_closed(s, 1006));
    transport_end(&transport, w); /* the links are gone */
    transport_end(&transport, s);
    stop();
}

static void a_session_ends_with_the_link_of_its_post(void) {
    start();
    struct session *s = polling_session();
    struct link *l = accept_conn(1);
    transport_serve(&transport, l, s);
    s->post = link_handle(links, l);
    lose(1);
    UNIT_TRUE(has_closed(s, 1006));
    stop();
}

static void a_session_ends_if_its_packets_are_lost_on_their_way(void) {
    for (int is_sent = 0; is_sent < 2; is_sent++) {
        start();
        struct session *s = polling_session();
        park_on(1, s);
        send_text(s, "4a");
        flush();
        if (is_sent) let_out(1);
        lose(1);
        UNIT_INT(has_closed(s, 1006), !is_sent);
        stop();
    }
}

static void a_session_outlives_links_that_are_nothing_to_it(void) {
    start();
    struct session *s = probed_session(1);
    struct link *l = accept_conn(2);
    transport_serve(&transport, l, s); /* a request that has its response */
    accept_conn(3);
    session_switch(s);
    lose(1);
    lose(2);
    lose(3);
    UNIT_INT(s->state, SESSION_POLLING);
    UNIT_INT(s->probe, NO_HANDLE); /* another probe may come */
    stop();
}

/* The session of a lost link is closed already, and its slot used again. */
static void a_lost_link_is_nothing_to_the_next_session(void) {
    start();
    struct session *s = websocket_session(1);
    session_close(sessions, s, 1000);
    UNIT_TRUE(session_next_due(sessions) == s);
    session_free(sessions, s);
    UNIT_TRUE(websocket_session(2) == s);
    lose(1);
    UNIT_INT(s->state, SESSION_WEBSOCKET);
    stop();
}

/* --- rounds --- */

static void gets_with_a_broadcast_are_responded_to_in_rounds(void) {
    struct span text = span_from("4x");
    struct session *s[3];
    start();
    links->outbox.max_receivers = 1;
    for (uint32_t i = 0; i < 3; i++) {
        s[i] = polling_session();
        park_on(i, s[i]);
        struct shared *packet = shared_new(&sessions->queued, false, &text, 1);
        session_push(sessions, s[i], packet);
        shared_release(&sessions->queued, packet);
    }
    send_text(s[2], "4own"); /* that is not for all, so it goes first */
    transport_flush(&transport);
    flush();
    BODY(0, "4x");
    UNIT_INT(sent[1].end, 0);
    BODY(2, "4x\x1e"
            "4own");
    UNIT_INT(sessions_wait(sessions, links->now, -1), 0);
    flush();
    BODY(1, "4x");
    stop();
}

/* Engine.IO v4, "Upgrade": the client waits for the end of its GET. */
static void the_end_of_a_get_overtakes_broadcasts(void) {
    struct span text = span_from("4x");
    start();
    links->outbox.max_receivers = 1;
    struct session *other = polling_session(), *s = probed_session(1);
    park_on(0, other);
    park_on(2, s);
    struct shared *packet = shared_new(&sessions->queued, false, &text, 1);
    session_push(sessions, other, packet);
    shared_release(&sessions->queued, packet);
    transport_end_get(&transport, s);
    flush();
    BODY(0, "4x");
    BODY(2, "6");
    stop();
}

/* What is sent to one client overtakes the pings to others. */
static void pings_wait_their_turn(void) {
    start();
    links->outbox.max_receivers = 1;
    websocket_session(1);
    websocket_session(2);
    struct session *s = websocket_session(3);
    links->now += 300;
    ping();
    send_text(s, "4x");
    SENT(1, "\x81\x01"
            "2");
    SENT(2, "");
    UNIT_INT(links_wait(links, links->now, -1), 0);
    deliver();
    SENT(2, "\x81\x01"
            "2");
    SENT(3, "\x81\x01"
            "2\x81\x02"
            "4x");
    deliver();
    UNIT_INT(links_wait(links, links->now, -1), -1);
    stop();
}

/* Something older has left the process, but not the ping. */
static void a_pong_is_not_due_while_its_ping_waits(void) {
    start();
    links->outbox.max_receivers = 1;
    websocket_session(1);
    websocket_session(2);
    links->now += 300;
    ping();
    let_out(1);
    UNIT_INT(wait_for_pong(), 200);
    links->now += 100;
    let_out(2);
    UNIT_INT(wait_for_pong(), 100); /* of the first */
    UNIT_TRUE(session_next_silent(sessions, links->now + 100) != NULL);
    UNIT_INT(wait_for_pong(), -1);
    deliver();
    let_out(2);
    UNIT_INT(wait_for_pong(), 200);
    stop();
}

UNIT_MAIN("socketio/transport",
          UNIT_TEST(packets_of_a_websocket_go_out_at_once),
          UNIT_TEST(packets_of_a_polling_session_wait_for_its_get),
          UNIT_TEST(is_writable_when_a_packet_can_go_out_at_once),
          UNIT_TEST(a_link_has_the_session_that_it_served_last),
          UNIT_TEST(a_pong_is_due_when_the_ping_has_left),
          UNIT_TEST(a_ping_goes_with_the_get_that_waits),
          UNIT_TEST(a_queued_ping_is_waited_for_from_when_it_was_due),
          UNIT_TEST(a_pong_is_not_due_because_of_another_connection),
          UNIT_TEST(packets_that_do_not_fit_wait_for_the_next_get),
          UNIT_TEST(an_upgrade_takes_the_queue_along_and_ends_the_get),
          UNIT_TEST(an_upgrade_takes_a_queued_ping_along),
          UNIT_TEST(the_end_of_a_session_ends_what_carries_it),
          UNIT_TEST(a_session_ends_without_links_as_well),
          UNIT_TEST(a_session_ends_with_the_link_that_carries_it),
          UNIT_TEST(a_session_ends_with_the_link_of_its_post),
          UNIT_TEST(a_session_ends_if_its_packets_are_lost_on_their_way),
          UNIT_TEST(a_session_outlives_links_that_are_nothing_to_it),
          UNIT_TEST(a_lost_link_is_nothing_to_the_next_session),
          UNIT_TEST(gets_with_a_broadcast_are_responded_to_in_rounds),
          UNIT_TEST(the_end_of_a_get_overtakes_broadcasts),
          UNIT_TEST(pings_wait_their_turn),
          UNIT_TEST(a_pong_is_not_due_while_its_ping_waits))
