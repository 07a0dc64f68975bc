/* tcp_output_test.c: packets/tcp_output.c: what is sent, and when: RFC 9293
 * §3.7, §3.8; the timers of RFC 6298; the windows of RFC 5681. */
#include "packets/tcp_bench_inside.h"

#define S_US INT64_C(1000000)

/* Nothing is sent one microsecond before, and the segment after it. */
#define BENCH_AFTER(us_, flags_, seq_, ack_, len_)                             \
    do {                                                                       \
        bench_wait((us_)-1);                                                   \
        BENCH_SILENT();                                                        \
        UNIT_INT(tcp_due_us(&bench.tcp), bench.now_us + 1);                    \
        bench_wait(1);                                                         \
        BENCH_OUTPUT(flags_, seq_, ack_, len_);                                \
    } while (0)

/* --- SYN --- */

/* RFC 9293 §3.7.1 */
static void a_syn_carries_the_mss(void) {
    struct segment_option o;
    bench_init();
    tcp_open_active(&bench.tcp);
    BENCH_OUTPUT(S, 100, 0, 0);
    UNIT_INT(bench.s.window, BENCH_MEMORY);
    UNIT_TRUE(segment_next_option(&bench.s.options, &o));
    UNIT_INT(o.kind, 2);
    UNIT_INT(o.value.data[0] << 8 | o.value.data[1], BENCH_MSS);
    UNIT_FALSE(segment_next_option(&bench.s.options, &o));
    BENCH_SILENT();
}

static void a_lost_syn_is_sent_again_less_and_less_often(void) {
    bench_init();
    tcp_open_active(&bench.tcp);
    BENCH_OUTPUT(S, 100, 0, 0);
    for (int64_t rto = 1; rto <= 32; rto *= 2) /* RFC 6298 §2.1, §5.5 */
        BENCH_AFTER(rto * S_US, S, 100, 0, 0);
    BENCH_AFTER(60 * S_US, S, 100, 0, 0); /* §2.5 */
    BENCH_AFTER(60 * S_US, S, 100, 0, 0);
    bench_wait(300 * S_US - 183 * S_US); /* the user timeout, §3.10.8 */
    BENCH_SILENT();
    BENCH_STATE(TCP_CLOSED);
    UNIT_INT(bench.tcp.error, TCP_ERR_TIMED_OUT);
}

static void after_a_lost_syn_a_sender_is_careful(void) {
    bench_init();
    tcp_open_active(&bench.tcp);
    bench_output();
    BENCH_AFTER(S_US, S, 100, 0, 0);
    bench_arrive(S | A, BENCH_PEER, 101, "");
    UNIT_INT(bench.tcp.rto.rto_us, 3 * S_US);         /* RFC 6298 §5.7 */
    UNIT_INT(bench.tcp.reno.cwnd, bench.tcp.snd.mss); /* RFC 5681 §3.1 */
    UNIT_INT(bench.tcp.snd.mss, 536);                 /* no option: §3.7.1 */
    UNIT_FALSE(bench.tcp.rto.has_srtt);               /* Karn, RFC 6298 §3 */
}

/* --- data --- */

static void data_is_cut_into_segments(void) {
    bench_connect();
    UNIT_INT(bench_send_zeros(2500), 2500);
    BENCH_OUTPUT(A, 101, 5001, 1000);
    BENCH_OUTPUT(A, 1101, 5001, 1000);
    BENCH_SILENT(); /* Nagle: 500 bytes wait for an ACK, §3.7.4 */
    bench_arrive(A, 5001, 2101, "");
    BENCH_OUTPUT(P | A, 2101, 5001, 500);
    bench_arrive(A, 5001, 2601, "");
    bench_send("x"); /* nothing is under way */
    BENCH_OUTPUT(P | A, 2601, 5001, 1);
    bench_send("y");
    BENCH_SILENT();
    bench.tcp.options.has_nagle = false;
    BENCH_OUTPUT(P | A, 2602, 5001, 1);
    /* The SYN, the ACK of the handshake, and five with data. */
    UNIT_INT(bench.tcp.counts.sent, 7);
}

