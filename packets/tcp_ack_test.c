/* tcp_ack_test.c: packets/tcp_ack.c: what an acknowledgment of ours changes,
 * RFC 9293 §3.10.7.4, fifth step. tcp_arrives_test.c has which ones count. */
#include "packets/tcp_bench_inside.h"

#define MS INT64_C(1000)

/* RFC 6298 §2.2, §2.3: R is 500 ms, and then 900 ms. */
static void each_ack_measures_the_round_trip(void) {
    bench_init();
    tcp_open_active(&bench.tcp);
    bench_output();
    bench_wait(500 * MS);
    bench_arrive(S | A, BENCH_PEER, 101, "");
    bench_discard();
    UNIT_INT(bench.tcp.rto.srtt_us, 500 * MS);
    UNIT_INT(bench.tcp.rto.rto_us, 1500 * MS); /* R + 4 * R/2 */
    bench_send("x");
    bench_discard();
    bench_wait(900 * MS);
    bench_arrive(A, 5001, 102, "");
    UNIT_INT(bench.tcp.rto.srtt_us, 550 * MS); /* 7/8 of 500, 1/8 of 900 */
}

/* One segment at a time is measured: an ACK of less than it says nothing. */
static void an_ack_of_an_older_segment_is_not_measured(void) {
    bench_connect();
    bench_send_zeros(1000);
    bench_discard();
    bench_wait(100 * MS);
    bench_arrive(A, 5001, 1101, "");
    int64_t srtt = bench.tcp.rto.srtt_us;
    bench_send_zeros(2000);
    bench_discard();
    bench_wait(900 * MS);
    bench_arrive(A, 5001, 1601, ""); /* a half of the first one */
    UNIT_INT(bench.tcp.rto.srtt_us, srtt);
    bench_arrive(A, 5001, 2101, "");
    UNIT_TRUE(bench.tcp.rto.srtt_us > srtt);
}

/* Sends so many segments of 1000 bytes, of which the first one is lost. */
static void lose_the_first_of(uint32_t count) {
    bench_connect();
    bench_send_zeros(1000 * count);
    bench_discard();
    for (int i = 0; i < 3; i++) {
        bench_arrive(A, 5001, 101, "");
        bench_discard();
    }
    UNIT_INT(bench.tcp.counts.fast, 1);
}

/* RFC 6582 §3.2 step 3: min(ssthresh, max(FlightSize, SMSS) + SMSS), and all
 * that was under way has arrived. */
static void a_full_ack_leaves_two_segments(void) {
    lose_the_first_of(6);
    UNIT_INT(bench.tcp.reno.ssthresh, 3000);
    bench_arrive(A, 5001, 6101, "");
    UNIT_INT(bench.tcp.reno.cwnd, 2000);
}

/* RFC 5681 §2: the window of a duplicate is that of the last segment, however
 * small. With a closed one, segments are probes, and their ACKs do not mean a
 * loss. */
static void a_window_of_one_byte_has_duplicates(void) {
    for (uint16_t window = 0; window < 2; window++) {
        bench_connect();
        bench.tcp.snd.max_wnd = 0; /* as if it had never been larger */
        bench.window = window;
        bench_arrive(A, 5001, 101, "");
        bench_send("ab");
        while (bench_output() == -1) bench_wait(1000 * MS);
        UNIT_INT(bench.text.len, 1);
        for (int i = 0; i < 3; i++) bench_arrive(A, 5001, 101, "");
        UNIT_INT(bench.tcp.counts.fast, window);
    }
}

/* The bytes of a probe that were not accepted are sent again at once. */
static void a_window_that_opens_by_a_byte_is_used(void) {
    bench_connect();
    bench.window = 0;
    bench_arrive(A, 5001, 101, "");
    bench_send("ab");
    while (bench_output() == -1) bench_wait(1000 * MS);
    BENCH_SILENT();
    bench.window = 1;
    bench_arrive(A, 5001, 101, "");
    BENCH_OUTPUT(A, 101, 5001, 1);
    BENCH_SILENT();
}

UNIT_MAIN("tcp_ack", UNIT_TEST(each_ack_measures_the_round_trip),
          UNIT_TEST(an_ack_of_an_older_segment_is_not_measured),
          UNIT_TEST(a_full_ack_leaves_two_segments),
          UNIT_TEST(a_window_of_one_byte_has_duplicates),
          UNIT_TEST(a_window_that_opens_by_a_byte_is_used))
