/*
 * reno.h: congestion control: a sender's estimate of what fits, RFC 5681
 *
 *   cwnd
 *     |        /\                 slow start   twice as much each round trip
 *     |       /  \   /\   /       avoidance    one segment more each
 *     |    __/    \_/  \_/        3 duplicates half, and send the first again
 *     |___/                       time-out     one segment, and begin anew
 *
 * A duplicate ACK means that a segment has arrived after a gap. Three of them
 * mean a loss, without waiting for the timer: fast retransmit. Fast recovery
 * follows, with the partial acknowledgments of RFC 6582: an ACK that covers
 * only a part of the data that was under way at the loss means that more was
 * lost. All in bytes. Introduced in packets/308_tiny_tcp.c.
 */
#ifndef PACKETS_RENO_H
#define PACKETS_RENO_H

#include <stdbool.h>
#include <stdint.h>

#define RENO_DUPLICATES 3

struct reno {
    uint32_t mss;      /* SMSS: of the largest segment that we send */
    uint32_t cwnd;     /* congestion window */
    uint32_t ssthresh; /* slow start below it */
    unsigned duplicates;
    bool is_recovering;
    uint32_t recover; /* SND.NXT at the last loss */
};

/* Makes *r the state of a new connection with this ISS: the initial window. */
void reno_init(struct reno *r, uint32_t mss, uint32_t iss);

/* Returns how many bytes may be under way: cwnd, and one segment more after
 * each of the first two duplicates (RFC 3042). */
uint32_t reno_window(const struct reno *r);

/* An ACK has moved SND.UNA by acked bytes, to una; flight bytes are under way
 * after it. True: send the segment at una again. */
bool reno_on_ack(struct reno *r, uint32_t una, uint32_t acked, uint32_t flight);

/* A duplicate ACK of una, while flight bytes are under way up to nxt. True:
 * send the segment at una again. */
bool reno_on_duplicate(struct reno *r, uint32_t una, uint32_t nxt,
                       uint32_t flight);

/* The retransmission timer has expired. is_first: for the first time for this
 * segment. */
void reno_on_timeout(struct reno *r, uint32_t nxt, uint32_t flight,
                     bool is_first);

/* Nothing was sent for a whole RTO, or the SYN had to be sent again. */
void reno_on_idle(struct reno *r);
void reno_after_lost_syn(struct reno *r);

#endif
