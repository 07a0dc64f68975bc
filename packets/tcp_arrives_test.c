/* tcp_arrives_test.c: packets/tcp_arrives.c, tcp_ack.c and tcp.c, a test for
 * each rule of RFC 9293 §3.10. */
#include "packets/checksum.h"
#include "packets/tcp_bench_inside.h"

static char received[BENCH_MEMORY];

static int receive(void) {
    return tcp_receive(&bench.tcp, (uint8_t *)received, sizeof received);
}

/* Brings the TCP into a state, from bench_connect on. */
static void go_to(enum tcp_state state) {
    if (state == TCP_SYN_RECEIVED) { /* by a passive OPEN */
        bench_init();
        tcp_open_passive(&bench.tcp);
        bench_arrive(S, BENCH_PEER, 0, "");
        bench_discard();
        return;
    }
    bench_connect();
    if (state == TCP_CLOSE_WAIT || state == TCP_LAST_ACK)
        bench_arrive(F | A, 5001, 101, "");
    if (state != TCP_ESTABLISHED && state != TCP_CLOSE_WAIT)
        tcp_close(&bench.tcp);
    bench_discard();
    if (state == TCP_FIN_WAIT_2 || state == TCP_TIME_WAIT)
        bench_arrive(A, 5001, 102, "");
    if (state == TCP_CLOSING || state == TCP_TIME_WAIT)
        bench_arrive(F | A, 5001, state == TCP_CLOSING ? 101 : 102, "");
    bench_discard();
    UNIT_INT(bench.tcp.state, state);
}

/* --- §3.10.7.1 CLOSED --- */

static void a_closed_tcp_replies_with_a_reset(void) {
    bench_init();
    bench_arrive(S, 7, 0, "ab");
    BENCH_OUTPUT(R | A, 0, 10, 0);
    bench_arrive(F, 7, 0, "ab"); /* a FIN has a number as well */
    BENCH_OUTPUT(R | A, 0, 10, 0);
    bench_arrive(A, 7, 99, "");
    BENCH_OUTPUT(R, 99, 0, 0);
    bench_arrive(R, 7, 0, "");
    BENCH_SILENT();
    BENCH_STATE(TCP_CLOSED);
}

/* --- §3.10.7.2 LISTEN --- */

static void a_listener_accepts_a_syn_only(void) {
    bench_init();
    tcp_open_passive(&bench.tcp);
    bench_arrive(R, 7, 0, "");
    BENCH_SILENT();
    bench_arrive(A, 7, 99, "");
    BENCH_OUTPUT(R, 99, 0, 0);
    bench_arrive(F, 7, 99, "");
    BENCH_SILENT();
    BENCH_STATE(TCP_LISTEN);
    bench_arrive(S, BENCH_PEER, 0, "");
    BENCH_STATE(TCP_SYN_RECEIVED);
    BENCH_OUTPUT(S | A, 100, 5001, 0);
    BENCH_SILENT();
    bench_arrive(A, 5001, 101, "hello");
    BENCH_STATE(TCP_ESTABLISHED);
    UNIT_INT(receive(), 5);
}

/* RFC 9293 §3.10.7.2: what is not queued is not acknowledged either. */
static void text_after_a_syn_is_sent_again(void) {
    bench_init();
    tcp_open_passive(&bench.tcp);
    bench_arrive(S, BENCH_PEER, 0, "hello");
    BENCH_OUTPUT(S | A, 100, 5001, 0);
    bench_arrive(A, 5001, 101, "hello");
    UNIT_INT(receive(), 5);
    UNIT_INT(bench.tcp.rcv.nxt, 5006);
}

static void a_listener_learns_its_peer_from_the_syn(void) {
    bench_init();
    bench.tcp.options.remote = (struct address){0};
    bench.tcp.options.remote_port = 0;
    tcp_open_passive(&bench.tcp);
    bench_arrive(S, BENCH_PEER, 0, "");
    BENCH_OUTPUT(S | A, 100, 5001, 0);
    UNIT_INT(bench.s.destination_port, 2000);
    bench.peer_port = 2001; /* another connection */
    bench_arrive(A, 5001, 101, "");
    BENCH_OUTPUT(R, 101, 0, 0);
    BENCH_STATE(TCP_SYN_RECEIVED);
}

