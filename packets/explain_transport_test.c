/* explain_transport_test.c: packets/explain_transport.h against RFC 9293 and
 * RFC 768; explain_transport_icmp_test.c has ICMP, explain_frame_test.c whole
 * frames */
#include "packets/explain_transport.h"
#include "packets/explain_unit.h"
#include "packets/segment.h"

static const struct address from4 = {4, {10, 0, 0, 1}};
static const struct address to4 = {4, {10, 0, 0, 2}};
static const struct address from6 = {16, {0xfd, [15] = 1}};
static const struct address to6 = {16, {0xfd, [15] = 2}};

/* Returns a whole packet, as its IP header describes it. */
static struct explain_packet packet_of(uint8_t protocol, bool is_v6) {
    return (struct explain_packet){.source = is_v6 ? from6 : from4,
                                   .destination = is_v6 ? to6 : to4,
                                   .protocol = protocol,
                                   .is_whole = true};
}

/* Explains a segment with flags and options, 4 bytes or a multiple. */
static void explain_segment(uint8_t flags, const char *options, size_t n) {
    struct buf out = {.max = 100};
    struct explain_packet p = packet_of(IP_TCP, false);
    struct segment s = {.source_port = 1,
                        .destination_port = 2,
                        .flags = flags,
                        .options = {(uint8_t *)(uintptr_t)options, n}};
    segment_write(&out, &s, span_from("hi"), &from4, &to4);
    struct span bytes = buf_view(&out);
    explain_begin(bytes.data, bytes.len, EXPLAIN_TRANSPORT);
    explain_tcp(&d, &p);
    UNIT_INT(dissector_left(&d).len, 2);
    explain_finish();
    UNIT_INT(p.source_port, 1);
    UNIT_INT(p.destination_port, 2);
    buf_free(&out);
}

static void names_the_flags_that_are_set(void) {
    static const struct {
        uint8_t flags;
        const char *words;
    } cases[] = {
        {SEGMENT_SYN, "SYN, 2 bytes of data"},
        {SEGMENT_SYN | SEGMENT_ACK, "SYN ACK, 2 bytes of data"},
        {SEGMENT_ACK, "ACK, 2 bytes of data"},
        {SEGMENT_PSH | SEGMENT_ACK, "PSH ACK, 2 bytes of data"},
        {SEGMENT_FIN | SEGMENT_ACK, "FIN ACK, 2 bytes of data"},
        {SEGMENT_RST, "RST, 2 bytes of data"},
        {SEGMENT_RST | SEGMENT_ACK, "RST ACK, 2 bytes of data"},
        {0, "., 2 bytes of data"},
        {SEGMENT_FIN | SEGMENT_SYN, "FIN SYN, 2 bytes of data"},
        {SEGMENT_FIN | SEGMENT_PSH | SEGMENT_ACK,
         "FIN PSH ACK, 2 bytes of data"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        explain_segment(cases[i].flags, "", 0);
        EXPLAIN_WORDS("TCP", cases[i].words);
        EXPLAIN_WORDS("Checksum", "right");
    }
}

/* RFC 7323 §2.3: a shift count is 14 at most. */
static void a_window_is_scaled_by_14_bits_at_most(void) {
    explain_segment(SEGMENT_SYN, "\3\3\x0e\0", 4);
    explain_expect("shift.cnt", 14, "windows x 16384", "RFC 7323 §2.2");
    UNIT_INT(e.wrong_count, 0);
    explain_segment(SEGMENT_SYN, "\3\3\x0f\0", 4);
    explain_expect("shift.cnt", 15, "14 at most", "RFC 7323 §2.3");
    UNIT_INT(e.wrong_count, 1);
}

/* RFC 9293 §3.2; the others are of RFC 7323 and RFC 2018. */
static void names_each_option(void) {
    static const struct {
        const char *bytes;
        size_t n;
        const char *name, *section;
    } cases[] = {
        {"\1\1\1\0", 4, "End of Option List", "RFC 9293 §3.2"},
        {"\1\0\0\0", 4, "No-Operation", "RFC 9293 §3.2"},
        {"\2\4\5\xb4", 4, "Maximum Segment Size", "RFC 9293 §3.2"},
        {"\3\3\1\0", 4, "Window Scale", "RFC 7323 §2.2"},
        {"\4\2\0\0", 4, "SACK-Permitted", "RFC 2018 §2"},
        {"\5\x0a\0\0\0\1\0\0\0\2\0\0", 12, "SACK", "RFC 2018 §3"},
        {"\x08\x0a\0\0\0\1\0\0\0\2\0\0", 12, "Timestamps", "RFC 7323 §3.2"},
        {"\x09\4\0\0", 4, "Option", "RFC 9293 §3.1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        explain_segment(SEGMENT_ACK, cases[i].bytes, cases[i].n);
        bool has_kind = cases[i].bytes[0] == 1;
        explain_expect(cases[i].name, i == 1 ? 1 : 0, "", cases[i].section);
        UNIT_INT(explain_has("Kind"), !has_kind);
        UNIT_INT(e.wrong_count, 0);
    }
}

static void a_segment_may_have_no_data(void) {
    static const uint8_t bytes[20] = {0, 1, 0, 2, [12] = 0x50, 0x10};
    for (uint8_t offset = 5; offset <= 6; offset++) {
        struct explain_packet p = packet_of(IP_TCP, false);
        uint8_t copy[20];
        memcpy(copy, bytes, 20);
        copy[12] = (uint8_t)(offset << 4);
        explain_begin(copy, 20, EXPLAIN_TRANSPORT);
        explain_tcp(&d, &p);
        explain_finish();
        EXPLAIN_WORDS("Data Offset",
                      offset == 5 ? "20 bytes"
                                  : "24 bytes, the segment has 20 bytes");
    }
}

/* RFC 9293 §3.2: of an option of 4 bytes that says it has more or none. */
static void the_length_of_an_option_is_checked(void) {
    static const char lens[] = {0, 1, 2, 4, 5};
    for (size_t i = 0; i < sizeof lens; i++) {
        const char option[] = {9, lens[i], 0, 0};
        bool is_good = lens[i] == 2 || lens[i] == 4;
        explain_segment(SEGMENT_ACK, option, 4);
        EXPLAIN_WORDS("Length", is_good ? "" : "2 to 4 are possible");
        UNIT_INT(explain_has("not explained"), !is_good);
    }
}

/* --- UDP --- */

static void a_length_below_the_header_is_wrong(void) {
    for (char len = 7; len <= 8; len++) {
        struct explain_packet p = packet_of(IP_UDP, false);
        char bytes[] = "\0\1\0\2\0?\0\0";
        bytes[5] = len;
        explain_begin(bytes, 8, EXPLAIN_TRANSPORT);
        explain_udp(&d, &p);
        explain_finish();
        EXPLAIN_WORDS("Checksum", "none");
        UNIT_INT(e.wrong_count, len == 7);
        UNIT_INT(p.destination_port, 2);
    }
}

UNIT_MAIN("packets/explain_transport", UNIT_TEST(names_the_flags_that_are_set),
          UNIT_TEST(a_window_is_scaled_by_14_bits_at_most),
          UNIT_TEST(names_each_option),
          UNIT_TEST(the_length_of_an_option_is_checked),
          UNIT_TEST(a_segment_may_have_no_data),
          UNIT_TEST(a_length_below_the_header_is_wrong), UNIT_TEST(explain_end))
