/* pcap_block_test.c: the blocks of packets/pcap.h against
 * draft-ietf-opsawg-pcapng */
#include "packets/pcap_unit.h"

static void reads_pcapng_in_both_byte_orders(void) {
    for (int little = 0; little < 2; little++) {
        begin(little);
        put_section();
        put_interface(1, 4, -1);
        put_interface(101, 0, 9);
        put_enhanced(0, 0x123456789abc, "microseconds", 99);
        put_enhanced(1, 0x123456789abc, "nano", 4);
        put_simple("hell", 5); /* the snap length is 4 */
        put_simple("x", 1);
        reads_as("20015998343868000 i0 l1 w99 microseconds\n"
                 "20015998343868 i1 l101 w4 nano\n"
                 "- i0 l1 w5 hell\n"
                 "- i0 l1 w1 x\n");
    }
}

/* 262 144 bytes are read, one more is refused before it has arrived. */
static void a_packet_of_pcapng_has_the_same_limit(void) {
    for (uint32_t i = 0; i < 4; i++) {
        bool is_simple = i % 2;
        uint32_t extra = i / 2;
        begin(is_simple);
        put_section();
        put_interface(1, 0, -1);
        uint32_t start = file.end;
        begin_block(is_simple ? 3 : 6);
        if (!is_simple) {
            put_zeros(12);
            put(PCAP_MAX_CAPTURED + extra, 4);
        }
        put(PCAP_MAX_CAPTURED + extra, 4);
        put_zeros(PCAP_MAX_CAPTURED + 4 * extra);
        end_block();
        int expected = extra ? PCAP_ERR_CAPTURED : 0;
        UNIT_INT(read_part(file.end, 100000), expected);
        if (extra == 0) UNIT_TRUE(strstr(story, "w262144") != NULL);
        if (extra == 1) UNIT_INT(reader.offset, start + (is_simple ? 8 : 20));
    }
}

/* pcapng §4.4: 0 is no limit, 1 is one. */
static void the_snap_length_cuts_simple_packets(void) {
    for (uint32_t snap_len = 0; snap_len < 3; snap_len++) {
        begin(false);
        put_section();
        put_interface(1, snap_len, -1);
        put_simple("abc", 3);
        reads_as(snap_len == 0   ? "- i0 l1 w3 abc\n"
                 : snap_len == 1 ? "- i0 l1 w3 a\n"
                                 : "- i0 l1 w3 ab\n");
    }
}

/* pcapng §3.1, §3.5 */
static void skips_unknown_blocks_and_options(void) {
    begin(true);
    put_section();
    begin_block(0x0a0d0d0b); /* unknown */
    end_block();
    begin_block(0x80000001);
    put_zeros(40000);
    end_block();
    put_interface(1, 0, 256 + 3);
    begin_block(6);
    put(0, 4);
    put(0, 4);
    put(5, 4);
    put(2, 4);
    put(2, 4);
    put_padded("hi");
    put(1, 2); /* a comment */
    put(4, 2);
    put_padded("text");
    put(0, 4);
    end_block();
    begin_block(2); /* the obsolete packet block */
    put_zeros(20);
    end_block();
    reads_as("5000000 i0 l1 w2 hi\n");
}

/* pcapng §4.1, §4.2: a section has a byte order and interfaces of its own. */
static void a_section_begins_anew(void) {
    begin(true);
    put_section();
    put_interface(1, 0, 6);
    put_enhanced(0, 1, "one", 3);
    is_little = false;
    put_section();
    put_interface(113, 0, 0);
    put_enhanced(0, 1, "two", 3);
    reads_as("1000 i0 l1 w3 one\n"
             "1000000000 i0 l113 w3 two\n");
    put_section();
    uint32_t start = file.end;
    put_enhanced(0, 1, "gone", 4);
    breaks(PCAP_ERR_INTERFACE, start + 8, start);
}

