/* ws_state_test.c: websocket/ws_state.h against RFC 6455, and against what the
 * machines of a server and of a client do */
#include "packets/unit.h"
#include "websocket/client.h"
#include "websocket/peer.h"

#define REQUEST                                                                \
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"              \
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"                     \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
#define SWITCHING                                                              \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"               \
    "Connection: Upgrade\r\n"                                                  \
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

/* The nonce of RFC 6455 §1.3, then the seed of the masks. */
static const uint8_t seed[CLIENT_SEED] = "the sample nonce"
                                         "sixteen bytes...";

/* All transitions, with the section that has them. */
static const struct transition expected[] = {
    {WS_CLOSED, WS_ACCEPT, WS_CONNECTING, NULL},              /* §4.2 */
    {WS_CLOSED, WS_CONNECT, WS_CONNECTING, "request"},        /* §4.1 */
    {WS_CONNECTING, WS_RCV_REQUEST, WS_OPEN, "101"},          /* §4.2.2 */
    {WS_CONNECTING, WS_RCV_101, WS_OPEN, NULL},               /* §4.1 */
    {WS_CONNECTING, WS_RCV_BAD_REQUEST, WS_LINGERING, "4xx"}, /* §4.2.1 */
    {WS_CONNECTING, WS_RCV_REFUSAL, WS_LINGERING, NULL},      /* §4.1 */
    {WS_CONNECTING, WS_TIMEOUT, WS_LINGERING, "408"},         /* RFC 9110 */
    {WS_CONNECTING, WS_CLOSE, WS_LINGERING, NULL},
    {WS_CONNECTING, WS_RCV_FIN, WS_LINGERING, NULL},
    {WS_CONNECTING, WS_TCP_ENDS, WS_CLOSED, NULL},
    {WS_OPEN, WS_CLOSE, WS_CLOSING, "close"},       /* §7.1.2 */
    {WS_OPEN, WS_RCV_CLOSE, WS_LINGERING, "close"}, /* §5.5.1 */
    {WS_OPEN, WS_FAIL, WS_LINGERING, "close"},      /* §7.1.7 */
    {WS_OPEN, WS_RCV_FIN, WS_LINGERING, NULL},      /* §7.1.5: 1006 */
    {WS_OPEN, WS_TCP_ENDS, WS_CLOSED, NULL},        /* §7.1.4 */
    {WS_CLOSING, WS_RCV_CLOSE, WS_LINGERING, NULL}, /* §5.5.1 */
    {WS_CLOSING, WS_FAIL, WS_LINGERING, NULL},
    {WS_CLOSING, WS_GIVE_UP, WS_LINGERING, NULL},
    {WS_CLOSING, WS_RCV_FIN, WS_LINGERING, NULL},
    {WS_CLOSING, WS_TCP_ENDS, WS_CLOSED, NULL},
    {WS_LINGERING, WS_TIMEOUT, WS_CLOSED, NULL}, /* §7.1.1 */
    {WS_LINGERING, WS_TCP_ENDS, WS_CLOSED, NULL},
};

static void the_table_has_these_transitions_and_no_others(void) {
    size_t count = sizeof expected / sizeof *expected;
    UNIT_INT(ws_states.count, count);
    for (size_t i = 0; i < count; i++) {
        const struct transition *row =
            state_table_find(&ws_states, expected[i].from, expected[i].cause);
        UNIT_TRUE(row && row->to == expected[i].to);
        const char *sends = row && row->sends ? row->sends : "";
        UNIT_TEXT(sends, strlen(sends),
                  expected[i].sends ? expected[i].sends : "");
    }
}

/* A server's end or a client's, and what it has sent. */

static struct peers peers;
static struct peer peer;
static struct client client;
static struct buf out;
static bool is_server;

static uint8_t state(void) {
    if (!is_server) return client.state;
    return peer.state == WS_OPEN ? peer.conn.state : peer.state;
}

static void receive(const char *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    struct span in = {exact, n};
    struct conn_event e;
    struct client_event ce;
    while (is_server ? peer_next(&peer, &peers, &in, &e, &out)
                     : client_next(&client, &in, &ce, &out))
        continue;
    free(exact);
}

/* What can happen to a server. The masks have the key 0. */
static void accept_tcp(void) {
    peer_init(&peer, &peers, 0);
}
static void receive_request(void) {
    receive(REQUEST, sizeof REQUEST - 1);
}
static void receive_bad_request(void) {
    receive("GET / HTTP/1.1\r\n\r\n", 18);
}
static void receive_masked_close(void) {
    receive("\x88\x82\0\0\0\0\x03\xe8", 8);
}
static void receive_reserved_bit(void) {
    receive("\xc1\x82\0\0\0\0hi", 8);
}
static void time_out(void) {
    peer_sent(&peer, &peers, 0);
    if (peers_pop_due(&peers, INT64_MAX)) receive("", 0);
}
static void close_peer(void) {
    peer_close(&peer, 1000, &out);
}
static void end_peer(void) {
    peer_end(&peer, 1000, &out);
}
static void free_peer(void) {
    peer_free(&peer);
}

