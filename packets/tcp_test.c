/* tcp_test.c: two ends of packets/tcp.h exchange data */
#include "packets/tcp_echo.h"
#include "packets/tcp_pair_inside.h"
#include "packets/unit.h"

#define QUEUE 16384
#define DAY_US INT64_C(86400000000)

static struct tcp_pair two;
static const struct tcp_options plain = {TCP_DEFAULTS, .iss = 100};
static const struct channel_options perfect = {.delay_us = 10000};

/* --- an echo --- */

/* Returns the simulated time that it took. */
static int64_t echo(const struct tcp_options *o,
                    const struct channel_options *c, uint32_t total,
                    struct tcp_echo *u, size_t queue) {
    *u = (struct tcp_echo){.total = total};
    tcp_pair_init(&two, o, c, queue);
    tcp_open_passive(&two.end[1]);
    tcp_open_active(&two.end[0]);
    do {
        tcp_echo_client(u, &two.end[0]);
        tcp_echo_server(&two.end[1]);
    } while (pair_step(&two));
    return two.now_us;
}

static void an_echo_is_exact_without_loss(void) {
    struct tcp_echo u;
    echo(&plain, &perfect, 100000, &u, QUEUE);
    UNIT_INT(u.received, 100000);
    UNIT_INT(u.digest_received, u.digest_sent);
    UNIT_INT(u.end, TCP_ERR_CLOSING);
    UNIT_INT(two.end[0].state, TCP_CLOSED);
    UNIT_INT(two.end[1].state, TCP_CLOSED);
    UNIT_INT(two.end[0].counts.resent + two.end[1].counts.resent, 0);
    tcp_pair_free(&two);
}

/* 20 % loss, 5 % duplicates, 20 % reordered, in both directions. */
static void every_byte_is_intact_over_a_thousand_bad_networks(void) {
    struct tcp_options o = plain;
    struct tcp_echo u;
    uint32_t exact = 0, resent = 0, fast = 0;
    o.user_timeout_us = DAY_US;
    o.mss = 400; /* 50 segments in each direction */
    for (uint32_t seed = 1; seed <= 1000; seed++) {
        struct channel_options c = {.seed = seed,
                                    .loss = 200,
                                    .duplication = 50,
                                    .reordering = 200,
                                    .delay_us = 10000};
        o.iss = 0u - seed * 37; /* most wrap on the way */
        echo(&o, &c, 20000, &u, QUEUE);
        bool is_exact = u.received == 20000 && u.end == TCP_ERR_CLOSING &&
                        u.digest_sent == u.digest_received &&
                        two.end[0].state == TCP_CLOSED &&
                        two.end[1].state == TCP_CLOSED;
        if (!is_exact)
            printf("seed %u: %u of %u, %s, %s\n", seed, u.received, u.sent,
                   tcp_state_name(two.end[0].state),
                   tcp_state_name(two.end[1].state));
        exact += is_exact;
        resent += two.end[0].counts.resent;
        fast += two.end[0].counts.fast;
        tcp_pair_free(&two);
    }
    UNIT_INT(exact, 1000);
    UNIT_TRUE(resent > 5000);
    UNIT_TRUE(fast > 1000);
}

/* Runs both ends until they have nothing to do without a user. */
static void run(void) {
    for (int i = 0; i < 100 && two.now_us < DAY_US; i++)
        if (!pair_step(&two)) return;
}

static void expect_states(enum tcp_state a, enum tcp_state b) {
    UNIT_INT(two.end[0].state, a);
    UNIT_INT(two.end[1].state, b);
}

static void each_way_has_its_own_losses(void) {
    tcp_pair_init(&two, &plain, &perfect, QUEUE);
    UNIT_TRUE(two.to[0].options.seed != two.to[1].options.seed);
    UNIT_INT(two.end[1].options.iss - two.end[0].options.iss, 5000);
    tcp_pair_free(&two);
}

static void connect_both(void) {
    tcp_pair_init(&two, &plain, &perfect, QUEUE);
    tcp_open_passive(&two.end[1]);
    tcp_open_active(&two.end[0]);
    run();
    expect_states(TCP_ESTABLISHED, TCP_ESTABLISHED);
}

/* RFC 9293 §3.4: wherever the numbers begin, around 2^32 and 2^31. */
static void an_echo_is_exact_wherever_the_numbers_begin(void) {
    struct tcp_options o = plain;
    struct tcp_echo u;
    for (uint32_t i = 0; i <= 20; i++) {
        o.iss = (i % 2 ? 0x80000000u : 0) - i * 1460;
        echo(&o, &perfect, 30000, &u, QUEUE);
        UNIT_TRUE(tcp_echo_is_exact(&u));
        UNIT_INT(two.end[0].counts.resent + two.end[1].counts.resent, 0);
        tcp_pair_free(&two);
    }
}

static void the_smallest_queues_work(void) {
    struct tcp_echo u;
    for (size_t n = 2; n < 20; n++) {
        echo(&plain, &perfect, 50, &u, n);
        UNIT_TRUE(tcp_echo_is_exact(&u));
        tcp_pair_free(&two);
    }
}

static void the_same_seed_gives_the_same_run(void) {
    struct channel_options c = {.seed = 7,
                                .loss = 300,
                                .reordering = 300,
                                .duplication = 300,
                                .delay_us = 5000,
                                .jitter_us = 9000};
    struct tcp_counts counts[2];
    struct tcp_echo u;
    int64_t time[2];
    for (int i = 0; i < 2; i++) {
        time[i] = echo(&plain, &c, 9000, &u, QUEUE);
        counts[i] = two.end[0].counts;
        tcp_pair_free(&two);
    }
    UNIT_INT(time[0], time[1]);
    UNIT_INT(memcmp(&counts[0], &counts[1], sizeof counts[0]), 0);
}

