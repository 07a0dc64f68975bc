/*
 * 118_nagle.c: small writes, held back by one kernel and waited for by another
 *
 * Shows       Twenty requests, each written in two parts, take most of a
 *             second. In one write, or with TCP_NODELAY: some milliseconds.
 * By hand     TCP_NODELAY; both parts in one write; TCP_QUICKACK (Linux).
 * Calls       tcp/ladder.h; tcp/plot.h, which draws (introduced here)
 * Run         $ bin/118_nagle
 *             $ bin/118_nagle --svg nagle.svg
 * Try         A request in three writes: does it take longer than one in two?
 * Limits      TCP_QUICKACK holds for a moment only, so each request sets it.
 * Read        RFC 9293 §3.7.4 and RFC 896 (Nagle), §3.8.6.3 (ACK); tcp(7)
 */
#include "tcp/clock.h"
#include "tcp/io.h"
#include "tcp/ladder.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "tcp/plot.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define REQUESTS 20 /* on one connection, one after the other */

static const struct way {
    const char *name;
    char mark; /* in the chart */
    bool is_one_write;
    int option; /* of TCP, set to 1 */
} ways[] = {
    {"two writes", '2', false, 0},
#ifdef TCP_QUICKACK
    {"+ QUICKACK", 'q', false, TCP_QUICKACK},
#endif
    {"+ NODELAY", 'n', false, TCP_NODELAY},
    {"one write", '1', true, 0},
};
#define WAYS (sizeof ways / sizeof *ways)

static struct ladder ladder;
static int ends[2]; /* the client and the server */
static struct chart_point points[WAYS][REQUESTS + 1]; /* requests, ms */

/* segment: what leaves at once; NULL: nothing does. */
static void send_part(const char *part, const char *segment) {
    ladder_output(&ladder, LADDER_CLIENT, "send", segment);
    check(io_send_all(ends[0], part, strlen(part)) == 0, "send");
}

/* No call waits between the two parts. It is the client's kernel that keeps the
 * second one until the first is acknowledged; and the server's kernel waits
 * with the ACK for a response that it could go with. */
static void send_request(const struct way *w) {
    if (w->is_one_write) {
        send_part("headbody", "PSH ACK seq 1 ack 1 len 8");
        return;
    }
    send_part("head", "PSH ACK seq 1 ack 1 len 4");
    send_part("body", NULL); /* Nagle's algorithm keeps it */
    ladder_model(&ladder, LADDER_SERVER, "ACK ack 5"); /* the delayed ACK */
    ladder_model(&ladder, LADDER_CLIENT, "PSH ACK seq 5 ack 1 len 4");
}

/* The server responds when it has the whole request. NODELAY is set at the
 * client, QUICKACK at the server. */
static void request_once(const struct way *w) {
    char bytes[8];
    int on = 1, end = w->option == TCP_NODELAY ? LADDER_CLIENT : LADDER_SERVER;
    if (w->option)
        setsockopt(ends[end], IPPROTO_TCP, w->option, &on, sizeof on);
    send_request(w);
    check(io_recv_all(ends[1], bytes, 8) == 8, "recv");
    ladder_output(&ladder, LADDER_SERVER, "recv, send",
                  "PSH ACK seq 1 ack 9 len 8");
    check(io_send_all(ends[1], bytes, 8) == 0, "send");
    check(io_recv_all(ends[0], bytes, 8) == 8, "recv");
    ladder_result(&ladder, LADDER_CLIENT, "recv", 8);
}

/* Makes the requests on a new connection, and one more for the ladder. */
static void measure(size_t i) {
    struct ladder_counts n;
    check(ladder_pair(&ladder, ends) == 0, "ladder_pair");
    int64_t begin_us = clock_us();
    for (int k = 1; k <= REQUESTS; k++) {
        request_once(&ways[i]);
        double us = (double)(clock_us() - begin_us);
        points[i][k] = (struct chart_point){k, us / 1000};
    }
    ladder_count(&ladder, &n);
    printf("%-10s %8.3f ms, ", ways[i].name, points[i][REQUESTS].y);
    if (ladder.wire.is_captured)
        printf("%u segments\n", (unsigned)(n.segments[0] + n.segments[1]));
    else
        puts("segments not counted");
    if (i > 0) return; /* the ladder is for two writes */
    request_once(&ways[i]);
    ladder_print(&ladder);
}

/* Prints the chart, and writes it to a file if there is a path. */
static void draw(const char *path) {
    struct chart_series series[WAYS];
    struct chart c = {.title = "time of 20 requests",
                      .x_label = "requests",
                      .y_label = "ms",
                      .series = series,
                      .series_count = WAYS};
    for (size_t i = 0; i < WAYS; i++)
        series[i] = (struct chart_series){ways[i].name, ways[i].mark, points[i],
                                          REQUESTS + 1};
    check(plot_show(&c, path) == 0, path ? path : "chart");
}

int main(int argc, char **argv) {
    struct wire_options options = {.pcap = NULL};
    const char *svg = NULL;
    const struct option_row rows[] = {OPTION_SVG(&svg),
                                      WIRE_OPTION_ROWS(&options), OPTION_END};
    int status = options_parse(argc, argv, rows);
    if (status != -1) return status;
    if (ladder_open(&ladder, &options) != 0) return 1;
    for (size_t i = 0; i < WAYS; i++) measure(i);
    draw(svg);
    printf("What you saw: the same 20 requests in %.0f ms and in %.1f ms.\n",
           points[0][REQUESTS].y, points[WAYS - 1][REQUESTS].y);
    return ladder_close(&ladder) == 0 ? 0 : 1;
}
