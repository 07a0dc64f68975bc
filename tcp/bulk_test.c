/* bulk_test.c: tcp/bulk.h. The loopback loses nothing, so most of this can be
 * shown there; for losses see tcp/trial.h: where the system refuses a network
 * of its own, that test prints that it was skipped. */
#ifdef __linux__
#define _GNU_SOURCE /* struct tcp_info */
#endif
#include "packets/unit.h"
#include "tcp/bulk.h"
#include "tcp/calls_unit.h"
#include "tcp/clock.h"
#include "tcp/pair.h"
#include "tcp/trial.h"
#include "tcp/unit.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

UNIT_CALL(ssize_t, -1, recv, (int fd, void *bytes, size_t n, int flags),
          (fd, bytes, n, flags))
UNIT_CALL(ssize_t, -1, send, (int fd, const void *bytes, size_t n, int flags),
          (fd, bytes, n, flags))

enum {
    LONG_MS = 20000 /* until something is taken for stuck */
};

static struct bulk bulks[2];

/* With is_made_up the clock is that of the test: a call of poll takes step_ms,
 * and the first one first_ms more. */
static bool is_made_up;
static int64_t made_up_ms, step_ms, first_ms;

int clock_gettime(clockid_t id, struct timespec *t) {
    static int (*real)(clockid_t id, struct timespec * t);
    if (!real) find_call("clock_gettime", &real);
    if (!is_made_up) return real(id, t);
    t->tv_sec = made_up_ms / 1000;
    t->tv_nsec = made_up_ms % 1000 * 1000000;
    return 0;
}

static void make_up_clock(int64_t step) {
    is_made_up = true;
    made_up_ms = 1000000;
    step_ms = step;
    first_ms = 0;
}

/* What poll was called with last. */
static struct pollfd polled[16];
static nfds_t polled_count;

int poll(struct pollfd *fds, nfds_t n, int timeout_ms) {
    static int (*real)(struct pollfd * fds, nfds_t n, int timeout_ms);
    if (call_fails("poll")) return -1;
    polled_count = n;
    if (n <= 16) memcpy(polled, fds, n * sizeof *fds);
    if (!real) find_call("poll", &real);
    if (is_made_up) made_up_ms += step_ms + first_ms;
    first_ms = 0;
    return real(fds, n, timeout_ms);
}

static void begin(struct bulk *b, uint64_t size) {
    int ends[2];
    if (pair_open(ends) != 0) abort();
    memset(b, 0x55, sizeof *b);
    UNIT_INT(bulk_begin(b, ends, size, NULL), 0);
}

static void transfers_of_different_sizes_end_at_their_sizes(void) {
    begin(&bulks[0], 1);
    begin(&bulks[1], 3000001);
    UNIT_INT(bulk_run(bulks, 2, LONG_MS), 0);
    UNIT_INT(bulks[0].received, 1);
    UNIT_INT(bulks[1].received, 3000001);
    UNIT_INT(bulks[0].sent, 1);
    UNIT_INT(bulks[1].sent, 3000001);
    for (int i = 0; i < 2; i++) bulk_abort(&bulks[i]);
}

/* A step of 1 ms: 60 of them. */
static void an_endless_transfer_ends_with_the_time(void) {
    make_up_clock(1);
    begin(&bulks[0], BULK_ENDLESS);
    UNIT_INT(bulk_run(bulks, 1, 60), 1);
    UNIT_INT(made_up_ms, 1000060);
    is_made_up = false;
    UNIT_TRUE(bulks[0].received > 100000);
    UNIT_TRUE(bulks[0].sent >= bulks[0].received);
    UNIT_INT(bulks[0].elapsed_ms, 60);
    bulk_abort(&bulks[0]);
}

/* At steps of 5 ms a point is due each 10 ms; at most 150 are kept. */
static void points_begin_at_zero_and_keep_their_distance(void) {
    make_up_clock(5);
    begin(&bulks[0], BULK_ENDLESS);
    struct bulk *b = &bulks[0];
    UNIT_INT(bulk_run(b, 1, 5 * 1000), 1);
    is_made_up = false;
    UNIT_INT(b->point_count, BULK_POINTS);
    UNIT_TRUE(b->points[0].x == 0 && b->points[0].y == 0);
    for (size_t i = 1; i < b->point_count; i++) {
        UNIT_TRUE(b->points[i].x >= b->points[i - 1].x + BULK_POINT_MS);
        UNIT_TRUE(b->points[i].y > b->points[i - 1].y);
    }
    UNIT_TRUE(b->points[1].x == 10);
    bulk_abort(b);
}

