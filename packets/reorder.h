/*
 * reorder.h: bytes that arrive out of order become a stream again
 *
 *   ring   [ in order: the user's | ... early ... | .. early .. |  free ]
 *            0                 next                               memory
 *
 * The receive queue of a TCP. Bytes are stored where they belong, so that those
 * that fill a gap make all bytes after it readable, up to the next gap. Which
 * bytes are there is a list of ranges. It is short: bytes for which it has no
 * entry are refused, and the peer sends them again. Allocates nothing.
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
    struct reorder_range early[REORDER_RANGES]; /* apart, in order */
    unsigned early_count;
};

/* Makes *q empty, in memory that stays the caller's. */
void reorder_init(struct reorder *q, struct span memory);

/* Stores bytes that belong offset bytes after the next one that is missing.
 * What goes beyond the memory is cut off. Returns how many bytes became in
 * order by this: 0 if there still is a gap before them. */
size_t reorder_insert(struct reorder *q, size_t offset, struct span bytes);

/* How many bytes from the next missing one on the memory can hold. */
static inline size_t reorder_space(const struct reorder *q) {
    return ring_space(&q->ring);
}

/* Moves at most n bytes, in order, out of the queue. Returns how many. */
size_t reorder_read(struct reorder *q, uint8_t *bytes, size_t n);

#endif