/* RFC 9293 §3.10.7.1: a segment of a connection that does not exist. */
static void a_segment_to_another_port_is_reset(void) {
    bench_init();
    tcp_open_passive(&bench.tcp);
    bench.own_port = 1001;
    bench_arrive(S, BENCH_PEER, 0, "");
    BENCH_OUTPUT(R | A, 0, 5001, 0);
    BENCH_STATE(TCP_LISTEN);
    bench_connect();
    bench.own_port = 1001;
    bench_arrive(A, 5001, 101, "text");
    BENCH_OUTPUT(R, 101, 0, 0);
    UNIT_INT(receive(), 0);
}

/* --- §3.10.7.3 SYN-SENT --- */

static void a_wrong_ack_of_a_syn_is_reset(void) {
    static const uint32_t wrong[] = {100, 102, 0, 99};
    for (size_t i = 0; i < 4; i++) {
        bench_init();
        tcp_open_active(&bench.tcp);
        BENCH_OUTPUT(S, 100, 0, 0);
        bench_arrive(S | A, BENCH_PEER, wrong[i], "");
        BENCH_OUTPUT(R, wrong[i], 0, 0);
        bench_arrive(R | A, BENCH_PEER, wrong[i], "");
        BENCH_SILENT();
        BENCH_STATE(TCP_SYN_SENT);
    }
}

static void a_reset_refuses_the_connection_if_it_acknowledges_the_syn(void) {
    bench_init();
    tcp_open_active(&bench.tcp);
    bench_output();
    bench_arrive(R, BENCH_PEER, 0, "");
    BENCH_STATE(TCP_SYN_SENT);
    bench_arrive(R | A, BENCH_PEER, 101, "");
    BENCH_STATE(TCP_CLOSED);
    UNIT_INT(bench.tcp.error, TCP_ERR_REFUSED);
    UNIT_INT(receive(), TCP_ERR_REFUSED);
    UNIT_INT(bench_send("x"), TCP_ERR_REFUSED);
    UNIT_INT(tcp_due_us(&bench.tcp) == INT64_MAX, 1);
}

static void a_syn_ack_may_carry_data_and_a_fin(void) {
    bench_init();
    tcp_open_active(&bench.tcp);
    bench_output();
    bench_arrive(A, BENCH_PEER, 101, ""); /* no SYN, no RST: fifth step */
    BENCH_STATE(TCP_SYN_SENT);
    bench_arrive(S | A | F, BENCH_PEER, 101, "hi");
    BENCH_STATE(TCP_CLOSE_WAIT);
    BENCH_OUTPUT(A, 101, 5004, 0);
    UNIT_INT(receive(), 2);
    UNIT_INT(receive(), TCP_ERR_CLOSING);
}

static void a_simultaneous_open_ends_in_established(void) {
    bench_init();
    tcp_open_active(&bench.tcp);
    BENCH_OUTPUT(S, 100, 0, 0);
    bench_arrive(S, BENCH_PEER, 0, "");
    BENCH_STATE(TCP_SYN_RECEIVED);
    BENCH_OUTPUT(S | A, 100, 5001, 0);
    bench_arrive(S | A, BENCH_PEER, 101, ""); /* before the window: an ACK */
    BENCH_OUTPUT(A, 101, 5001, 0);
    bench_arrive(A, 5001, 101, "");
    BENCH_STATE(TCP_ESTABLISHED);
}

/* --- §3.10.7.4, first: check sequence number --- */

