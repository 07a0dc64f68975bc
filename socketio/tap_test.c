/* tap_test.c: socketio/tap.h: what is kept, and how it reads */
#include "packets/unit.h"
#include "socketio/tap.h"

static struct tap tap = TAP_EMPTY;

/* The next record as "ARROW CONN TEXT", or "". */
static const char *next(void) {
    static char line[TAP_TEXT_SIZE + 40];
    char text[TAP_TEXT_SIZE];
    struct tap_record r;
    if (!tap_next(&tap, &r)) return "";
    snprintf(line, sizeof line, "%s %d %s", tap_arrow(&r), (int)r.conn,
             tap_describe(&r, text));
    return line;
}

#define EXPECT(expected)                                                       \
    do {                                                                       \
        const char *got_ = next();                                             \
        UNIT_TEXT(got_, strlen(got_), expected);                               \
    } while (0)

static void sent(bool is_binary, const char *text) {
    struct span part = span_from(text);
    tap_sent(&tap, 7, is_binary, &part, 1);
}

static void posted(bool is_binary, const char *text) {
    struct payload_packet p = {.is_binary = is_binary,
                               .bytes = span_from(text)};
    tap_posted(&tap, 7, &p);
}

static void each_packet_has_its_type_and_size(void) {
    static const char *const texts[][2] = {
        {"0{}", "-> 7 ws text 3 B · 0 open"},
        {"1", "-> 7 ws text 1 B · 1 close"},
        {"2", "-> 7 ws text 1 B · 2 ping"},
        {"2probe", "-> 7 ws text 6 B · 2 ping probe"},
        {"3probe", "-> 7 ws text 6 B · 3 pong probe"},
        {"312345678901234567890",
         "-> 7 ws text 21 B · 3 pong 12345678901234567890"},
        {"3123456789012345678901", /* no more than 20 bytes are shown */
         "-> 7 ws text 22 B · 3 pong 12345678901234567890"},
        {"4hello", "-> 7 ws text 6 B · 4 message"},
        {"5", "-> 7 ws text 1 B · 5 upgrade"},
        {"6", "-> 7 ws text 1 B · 6 noop"},
        {"7", "-> 7 ws text 1 B · no packet"},
        {"/", "-> 7 ws text 1 B · no packet"},
        {"", "-> 7 ws text 0 B · empty"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        sent(false, texts[i][0]);
        EXPECT(texts[i][1]);
    }
    sent(true, "4bytes");
    EXPECT("-> 7 ws binary 6 B · message");
    posted(false, "4a");
    EXPECT("<- 7 http 2 B · 4 message");
    posted(true, "abc");
    EXPECT("<- 7 http binary 3 B · message");
    EXPECT("");
}

static void a_message_is_joined_from_its_parts(void) {
    struct span parts[] = {span_from("4"), {NULL, 0}, span_from("ab")};
    struct tap_record r;
    tap_sent(&tap, TAP_ALL, false, parts, 3);
    UNIT_TRUE(tap_next(&tap, &r));
    UNIT_INT(r.conn, TAP_ALL);
    UNIT_INT(r.len, 3);
    UNIT_TEXT(r.bytes.data, r.bytes.len, "4ab");
}

static void input_of_a_websocket_is_recorded_by_type(void) {
    struct conn_event e = {
        .type = CONN_MESSAGE, .opcode = FRAME_TEXT, .payload = span_from("4a")};
    tap_received(&tap, 5, &e);
    e.opcode = FRAME_BINARY;
    tap_received(&tap, 5, &e);
    e = (struct conn_event){.type = CONN_PONG};
    tap_received(&tap, 5, &e);
    e = (struct conn_event){.type = CONN_CLOSED, .code = 1001};
    tap_received(&tap, 5, &e);
    e.is_reply_sent = true;
    tap_received(&tap, 5, &e);
    e = (struct conn_event){
        .type = CONN_CLOSED, .code = 1002, .is_failure = true};
    tap_received(&tap, 5, &e);
    e.is_reply_sent = true;
    tap_received(&tap, 5, &e);
    EXPECT("<- 5 ws text 2 B · 4 message");
    EXPECT("<- 5 ws binary 2 B · message");
    EXPECT("<- 5 ws close 1001 going away"); /* we had closed before */
    EXPECT("<- 5 ws close 1001 going away");
    EXPECT("-> 5 ws close 1001 going away");
    EXPECT("-> 5 ws close 1002 protocol error"); /* we failed it */
    EXPECT("");
}

static void a_response_is_a_line_and_one_for_each_packet(void) {
    struct http_head head = {.method = span_from("GET"),
                             .target = span_from("/a?b")};
    tap_request(&tap, 3, &head);
    tap_response(&tap, 3, 200, 7,
                 span_from("4a\x1e"
                           "bQQ=="));
    tap_response(&tap, 3, 404, 9, (struct span){0});
    tap_response(&tap, 3, 101, 0, (struct span){0});
    EXPECT("<- 3 http GET /a?b");
    EXPECT("-> 3 http 200, 7 B");
    EXPECT("-> 3 http 2 B · 4 message");
    EXPECT("-> 3 http 5 B · b message in base64");
    EXPECT("-> 3 http 404, 9 B");
    EXPECT("-> 3 http 101");
    tap_response(&tap, 3, 200, 1, span_from("6"));
    EXPECT("-> 3 http 200, 1 B");
    EXPECT("-> 3 http 1 B · 6 noop");
    EXPECT("");
}

static void a_session_begins_and_ends_with_a_reason(void) {
    tap_session(&tap, TAP_OPENED, 4, 9, 0);
    tap_session(&tap, TAP_SILENT, TAP_ALL, 9, 0);
    tap_session(&tap, TAP_CLOSED, TAP_ALL, 9, 1000);
    tap_session(&tap, TAP_CLOSED, TAP_ALL, 9, 1005);
    tap_session(&tap, TAP_CLOSED, TAP_ALL, 9, 1006);
    EXPECT("-- 4 session 9 opened");
    EXPECT("-- -1 session 9: no pong in time");
    EXPECT("-- -1 session 9 closed: 1000 normal closure");
    EXPECT("-- -1 session 9 closed: 1005 by the client");
    EXPECT("-- -1 session 9 closed: 1006 its connection was lost");
}

/* TAP_MAX_PACKET bytes are kept, and of one more its first. */
static void only_the_beginning_of_a_long_packet_is_kept(void) {
    static uint8_t bytes[TAP_MAX_PACKET + 1];
    memset(bytes, '4', sizeof bytes);
    for (size_t n = TAP_MAX_PACKET - 1; n <= TAP_MAX_PACKET + 1; n++) {
        struct tap_record r;
        tap_free(&tap); /* so that it takes exactly the memory that it needs */
        UNIT_TRUE(tap.kept.bytes == NULL);
        struct span two[] = {{bytes, 10}, {bytes, n - 10}};
        tap_sent(&tap, 1, false, two, 2);
        UNIT_TRUE(tap_next(&tap, &r));
        UNIT_INT(r.len, n);
        UNIT_INT(r.bytes.len, n < TAP_MAX_PACKET ? n : TAP_MAX_PACKET);
        UNIT_INT(memcmp(r.bytes.data, bytes, r.bytes.len), 0);
    }
}

/* No program fetches them: then the newest are dropped, and memory is
 * limited. */
static void a_full_tap_drops_and_goes_on(void) {
    static char text[1001];
    int kept = 0;
    memset(text, '4', 1000);
    for (int i = 0; i < 2000; i++) sent(false, text);
    sent(false, "2"); /* a short one may still fit */
    UNIT_TRUE(tap.kept.end <= TAP_MAX);
    while (*next()) kept++;
    UNIT_TRUE(kept > 1000 && kept < 1050);
    sent(false, "2");
    EXPECT("-> 7 ws text 1 B · 2 ping");
    tap_free(&tap);
}

static void without_a_tap_nothing_is_kept(void) {
    tap_response(NULL, 1, 200, 1, span_from("6"));
    tap_session(NULL, TAP_OPENED, 1, 1, 0);
    tap_close(NULL, 1, true, 1000);
    EXPECT("");
}

/* A line is cut, and ends with a zero byte. */
static void a_long_target_is_cut(void) {
    static char target[500];
    struct tap_record r;
    char text[TAP_TEXT_SIZE];
    memset(target, 'x', sizeof target - 1);
    struct http_head head = {.method = span_from("GET"),
                             .target = span_from(target)};
    tap_request(&tap, 3, &head);
    UNIT_TRUE(tap_next(&tap, &r));
    UNIT_INT(strlen(tap_describe(&r, text)), TAP_TEXT_SIZE - 1);
    tap_free(&tap);
}

UNIT_MAIN("socketio/tap", UNIT_TEST(each_packet_has_its_type_and_size),
          UNIT_TEST(a_message_is_joined_from_its_parts),
          UNIT_TEST(input_of_a_websocket_is_recorded_by_type),
          UNIT_TEST(a_response_is_a_line_and_one_for_each_packet),
          UNIT_TEST(a_session_begins_and_ends_with_a_reason),
          UNIT_TEST(only_the_beginning_of_a_long_packet_is_kept),
          UNIT_TEST(a_full_tap_drops_and_goes_on),
          UNIT_TEST(without_a_tap_nothing_is_kept),
          UNIT_TEST(a_long_target_is_cut))
