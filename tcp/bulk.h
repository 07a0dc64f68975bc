/*
 * bulk.h: simultaneous bulk transfers, and the kernel's report on each
 *
 *   ends[0]  zeros, as many as its kernel accepts  ----->  ends[1]  reads all
 *     \                                                      \
 *      bulk_report: TCP_INFO of the sender                    received, points
 *
 * The caller opens the connections and calls bulk_step as long as it likes; one
 * thread plays all ends. bulk_report returns numbers of the kernel (Linux
 * only). Introduced in tcp/120_lossy_wire.c.
 */
#ifndef TCP_BULK_H
#define TCP_BULK_H

#include <stdbool.h>
#include <stdint.h>

#include "packets/chart.h"

#define BULK_ENDLESS UINT64_MAX
#define BULK_POINTS 150
#define BULK_POINT_MS 10 /* from one point to the next, at least */

/* The state of a sender. */
struct bulk_report {
    uint32_t retransmissions; /* of segments, so far */
    uint32_t rto_ms;          /* silence until the next retransmission */
    uint32_t rtt_us;          /* smoothed, as in RFC 6298 */
    uint32_t cwnd;            /* congestion window, in segments */
};

struct bulk {
    int ends[2];
    uint64_t size; /* bytes to send, or BULK_ENDLESS */
    uint64_t sent, received;
    int64_t begin_ms;       /* on clock_ms */
    int elapsed_ms;         /* until the transfer was complete, or so far */
    struct bulk_report now; /* as of the last step */
    uint32_t min_cwnd, max_cwnd; /* at the steps; */
    uint32_t max_rto_ms;         /* 0 if the kernel does not report them */
    struct chart_point points[BULK_POINTS]; /* ms, KiB received by then */
    size_t point_count;
};

/* Begins the transfer of size bytes from ends[0] to ends[1], which belong to *b
 * from now on and become non-blocking. control: the congestion control of the
 * sender, "reno"; NULL: the system's. *b may be uninitialized. -1 and errno:
 * ENOENT: the kernel has no such control; EPERM: the process may not use it. */
int bulk_begin(struct bulk *b, const int ends[2], uint64_t size,
               const char *control);

/* Waits at most wait_ms until one of the n (1 to 8) transfers is ready, then
 * sends and receives once on each ready one. Returns how many are not complete;
 * -1 and errno: a connection has failed. */
int bulk_step(struct bulk *transfers, int n, int wait_ms);

/* Repeats bulk_step for duration_ms, or until all are complete. Returns its
 * result. */
int bulk_run(struct bulk *transfers, int n, int duration_ms);

/* During n transfers, sends a byte from ends[0], lets ends[1] echo it, and
 * repeats that for duration_ms, or longer until the first echo. Both ends must
 * be non-blocking. Returns the longest round trip in ms; -1 and errno:
 * ETIMEDOUT: no echo; or an error of bulk_step. */
int bulk_ping(struct bulk *transfers, int n, const int ends[2],
              int duration_ms);

/* Gets the state of a sending connection from the kernel. -1 and errno: ENOSYS
 * where it has no TCP_INFO. */
int bulk_report(int fd, struct bulk_report *r);

/* Aborts the connection: both kernels drop undelivered data, and store nothing
 * about the path for later connections. */
void bulk_abort(struct bulk *b);

#endif