static void only_segments_in_the_window_are_accepted(void) {
    static const struct {
        uint32_t seq;
        size_t len;
        bool is_good;
    } rows[] = {
        {5001, 0, true},
        {5000, 0, false}, /* no text */
        {5001 + 8191, 0, true},
        {5001 + 8192, 0, false},
        {5000, 1, false},
        {4999, 3, true}, /* its last byte is new */
        {5001 + 8191, 5, true},
        {5001 + 8192, 1, false},
        {5001 + 0x80000000u, 1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench_connect();
        UNIT_INT(bench_send("x"), 1);
        bench_discard();
        bench_arrive_zeros(rows[i].seq, 102, rows[i].len);
        /* The ACK of an accepted segment counts. */
        UNIT_INT(bench.tcp.snd.una, rows[i].is_good ? 102 : 101);
        if (!rows[i].is_good) BENCH_OUTPUT(A, 102, 5001, 0);
    }
}

static void a_closed_window_accepts_acks_and_resets_only(void) {
    bench_connect();
    bench_send("x");
    bench_discard();
    for (int i = 0; i < 8; i++)
        bench_arrive_zeros(5001 + 1024 * (uint32_t)i, 101, 1024);
    bench_discard();
    UNIT_INT(bench.tcp.rcv.wnd, 0);
    bench_arrive_zeros(5001 + 8191, 102, 1); /* old: only an ACK of it */
    UNIT_INT(bench.tcp.snd.una, 101);
    BENCH_OUTPUT(A, 102, 5001 + 8192, 0);
    bench_arrive(A, 5001 + 8191, 102, "");
    UNIT_INT(bench.tcp.snd.una, 101);
    BENCH_OUTPUT(A, 102, 5001 + 8192, 0);
    bench_arrive(A, 5001 + 8192, 101, ""); /* acceptable: no reply */
    BENCH_SILENT();
    bench_arrive_zeros(5001 + 8192, 102, 1); /* a window probe with an ACK */
    UNIT_INT(bench.tcp.snd.una, 102);
    UNIT_INT(bench.tcp.rcv.nxt, 5001 + 8192);
    BENCH_OUTPUT(A, 102, 5001 + 8192, 0);
    UNIT_INT(bench.s.window, 0);
    UNIT_INT(receive(), 8192);
    BENCH_OUTPUT(A, 102, 5001 + 8192, 0); /* the window opens */
    UNIT_INT(bench.s.window, 8192);
}

/* --- second: check the RST bit, RFC 5961 §3.2 --- */

static void a_reset_needs_the_exact_number(void) {
    static const enum tcp_state states[] = {
        TCP_ESTABLISHED, TCP_FIN_WAIT_1, TCP_FIN_WAIT_2, TCP_CLOSE_WAIT,
        TCP_CLOSING,     TCP_LAST_ACK,   TCP_TIME_WAIT};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        go_to(states[i]);
        uint32_t nxt = bench.tcp.rcv.nxt;
        bench_arrive(R, nxt - 1, 0, ""); /* outside: silence */
        BENCH_SILENT();
        bench_arrive(R, nxt + 1, 0, ""); /* in the window: a challenge */
        UNIT_INT(bench_output(), A);
        BENCH_STATE(states[i]);
        bench_arrive(R, nxt, 0, "");
        BENCH_STATE(TCP_CLOSED);
        BENCH_SILENT();
        UNIT_INT(bench.tcp.error, states[i] < TCP_CLOSING ? TCP_ERR_RESET : 0);
    }
}

static void nothing_else_of_a_reset_counts(void) {
    bench_connect();
    bench_send("x");
    bench_discard();
    bench_arrive(R | A, 5002, 102, "text");
    BENCH_OUTPUT(A, 102, 5001, 0);
    UNIT_INT(bench.tcp.snd.una, 101);
    bench_arrive(A, 5001, 102, "-"); /* the text was not kept */
    UNIT_INT(receive(), 1);
}

static void a_reset_discards_data_that_was_not_received(void) {
    bench_connect();
    bench_arrive(A, 5001, 101, "lost");
    bench_arrive(R, 5005, 0, "");
    UNIT_INT(receive(), TCP_ERR_RESET);
}

static void a_passive_open_returns_to_listen(void) {
    go_to(TCP_SYN_RECEIVED);
    bench_arrive(R, 5001, 0, "");
    BENCH_STATE(TCP_LISTEN);
    bench_arrive(S, 9000, 0, ""); /* and is usable again */
    BENCH_OUTPUT(S | A, 100, 9001, 0);
    bench_arrive(S, 9001, 0, ""); /* fourth step */
    BENCH_STATE(TCP_LISTEN);
    bench_arrive(S, BENCH_PEER, 0, "");
    bench_discard();
    UNIT_INT(bench_send("for the last peer"), 17);
    bench_arrive(R, 5001, 0, "");
    bench_arrive(S, 9000, 0, ""); /* what was queued is not for this peer */
    BENCH_OUTPUT(S | A, 100, 9001, 0);
    bench_arrive(A, 9001, 101, "");
    BENCH_SILENT();
    bench_init(); /* an active one is refused */
    tcp_open_active(&bench.tcp);
    bench_output();
    bench_arrive(S, BENCH_PEER, 0, "");
    bench_discard();
    bench_arrive(R, 5001, 0, "");
    BENCH_STATE(TCP_CLOSED);
    UNIT_INT(bench.tcp.error, TCP_ERR_REFUSED);
}

/* --- fourth: check the SYN bit, RFC 5961 §4.2, §7 --- */

/* RFC 5961 §4.2: in any synchronized state, and SYN-RECEIVED after an active
 * OPEN is one in which RFC 9293 does the same. */