/* The descriptors that poll gets: both ends while there is something to do. */
static void expect_polled(size_t i, bool is_sending, bool is_receiving) {
    UNIT_INT(polled[2 * i].fd, is_sending ? bulks[i].ends[0] : -1);
    UNIT_INT(polled[2 * i].events, POLLOUT);
    UNIT_INT(polled[2 * i + 1].fd, is_receiving ? bulks[i].ends[1] : -1);
    UNIT_INT(polled[2 * i + 1].events, POLLIN);
}

static void what_is_complete_is_not_waited_for(void) {
    make_up_clock(1);
    begin(&bulks[0], 1);
    begin(&bulks[1], BULK_ENDLESS);
    UNIT_INT(bulk_step(bulks, 2, 10), 2); /* sends */
    UNIT_INT(polled_count, 4);
    expect_polled(0, true, true);
    expect_polled(1, true, true);
    UNIT_INT(bulks[0].sent, 1);
    UNIT_INT(bulk_step(bulks, 2, 10), 1); /* receives */
    expect_polled(0, false, true);
    UNIT_INT(bulk_step(bulks, 2, 10), 1);
    expect_polled(0, false, false);
    expect_polled(1, true, true);
    UNIT_INT(bulks[0].elapsed_ms, 2); /* and not 3 */
    UNIT_INT(bulks[1].elapsed_ms, 3);
    is_made_up = false;
    for (int i = 0; i < 2; i++) bulk_abort(&bulks[i]);
}

/* A call that would block, or that a signal interrupts, changes nothing. */
static void a_call_that_would_block_is_repeated(void) {
    static const struct {
        const char *call;
        int error;
    } calls[] = {{"poll", EINTR}, {"send", EAGAIN}, {"recv", EAGAIN}};
    for (size_t i = 0; i < 3; i++)
        for (int number = 1; number <= 2; number++) {
            begin(&bulks[0], 100000);
            fail_call(calls[i].call, number, calls[i].error);
            UNIT_INT(bulk_run(bulks, 1, LONG_MS), 0);
            UNIT_TRUE(call_has_failed());
            UNIT_INT(bulks[0].sent, 100000);
            UNIT_INT(bulks[0].received, 100000);
            bulk_abort(&bulks[0]);
        }
}

static void a_call_that_fails_is_an_error(void) {
    static const struct {
        const char *call;
        int error;
    } calls[] = {{"poll", EINVAL}, {"send", EPIPE}, {"recv", ECONNRESET}};
    for (size_t i = 0; i < 3; i++) {
        begin(&bulks[0], 100000);
        fail_call(calls[i].call, 1, calls[i].error);
        UNIT_INT(bulk_run(bulks, 1, LONG_MS), -1);
        UNIT_INT(errno, calls[i].error);
        UNIT_TRUE(call_has_failed());
        bulk_abort(&bulks[0]);
    }
    int ends[2];
    if (pair_open(ends) != 0) abort();
    for (int i = 0; i < 2; i++) {
        int bad[2] = {i == 0 ? -1 : ends[0], i == 1 ? -1 : ends[1]};
        UNIT_INT(bulk_begin(&bulks[0], bad, 1, NULL), -1);
        UNIT_INT(errno, EBADF);
    }
    for (int i = 0; i < 2; i++) close(ends[i]);
}

static void the_end_of_the_stream_is_an_error(void) {
    begin(&bulks[0], 100000);
    shutdown(bulks[0].ends[0], SHUT_WR);
    bulks[0].sent = 100000;
    UNIT_INT(bulk_run(bulks, 1, LONG_MS), -1);
    UNIT_INT(errno, ECONNRESET);
    bulk_abort(&bulks[0]);
}

static void the_last_point_is_the_whole(void) {
    begin(&bulks[0], 2048);
    UNIT_INT(bulk_run(bulks, 1, LONG_MS), 0);
    UNIT_TRUE(bulks[0].points[bulks[0].point_count - 1].y == 2);
    bulk_abort(&bulks[0]);
}

static void an_abort_is_a_reset_and_a_reset_an_error(void) {
    begin(&bulks[0], BULK_ENDLESS);
    begin(&bulks[1], BULK_ENDLESS);
    int kept = bulks[0].ends[1];
    bulks[0].ends[1] = dup(kept);
    bulk_abort(&bulks[0]);
    bulks[1].ends[1] = kept; /* whose peer is gone */
    int status = 0;
    for (int i = 0; i < 1000 && status >= 0; i++)
        status = bulk_step(&bulks[1], 1, 10);
    UNIT_INT(status, -1);
    UNIT_INT(errno, ECONNRESET);
    bulk_abort(&bulks[1]);
}

