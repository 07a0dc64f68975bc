/* pcap_test.c: packets/pcap.h against draft-ietf-opsawg-pcap and -pcapng, and
 * packets/pcap_writer.h */
#include "packets/cursor.h"
#include "packets/pcap.h"
#include "packets/pcap_writer.h"
#include "packets/unit.h"

/* --- a file is built here --- */

static struct buf file;
static bool is_little;

static void begin(bool little) {
    buf_free(&file);
    file.max = 4 << 20;
    is_little = little;
}

static void put(uint64_t value, int n) {
    for (int i = 0; i < n; i++) {
        int shift = 8 * (is_little ? i : n - 1 - i);
        uint8_t byte = (uint8_t)(value >> shift);
        buf_append(&file, &byte, 1);
    }
}

static void put_zeros(uint32_t n) {
    for (; n > 0; n--) buf_append(&file, "", 1);
}

/* Appends bytes and zeros up to a multiple of 4. */
static void put_padded(const char *text) {
    buf_text(&file, text);
    put_zeros((uint32_t)(4 - strlen(text) % 4) % 4);
}

static void put_classic(uint32_t magic) {
    put(magic, 4);
    put(2, 2);
    put(4, 2);
    put(0, 8);
    put(65535, 4);
    put(1, 4);
}

static void put_record(uint32_t seconds, uint32_t fraction, const char *text,
                       uint32_t wire_len) {
    put(seconds, 4);
    put(fraction, 4);
    put(strlen(text), 4);
    put(wire_len, 4);
    buf_text(&file, text);
}

static uint32_t block_start;

static void begin_block(uint32_t type) {
    block_start = file.end;
    put(type, 4);
    put(0, 4);
}

/* Appends the length of the block, and sets it in its front. */
static void end_block(void) {
    uint32_t end = file.end, len = end + 4 - block_start;
    file.end = block_start + 4;
    put(len, 4);
    file.end = end;
    put(len, 4);
}

static void put_section(void) {
    begin_block(0x0a0d0d0a);
    put(0x1a2b3c4d, 4);
    put(1, 2);
    put(0, 2);
    put(UINT64_MAX, 8);
    end_block();
}

/* Without options, with if_tsresol, or with others around that (256). */
static void put_interface(uint16_t link_type, uint32_t snap_len,
                          int resolution) {
    begin_block(1);
    put(link_type, 2);
    put(0, 2);
    put(snap_len, 4);
    if (resolution >= 256) {
        put(2, 2); /* if_name */
        put(5, 2);
        put_padded("wlan0");
    }
    if (resolution >= 0) {
        put(9, 2); /* if_tsresol */
        put(1, 2);
        put((uint64_t)resolution & 0xff, 1);
        put_zeros(3);
    }
    if (resolution >= 256) {
        put(1, 2); /* a comment without text */
        put(0, 2);
        put(0, 4); /* the end, and then something else */
        put(0xffffffff, 4);
    }
    end_block();
}

static void put_enhanced(uint32_t interface, uint64_t time, const char *text,
                         uint32_t wire_len) {
    begin_block(6);
    put(interface, 4);
    put(time >> 32, 4);
    put(time & UINT32_MAX, 4);
    put(strlen(text), 4);
    put(wire_len, 4);
    put_padded(text);
    end_block();
}

static void put_simple(const char *text, uint32_t wire_len) {
    begin_block(3);
    put(wire_len, 4);
    put_padded(text);
    end_block();
}

/* --- and read here --- */

static struct pcap reader;
static char story[4000]; /* one line for each packet */

static void report(const struct pcap_packet *k) {
    size_t n = strlen(story);
    char time[30] = "-";
    if (k->has_time)
        snprintf(time, sizeof time, "%llu", (unsigned long long)k->time_ns);
    snprintf(story + n, sizeof story - n, "%s i%u l%u w%u %.*s\n", time,
             k->interface, k->link_type, k->wire_len, (int)k->captured.len,
             (const char *)k->captured.data);
}

/* Reads the first n bytes of the file. They arrive in pieces; what has been
 * consumed is gone. Returns 0 or the error at the end. */
static int read_part(size_t n, size_t piece) {
    size_t pos = 0, arrived = 0;
    story[0] = '\0';
    pcap_init(&reader);
    for (;;) {
        struct pcap_packet packet;
        bool is_packet;
        struct span bytes = {unit_exact(file.bytes + pos, arrived - pos),
                             arrived - pos};
        ssize_t got = pcap_parse(&reader, bytes, &is_packet, &packet);
        if (is_packet) report(&packet);
        free(bytes.data);
        if (got < 0) return (int)got;
        pos += (size_t)got;
        if (got == 0 && arrived == n) return pcap_end(&reader, arrived - pos);
        if (got == 0) arrived = n - arrived < piece ? n : arrived + piece;
    }
}