static void a_syn_is_challenged_after_either_open(void) {
    go_to(TCP_SYN_RECEIVED);
    bench_arrive(A, 5001, 101, "");
    bench_arrive(S, 5001, 0, "");
    BENCH_OUTPUT(A, 101, 5001, 0);
    BENCH_STATE(TCP_ESTABLISHED);
    bench_init();
    tcp_open_active(&bench.tcp);
    bench_output();
    bench_arrive(S, BENCH_PEER, 0, ""); /* simultaneous open */
    bench_discard();
    bench_arrive(S, 5001, 0, "");
    BENCH_OUTPUT(A, 101, 5001, 0);
    BENCH_STATE(TCP_SYN_RECEIVED);
}

static void nothing_else_of_a_syn_counts(void) {
    bench_connect();
    bench_send("x");
    bench_discard();
    bench_arrive(S | A, 5001, 102, "text");
    BENCH_OUTPUT(A, 102, 5001, 0);
    UNIT_INT(bench.tcp.snd.una, 101);
    UNIT_INT(receive(), 0);
}

/* --- fifth: check the ACK field --- */

static void a_segment_without_ack_is_dropped(void) {
    bench_connect();
    bench_arrive(0, 5001, 0, "text");
    UNIT_INT(bench.tcp.rcv.nxt, 5001);
    BENCH_SILENT();
}

static void syn_received_resets_a_wrong_ack(void) {
    static const uint32_t wrong[] = {100, 102};
    for (int i = 0; i < 2; i++) {
        go_to(TCP_SYN_RECEIVED);
        bench_arrive(A, 5001, wrong[i], "");
        BENCH_OUTPUT(R, wrong[i], 0, 0);
        BENCH_SILENT();
        BENCH_STATE(TCP_SYN_RECEIVED);
    }
}

/* RFC 9293 §3.10.7.4: never sent */
static void acks_outside_the_data_under_way_are_challenged(void) {
    bench_connect();
    bench_send("hello");
    bench_discard();
    bench_arrive(A, 5001, 107, "no"); /* never sent */
    BENCH_OUTPUT(A, 106, 5001, 0);
    bench_arrive(A, 5001, 101u - 8001, "no"); /* RFC 5961 §5.2 */
    BENCH_OUTPUT(A, 106, 5001, 0);
    bench_arrive(A, 5001, 101u + 0x80000000u, "no"); /* neither nor */
    BENCH_OUTPUT(A, 106, 5001, 0);
    UNIT_INT(bench.tcp.rcv.nxt, 5001);
    UNIT_INT(bench.tcp.snd.una, 101);
    bench_arrive(A, 5001, 101u - 8000, "ok"); /* old, but not too old */
    UNIT_INT(bench.tcp.rcv.nxt, 5003);
    UNIT_INT(bench.tcp.snd.una, 101);
    bench_arrive(A, 5003, 106, "");
    UNIT_INT(bench.tcp.snd.una, 106);
    UNIT_INT(bench.tcp.send_queue.len, 0);
}

/* RFC 9293 §3.10.7.4: WL1 and WL2 */
static void an_older_segment_does_not_set_the_window(void) {
    bench_connect();
    bench_arrive(A, 5001, 101, "abc"); /* WL1 is 5001 */
    bench.window = 500;
    bench_arrive(A, 5004, 101, "d");
    UNIT_INT(bench.tcp.snd.wnd, 500);
    bench.window = 700;
    bench_arrive(A, 5003, 101, "cde"); /* sent before the last one */
    UNIT_INT(bench.tcp.rcv.nxt, 5006);
    UNIT_INT(bench.tcp.snd.wnd, 500);
    bench_arrive(A, 5006, 101, "");
    UNIT_INT(bench.tcp.snd.wnd, 700);
    UNIT_INT(bench.tcp.snd.max_wnd, 8000);
}

/* --- seventh and eighth: text and FIN --- */

static void text_is_put_in_order(void) {
    bench_connect();
    bench_arrive(A, 5004, 101, "def");
    BENCH_OUTPUT(A, 101, 5001, 0); /* RFC 5681 §4.2: at once */
    bench_arrive(A, 5009, 101, "ij");
    BENCH_OUTPUT(A, 101, 5001, 0);
    UNIT_INT(receive(), 0);
    bench_arrive(A, 5000, 101, "?abcd"); /* an old byte, and an early one */
    BENCH_OUTPUT(A, 101, 5007, 0);
    bench_arrive(A, 5007, 101, "gh");
    BENCH_OUTPUT(A, 101, 5011, 0);
    UNIT_INT(receive(), 10);
    UNIT_TEXT(received, 10, "abcdefghij");
}

