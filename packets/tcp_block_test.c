/* tcp_block_test.c: packets/tcp_block.h, and the functions of tcp_block.c in
 * packets/tcp_inside.h: how the TCB changes with its connection */
#include "packets/tcp_bench_inside.h"
#include "packets/tcp_inside.h"

#define US INT64_C(1000000)

static void set_all_timers(void) {
    bench.tcp.timers = (struct tcp_timers){1, 2, 3, 4, 5};
}

static bool has_no_timer_but_time_wait(void) {
    const struct tcp_timers *t = &bench.tcp.timers;
    return t->retransmission_us == INT64_MAX && t->persist_us == INT64_MAX &&
           t->ack_us == INT64_MAX && t->user_us == INT64_MAX;
}

/* A segment without text of the peer, as tcp_arrives would make it. */
static struct tcp_arrival arrival(int flags, uint32_t seq, uint32_t ack,
                                  uint32_t len) {
    return (struct tcp_arrival){.source = &bench_peer,
                                .s = {.source_port = 2000,
                                      .destination_port = 1000,
                                      .seq = seq,
                                      .ack = ack,
                                      .flags = (uint8_t)flags,
                                      .window = 700},
                                .len = len};
}

/* --- the state --- */

static void a_change_of_state_is_remembered(void) {
    bench_init();
    tcp_block_enter(&bench.tcp, TCP_PASSIVE_OPEN);
    tcp_block_enter(&bench.tcp, TCP_RCV_SYN);
    BENCH_STATE(TCP_SYN_RECEIVED);
    UNIT_INT(bench.tcp.step_count, 2);
    UNIT_INT(bench.tcp.steps[1].from, TCP_LISTEN);
    UNIT_INT(bench.tcp.steps[1].cause, TCP_RCV_SYN);
    UNIT_INT(bench.tcp.steps[1].to, TCP_SYN_RECEIVED);
    UNIT_INT(bench.tcp.steps[1].sends, S | A);
}

static void only_an_end_turns_the_timers_off(void) {
    bench_connect();
    set_all_timers();
    tcp_block_enter(&bench.tcp, TCP_CLOSE);
    tcp_block_enter(&bench.tcp, TCP_RCV_ACK_OF_FIN);
    BENCH_STATE(TCP_FIN_WAIT_2);
    UNIT_INT(bench.tcp.timers.retransmission_us, 1);
    UNIT_INT(bench.tcp.timers.user_us, 5);
    tcp_block_enter(&bench.tcp, TCP_RCV_FIN);
    BENCH_STATE(TCP_TIME_WAIT);
    UNIT_TRUE(has_no_timer_but_time_wait());
    UNIT_INT(tcp_due_us(&bench.tcp) == INT64_MAX, 1);
    tcp_block_time_wait(&bench.tcp, 7);
    UNIT_INT(bench.tcp.timers.time_wait_us, 7 + 2 * bench.tcp.options.msl_us);
    UNIT_TRUE(has_no_timer_but_time_wait());
    set_all_timers();
    tcp_block_enter(&bench.tcp, TCP_TIMEOUT_2MSL);
    BENCH_STATE(TCP_CLOSED);
    UNIT_INT(tcp_due_us(&bench.tcp) == INT64_MAX, 1);
}

/* In CLOSED and in TIME-WAIT, nothing that was sent is sent again. */
static void an_end_leaves_nothing_to_send_again(void) {
    static const enum tcp_cause causes[2][3] = {
        {TCP_CLOSE, TCP_RCV_ACK_OF_FIN, TCP_RCV_FIN}, {TCP_ABORT}};
    for (int i = 0; i < 2; i++) {
        bench_connect();
        UNIT_INT(bench_send("three"), 5);
        bench_discard();
        UNIT_INT(bench.tcp.snd.una, 101);
        bench.tcp.snd.again = 103;
        for (int k = 0; k < (i ? 1 : 3); k++)
            tcp_block_enter(&bench.tcp, causes[i][k]);
        BENCH_STATE(i ? TCP_CLOSED : TCP_TIME_WAIT);
        UNIT_INT(bench.tcp.snd.una, 106);
        UNIT_INT(bench.tcp.snd.again, 106);
        UNIT_INT(bench.tcp.send_queue.len, 0);
    }
}

static void a_failure_has_its_error_and_discards_received_data(void) {
    bench_connect();
    bench_arrive(A, 5001, 101, "lost");
    tcp_block_fail(&bench.tcp, TCP_TIMEOUT_USER, TCP_ERR_TIMED_OUT);
    BENCH_STATE(TCP_CLOSED);
    UNIT_INT(bench.tcp.error, TCP_ERR_TIMED_OUT);
    UNIT_INT(reorder_space(&bench.tcp.receive_queue), BENCH_MEMORY);
}

