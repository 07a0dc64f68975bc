/* rto_test.c: packets/rto.h, each rule of RFC 6298 §2 and §5 */
#include "packets/rto.h"
#include "packets/unit.h"

#define MS INT64_C(1000)

static struct rto rto;

/* RFC 6298 §2.1 */
static void it_is_one_second_before_any_measurement(void) {
    rto_init(&rto, 0);
    UNIT_INT(rto.rto_us, 1000 * MS);
    UNIT_FALSE(rto.has_srtt);
}

/* RFC 6298 §2.2 */
static void the_first_measurement_sets_all(void) {
    rto_init(&rto, 0);
    rto_measure(&rto, 100 * MS);
    UNIT_INT(rto.srtt_us, 100 * MS);
    UNIT_INT(rto.rttvar_us, 50 * MS);
    UNIT_INT(rto.rto_us, 300 * MS);
}

/* RFC 6298 §2.3 */
static void later_ones_are_smoothed(void) {
    rto_init(&rto, 0);
    rto_measure(&rto, 100 * MS);
    rto_measure(&rto, 180 * MS);
    UNIT_INT(rto.rttvar_us, 57500); /* 3/4 of 50, 1/4 of 80 */
    UNIT_INT(rto.srtt_us, 110 * MS);
    UNIT_INT(rto.rto_us, 340 * MS);
    rto_measure(&rto, 30 * MS); /* a distance is positive */
    UNIT_INT(rto.rttvar_us, 63125);
    UNIT_INT(rto.srtt_us, 100 * MS);
}

/* RFC 6298 §2.3, G */
static void the_variation_counts_as_one_tick_at_least(void) {
    rto_init(&rto, 0);
    rto_measure(&rto, 0);
    UNIT_INT(rto.rto_us, 1);
}

/* RFC 6298 §2.4, §2.5 */
static void it_has_a_minimum_and_a_maximum(void) {
    rto_init(&rto, RTO_MIN_US);
    rto_measure(&rto, 1 * MS);
    UNIT_INT(rto.rto_us, 1000 * MS);
    rto_measure(&rto, 1000000 * MS);
    UNIT_INT(rto.rto_us, 60000 * MS);
    rto_init(&rto, RTO_MAX_US);
    rto_measure(&rto, 1);
    UNIT_INT(rto.rto_us, RTO_MAX_US);
}

/* RFC 6298 §5.5 */
static void it_doubles_after_each_timeout(void) {
    rto_init(&rto, 200 * MS);
    for (int64_t s = 1; s <= 32; s *= 2) {
        UNIT_INT(rto.rto_us, s * 1000 * MS);
        rto_back_off(&rto);
    }
    UNIT_INT(rto.rto_us, 60000 * MS);
    rto_measure(&rto, 100 * MS); /* and is normal after a measurement */
    UNIT_INT(rto.rto_us, 300 * MS);
}

/* RFC 6298 §5.7 */
static void it_is_three_seconds_after_a_lost_syn(void) {
    rto_init(&rto, 0);
    rto_after_lost_syn(&rto);
    UNIT_INT(rto.rto_us, 3000 * MS);
    rto.rto_us = 4000 * MS;
    rto_after_lost_syn(&rto);
    UNIT_INT(rto.rto_us, 4000 * MS);
}

UNIT_MAIN("rto", UNIT_TEST(it_is_one_second_before_any_measurement),
          UNIT_TEST(the_first_measurement_sets_all),
          UNIT_TEST(later_ones_are_smoothed),
          UNIT_TEST(the_variation_counts_as_one_tick_at_least),
          UNIT_TEST(it_has_a_minimum_and_a_maximum),
          UNIT_TEST(it_doubles_after_each_timeout),
          UNIT_TEST(it_is_three_seconds_after_a_lost_syn))
