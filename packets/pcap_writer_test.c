/* pcap_writer_test.c: packets/pcap_writer.h against draft-ietf-opsawg-pcap;
 * pcap_test.c reads what it writes */
#include "packets/pcap_writer.h"
#include "packets/unit.h"

/* The bytes of the draft's figures 1 and 2, in network byte order. */
static const char file_header[] = "\xa1\xb2\xc3\xd4\x00\x02\x00\x04"
                                  "\x00\x00\x00\x00\x00\x00\x00\x00"
                                  "\x00\x04\x00\x00\x00\x00\x00\x01";
static const char record[] = "\x00\x00\x00\x02\x00\x0f\x42\x3f"
                             "\x00\x00\x00\x03\x00\x00\x00\x3c"
                             "abc";

static void expect(const struct buf *out, const char *expected, size_t n) {
    UNIT_INT(out->end, n);
    UNIT_TRUE(out->end == n && memcmp(out->bytes, expected, n) == 0);
}

static void writes_what_the_draft_draws(void) {
    struct buf out;
    buf_init(&out, 1000);
    UNIT_TRUE(pcap_write_header(&out));
    expect(&out, file_header, PCAP_WRITER_HEADER);
    buf_clear(&out);
    UNIT_TRUE(pcap_write_frame(&out, 2999999, span_from("abc"), 60));
    expect(&out, record, PCAP_WRITER_RECORD + 3);
    buf_free(&out);
}

/* The seconds have 32 bits. */
static void the_last_time_is_in_2106(void) {
    struct buf out;
    buf_init(&out, 1000);
    UNIT_TRUE(
        pcap_write_frame(&out, 4294967295999999, (struct span){0}, 262144));
    expect(&out,
           "\xff\xff\xff\xff\x00\x0f\x42\x3f\x00\x00\x00\x00\x00\x04\x00\x00",
           PCAP_WRITER_RECORD);
    buf_free(&out);
}

static void a_full_buffer_gets_no_part_of_a_header_or_a_frame(void) {
    for (uint32_t max = 1; max < PCAP_WRITER_HEADER; max++) {
        struct buf out;
        buf_init(&out, max);
        UNIT_FALSE(pcap_write_header(&out));
        UNIT_INT(out.end, 0);
        buf_free(&out);
    }
    for (uint32_t max = 1; max < PCAP_WRITER_RECORD + 3; max++) {
        struct buf out;
        buf_init(&out, max);
        UNIT_FALSE(pcap_write_frame(&out, 0, span_from("abc"), 3));
        UNIT_INT(out.end, 0);
        buf_free(&out);
    }
}

static void a_buffer_may_be_just_large_enough(void) {
    struct buf out;
    buf_init(&out, PCAP_WRITER_HEADER);
    UNIT_TRUE(pcap_write_header(&out));
    buf_free(&out);
    buf_init(&out, PCAP_WRITER_RECORD + 3);
    UNIT_TRUE(pcap_write_frame(&out, 2999999, span_from("abc"), 60));
    expect(&out, record, PCAP_WRITER_RECORD + 3);
    buf_free(&out);
}

UNIT_MAIN("packets/pcap_writer", UNIT_TEST(writes_what_the_draft_draws),
          UNIT_TEST(the_last_time_is_in_2106),
          UNIT_TEST(a_full_buffer_gets_no_part_of_a_header_or_a_frame),
          UNIT_TEST(a_buffer_may_be_just_large_enough))
