/* buf.c: see packets/buf.h. */
#include "packets/buf.h"

#include <assert.h>
#include <stdlib.h>

enum {
    SMALLEST = 64, /* bytes that are allocated at least */
    LARGE = 65536, /* a buf of this size grows by a quarter, not to twice it */
};

void buf_init(struct buf *b, size_t max) {
    assert(max <= BUF_MAX);
    *b = (struct buf){.max = max & BUF_MAX};
}

/* Makes space for n bytes in all. The first time it allocates just these, but
 * at least SMALLEST; later so much that appending byte by byte copies each byte
 * only a few times. */
static bool grow(struct buf *b, size_t n) {
    size_t cap = b->cap < LARGE ? 2 * (size_t)b->cap : b->cap + b->cap / 4;
    if (cap < n) cap = n;
    if (cap < SMALLEST) cap = SMALLEST;
    if (cap > b->max) cap = b->max;
    uint8_t *bytes = realloc(b->bytes, cap ? cap : 1);
    if (!bytes) return false;
    b->bytes = bytes;
    b->cap = (uint32_t)cap;
    return true;
}

/* Moves the content to the front, where the consumed bytes were. */
static void compact(struct buf *b) {
    uint32_t n = b->end - b->start;
    memmove(b->bytes, b->bytes + b->start, n);
    b->start = 0;
    b->end = n;
}

uint8_t *buf_reserve(struct buf *b, size_t n) {
    size_t len = b->end - b->start;
    if (n > b->max - len) {
        b->failed = true;
        return NULL;
    }
    if (b->bytes && n <= b->cap - b->end) return b->bytes + b->end;
    /* Moving the content pays only when that frees half of the memory or more.
     * Otherwise a long queue that is consumed in small steps would be moved at
     * each step. So a fuller buf grows instead, up to max. */
    bool is_fuller = len + n > b->cap / 2 && b->cap < b->max;
    if ((!b->bytes || is_fuller) && !grow(b, b->end + n)) {
        b->failed = true;
        return NULL;
    }
    if (n > b->cap - b->end) compact(b);
    return b->bytes + b->end;
}

bool buf_append(struct buf *b, const void *bytes, size_t n) {
    if (n == 0) return true;
    uint8_t *free_space = buf_reserve(b, n);
    if (!free_space) return false;
    memcpy(free_space, bytes, n);
    b->end += (uint32_t)n;
    return true;
}

bool buf_append_all(struct buf *b, const struct span *parts, size_t k) {
    size_t n = 0;
    for (size_t i = 0; i < k; i++) n += parts[i].len;
    if (n == 0) return true;
    uint8_t *free_space = buf_reserve(b, n);
    if (!free_space) return false;
    for (size_t i = 0; i < k; i++) {
        if (parts[i].len == 0) continue;
        memcpy(free_space, parts[i].data, parts[i].len);
        free_space += parts[i].len;
    }
    b->end += (uint32_t)n;
    return true;
}

void buf_consume(struct buf *b, size_t n) {
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