static void text_beyond_the_window_is_cut_off(void) {
    bench_connect();
    bench_arrive_zeros(5001, 101, 8000);
    bench_arrive(F | A, 13001, 101,
                 "0123456789012345678901234567890123456789012345678901234567"
                 "8901234567890123456789012345678901234567890123456789012345"
                 "67890123456789012345678901234567890123456789012345678901234"
                 "56789012345678901234567890");
    UNIT_INT(bench.tcp.rcv.nxt, 5001 + 8192);
    BENCH_STATE(TCP_ESTABLISHED); /* the FIN is outside as well */
    UNIT_INT(bench.tcp.rcv.has_fin, 0);
}

/* The window does not open by less than a segment, though there is memory. */
static void text_beyond_the_announced_window_is_cut_off(void) {
    uint8_t bytes[900];
    bench_connect();
    bench_arrive_zeros(5001, 101, 8000);
    UNIT_INT(tcp_receive(&bench.tcp, bytes, 800), 800);
    bench_arrive_zeros(13001, 101, 500);
    UNIT_INT(bench.tcp.rcv.nxt, 13193);
    UNIT_INT(bench.tcp.rcv.wnd, 0);
}

/* RFC 9293 §3.10.3: the end is reported after it. */
static void a_fin_waits_for_the_text_before_it(void) {
    bench_connect();
    bench_arrive(F | A, 5004, 101, "def");
    BENCH_STATE(TCP_ESTABLISHED);
    bench_arrive(A, 5001, 101, "abc");
    BENCH_STATE(TCP_CLOSE_WAIT);
    BENCH_OUTPUT(A, 101, 5008, 0);
    UNIT_INT(receive(), 6);
    UNIT_INT(receive(), TCP_ERR_CLOSING);
    bench_arrive(A, 5008, 101, "more"); /* after a FIN: ignored */
    UNIT_INT(bench.tcp.rcv.nxt, 5008);
}

/* --- closing, §3.6 --- */

static void a_passive_close_goes_through_last_ack(void) {
    go_to(TCP_CLOSE_WAIT);
    UNIT_INT(bench_send("bye"), 3); /* half-closed: it may still send */
    UNIT_INT(tcp_close(&bench.tcp), 0);
    UNIT_INT(bench_send("x"), TCP_ERR_CLOSING);
    UNIT_INT(tcp_close(&bench.tcp), TCP_ERR_CLOSING);
    BENCH_STATE(TCP_LAST_ACK);
    BENCH_OUTPUT(F | P | A, 101, 5002, 3);
    bench_arrive(A, 5002, 104, ""); /* not yet the FIN */
    BENCH_STATE(TCP_LAST_ACK);
    bench_arrive(A, 5002, 105, "");
    BENCH_STATE(TCP_CLOSED);
    UNIT_INT(bench.tcp.error, 0);
    BENCH_SILENT();
}

/* RFC 9293 §3.10.7.4, TIME-WAIT: a FIN again restarts the timer. */
static void an_active_close_goes_through_time_wait(void) {
    go_to(TCP_FIN_WAIT_2);
    bench_arrive(A, 5001, 102, "still open"); /* the peer may send */
    UNIT_INT(receive(), 10);
    bench_arrive(F | A, 5011, 102, "");
    BENCH_STATE(TCP_TIME_WAIT);
    BENCH_OUTPUT(A, 102, 5012, 0);
    bench_wait(239999999);
    BENCH_SILENT();
    BENCH_STATE(TCP_TIME_WAIT);
    bench_arrive(F | A, 5011, 102, ""); /* our ACK was lost: from the start */
    BENCH_OUTPUT(A, 102, 5012, 0);
    bench_wait(239999999);
    BENCH_SILENT();
    BENCH_STATE(TCP_TIME_WAIT);
    UNIT_INT(tcp_due_us(&bench.tcp), bench.now_us + 1);
    bench_wait(1);
    BENCH_SILENT();
    BENCH_STATE(TCP_CLOSED);
}

static void a_simultaneous_close_goes_through_closing(void) {
    go_to(TCP_CLOSING);
    bench_arrive(A, 5002, 101, "");
    BENCH_STATE(TCP_CLOSING);
    bench_arrive(A, 5002, 102, "");
    BENCH_STATE(TCP_TIME_WAIT);
    UNIT_INT(tcp_due_us(&bench.tcp), bench.now_us + 240000000);
}

