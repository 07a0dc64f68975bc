/*
 * ring.h: a queue of bytes in memory of a fixed size
 *
 *   memory   | d e f |  space  | a b c |       start is at a, len is 6
 *              0                 ^ start
 *
 * Bytes that are appended at the end of the memory continue at its beginning,
 * so no byte is ever moved. Allocates nothing. A byte is addressed by its
 * offset from the first one. Introduced in packets/308_tiny_tcp.c.
 */
#ifndef PACKETS_RING_H
#define PACKETS_RING_H

#include "packets/span.h"

struct ring {
    struct span memory; /* the caller's */
    size_t start, len;
};

/* Makes *r an empty queue in memory of 1 byte or more. The caller still owns
 * the memory, but must not use it. */
void ring_init(struct ring *r, struct span memory);

/* Returns how many bytes more can be appended. */
static inline size_t ring_space(const struct ring *r) {
    return r->memory.len - r->len;
}

/* Appends a copy of as many bytes as there is space for. Returns how many. */
size_t ring_append(struct ring *r, struct span bytes);

/* Copies bytes to an offset at or after the end of the queue, but does not
 * extend the queue: ring_extend does. offset and length are together at most
 * the size of the memory. */
void ring_write(struct ring *r, size_t offset, struct span bytes);

/* Makes the queue n bytes longer; n is at most ring_space. */
void ring_extend(struct ring *r, size_t n);

/* Copies n bytes from an offset; both together are at most r->len. */
void ring_read(const struct ring *r, size_t offset, uint8_t *bytes, size_t n);

/* Removes the first n bytes; n is at most r->len. */
void ring_consume(struct ring *r, size_t n);

#endif
