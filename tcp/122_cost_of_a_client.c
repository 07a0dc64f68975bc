/*
 * 122_cost_of_a_client.c: what a client costs in four designs
 *
 * Shows       The same echo with fork, threads, poll and epoll for 10 to 10 000
 *             clients: time to connect, time per message, memory.
 * By hand     The measuring: what is timed, and what is subtracted.
 * Calls       tcp/designs.h (111 to 114, reduced), tcp/usage.h, tcp/plot.h
 * Run         $ bin/122_cost_of_a_client --clients 100
 *             bin/122_cost_of_a_client --svg cost.svg
 * Try         Which design would you choose for 50 clients? For 10 000?
 * Limits      All on one machine: compare the designs with each other only.
 *             Memory is measured on Linux only.
 * Read        getrlimit(2); proc(5), smaps_rollup and meminfo
 */
#include "tcp/clock.h"
#include "tcp/designs.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "tcp/plot.h"
#include "tcp/usage.h"

#include <stdio.h>
#include <unistd.h>

#define MESSAGES 2000 /* one after the other, each from the next client; */
#define BATCH 100     /* after each batch it ends if they took a second */
#define GROUP 64      /* clients that connect before the first of them waits */
#define MAX_ROUNDS 4  /* 10, 100, 1000, 10 000 clients */

static int clients[DESIGNS_MAX_CLIENTS], max_clients;
static struct chart_point points[DESIGN_COUNT][MAX_ROUNDS];
static struct chart_series series[DESIGN_COUNT]; /* of the points */
static double kib[DESIGN_COUNT]; /* per client, in the round before */

/* Connects n clients, in groups that fit into an accept queue. Returns how many
 * of them the server serves. */
static int connect_clients(const struct design_server *s, int n) {
    for (int count = 0, served = 0; served < n;) {
        for (int i = 0; i < GROUP && count < n; i++)
            clients[count++] = design_connect(s);
        while (served < count && design_receive(clients[served])) served++;
        if (served == count) continue;
        for (int i = served; i < count; i++) close(clients[i]);
        return served;
    }
    return n;
}

/* Returns the us that a message takes, in the batch that is disturbed least. */
static double measure_message(int n) {
    int64_t best = INT64_MAX, start = clock_us(), end = start + 1000000;
    for (int i = 0; i < MESSAGES && start < end; i += BATCH) {
        start = clock_us();
        for (int m = i; m < i + BATCH; m++)
            check(design_echo(clients[m % n]), "design_echo");
        if (clock_us() - start < best) best = clock_us() - start;
    }
    return (double)best / BATCH;
}

/* Measures design k with n clients, and prints the rest of its row. */
static void measure(int k, int n) {
    struct design_server server;
    struct usage before = {0}, after = {0}; /* the clients have connected */
    check(design_start(&designs[k], &server) == 0, "design_start");
    check(connect_clients(&server, 1) == 1, "first client");
    close(clients[0]); /* it was there to wait until the server is ready */
    bool has_usage = usage_measure(server.pid, &before) == 0;
    int64_t start = clock_us();
    int count = connect_clients(&server, n);
    double per_s = n * 1e6 / (double)(clock_us() - start);
    if (has_usage) has_usage = usage_measure(server.pid, &after) == 0;
    double us = count == n ? measure_message(n) : 0;
    for (int i = 0; i < count; i++) close(clients[i]);
    design_stop(&server);
    if (count < n) printf(" ends at %d: the system allows no more\n", count);
    if (count < n) return;
    double user = (double)(after.user_kib - before.user_kib) / n;
    double kernel = (double)(after.kernel_kib - before.kernel_kib) / n;
    if (has_usage) kib[k] = user + kernel;
    printf(" %8.0f per s %8.1f us", per_s, us);
    if (has_usage) printf(" %7.1f KiB %7.1f KiB", user, kernel);
    puts(has_usage ? "" : "  memory: not measured on this system");
    points[k][series[k].count++] = (struct chart_point){n, us};
}

/* One row, unless this machine cannot hold so many clients. */
static void measure_or_skip(int k, int n) {
    double mib = kib[k] * n / 1024;
    int64_t available_kib = usage_available_kib();
    printf("%7d %-6s", n, designs[k].name);
    fflush(stdout); /* on a terminal one sees what is measured now */
    if (!designs[k].serve)
        puts(" does not exist on this system");
    else if (n > max_clients)
        printf(" the limit of descriptors allows %d\n", max_clients);
    else if (available_kib > 0 && mib > (double)available_kib / 2048)
        printf(" needs about %.0f MiB: left out\n", mib);
    else
        measure(k, n);
}

int main(int argc, char **argv) {
    uint32_t limit = 10000;
    const char *svg = NULL;
    const struct option_row options[] = {
        OPTION_NUMBER("--clients", "N", "up to N", &limit, 10, 10000),
        OPTION_SVG(&svg), OPTION_END};
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    max_clients = design_raise_limit();
    puts("clients design     connects     message   memory per client: user, "
         "kernel");
    for (int k = 0; k < DESIGN_COUNT; k++)
        series[k] = (struct chart_series){designs[k].name, designs[k].mark,
                                          points[k], 0};
    for (int n = 10; n <= (int)limit; n *= 10)
        for (int k = 0; k < DESIGN_COUNT; k++) measure_or_skip(k, n);
    struct chart c = {"Time per message", "clients", "us", true, true, series,
                      DESIGN_COUNT};
    check(plot_show(&c, svg) == 0, "chart");
    printf("What you saw: one message with the most clients took, compared "
           "with 10 clients,");
    for (int k = 0; k < DESIGN_COUNT; k++)
        if (series[k].count > 0)
            printf(" %.1f times as long (%s)%s",
                   points[k][series[k].count - 1].y / points[k][0].y,
                   designs[k].name, k < DESIGN_COUNT - 1 ? "," : ".\n");
    return 0;
}
