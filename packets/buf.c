#include "packets/buf.h"

#include <assert.h>
#include <stdlib.h>

/* Makes room for n bytes in all, or up to max: by doubling, so that appending
 * byte by byte copies each byte only a few times. */
static bool grow(struct buf *b, size_t n) {
    size_t cap = b->cap ? b->cap : 64;
    while (cap < n) cap *= 2;
    if (cap > b->max) cap = b->max;
    uint8_t *bytes = realloc(b->bytes, cap ? cap : 1);
    if (!bytes) return false;
    b->bytes = bytes;
    b->cap = (uint32_t)cap;
    return true;
}

/* Moves what is held to the front, over what has been taken. */
static void compact(struct buf *b) {
    uint32_t n = b->end - b->start;
    memmove(b->bytes, b->bytes + b->start, n);
    b->start = 0;
    b->end = n;
}

uint8_t *buf_room(struct buf *b, size_t n) {
    size_t held = b->end - b->start;
    if (n > b->max - held) {
        b->failed = true;
        return NULL;
    }
    if (b->bytes && n <= b->cap - b->end) return b->bytes + b->end;
    /* Short of room. To move what is held pays when that frees half of the
     * memory or more; else a long queue, taken from bit by bit, would be moved
     * for each bit. So a fuller one grows, as long as it may. */
    bool fuller = held + n > b->cap / 2 && b->cap < b->max;
    if ((!b->bytes || fuller) && !grow(b, b->end + n)) {
        b->failed = true;
        return NULL;
    }
    if (n > b->cap - b->end) compact(b);
    return b->bytes + b->end;
}

bool buf_append(struct buf *b, const void *bytes, size_t n) {
    if (n == 0) return true;
    uint8_t *room = buf_room(b, n);
    if (!room) return false;
    memcpy(room, bytes, n);
    b->end += (uint32_t)n;
    return true;
}

bool buf_gather(struct buf *b, const struct span *parts, size_t k) {
    size_t n = 0;
    for (size_t i = 0; i < k; i++) n += parts[i].n;
    if (n == 0) return true;
    uint8_t *room = buf_room(b, n);
    if (!room) return false;
    for (size_t i = 0; i < k; i++) {
        if (parts[i].n == 0) continue;
        memcpy(room, parts[i].at, parts[i].n);
        room += parts[i].n;
    }
    b->end += (uint32_t)n;
    return true;
}

void buf_take(struct buf *b, size_t n) {
    assert(n <= b->end - b->start);
    b->start += (uint32_t)n;
    if (b->start == b->end) b->start = b->end = 0;
}

void buf_clear(struct buf *b) {
    b->start = b->end = 0;
    b->failed = false;
}

void buf_free(struct buf *b) {
    free(b->bytes);
    b->bytes = NULL;
    b->cap = 0;
    buf_clear(b);
}
