/*
 * queue.h: packets that wait for a GET, kept once for all who wait for them
 *
 *   queue of one session       [ A | B | C ]      pointers
 *   queue of another           [ B | C ]
 *   packets                    A: 1 ref   B: 2 refs   C: 2 refs
 *
 * Without sharing, a broadcast of 1 MB to 1 000 sessions that nobody fetches
 * would take 1 GB. A packet is freed with its last reference. *total counts
 * the memory of all packets and queues together. Introduced in
 * socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_QUEUE_H
#define SOCKETIO_QUEUE_H

#include "packets/span.h"

struct shared { /* a packet; if it is text, it begins with its type */
    uint32_t refs, len;
    bool is_binary;
    uint8_t bytes[];
};

struct queue {
    uint32_t count, cap; /* of packets */
    size_t bytes;        /* of the packets, each with its pointer */
    struct shared *packets[];
};

/* A packet from k parts, with one reference, which is the caller's. NULL: no
 * memory. */
struct shared *shared_new(size_t *total, bool is_binary,
                          const struct span *parts, size_t k);

/* Gives one reference back; packet may be NULL. */
void shared_release(size_t *total, struct shared *packet);

/* Adds a packet to *q, which is NULL while it is empty; the queue has its own
 * reference. False: no memory, and nothing changed. */
bool queue_push(size_t *total, struct queue **q, struct shared *packet);

/* Gives back the first n packets, at most all; then *q is NULL. */
void queue_drop(size_t *total, struct queue **q, uint32_t n);

/* Gives back everything: *q is NULL then. */
void queue_free(size_t *total, struct queue **q);

/* How much of the packet's own limit a queue has used. */
static inline size_t queue_bytes(const struct queue *q) {
    return q ? q->bytes : 0;
}

static inline struct span shared_view(struct shared *packet) {
    return (struct span){packet->bytes, packet->len};
}

#endif
