/*
 * tcp_inside.h: what the files of packets/tcp.h share
 *
 *   tcp_arrives.c  -->  tcp_ack.c  -->  tcp_block.c  <--  tcp.c, tcp_output.c
 */
#ifndef PACKETS_TCP_INSIDE_H
#define PACKETS_TCP_INSIDE_H

#include "packets/tcp_block.h"

#define TCP_CHALLENGES 10        /* challenge ACKs, RFC 5961 §7, */
#define TCP_CHALLENGE_US 5000000 /* in so many microseconds */

struct tcp_arrival { /* a segment that has arrived */
    int64_t now_us;
    const struct address *source;
    struct segment s;
    struct span text; /* its data */
    uint32_t len;     /* SEG.LEN: text, and 1 each for SYN and FIN */
};

/* Replies with a RST whose numbers the sender of the segment accepts:
 * §3.10.7.1. */
void tcp_block_refuse(struct tcp *t, const struct tcp_arrival *a);

/* Replies with a challenge ACK, RFC 5961. The real peer responds with the right
 * numbers; an attacker that guesses numbers does not receive it. */
void tcp_block_challenge(struct tcp *t, int64_t now_us);

/* Starts the timer of TIME-WAIT, 2 MSL. */
void tcp_block_time_wait(struct tcp *t, int64_t now_us);

/* Sets the peer's initial number, window and MSS from its SYN. */
void tcp_block_synchronize(struct tcp *t, const struct tcp_arrival *a);

/* Does the fifth step of §3.10.7.4, check the ACK field. False: drop the
 * segment. */
bool tcp_check_ack(struct tcp *t, const struct tcp_arrival *a);

/* Removes the bytes that an ACK covers from the send queue, UNA < ack =< NXT.
 * True: it covers our FIN, too. */
bool tcp_acknowledge(struct tcp *t, uint32_t ack, int64_t now_us);

#endif
