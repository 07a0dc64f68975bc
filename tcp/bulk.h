/*
 * bulk.h: transfers that run at once, and what the kernel reports of each
 *
 *   ends[0]  zeros, as many as its kernel accepts  ----->  ends[1]  reads all
 *     \                                                      \
 *      bulk_report: TCP_INFO of the sender                    received, points
 *
 * The caller opens the connections and calls bulk_step until enough has
 * happened; one thread plays all ends. What bulk_report returns is the kernel's
 * own account, of Linux only. Introduced in tcp/120_lossy_wire.c.
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
    uint32_t retransmissions; /* segments sent again, so far */
    uint32_t rto_ms;          /* silence until the next retransmission */
    uint32_t rtt_us;          /* smoothed, as RFC 6298 has it */
    uint32_t cwnd;            /* congestion window, in segments */
};

struct bulk {
    int ends[2];
    uint64_t size; /* bytes to send, or BULK_ENDLESS */
    uint64_t sent, received;
    int64_t begin_ms;            /* on clock_ms */
    int elapsed_ms;              /* at the last step before it was complete */
    struct bulk_report now;      /* as of the last step */
    uint32_t min_cwnd, max_cwnd; /* as the steps saw them, */
    uint32_t max_rto_ms;         /* all 0 if the kernel does not report */
    struct chart_point points[BULK_POINTS]; /* ms, KiB received by then */
    size_t point_count;
};

/* Begins the transfer of size bytes from ends[0] to ends[1], which belong to *b
 * from now on and become non-blocking. control is the congestion control of the
 * sender, "reno"; NULL: the system's. *b may be memory of any content. -1 and
 * errno: ENOENT, the kernel has no such control; EPERM, it is not for
 * everybody. */
int bulk_begin(struct bulk *b, const int ends[2], uint64_t size,
               const char *control);

/* Waits until one of the n (1 to 8) transfers can go on, at most wait_ms; then
 * sends and receives once on each that can. Returns how many are not complete;
 * -1 and errno: a connection has failed. */
int bulk_step(struct bulk *transfers, int n, int wait_ms);

/* Repeats bulk_step for duration_ms, or until all are complete. As
 * bulk_step. */
int bulk_run(struct bulk *transfers, int n, int duration_ms);

/* Sends a byte from ends[0], lets ends[1] send it back, and then the next one,
 * beside n transfers for duration_ms; longer if none is back yet. Both ends
 * must be non-blocking. Returns the longest time of those that came back, in
 * ms; -1 and errno: none, ETIMEDOUT, or as bulk_step. */
int bulk_ping(struct bulk *transfers, int n, const int ends[2],
              int duration_ms);

/* Asks the kernel for the state of a connection that sends. -1 and errno,
 * ENOSYS where it has no TCP_INFO. */
int bulk_report(int fd, struct bulk_report *r);

/* Aborts the connection: its kernels forget what they have not delivered, and
 * keep nothing that they have learned about the path for the next one. */
void bulk_abort(struct bulk *b);

#endif