static void a_full_queue_accepts_no_more(void) {
    bench_connect();
    UNIT_INT(bench_send_zeros(BENCH_MEMORY + 1), BENCH_MEMORY);
    UNIT_INT(bench_send("x"), 0);
}

static void the_peers_window_limits_the_bytes_under_way(void) {
    bench_connect();
    bench.window = 1500;
    bench_arrive(A, 5001, 101, "");
    bench_send_zeros(4000);
    BENCH_OUTPUT(A, 101, 5001, 1000);
    BENCH_SILENT(); /* 500 are less than a segment, and than half of 8000 */
    bench_arrive(A, 5001, 1101, "");
    BENCH_OUTPUT(A, 1101, 5001, 1000);
}

/* §3.8.6.2.1: a window that is always small is used: half of it is enough. */
static void half_of_the_largest_window_is_worth_a_segment(void) {
    bench_connect();
    bench.tcp.snd.max_wnd = 0;
    bench.window = 600;
    bench_arrive(A, 5001, 101, "");
    bench_send_zeros(2000);
    BENCH_OUTPUT(A, 101, 5001, 600);
    bench.window = 300;
    bench_arrive(A, 5001, 701, "");
    BENCH_OUTPUT(A, 701, 5001, 300);
    bench.window = 299;
    bench_arrive(A, 5001, 1001, "");
    BENCH_SILENT();
    BENCH_AFTER(S_US, A, 1001, 5001, 299); /* the override time-out */
}

/* RFC 9293 §3.8.6.3, RFC 5681 §4.2 */
static void an_ack_is_delayed_or_sent_with_data(void) {
    bench_connect();
    bench_arrive(A, 5001, 101, "one");
    BENCH_AFTER(TCP_ACK_US, A, 101, 5004, 0);
    bench_arrive(A, 5004, 101, "two");
    BENCH_SILENT();
    bench_arrive(A, 5007, 101, "three"); /* every second segment */
    BENCH_OUTPUT(A, 101, 5012, 0);
    bench_arrive(A, 5012, 101, "four");
    bench_send("reply");
    BENCH_OUTPUT(P | A, 101, 5016, 5);
    UNIT_INT(bench.tcp.timers.ack_us == INT64_MAX, 1);
}

/* --- retransmission --- */

static void a_lost_segment_is_sent_again(void) {
    bench_connect();
    bench_send_zeros(3000);
    bench_discard();
    BENCH_AFTER(S_US, A, 101, 5001, 1000); /* RFC 6298 §5.4 */
    BENCH_SILENT();                        /* cwnd is one segment */
    UNIT_INT(bench.tcp.reno.cwnd, 1000);
    UNIT_INT(bench.tcp.reno.ssthresh, 2000);
    BENCH_AFTER(2 * S_US, A, 101, 5001, 1000);
    UNIT_INT(bench.tcp.reno.ssthresh, 2000); /* held: the same segment */
    bench_arrive(A, 5001, 1101, "");         /* then as slow start allows */
    BENCH_OUTPUT(A, 1101, 5001, 1000);
    BENCH_OUTPUT(P | A, 2101, 5001, 1000);
    BENCH_SILENT();
    UNIT_INT(bench.tcp.counts.resent, 4);
    UNIT_INT(bench.tcp.counts.timeouts, 2);
    bench_arrive(A, 5001, 3101, "");
    UNIT_INT(tcp_due_us(&bench.tcp) == INT64_MAX, 1); /* RFC 6298 §5.2 */
    UNIT_INT(bench.tcp.rto.srtt_us, 0); /* Karn: nothing more was measured */
    bench.tcp.reno.ssthresh = 9999;
    bench_send("x"); /* another segment, and its first time-out */
    bench_output();
    bench_wait(4 * S_US);
    bench_output();
    UNIT_INT(bench.tcp.reno.ssthresh, 2000);
}

