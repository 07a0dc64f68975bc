/*
 * reorder.h: puts bytes that arrive out of order into a stream
 *
 *   ring   [ in order: the user's | ... early ... | .. early .. |  free ]
 *            0                 next                               memory
 *
 * The receive queue of a TCP. Each byte is stored at its place: when bytes fill
 * a gap, all bytes up to the next gap become readable. A short list has the
 * ranges that have arrived early. Bytes for which it has no entry left are
 * refused, and the peer sends them again. Allocates nothing.
 * Introduced in packets/308_tiny_tcp.c.
 */
#ifndef PACKETS_REORDER_H
#define PACKETS_REORDER_H

#include "packets/ring.h"

#define REORDER_RANGES 32

struct reorder_range {
    size_t start, end; /* from the next byte that is missing, start > 0 */
};

struct reorder {
    struct ring ring;                           /* its len bytes are in order */
    struct reorder_range early[REORDER_RANGES]; /* in order; gaps between */
    unsigned early_count;
};

/* Makes *q empty, in memory that stays the caller's. */
void reorder_init(struct reorder *q, struct span memory);

/* Stores bytes at an offset from the next byte that is missing. Bytes beyond
 * the memory are cut off. Returns how many bytes are now in order: 0 if there
 * is still a gap before them. */
size_t reorder_insert(struct reorder *q, size_t offset, struct span bytes);

/* Returns how many bytes from the next missing one on the memory can hold. */
static inline size_t reorder_space(const struct reorder *q) {
    return ring_space(&q->ring);
}

/* Moves at most n bytes, in order, out of the queue. Returns how many. */
size_t reorder_read(struct reorder *q, uint8_t *bytes, size_t n);

#endif
