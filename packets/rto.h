/*
 * rto.h: how long to wait for an acknowledgment, RFC 6298
 *
 *   R = 100, 104, 98, 180 ms ...     measured round-trip times
 *   SRTT      their smoothed mean: 1/8 of each new one
 *   RTTVAR    how far they are from it: 1/4 of each new distance
 *   RTO       SRTT + 4 RTTVAR, at least 1 s; twice as long after each time-out
 *
 * If the time-out is too short, TCP retransmits segments that have arrived; if
 * it is too long, TCP waits although one is lost. Times are in microseconds.
 * Introduced in packets/308_tiny_tcp.c.
 */
#ifndef PACKETS_RTO_H
#define PACKETS_RTO_H

#include <stdbool.h>
#include <stdint.h>

#define RTO_FIRST_US INT64_C(1000000)    /* §2.1, before any measurement */
#define RTO_MIN_US INT64_C(1000000)      /* §2.4: it SHOULD be at least this */
#define RTO_MAX_US INT64_C(60000000)     /* §2.5: a limit of 60 s or more */
#define RTO_LOST_SYN_US INT64_C(3000000) /* §5.7 */

struct rto {
    int64_t rto_us; /* the current retransmission time-out */
    int64_t min_us;
    int64_t srtt_us, rttvar_us;
    bool has_srtt; /* something was measured */
};

/* Makes *r one that has measured nothing. min_us is at most RTO_MAX_US. The
 * standard's minimum is RTO_MIN_US; many kernels have 200 ms. */
void rto_init(struct rto *r, int64_t min_us);

/* A segment was acknowledged after rtt_us. Karn's algorithm (§3): not for a
 * retransmitted segment, since the ACK may be for either copy. */
void rto_measure(struct rto *r, int64_t rtt_us);

/* The timer has expired: the next time-out is twice as long. */
void rto_back_off(struct rto *r);

/* The SYN had to be sent again, and is acknowledged now. */
void rto_after_lost_syn(struct rto *r);

#endif