static void a_new_connection_remembers_nothing_of_the_last_one(void) {
    bench_connect();
    bench_arrive(F | A, 5004, 101, "early");
    bench_arrive(A, 5001, 101, "abc");
    bench_send("unsent");
    tcp_close(&bench.tcp);
    set_all_timers();
    bench.tcp.error = TCP_ERR_RESET;
    bench.tcp.is_timed = bench.tcp.needs_ack = bench.tcp.needs_first = true;
    bench.tcp.is_forced = true;
    bench.tcp.unacked_count = bench.tcp.timeout_count = 3;
    bench.tcp.options.iss = 777;
    tcp_block_reset(&bench.tcp);
    UNIT_INT(bench.tcp.snd.una, 777);
    UNIT_INT(bench.tcp.snd.nxt, 777);
    UNIT_INT(bench.tcp.snd.again, 777);
    UNIT_INT(bench.tcp.snd.max_wnd, 0);
    UNIT_INT(bench.tcp.rcv.has_fin, 0);
    UNIT_INT(bench.tcp.send_queue.len, 0);
    UNIT_INT(reorder_space(&bench.tcp.receive_queue), BENCH_MEMORY);
    UNIT_INT(tcp_due_us(&bench.tcp) == INT64_MAX, 1);
    UNIT_FALSE(bench.tcp.is_closing || bench.tcp.is_syn_acked);
    UNIT_FALSE(bench.tcp.is_timed || bench.tcp.needs_ack);
    UNIT_FALSE(bench.tcp.needs_first || bench.tcp.is_forced);
    UNIT_INT(bench.tcp.unacked_count + bench.tcp.timeout_count, 0);
    UNIT_INT(bench.tcp.error, 0);
    UNIT_INT(bench.tcp.rto.rto_us, US); /* RFC 6298 §2.1 */
}

/* --- what is sent without data --- */

/* RFC 9293 §3.10.7.1: SEQ is SEG.ACK; or 0, and ACK is SEG.SEQ + SEG.LEN. */
static void a_refusal_has_numbers_that_its_receiver_accepts(void) {
    bench_init();
    struct tcp_arrival a = arrival(A, 7, 99, 3);
    a.s.source_port = 4444; /* the reply goes to any sender */
    tcp_block_refuse(&bench.tcp, &a);
    BENCH_OUTPUT(R, 99, 0, 0);
    UNIT_INT(bench.s.destination_port, 4444);
    a = arrival(S, 7, 99, 3);
    tcp_block_refuse(&bench.tcp, &a);
    BENCH_OUTPUT(R | A, 0, 10, 0);
    UNIT_INT(bench.s.destination_port, 2000);
    BENCH_SILENT();
}

/* RFC 5961 §7: a limit, ten in five seconds. */
static void a_peer_is_challenged_ten_times_in_five_seconds(void) {
    static const int64_t pauses[] = {0, 5 * US - 1, 1};
    static const int challenged[] = {10, 0, 10};
    bench_connect();
    for (int turn = 0; turn < 3; turn++) {
        bench_wait(pauses[turn]);
        for (int i = 0; i < 20; i++) {
            tcp_block_challenge(&bench.tcp, bench.now_us);
            UNIT_INT(bench_output(), i < challenged[turn] ? A : -1);
        }
    }
}

/* --- the SYN of the peer --- */

static void a_syn_sets_the_numbers_and_windows(void) {
    static uint8_t memory[TCP_MAX_WINDOW + 1];
    struct tcp_arrival a = arrival(S, 0xffffffff, 0, 1);
    bench_init();
    tcp_block_synchronize(&bench.tcp, &a);
    UNIT_INT(bench.tcp.rcv.irs, 0xffffffff);
    UNIT_INT(bench.tcp.rcv.nxt, 0);
    UNIT_INT(bench.tcp.rcv.wnd, BENCH_MEMORY);
    UNIT_INT(bench.tcp.snd.wnd, 700);
    UNIT_INT(bench.tcp.snd.max_wnd, 700);
    UNIT_INT(bench.tcp.snd.wl1, 0xffffffff);
    UNIT_INT(bench.tcp.snd.wl2, 100);
    UNIT_INT(bench.tcp.reno.cwnd, 4 * 536); /* RFC 5681 §3.1, of this MSS */
    reorder_init(&bench.tcp.receive_queue,
                 (struct span){memory, sizeof memory});
    tcp_block_synchronize(&bench.tcp, &a); /* a window has 16 bits */
    UNIT_INT(bench.tcp.rcv.wnd, TCP_MAX_WINDOW);
}

/* RFC 9293 §3.7.1: without a good option it is 536. */
static void a_peer_sets_the_mss_within_limits(void) {
    static const struct {
        uint8_t option[4];
        uint32_t mss;
    } rows[] = {{{2, 4, 2, 0x58}, 600},
                {{2, 4, 0x05, 0xb4}, BENCH_MSS},
                {{2, 4, 0, 1}, 64},
                {{2, 3, 2, 0}, 536}};
    for (size_t i = 0; i < 4; i++) {
        uint8_t option[4];
        memcpy(option, rows[i].option, 4);
        bench_init();
        tcp_open_passive(&bench.tcp);
        bench_arrive_with(S, BENCH_PEER, 0, "", 0, (struct span){option, 4});
        UNIT_INT(bench.tcp.snd.mss, rows[i].mss);
    }
}

UNIT_MAIN("tcp_block", UNIT_TEST(a_change_of_state_is_remembered),
          UNIT_TEST(only_an_end_turns_the_timers_off),
          UNIT_TEST(an_end_leaves_nothing_to_send_again),
          UNIT_TEST(a_failure_has_its_error_and_discards_received_data),
          UNIT_TEST(a_new_connection_remembers_nothing_of_the_last_one),
          UNIT_TEST(a_refusal_has_numbers_that_its_receiver_accepts),
          UNIT_TEST(a_peer_is_challenged_ten_times_in_five_seconds),
          UNIT_TEST(a_syn_sets_the_numbers_and_windows),
          UNIT_TEST(a_peer_sets_the_mss_within_limits))