/* if_tsresol: powers of 10 and of 2; pcap_time_test.c has more of them. */
static void times_have_the_resolution_of_their_interface(void) {
    static const struct {
        int resolution;
        uint64_t time;
        const char *ns;
    } cases[] = {
        {0, 7, "7000000000"},
        {6, 1, "1000"},
        {12, 7999, "7"},
        {0x80 + 10, 1025, "1000976562"},
        {0x80 + 64, UINT64_MAX, "999999999"},
        {9, UINT64_MAX, "18446744073709551615"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(i % 2);
        put_section();
        put_interface(1, 0, cases[i].resolution);
        put_enhanced(0, cases[i].time, "", 0);
        UNIT_INT(read_part(file.end, 100000), 0);
        UNIT_TEXT(story, strcspn(story, " "), cases[i].ns);
    }
}

static void a_section_has_at_most_64_interfaces(void) {
    begin(false);
    put_section();
    for (uint16_t i = 0; i < PCAP_MAX_INTERFACES; i++) put_interface(i, 0, -1);
    put_enhanced(63, 0, "last", 4);
    reads_as("0 i63 l63 w4 last\n");
    uint32_t start = file.end;
    put_interface(64, 0, -1);
    breaks(PCAP_ERR_INTERFACES, start, start);
}

/* Sets 32 bits of the file. */
static void set(uint32_t at, uint32_t value) {
    uint32_t end = file.end;
    file.end = at;
    put(value, 4);
    file.end = end;
}

/* Each case is one number that is wrong in a good file: a section at 0, an
 * interface at 28, an enhanced packet at 56, a simple packet at 92. pcapng
 * §3.1, §4.1, §4.3 and §4.4 forbid them. */
static void refuses_what_the_format_forbids(void) {
    static const struct {
        uint32_t at, value;
        int error;
        uint32_t offset, start;
    } cases[] = {
        {0, 0x0a0d0d0b, PCAP_ERR_MAGIC, 0, 0},
        {8, 0x1a2b3c4e, PCAP_ERR_MAGIC, 8, 0},     /* §4.1 */
        {4, 24, PCAP_ERR_LENGTH, 4, 0},            /* less than its fields */
        {4, 29, PCAP_ERR_LENGTH, 4, 0},            /* §3.1: a multiple of 4 */
        {12, 0x00020002, PCAP_ERR_VERSION, 12, 0}, /* in either byte order */
        {24, 27, PCAP_ERR_TRAILER, 24, 0},         /* §3.1: both lengths */
        {32, 16, PCAP_ERR_LENGTH, 32, 28},
        {32, 8, PCAP_ERR_LENGTH, 32, 28},
        {32, 0, PCAP_ERR_LENGTH, 32, 28},
        {32, 33, PCAP_ERR_LENGTH, 32, 28},
        {52, 0xffffffff, PCAP_ERR_TRAILER, 52, 28},
        {60, 28, PCAP_ERR_LENGTH, 60, 56},
        {64, 1, PCAP_ERR_INTERFACE, 64, 56}, /* §4.3 */
        {64, 0xffffffff, PCAP_ERR_INTERFACE, 64, 56},
        {76, 5, PCAP_ERR_LENGTH, 76, 56}, /* it ends after its block */
        {76, 262145, PCAP_ERR_CAPTURED, 76, 56},
        {76, 0xffffffff, PCAP_ERR_CAPTURED, 76, 56},
        {88, 32, PCAP_ERR_TRAILER, 88, 56},
        {96, 12, PCAP_ERR_LENGTH, 96, 92},
        {100, 5, PCAP_ERR_LENGTH, 100, 92},
        {100, 262145, PCAP_ERR_CAPTURED, 100, 92},
        {108, 16, PCAP_ERR_TRAILER, 108, 92},
    };
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        begin(i % 2);
        put_section();
        put_interface(1, 0, 6);
        put_enhanced(0, 0, "abcd", 4);
        put_simple("abcd", 4);
        UNIT_INT(read_part(file.end, 100000), 0);
        UNIT_INT(file.end, 112);
        set(cases[i / 2].at, cases[i / 2].value);
        breaks(cases[i / 2].error, cases[i / 2].offset, cases[i / 2].start);
    }
    begin(false);
    put_section();
    put_simple("abcd", 4); /* §4.4: there is no interface */
    breaks(PCAP_ERR_INTERFACE, 28, 28);
}

/* pcapng §3.5, §4.2 */
static void options_are_inside_their_block(void) {
    static const struct {
        uint16_t code, len;
        int error;
    } cases[] = {
        {2, 4, 0},               /* all that is left */
        {2, 1, 0},               /* and 3 bytes of padding */
        {2, 5, PCAP_ERR_OPTION}, /* one more */
        {2, 65535, PCAP_ERR_OPTION},
        {9, 1, 0},
        {9, 0, PCAP_ERR_OPTION}, /* §4.2: if_tsresol is a byte */
        {9, 2, PCAP_ERR_OPTION},
        {0, 65535, 0}, /* the end has no value */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(i % 2);
        put_section();
        put_interface(1, 0, 6);
        file.end = 28 + 16;
        put(cases[i].code, 2);
        put(cases[i].len, 2);
        file.end = 56;
        if (cases[i].error == 0)
            reads_as("");
        else
            breaks(cases[i].error, 28 + 16 + 2, 28);
    }
}

UNIT_MAIN("packets/pcap_block", UNIT_TEST(reads_pcapng_in_both_byte_orders),
          UNIT_TEST(a_packet_of_pcapng_has_the_same_limit),
          UNIT_TEST(the_snap_length_cuts_simple_packets),
          UNIT_TEST(skips_unknown_blocks_and_options),
          UNIT_TEST(a_section_begins_anew),
          UNIT_TEST(times_have_the_resolution_of_their_interface),
          UNIT_TEST(a_section_has_at_most_64_interfaces),
          UNIT_TEST(refuses_what_the_format_forbids),
          UNIT_TEST(options_are_inside_their_block))