/* Whatever the pieces are, the packets are the same. */
static void reads_as(const char *expected) {
    static const size_t pieces[] = {100000, 1, 2, 3, 5, 7, 11, 16, 31};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        UNIT_INT(read_part(file.end, pieces[i]), 0);
        UNIT_TEXT(story, strlen(story), expected);
        UNIT_INT(reader.offset, file.end);
    }
}

static void breaks(int error, uint64_t offset, uint64_t start) {
    static const size_t pieces[] = {100000, 1, 5};
    for (size_t i = 0; i < 3; i++) {
        UNIT_INT(read_part(file.end, pieces[i]), error);
        UNIT_INT(reader.offset, offset);
        UNIT_INT(reader.start, start);
    }
    UNIT_TRUE(strlen(pcap_rule(error)) > 20);
}

/* --- pcap --- */

/* pcap §4: the magic number says the order of bytes. */
static void reads_pcap_in_both_byte_orders(void) {
    for (int little = 0; little < 2; little++) {
        begin(little);
        put_classic(0xa1b2c3d4);
        put_record(1, 999999, "hello", 60);
        put_record(UINT32_MAX, 1, "", 0);
        reads_as("1999999000 i0 l1 w60 hello\n"
                 "4294967295000001000 i0 l1 w0 \n");
        begin(little);
        put_classic(0xa1b23c4d);
        put_record(1, 999999999, "nano", 4);
        reads_as("1999999999 i0 l1 w4 nano\n");
        UNIT_INT(reader.interface_count, 1);
        UNIT_INT(reader.interfaces[0].snap_len, 65535);
    }
}

static void a_file_without_packets_is_whole(void) {
    begin(false);
    put_classic(0xa1b2c3d4);
    reads_as("");
    begin(true);
    put_section();
    reads_as("");
}

/* The upper half of the link type has other meanings (pcap §4). */
static void the_link_type_has_16_bits(void) {
    begin(false);
    put_classic(0xa1b2c3d4);
    memcpy(file.bytes + 20, "\xf4\x00\x01\x13", 4);
    put_record(0, 0, "x", 1);
    reads_as("0 i0 l275 w1 x\n");
}

/* pcap §4, pcapng §4.1: what a file begins with. */
static void refuses_what_is_no_capture(void) {
    static const uint32_t bad[] = {0, 0xa1b2c3d5, 0xd4c3b2a0, 0x504b0304};
    for (size_t i = 0; i < 4; i++) {
        begin(false);
        put_classic(bad[i]);
        breaks(PCAP_ERR_MAGIC, 0, 0);
        file.end = 4; /* that is enough to see it */
        breaks(PCAP_ERR_MAGIC, 0, 0);
    }
    static const struct {
        size_t at;
        uint8_t value;
    } versions[] = {{5, 1}, {5, 3}, {4, 2}, {7, 3}, {7, 5}, {6, 4}};
    for (size_t i = 0; i < 6; i++) {
        begin(false);
        put_classic(0xa1b2c3d4);
        file.bytes[versions[i].at] = versions[i].value;
        breaks(PCAP_ERR_VERSION, 4, 0);
    }
}

/* 262 144 bytes are read, one more is refused before it has arrived. */
static void a_packet_has_at_most_262144_bytes(void) {
    for (uint32_t extra = 0; extra < 2; extra++) {
        begin(true);
        put_classic(0xa1b2c3d4);
        put(0, 8);
        put(PCAP_MAX_CAPTURED + extra, 4);
        put(300000, 4);
        if (extra == 1) {
            breaks(PCAP_ERR_CAPTURED, 32, 24);
            continue;
        }
        put_zeros(PCAP_MAX_CAPTURED);
        UNIT_INT(read_part(file.end, 100000), 0);
        UNIT_TRUE(strstr(story, "w300000") != NULL);
    }
}

/* --- pcapng --- */

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

/* --- both --- */

/* A file may end only after a record or a block. Otherwise the reader says
 * where it ends, and in which record or block. */
static void names_where_a_tail_was_cut(void) {
    static const uint32_t starts[2][4] = {{24, 45, 61}, {28, 56, 92, 112}};
    for (int form = 0; form < 2; form++) {
        begin(true);
        if (form == 0) {
            put_classic(0xa1b2c3d4);
            put_record(1, 2, "hello", 60);
            put_record(1, 2, "", 60);
        } else {
            put_section();
            put_interface(1, 0, 6);
            put_enhanced(0, 0, "abc", 4);
            put_simple("abc", 3);
        }
        for (uint32_t n = 0; n <= file.end; n++) {
            uint32_t start = 0; /* of what begins at n or is cut there */
            for (int i = 0; i < 4; i++)
                if (starts[form][i] <= n && starts[form][i] > start)
                    start = starts[form][i];
            for (size_t piece = 1; piece <= 1000; piece += 999) {
                bool is_whole = n == start && n > 0;
                UNIT_INT(read_part(n, piece), is_whole ? 0 : PCAP_ERR_CUT);
                UNIT_INT(reader.offset, n);
                UNIT_INT(reader.start, start);
            }
        }
    }
}

