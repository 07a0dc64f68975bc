/*
 * tcp_block.h: the state of a connection, its "TCB": RFC 9293 §3.3.1
 *
 *       1         2          3          4        1  acknowledged
 *  ----------|----------|----------|----------   2  sent, not acknowledged
 *          UNA        NXT        UNA+WND         3  may be sent; 4: not yet
 *
 * packets/tcp.h has the calls. Here are the variables, and the functions that
 * the files of that module share. Introduced in packets/308_tiny_tcp.c.
 */
#ifndef PACKETS_TCP_BLOCK_H
#define PACKETS_TCP_BLOCK_H

#include "packets/reno.h"
#include "packets/reorder.h"
#include "packets/rto.h"
#include "packets/segment.h"
#include "packets/tcp_state.h"

#define TCP_STEPS 8 /* transitions that are remembered */
#define TCP_MAX_WINDOW 65535

struct tcp_options {
    struct address local, remote; /* remote: of an active OPEN */
    uint16_t local_port, remote_port;
    uint32_t iss;   /* initial send sequence number: random, RFC 6528 */
    uint16_t mss;   /* of segments that we receive, TCP_MAX_MSS at most */
    bool has_nagle; /* small segments wait for ACKs, §3.7.4 */
    int64_t min_rto_us, msl_us, user_timeout_us;
};

struct tcp_send_variables {
    uint32_t una, nxt, wnd, wl1, wl2; /* as named in §3.3.1; then our own: */
    uint32_t again;   /* the next number to send; nxt: no retransmission */
    uint32_t max_wnd; /* the largest window that the peer has announced */
    uint32_t mss;     /* of the segments that we send */
};

struct tcp_receive_variables {
    uint32_t nxt, wnd, irs;
    uint32_t fin; /* the number of the peer's FIN, */
    bool has_fin; /* if it has arrived, perhaps early */
};

struct tcp_timers { /* when each is due; INT64_MAX: it is off */
    int64_t retransmission_us, persist_us, ack_us, time_wait_us, user_us;
};

struct tcp_reply { /* one segment without data; flags 0: none */
    uint32_t seq, ack;
    uint8_t flags;
    uint16_t port;
    struct address to;
};

struct tcp_counts { /* segments; sent includes resent */
    uint32_t sent, resent, arrived, damaged, timeouts, fast, probes;
};

struct tcp {                    /* all zero except for what tcp_init sets */
    struct tcp_options options; /* remote: the peer, from SYN-RECEIVED on */
    enum tcp_state state;
    int error; /* why the connection has ended: a tcp_error, or 0 */
    struct tcp_counts counts;
    struct address destination; /* of the segment that was output last */
    struct tcp_send_variables snd;
    struct tcp_receive_variables rcv;
    struct ring send_queue; /* from SND.UNA on, without SYN and FIN */
    struct reorder receive_queue;
    struct rto rto;
    struct reno reno;
    struct tcp_timers timers;
    struct tcp_reply reply;
    bool is_passive, is_closing; /* OPEN was passive; CLOSE was called */
    bool is_syn_acked;           /* the peer has acknowledged our SYN */
    bool needs_ack, needs_first; /* send an ACK; the segment at UNA again */
    bool is_forced;              /* send at once, even one byte */
    bool is_timed;               /* a segment is being timed for the RTO: */
    uint32_t timed_seq;          /* its end, */
    int64_t timed_us, sent_us;   /* its time, and that of the last segment */
    unsigned unacked_count;      /* segments with data since our last ACK */
    unsigned timeout_count;      /* since SND.UNA last moved */
    int64_t challenge_us;        /* when challenge_count was last reset */
    unsigned challenge_count;
    struct tcp_transition steps[TCP_STEPS];
    unsigned step_count, step_read;
};

/* Changes the state as the table says, which must have a row for it. In CLOSED
 * and TIME-WAIT it stops all timers and empties the send queue. */
void tcp_block_enter(struct tcp *t, enum tcp_cause cause);

/* Changes the state as tcp_block_enter, ends the connection with an error, and
 * discards all queued data. */
void tcp_block_fail(struct tcp *t, enum tcp_cause cause, int error);

/* Resets t, so that it can send a SYN or LISTEN. */
void tcp_block_reset(struct tcp *t);

#endif
