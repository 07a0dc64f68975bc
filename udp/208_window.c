/*
 * 208_window.c: many packets under way, and how many
 *
 * Shows       A window fills the round trip. After a loss, go-back-N sends the
 *             whole window again, selective repeat one packet. AIMD finds how
 *             large the window should be.
 * By hand     AIMD. The two schemes are side by side in packets/window.c.
 * Calls       packets/window.h, transfer.h (introduced here), chart.h
 * Run         $ bin/208_window
 *             $ bin/208_window --runs 1000
 * Try         $ bin/208_window --ask --seed 5
 *             $ bin/208_window --break
 * Limits      Only a timer detects a loss; TCP does it sooner: 120_lossy_wire.c
 * Read        RFC 3366 (both schemes), RFC 5681 §3.1, RFC 1982 §3.2
 */
#include "packets/transfer.h"
#include "tcp/options.h"
#include "tcp/plot.h"

#include <stdio.h>

#define MS INT64_C(1000) /* microseconds */
#define ONE 1000         /* AIMD counts in thousandths of a packet */
#define MANY 1500        /* packets, for AIMD */

/* The window is half of the sequence space, and with --break one packet more.
 * The numbers wrap after 8 of the 12 packets. */
static struct transfer_options small = {
    .window = {.bits = 3, .size = 4, .timeout_us = 250 * MS},
    .channel = {.loss = 100, .duplication = 50, .delay_us = 100 * MS},
    .total = 12};

/* The line of AIMD: 100 packets a second, after a queue of 15. A packet that
 * finds the queue full is lost, and no other one is. */
static const struct transfer_options large = {
    .window = {true, .bits = 8, .size = WINDOW_MAX, .timeout_us = 300 * MS},
    .channel = {.rate = 10000, .queue = 1500, .delay_us = 50 * MS},
    .total = MANY};

static struct transfer transfer;
static struct chart_point points[MANY]; /* one for each ACK, at most */
static bool is_asking, is_shown;
static char rows[2][80]; /* of the ladder: the sender's, the receiver's */
static int64_t row_us;   /* the time of both rows */

static void print_rows(void) {
    for (int side = 0; side < 2; side++) {
        if (*rows[side])
            printf("%5d ms  %*s%s%s\n", (int)(row_us / MS), side * 28, "",
                   side ? "gets" : "DATA", rows[side]);
        *rows[side] = '\0';
    }
}

/* All that one side does at one time is one row. */
static void show(const struct transfer_event *e) {
    char *row = rows[e->kind == TRANSFER_ARRIVED];
    if (transfer.now_us != row_us) print_rows();
    row_us = transfer.now_us;
    if (is_asking && e->is_again) is_shown = false;
    if (is_shown && e->kind != TRANSFER_ACKED)
        snprintf(row + strlen(row), sizeof rows[0] - strlen(row), " %u%s",
                 e->seq, transfer_mark(e));
}

/* Adds up the bytes sent again, and the transfers without a fault. */
static void run_small(bool is_selective, uint32_t runs, uint32_t *resent,
                      uint32_t *exact) {
    struct transfer_event e;
    struct transfer_options o = small;
    o.window.is_selective = is_selective;
    is_shown = runs == 1;
    if (is_shown) puts(is_selective ? "selective repeat:" : "go-back-N:");
    for (uint32_t i = 0; i < runs; i++, o.channel.seed++) {
        transfer_init(&transfer, &o);
        while (transfer_next(&transfer, &e)) show(&e);
        print_rows();
        *resent += transfer.resent_count * TRANSFER_PACKET;
        *exact += transfer_is_exact(&transfer);
        transfer_free(&transfer);
    }
}

/* Additive increase: in each round trip one packet more, that is 1/cwnd for
 * each ACK. Multiplicative decrease: half, but once for all that were under
 * way. cwnd is the congestion window, in thousandths; returns the new one. */
static uint32_t adapt(uint32_t cwnd, const struct transfer_event *e) {
    static uint32_t recover; /* packets before it were under way then */
    if (e->kind == TRANSFER_ACKED) return cwnd + e->count * ONE * ONE / cwnd;
    if (!e->is_again || e->number < recover) return cwnd;
    recover = transfer.sent_count;
    return cwnd > 2 * ONE ? cwnd / 2 : ONE;
}

/* Draws the window at each ACK, for as long as there are points. */
static int find_size(const char *svg) {
    struct chart_series saw = {"cwnd", '#', points, 0};
    struct chart c = {"AIMD", "s", "packets", .series = &saw,
                      .series_count = 1};
    uint32_t cwnd = ONE;
    struct transfer_event e;
    transfer_init(&transfer, &large);
    for (transfer.sender.options.size = 1; transfer_next(&transfer, &e);) {
        cwnd = adapt(cwnd, &e);
        transfer.sender.options.size = cwnd / ONE;
        if (e.kind == TRANSFER_ACKED && saw.count < MANY)
            points[saw.count++] = (struct chart_point){
                (double)transfer.now_us / 1e6, (double)cwnd / ONE};
    }
    printf("AIMD: %d packets, %u sent again, in %.1f s\n", MANY,
           transfer.resent_count, (double)transfer.now_us / 1e6);
    transfer_free(&transfer);
    return plot_show(&c, svg);
}

int main(int argc, char **argv) {
    uint32_t seed = 1, runs = 1, resent[2] = {0}, exact[2] = {0};
    bool is_broken = false;
    const char *svg = NULL;
    const struct option_row options[] = {
        OPTION_NUMBER("--seed", "N", "of the first run", &seed, 0, 1 << 30),
        OPTION_NUMBER("--runs", "N", "show only the sum", &runs, 1, 100000),
        OPTION_FLAG("--ask", "stop at the first timer", &is_asking),
        OPTION_FLAG("--break", "a window of 5 with 3 bits", &is_broken),
        OPTION_SVG(&svg),
        OPTION_END};
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    small.channel.seed = seed;
    small.window.size += is_broken;
    for (int i = 0; i < 2; i++) run_small(i == 1, runs, &resent[i], &exact[i]);
    if (is_asking) puts("A timer ends: which packets does each send again?");
    if (is_asking) return 0;
    bool is_whole = runs == 1 && !is_broken;
    if (is_whole && find_size(svg) != 0) return options_report("the chart");
    printf("What you saw: go-back-N sent %u bytes again, selective repeat %u; "
           "each packet was delivered once, in order: %u and %u of %u runs.\n",
           resent[0], resent[1], exact[0], exact[1], runs);
    return 0;
}
