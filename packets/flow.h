/*
 * flow.h: packets in a few words, with sequence numbers that begin at 0
 *
 *   SYN seq 2864434397               SYN seq 0
 *   SYN ACK seq 19 ack 2864434398    SYN ACK seq 0 ack 1
 *   PSH ACK seq 2864434398 len 5     PSH ACK seq 1 ack 1 len 5
 *
 * Sequence numbers begin anywhere (RFC 9293 §3.4.1). Here they begin at 0. A
 * step says which end sent a packet, and if its bytes were sent before. A flow
 * is the packets between two ends in both directions, from the first one that
 * was captured. Introduced in tcp/107_reset.c.
 */
#ifndef PACKETS_FLOW_H
#define PACKETS_FLOW_H

#include "packets/dissect.h"

#define FLOW_MAX 64 /* a new one replaces the oldest */

struct flow_end {
    bool is_known;
    uint32_t first; /* its first sequence number */
    uint32_t next;  /* the one after the highest that it sent */
};

struct flow {
    struct ends ends;       /* source: the end that sent the first packet */
    struct flow_end end[2]; /* of source and destination */
};

/* All zero: no flow yet. */
struct flows {
    struct flow flow[FLOW_MAX];
    unsigned begun; /* flows so far */
};

/* What a packet means after the packets before it. */
struct flow_step {
    int from;          /* 0: the end that sent the flow's first packet, or 1 */
    uint32_t seq, ack; /* relative to the first ones, if TCP */
    bool is_retransmission;
    bool is_probe; /* an old number that requests an ACK: a keep-alive or a
                    * zero-window probe */
};

/* Follows the next packet, and fills in *step. Pass packets in the order of
 * their times. */
void flow_follow(struct flows *flows, const struct dissection *d,
                 struct flow_step *step);

/* Writes a few words: "SYN ACK seq 0 ack 1", "UDP len 5", "ICMP port
 * unreachable". Returns text. */
#define FLOW_TEXT_MAX 80
char *flow_text(const struct dissection *d, const struct flow_step *step,
                char text[FLOW_TEXT_MAX]);

#endif
