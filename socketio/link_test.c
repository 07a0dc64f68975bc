/* link_test.c: socketio/link.h and links.h; the clock is links->now */
#include "socketio/unit.h"

#define PAGE "GET /page HTTP/1.1\r\n" HOST "\r\n"
#define LAST_PAGE "GET /page HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"

static int due(void) {
    return links_wait(links, links->now, -1);
}

/* --- the table --- */

static void a_handle_finds_its_connection_until_that_is_lost(void) {
    start();
    UNIT_TRUE(link_at(links, 2) == NULL);
    struct link *l = accept_conn(2);
    uint32_t handle = link_handle(links, l);
    UNIT_TRUE(link_at(links, 2) == l);
    UNIT_TRUE(link_get(links, handle) == l);
    UNIT_TRUE(link_get(links, NO_HANDLE) == NULL);
    UNIT_TRUE(link_get(links, handle_make(1, 0)) == NULL); /* never used */
    UNIT_TRUE(link_get(links, handle_make(3, 0)) == NULL);
    link_lost(links, l);
    UNIT_TRUE(link_at(links, 2) == NULL);
    UNIT_TRUE(link_get(links, handle) == NULL);
    UNIT_TRUE(accept_conn(2) == l);
    UNIT_TRUE(link_get(links, handle) == NULL);
    UNIT_TRUE(link_get(links, link_handle(links, l)) == l);
    stop();
}

static void the_last_number_may_be_used(void) {
    start();
    struct link *l = accept_conn(CONNS - 1);
    UNIT_TRUE(link_get(links, link_handle(links, l)) == l);
    UNIT_TRUE(link_get(links, handle_make(CONNS, 0)) == NULL);
    stop();
}

static void every_connection_is_freed_at_the_end(void) {
    start();
    accept_conn(0);
    accept_conn(3);
    upgrade_on(CONNS - 1, true);
    stop();
    UNIT_TRUE(timers_empty(&links->http.timers[HTTP_HEAD]));
    UNIT_TRUE(timers_empty(&links->ws.probing));
}

/* 4 096 generations: then the first one comes again, and fits its 12 bits. */
static void the_generations_of_a_connection_wrap_around(void) {
    start();
    uint32_t first = link_handle(links, accept_conn(1));
    int same = 0;
    for (unsigned i = 0; i <= HANDLE_MAX_GENERATION; i++) {
        link_lost(links, link_at(links, 1));
        struct link *l = accept_conn(1);
        same += link_handle(links, l) == first;
        UNIT_TRUE(link_get(links, link_handle(links, l)) == l);
    }
    UNIT_INT(same, 1);
    stop();
}

static void a_number_that_is_used_again_gets_no_old_output(void) {
    start();
    struct link *l = request_on(1, PAGE);
    link_respond(links, l, span_from("old"));
    link_drop(links, l);
    link_lost(links, l);
    accept_conn(1);
    deliver();
    SENT(1, "");
    UNIT_INT(then[1], OUTBOX_OPEN);
    stop();
}

/* --- HTTP --- */

static void a_response_leaves_the_connection_open_for_the_next_request(void) {
    start();
    struct link *l = request_on(1, PAGE);
    link_respond(links, l, span_from("ok"));
    deliver();
    BODY(1, "ok");
    UNIT_INT(then[1], OUTBOX_OPEN);
    UNIT_TRUE(request_on(1, PAGE) == l);
    link_respond_page(links, l, 200, "text/html", span_from("<p>"), "A: b\r\n");
    deliver();
    BODY(1, "<p>");
    UNIT_TRUE(strstr(sent_text(1), "Content-Type: text/html\r\n"));
    UNIT_TRUE(strstr(sent_text(1), "\r\nA: b\r\n"));
    stop();
}

static void the_last_response_ends_the_connection_once(void) {
    start();
    struct link *l = request_on(1, LAST_PAGE);
    link_respond(links, l, span_from("ok"));
    deliver();
    UNIT_INT(then[1], OUTBOX_END);
    UNIT_INT(pieces[1], 1);
    UNIT_FALSE(http_until(l, PAGE, HTTP_EVENT_REQUEST)); /* is dropped */
    deliver();
    UNIT_INT(pieces[1], 1);
    stop();
}