/* The first ping takes 100 ms more than the others, of 1 ms. */
static void a_ping_comes_back_beside_a_transfer(void) {
    make_up_clock(1);
    begin(&bulks[0], BULK_ENDLESS);
    begin(&bulks[1], 0);
    first_ms = 100;
    int64_t before = made_up_ms;
    int *ends = unit_exact(bulks[1].ends, sizeof bulks[1].ends);
    int ms = bulk_ping(bulks, 1, ends, 200);
    free(ends);
    UNIT_TRUE(ms >= 101);
    UNIT_TRUE(ms <= 200);
    UNIT_INT(made_up_ms, before + 200);
    is_made_up = false;
    UNIT_TRUE(bulks[0].received > 0);
    for (int i = 0; i < 2; i++) bulk_abort(&bulks[i]);
}

/* What one end sends does not arrive at the other: after 3 s more it ends. */
static void a_ping_that_does_not_come_back_is_an_error(void) {
    int apart[2], peer;
    char byte;
    for (int i = 0; i < 2; i++) begin(&bulks[i], BULK_ENDLESS);
    for (int i = 0; i < 2; i++) apart[i] = bulks[i].ends[0];
    peer = bulks[0].ends[1];
    begin(&bulks[0], BULK_ENDLESS);
    make_up_clock(10);
    UNIT_INT(bulk_ping(bulks, 1, apart, 200), -1);
    UNIT_INT(errno, ETIMEDOUT);
    UNIT_INT(made_up_ms, 1003200);
    UNIT_INT(recv(peer, &byte, 1, 0), 1); /* apart[0] has sent it */
    UNIT_INT(recv(bulks[1].ends[1], &byte, 1, 0), -1);
    fail_call("poll", 1, EINVAL);
    UNIT_INT(bulk_ping(bulks, 1, apart, 200), -1);
    UNIT_INT(errno, EINVAL);
    fail_call("send", 1, EPIPE);
    UNIT_INT(bulk_ping(bulks, 1, apart, 200), -1);
    UNIT_INT(errno, EPIPE);
    is_made_up = false;
    bulk_abort(&bulks[0]);
    bulk_abort(&bulks[1]);
    close(apart[0]);
    close(peer);
}

/* The ping, what comes back, and the next ping. */
static void a_ping_that_cannot_be_sent_is_an_error(void) {
    begin(&bulks[0], 0);
    begin(&bulks[1], 0);
    for (int number = 1; number <= 3; number += 2) {
        fail_call("send", number, EPIPE);
        UNIT_INT(bulk_ping(bulks, 1, bulks[1].ends, 200), -1);
        UNIT_INT(errno, EPIPE);
        UNIT_TRUE(call_has_failed());
    }
    for (int i = 0; i < 2; i++) bulk_abort(&bulks[i]);
}

#ifdef __linux__
/* What the kernel reports, as the test wants it. */
static struct tcp_info reported;
static bool is_reported;

int getsockopt(int fd, int level, int name, void *value, socklen_t *size) {
    static int (*real)(int fd, int level, int name, void *value,
                       socklen_t *size);
    if (is_reported && level == IPPROTO_TCP && name == TCP_INFO) {
        memcpy(value, &reported, sizeof reported);
        return 0;
    }
    if (!real) find_call("getsockopt", &real);
    return real(fd, level, name, value, size);
}

static void the_least_and_the_most_of_all_steps_are_kept(void) {
    static const uint32_t cwnd[] = {10, 3, 20, 11};
    static const uint32_t rto_us[] = {200999, 900000, 100000, 300000};
    begin(&bulks[0], BULK_ENDLESS);
    for (int i = 0; i < 4; i++) {
        is_reported = true;
        reported = (struct tcp_info){.tcpi_snd_cwnd = cwnd[i],
                                     .tcpi_rto = rto_us[i],
                                     .tcpi_rtt = 77,
                                     .tcpi_total_retrans = 5};
        UNIT_INT(bulk_step(bulks, 1, 10), 1);
        is_reported = false;
        UNIT_INT(bulks[0].now.cwnd, cwnd[i]);
        UNIT_INT(bulks[0].now.rto_ms, rto_us[i] / 1000);
        UNIT_INT(bulks[0].now.rtt_us, 77);
        UNIT_INT(bulks[0].now.retransmissions, 5);
        UNIT_INT(bulks[0].min_cwnd, i == 0 ? 10 : 3);
        UNIT_INT(bulks[0].max_cwnd, i < 2 ? 10 : 20);
        UNIT_INT(bulks[0].max_rto_ms, i == 0 ? 200 : 900);
    }
    bulk_abort(&bulks[0]);
    UNIT_INT(bulks[0].ends[0], -1);
    UNIT_INT(bulks[0].ends[1], -1);
}
#else
static void the_least_and_the_most_of_all_steps_are_kept(void) {
}
#endif