static void a_fin_with_the_ack_of_ours_goes_to_time_wait(void) {
    go_to(TCP_FIN_WAIT_1);
    bench_arrive(F | A, 5001, 102, "");
    BENCH_STATE(TCP_TIME_WAIT);
    BENCH_OUTPUT(A, 102, 5002, 0);
}

/* --- the user's calls, §3.10.1 to §3.10.5 --- */

/* RFC 9293 §3.10.2: in LISTEN as well. */
static void calls_without_a_connection_fail(void) {
    bench_init();
    UNIT_INT(bench_send("x"), TCP_ERR_NOT_OPEN);
    UNIT_INT(receive(), TCP_ERR_NOT_OPEN);
    UNIT_INT(tcp_close(&bench.tcp), TCP_ERR_NOT_OPEN);
    UNIT_INT(tcp_abort(&bench.tcp), TCP_ERR_NOT_OPEN);
    UNIT_INT(tcp_open_passive(&bench.tcp), 0);
    UNIT_INT(tcp_open_passive(&bench.tcp), TCP_ERR_EXISTS);
    UNIT_INT(bench_send("x"), TCP_ERR_NOT_OPEN); /* LISTEN */
    UNIT_INT(receive(), 0);                      /* §3.10.3: it waits */
    UNIT_INT(tcp_open_active(&bench.tcp), 0); /* §3.10.1: passive to active */
    BENCH_STATE(TCP_SYN_SENT);
    UNIT_INT(tcp_open_active(&bench.tcp), TCP_ERR_EXISTS);
    UNIT_INT(tcp_close(&bench.tcp), 0);
    BENCH_STATE(TCP_CLOSED);
    tcp_open_passive(&bench.tcp);
    tcp_close(&bench.tcp);
    BENCH_STATE(TCP_CLOSED);
}

/* RFC 9293 §3.10.4 */
static void a_close_in_syn_received_waits_for_data(void) {
    go_to(TCP_SYN_RECEIVED);
    tcp_close(&bench.tcp);
    BENCH_STATE(TCP_FIN_WAIT_1);
    BENCH_OUTPUT(F | A, 101, 5001, 0);
    bench_arrive(A, 5001, 102, "");
    BENCH_STATE(TCP_FIN_WAIT_2);
    go_to(TCP_SYN_RECEIVED);
    bench_send("data");
    tcp_close(&bench.tcp);
    BENCH_STATE(TCP_SYN_RECEIVED);
    BENCH_SILENT();
    bench_arrive(A, 5001, 101, "");
    BENCH_STATE(TCP_FIN_WAIT_1);
    BENCH_OUTPUT(F | P | A, 101, 5001, 4);
}

/* §3.10.5: the states of which the table says that they send a RST. */
static void an_abort_resets_a_synchronized_connection(void) {
    for (int s = TCP_SYN_RECEIVED; s < TCP_STATES; s++) {
        go_to((enum tcp_state)s);
        bool has_reset = s <= TCP_CLOSE_WAIT;
        uint32_t nxt = bench.tcp.snd.nxt;
        UNIT_INT(tcp_abort(&bench.tcp), 0);
        BENCH_STATE(TCP_CLOSED);
        UNIT_INT(bench_output(), has_reset ? R : -1);
        if (has_reset) UNIT_INT(bench.s.seq, nxt);
        UNIT_INT(receive(), TCP_ERR_RESET);
    }
}

/* RFC 9293 §3.8.6.2.2 */
static void the_window_opens_in_large_steps(void) {
    uint8_t byte[1000];
    bench_connect();
    for (int i = 0; i < 4; i++)
        bench_arrive_zeros(5001 + 2048 * (uint32_t)i, 101, 2048);
    bench_discard();
    UNIT_INT(tcp_receive(&bench.tcp, byte, 999), 999);
    BENCH_SILENT();
    UNIT_INT(bench.tcp.rcv.wnd, 0);
    UNIT_INT(tcp_receive(&bench.tcp, byte, 1), 1);
    BENCH_OUTPUT(A, 101, 5001 + 8192, 0);
    UNIT_INT(bench.s.window, 1000);
}

/* ESTABLISHED, with another receive queue than that of the bench. */
static void connect_with(struct span memory) {
    bench_init();
    const struct tcp_options o = bench.tcp.options;
    tcp_init(&bench.tcp, &o, (struct span){bench.memory[0], BENCH_MEMORY},
             memory);
    bench_open();
}

