#ifdef __linux__
#define _GNU_SOURCE /* struct tcp_info */
#endif
/* bulk.c: see tcp/bulk.h. Entry points: bulk_begin, bulk_step, bulk_run,
 * bulk_ping, bulk_report, bulk_abort. */
#include "tcp/bulk.h"
#include "tcp/clock.h"
#include "tcp/io.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MAX_TRANSFERS = 8,
    CHUNK = 32768,        /* bytes of a send or recv */
    FIRST_PING_MS = 3000, /* longer, if there is no echo yet */
};

static bool would_block(void) {
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

int bulk_report(int fd, struct bulk_report *r) {
    memset(r, 0, sizeof *r);
#ifdef __linux__
    struct tcp_info info;
    socklen_t size = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return -1;
    *r = (struct bulk_report){.retransmissions = info.tcpi_total_retrans,
                              .rto_ms = info.tcpi_rto / 1000,
                              .rtt_us = info.tcpi_rtt,
                              .cwnd = info.tcpi_snd_cwnd};
    return 0;
#else
    (void)fd;
    errno = ENOSYS;
    return -1;
#endif
}

static int set_control(int fd, const char *name) {
    if (!name) return 0;
#ifdef TCP_CONGESTION
    return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name,
                      (socklen_t)strlen(name));
#else
    (void)fd;
    errno = ENOSYS;
    return -1;
#endif
}

int bulk_begin(struct bulk *b, const int ends[2], uint64_t size,
               const char *control) {
    memset(b, 0, sizeof *b);
    b->size = size;
    b->begin_ms = clock_ms();
    b->point_count = 1; /* 0 ms, 0 KiB */
    for (int i = 0; i < 2; i++) {
        b->ends[i] = ends[i];
        if (io_nonblocking(ends[i]) != 0) return -1;
    }
    return set_control(ends[0], control);
}

static int send_some(struct bulk *b) {
    static const char zeros[CHUNK];
    uint64_t rest = b->size - b->sent;
    size_t n = rest < CHUNK ? (size_t)rest : CHUNK;
    ssize_t sent = io_send(b->ends[0], zeros, n);
    if (sent == -1) return would_block() ? 0 : -1;
    b->sent += (uint64_t)sent;
    return 0;
}

/* Bytes that arrive too soon after a point count in the next one. */
static void add_point(struct bulk *b) {
    struct chart_point p = {b->elapsed_ms, (double)b->received / 1024};
    bool is_due = p.x - b->points[b->point_count - 1].x >= BULK_POINT_MS ||
                  b->received == b->size;
    if (is_due && b->point_count < BULK_POINTS) b->points[b->point_count++] = p;
}

static int receive_some(struct bulk *b) {
    static char bytes[CHUNK];
    ssize_t n = io_recv(b->ends[1], bytes, sizeof bytes);
    if (n == -1) return would_block() ? 0 : -1;
    if (n == 0) errno = ECONNRESET; /* unexpected: the sender was not closed */
    if (n == 0) return -1;
    b->received += (uint64_t)n;
    add_point(b);
    return 0;
}

/* Without TCP_INFO only the time is set. */
static void measure(struct bulk *b) {
    b->elapsed_ms = (int)(clock_ms() - b->begin_ms);
    if (bulk_report(b->ends[0], &b->now) != 0) return;
    uint32_t cwnd = b->now.cwnd, rto_ms = b->now.rto_ms;
    if (b->min_cwnd == 0 || cwnd < b->min_cwnd) b->min_cwnd = cwnd;
    if (cwnd > b->max_cwnd) b->max_cwnd = cwnd;
    if (rto_ms > b->max_rto_ms) b->max_rto_ms = rto_ms;
}

/* Sets the entries of poll for both ends; poll skips a negative descriptor. */
static void set_events(const struct bulk *b, struct pollfd p[2]) {
    bool is_sending = b->sent < b->size, is_open = b->received < b->size;
    p[0] = (struct pollfd){is_sending ? b->ends[0] : -1, POLLOUT, 0};
    p[1] = (struct pollfd){is_open ? b->ends[1] : -1, POLLIN, 0};
}

int bulk_step(struct bulk *transfers, int n, int wait_ms) {
    struct pollfd p[2 * MAX_TRANSFERS];
    int unfinished = 0;
    assert(n >= 1 && n <= MAX_TRANSFERS);
    for (size_t i = 0; i < (size_t)n; i++) set_events(&transfers[i], &p[2 * i]);
    if (poll(p, 2 * (nfds_t)n, wait_ms) == -1 && errno != EINTR) return -1;
    for (size_t i = 0; i < (size_t)n; i++) {
        struct bulk *b = &transfers[i];
        if (b->received < b->size) measure(b);
        if (p[2 * i].revents && send_some(b) != 0) return -1;
        if (p[2 * i + 1].revents && receive_some(b) != 0) return -1;
        unfinished += b->received < b->size;
    }
    return unfinished;
}

int bulk_run(struct bulk *transfers, int n, int duration_ms) {
    int64_t end_ms = clock_ms() + duration_ms;
    int unfinished = n;
    while (unfinished > 0 && clock_ms() < end_ms)
        unfinished = bulk_step(transfers, n, BULK_POINT_MS);
    return unfinished;
}

int bulk_ping(struct bulk *transfers, int n, const int ends[2],
              int duration_ms) {
    char byte = 'p';
    int64_t now = clock_ms(), end_ms = now + duration_ms, sent_ms = now;
    int64_t max_ms = -1, last_ms = end_ms + FIRST_PING_MS;
    if (io_send(ends[0], &byte, 1) != 1) return -1;
    for (; now < (max_ms == -1 ? last_ms : end_ms); now = clock_ms()) {
        if (bulk_step(transfers, n, 1) == -1) return -1;
        if (io_recv(ends[1], &byte, 1) == 1) io_send(ends[1], &byte, 1);
        if (io_recv(ends[0], &byte, 1) != 1) continue;
        int64_t back_ms = clock_ms();
        if (back_ms - sent_ms > max_ms) max_ms = back_ms - sent_ms;
        sent_ms = back_ms;
        if (io_send(ends[0], &byte, 1) != 1) return -1;
    }
    if (max_ms == -1) errno = ETIMEDOUT;
    return (int)max_ms;
}

void bulk_abort(struct bulk *b) {
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    for (int i = 0; i < 2; i++) {
        setsockopt(b->ends[i], SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close(b->ends[i]);
        b->ends[i] = -1;
    }
}
