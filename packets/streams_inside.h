/* streams_inside.h: what the files of streams.h share. streams.c follows the
 * connections and calls streams_blocks.c, which keeps bytes that arrive
 * early. */
#ifndef PACKETS_STREAMS_INSIDE_H
#define PACKETS_STREAMS_INSIDE_H

#include "packets/streams.h"

struct streams_direction {
    bool is_known;    /* start is known */
    bool is_finished; /* nothing more will arrive */
    bool is_reset, has_fin, has_ended;
    uint16_t held;     /* blocks */
    uint32_t start;    /* the sequence number of its first byte */
    uint64_t next;     /* offset of the next byte to deliver */
    uint64_t acked;    /* the receiver has all bytes before this offset */
    uint64_t fin, far; /* offsets: of the FIN; after the last STREAMS_FAR */
    uint16_t blocks[STREAMS_BLOCKS]; /* index + 1; a ring, by offset */
};

struct streams_connection {
    struct ends ends; /* source: the end that sent the first packet */
    uint32_t number;  /* 0: the slot is free */
    uint64_t used;    /* the segment that used it last */
    struct streams_direction direction[2];
};

struct streams_block {
    uint64_t has[STREAMS_BLOCK / 64]; /* a bit for each byte: is it here? */
    uint8_t bytes[STREAMS_BLOCK];
    struct streams_direction *owner;
    uint32_t next_free; /* index + 1 */
};

/* Makes all blocks free. */
void streams_blocks_init(struct streams *s);

/* Keeps bytes at an offset from d->next on. If no block is free, another stream
 * loses all bytes that it kept. False: they end outside the window, or the
 * stream that would lose its bytes is this one. */
bool streams_hold(struct streams *s, struct streams_direction *d,
                  struct span bytes, uint64_t offset);

/* Returns the offset of the first kept byte from d->next on; UINT64_MAX: there
 * is none. */
uint64_t streams_first_held(const struct streams *s,
                            const struct streams_direction *d);

/* Returns the kept bytes at d->next that are in one block, and moves d->next
 * after them. They are valid until streams_release. */
struct span streams_consume_held(struct streams *s,
                                 struct streams_direction *d);

/* Moves d->next to an offset, and frees the blocks before it. */
void streams_skip(struct streams *s, struct streams_direction *d,
                  uint64_t offset);

/* Free the block that streams_consume_held has emptied, and all blocks of a
 * stream. */
void streams_release(struct streams *s);
void streams_drop(struct streams *s, struct streams_direction *d);

#endif
