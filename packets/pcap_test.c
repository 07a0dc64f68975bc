/* pcap_test.c: packets/pcap.h against draft-ietf-opsawg-pcap, with what both
 * formats have in common, and packets/pcap_writer.h; pcap_block_test.c has the
 * blocks of pcapng */
#include "packets/pcap_unit.h"
#include "packets/pcap_writer.h"

/* pcap §4: the magic number shows the byte order. */
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
static void refuses_files_that_are_no_captures(void) {
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
          UNIT_TEST(refuses_files_that_are_no_captures),
          UNIT_TEST(a_packet_has_at_most_262144_bytes),
          UNIT_TEST(names_where_a_tail_was_cut),
          UNIT_TEST(needs_no_more_than_a_step_has),
          UNIT_TEST(each_rule_has_its_own_text), UNIT_TEST(reads_what_it_wrote))
