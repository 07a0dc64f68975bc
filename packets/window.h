/*
 * window.h: a sliding window: which packets may be sent, which have arrived
 *
 *   number   ... 2  3 | 4  5  6  7 | 8  9 ...    counts all packets from 0
 *   on wire  ... 2  3 | 4  5  6  7 | 0  1 ...    its last bits: here 3
 *      acknowledged   base         base + size
 *
 * The sender may send all packets of its window without waiting for an ACK. The
 * window slides when its first packet is acknowledged. There are two schemes:
 *
 *                     go-back-N                     selective repeat
 *   ACK n             all before n have arrived     n has arrived
 *   receiver keeps    the next packet only          each packet of its window
 *   timer             of the first packet           of each packet
 *   sent again        the whole window              that packet
 *
 * A number on the wire must mean one packet only. The size of a window is at
 * most half of 2^bits for selective repeat, and less than half for go-back-N
 * (2^bits - 1 if the network never reorders). That is enough if no packet or
 * ACK is delayed by a round trip or more; otherwise more bits are needed. The
 * sender's size must not exceed the receiver's. None of this is checked, since
 * the lesson breaks it. The caller owns the payloads. Introduced in
 * udp/208_window.c.
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
    uint32_t next;                 /* the first packet that was not sent yet */
    uint32_t total;                /* packets that the caller has to send */
    uint32_t again;                /* go-back-N: the next one to retransmit */
    bool is_acked[WINDOW_MAX];     /* of the window, by number % WINDOW_MAX */
    int64_t due_us[WINDOW_MAX];    /* when the timer of each is due */
};

struct window_receiver {
    struct window_options options;
    uint32_t base; /* the next packet to deliver */
    bool is_kept[WINDOW_MAX];
};

/* Makes *s a sender that has sent none of total packets. */
void window_sender_init(struct window_sender *s,
                        const struct window_options *options, uint32_t total);

/* Sets *number to the next packet to send now, for the first time or again, and
 * starts its timer. Call it until it returns false: there is none. */
bool window_send(struct window_sender *s, int64_t now_us, uint32_t *number);

/* An ACK with the number seq on the wire has arrived. Returns how many packets
 * it acknowledges for the first time. */
uint32_t window_on_ack(struct window_sender *s, uint8_t seq);

/* Returns when a packet must be sent again, or INT64_MAX. */
int64_t window_due_us(const struct window_sender *s);

void window_receiver_init(struct window_receiver *r,
                          const struct window_options *options);

/* A packet with the number seq on the wire has arrived. True: the caller keeps
 * its payload as that of *number, which is before base + size. False: it is a
 * duplicate, or this receiver does not keep it. */
bool window_receive(struct window_receiver *r, uint8_t seq, uint32_t *number);

/* Sets *number to the next packet to deliver. False: it has not arrived. */
bool window_deliver(struct window_receiver *r, uint32_t *number);

/* Returns the number for the ACK of the packet seq that has just arrived; or
 * -1: it gets no ACK. Deliver all packets that can be delivered first. */
int window_ack(const struct window_receiver *r, uint8_t seq);

/* Returns the number of a packet on the wire: its last bits. */
uint8_t window_seq(const struct window_options *options, uint32_t number);

#endif
