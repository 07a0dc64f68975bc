/*
 * window.h: which packets may be under way, and which have arrived
 *
 *   number   ... 2  3 | 4  5  6  7 | 8  9 ...    counts all packets from 0
 *   on wire  ... 2  3 | 4  5  6  7 | 0  1 ...    its last bits: here 3
 *      acknowledged   base         base + size
 *
 * The sender may send the packets of its window, without waiting for an ACK
 * each. The window slides when its first packet is acknowledged. There are two
 * schemes:
 *
 *                     go-back-N                     selective repeat
 *   ACK n             all before n have arrived     n has arrived
 *   receiver keeps    the next packet only          every one of its window
 *   timer             of the first packet           of each packet
 *   sent again        the whole window              that packet
 *
 * A number on the wire must mean one packet only. The size of a window is at
 * most half of 2^bits for selective repeat, and less than half for go-back-N
 * (2^bits - 1 if the network never reorders). That is enough if no packet and
 * no ACK is late by a round trip or more; a network that is slower needs more
 * bits. The sender's size must not be larger than the receiver's. None of this
 * is checked, since the lesson breaks it. Payloads and their memory are the
 * caller's. Introduced in udp/208_window.c.
 */
#ifndef PACKETS_WINDOW_H
#define PACKETS_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#define WINDOW_MAX 64 /* packets, a power of two */
#define WINDOW_MAX_BITS 8

struct window_options {
    bool is_selective; /* selective repeat; false: go-back-N */
    unsigned bits;     /* of a sequence number on the wire, 1 to 8 */
    uint32_t size;     /* of the window, 1 to WINDOW_MAX packets */
    int64_t timeout_us;
};

struct window_sender {
    struct window_options options; /* size may be changed at any time */
    uint32_t base;                 /* the first packet without an ACK */
    uint32_t next;                 /* the first one that was never sent */
    uint32_t total;                /* that the caller has to send so far */
    uint32_t again;                /* go-back-N: the next to be sent again */
    bool is_acked[WINDOW_MAX];     /* of the window, by number % WINDOW_MAX */
    int64_t due_us[WINDOW_MAX];    /* when the timer of each ends */
};

struct window_receiver {
    struct window_options options;
    uint32_t base; /* the next packet to deliver */
    bool is_kept[WINDOW_MAX];
};

/* Makes *s a sender that has sent none of total packets. */
void window_sender_init(struct window_sender *s,
                        const struct window_options *options, uint32_t total);

/* Sets *number to the packet that must be sent now, for the first time or
 * again, and starts its timer. Call it until it returns false: there is
 * none. */
bool window_send(struct window_sender *s, int64_t now_us, uint32_t *number);

/* An ACK with that number on the wire has arrived. Returns how many packets it
 * acknowledges that were not acknowledged before. */
uint32_t window_on_ack(struct window_sender *s, uint8_t seq);

/* When a packet must be sent again, or INT64_MAX. */
int64_t window_due_us(const struct window_sender *s);

void window_receiver_init(struct window_receiver *r,
                          const struct window_options *options);

/* A packet with that number on the wire has arrived. True: the caller keeps its
 * payload as that of *number, which is before base + size. False: it is a
 * duplicate, or this receiver does not keep it. */
bool window_receive(struct window_receiver *r, uint8_t seq, uint32_t *number);

/* Sets *number to the next packet to deliver. False: it has not arrived. */
bool window_deliver(struct window_receiver *r, uint32_t *number);

/* Returns the number for the ACK of the packet that has just arrived with seq,
 * after all that can be delivered was; or -1: it gets no ACK. */
int window_ack(const struct window_receiver *r, uint8_t seq);

/* Returns the last bits of a packet's number, as they are on the wire. */
uint8_t window_seq(const struct window_options *options, uint32_t number);

#endif