static void each_ack_restarts_the_timer(void) { /* RFC 6298 §5.3 */
    bench_connect();
    bench_send_zeros(2000);
    bench_discard();
    bench_wait(900000);
    bench_arrive(A, 5001, 1101, "");
    BENCH_AFTER(bench.tcp.rto.rto_us, P | A, 1101, 5001, 1000);
}

/* RFC 6298 §5.1: the timer runs already when the second segment is sent. */
static void a_later_segment_does_not_restart_the_timer(void) {
    bench_connect();
    bench.tcp.options.has_nagle = false;
    bench_send("a");
    BENCH_OUTPUT(P | A, 101, 5001, 1);
    bench_wait(600000);
    bench_send("b");
    BENCH_OUTPUT(P | A, 102, 5001, 1);
    BENCH_AFTER(S_US - 600000, P | A, 101, 5001, 2);
}

static void three_duplicates_send_the_first_segment_again(void) {
    bench_connect();
    bench_send_zeros(8000);
    for (uint32_t i = 0; i < 4; i++)
        BENCH_OUTPUT(A, 101 + 1000 * i, 5001, 1000);
    BENCH_SILENT();                 /* the initial window is 4 segments */
    bench_arrive(A, 5001, 101, ""); /* RFC 3042: new data after each */
    BENCH_OUTPUT(A, 4101, 5001, 1000);
    bench_arrive(A, 5001, 101, "");
    BENCH_OUTPUT(A, 5101, 5001, 1000);
    BENCH_SILENT();
    bench_arrive(A, 5001, 101, "");
    BENCH_OUTPUT(A, 101, 5001, 1000);
    BENCH_SILENT();
    UNIT_INT(bench.tcp.counts.fast, 1);
    UNIT_INT(bench.tcp.reno.ssthresh, 3000); /* half of 6000 */
    bench_arrive(A, 5001, 2101, "");         /* partial, RFC 6582 */
    BENCH_OUTPUT(A, 2101, 5001, 1000);
    bench_arrive(A, 5001, 6101, ""); /* full */
    UNIT_FALSE(bench.tcp.reno.is_recovering);
}

static void not_every_repeated_ack_is_a_duplicate(void) { /* RFC 5681 §2 */
    bench_connect();
    bench_send_zeros(1000);
    bench_discard();
    for (int i = 0; i < 4; i++) {
        bench.window = (uint16_t)(7000 + i); /* a window update */
        bench_arrive(A, 5001, 101, "");
        bench_arrive(A, 5001 + (uint32_t)i, 101, "d"); /* with data */
    }
    UNIT_INT(bench.tcp.counts.fast, 0);
    UNIT_INT(bench.tcp.reno.duplicates, 0);
    bench_arrive(A, 5005, 1101, ""); /* nothing is under way any more */
    for (int i = 0; i < 4; i++) bench_arrive(A, 5005, 1101, "");
    UNIT_INT(bench.tcp.reno.duplicates, 0);
}

/* Fast retransmit of a short segment adds the data after it. */
static void a_retransmission_may_carry_more(void) {
    bench_connect();
    bench_send("abc");
    BENCH_OUTPUT(P | A, 101, 5001, 3);
    bench_send("def"); /* Nagle */
    BENCH_SILENT();
    for (int i = 0; i < 3; i++) bench_arrive(A, 5001, 101, "");
    BENCH_OUTPUT(P | A, 101, 5001, 6);
    BENCH_SILENT();
    UNIT_INT(bench.tcp.snd.nxt, 107);
}

static void one_byte_and_a_fin_are_sent_again(void) {
    bench_connect();
    bench_send("a");
    tcp_close(&bench.tcp);
    BENCH_OUTPUT(F | P | A, 101, 5001, 1);
    for (int i = 0; i < 3; i++) bench_arrive(A, 5001, 101, "");
    BENCH_OUTPUT(F | P | A, 101, 5001, 1);
    BENCH_SILENT();
    UNIT_INT(bench.tcp.counts.fast, 1);
}

