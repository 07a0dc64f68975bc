/*
 * tcp_pair_inside.h: the loop of two TCPs in simulated time, for tests
 */
#ifndef PACKETS_TCP_PAIR_INSIDE_H
#define PACKETS_TCP_PAIR_INSIDE_H

#include "packets/tcp_pair.h"

/* Sends the segments that both ends have now, into the channels. */
static inline void pair_output(struct tcp_pair *p) {
    struct span segment;
    for (int i = 0; i < 2; i++)
        while (tcp_pair_next(p, i, &segment))
            channel_send(&p->to[!i], p->now_us, segment);
}

/* Moves the clock to the next arrival or timer, and delivers the segments that
 * have arrived. False: there is none. */
static inline bool pair_step(struct tcp_pair *p) {
    struct span segment;
    pair_output(p);
    int64_t next = tcp_pair_due_us(p);
    if (next == INT64_MAX) return false;
    if (next > p->now_us) p->now_us = next;
    for (int i = 0; i < 2; i++)
        while (channel_receive(&p->to[i], p->now_us, &segment))
            tcp_pair_deliver(p, i, segment);
    pair_output(p);
    return true;
}

#endif
