/*
 * 120_lossy_wire.c: what a lost segment costs, and what a full queue costs
 *
 * Shows       A transfer at 0, 2 and 10 % loss; two transfers that share a slow
 *             wire; a ping beside a transfer, with a long or short queue.
 * By hand     The wires: loss, delay, rate, queue; what to compare.
 * Calls       tcp/bulk.h, tcp/trial.h (introduced here: transfers, wires)
 * Run         $ bin/120_lossy_wire
 *             $ bin/120_lossy_wire --svg loss.svg
 * Try         --congestion cubic; or bbr, if the kernel has it: what changes?
 * Limits      The wire is a process, so its delays are right to about 1 ms.
 * Read        RFC 5681 (cwnd), RFC 6298 (RTO), RFC 3819 §8.5; tcp(7)
 */
#include "tcp/bulk.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "tcp/plot.h"
#include "tcp/trial.h"

#define SIZE (1 << 20) /* bytes of a transfer, */
#define LIMIT_MS 600   /* which is given up then */
#define RATE 1000000   /* bytes per second */
#define DELAY 10000    /* us in each direction: 20 ms for a round trip */
#define PART_MS 220    /* half of sharing; filling the queue; the pings */

/* mark is for the chart; loss is in thousandths; a rate of 0 is no limit. */
static const struct run {
    const char *name;
    char mark;
    struct channel_options wire;
} runs[][3] = {
    {{"no loss", '0', {.delay_us = DELAY}},
     {"2 % loss", '2', {.loss = 20, .delay_us = DELAY}},
     {"10 % loss", 'x', {.loss = 100, .delay_us = DELAY}}},
    {{"4 MB/s, 2 %", '4', {.loss = 20, .rate = 4 * RATE, .delay_us = DELAY}},
     {"40 MB/s, 2 %", 'x', {.loss = 20, .rate = 40 * RATE, .delay_us = DELAY}},
     {"4 MB/s, 0 %", '0', {.rate = 4 * RATE, .delay_us = DELAY}}}};
static const struct channel_options slow = {.rate = RATE, .delay_us = 2000};
static const char *control = "reno"; /* what a sender does after a loss */
static uint32_t seed = 2;            /* which packets are lost */
static struct trial trial;
static struct bulk bulks[3]; /* from host 0 to host 1 */

/* Connects n transfers, then makes the wire as o says. queue 0: no limit. */
static void begin(struct bulk *b, int n, uint64_t size,
                  struct channel_options o, uint32_t queue) {
    int ends[2][2];
    o.seed = seed;
    o.queue = queue; /* bytes; ACKs come back on a wire without one */
    check(trial_begin(&trial, &o, ends, n) == 0, "trial_begin");
    for (int i = 0; i < n; i++)
        check(bulk_begin(&b[i], ends[i], size, control) == 0, control);
}

static void end(struct bulk *b, int n) {
    check(trial_end(&trial) == 0, "trial_end");
    for (int i = 0; i < n; i++) bulk_abort(&b[i]);
}

/* Transfers SIZE bytes; prints what the wire did, and what the kernel says.
 * Returns the line of the chart. */
static struct chart_series transfer(const struct run *r, struct bulk *b) {
    begin(b, 1, SIZE, r->wire, 0);
    check(bulk_run(b, 1, LIMIT_MS) >= 0, "transfer");
    end(b, 1);
    printf("%-12s %4d ms %4d KiB %5u %5u %5u %4u ms %3u ms %3u to %u\n",
           r->name, b->elapsed_ms, (int)(b->received / 1024),
           trial.report.to[1].lost, trial.report.to[0].lost,
           b->now.retransmissions, b->now.rtt_us / 1000, b->max_rto_ms,
           b->min_cwnd, b->max_cwnd);
    return (struct chart_series){r->name, r->mark, b->points, b->point_count};
}

/* Neither sender knows of the other; both notice only what the queue drops. */
static void share(void) {
    begin(bulks, 2, BULK_ENDLESS, slow, 20000);
    for (int half = 1; half <= 2; half++) {
        uint64_t a = bulks[0].received, b = bulks[1].received;
        check(bulk_run(bulks, 2, PART_MS) == 2, "transfers");
        printf("two transfers, half %d: %4u KiB and %4u KiB\n", half,
               (unsigned)((bulks[0].received - a) / 1024),
               (unsigned)((bulks[1].received - b) / 1024));
    }
    end(bulks, 2);
}

/* A transfer fills a queue, through which each ping has to go as well. */
static void ping(uint32_t queue) {
    begin(bulks, 2, BULK_ENDLESS, slow, queue);
    check(bulk_run(bulks, 1, PART_MS) == 1, "transfer");
    int max_ms = bulk_ping(bulks, 1, bulks[1].ends, PART_MS);
    end(bulks, 2);
    printf("a queue of %3u kB: %3d KiB; a ping takes up to %3d ms\n",
           (unsigned)queue / 1000, (int)(bulks[0].received / 1024), max_ms);
}

static void measure(bool is_broken, const char *svg) {
    struct chart_series s[3];
    struct chart c = {"1 MiB, as it arrives", "ms", "KiB", false, false, s, 3};
    printf("congestion control: %s\n1 MiB           ", control);
    puts("time received  lost  ACKs again     RTT    RTO  cwnd");
    for (int i = 0; i < 3; i++) s[i] = transfer(&runs[is_broken][i], &bulks[i]);
    check(plot_show(&c, svg) == 0, "chart");
    if (is_broken) return;
    share();
    ping(200000); /* 200 ms, at the rate of the wire */
    ping(20000);
}

int main(int argc, char **argv) {
    struct wire_options options = {.pcap = NULL};
    bool is_broken = false;
    const char *svg = NULL;
    const struct option_row rows[] = {
        OPTION_FLAG("--break", "a faster wire, as lossy", &is_broken),
        OPTION_TEXT("--congestion", "NAME", "control, reno", &control),
        OPTION_NUMBER("--seed", "N", "of the losses", &seed, 0, UINT32_MAX),
        OPTION_SVG(&svg),
        WIRE_OPTION_ROWS(&options),
        OPTION_END};
    int status = options_parse(argc, argv, rows);
    if (status != -1) return status;
    if (trial_open(&trial, &options) != 0) return 1;
    const char *seen = is_broken ? "a faster wire does not lose less"
                                 : "TCP takes a loss for a full queue";
    if (!trial.is_real) seen = "nothing: there are no hosts to measure between";
    if (trial.is_real) measure(is_broken, svg);
    printf("What you saw: %s.\n", seen);
    return trial_close(&trial) == 0 ? 0 : 1;
}