/* §3.8.6: new data in it must be in the window of the peer as well. */
static void a_retransmission_stays_in_the_window(void) {
    bench_connect();
    bench.window = 3;
    bench_arrive(A, 5001, 101, "");
    bench_send("abcdef");
    tcp_close(&bench.tcp);
    while (bench_output() == -1) bench_wait(S_US);
    UNIT_INT(bench.text.len, 3);
    for (int i = 0; i < 3; i++) bench_arrive(A, 5001, 101, "");
    BENCH_OUTPUT(A, 101, 5001, 3);
    UNIT_INT(bench.tcp.counts.fast, 1);
    bench_connect(); /* it closes before the third duplicate has an effect */
    bench_send("abc");
    BENCH_OUTPUT(P | A, 101, 5001, 3);
    for (int i = 0; i < 3; i++) bench_arrive(A, 5001, 101, "");
    UNIT_INT(bench.tcp.counts.fast, 1);
    bench.window = 0;
    bench_arrive(A, 5001, 101, "");
    BENCH_SILENT();
    bench_init(); /* and with space for all of it, also for the FIN */
    bench_open();
    bench.window = 3;
    bench_arrive(A, 5001, 101, "");
    bench_send("abc");
    BENCH_OUTPUT(P | A, 101, 5001, 3);
    bench_send("def");
    tcp_close(&bench.tcp);
    BENCH_SILENT();
    bench.window = 7;
    for (int i = 0; i < 4; i++) bench_arrive(A, 5001, 101, "");
    BENCH_OUTPUT(F | P | A, 101, 5001, 6);
    BENCH_SILENT();
    UNIT_INT(bench.tcp.snd.nxt, 108);
}

/* --- zero window, §3.8.6.1 --- */

/* RFC 9293 §3.8.6.1 */
static void a_closed_window_is_probed(void) {
    bench_connect();
    bench.window = 0;
    bench_arrive(A, 5001, 101, "");
    bench_send("hello");
    BENCH_SILENT();
    BENCH_AFTER(S_US, A, 101, 5001, 1);
    UNIT_INT(bench.tcp.counts.probes, 1);
    bench_arrive(A, 5001, 101, ""); /* refused */
    BENCH_SILENT();
    for (int64_t rto = 1; rto <= 60; rto = rto == 32 ? 60 : 2 * rto) {
        BENCH_AFTER(rto * S_US, A, 101, 5001, 1); /* less and less often */
        bench_arrive(A, 5001, 101, "");
        if (rto == 60) break;
    }
    for (int i = 0; i < 100; i++) { /* a peer that responds is not given up */
        BENCH_AFTER(60 * S_US, A, 101, 5001, 1);
        bench_arrive(A, 5001, 101, "");
    }
    UNIT_INT(bench.tcp.reno.cwnd, 4000); /* no congestion */
    bench.window = 8000;
    bench_arrive(A, 5001, 101, "");
    BENCH_OUTPUT(P | A, 101, 5001, 5);
}

static void a_silent_peer_with_a_closed_window_is_given_up(void) {
    bench_connect();
    bench.window = 0;
    bench_arrive(A, 5001, 101, "");
    bench_send("hello");
    bench_discard();
    while (tcp_due_us(&bench.tcp) != INT64_MAX) {
        bench.now_us = tcp_due_us(&bench.tcp);
        bench_discard();
    }
    UNIT_INT(bench.tcp.error, TCP_ERR_TIMED_OUT);
    UNIT_INT(bench.now_us / S_US, 301); /* from the first probe on */
}

static void a_fin_alone_probes_as_well(void) {
    bench_connect();
    bench.window = 0;
    bench_arrive(A, 5001, 101, "");
    tcp_close(&bench.tcp);
    BENCH_SILENT();
    BENCH_AFTER(S_US, F | A, 101, 5001, 0);
}

/* --- FIN --- */

