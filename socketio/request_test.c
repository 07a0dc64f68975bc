/* request_test.c: socketio/request.h: what HTTP requests do to sessions */
#include "socketio/request.h"
#include "socketio/unit.h"

static char packets[200]; /* of the last POST: "4a;4b;" */

static void handle_payload(struct link *l) {
    struct payload_packet packet;
    size_t n = 0;
    packets[0] = '\0';
    while (request_next_packet(&transport, l, &packet))
        n += (size_t)snprintf(packets + n, sizeof packets - n, "%.*s;",
                              (int)packet.bytes.len, (char *)packet.bytes.data);
}

/* What an event of an HTTP link comes to. */
static enum request_outcome act(struct link *l) {
    switch (links->http_event.type) {
    case HTTP_EVENT_REQUEST:
        return request_begin(&transport, l);
    case HTTP_EVENT_BODY:
        request_add_body(&transport, l);
        return REQUEST_NO_EVENT;
    case HTTP_EVENT_RESPOND:
        return request_complete(&transport, l);
    default:
        request_failed(&transport, l);
        return REQUEST_NO_EVENT;
    }
}

/* Feeds bytes to a link, and delivers the output. Returns the last outcome. */
static enum request_outcome feed(uint32_t conn, const char *text) {
    static uint8_t copy[2000];
    struct link *l = link_at(links, conn);
    struct span in = {copy, strlen(text)};
    enum request_outcome outcome = REQUEST_NO_EVENT;
    if (!l) l = accept_conn(conn);
    memcpy(copy, text, in.len);
    buf_clear(&sent[conn]);
    while (l->kind == LINK_HTTP && link_next_http(links, l, &in)) {
        outcome = act(l);
        if (outcome == REQUEST_PAYLOAD) handle_payload(l);
        if (outcome == REQUEST_PAGE) break; /* the program responds */
    }
    transport_flush(&transport);
    deliver();
    return outcome;
}

/* A request for the session: its line, fields and body are those of format,
 * with the session's id for %s. */
static enum request_outcome feed_sid(uint32_t conn, const struct session *s,
                                     const char *format) {
    char id[SESSION_ID_LENGTH + 1] = "", text[1500];
    session_id(s, id);
    snprintf(text, sizeof text, format, id);
    return feed(conn, text);
}

#define GET "GET " QUERY "&sid=%s HTTP/1.1\r\n" HOST "\r\n"
#define POST "POST " QUERY "&sid=%s HTTP/1.1\r\n" HOST
#define UPGRADE                                                                \
    "GET /engine.io/?EIO=4&transport=websocket&sid=%s HTTP/1.1\r\n" HANDSHAKE
#define OPEN "GET " QUERY " HTTP/1.1\r\n" HOST "\r\n"

static unsigned status(uint32_t conn) {
    return sent[conn].end < 12 ? 0 : (unsigned)atoi(sent_text(conn) + 9);
}

