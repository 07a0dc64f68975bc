/* explain_data_test.c: socketio/explain_data.h */
#include "packets/explain_unit.h"
#include "socketio/explain_data.h"
#include "socketio/explain_stream.h"
#include "websocket/frame.h"

static void begin(struct span bytes) {
    explain_begin(bytes.data, bytes.len, EXPLAIN_APPLICATION);
}

static struct explain_streams connection;
static size_t kept;

enum { /* the two ends of a connection */
    CLIENT,
    SERVER
};

static void connect_again(void) {
    explain_streams_reset(&connection, &kept);
}

static void segment(int from, struct span bytes) {
    begin(bytes);
    explain_stream_segment(&connection, from, &d);
    explain_finish();
}

static void follows_a_connection_to_websocket(void) {
    static uint8_t frames[] = {0x81, 0x88, 0x37, 0xfa, 0x21, 0x3d, 0x03,
                               0xc8, 0x7a, 0x1f, 0x5f, 0x93, 0x03, 0x60};
    struct span event = {frames, sizeof frames};
    connect_again();
    segment(CLIENT, event);
    EXPLAIN_ALL(
        "rest=\x81\x88\x37\xfa\x21\x3d\x03\xc8\x7a\x1f\x5f\x93\x03\x60|");
    segment(CLIENT,
            span_from("GET /socket.io/?EIO=4 HTTP/1.1\r\nHost: a\r\n\r\n"));
    segment(SERVER,
            span_from("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n2ab"));
    UNIT_TRUE(strstr(explain_all(), "|type=2|data=ab|") != NULL);
    segment(SERVER,
            span_from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    UNIT_TRUE(strstr(explain_all(), "|body=ok|") != NULL);
    segment(SERVER,
            span_from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n4x"));
    UNIT_TRUE(strstr(explain_all(), "|type=4|") != NULL);
    segment(SERVER,
            span_from("HTTP/1.1 400 Bad\r\nContent-Length: 2\r\n\r\n{}"));
    UNIT_TRUE(strstr(explain_all(), "|body={}|") != NULL);
    segment(SERVER, span_from("HTTP/1.1 101 Yes\r\n\r\n\x81\x02"
                              "2x"));
    UNIT_TRUE(strstr(explain_all(), "|type=2|data=x|") != NULL);
    segment(CLIENT, event);
    UNIT_TRUE(strstr(explain_all(),
                     "|type=4|type=2|begin-array=[|event name=\"hi\"|") !=
              NULL);
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    segment(CLIENT, span_from("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    UNIT_TRUE(explain_has("method")); /* the ports have been used again */
}

static void knows_engine_io_without_socket_io(void) {
    connect_again();
    segment(CLIENT, span_from("POST /engine.io/ HTTP/1.1\r\nHost: a\r\n"
                              "Content-Length: 3\r\n\r\n42["));
    UNIT_TRUE(strstr(explain_all(), "|type=4|data=2[|") != NULL);
    segment(CLIENT, span_from("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
                              "GET /engine.io/ HTTP/1.1\r\nHost: a\r\n\r\n"));
    segment(SERVER, span_from("HTTP/1.1 101 Yes\r\n\r\n\x81\x03"
                              "42["
                              "\x82\x01z\x01\x01y"));
    UNIT_TRUE(strstr(explain_all(), "|type=4|data=2[|") != NULL);
    UNIT_TRUE(strstr(explain_all(), "|Payload data=z|") != NULL);
    UNIT_TRUE(strstr(explain_all(), "|Text=y|") != NULL);
    /* Engine.IO v4: a pong has no data; a text without a type is no packet. */
    segment(CLIENT, (struct span){(uint8_t *)"\x81\x01"
                                             "3\x81\0",
                                  5});
    UNIT_TRUE(strstr(explain_all(), "|type=3|") != NULL);
    UNIT_TRUE(strstr(explain_all(), "|type=|") == NULL);
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    segment(CLIENT, span_from("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"));
    segment(SERVER, span_from("HTTP/1.1 101 Yes\r\n\r\n\x81\x03"
                              "42["));
    UNIT_TRUE(strstr(explain_all(), "|Text=42[|") != NULL);
}

/* A message that is cut may be right, so it is not called wrong. */
static void does_not_judge_what_is_cut(void) {
    enum explain_protocol protocol = EXPLAIN_WEBSOCKET_SOCKET;
    static const char frame[] = "\x81\x8c\x01\x02\x03\x04"
                                "50Z&ik!(!"
                                "..."; /* masked */
    for (size_t n = 1; n < 18; n++) {
        begin((struct span){(uint8_t *)(uintptr_t)frame, n});
        explain_protocol(&d, &protocol);
        explain_finish();
        UNIT_INT(e.wrong_count, 0);
        UNIT_TRUE(e.cut_count > 0);
    }
}

static void does_not_judge_base64_that_is_cut(void) {
    enum explain_protocol protocol = EXPLAIN_HTTP;
    begin(span_from("POST /engine.io/ HTTP/1.1\r\nHost: a\r\n"
                    "Content-Length: 9\r\n\r\nbAQI"));
    explain_protocol(&d, &protocol);
    explain_finish();
    UNIT_TRUE(explain_has("base64"));
    UNIT_INT(e.wrong_count, 0);
    UNIT_INT(e.cut_count, 1);
}

/* Twice the input has at most twice the fields and notes, for any content: the
 * smallest things that each dissector knows, one after another. */
static void the_cost_is_linear(void) {
    static const struct {
        enum explain_protocol protocol;
        const char *first, *unit;
        size_t unit_len;
    } cases[] = {
        {EXPLAIN_WEBSOCKET_SOCKET, "", "\x81\x00", 2},
        {EXPLAIN_WEBSOCKET_SOCKET, "", "\x01\x81zzzzN", 7},
        {EXPLAIN_HTTP, "", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27},
        {EXPLAIN_HTTP, "GET / HTTP/1.1\r\n", "a:\n", 3},
        {EXPLAIN_HTTP, "GET / HTTP/1.1\r\n", "\r", 1},
        {EXPLAIN_HTTP, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
         "1\r\nx\r\n", 6},
        {EXPLAIN_SOCKET, "HTTP/1.1 200 OK\r\n\r\n", "2\x1e", 2},
        {EXPLAIN_SOCKET, "HTTP/1.1 200 OK\r\n\r\n", "bAA==\x1e", 6},
        {EXPLAIN_SOCKET, "HTTP/1.1 200 OK\r\n\r\n", "42[1]\x1e", 6},
        {EXPLAIN_SOCKET, "HTTP/1.1 200 OK\r\n\r\n42[1", ",1", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t fields[2], notes[2];
        for (int twice = 0; twice < 2; twice++) {
            enum explain_protocol protocol = cases[i].protocol;
            struct buf bytes = {.max = 100000};
            buf_text(&bytes, cases[i].first);
            for (int k = 0; k < (500 << twice); k++)
                buf_append(&bytes, cases[i].unit, cases[i].unit_len);
            if (strcmp(cases[i].unit, ",1") == 0) buf_text(&bytes, "]");
            begin(buf_view(&bytes));
            explain_protocol(&d, &protocol);
            explain_finish();
            fields[twice] = explain_count(&e);
            notes[twice] = e.notes.end / sizeof(struct explain_note);
            UNIT_TRUE(fields[twice] < 8u * bytes.end);
            buf_free(&bytes);
        }
        UNIT_TRUE(fields[1] <= 2 * fields[0] && notes[1] <= 2 * notes[0] + 2);
        UNIT_TRUE(fields[1] > 500 || strcmp(cases[i].unit, "\r") == 0);
    }
}

UNIT_MAIN("socketio/explain_data", UNIT_TEST(follows_a_connection_to_websocket),
          UNIT_TEST(knows_engine_io_without_socket_io),
          UNIT_TEST(does_not_judge_what_is_cut),
          UNIT_TEST(does_not_judge_base64_that_is_cut),
          UNIT_TEST(the_cost_is_linear), UNIT_TEST(explain_end))
