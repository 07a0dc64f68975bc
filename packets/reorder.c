/* reorder.c: see packets/reorder.h. Entry points: reorder_init,
 * reorder_insert, reorder_read. */
#include "packets/reorder.h"

#include <assert.h>

void reorder_init(struct reorder *q, struct span memory) {
    ring_init(&q->ring, memory);
    q->early_count = 0;
}

static void remove_range(struct reorder *q, unsigned i) {
    q->early_count--;
    for (; i < q->early_count; i++) q->early[i] = q->early[i + 1];
}

static void add_range(struct reorder *q, unsigned i,
                      struct reorder_range range) {
    for (unsigned k = q->early_count; k > i; k--) q->early[k] = q->early[k - 1];
    q->early[i] = range;
    q->early_count++;
}

/* Adds a range to the list, and joins it with ranges that it overlaps or
 * touches. False: there is none of these, and the list is full. */
static bool join(struct reorder *q, struct reorder_range range) {
    unsigned i = 0;
    while (i < q->early_count && q->early[i].end < range.start) i++;
    while (i < q->early_count && q->early[i].start <= range.end) {
        if (q->early[i].start < range.start) range.start = q->early[i].start;
        if (q->early[i].end > range.end) range.end = q->early[i].end;
        remove_range(q, i);
    }
    if (q->early_count == REORDER_RANGES) return false;
    add_range(q, i, range);
    return true;
}

/* Makes the next n bytes readable, and the early ranges that touch them.
 * Returns how many bytes that is. */
static size_t advance(struct reorder *q, size_t n) {
    while (q->early_count > 0 && q->early[0].start <= n) {
        if (q->early[0].end > n) n = q->early[0].end;
        remove_range(q, 0);
    }
    for (unsigned i = 0; i < q->early_count; i++) {
        q->early[i].start -= n;
        q->early[i].end -= n;
    }
    ring_extend(&q->ring, n);
    return n;
}

size_t reorder_insert(struct reorder *q, size_t offset, struct span bytes) {
    size_t space = reorder_space(q);
    if (offset >= space) return 0;
    if (bytes.len > space - offset) bytes.len = space - offset;
    if (bytes.len == 0) return 0;
    if (offset > 0 &&
        !join(q, (struct reorder_range){offset, offset + bytes.len}))
        return 0;
    ring_write(&q->ring, q->ring.len + offset, bytes);
    return offset == 0 ? advance(q, bytes.len) : 0;
}

size_t reorder_read(struct reorder *q, uint8_t *bytes, size_t n) {
    if (n > q->ring.len) n = q->ring.len;
    ring_read(&q->ring, 0, bytes, n);
    ring_consume(&q->ring, n);
    return n;
}