/* §3.8.6.2.2: min(Fr * RCV.BUFF, Eff.snd.MSS), and Fr is 1/2. */
static void half_of_a_small_buffer_is_a_large_step(void) {
    uint8_t byte[600];
    connect_with((struct span){bench.memory[1], 1200});
    bench_arrive_zeros(5001, 101, 1200);
    bench_discard();
    UNIT_INT(tcp_receive(&bench.tcp, byte, 599), 599);
    UNIT_INT(bench.tcp.rcv.wnd, 0);
    UNIT_INT(tcp_receive(&bench.tcp, byte, 1), 1);
    BENCH_OUTPUT(A, 101, 5001 + 1200, 0);
    UNIT_INT(bench.s.window, 600);
}

/* A peer that still may send half of the largest window needs no ACK to go on:
 * it learns of more with the next one. */
static void a_window_that_is_large_is_not_announced_again(void) {
    static uint8_t memory[TCP_MAX_WINDOW], bytes[TCP_MAX_WINDOW];
    for (uint32_t n = 32767; n <= 32769; n++) {
        connect_with((struct span){memory, sizeof memory});
        bench_arrive_zeros(5001, 101, 20000);
        bench_arrive_zeros(25001, 101, n - 20000);
        bench_discard();
        UNIT_INT(bench.tcp.rcv.wnd, TCP_MAX_WINDOW - n);
        UNIT_INT(tcp_receive(&bench.tcp, bytes, TCP_MAX_WINDOW), n);
        UNIT_INT(bench.tcp.rcv.wnd, TCP_MAX_WINDOW);
        UNIT_INT(bench_output(), n <= 32768 ? -1 : A);
    }
}

/* §3.10.3: data may still arrive after a CLOSE, but not after a FIN. */
static void the_window_opens_until_the_fin_of_the_peer(void) {
    static const enum tcp_state states[] = {TCP_ESTABLISHED, TCP_FIN_WAIT_1,
                                            TCP_FIN_WAIT_2};
    for (int i = 0; i < 3; i++) {
        go_to(states[i]);
        bench_arrive_zeros(5001, bench.tcp.snd.una, BENCH_MEMORY);
        bench_discard();
        BENCH_STATE(states[i]);
        UNIT_INT(receive(), BENCH_MEMORY);
        UNIT_INT(bench_output(), A);
        UNIT_INT(bench.s.window, BENCH_MEMORY);
    }
    bench_connect();
    bench_arrive_zeros(5001, 101, 8000);
    bench_arrive(F | A, 13001, 101, "");
    bench_discard();
    BENCH_STATE(TCP_CLOSE_WAIT);
    UNIT_INT(receive(), 8000);
    BENCH_SILENT();
}

static void a_new_connection_has_no_data_of_the_last_one(void) {
    go_to(TCP_FIN_WAIT_2);
    bench_arrive(F | A, 5001, 102, "old");
    bench_discard();
    bench_wait(bench.tcp.options.msl_us * 2);
    BENCH_SILENT();
    BENCH_STATE(TCP_CLOSED);
    UNIT_INT(tcp_open_active(&bench.tcp), 0); /* "old" was not received */
    UNIT_INT(receive(), 0);
    BENCH_OUTPUT(S, 100, 0, 0);
    UNIT_INT(bench.s.window, BENCH_MEMORY);
}

/* RFC 9293 §3.1: the checksum, and DOffset */
static void a_damaged_segment_is_ignored(void) {
    bench_connect();
    struct buf b = {.max = 100};
    struct segment s = {2000, 1000, 5001, 101, R, 8000, 0, 0, {NULL, 0}};
    segment_write(&b, &s, (struct span){NULL, 0}, &bench_peer, &bench_own);
    for (size_t bit = 0; bit < 8 * (size_t)b.end; bit++) {
        b.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        tcp_arrives(&bench.tcp, 0, &bench_peer, buf_view(&b));
        b.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t n = 0; n < b.end; n++)
        tcp_arrives(&bench.tcp, 0, &bench_peer, (struct span){b.bytes, n});
    UNIT_INT(bench.tcp.counts.damaged, 9 * b.end);
    UNIT_INT(bench.tcp.counts.arrived, 9 * b.end + 1); /* and the SYN */
    BENCH_STATE(TCP_ESTABLISHED);
    buf_free(&b);
}

