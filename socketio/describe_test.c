/* describe_test.c: socketio/describe.h: a packet of Socket.IO in one line */
#include "packets/unit.h"
#include "socketio/describe.h"

static struct tap tap = TAP_EMPTY;

/* The line of a text message that arrived. */
static const char *described(const char *message) {
    static char text[TAP_TEXT_SIZE];
    struct tap_record r;
    struct span part = span_from(message);
    tap_sent(&tap, 1, false, &part, 1);
    if (!tap_next(&tap, &r)) return "";
    return describe_record(&r, text);
}

static void each_type_shows_what_it_carries(void) {
    static const char *const cases[][2] = {
        {"40", "ws text 2 B · 4 message · 0 CONNECT /"},
        {"40/chat,{\"a\":1}", "ws text 15 B · 4 message · 0 CONNECT /chat"},
        {"41/chat,", "ws text 8 B · 4 message · 1 DISCONNECT /chat"},
        {"42[\"message\",\"hello\"]",
         "ws text 21 B · 4 message · 2 EVENT / \"message\" 1 arg"},
        {"42[\"x\"]", "ws text 7 B · 4 message · 2 EVENT / \"x\" 0 args"},
        {"42/chat,17[\"x\",1,2]",
         "ws text 19 B · 4 message · 2 EVENT /chat id 17 \"x\" 2 args"},
        {"42/chat,0[\"x\"]",
         "ws text 14 B · 4 message · 2 EVENT /chat id 0 \"x\" 0 args"},
        {"43/chat,17[1]", "ws text 13 B · 4 message · 3 ACK /chat id 17 1 arg"},
        {"44{\"message\":\"no\"}",
         "ws text 18 B · 4 message · 4 CONNECT_ERROR /"},
        {"451-[\"p\",{\"_placeholder\":true,\"num\":0}]",
         "ws text 39 B · 4 message · 5 BINARY_EVENT / \"p\" 1 arg"},
        {"461-7[{\"_placeholder\":true,\"num\":0}]",
         "ws text 36 B · 4 message · 6 BINARY_ACK / id 7 1 arg"},
        {"42{}", "ws text 4 B · 4 message · malformed: "},
        {"4", "ws text 1 B · 4 message"},
        {"2probe", "ws text 6 B · 2 ping probe"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = described(cases[i][0]), *expected = cases[i][1];
        bool is_start = strstr(expected, "malformed") != NULL;
        UNIT_TEXT(got, is_start ? strlen(expected) : strlen(got), expected);
    }
}

/* A packet in the body of a POST is one, too; binary that begins with the same
 * bytes is none. */
static void only_text_of_the_type_message_is_a_packet(void) {
    static const struct {
        bool is_binary;
        const char *bytes, *expected;
    } cases[] = {
        {false, "42[\"x\"]", "http 7 B · 4 message · 2 EVENT / \"x\" 0 args"},
        {true, "42[\"x\"]", "http binary 7 B · message"},
    };
    char text[TAP_TEXT_SIZE];
    struct tap_record r;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct payload_packet p = {.is_binary = cases[i].is_binary,
                                   .bytes = span_from(cases[i].bytes)};
        tap_posted(&tap, 1, &p);
        UNIT_TRUE(tap_next(&tap, &r));
        const char *got = describe_record(&r, text);
        UNIT_TEXT(got, strlen(got), cases[i].expected);
    }
    struct span part = span_from("42[\"x\"]");
    tap_sent(&tap, 1, true, &part, 1);
    UNIT_TRUE(tap_next(&tap, &r));
    const char *got = describe_record(&r, text);
    UNIT_TEXT(got, strlen(got), "ws binary 7 B · message");
}

static void a_long_name_is_cut_at_the_end_of_the_line(void) {
    char message[TAP_TEXT_SIZE + 50];
    struct span part = {(uint8_t *)message, sizeof message};
    struct tap_record r;
    memset(message, 'x', sizeof message);
    char *text = unit_exact(message, TAP_TEXT_SIZE);
    memcpy(message, "42[\"", 4);
    memcpy(message + sizeof message - 2, "\"]", 2);
    tap_sent(&tap, 1, false, &part, 1);
    UNIT_TRUE(tap_next(&tap, &r));
    UNIT_INT(strlen(describe_record(&r, text)), TAP_TEXT_SIZE - 1);
    UNIT_TEXT(text + TAP_TEXT_SIZE - 5, 4, "xxxx");
    free(text);
}

static void values_are_counted_not_commas(void) {
    static const struct {
        const char *message, *count;
    } cases[] = {
        {"42[\"e\",[1,2,3]]", " 1 arg"},
        {"42[\"e\",{\"a\":1,\"b\":[1,2]},4]", " 2 args"},
        {"42[\"e\",\"a,b\",\"]\",\"[\"]", " 3 args"},
        {"42[\"e\",\"\\\",\",\"\\\\\",1]", " 3 args"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = described(cases[i].message);
        size_t n = strlen(cases[i].count);
        UNIT_TRUE(strlen(got) > n);
        UNIT_TEXT(got + strlen(got) - n, n, cases[i].count);
    }
}

static void a_packet_of_which_only_the_beginning_was_kept(void) {
    static char message[TAP_MAX_PACKET + 100];
    memset(message, 'x', sizeof message - 1);
    memcpy(message, "42[\"e\",\"", 8);
    const char *got = described(message);
    UNIT_TEXT(got, strlen(got),
              "ws text 1123 B · 4 message · 2 EVENT, too long to show");
    message[1] = '6';
    got = described(message);
    UNIT_TEXT(got, strlen(got),
              "ws text 1123 B · 4 message · 6 BINARY_ACK, too long to show");
    message[1] = '7';
    got = described(message);
    UNIT_TEXT(got, strlen(got),
              "ws text 1123 B · 4 message · 7 is no type, too long to show");
    message[1] = 'z';
    got = described(message);
    UNIT_TEXT(got, strlen(got),
              "ws text 1123 B · 4 message · z is no type, too long to show");
    tap_free(&tap);
}

UNIT_MAIN("socketio/describe", UNIT_TEST(each_type_shows_what_it_carries),
          UNIT_TEST(only_text_of_the_type_message_is_a_packet),
          UNIT_TEST(a_long_name_is_cut_at_the_end_of_the_line),
          UNIT_TEST(values_are_counted_not_commas),
          UNIT_TEST(a_packet_of_which_only_the_beginning_was_kept))
