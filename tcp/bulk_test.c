/* bulk_test.c: tcp/bulk.h. The loopback loses nothing, so most of this can be
 * shown there; for losses see tcp/trial.h: where the system refuses a network
 * of its own, that test prints that it was skipped. */
#include "packets/unit.h"
#include "tcp/bulk.h"
#include "tcp/clock.h"
#include "tcp/pair.h"
#include "tcp/trial.h"

#include <errno.h>
#include <sys/socket.h>

enum {
    LONG_MS = 10000 /* until something is taken for stuck */
};

static struct bulk bulks[2];

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

static void an_endless_transfer_ends_with_the_time(void) {
    int64_t begin_ms = clock_ms();
    begin(&bulks[0], BULK_ENDLESS);
    UNIT_INT(bulk_run(bulks, 1, 60), 1);
    UNIT_TRUE(clock_ms() - begin_ms >= 60);
    UNIT_TRUE(bulks[0].received > 100000);
    UNIT_TRUE(bulks[0].sent >= bulks[0].received);
    UNIT_TRUE(bulks[0].elapsed_ms <= clock_ms() - begin_ms);
    bulk_abort(&bulks[0]);
}

static void points_begin_at_zero_and_keep_their_distance(void) {
    begin(&bulks[0], BULK_ENDLESS);
    struct bulk *b = &bulks[0];
    UNIT_INT(bulk_run(b, 1, 100), 1);
    UNIT_TRUE(b->point_count >= 3 && b->point_count <= BULK_POINTS);
    UNIT_TRUE(b->points[0].x == 0 && b->points[0].y == 0);
    for (size_t i = 1; i < b->point_count; i++) {
        UNIT_TRUE(b->points[i].x - b->points[i - 1].x >= BULK_POINT_MS);
        UNIT_TRUE(b->points[i].y > b->points[i - 1].y);
    }
    bulk_abort(b);
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

static void a_ping_comes_back_beside_a_transfer(void) {
    begin(&bulks[0], BULK_ENDLESS);
    begin(&bulks[1], 0);
    int ms = bulk_ping(bulks, 1, bulks[1].ends, 30);
    UNIT_TRUE(ms >= 0 && ms < LONG_MS);
    UNIT_TRUE(bulks[0].received > 0);
    for (int i = 0; i < 2; i++) bulk_abort(&bulks[i]);
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
        return UNIT_SKIPPED;
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
          UNIT_TEST(a_ping_comes_back_beside_a_transfer),
          UNIT_TEST(a_control_that_does_not_exist_is_an_error),
          UNIT_TEST(only_a_socket_has_a_report),
          UNIT_TEST(the_kernel_reports_what_it_had_to_repeat))
