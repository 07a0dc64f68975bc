/*
 * queue.h: packets that wait for a GET, shared by the queues of many sessions
 *
 *   queue of one session       [ A | B | C ]      pointers
 *   queue of another           [ B | C ]
 *   packets                    A: 1 ref   B: 2 refs   C: 2 refs
 *
 * Without sharing, a broadcast of 1 MB to 1 000 sessions that do not poll would
 * take 1 GB. A packet is freed with its last reference. *total counts the
 * memory of all packets and queues together. Introduced in
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

/* Makes a packet from k parts. The caller has its one reference. NULL: no
 * memory. */
struct shared *shared_new(size_t *total, bool is_binary,
                          const struct span *parts, size_t k);

/* Releases one reference; packet may be NULL. */
void shared_release(size_t *total, struct shared *packet);

/* Adds a packet to *q, which is NULL while the queue is empty; the queue has
 * its own reference. False: no memory, and nothing has changed. */
bool queue_push(size_t *total, struct queue **q, struct shared *packet);

/* Releases the first n packets. If none is left, *q is NULL. */
void queue_drop(size_t *total, struct queue **q, uint32_t n);

/* Releases all packets; *q is NULL then. */
void queue_free(size_t *total, struct queue **q);

/* Returns the bytes that count towards LIMIT_QUEUE. */
static inline size_t queue_bytes(const struct queue *q) {
    return q ? q->bytes : 0;
}

static inline struct span shared_view(struct shared *packet) {
    return (struct span){packet->bytes, packet->len};
}

#endif
