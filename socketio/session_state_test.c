/* session_state_test.c: socketio/session_state.h against the Engine.IO protocol
 * v4, and against what happens to a session */
#include "socketio/expiry.h"
#include "socketio/receiver.h"
#include "socketio/unit.h"

/* All transitions, with the section that has them. */
static const struct transition expected[] = {
    /* "Handshake" */
    {SESSION_FREE, SESSION_RCV_POLL, SESSION_POLLING, "0"},
    {SESSION_FREE, SESSION_RCV_CONNECT, SESSION_WEBSOCKET, "101, 0"},

    /* "Upgrade" */
    {SESSION_POLLING, SESSION_RCV_UPGRADE, SESSION_PROBING, "101"},
    {SESSION_PROBING, SESSION_RCV_2PROBE, SESSION_SWITCHING,
     "3probe, and 6 to a GET"},
    {SESSION_SWITCHING, SESSION_RCV_5, SESSION_WEBSOCKET, "the queue"},
    {SESSION_PROBING, SESSION_PROBE_ENDS, SESSION_POLLING, NULL},
    {SESSION_SWITCHING, SESSION_PROBE_ENDS, SESSION_POLLING, NULL},

    /* "Packet encoding": 1 is close. "HTTP long-polling": a request that breaks
     * off, or of which there are two at once. "Heartbeat": no pong. */
    {SESSION_POLLING, SESSION_RCV_CLOSE, SESSION_CLOSING, NULL},
    {SESSION_POLLING, SESSION_LOST, SESSION_CLOSING, NULL},
    {SESSION_POLLING, SESSION_CLOSE, SESSION_CLOSING, NULL},
    {SESSION_PROBING, SESSION_RCV_CLOSE, SESSION_CLOSING, NULL},
    {SESSION_PROBING, SESSION_LOST, SESSION_CLOSING, NULL},
    {SESSION_PROBING, SESSION_CLOSE, SESSION_CLOSING, NULL},
    {SESSION_SWITCHING, SESSION_RCV_CLOSE, SESSION_CLOSING, NULL},
    {SESSION_SWITCHING, SESSION_LOST, SESSION_CLOSING, NULL},
    {SESSION_SWITCHING, SESSION_CLOSE, SESSION_CLOSING, NULL},
    {SESSION_WEBSOCKET, SESSION_RCV_CLOSE, SESSION_CLOSING, NULL},
    {SESSION_WEBSOCKET, SESSION_LOST, SESSION_CLOSING, NULL},
    {SESSION_WEBSOCKET, SESSION_CLOSE, SESSION_CLOSING, NULL},
    {SESSION_CLOSING, SESSION_ENDS, SESSION_FREE, NULL},
};

static void the_table_has_these_transitions_and_no_others(void) {
    size_t count = sizeof expected / sizeof *expected;
    UNIT_INT(session_states.count, count);
    for (size_t i = 0; i < count; i++) {
        const struct transition *row = state_table_find(
            &session_states, expected[i].from, expected[i].cause);
        UNIT_TRUE(row && row->to == expected[i].to);
        const char *sends = row && row->sends ? row->sends : "";
        UNIT_TEXT(sends, strlen(sends),
                  expected[i].sends ? expected[i].sends : "");
    }
}

/* One session, with what the connections of its peer send. */

enum {
    GET,
    PROBE,
    POST
};

static struct receiver receiver;

static struct session *session(void) {
    return &sessions->table[0];
}

static void feed(uint32_t conn, const char *bytes, size_t n) {
    struct engine_event e;
    uint8_t *exact = unit_exact(bytes, n);
    if (!link_at(links, conn)) receiver_accept(&transport, conn);
    receiver_feed(&receiver, &transport, link_at(links, conn),
                  (struct span){exact, n});
    while (receiver_next(&receiver, &transport, &e) != RECEIVER_DONE) continue;
    receiver_end_feed(&receiver, &transport);
    transport_flush(&transport);
    deliver();
    transport_sent(&transport, link_at(links, conn));
    free(exact);
}

/* A request, of this session if there is one already; rest: after its line. */
static void request(uint32_t conn, const char *method, const char *name,
                    const char *rest) {
    char text[600], sid[SESSION_ID_LENGTH];
    bool is_first = session()->state == SESSION_FREE;
    session_id(session(), sid);
    int n = snprintf(
        text, sizeof text,
        "%s /engine.io/?EIO=4&transport=%s%s%.*s HTTP/1.1\r\n%s", method, name,
        is_first ? "" : "&sid=", is_first ? 0 : SESSION_ID_LENGTH, sid, rest);
    feed(conn, text, (size_t)n);
}

/* A frame whose mask is zeros; a POST of one packet. */
static void frame(const char *text) {
    char bytes[30] = {(char)0x81, (char)(0x80 | strlen(text))};
    memcpy(bytes + 6, text, strlen(text));
    feed(PROBE, bytes, 6 + strlen(text));
}
static void packet(const char *text) {
    if (session()->state == SESSION_WEBSOCKET)
        frame(text);
    else
        request(POST, "POST", "polling",
                text[0] == '1' ? HOST "Content-Length: 1\r\n\r\n1"
                               : HOST "Content-Length: 1\r\n\r\n2");
}