/* And to a client. */
static void connect_tcp(void) {
    static const struct client_options options = {
        .host = "a:80", .target = "/", .max_message = 100};
    client_open(&client, &options, seed, &out);
}
static void receive_101(void) {
    receive(SWITCHING, sizeof SWITCHING - 1);
}
static void receive_404(void) {
    receive("HTTP/1.1 404 Not Found\r\n\r\n", 26);
}
static void receive_close(void) {
    receive("\x88\x02\x03\xe8", 4);
}
static void receive_masked(void) {
    receive("\x81\x82\0\0\0\0hi", 8);
}
static void receive_fin(void) {
    struct client_event e;
    client_eof(&client, &e);
}
static void close_client(void) {
    client_close(&client, 1000, &out);
}
static void free_client(void) {
    client_free(&client);
}

#define IN(state) (1 << WS_##state)
#define AFTER_CONNECTING (IN(OPEN) | IN(CLOSING) | IN(LINGERING))
#define ALWAYS (IN(CLOSED) | IN(CONNECTING) | AFTER_CONNECTING)

/* Where the table has no row for a state, nothing may change. */
static const struct {
    bool is_server;
    enum ws_cause cause;
    unsigned states; /* in which it can happen */
    void (*happen)(void);
} inputs[] = {
    {true, WS_ACCEPT, IN(CLOSED), accept_tcp},
    {true, WS_RCV_REQUEST, IN(CONNECTING), receive_request},
    {true, WS_RCV_BAD_REQUEST, IN(CONNECTING), receive_bad_request},
    {true, WS_RCV_CLOSE, AFTER_CONNECTING, receive_masked_close},
    {true, WS_FAIL, AFTER_CONNECTING, receive_reserved_bit},
    {true, WS_TIMEOUT, ALWAYS, time_out},
    {true, WS_CLOSE, ALWAYS, close_peer},
    {true, WS_GIVE_UP, IN(CLOSING) | IN(LINGERING) | IN(CLOSED), end_peer},
    {true, WS_TCP_ENDS, ALWAYS, free_peer},
    {false, WS_CONNECT, IN(CLOSED), connect_tcp},
    {false, WS_RCV_101, IN(CONNECTING), receive_101},
    {false, WS_RCV_REFUSAL, IN(CONNECTING), receive_404},
    {false, WS_RCV_CLOSE, AFTER_CONNECTING | IN(CLOSED), receive_close},
    {false, WS_FAIL, AFTER_CONNECTING | IN(CLOSED), receive_masked},
    {false, WS_CLOSE, AFTER_CONNECTING | IN(CLOSED), close_client},
    {false, WS_RCV_FIN, ALWAYS, receive_fin},
    {false, WS_TCP_ENDS, ALWAYS, free_client},
};

/* Makes an end that is in that state. */
static void begin(bool of_server, enum ws_state target_state) {
    is_server = of_server;
    peers_init(&peers, 100, "127.0.0.1", NULL);
    peer = (struct peer){.state = WS_CLOSED};
    client = (struct client){.state = WS_CLOSED};
    if (target_state >= WS_CONNECTING) {
        if (is_server) accept_tcp();
        if (!is_server) connect_tcp();
    }
    if (target_state >= WS_OPEN) {
        if (is_server) receive_request();
        if (!is_server) receive_101();
    }
    if (target_state >= WS_CLOSING) {
        if (is_server) close_peer();
        if (!is_server) close_client();
    }
    if (target_state == WS_LINGERING) {
        if (is_server) receive_masked_close();
        if (!is_server) receive_close();
    }
    UNIT_INT(state(), target_state);
    buf_clear(&out);
}

static void expect_sent(const char *name) {
    static const struct {
        const char *name, *begin;
    } bytes[] = {{"request", "GET / HTTP/1.1\r\n"},
                 {"101", "HTTP/1.1 101 "},
                 {"4xx", "HTTP/1.1 4"},
                 {"408", "HTTP/1.1 408 "},
                 {"close", "\x88"}};
    bool is_known = name == NULL;
    if (!name) UNIT_INT(out.end, 0);
    for (size_t i = 0; name && i < sizeof bytes / sizeof *bytes; i++) {
        size_t n = strlen(bytes[i].begin);
        if (strcmp(name, bytes[i].name) != 0) continue;
        is_known = true;
        UNIT_TEXT(out.bytes, out.end < n ? out.end : n, bytes[i].begin);
    }
    UNIT_TRUE(is_known);
}

static void the_machines_do_what_the_table_says_and_nothing_else(void) {
    bool is_done[100] = {false};
    buf_init(&out, 1000);
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        for (unsigned s = WS_CLOSED; s <= WS_LINGERING; s++) {
            if (!(inputs[i].states >> s & 1)) continue;
            begin(inputs[i].is_server, (enum ws_state)s);
            const struct transition *row =
                state_table_find(&ws_states, s, inputs[i].cause);
            if (row) is_done[row - ws_states.rows] = true;
            inputs[i].happen();
            UNIT_INT(state(), row ? row->to : s);
            expect_sent(row ? row->sends : NULL);
            peer_free(&peer);
            client_free(&client);
        }
    for (size_t i = 0; i < ws_states.count; i++) UNIT_TRUE(is_done[i]);
    buf_free(&out);
}

UNIT_MAIN("ws_state", UNIT_TEST(the_table_has_these_transitions_and_no_others),
          UNIT_TEST(the_machines_do_what_the_table_says_and_nothing_else))
