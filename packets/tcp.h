/*
 * tcp.h: one end of a TCP connection, RFC 9293, without sockets or a clock
 *
 *   user --> tcp_send    --> [ send queue ]    --> tcp_output  --> segments
 *   user <-- tcp_receive <-- [ receive queue ] <-- tcp_arrives <-- segments
 *
 * The caller moves segments and time; this is its loop:
 *
 *   while (a segment has arrived) tcp_arrives(t, now_us, source, segment);
 *   tcp_receive, tcp_send, tcp_close: the user's calls, at any time
 *   while (tcp_output(t, now_us, &out)) send out to t->destination;
 *   wait for a segment, or until tcp_due_us(t)
 *
 * It retransmits (rto.h), limits the bytes under way (reno.h), reorders
 * (reorder.h) and changes its state only as tcp_state.h says. What happens
 * depends on the calls alone. Allocates nothing. Does not do: SACK, timestamps,
 * urgent data, and window scaling: a window has at most 65 535 bytes.
 * Introduced in packets/308_tiny_tcp.c.
 */
#ifndef PACKETS_TCP_H
#define PACKETS_TCP_H

#include "packets/tcp_block.h"

#define TCP_MAX_MSS 8960 /* of options.mss: jumbo frames */
#define TCP_ACK_US 40000 /* the longest delay of an ACK, §3.8.6.3 */

/* struct tcp_options o = {TCP_DEFAULTS, .iss = ...}; §3.4.1, §3.10.1 */
#define TCP_DEFAULTS                                                           \
    .mss = 1460, .has_nagle = true, .min_rto_us = RTO_MIN_US,                  \
    .msl_us = INT64_C(120000000), .user_timeout_us = INT64_C(300000000)

enum tcp_error {            /* in quotes: the words of §3.10 */
    TCP_ERR_NOT_OPEN = -1,  /* "connection does not exist" */
    TCP_ERR_CLOSING = -2,   /* "connection closing": no more data this way */
    TCP_ERR_RESET = -3,     /* "connection reset" */
    TCP_ERR_REFUSED = -4,   /* "connection refused" */
    TCP_ERR_TIMED_OUT = -5, /* "connection aborted due to user timeout" */
    TCP_ERR_EXISTS = -6,    /* "connection already exists" */
};

/* Makes *t a TCP in CLOSED. Its queues are in both memories, of 2 bytes or more
 * each, which the caller owns. The window announces at most TCP_MAX_WINDOW
 * bytes of the second one. */
void tcp_init(struct tcp *t, const struct tcp_options *options,
              struct span send_memory, struct span receive_memory);

/* The user's calls, §3.10.1 to §3.10.5. All return 0 or a tcp_error. A TCP in
 * CLOSED may be opened again, with another options.iss. */
int tcp_open_passive(struct tcp *t); /* LISTEN: the first SYN sets remote */
int tcp_open_active(struct tcp *t);  /* sends a SYN to options.remote */
int tcp_close(struct tcp *t);        /* a FIN, after all queued data */
int tcp_abort(struct tcp *t);        /* a RST, §3.10.5; discards all data */

/* Queues as many bytes as there is space for. Returns how many, or a tcp_error:
 * TCP_ERR_CLOSING after tcp_close. */
int tcp_send(struct tcp *t, struct span bytes);

/* Moves at most n bytes of data to bytes. Returns how many; 0: none now; or a
 * tcp_error: TCP_ERR_CLOSING after all data up to the peer's FIN. */
int tcp_receive(struct tcp *t, uint8_t *bytes, int n);

/* SEGMENT ARRIVES, §3.10.7: header and data of a segment that source has sent
 * to options.local. now_us never decreases, neither here nor in tcp_output. */
void tcp_arrives(struct tcp *t, int64_t now_us, const struct address *source,
                 struct span segment);

/* Handles the timers that are due (§3.10.8), and appends the next segment for
 * t->destination to out. False: there is none now, or out is full. After each
 * call above, call this one until it returns false. */
bool tcp_output(struct tcp *t, int64_t now_us, struct buf *out);

/* Returns when tcp_output must be called even if nothing arrives; INT64_MAX:
 * never. */
int64_t tcp_due_us(const struct tcp *t);

/* Sets *step to the oldest transition that was not returned yet. False: there
 * is none. At most the last TCP_STEPS are kept. */
bool tcp_next_step(struct tcp *t, struct tcp_transition *step);

#endif