static void damaged_segments_are_sent_again(void) {
    struct channel_options c = {.seed = 3, .corruption = 300, .delay_us = 5000};
    struct tcp_echo u;
    echo(&plain, &c, 30000, &u, QUEUE);
    UNIT_TRUE(tcp_echo_is_exact(&u));
    UNIT_TRUE(two.end[0].counts.damaged > 3);
    tcp_pair_free(&two);
}

/* §3.5, Figure 8; §3.6, Figure 13. */
static void both_may_open_and_close_at_once(void) {
    tcp_pair_init(&two, &plain, &perfect, QUEUE);
    tcp_open_active(&two.end[0]);
    tcp_open_active(&two.end[1]);
    run();
    expect_states(TCP_ESTABLISHED, TCP_ESTABLISHED);
    tcp_send(&two.end[0], span_from("a"));
    tcp_send(&two.end[1], span_from("b"));
    for (int i = 0; i < 2; i++) tcp_close(&two.end[i]);
    while (two.end[0].state != TCP_CLOSING) pair_step(&two);
    expect_states(TCP_CLOSING, TCP_CLOSING);
    while (two.end[0].state != TCP_TIME_WAIT) pair_step(&two);
    expect_states(TCP_TIME_WAIT, TCP_TIME_WAIT);
    run();
    expect_states(TCP_CLOSED, TCP_CLOSED);
    tcp_pair_free(&two);
}

static void one_end_may_send_after_the_other_has_closed(void) {
    uint8_t bytes[20];
    connect_both();
    tcp_close(&two.end[0]);
    run();
    expect_states(TCP_FIN_WAIT_2, TCP_CLOSE_WAIT);
    UNIT_INT(tcp_receive(&two.end[1], bytes, 20), TCP_ERR_CLOSING);
    tcp_send(&two.end[1], span_from("still here"));
    run();
    UNIT_INT(tcp_receive(&two.end[0], bytes, 20), 10);
    UNIT_INT(tcp_receive(&two.end[0], bytes, 20), 0);
    tcp_close(&two.end[1]);
    run();
    UNIT_INT(tcp_receive(&two.end[0], bytes, 20), TCP_ERR_CLOSING);
    expect_states(TCP_CLOSED, TCP_CLOSED);
    tcp_pair_free(&two);
}

static void an_abort_reaches_the_peer(void) {
    uint8_t byte;
    connect_both();
    tcp_send(&two.end[0], span_from("gone"));
    tcp_abort(&two.end[0]);
    run();
    expect_states(TCP_CLOSED, TCP_CLOSED);
    UNIT_INT(tcp_receive(&two.end[1], &byte, 1), TCP_ERR_RESET);
    tcp_pair_free(&two);
}

/* §3.5.1: one end has crashed, and has lost its TCB. */
static void a_half_open_connection_is_discovered(void) {
    connect_both();
    tcp_abort(&two.end[1]);
    two.end[1].reply.flags = 0; /* it could not even send a RST */
    tcp_send(&two.end[0], span_from("hello?"));
    run();
    UNIT_INT(two.end[0].error, TCP_ERR_RESET);
    tcp_pair_free(&two);
}

/* A user that does not receive closes the window; later it gets all data. */
static void a_slow_reader_gets_everything(void) {
    static uint8_t bytes[3 * QUEUE];
    size_t sent = 0;
    int n, received = 0;
    connect_both();
    for (int i = 0; i < 20; i++) {
        sent += (size_t)tcp_send(&two.end[0], (struct span){bytes, QUEUE});
        if (sent > 2 * QUEUE) break;
        run();
    }
    UNIT_INT(two.end[0].snd.wnd, 0);
    UNIT_TRUE(two.end[0].counts.probes > 0);
    UNIT_INT(two.end[0].error, 0);
    for (int i = 0; i < 100 && received < (int)sent; i++) {
        n = tcp_receive(&two.end[1], bytes, 777);
        if (n > 0)
            received += n;
        else
            pair_step(&two);
    }
    UNIT_INT(received, sent);
    tcp_pair_free(&two);
}

/* A cut wire: both give up after the user timeout, in any state. */
static void a_cut_wire_ends_in_closed(void) {
    struct channel_options cut = {.loss = 1000};
    connect_both();
    for (int i = 0; i < 2; i++) {
        channel_set(&two.to[i], &cut);
        tcp_send(&two.end[i], span_from("x"));
    }
    run();
    expect_states(TCP_CLOSED, TCP_CLOSED);
    UNIT_INT(two.end[0].error, TCP_ERR_TIMED_OUT);
    tcp_pair_free(&two);
}

UNIT_MAIN("tcp", UNIT_TEST(an_echo_is_exact_without_loss),
          UNIT_TEST(every_byte_is_intact_over_a_thousand_bad_networks),
          UNIT_TEST(an_echo_is_exact_wherever_the_numbers_begin),
          UNIT_TEST(each_way_has_its_own_losses),
          UNIT_TEST(the_smallest_queues_work),
          UNIT_TEST(the_same_seed_gives_the_same_run),
          UNIT_TEST(damaged_segments_are_sent_again),
          UNIT_TEST(both_may_open_and_close_at_once),
          UNIT_TEST(one_end_may_send_after_the_other_has_closed),
          UNIT_TEST(an_abort_reaches_the_peer),
          UNIT_TEST(a_half_open_connection_is_discovered),
          UNIT_TEST(a_slow_reader_gets_everything),
          UNIT_TEST(a_cut_wire_ends_in_closed))
