/* ring.c: see packets/ring.h. Entry points: ring_init, ring_append, ring_write,
 * ring_extend, ring_read, ring_consume. */
#include "packets/ring.h"

#include <assert.h>

void ring_init(struct ring *r, struct span memory) {
    assert(memory.len > 0);
    *r = (struct ring){.memory = memory};
}

/* Returns where the byte at an offset is; offset is at most the size of the
 * memory. */
static size_t place(const struct ring *r, size_t offset) {
    size_t at = r->start + offset;
    return at < r->memory.len ? at : at - r->memory.len;
}

/* Returns how many of n bytes from a place on are before the end of the
 * memory. */
static size_t before_end(const struct ring *r, size_t at, size_t n) {
    return n < r->memory.len - at ? n : r->memory.len - at;
}

void ring_write(struct ring *r, size_t offset, struct span bytes) {
    assert(offset >= r->len && offset <= r->memory.len);
    assert(bytes.len <= r->memory.len - offset);
    if (bytes.len == 0) return;
    size_t at = place(r, offset), n = before_end(r, at, bytes.len);
    memcpy(r->memory.data + at, bytes.data, n);
    memcpy(r->memory.data, bytes.data + n, bytes.len - n);
}

void ring_extend(struct ring *r, size_t n) {
    assert(n <= ring_space(r));
    r->len += n;
}

size_t ring_append(struct ring *r, struct span bytes) {
    if (bytes.len > ring_space(r)) bytes.len = ring_space(r);
    ring_write(r, r->len, bytes);
    ring_extend(r, bytes.len);
    return bytes.len;
}

void ring_read(const struct ring *r, size_t offset, uint8_t *bytes, size_t n) {
    assert(offset <= r->len && n <= r->len - offset);
    if (n == 0) return;
    size_t at = place(r, offset), first = before_end(r, at, n);
    memcpy(bytes, r->memory.data + at, first);
    memcpy(bytes + first, r->memory.data, n - first);
}

void ring_consume(struct ring *r, size_t n) {
    assert(n <= r->len);
    r->start = place(r, n);
    r->len -= n;
}