static void every_kind_of_response_may_be_the_last(void) {
    for (int kind = 0; kind < 3; kind++) {
        start();
        struct link *l = request_on(1, LAST_PAGE);
        struct span body = span_from("x");
        if (kind == 0)
            link_respond_page(links, l, 200, "text/html", body, NULL);
        if (kind == 1) link_respond_preflight(links, l);
        if (kind == 2) link_refuse(links, l, 400, CODE_NONE);
        deliver();
        UNIT_INT(then[1], OUTBOX_END);
        stop();
    }
}

static void a_body_that_cannot_be_kept_drops_its_connection(void) {
    start();
    struct link *l = accept_conn(1);
    UNIT_TRUE(http_until(
        l, "POST " QUERY "&sid=x HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n",
        HTTP_EVENT_REQUEST));
    polling_accept_body(l->http, 1000);
    UNIT_TRUE(http_until(l, "4hel", HTTP_EVENT_BODY));
    UNIT_TRUE(link_add_body(links, l));
    deliver();
    UNIT_INT(then[1], OUTBOX_OPEN);
    UNIT_TRUE(http_until(l, "l", HTTP_EVENT_BODY));
    l->http->body.max = 4; /* as if there were no memory */
    UNIT_FALSE(link_add_body(links, l));
    deliver();
    UNIT_INT(then[1], OUTBOX_DROP);
    SENT(1, "");
    stop();
}

static struct queue *queue_of(size_t n) {
    struct queue *q = NULL;
    struct span part = {calloc(1, n), n};
    struct shared *packet = shared_new(&sessions->queued, true, &part, 1);
    queue_push(&sessions->queued, &q, packet);
    shared_release(&sessions->queued, packet);
    free(part.data);
    return q;
}

static void packets_that_cannot_be_written_drop_their_connection(void) {
    start();
    struct link *l = request_on(1, PAGE);
    struct queue *q = queue_of(3);
    links->reply.max = 4; /* "bAAAA" has five bytes */
    UNIT_INT(link_respond_packets(links, l, NULL, q, NULL), -1);
    deliver();
    UNIT_INT(then[1], OUTBOX_DROP);
    SENT(1, "");
    queue_free(&sessions->queued, &q);
    stop();
}

static void packets_are_a_response(void) {
    start();
    struct link *l = request_on(1, PAGE);
    struct queue *q = queue_of(3);
    UNIT_INT(link_respond_packets(links, l, "2", q, "1"), 1);
    deliver();
    BODY(1, "2\x1e"
            "bAAAA\x1e"
            "1");
    queue_free(&sessions->queued, &q);
    stop();
}

/* 64 KiB are kept for the next one. */
static void scratch_space_is_kept_while_it_is_small(void) {
    for (int is_large = 0; is_large < 2; is_large++) {
        start();
        struct link *l = request_on(1, PAGE);
        struct queue *q = queue_of(is_large ? 50000 : 1000);
        link_respond_packets(links, l, NULL, q, NULL);
        UNIT_INT(links->reply.end, 0);
        UNIT_INT(links->reply.bytes != NULL, !is_large);
        queue_free(&sessions->queued, &q);
        stop();
    }
}

/* The tap has kept a request, and a response with this status and size. */
static void expect_status(struct tap *tap, unsigned status, size_t len) {
    struct tap_record r;
    UNIT_TRUE(tap_next(tap, &r) && r.kind == TAP_REQUEST);
    UNIT_TRUE(tap_next(tap, &r));
    UNIT_INT(r.kind, TAP_STATUS);
    UNIT_TRUE(r.is_sent);
    UNIT_INT(r.conn, 1);
    UNIT_INT(r.code, status);
    UNIT_INT(r.len, len);
    UNIT_FALSE(tap_next(tap, &r));
}

