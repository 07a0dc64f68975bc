/* backoff_test.c: packets/backoff.h */
#include "packets/backoff.h"
#include "packets/unit.h"

/* Numbers that look random, the same in every run (SplitMix64). */
static uint32_t next_random(void) {
    static uint64_t state = 7;
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)(z >> 32);
}

static void doubles_up_to_the_maximum(void) {
    static const uint32_t expected[] = {1000, 2000, 4000, 5000, 5000, 5000};
    struct backoff b = {.delay_ms = 1000, .max_ms = 5000};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        UNIT_INT(backoff_next_ms(&b, next_random()), expected[i]);
        UNIT_INT(b.attempts, i + 1);
    }
}

static void begins_again_after_a_success(void) {
    struct backoff b = {.delay_ms = 1000, .max_ms = 5000};
    for (int i = 0; i < 9; i++) backoff_next_ms(&b, 0);
    backoff_reset(&b);
    UNIT_INT(backoff_next_ms(&b, 0), 1000);
}

static void jitter_reaches_both_ends_and_no_further(void) {
    struct backoff b = BACKOFF_DEFAULTS;
    UNIT_INT(backoff_next_ms(&b, 0), 500);
    UNIT_INT(backoff_next_ms(&b, UINT32_MAX), 3000);
    UNIT_INT(backoff_next_ms(&b, UINT32_MAX / 2), 4000);
    UNIT_INT(backoff_next_ms(&b, UINT32_MAX), 7500);
    b.jitter_percent = 100;
    UNIT_INT(backoff_next_ms(&b, 0), 0);
}

/* Without jitter all clients return in one millisecond. With it no tenth of the
 * interval gets more than its share and a third. */
static void jitter_spreads_evenly(void) {
    unsigned tenth[10] = {0};
    for (int i = 0; i < 10000; i++) {
        struct backoff b = BACKOFF_DEFAULTS;
        uint32_t ms = backoff_next_ms(&b, next_random());
        UNIT_TRUE(ms >= 500 && ms <= 1500);
        if (ms == 1500) ms--;
        tenth[(ms - 500) / 100]++;
    }
    for (int i = 0; i < 10; i++) UNIT_TRUE(tenth[i] > 700 && tenth[i] < 1333);
}

static void the_largest_values_do_not_overflow(void) {
    struct backoff b = {UINT32_MAX / 2, UINT32_MAX / 2, 100, UINT32_MAX};
    UNIT_INT(backoff_next_ms(&b, UINT32_MAX), UINT32_MAX - 1);
    UNIT_INT(b.attempts, UINT32_MAX);
    b = (struct backoff){1, UINT32_MAX, 0, 40};
    UNIT_INT(backoff_next_ms(&b, 5), UINT32_MAX);
    b = (struct backoff){0, 5000, 50, 3};
    UNIT_INT(backoff_next_ms(&b, 5), 0);
    b = (struct backoff){3000, 1000, 0, 0};
    UNIT_INT(backoff_next_ms(&b, 5), 1000);
}

UNIT_MAIN("backoff", UNIT_TEST(doubles_up_to_the_maximum),
          UNIT_TEST(begins_again_after_a_success),
          UNIT_TEST(jitter_reaches_both_ends_and_no_further),
          UNIT_TEST(jitter_spreads_evenly),
          UNIT_TEST(the_largest_values_do_not_overflow))
