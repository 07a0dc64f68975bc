/* memory.c: see memory.h. A header before each block has its size and owner; it
 * keeps the alignment of malloc. */
#include "socketio/sim/memory.h"

#include <stdlib.h>
#include <string.h>

static bool servers, failed;
static uint32_t until_failure;
static size_t held, peak, blocks;

void memory_start(void) {
    servers = failed = false;
    until_failure = 0;
    held = peak = blocks = 0;
}

void memory_is_servers(bool yes) {
    servers = yes;
}

void memory_fail(uint32_t k) {
    until_failure = k;
}

bool memory_has_failed(void) {
    return failed;
}

size_t memory_held(void) {
    return held;
}

size_t memory_blocks(void) {
    return blocks;
}

size_t memory_peak(void) {
    size_t largest = peak;
    peak = held;
    return largest;
}

#ifdef SIM_MEMORY
struct header {
    size_t size, servers;
};

void *__real_malloc(size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t k, size_t n);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);

static bool fails_now(void) {
    if (!servers || until_failure == 0 || --until_failure > 0) return false;
    failed = true;
    return true;
}

void *__wrap_malloc(size_t n) {
    if (fails_now()) return NULL;
    struct header *h = __real_malloc(sizeof *h + n);
    if (!h) return NULL;
    *h = (struct header){n, servers};
    if (servers) held += n;
    if (servers) blocks++;
    if (held > peak) peak = held;
    return h + 1;
}

void *__wrap_calloc(size_t k, size_t n) {
    void *p = __wrap_malloc(k * n);
    return p ? memset(p, 0, k * n) : NULL;
}

/* Always moves the block, so that a use of the old address is found. */
void *__wrap_realloc(void *p, size_t n) {
    uint8_t *to = __wrap_malloc(n);
    if (!p || !to) return to;
    const struct header *h = (const struct header *)p - 1;
    memcpy(to, p, h->size < n ? h->size : n);
    __wrap_free(p);
    return to;
}

void __wrap_free(void *p) {
    if (!p) return;
    struct header *h = (struct header *)p - 1;
    if (h->servers) held -= h->size;
    if (h->servers) blocks--;
    __real_free(h);
}
#endif