/* RFC 9110 §15.4.5: a 304 has no content, so none is shown. */
static void a_tap_sees_each_response_with_what_is_sent_of_its_body(void) {
    struct tap tap = TAP_EMPTY;
    struct span body = span_from("<p>");
    start();
    links->tap = &tap;
    link_respond_page(links, request_on(1, PAGE), 200, "text/html", body, NULL);
    expect_status(&tap, 200, 3);
    link_respond_page(links, request_on(1, PAGE), 304, "text/html", body, NULL);
    expect_status(&tap, 304, 0);
    link_respond_page(links, request_on(1, PAGE), 305, "text/html", body, NULL);
    expect_status(&tap, 305, 3);
    link_respond_preflight(links, request_on(1, PAGE));
    expect_status(&tap, 204, 0);
    struct tap_record r; /* no request, but a response */
    UNIT_TRUE(http_until(link_at(links, 1), "BAD\r\n\r\n", HTTP_EVENT_FAILED));
    UNIT_TRUE(tap_next(&tap, &r) && r.kind == TAP_STATUS);
    UNIT_INT(r.code, 400);
    UNIT_FALSE(tap_next(&tap, &r));
    stop();
    tap_free(&tap);
}

static void refusals_and_preflights_are_responses(void) {
    start();
    struct link *l = request_on(1, PAGE);
    link_refuse(links, l, 400, CODE_BAD_REQUEST);
    deliver();
    BODY(1, "{\"code\":3,\"message\":\"Bad request\"}");
    request_on(1, PAGE);
    clear_sent();
    link_respond_preflight(links, l);
    deliver();
    UNIT_TEXT(sent_text(1), 12, "HTTP/1.1 204");
    stop();
}

/* --- WebSocket --- */

static void an_upgrade_makes_it_a_websocket(void) {
    start();
    struct link *l = accept_conn(1);
    UNIT_TRUE(
        http_until(l, "GET / HTTP/1.1\r\n" HANDSHAKE, HTTP_EVENT_REQUEST));
    UNIT_TRUE(link_is_readable(l));
    UNIT_TRUE(link_upgrade(links, l, false));
    deliver();
    link_sent(links, l);
    UNIT_TEXT(sent_text(1), 12, "HTTP/1.1 101");
    UNIT_INT(l->kind, LINK_WEBSOCKET);
    UNIT_TRUE(link_is_readable(l));
    UNIT_INT(due(), -1); /* it may be idle for ever */
    stop();
}

static void a_probe_has_its_time_until_it_is_set_open(void) {
    start();
    struct link *l = upgrade_on(1, true);
    UNIT_INT(due(), 5000);
    link_set_open(links, l);
    UNIT_INT(due(), -1);
    stop();
}