/* What can happen. */
static void get(void) {
    request(GET, "GET", "polling", HOST "\r\n");
}
static void connect_websocket(void) {
    request(PROBE, "GET", "websocket", HANDSHAKE);
}
static void upgrade(void) {
    uint32_t conn = session()->state == SESSION_POLLING ? PROBE : 5;
    request(conn, "GET", "websocket", HANDSHAKE);
}
static void send_2probe(void) {
    frame("2probe");
}
static void send_5(void) {
    frame("5");
}
static void break_the_order(void) {
    frame("4hi");
}
static void close_websocket(void) {
    feed(PROBE, "\x88\x80\0\0\0\0", 6);
}
static void lose_websocket(void) {
    if (link_at(links, PROBE))
        receiver_lost(&receiver, &transport, link_at(links, PROBE));
}
static void let_probe_be_late(void) {
    links->now += 5000;
    expiry_judge_links(&transport, receiver.turn, links->now);
}
static void send_1(void) {
    packet("1");
}
static void send_2(void) { /* only a server may send it */
    packet("2");
}
static void lose_post(void) {
    request(POST, "POST", "polling", HOST "Content-Length: 9\r\n\r\n");
    receiver_lost(&receiver, &transport, link_at(links, POST));
}
static void miss_pong(void) {
    for (int i = 0; i < 2 && session_get(sessions, session()->handle); i++) {
        links->now += 500;
        expiry_judge(&transport, receiver.turn, links->now);
        deliver();
        for (uint32_t conn = GET; conn <= PROBE; conn++)
            if (link_at(links, conn))
                transport_sent(&transport, link_at(links, conn));
    }
}
static void tell_links(void) {
    struct session *s = session_next_due(sessions);
    if (!s) return;
    transport_end(&transport, s);
    session_free(sessions, s);
}

#define IN(state) (1 << SESSION_##state)
#define HAS_PROBE (IN(PROBING) | IN(SWITCHING))
#define POLLS (IN(POLLING) | HAS_PROBE)
#define ALWAYS (IN(FREE) | POLLS | IN(WEBSOCKET) | IN(CLOSING))

/* Where the table has no row for a state, nothing may change. */
static const struct {
    enum session_cause cause;
    unsigned states; /* in which it can happen */
    void (*happen)(void);
} inputs[] = {
    {SESSION_RCV_POLL, IN(FREE), get},
    {SESSION_RCV_CONNECT, IN(FREE), connect_websocket},
    {SESSION_RCV_UPGRADE, POLLS | IN(WEBSOCKET), upgrade},
    {SESSION_RCV_2PROBE, IN(PROBING), send_2probe},
    {SESSION_RCV_5, IN(SWITCHING), send_5},
    {SESSION_PROBE_ENDS, HAS_PROBE, break_the_order},
    {SESSION_PROBE_ENDS, HAS_PROBE, close_websocket},
    {SESSION_PROBE_ENDS, HAS_PROBE | IN(POLLING), lose_websocket},
    {SESSION_PROBE_ENDS, ALWAYS, let_probe_be_late},
    {SESSION_RCV_CLOSE, POLLS | IN(WEBSOCKET), send_1},
    {SESSION_RCV_CLOSE, IN(WEBSOCKET), close_websocket},
    {SESSION_LOST, POLLS, lose_post},
    {SESSION_LOST, IN(WEBSOCKET), lose_websocket},
    {SESSION_CLOSE, POLLS | IN(WEBSOCKET), send_2},
    {SESSION_CLOSE, ALWAYS, miss_pong},
    {SESSION_ENDS, ALWAYS, tell_links},
};

/* Makes a session in that state. While it polls, a GET waits as long as one
 * may; when it waits no more, a packet is in the queue. */
static void begin(enum session_state state) {
    struct span queued = span_from("4a");
    start();
    receiver_init(&receiver);
    if (state >= SESSION_POLLING) {
        get();
        get();
    }
    if (state >= SESSION_PROBING) upgrade();
    if (state >= SESSION_SWITCHING) send_2probe();
    if (state == SESSION_SWITCHING)
        transport_send(&transport, session(), false, &queued, 1);
    if (state >= SESSION_WEBSOCKET) send_5();
    if (state == SESSION_CLOSING) session_close(sessions, session(), 1000);
    UNIT_INT(session()->state, state);
    clear_sent();
}

static void expect_sent(const char *sends) {
    static const struct {
        const char *sends;
        uint32_t conn;
        const char *part;
    } parts[] = {
        {"0", GET, "\r\n\r\n0{\"sid\":"},
        {"101, 0", PROBE, "HTTP/1.1 101 "},
        {"101, 0", PROBE, "0{\"sid\":"},
        {"101", PROBE, "HTTP/1.1 101 "},
        {"3probe, and 6 to a GET", PROBE,
         "\x81\x06"
         "3probe"},
        {"3probe, and 6 to a GET", GET, "\r\n\r\n6"},
        {"the queue", PROBE,
         "\x81\x02"
         "4a"},
    };
    bool is_known = sends == NULL;
    for (size_t i = 0; sends && i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(sends, parts[i].sends) != 0) continue;
        is_known = true;
        UNIT_TRUE(strstr(sent_text(parts[i].conn), parts[i].part) != NULL);
    }
    UNIT_TRUE(is_known);
}

static void a_session_does_what_the_table_says_and_nothing_else(void) {
    bool is_done[100] = {false};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        for (unsigned s = SESSION_FREE; s <= SESSION_CLOSING; s++) {
            if (!(inputs[i].states >> s & 1)) continue;
            begin((enum session_state)s);
            const struct transition *row =
                state_table_find(&session_states, s, inputs[i].cause);
            if (row) is_done[row - session_states.rows] = true;
            inputs[i].happen();
            UNIT_INT(session()->state, row ? row->to : s);
            expect_sent(row ? row->sends : NULL);
            stop();
        }
    for (size_t i = 0; i < session_states.count; i++) UNIT_TRUE(is_done[i]);
}

UNIT_MAIN("session_state",
          UNIT_TEST(the_table_has_these_transitions_and_no_others),
          UNIT_TEST(a_session_does_what_the_table_says_and_nothing_else))
