/*
 * tcp_pair.h: two TCPs, their memory, and the channels between them
 *
 *   end[0]  ---- to[1] --->  end[1]
 *   10.0.0.9:40000           10.0.0.1:7
 *           <--- to[0] ----
 *
 * The caller moves segments and time: see the loop in packets/308_tiny_tcp.c.
 * Introduced in packets/308_tiny_tcp.c.
 */
#ifndef PACKETS_TCP_PAIR_H
#define PACKETS_TCP_PAIR_H

#include "packets/channel.h"
#include "packets/tcp.h"

#define TCP_PAIR_PORT 40000 /* of end[0] */

struct tcp_pair {
    struct tcp end[2];
    struct channel to[2]; /* what is on its way to each */
    int64_t now_us;       /* of the caller's clock */
    struct buf out;       /* of tcp_pair_next */
    uint8_t memory[2][2][TCP_MAX_WINDOW];
};

/* Makes *p two TCPs in CLOSED, each with queues of queue_len bytes, 2 to
 * TCP_MAX_WINDOW. Both have these options, but the addresses above, the port
 * TCP_PAIR_PORT for end[0], and an ISS 5000 higher for end[1]. Both channels
 * have the options c, with different seeds. */
void tcp_pair_init(struct tcp_pair *p, const struct tcp_options *options,
                   const struct channel_options *c, size_t queue_len);
void tcp_pair_free(struct tcp_pair *p);

/* A segment has arrived at an end. */
void tcp_pair_deliver(struct tcp_pair *p, int end, struct span segment);

/* Sets *segment to the next segment that an end sends, valid until the next
 * call. False: it has none to send now. */
bool tcp_pair_next(struct tcp_pair *p, int end, struct span *segment);

/* Returns when the next segment arrives or timer is due. INT64_MAX: never. */
int64_t tcp_pair_due_us(const struct tcp_pair *p);

#endif