/* The control is that of the sender, and the kernel's own name is accepted. */
static void the_sender_has_the_control_that_was_named(void) {
#ifdef TCP_CONGESTION
    char name[20] = "";
    socklen_t size = sizeof name;
    int ends[2];
    if (is_emulated()) return;
    if (pair_open(ends) != 0) abort();
    UNIT_INT(bulk_begin(&bulks[0], ends, 1, "reno"), 0);
    UNIT_INT(getsockopt(ends[0], IPPROTO_TCP, TCP_CONGESTION, name, &size), 0);
    UNIT_INT(strcmp(name, "reno"), 0);
    bulk_abort(&bulks[0]);
#endif
}

static void a_control_that_does_not_exist_is_an_error(void) {
    int ends[2];
    if (pair_open(ends) != 0) abort();
    UNIT_INT(bulk_begin(&bulks[0], ends, 1, "no such"), -1);
    UNIT_TRUE(errno == ENOENT || errno == ENOSYS);
    bulk_abort(&bulks[0]);
}

static void only_a_socket_has_a_report(void) {
    struct bulk_report r;
    UNIT_INT(bulk_report(-1, &r), -1);
    UNIT_TRUE(errno == EBADF || errno == ENOSYS);
    UNIT_INT(r.cwnd, 0);
}

/* 20 ms there and back, each tenth segment lost: the kernel's own account must
 * agree with what the wire has done. */
static int lose_segments(void) {
    static struct trial trial;
    struct wire_options options = {.pcap = NULL};
    struct channel_options o = {.seed = 1, .loss = 100, .delay_us = 10000};
    struct bulk *b = &bulks[0];
    int ends[1][2];
    if (trial_open(&trial, &options) != 0 || !trial.is_real)
        return UNIT_SKIPPED; /* trial_test finds the faults of trial_open */
    UNIT_EXPECT(trial_begin(&trial, &o, ends, 1) == 0);
    UNIT_EXPECT(bulk_begin(b, ends[0], 100000, "reno") == 0);
    UNIT_EXPECT(bulk_run(b, 1, LONG_MS) == 0);
    UNIT_EXPECT(trial_end(&trial) == 0);
    UNIT_EXPECT(trial.report.to[1].lost > 0);
    UNIT_EXPECT(b->now.retransmissions > 0);
    UNIT_EXPECT(b->now.rtt_us >= 19000);
    UNIT_EXPECT(b->now.rto_ms * 1000 > b->now.rtt_us);
    UNIT_EXPECT(b->max_rto_ms >= b->now.rto_ms);
    UNIT_EXPECT(b->min_cwnd >= 1 && b->min_cwnd < b->max_cwnd);
    UNIT_EXPECT(b->elapsed_ms >= 40);
    bulk_abort(b);
    return 0;
}

static void the_kernel_reports_what_it_had_to_repeat(void) {
    UNIT_CHILD(lose_segments);
}

UNIT_MAIN("tcp/bulk",
          UNIT_TEST(transfers_of_different_sizes_end_at_their_sizes),
          UNIT_TEST(an_endless_transfer_ends_with_the_time),
          UNIT_TEST(points_begin_at_zero_and_keep_their_distance),
          UNIT_TEST(the_last_point_is_the_whole),
          UNIT_TEST(an_abort_is_a_reset_and_a_reset_an_error),
          UNIT_TEST(what_is_complete_is_not_waited_for),
          UNIT_TEST(a_call_that_would_block_is_repeated),
          UNIT_TEST(a_call_that_fails_is_an_error),
          UNIT_TEST(the_end_of_the_stream_is_an_error),
          UNIT_TEST(a_ping_that_cannot_be_sent_is_an_error),
          UNIT_TEST(a_ping_that_does_not_come_back_is_an_error),
          UNIT_TEST(the_least_and_the_most_of_all_steps_are_kept),
          UNIT_TEST(the_sender_has_the_control_that_was_named),
          UNIT_TEST(a_ping_comes_back_beside_a_transfer),
          UNIT_TEST(a_control_that_does_not_exist_is_an_error),
          UNIT_TEST(only_a_socket_has_a_report),
          UNIT_TEST(the_kernel_reports_what_it_had_to_repeat))