/* RFC 6455 §4.2.2: a version that is not 13 is refused with 426. */
static void a_bad_handshake_is_refused_and_ends_the_connection(void) {
    start();
    struct link *l = accept_conn(1);
    UNIT_TRUE(http_until(l,
                         "GET / HTTP/1.1\r\n" HOST
                         "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                         "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: "
                         "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                         HTTP_EVENT_REQUEST));
    UNIT_FALSE(link_upgrade(links, l, true));
    deliver();
    UNIT_TEXT(sent_text(1), 12, "HTTP/1.1 426");
    UNIT_INT(then[1], OUTBOX_END);
    link_close(links, l, 1000); /* nothing follows an end */
    link_end(links, l);
    deliver();
    UNIT_INT(pieces[1], 1);
    link_sent(links, l);
    UNIT_INT(due(), LIMIT_CLOSING_MS);
    stop();
}

static void a_handshake_without_memory_drops_the_connection(void) {
    start();
    struct link *l = accept_conn(1);
    UNIT_TRUE(
        http_until(l, "GET / HTTP/1.1\r\n" HANDSHAKE, HTTP_EVENT_REQUEST));
    links->outbox.own.max = 20;
    UNIT_FALSE(link_upgrade(links, l, false));
    deliver();
    UNIT_INT(then[1], OUTBOX_DROP);
    stop();
}

/* Feeds bytes to a WebSocket link. Returns the number of messages. */
static int read_frames(struct link *l, const char *bytes, size_t n) {
    static uint8_t copy[100];
    struct conn_event e;
    struct span in = {copy, n};
    int messages = 0;
    memcpy(copy, bytes, n);
    while (link_next_websocket(links, l, &in, &e))
        messages += e.type == CONN_MESSAGE;
    return messages;
}

#define FRAMES(l, bytes) read_frames(l, bytes, sizeof bytes - 1)
#define PING "\x89\x82\0\0\0\0hi"
#define MESSAGE                                                                \
    "\x81\x82\0\0\0\0"                                                         \
    "4a"
#define FRAGMENT                                                               \
    "\x01\x82\0\0\0\0"                                                         \
    "4a"

static void pings_and_closes_of_the_peer_are_answered(void) {
    start();
    struct link *l = upgrade_on(1, false);
    UNIT_INT(FRAMES(l, PING MESSAGE PING), 1);
    deliver();
    SENT(1, "\x8a\x02hi\x8a\x02hi");
    UNIT_INT(links->reply.end, 0);
    clear_sent();
    UNIT_INT(FRAMES(l, MESSAGE), 1); /* is not: nothing is sent */
    deliver();
    UNIT_INT(pieces[1], 0);
    stop();
}

static void packets_go_to_one_link_or_to_many(void) {
    start();
    struct link *one = upgrade_on(1, false), *two = upgrade_on(2, false);
    struct span parts[] = {span_from("4"), span_from("all")};
    link_send_text(links, one, "2");
    link_begin_broadcast(links, false, parts, 2);
    link_broadcast_to(links, link_handle(links, one));
    link_broadcast_to(links, link_handle(links, two));
    link_send(links, two, true, &parts[1], 1);
    deliver();
    SENT(1, "\x81\x01"
            "2\x81\x04"
            "4all");
    SENT(2, "\x81\x04"
            "4all\x82\x03"
            "all");
    UNIT_INT(pieces[1], 1);
    UNIT_INT(pieces[2], 1);
    stop();
}

static void a_close_frame_is_sent_once_and_then_the_end(void) {
    start();
    struct link *l = upgrade_on(1, false);
    link_close(links, l, 1001);
    link_close(links, l, 1002);
    deliver();
    SENT(1, "\x88\x02\x03\xe9");
    UNIT_INT(then[1], OUTBOX_OPEN); /* the peer's close frame is waited for */
    link_sent(links, l);
    UNIT_INT(due(), LIMIT_CLOSING_MS);
    links->now += 500;
    link_end(links, l);
    deliver();
    UNIT_INT(then[1], OUTBOX_END);
    UNIT_INT(due(), LIMIT_CLOSING_MS - 500);
    UNIT_INT(FRAMES(l, PING), 0);
    deliver();
    SENT(1, "\x88\x02\x03\xe9");
    stop();
}

/* --- time --- */

static void time_outs_begin_when_the_output_has_left(void) {
    start();
    struct link *l = request_on(1, PAGE), *w = upgrade_on(2, false);
    link_respond(links, l, span_from("ok"));
    link_close(links, w, 1000);
    deliver();
    UNIT_INT(due(), -1);
    links->now += 60000;
    UNIT_TRUE(link_next_due(links, links->now) == NULL);
    link_sent(links, w);
    UNIT_INT(due(), LIMIT_CLOSING_MS);
    link_sent(links, l);
    links->now += LIMIT_CLOSING_MS;
    UNIT_TRUE(link_next_due(links, links->now) == w);
    UNIT_INT(due(), LIMIT_IDLE_MS - LIMIT_CLOSING_MS);
    links->now += LIMIT_IDLE_MS - LIMIT_CLOSING_MS;
    UNIT_TRUE(link_next_due(links, links->now) == l);
    UNIT_FALSE(http_until(l, "", HTTP_EVENT_REQUEST)); /* does what is due */
    deliver();
    UNIT_INT(then[1], OUTBOX_END);
    stop();
}

static void a_message_under_way_must_make_progress(void) {
    start();
    struct link *l = upgrade_on(1, false);
    FRAMES(l, FRAGMENT);
    UNIT_INT(due(), LIMIT_WS_STALLED_MS);
    links->now += LIMIT_WS_STALLED_MS;
    UNIT_TRUE(link_next_due(links, links->now) == l);
    stop();
}

/* Even before its output is taken, which may never happen. */
static void the_time_of_a_websocket_begins_at_once(void) {
    start();
    struct link *l = accept_conn(1);
    UNIT_TRUE(
        http_until(l, "GET / HTTP/1.1\r\n" HANDSHAKE, HTTP_EVENT_REQUEST));
    UNIT_TRUE(link_upgrade(links, l, true));
    UNIT_INT(due(), 5000);
    FRAMES(l, FRAGMENT);
    link_set_open(links, l);
    UNIT_INT(due(), LIMIT_WS_STALLED_MS);
    link_close(links, l, 1000);
    UNIT_INT(due(), LIMIT_CLOSING_MS);
    l = upgrade_on(2, false);
    links->now += 100;
    link_end(links, l);
    UNIT_TRUE(link_next_due(links, links->now + LIMIT_CLOSING_MS - 1) != l);
    UNIT_TRUE(link_next_due(links, links->now + LIMIT_CLOSING_MS) == l);
    stop();
}

static void what_is_postponed_is_judged_in_the_next_turn(void) {
    start();
    struct link *l = accept_conn(1), *w = upgrade_on(2, true);
    links->now += LIMIT_HEAD_MS;
    for (int i = 0; i < 2; i++) {
        struct link *first = link_next_due(links, links->now);
        struct link *second = link_next_due(links, links->now);
        UNIT_TRUE(first == l && second == w);
        UNIT_TRUE(link_next_due(links, links->now) == NULL);
        UNIT_INT(due(), -1);
        link_postpone(links, l);
        UNIT_INT(due(), 1);
        link_postpone(links, w);
        UNIT_TRUE(link_next_due(links, links->now) == NULL);
        UNIT_INT(due(), 1);
        links->now++;
    }
    stop();
}

static void a_wait_is_never_longer_than_what_the_caller_has(void) {
    start();
    UNIT_INT(links_wait(links, links->now, 70), 70);
    accept_conn(1);
    UNIT_INT(links_wait(links, links->now, 70), 70);
    UNIT_INT(links_wait(links, links->now, -1), LIMIT_HEAD_MS);
    upgrade_on(2, true);
    UNIT_INT(links_wait(links, links->now, -1), 5000);
    stop();
}

UNIT_MAIN("socketio/link",
          UNIT_TEST(a_handle_finds_its_connection_until_that_is_lost),
          UNIT_TEST(the_last_number_may_be_used),
          UNIT_TEST(every_connection_is_freed_at_the_end),
          UNIT_TEST(the_generations_of_a_connection_wrap_around),
          UNIT_TEST(a_number_that_is_used_again_gets_no_old_output),
          UNIT_TEST(a_response_leaves_the_connection_open_for_the_next_request),
          UNIT_TEST(the_last_response_ends_the_connection_once),
          UNIT_TEST(every_kind_of_response_may_be_the_last),
          UNIT_TEST(a_body_that_cannot_be_kept_drops_its_connection),
          UNIT_TEST(packets_that_cannot_be_written_drop_their_connection),
          UNIT_TEST(packets_are_a_response),
          UNIT_TEST(scratch_space_is_kept_while_it_is_small),
          UNIT_TEST(a_tap_sees_each_response_with_what_is_sent_of_its_body),
          UNIT_TEST(refusals_and_preflights_are_responses),
          UNIT_TEST(an_upgrade_makes_it_a_websocket),
          UNIT_TEST(a_probe_has_its_time_until_it_is_set_open),
          UNIT_TEST(a_bad_handshake_is_refused_and_ends_the_connection),
          UNIT_TEST(a_handshake_without_memory_drops_the_connection),
          UNIT_TEST(pings_and_closes_of_the_peer_are_answered),
          UNIT_TEST(packets_go_to_one_link_or_to_many),
          UNIT_TEST(a_close_frame_is_sent_once_and_then_the_end),
          UNIT_TEST(time_outs_begin_when_the_output_has_left),
          UNIT_TEST(a_message_under_way_must_make_progress),
          UNIT_TEST(the_time_of_a_websocket_begins_at_once),
          UNIT_TEST(what_is_postponed_is_judged_in_the_next_turn),
          UNIT_TEST(a_wait_is_never_longer_than_what_the_caller_has))