/* What one step needs of the file, and what it consumes then. */
struct expected {
    size_t needed, consumed;
};

static void steps_are(const struct expected *w) {
    size_t pos = 0;
    pcap_init(&reader);
    for (; w->needed > 0; pos += w->consumed, w++) {
        for (size_t n = 0; n <= w->needed; n++) {
            struct pcap_packet packet;
            bool is_packet;
            uint8_t *exact = unit_exact(file.bytes + pos, n);
            ssize_t got = pcap_parse(&reader, (struct span){exact, n},
                                     &is_packet, &packet);
            UNIT_INT(got, n < w->needed ? 0 : w->consumed);
            free(exact);
        }
    }
    UNIT_INT(pos, file.end);
    UNIT_INT(pcap_end(&reader, 0), 0);
}

/* clang-format off */
static const struct expected STEPS[] = {
    {24, 24}, {4, 4}, /* section, and the length at its end */
    {16, 16},
    {4, 4}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1},
    {5, 4}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, /* if_tsresol */
    {4, 4}, /* an empty comment */
    {4, 4}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {4, 4}, /* the end of options */
    {32, 32}, {4, 4}, {28, 28}, {4, 4}, /* with a time: "abc", and nothing */
    {16, 16}, {4, 4}, {12, 12}, {4, 4}, /* simple ones */
    {8, 8}, {4, 4}, /* unknown */
    {16, 16}, {4, 4}, {0, 0},
};
/* clang-format on */

/* A packet is there with its last byte, not with the first one after it. */
static void needs_no_more_than_a_step_has(void) {
    begin(true);
    put_classic(0xa1b2c3d4);
    put_record(1, 2, "hello", 60);
    put_record(1, 2, "", 60);
    steps_are((struct expected[]){{24, 24}, {21, 21}, {16, 16}, {0, 0}});
    begin(false);
    put_section();
    put_interface(1, 0, 256 + 6);
    put_enhanced(0, 0, "abc", 4);
    put_enhanced(0, 0, "", 4);
    put_simple("abc", 3);
    put_simple("", 0);
    begin_block(99);
    end_block();
    put_interface(1, 0, -1);
    steps_are(STEPS);
}

static void each_rule_has_its_own_text(void) {
    for (int a = PCAP_ERR_CUT; a <= 0; a++)
        for (int b = PCAP_ERR_CUT; b < a; b++)
            UNIT_TRUE(strcmp(pcap_rule(a), pcap_rule(b)) != 0);
}

static void reads_what_it_wrote(void) {
    begin(false);
    UNIT_TRUE(pcap_write_header(&file));
    UNIT_TRUE(pcap_write_frame(&file, 0, span_from("first"), 5));
    UNIT_TRUE(pcap_write_frame(&file, 4294967295999999, span_from("2106"), 99));
    UNIT_TRUE(pcap_write_frame(&file, 7, (struct span){0}, 0));
    reads_as("0 i0 l1 w5 first\n"
             "4294967295999999000 i0 l1 w99 2106\n"
             "7000 i0 l1 w0 \n");
    begin(false);
    struct span big = {calloc(PCAP_WRITER_SNAP, 1), PCAP_WRITER_SNAP};
    UNIT_TRUE(pcap_write_header(&file));
    UNIT_TRUE(pcap_write_frame(&file, 0, big, PCAP_WRITER_SNAP));
    UNIT_INT(read_part(file.end, 100000), 0);
    UNIT_TRUE(strstr(story, "w262144") != NULL);
    free(big.data);
    begin(false);
}

UNIT_MAIN("packets/pcap", UNIT_TEST(reads_pcap_in_both_byte_orders),
          UNIT_TEST(a_file_without_packets_is_whole),
          UNIT_TEST(the_link_type_has_16_bits),
          UNIT_TEST(refuses_what_is_no_capture),
          UNIT_TEST(a_packet_has_at_most_262144_bytes),
          UNIT_TEST(reads_pcapng_in_both_byte_orders),
          UNIT_TEST(a_packet_of_pcapng_has_the_same_limit),
          UNIT_TEST(the_snap_length_cuts_simple_packets),
          UNIT_TEST(skips_unknown_blocks_and_options),
          UNIT_TEST(a_section_begins_anew),
          UNIT_TEST(times_have_the_resolution_of_their_interface),
          UNIT_TEST(a_section_has_at_most_64_interfaces),
          UNIT_TEST(refuses_what_the_format_forbids),
          UNIT_TEST(options_are_inside_their_block),
          UNIT_TEST(names_where_a_tail_was_cut),
          UNIT_TEST(needs_no_more_than_a_step_has),
          UNIT_TEST(each_rule_has_its_own_text), UNIT_TEST(reads_what_it_wrote))