static void a_fin_is_sent_once_and_again_if_lost(void) {
    bench_connect();
    bench_send_zeros(1500);
    tcp_close(&bench.tcp);
    BENCH_OUTPUT(A, 101, 5001, 1000);
    BENCH_OUTPUT(F | P | A, 1101, 5001, 500); /* not held back by Nagle */
    BENCH_SILENT();
    bench_arrive(A, 5001, 1601, ""); /* all but the FIN */
    BENCH_STATE(TCP_FIN_WAIT_1);
    BENCH_AFTER(bench.tcp.rto.rto_us, F | A, 1601, 5001, 0);
    bench_arrive(A, 5001, 1602, "");
    BENCH_STATE(TCP_FIN_WAIT_2);
    bench_arrive(A, 5001, 1602, "x");
    BENCH_AFTER(TCP_ACK_US, A, 1602, 5002, 0); /* no second FIN */
    UNIT_INT(tcp_due_us(&bench.tcp) == INT64_MAX, 1);
}

/* --- congestion window --- */

static void an_idle_connection_begins_anew(void) { /* RFC 5681 §4.1 */
    bench_connect();
    bench.tcp.reno.cwnd = 50000;
    bench_wait(S_US);
    bench_send("x");
    bench_output();
    UNIT_INT(bench.tcp.reno.cwnd, 50000);
    bench_arrive(A, 5001, 102, "");
    bench_wait(S_US + 1);
    bench_send("x");
    bench_output();
    UNIT_INT(bench.tcp.reno.cwnd, 4000);
}

static void a_full_buffer_loses_nothing(void) {
    bench_connect();
    bench_send("hello");
    struct buf small = {.max = 24};
    UNIT_FALSE(tcp_output(&bench.tcp, 0, &small));
    UNIT_INT(bench.tcp.snd.nxt, 101);
    buf_free(&small);
    BENCH_OUTPUT(P | A, 101, 5001, 5);
    bench_arrive(R, 5001, 0, "");
    bench_arrive(A, 9, 9, "");
    small.max = 10;
    UNIT_FALSE(tcp_output(&bench.tcp, 0, &small));
    buf_free(&small);
    BENCH_OUTPUT(R, 9, 0, 0);
    bench_init();
    tcp_open_active(&bench.tcp);
    UNIT_FALSE(tcp_output(&bench.tcp, 0, &small));
    buf_free(&small);
    UNIT_INT(bench.tcp.counts.sent, 0);
    BENCH_OUTPUT(S, 100, 0, 0);
}

UNIT_MAIN("tcp_output", UNIT_TEST(a_syn_carries_the_mss),
          UNIT_TEST(a_lost_syn_is_sent_again_less_and_less_often),
          UNIT_TEST(after_a_lost_syn_a_sender_is_careful),
          UNIT_TEST(data_is_cut_into_segments),
          UNIT_TEST(a_full_queue_accepts_no_more),
          UNIT_TEST(the_peers_window_limits_the_bytes_under_way),
          UNIT_TEST(half_of_the_largest_window_is_worth_a_segment),
          UNIT_TEST(an_ack_is_delayed_or_sent_with_data),
          UNIT_TEST(a_lost_segment_is_sent_again),
          UNIT_TEST(each_ack_restarts_the_timer),
          UNIT_TEST(a_later_segment_does_not_restart_the_timer),
          UNIT_TEST(three_duplicates_send_the_first_segment_again),
          UNIT_TEST(not_every_repeated_ack_is_a_duplicate),
          UNIT_TEST(a_retransmission_may_carry_more),
          UNIT_TEST(one_byte_and_a_fin_are_sent_again),
          UNIT_TEST(a_retransmission_stays_in_the_window),
          UNIT_TEST(a_closed_window_is_probed),
          UNIT_TEST(a_silent_peer_with_a_closed_window_is_given_up),
          UNIT_TEST(a_fin_alone_probes_as_well),
          UNIT_TEST(a_fin_is_sent_once_and_again_if_lost),
          UNIT_TEST(an_idle_connection_begins_anew),
          UNIT_TEST(a_full_buffer_loses_nothing))
