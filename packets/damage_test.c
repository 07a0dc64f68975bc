/* damage_test.c: packets/damage.h: each error of a kind, once, and no other */
#include "packets/damage.h"
#include "packets/unit.h"

#define FRAME 0x0123456789abcdefu

static void store(uint64_t frame, uint8_t bytes[DAMAGE_FRAME]) {
    for (int i = 0; i < DAMAGE_FRAME; i++) bytes[i] = (uint8_t)(frame >> 8 * i);
}

static void init(struct damage *d, enum damage_kind kind, int n,
                 uint64_t frame) {
    uint8_t bytes[DAMAGE_FRAME];
    store(frame, bytes);
    damage_init(d, kind, n, bytes);
}

/* Also checks that the frame has the error that the mask describes. */
static bool next(struct damage *d) {
    uint8_t damaged[DAMAGE_FRAME], expected[DAMAGE_FRAME];
    if (!damage_next(d, damaged)) return false;
    store(d->frame ^ d->mask, expected);
    if (memcmp(damaged, expected, sizeof expected) != 0) UNIT_TRUE(false);
    return true;
}

static int ones_in(uint64_t mask) {
    int ones = 0;
    for (; mask; mask &= mask - 1) ones++;
    return ones;
}

static int length_of(uint64_t mask) { /* from the first one to the last */
    int length = 0;
    while (mask && !(mask & 1)) mask >>= 1;
    for (; mask; mask >>= 1) length++;
    return length;
}

static void any_bits_are_inverted_once(void) {
    static const int counts[] = {0, 64, 2016, 41664}; /* n of 64 */
    for (int n = 1; n <= 3; n++) {
        struct damage d;
        int count = 0;
        uint64_t last = 0;
        init(&d, DAMAGE_BITS, n, FRAME);
        for (; next(&d); count++) {
            if (ones_in(d.mask) != n || d.mask <= last) break;
            last = d.mask;
        }
        UNIT_INT(count, counts[n]);
        UNIT_INT(d.step, count + 1); /* the last time in vain */
        UNIT_FALSE(next(&d));
    }
}

static void a_burst_begins_and_ends_with_a_wrong_bit(void) {
    for (int n = 2; n <= 9; n++) {
        struct damage d;
        int count = 0;
        uint64_t last = 0;
        init(&d, DAMAGE_BURST, n, FRAME);
        for (; next(&d); count++) {
            bool is_later = (d.mask & (~d.mask + 1)) > (last & (~last + 1));
            if (length_of(d.mask) != n || (d.mask <= last && !is_later)) break;
            last = d.mask;
        }
        UNIT_INT(count, (65 - n) << (n - 2));
        UNIT_FALSE(next(&d));
    }
}

static void the_longest_burst_reaches_the_last_bit(void) {
    struct damage d;
    init(&d, DAMAGE_BURST, 17, FRAME);
    uint64_t all = 0;
    while (next(&d)) all |= d.mask;
    UNIT_TRUE(all == UINT64_MAX);
    init(&d, DAMAGE_BURST, 32, FRAME);
    UNIT_TRUE(next(&d) && d.mask == 0x80000001);
}

/* All pairs of eight bytes, and of four words; each mask exchanges two. */
static void groups_are_exchanged(void) {
    struct damage d;
    int count = 0;
    init(&d, DAMAGE_EXCHANGE, 8, FRAME);
    UNIT_TRUE(next(&d));
    UNIT_INT(FRAME ^ d.mask, 0x0123456789abefcd);
    for (count = 1; next(&d);) count++;
    UNIT_INT(count, 28);
    UNIT_FALSE(next(&d));
    init(&d, DAMAGE_EXCHANGE, 16, FRAME);
    UNIT_TRUE(next(&d));
    UNIT_INT(FRAME ^ d.mask, 0x01234567cdef89ab);
    uint64_t last = 0;
    for (count = 1; next(&d); count++) last = d.mask;
    UNIT_INT(count, 6);
    UNIT_INT(FRAME ^ last, 0x4567012389abcdef);
    init(&d, DAMAGE_EXCHANGE, 32, FRAME);
    UNIT_TRUE(next(&d));
    UNIT_TRUE((FRAME ^ d.mask) == 0x89abcdef01234567);
    UNIT_FALSE(next(&d));
}

static void equal_groups_are_no_error(void) {
    struct damage d;
    init(&d, DAMAGE_EXCHANGE, 8, 0x4141414141414141);
    UNIT_FALSE(next(&d));
    init(&d, DAMAGE_EXCHANGE, 16, 0x0000000000010000);
    int count = 0;
    while (next(&d)) count++;
    UNIT_INT(count, 3);
}

UNIT_MAIN("packets/damage", UNIT_TEST(any_bits_are_inverted_once),
          UNIT_TEST(a_burst_begins_and_ends_with_a_wrong_bit),
          UNIT_TEST(the_longest_burst_reaches_the_last_bit),
          UNIT_TEST(groups_are_exchanged), UNIT_TEST(equal_groups_are_no_error))