/* A right checksum does not make a segment of less than a header. */
static void a_segment_that_is_cut_in_its_header_is_ignored(void) {
    bench_connect();
    for (size_t n = 18; n < 20; n++) {
        uint8_t bytes[20] = {0};
        uint32_t sum =
            ip_pseudo_header(&bench_peer, &bench_own, IP_TCP, (uint32_t)n);
        uint16_t checksum = checksum_of(sum);
        bytes[16] = (uint8_t)(checksum >> 8);
        bytes[17] = (uint8_t)checksum;
        tcp_arrives(&bench.tcp, 0, &bench_peer, (struct span){bytes, n});
        BENCH_SILENT();
    }
    UNIT_INT(bench.tcp.counts.damaged, 2);
}

/* --- transitions --- */

static void each_transition_is_reported_once(void) {
    struct tcp_transition step;
    go_to(TCP_TIME_WAIT);
    static const enum tcp_state path[] = {TCP_SYN_SENT, TCP_ESTABLISHED,
                                          TCP_FIN_WAIT_1, TCP_FIN_WAIT_2,
                                          TCP_TIME_WAIT};
    for (int i = 0; i < 5; i++) {
        UNIT_TRUE(tcp_next_step(&bench.tcp, &step));
        UNIT_INT(step.to, path[i]);
    }
    UNIT_FALSE(tcp_next_step(&bench.tcp, &step));
    bench_init();
    for (int i = 0; i < TCP_STEPS; i++) { /* two transitions each */
        tcp_open_passive(&bench.tcp);
        tcp_close(&bench.tcp);
    }
    int count = 0;
    while (tcp_next_step(&bench.tcp, &step)) count++;
    UNIT_INT(count, TCP_STEPS);
    UNIT_INT(step.to, TCP_CLOSED);
}

UNIT_MAIN("tcp_arrives", UNIT_TEST(a_closed_tcp_replies_with_a_reset),
          UNIT_TEST(a_listener_accepts_a_syn_only),
          UNIT_TEST(text_after_a_syn_is_sent_again),
          UNIT_TEST(a_listener_learns_its_peer_from_the_syn),
          UNIT_TEST(a_segment_to_another_port_is_reset),
          UNIT_TEST(a_wrong_ack_of_a_syn_is_reset),
          UNIT_TEST(a_reset_refuses_the_connection_if_it_acknowledges_the_syn),
          UNIT_TEST(a_syn_ack_may_carry_data_and_a_fin),
          UNIT_TEST(a_simultaneous_open_ends_in_established),
          UNIT_TEST(only_segments_in_the_window_are_accepted),
          UNIT_TEST(a_closed_window_accepts_acks_and_resets_only),
          UNIT_TEST(a_reset_needs_the_exact_number),
          UNIT_TEST(nothing_else_of_a_reset_counts),
          UNIT_TEST(a_reset_discards_data_that_was_not_received),
          UNIT_TEST(a_passive_open_returns_to_listen),
          UNIT_TEST(a_syn_is_challenged_after_either_open),
          UNIT_TEST(nothing_else_of_a_syn_counts),
          UNIT_TEST(a_segment_without_ack_is_dropped),
          UNIT_TEST(syn_received_resets_a_wrong_ack),
          UNIT_TEST(acks_outside_the_data_under_way_are_challenged),
          UNIT_TEST(an_older_segment_does_not_set_the_window),
          UNIT_TEST(text_is_put_in_order),
          UNIT_TEST(text_beyond_the_window_is_cut_off),
          UNIT_TEST(text_beyond_the_announced_window_is_cut_off),
          UNIT_TEST(a_fin_waits_for_the_text_before_it),
          UNIT_TEST(a_passive_close_goes_through_last_ack),
          UNIT_TEST(an_active_close_goes_through_time_wait),
          UNIT_TEST(a_simultaneous_close_goes_through_closing),
          UNIT_TEST(a_fin_with_the_ack_of_ours_goes_to_time_wait),
          UNIT_TEST(calls_without_a_connection_fail),
          UNIT_TEST(a_close_in_syn_received_waits_for_data),
          UNIT_TEST(an_abort_resets_a_synchronized_connection),
          UNIT_TEST(the_window_opens_in_large_steps),
          UNIT_TEST(half_of_a_small_buffer_is_a_large_step),
          UNIT_TEST(a_window_that_is_large_is_not_announced_again),
          UNIT_TEST(the_window_opens_until_the_fin_of_the_peer),
          UNIT_TEST(a_new_connection_has_no_data_of_the_last_one),
          UNIT_TEST(a_damaged_segment_is_ignored),
          UNIT_TEST(a_segment_that_is_cut_in_its_header_is_ignored),
          UNIT_TEST(each_transition_is_reported_once))
