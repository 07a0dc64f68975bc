/*
 * 306_why_packets.c: packets against whole messages, over three hops
 *
 * Shows       Why a message is cut into packets: the hops work at the same
 *             time, a small message need not wait for a big one, noise costs
 *             one packet. The price is a header for each: there is a best size.
 * By hand     carry: when each hop sends each packet.
 * Calls       packets/chart.h and tcp/plot.h, as tcp/118_nagle.c does
 * Run         $ bin/306_why_packets
 * Try         $ bin/306_why_packets --ask --seed 5
 *             $ bin/306_why_packets --break
 * Limits      The times are calculated. Packets with bytes: 304_router.c
 * Read        P. Baran, On Distributed Communications Networks, 1964
 */
#include "packets/chart.h"
#include "tcp/options.h"
#include "tcp/plot.h"

#include <stdio.h>
#include <string.h>

#define HOPS 3
#define RATE 1000.0 /* bytes that a hop sends in a ms */
#define COLUMNS 60  /* of a drawing */

static uint32_t message = 60000, header = 40; /* bytes */
static double noise;                  /* how likely a hop is to damage a byte */
static double column_ms = 1;          /* the time of a column */
static char shown[HOPS][COLUMNS + 1]; /* a row for each hop */
static double free_ms[HOPS];          /* when a hop has sent all it has */

struct result {
    double ms, small_ms; /* when the big and the small message arrive */
    double bytes;        /* of the big one, as each hop sends it */
};

/* Carries n bytes over all hops. A hop sends a packet on when it has received
 * all of it and has sent those before. Returns when the packet arrives. */
static double carry(double n, char mark) {
    double arrived = 0;
    for (int h = 0; h < HOPS; h++) {
        double begin = arrived > free_ms[h] ? arrived : free_ms[h];
        arrived = free_ms[h] = begin + n / RATE;
        for (int c = 0; c < COLUMNS; c++) {
            double middle = (c + 0.5) * column_ms;
            if (middle >= begin && middle < arrived) shown[h][c] = mark;
        }
    }
    return arrived;
}

/* Returns how many bytes a hop sends for n bytes of data, on average. It
 * retransmits a packet until all its bytes have survived the noise. */
static double cost(uint32_t n) {
    double survival = 1;
    for (uint32_t i = 0; i < n + header; i++) survival *= 1 - noise;
    return (n + header) / survival;
}

/* Sends the message in packets of size bytes. With is_shared there is one of
 * 200 bytes as well, and the first hop sends a packet of each in turn. */
static struct result send_message(uint32_t size, bool is_shared) {
    struct result r = {.ms = 0};
    double full = cost(size), last = cost((message - 1) % size + 1);
    memset(free_ms, 0, sizeof free_ms);
    for (int h = 0; h < HOPS; h++) memset(shown[h], ' ', COLUMNS);
    for (uint32_t at = 0; at < message; at += size) {
        double n = message - at < size ? last : full;
        r.bytes += n;
        r.ms = carry(n, (char)('a' + at / size % 26));
        if (at == 0 && is_shared) r.small_ms = carry(cost(200), '!');
    }
    return r;
}

static void draw(uint32_t size) {
    struct result r = send_message(size, true);
    printf("packets of %u bytes:\n", size);
    for (int h = 0; h < HOPS; h++) printf("  hop %d |%s|\n", h + 1, shown[h]);
    printf(
        "  the message arrives after %.1f ms, the small one (!) after %.1f\n",
        r.ms, r.small_ms);
}

/* Draws the times of all sizes, and prints the best one without noise. */
static int find_size(const char *svg) {
    static struct chart_point points[2][50];
    struct chart_series series[] = {{"with noise", 'x', points[0], 0},
                                    {"without", '.', points[1], 0}};
    struct chart c = {"the time",       "bytes in a packet", "ms",
                      .is_x_log = true, .series = series,    .series_count = 2};
    struct chart_point *p, best = {.y = 1e9};
    for (int i = 0; i < 2; i++) {
        noise = i == 0 ? 1e-5 : 0;
        for (uint32_t size = 8; size < message; size += size / 4) {
            p = &points[i][series[i].count++];
            *p = (struct chart_point){size, send_message(size, false).ms};
            if (i == 1 && p->y < best.y) best = *p;
        }
    }
    printf("the best size without noise: %.0f\n", best.x);
    return plot_show(&c, svg);
}

int main(int argc, char **argv) {
    const char *svg = NULL;
    uint32_t seed = 0, size = 1000;
    bool is_asking = false, is_broken = false;
    const struct option_row options[] = {
        OPTION_NUMBER("--seed", "N", "other sizes", &seed, 0, 1 << 30),
        OPTION_FLAG("--ask", "keep the times back", &is_asking),
        OPTION_FLAG("--break", "packets of one byte", &is_broken),
        OPTION_SVG(&svg), OPTION_END};
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    if (seed) message = 1000 * (10 + seed * 37 % 51);
    if (seed || is_broken) size = is_broken ? 1 : 500 * (1 + seed * 5 % 8);
    printf("modelled: 3 hops send 1000 bytes in a ms, a message of %u bytes,\n"
           "whole or in packets of %u, each with a header of %u\n",
           message, size, header);
    if (is_asking) return puts("After how many ms has it arrived?") == EOF;
    struct result whole = send_message(message, false),
                  cut = send_message(size, false);
    if (!seed && !is_broken) {
        column_ms = (whole.ms + 2) / COLUMNS;
        draw(message);
        draw(10000);
        draw(size);
        noise = 1e-5;
        printf("noise damages 1 byte in 100000: a hop sends %.0f bytes for it,"
               "\nor %.0f in packets\n",
               send_message(message, false).bytes,
               send_message(size, false).bytes);
        if (find_size(svg) != 0) return options_report("the chart");
    }
    printf("What you saw: whole %.1f ms and %.0f bytes, in packets %.1f ms "
           "and %.0f bytes.\n",
           whole.ms, whole.bytes, cut.ms, cut.bytes);
    return 0;
}
