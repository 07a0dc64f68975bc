/* reno_test.c: packets/reno.h, each of its rules of RFC 5681 and RFC 6582 */
#include "packets/reno.h"
#include "packets/unit.h"

#define MSS 1000

static struct reno reno;

static void init(uint32_t cwnd, uint32_t ssthresh) {
    reno_init(&reno, MSS, 100);
    reno.cwnd = cwnd;
    reno.ssthresh = ssthresh;
}

static void the_initial_window_is_two_to_four_segments(void) { /* §3.1 */
    static const uint32_t rows[][2] = {
        {1095, 4 * 1095}, {1096, 3 * 1096}, {2190, 3 * 2190}, {2191, 2 * 2191}};
    for (int i = 0; i < 4; i++) {
        reno_init(&reno, rows[i][0], 100);
        UNIT_INT(reno.cwnd, rows[i][1]);
        UNIT_INT(reno.ssthresh, UINT32_MAX);
    }
}

static void slow_start_grows_by_the_acknowledged_bytes(void) { /* (2) */
    init(4000, 5000);
    UNIT_FALSE(reno_on_ack(&reno, 400, 300, 0));
    UNIT_INT(reno.cwnd, 4300);
    UNIT_FALSE(reno_on_ack(&reno, 5000, 2000, 0)); /* one segment at most */
    UNIT_INT(reno.cwnd, 5300);
}

static void avoidance_grows_by_a_segment_in_a_round_trip(void) { /* (3) */
    init(10000, 10000);
    reno_on_ack(&reno, 1100, 1000, 0);
    UNIT_INT(reno.cwnd, 10100);
    init(2000000, 1);
    reno_on_ack(&reno, 1100, 1000, 0);
    UNIT_INT(reno.cwnd, 2000001);
    init(UINT32_MAX / 4, 1);
    reno_on_ack(&reno, 1100, 1000, 0);
    UNIT_INT(reno.cwnd, UINT32_MAX / 4);
}

/* RFC 5681 §3.2, RFC 3042 */
static void two_duplicates_allow_a_segment_each(void) {
    init(4000, UINT32_MAX);
    UNIT_INT(reno_window(&reno), 4000);
    UNIT_FALSE(reno_on_duplicate(&reno, 101, 4101, 4000));
    UNIT_INT(reno_window(&reno), 5000);
    UNIT_FALSE(reno_on_duplicate(&reno, 101, 5101, 5000));
    UNIT_INT(reno_window(&reno), 6000);
    reno_on_ack(&reno, 1101, 1000, 3000);
    UNIT_INT(reno_window(&reno), reno.cwnd);
}

static void lose(uint32_t flight) {
    init(flight, UINT32_MAX);
    for (int i = 0; i < 2; i++)
        reno_on_duplicate(&reno, 101, 101 + flight, flight);
    UNIT_TRUE(reno_on_duplicate(&reno, 101, 101 + flight, flight));
}

/* RFC 5681 §3.2 */
static void the_third_duplicate_starts_recovery(void) {
    lose(10000);
    UNIT_INT(reno.ssthresh, 5000);
    UNIT_INT(reno.cwnd, 8000);
    UNIT_INT(reno_window(&reno), 8000);
    UNIT_FALSE(reno_on_duplicate(&reno, 101, 10101, 10000)); /* step 4 */
    UNIT_INT(reno.cwnd, 9000);
    lose(3000); /* (4): at least two segments */
    UNIT_INT(reno.ssthresh, 2000);
}

static void a_partial_ack_sends_the_next_hole(void) { /* RFC 6582 §3.2 */
    lose(10000);
    UNIT_TRUE(reno_on_ack(&reno, 3101, 3000, 7000));
    UNIT_INT(reno.cwnd, 6000); /* 8000 - 3000 + 1000 */
    UNIT_TRUE(reno_on_ack(&reno, 3601, 500, 6500));
    UNIT_INT(reno.cwnd, 5500);
    UNIT_TRUE(reno_on_ack(&reno, 10100, 6499, 1)); /* never below a segment */
    UNIT_INT(reno.cwnd, 1000);
    UNIT_FALSE(reno_on_ack(&reno, 10101, 1, 0));
    UNIT_FALSE(reno.is_recovering);
}

