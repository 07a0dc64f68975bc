/* streams_blocks.c: bytes that arrive early, see packets/streams_inside.h.
 *
 *   d->blocks   [ 12 |  - |  7 |  - ... ]    a ring: offset / STREAMS_BLOCK
 *   block 7     has 0001111100...            a bit for each of its bytes
 *
 * A bit costs the same in any order of arrival; a sorted list would not. */
#include "packets/streams_inside.h"

#include <assert.h>

enum {
    WORD = 64, /* bits */
    WORDS = STREAMS_BLOCK / WORD,
};

_Static_assert(STREAMS_WINDOW == (STREAMS_BLOCKS - 1) * STREAMS_BLOCK,
               "the blocks of a window and of the next byte are different");

void streams_blocks_init(struct streams *s) {
    for (uint32_t i = 0; i < s->block_count; i++)
        s->blocks[i].next_free = i; /* index + 1 of the block before it */
    s->free_block = s->block_count;
}

static uint16_t *entry(struct streams_direction *d, uint64_t offset) {
    return &d->blocks[offset / STREAMS_BLOCK % STREAMS_BLOCKS];
}

static struct streams_block *block_of(const struct streams *s,
                                      const struct streams_direction *d,
                                      uint64_t offset) {
    uint16_t i = d->blocks[offset / STREAMS_BLOCK % STREAMS_BLOCKS];
    return i > 0 ? &s->blocks[i - 1] : NULL;
}

static void free_block(struct streams *s, uint32_t index) {
    struct streams_block *b = &s->blocks[index - 1];
    b->owner = NULL;
    b->next_free = s->free_block;
    s->free_block = index;
}

void streams_release(struct streams *s) {
    if (s->done_block > 0) free_block(s, s->done_block);
    s->done_block = 0;
}

static void free_entry(struct streams *s, struct streams_direction *d,
                       uint16_t *at) {
    if (*at == 0) return;
    free_block(s, *at);
    *at = 0;
    d->held--;
}

void streams_drop(struct streams *s, struct streams_direction *d) {
    for (int i = 0; d->held > 0 && i < STREAMS_BLOCKS; i++)
        free_entry(s, d, &d->blocks[i]);
}

void streams_skip(struct streams *s, struct streams_direction *d,
                  uint64_t offset) {
    uint64_t at = d->next / STREAMS_BLOCK, end = offset / STREAMS_BLOCK;
    d->next = offset;
    for (int i = 0; d->held > 0 && at < end && i < STREAMS_BLOCKS; i++, at++)
        free_entry(s, d, &d->blocks[at % STREAMS_BLOCKS]);
}

/* Takes a free block; if there is none, drops all blocks of another stream
 * first. Returns its index + 1, or 0: that stream would be d. */
static uint32_t new_block(struct streams *s, struct streams_direction *d) {
    if (s->free_block == 0) {
        struct streams_direction *owner =
            s->blocks[s->hand++ % s->block_count].owner;
        assert(owner);
        if (owner == d) return 0;
        streams_drop(s, owner);
    }
    uint32_t index = s->free_block;
    struct streams_block *b = &s->blocks[index - 1];
    s->free_block = b->next_free;
    b->owner = d;
    memset(b->has, 0, sizeof b->has);
    return index;
}

/* Sets the bits from start to end - 1. */
static void set_bits(uint64_t *has, unsigned start, unsigned end) {
    while (start < end) {
        unsigned in_word = WORD - start % WORD, n = end - start;
        if (n > in_word) n = in_word;
        has[start / WORD] |= (UINT64_MAX >> (WORD - n)) << start % WORD;
        start += n;
    }
}

bool streams_hold(struct streams *s, struct streams_direction *d,
                  struct span bytes, uint64_t offset) {
    assert(offset >= d->next);
    if (offset + bytes.len > d->next + STREAMS_WINDOW) return false;
    while (bytes.len > 0) {
        unsigned start = offset % STREAMS_BLOCK;
        size_t n = STREAMS_BLOCK - start;
        if (n > bytes.len) n = bytes.len;
        uint16_t *at = entry(d, offset);
        if (*at == 0) {
            uint32_t index = new_block(s, d);
            if (index == 0) return false;
            *at = (uint16_t)index;
            d->held++;
        }
        struct streams_block *b = &s->blocks[*at - 1];
        memcpy(b->bytes + start, bytes.data, n);
        set_bits(b->has, start, start + (unsigned)n);
        bytes = span_skip(bytes, n);
        offset += n;
    }
    return true;
}

/* Returns the first bit from start on that is set, if flip is 0; or that is not
 * set, if flip is ~0. STREAMS_BLOCK: there is none. */
static unsigned find_bit(const uint64_t *has, unsigned start, uint64_t flip) {
    if (start == STREAMS_BLOCK) return start;
    for (unsigned w = start / WORD; w < WORDS; w++) {
        uint64_t word = has[w] ^ flip;
        if (w == start / WORD) word &= UINT64_MAX << start % WORD;
        unsigned bit = 0;
        if (word == 0) continue;
        for (; !(word & 1); word >>= 1) bit++;
        return w * WORD + bit;
    }
    return STREAMS_BLOCK;
}

uint64_t streams_first_held(const struct streams *s,
                            const struct streams_direction *d) {
    uint64_t offset = d->next;
    for (int i = 0; d->held > 0 && i < STREAMS_BLOCKS; i++) {
        const struct streams_block *b = block_of(s, d, offset);
        unsigned start = offset % STREAMS_BLOCK;
        unsigned bit = b ? find_bit(b->has, start, 0) : STREAMS_BLOCK;
        if (bit < STREAMS_BLOCK) return offset - start + bit;
        offset += STREAMS_BLOCK - start;
    }
    return UINT64_MAX;
}

struct span streams_consume_held(struct streams *s,
                                 struct streams_direction *d) {
    struct streams_block *b = block_of(s, d, d->next);
    unsigned start = d->next % STREAMS_BLOCK;
    if (!b) return (struct span){0};
    unsigned end = find_bit(b->has, start, UINT64_MAX);
    d->next += end - start;
    if (end > start && find_bit(b->has, end, 0) == STREAMS_BLOCK) {
        /* The block is empty, but the caller still reads it. */
        uint16_t *at = entry(d, d->next - 1);
        s->done_block = *at;
        *at = 0;
        d->held--;
    }
    return (struct span){b->bytes + start, end - start};
}
