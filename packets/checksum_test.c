/* checksum_test.c: packets/checksum.h against RFC 1071 */
#include "packets/checksum.h"
#include "packets/unit.h"

static uint32_t add(uint32_t sum, const char *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    sum = checksum_add(sum, (struct span){exact, n});
    free(exact);
    return sum;
}

/* RFC 1071 §3: the words 0001, f203, f4f5, f6f7 have the sum ddf2. */
static void adds_the_example_of_the_rfc(void) {
    static const char bytes[] = "\x00\x01\xf2\x03\xf4\xf5\xf6\xf7";
    UNIT_INT(add(0, bytes, 8), 0xddf2);
    UNIT_INT(checksum_of(add(0, bytes, 8)), 0x220d);
}

/* The header of IPv4 that textbooks use, with its checksum b861. */
static void a_header_with_its_checksum_gives_zero(void) {
    static const char header[] = "\x45\x00\x00\x73\x00\x00\x40\x00\x40\x11"
                                 "\xb8\x61\xc0\xa8\x00\x01\xc0\xa8\x00\xc7";
    UNIT_INT(checksum_of(add(0, header, 20)), 0);
}

static void stores_the_checksum(void) {
    static const char header[] = "\x45\x00\x00\x73\x00\x00\x40\x00\x40\x11"
                                 "\x00\x00\xc0\xa8\x00\x01\xc0\xa8\x00\xc7";
    uint8_t *exact = unit_exact(header, 20);
    UNIT_INT(checksum_store((struct span){exact, 20}, 10, 0), 0xb861);
    UNIT_INT(memcmp(exact + 10, "\xb8\x61", 2), 0);
    UNIT_INT(memcmp(exact, header, 10), 0);
    UNIT_INT(memcmp(exact + 12, header + 12, 8), 0);
    free(exact);
}

/* RFC 1071 §2, "Parallel Summation": in any even parts, in any order. */
static void parts_give_the_sum_of_the_whole(void) {
    static const char bytes[] = "\x12\x34\xff\xff\x80\x01\x00\x00\xfe\xdc\x7f";
    uint32_t whole = add(0, bytes, 11);
    for (size_t n = 0; n <= 10; n += 2) {
        UNIT_INT(add(add(0, bytes, n), bytes + n, 11 - n), whole);
        UNIT_INT(add(add(0, bytes + n, 11 - n), bytes, n), whole);
    }
}

/* RFC 1071 §4.1 */
static void a_last_odd_byte_is_followed_by_a_zero(void) {
    UNIT_INT(add(0, "\xab", 1), 0xab00);
    UNIT_INT(add(0, "\x01\x02\xab", 3), 0xac02);
    UNIT_INT(add(7, "", 0), 7);
}

/* 0xffff is the other zero of this arithmetic. */
static void carries_are_added_until_there_is_none(void) {
    UNIT_INT(add(0, "\xff\xff\x00\x01", 4), 1);
    UNIT_INT(add(0, "\xff\xff\xff\xff", 4), 0xffff);
    UNIT_INT(checksum_of(0), 0xffff);
    UNIT_INT(checksum_of(0xffff), 0);
    UNIT_INT(checksum_of(0x1ffff), 0xfffe);
    UNIT_INT(checksum_of(0xffffffff), 0);
    UNIT_INT(add(0xffffffff, "\x00\x05", 2), 5);
}

/* More words than a sum of 32 bits would hold. */
static void a_long_input_does_not_overflow(void) {
    size_t n = 400000;
    uint8_t *bytes = malloc(n);
    if (!bytes) abort();
    memset(bytes, 0xff, n);
    bytes[n - 1] = 0xfe;
    UNIT_INT(checksum_add(0, (struct span){bytes, n}), 0xfffe);
    free(bytes);
}

static void finds_each_wrong_bit_but_no_exchanged_words(void) {
    char header[] = "\x45\x00\x00\x73\x00\x00\x40\x00\x40\x11"
                    "\xb8\x61\xc0\xa8\x00\x01\xc0\xa8\x00\xc7";
    for (int bit = 0; bit < 160; bit++) {
        header[bit / 8] = (char)(header[bit / 8] ^ 1 << bit % 8);
        UNIT_TRUE(checksum_of(add(0, header, 20)) != 0);
        header[bit / 8] = (char)(header[bit / 8] ^ 1 << bit % 8);
    }
    memcpy(header + 12, "\x00\x01\xc0\xa8", 4);
    UNIT_INT(checksum_of(add(0, header, 20)), 0);
}

UNIT_MAIN("packets/checksum", UNIT_TEST(adds_the_example_of_the_rfc),
          UNIT_TEST(a_header_with_its_checksum_gives_zero),
          UNIT_TEST(stores_the_checksum),
          UNIT_TEST(parts_give_the_sum_of_the_whole),
          UNIT_TEST(a_last_odd_byte_is_followed_by_a_zero),
          UNIT_TEST(carries_are_added_until_there_is_none),
          UNIT_TEST(a_long_input_does_not_overflow),
          UNIT_TEST(finds_each_wrong_bit_but_no_exchanged_words))
