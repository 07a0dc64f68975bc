/*
 * transfer.h: one transfer through unreliable channels, in simulated time
 *
 *   sender    -- DATA: seq (1 byte), payload -->  receiver
 *             <-- ACK: seq (1 byte) ------------
 *
 * Joins both ends of packets/window.h to two channels of packets/channel.h, as
 * udp/207_stop_and_wait.c does by hand for one bit. Time jumps from each event
 * to the next. The first 4 bytes of a payload are the packet's number, which
 * neither end reads: it only shows what was delivered. Introduced in
 * udp/208_window.c.
 */
#ifndef PACKETS_TRANSFER_H
#define PACKETS_TRANSFER_H

#include "packets/channel.h"
#include "packets/window.h"

#define TRANSFER_PACKET 100 /* bytes of a DATA packet */

struct transfer_options {
    struct window_options window;
    struct channel_options channel; /* for ACKs, without the rate limit */
    uint32_t total;                 /* packets to send */
};

struct transfer_event {
    enum transfer_kind {
        TRANSFER_SENT,    /* DATA has left the sender */
        TRANSFER_ARRIVED, /* DATA has arrived; the receiver may send an ACK */
        TRANSFER_ACKED,   /* an ACK has arrived */
    } kind;
    uint8_t seq;     /* on the wire, of the DATA */
    uint32_t number; /* of the packet; arrived: as the receiver sees it */
    bool is_again;   /* sent: not for the first time */
    bool is_kept;    /* arrived: the receiver keeps it as a new packet, */
    bool is_early;   /* which is not the next one to deliver, */
    bool is_wrong;   /* and the payload is that of another packet */
    bool is_lost;    /* sent: the DATA; arrived: the ACK; lost or dropped */
    uint32_t count;  /* acked: packets that were not acknowledged before */
};

struct transfer {
    struct window_sender sender; /* options.size may be changed */
    struct window_receiver receiver;
    struct channel data, acks;
    int64_t now_us;
    uint32_t sent_count, resent_count, delivered_count; /* packets */
    /* Of the payloads in the order of their first sending and of delivery. */
    uint64_t sent_digest, delivered_digest;
    uint32_t kept[WINDOW_MAX]; /* payloads at the receiver */
};

/* Makes *t a transfer at time 0 that has sent nothing. */
void transfer_init(struct transfer *t, const struct transfer_options *options);
void transfer_free(struct transfer *t);

/* Sets *e to the next event, at t->now_us. False: there is none, since all
 * packets are acknowledged. */
bool transfer_next(struct transfer *t, struct transfer_event *e);

/* Returns the mark after an event in a ladder diagram. "x": the DATA is lost;
 * "": it arrived in order; "+": early; "-": it is not kept; "!": it is kept as
 * another packet; "~" after these: the ACK is lost. */
const char *transfer_mark(const struct transfer_event *e);

/* Was each packet delivered exactly once, and in order? */
bool transfer_is_exact(const struct transfer *t);

#endif