#define REFUSED(conn, status_, code)                                           \
    do {                                                                       \
        UNIT_INT(status(conn), status_);                                       \
        UNIT_TEXT(sent_body(conn), 9, "{\"code\":" #code);                     \
    } while (0)

static struct session *session_of(uint32_t conn) {
    return transport_session(&transport, link_at(links, conn));
}

/* --- opening --- */

static void a_get_opens_a_session(void) {
    char expected[200], id[SESSION_ID_LENGTH + 1] = "";
    start();
    UNIT_INT(feed(1, OPEN), REQUEST_OPENED);
    struct session *s = session_of(1);
    UNIT_TRUE(s && s->state == SESSION_POLLING);
    session_id(s, id);
    snprintf(expected, sizeof expected,
             "0{\"sid\":\"%s\",\"upgrades\":[\"websocket\"],\"pingInterval\":"
             "300,\"pingTimeout\":200,\"maxPayload\":1000}",
             id);
    BODY(1, expected);
    /* Until it has left, the session is lost with its connection. */
    UNIT_TRUE(link_at(links, 1)->has_packets);
    stop();
}

static void an_upgrade_without_sid_opens_a_session(void) {
    start();
    UNIT_INT(
        feed(
            1,
            "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\n" HANDSHAKE),
        REQUEST_OPENED);
    struct session *s = session_of(1);
    UNIT_TRUE(s && s->state == SESSION_WEBSOCKET);
    UNIT_INT(s->carrier, link_handle(links, link_at(links, 1)));
    UNIT_INT(status(1), 101);
    UNIT_INT(sent_body(1)[0], (char)0x81); /* a text message */
    UNIT_TRUE(strstr(sent_body(1), "\"upgrades\":[],\"pingInterval\""));
    stop();
}

static void a_full_table_is_503(void) {
    start();
    for (int i = 0; i < 3; i++) UNIT_INT(feed(1, OPEN), REQUEST_OPENED);
    struct session *s = session_of(1);
    UNIT_INT(feed(1, OPEN), REQUEST_NO_EVENT);
    UNIT_INT(status(1), 503);
    BODY(1, "503 Service Unavailable\n");
    feed(2, "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\n" HANDSHAKE);
    UNIT_INT(status(2), 503);
    feed_sid(1, s, GET); /* those that are there go on */
    UNIT_INT(status(1), 0);
    feed_sid(3, s, UPGRADE);
    UNIT_INT(status(3), 101);
    feed(4, "OPTIONS " QUERY " HTTP/1.1\r\n" HOST "\r\n");
    UNIT_INT(status(4), 204);
    UNIT_INT(feed(4, "GET /page HTTP/1.1\r\n" HOST "\r\n"), REQUEST_PAGE);
    stop();
}

/* Its head arrived while there was a slot. */
static void the_last_slot_may_go_to_another_request(void) {
    start();
    feed(1, OPEN);
    feed(1, OPEN);
    struct link *l = accept_conn(2);
    struct span nothing = {0};
    UNIT_TRUE(http_until(l, OPEN, HTTP_EVENT_REQUEST));
    UNIT_INT(request_begin(&transport, l), REQUEST_NO_EVENT);
    feed(1, OPEN);
    UNIT_TRUE(link_next_http(links, l, &nothing));
    UNIT_INT(request_complete(&transport, l), REQUEST_NO_EVENT);
    deliver();
    UNIT_INT(status(2), 503);
    stop();
}

/* --- judging --- */

static void a_request_needs_a_session_that_polls_and_version_4(void) {
    start();
    struct session *s = polling_session(), *w = websocket_session(1);
    feed(2, "GET " QUERY "&sid=AAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\n" HOST "\r\n");
    REFUSED(2, 400, 1);
    feed_sid(2, s,
             "GET /engine.io/?EIO=3&transport=polling&sid=%s HTTP/1.1\r\n" HOST
             "\r\n");
    REFUSED(2, 400, 3);
    feed_sid(2, w, GET);
    REFUSED(2, 400, 3);
    feed_sid(2, w, POST "Content-Length: 2\r\n\r\n4a");
    REFUSED(2, 400, 3);
    UNIT_INT(s->state, SESSION_POLLING); /* no harm is done */
    UNIT_INT(w->state, SESSION_WEBSOCKET);
    stop();
}

/* Engine.IO v4, "HTTP long-polling". */
static void what_a_client_may_not_do_ends_its_session(void) {
    static const char *const second[] = {
        GET,
        POST "Content-Length: 2\r\n\r\n4a",
        POST "Content-Type: application/octet-stream\r\n"
             "Content-Length: 2\r\n\r\n4a",
    };
    for (int i = 0; i < 3; i++) {
        start();
        struct session *s = polling_session();
        if (i == 0) feed_sid(1, s, GET);
        if (i == 1) feed_sid(1, s, POST "Content-Length: 3\r\n\r\n4");
        feed_sid(2, s, second[i]);
        REFUSED(2, 400, 3);
        UNIT_INT(s->state, SESSION_CLOSING);
        UNIT_INT(s->close_code, 1002);
        stop();
    }
}

/* It is read, since the next request follows it. */
static void only_a_post_of_packets_may_have_a_body(void) {
    static const struct {
        const char *request, *body;
    } cases[] = {
        {"GET " QUERY " HTTP/1.1\r\n", "{\"code\":3,"},
        {"GET " QUERY "&sid=AAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\n", "{\"code\":3,"},
        {"GET /page HTTP/1.1\r\n", "400 Bad Request\n"},
        {"DELETE /page HTTP/1.1\r\n", "405 Method Not Allowed\n"},
        {"POST " QUERY " HTTP/1.1\r\n", "{\"code\":2,"}, /* its own reason */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[300];
        start();
        snprintf(text, sizeof text, "%s" HOST "Content-Length: 5\r\n\r\nhello",
                 cases[i].request);
        UNIT_INT(feed(1, text), REQUEST_NO_EVENT);
        UNIT_INT(status(1), strstr(cases[i].body, "405") ? 405 : 400);
        UNIT_TEXT(sent_body(1), strlen(cases[i].body), cases[i].body);
        UNIT_INT(feed(1, OPEN), REQUEST_OPENED);
        stop();
    }
}

static void other_paths_and_preflights_need_no_session(void) {
    start();
    UNIT_INT(feed(1, "GET /page HTTP/1.1\r\n" HOST "\r\n"), REQUEST_PAGE);
    UNIT_INT(feed(2, "OPTIONS " QUERY " HTTP/1.1\r\n" HOST "\r\n"),
             REQUEST_NO_EVENT);
    UNIT_INT(status(2), 204);
    stop();
}

/* --- GET --- */

static void a_get_waits_until_there_is_something(void) {
    start();
    struct session *s = polling_session();
    feed_sid(1, s, GET);
    UNIT_INT(status(1), 0);
    UNIT_INT(s->carrier, link_handle(links, link_at(links, 1)));
    session_push_text(sessions, s, "4a");
    transport_flush(&transport);
    deliver();
    BODY(1, "4a");
    session_push_text(sessions, s, "4b");
    feed_sid(1, s, GET);
    BODY(1, "4b");
    stop();
}

/* Engine.IO v4, "Upgrade": the client waits for its GET before it sends "5". */
static void a_get_ends_at_once_when_the_probe_has_come(void) {
    start();
    struct session *s = polling_session();
    session_probe(s, NO_HANDLE);
    session_switch(s);
    feed_sid(1, s, GET);
    BODY(1, "6");
    session_push_text(sessions, s, "4a");
    feed_sid(1, s, GET);
    BODY(1, "4a"); /* that ends it as well */
    stop();
}

/* --- POST --- */

static void a_post_hands_its_packets_out_and_is_ok(void) {
    start();
    struct session *s = polling_session();
    feed_sid(1, s, POST "Content-Length: 5\r\n\r\n4a\x1e");
    UNIT_INT(s->post, link_handle(links, link_at(links, 1)));
    UNIT_INT(feed(1, "4b"), REQUEST_PAYLOAD);
    UNIT_TEXT(packets, strlen(packets), "4a;4b;");
    BODY(1, "ok");
    UNIT_INT(s->post, NO_HANDLE);
    stop();
}

static void a_bad_packet_ends_the_session_of_the_post(void) {
    start();
    struct session *s = polling_session();
    feed_sid(1, s,
             POST "Content-Length: 5\r\n\r\n4a\x1e"
                  "b!");
    UNIT_TEXT(packets, strlen(packets), "4a;");
    REFUSED(1, 400, 3);
    UNIT_INT(s->close_code, 1002);
    stop();
}

/* It has ended, or moved to a WebSocket, before all of the POST was read. */
static void a_post_is_refused_when_its_session_polls_no_longer(void) {
    for (int moves = 0; moves < 2; moves++) {
        for (int is_late = 0; is_late < 2; is_late++) {
            struct payload_packet packet;
            start();
            struct session *s = polling_session();
            feed_sid(1, s, POST "Content-Length: 5\r\n\r\n4a\x1e");
            struct link *l = link_at(links, 1);
            if (is_late) { /* its body is complete */
                UNIT_TRUE(http_until(l, "4b", HTTP_EVENT_BODY));
                request_add_body(&transport, l);
                UNIT_TRUE(http_until(l, "", HTTP_EVENT_RESPOND));
                UNIT_INT(request_complete(&transport, l), REQUEST_PAYLOAD);
                UNIT_TRUE(request_next_packet(&transport, l, &packet));
            }
            if (moves) {
                session_probe(s, NO_HANDLE);
                session_switch(s);
                session_upgrade(sessions, s);
            } else {
                session_close(sessions, s, 1000);
            }
            if (is_late)
                UNIT_FALSE(request_next_packet(&transport, l, &packet));
            else
                UNIT_INT(feed(1, "4b"), REQUEST_NO_EVENT);
            deliver();
            UNIT_INT(status(1), 400);
            UNIT_TEXT(sent_body(1), 9, moves ? "{\"code\":3" : "{\"code\":1");
            if (moves) UNIT_INT(s->post, NO_HANDLE);
            if (!moves) UNIT_INT(s->close_code, 1000);
            stop();
        }
    }
}

static void a_body_that_fails_ends_the_session_of_the_post(void) {
    for (int is_memory = 0; is_memory < 2; is_memory++) {
        start();
        struct session *s = polling_session();
        feed_sid(1, s,
                 POST "Transfer-Encoding: chunked\r\n\r\n3\r\n4a\x1e\r\n");
        if (is_memory) link_at(links, 1)->http->body.max = 3;
        feed(1, is_memory ? "2\r\n4b\r\n" : "zz\r\n");
        UNIT_INT(s->state, SESSION_CLOSING);
        UNIT_INT(s->close_code, is_memory ? 1011 : 1002);
        UNIT_INT(status(1), is_memory ? 0 : 400);
        UNIT_INT(then[1], is_memory ? OUTBOX_DROP : OUTBOX_END);
        stop();
    }
}

/* Its last request was a POST of the session; that is over. */
static void a_later_fault_ends_no_session(void) {
    start();
    struct session *s = polling_session();
    feed_sid(1, s, POST "Content-Length: 2\r\n\r\n4a");
    BODY(1, "ok");
    feed(1, "not HTTP\r\n\r\n");
    UNIT_INT(status(1), 400);
    UNIT_INT(s->state, SESSION_POLLING);
    stop();
}

/* --- upgrade --- */

static void a_websocket_for_a_session_is_its_probe(void) {
    start();
    struct session *s = polling_session();
    UNIT_INT(feed_sid(1, s, UPGRADE), REQUEST_NO_EVENT);
    UNIT_INT(status(1), 101);
    UNIT_INT(s->probe, link_handle(links, link_at(links, 1)));
    UNIT_INT(link_at(links, 1)->ws.phase, WSLINK_PROBING);
    UNIT_INT(s->state, SESSION_PROBING);
    stop();
}

/* RFC 6455 §7.4.1: 1008 is for what nothing else names. */
static void a_second_websocket_is_closed_and_nothing_to_the_session(void) {
    for (int is_upgraded = 0; is_upgraded < 2; is_upgraded++) {
        start();
        struct session *s = polling_session();
        feed_sid(1, s, UPGRADE);
        if (is_upgraded) session_switch(s);
        if (is_upgraded) transport_upgrade(&transport, s);
        feed_sid(2, s, UPGRADE);
        UNIT_INT(status(2), 101);
        BODY(2, "\x88\x02\x03\xf0");
        UNIT_TRUE(session_of(2) == NULL);
        UNIT_TRUE(session_of(1) == s);
        stop();
    }
}

static void a_bad_handshake_opens_nothing(void) {
    start();
    UNIT_INT(feed(1,
                  "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\n" HOST
                  "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Version: 12\r\nSec-WebSocket-Key: "
                  "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
             REQUEST_NO_EVENT);
    UNIT_INT(status(1), 426);
    UNIT_INT(then[1], OUTBOX_END);
    UNIT_INT(sessions->open, 0);
    stop();
}

UNIT_MAIN("socketio/request", UNIT_TEST(a_get_opens_a_session),
          UNIT_TEST(an_upgrade_without_sid_opens_a_session),
          UNIT_TEST(a_full_table_is_503),
          UNIT_TEST(the_last_slot_may_go_to_another_request),
          UNIT_TEST(a_request_needs_a_session_that_polls_and_version_4),
          UNIT_TEST(what_a_client_may_not_do_ends_its_session),
          UNIT_TEST(only_a_post_of_packets_may_have_a_body),
          UNIT_TEST(other_paths_and_preflights_need_no_session),
          UNIT_TEST(a_get_waits_until_there_is_something),
          UNIT_TEST(a_get_ends_at_once_when_the_probe_has_come),
          UNIT_TEST(a_post_hands_its_packets_out_and_is_ok),
          UNIT_TEST(a_bad_packet_ends_the_session_of_the_post),
          UNIT_TEST(a_post_is_refused_when_its_session_polls_no_longer),
          UNIT_TEST(a_body_that_fails_ends_the_session_of_the_post),
          UNIT_TEST(a_later_fault_ends_no_session),
          UNIT_TEST(a_websocket_for_a_session_is_its_probe),
          UNIT_TEST(a_second_websocket_is_closed_and_nothing_to_the_session),
          UNIT_TEST(a_bad_handshake_opens_nothing))
