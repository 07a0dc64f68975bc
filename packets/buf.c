#include "packets/buf.h"

#include <assert.h>
#include <stdlib.h>

/* The next capacity for n bytes: doubling, so that appending byte by byte
 * copies each byte only a few times; never past max. */
static size_t grown(const struct buf *b, size_t n) {
    size_t cap = b->cap ? b->cap : 64;
    while (cap < n) cap *= 2;
    return cap < b->max ? cap : b->max;
}

/* Moves what is held to the front, over what has been taken. */
static void compact(struct buf *b) {
    size_t n = b->end - b->start;
    if (b->start == 0) return;
    if (n > 0 && b->bytes) memmove(b->bytes, b->bytes + b->start, n);
    b->start = 0;
    b->end = (uint32_t)n;
}

uint8_t *buf_room(struct buf *b, size_t n) {
    size_t held = b->end - b->start;
    if (n > b->max - held) {
        b->failed = true;
        return NULL;
    }
    if (n > b->cap - b->end || !b->bytes) {
        /* Moving is worth it only when it frees at least half: otherwise a
         * queue that is taken from byte by byte would be copied each time. */
        if (held + n > b->cap / 2 || !b->bytes) {
            size_t cap = grown(b, b->start + held + n);
            if (b->start + held + n > cap) {
                compact(b);
                cap = grown(b, held + n);
            }
            uint8_t *bytes = realloc(b->bytes, cap ? cap : 1);
            if (!bytes) {
                b->failed = true;
                return NULL;
            }
            b->bytes = bytes;
            b->cap = (uint32_t)cap;
        } else {
            compact(b);
        }
    }
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
