/*
 * channel.h: an unreliable channel, from a seed
 *
 *   channel_send --> [ rate, queue ] --> [ delay, jitter ] --> channel_receive
 *                        | full             |
 *                        v                  v
 *                      dropped    lost, corrupted, duplicated, reordered
 *
 * Carries packets in one direction and does to them what networks do. What
 * happens depends on the seed, the options and the packets alone, so a run can
 * be repeated. Each packet has its own random numbers: with more loss the same
 * packets are lost, and others as well. Time is an argument, in microseconds.
 * The channel keeps copies of packets until they are received.
 * Introduced in tcp/119_dead_peer.c.
 */
#ifndef PACKETS_CHANNEL_H
#define PACKETS_CHANNEL_H

#include "packets/buf.h"

#define CHANNEL_MAX_PACKET 65535
#define CHANNEL_MAX_BYTES (16 << 20) /* under way, each packet with 12 more */
#define CHANNEL_HOLD_US 100000       /* see CHANNEL_REORDERED */
#define CHANNEL_MAX_HELD 4           /* packets that others overtake */

/* All zero: a perfect channel without delay. */
struct channel_options {
    uint64_t seed;
    /* How often, in thousandths of the packets, 0 to 1000: */
    uint16_t loss, duplication, corruption, reordering;
    uint32_t delay_us;  /* of every packet */
    uint32_t jitter_us; /* up to this much more, at random; does not reorder */
    uint32_t rate;      /* bytes per second; 0: no limit */
    /* Bytes that may wait for the rate; a packet that would make them more is
     * dropped. 0: no limit but CHANNEL_MAX_BYTES. */
    uint32_t queue;
};

/* What happened so far, in packets. sent + duplicated is delivered + lost +
 * dropped + those that are under way. */
struct channel_counts {
    uint32_t sent, delivered, lost, duplicated, corrupted, reordered, dropped;
};

enum channel_fate { /* what happens to one packet, as bits */
    CHANNEL_LOST = 1,
    CHANNEL_DUPLICATED = 2, /* it arrives twice */
    CHANNEL_CORRUPTED = 4,  /* one bit is inverted, in the duplicate as well */
    CHANNEL_REORDERED = 8,  /* it waits until the next 1 to 3 packets have
                             * overtaken it, at most CHANNEL_HOLD_US */
    CHANNEL_DROPPED = 16,   /* the queue was full, or CHANNEL_MAX_BYTES */
};

struct channel_held { /* a packet that is being overtaken */
    struct buf packet;
    int64_t due_us;      /* when it arrives at the latest */
    unsigned overtakers; /* packets that it waits for */
};

struct channel {
    struct channel_options options;
    struct channel_counts counts; /* for the caller to read */
    struct buf queue;             /* packets in the order of their arrival */
    struct channel_held held[CHANNEL_MAX_HELD]; /* in the order of due_us */
    unsigned held_count;
    size_t bytes;       /* under way, as CHANNEL_MAX_BYTES counts them */
    int64_t now_us;     /* of the last call */
    int64_t busy_us;    /* until then, earlier packets use the rate, */
    uint32_t busy_part; /* and for busy_part / rate microseconds more */
    int64_t last_us;    /* when the last packet of the queue arrives */
};

/* Makes *c an empty channel. */
void channel_init(struct channel *c, const struct channel_options *options);
void channel_free(struct channel *c);

/* Sets the options of packets sent from now on; the seed stays as it was. A
 * loss of 1000 cuts the wire. */
void channel_set(struct channel *c, const struct channel_options *options);

/* Puts a copy of a packet of 1 to CHANNEL_MAX_PACKET bytes into the channel.
 * now_us never decreases, neither here nor in channel_receive. Returns its
 * fate, 0: it will arrive as it is; or -1: no memory, and it was not sent. */
int channel_send(struct channel *c, int64_t now_us, struct span packet);

/* Removes the next packet that has arrived by now_us: *packet is valid until
 * the next call with c. False: there is none. */
bool channel_receive(struct channel *c, int64_t now_us, struct span *packet);

/* Returns when the next packet arrives, INT64_MAX if none is under way. A
 * packet that is sent later may change that. */
int64_t channel_due_us(const struct channel *c);

#endif
