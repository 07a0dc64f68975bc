/* cursor_test.c: packets/cursor.h */
#include "packets/cursor.h"
#include "packets/unit.h"

static void reads_numbers_most_significant_byte_first(void) {
    uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    struct cursor c = cursor_from((struct span){bytes, sizeof bytes});
    UNIT_INT(cursor_u8(&c), 0x01);
    UNIT_INT(cursor_u16(&c), 0x0203);
    UNIT_INT(cursor_u32(&c), 0x04050607);
    UNIT_INT(cursor_u64(&c), 0x08090a0b0c0d0e0f);
    UNIT_INT(cursor_left(&c), 0);
    UNIT_FALSE(c.failed);
}

/* The bytes are an exact heap copy, so that a read past the end is detected. */
static void too_few_bytes_give_zero_and_failed_stays_set(void) {
    for (size_t n = 0; n < 8; n++) {
        uint8_t *exact = unit_exact("\xff\xff\xff\xff\xff\xff\xff", n);
        struct cursor c = cursor_from((struct span){exact, n});
        UNIT_INT(cursor_u64(&c), 0);
        UNIT_TRUE(c.failed);
        UNIT_INT(cursor_left(&c), n); /* nothing moved */
        UNIT_INT(cursor_u8(&c), 0);   /* not even what would fit */
        UNIT_TRUE(c.failed);
        free(exact);
    }
}

static void a_span_is_whole_or_empty(void) {
    uint8_t bytes[] = {1, 2, 3};
    struct cursor c = cursor_from((struct span){bytes, 3});
    struct span two = cursor_span(&c, 2);
    UNIT_TRUE(two.data == bytes);
    UNIT_INT(two.len, 2);
    struct span next = cursor_span(&c, 1);
    UNIT_TRUE(next.data == bytes + 2);
    UNIT_INT(next.len, 1);
    UNIT_INT(cursor_span(&c, SIZE_MAX).len, 0); /* no sum that wraps */
    UNIT_TRUE(c.failed);
}

static void reads_what_it_wrote(void) {
    struct buf out = {.max = 100};
    UNIT_TRUE(cursor_put_u8(&out, 0xfe));
    UNIT_TRUE(cursor_put_u16(&out, 0xfedc));
    UNIT_TRUE(cursor_put_u32(&out, 0xfedcba98));
    UNIT_TRUE(cursor_put_u64(&out, 0xfedcba9876543210));
    UNIT_INT(out.end, 15);
    struct cursor c = cursor_from(buf_view(&out));
    UNIT_INT(cursor_u8(&c), 0xfe);
    UNIT_INT(cursor_u16(&c), 0xfedc);
    UNIT_INT(cursor_u32(&c), 0xfedcba98);
    UNIT_TRUE(cursor_u64(&c) == 0xfedcba9876543210);
    buf_free(&out);
}

UNIT_MAIN("packets/cursor",
          UNIT_TEST(reads_numbers_most_significant_byte_first),
          UNIT_TEST(too_few_bytes_give_zero_and_failed_stays_set),
          UNIT_TEST(a_span_is_whole_or_empty), UNIT_TEST(reads_what_it_wrote))