/* RFC 6582 §3.2 step 3: SMSS is added back if at least so much was acked. */
static void a_small_partial_ack_adds_no_segment(void) {
    lose(10000);
    reno.cwnd = 1500;
    UNIT_TRUE(reno_on_ack(&reno, 601, 500, 9500));
    UNIT_INT(reno.cwnd, 1000);
    UNIT_TRUE(reno_on_ack(&reno, 1601, 1000, 8500));
    UNIT_INT(reno.cwnd, 1000);
    reno.cwnd = 8000;
    UNIT_TRUE(reno_on_ack(&reno, 2601, 1000, 7500));
    UNIT_INT(reno.cwnd, 8000);
}

static void a_full_ack_ends_recovery(void) {
    lose(10000);
    UNIT_FALSE(reno_on_ack(&reno, 10101, 10000, 7000));
    UNIT_INT(reno.cwnd, 5000); /* ssthresh */
    lose(10000);
    UNIT_FALSE(reno_on_ack(&reno, 12101, 12000, 2000));
    UNIT_INT(reno.cwnd, 3000); /* what is under way, and one */
    lose(10000);
    UNIT_FALSE(reno_on_ack(&reno, 10101, 10000, 0));
    UNIT_INT(reno.cwnd, 2000);
}

static void duplicates_of_an_old_loss_do_not_count_again(void) {
    lose(10000);
    reno_on_ack(&reno, 10101, 10000, 1000);
    for (int i = 0; i < 3; i++) /* RFC 6582 §3.2 step 1 */
        UNIT_FALSE(reno_on_duplicate(&reno, 10101, 11101, 1000));
    UNIT_FALSE(reno_on_duplicate(&reno, 10101, 11101, 1000));
    UNIT_INT(reno_window(&reno), reno.cwnd + 2 * MSS); /* RFC 3042: two */
    reno_on_ack(&reno, 10102, 1, 1000);
    for (int i = 0; i < 2; i++) reno_on_duplicate(&reno, 10102, 11101, 1000);
    UNIT_TRUE(reno_on_duplicate(&reno, 10102, 11101, 1000));
}

static void a_timeout_begins_anew(void) { /* §3.1 */
    lose(10000);
    reno_on_timeout(&reno, 10101, 8000, true);
    UNIT_INT(reno.cwnd, 1000);
    UNIT_INT(reno.ssthresh, 4000);
    UNIT_FALSE(reno.is_recovering);
    UNIT_INT(reno.recover, 10101);
    UNIT_INT(reno_window(&reno), 1000); /* no duplicates */
    reno_on_timeout(&reno, 10101, 1000, false);
    UNIT_INT(reno.ssthresh, 4000);
}

static void a_pause_forgets_a_large_window(void) { /* §4.1 */
    init(20000, 1);
    reno_on_idle(&reno);
    UNIT_INT(reno.cwnd, 4000);
    reno.cwnd = 2000;
    reno_on_idle(&reno);
    UNIT_INT(reno.cwnd, 2000);
    reno_after_lost_syn(&reno);
    UNIT_INT(reno.cwnd, 1000);
}

UNIT_MAIN("reno", UNIT_TEST(the_initial_window_is_two_to_four_segments),
          UNIT_TEST(slow_start_grows_by_the_acknowledged_bytes),
          UNIT_TEST(avoidance_grows_by_a_segment_in_a_round_trip),
          UNIT_TEST(two_duplicates_allow_a_segment_each),
          UNIT_TEST(the_third_duplicate_starts_recovery),
          UNIT_TEST(a_partial_ack_sends_the_next_hole),
          UNIT_TEST(a_small_partial_ack_adds_no_segment),
          UNIT_TEST(a_full_ack_ends_recovery),
          UNIT_TEST(duplicates_of_an_old_loss_do_not_count_again),
          UNIT_TEST(a_timeout_begins_anew),
          UNIT_TEST(a_pause_forgets_a_large_window))
