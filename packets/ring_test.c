/* ring_test.c: packets/ring.h, and sequence.h */
#include "packets/ring.h"
#include "packets/sequence.h"
#include "packets/unit.h"

static uint8_t memory[5];
static struct ring ring;

static void fill(const char *text) {
    ring_init(&ring, (struct span){memory, sizeof memory});
    UNIT_INT(ring_append(&ring, span_from(text)), strlen(text));
}

static void expect(const char *text) {
    uint8_t bytes[5];
    UNIT_INT(ring.len, strlen(text));
    ring_read(&ring, 0, bytes, ring.len);
    UNIT_TEXT(bytes, ring.len, text);
}

static void it_continues_at_the_beginning_of_its_memory(void) {
    for (size_t n = 0; n <= 4; n++) {
        fill("abcd");
        ring_consume(&ring, n);
        UNIT_INT(ring_space(&ring), n + 1);
        UNIT_INT(ring_append(&ring, span_from("12345")), n + 1);
        char expected[11];
        snprintf(expected, sizeof expected, "%s%.*s", &"abcd"[n], (int)n + 1,
                 "12345");
        expect(expected);
        UNIT_INT(ring_append(&ring, span_from("x")), 0);
        for (size_t at = 0; at < 5; at++) { /* every place of every length */
            uint8_t bytes[5];
            ring_read(&ring, at, bytes, 5 - at);
            UNIT_TEXT(bytes, 5 - at, expected + at);
        }
        ring_consume(&ring, 5);
        expect("");
    }
}

static void bytes_written_after_the_end_are_included_later(void) {
    fill("abc");
    ring_consume(&ring, 2);
    ring_write(&ring, 3, span_from("45"));
    expect("c");
    ring_write(&ring, 1, span_from("23"));
    ring_extend(&ring, 4);
    expect("c2345");
}

static void zero_bytes_change_nothing(void) {
    fill("");
    ring_write(&ring, 5, (struct span){NULL, 0});
    ring_read(&ring, 0, NULL, 0);
    ring_consume(&ring, 0);
    ring_extend(&ring, 0);
    expect("");
}

/* RFC 9293 §3.4: all arithmetic is modulo 2^32. */
static void numbers_are_compared_modulo_2_to_the_32(void) {
    static const struct {
        uint32_t a, b;
        bool is_before;
    } rows[] = {
        {1, 2, true},           {2, 1, false},
        {5, 5, false},          {0xffffffff, 0, true},
        {0, 0xffffffff, false}, {0xfffffff0, 0x10, true},
        {0, 0x7fffffff, true},  {0, 0x80000001, false},
        {0, 0x80000000, false}, {0x80000000, 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        UNIT_INT(sequence_before(rows[i].a, rows[i].b), rows[i].is_before);
    UNIT_TRUE(sequence_within(0xffffffff, 0xffffffff, 2));
    UNIT_TRUE(sequence_within(0, 0xffffffff, 2));
    UNIT_FALSE(sequence_within(1, 0xffffffff, 2));
    UNIT_FALSE(sequence_within(0xfffffffe, 0xffffffff, 2));
    UNIT_FALSE(sequence_within(7, 7, 0));
}

UNIT_MAIN("ring", UNIT_TEST(it_continues_at_the_beginning_of_its_memory),
          UNIT_TEST(bytes_written_after_the_end_are_included_later),
          UNIT_TEST(zero_bytes_change_nothing),
          UNIT_TEST(numbers_are_compared_modulo_2_to_the_32))
