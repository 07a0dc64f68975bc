/*
 * streams.h: puts the TCP segments of a capture together again
 *
 *   captured   [ 5 6 7 8 ]  [ 1 2 ]  [ 1 2 3 4 5 ]       order of arrival
 *   stream     [ 1 2 | 3 4 5 | 6 7 8 | ...               each byte once
 *
 * A connection has two streams, one from each end. A segment that comes too
 * early is kept until the bytes before it arrive. Bytes that never arrive are
 * reported as missing: the receiver acknowledged them, the connection or the
 * capture ended, or no more can be kept. A stream whose SYN was not captured
 * begins with the first segment that was.
 *
 * Memory is taken once, and the cost is linear in the bytes. If two copies of a
 * byte differ, nobody can know which one the receiver used: here it is the copy
 * that could be delivered first. Checksums are not verified.
 * Introduced in packets/314_capture.c.
 */
#ifndef PACKETS_STREAMS_H
#define PACKETS_STREAMS_H

#include "packets/dissect.h"

#define STREAMS_BLOCK 4096 /* bytes; what is kept is in blocks */
#define STREAMS_BLOCKS 64  /* that one stream may fill */
#define STREAMS_WAYS 8     /* connections with the same hash */
/* What is kept ends at most so many bytes after the next byte: one block less
 * than there are, since the next byte may be anywhere in its block. */
#define STREAMS_WINDOW 258048

enum streams_place { /* where the data of a segment belongs */
    STREAMS_NO_DATA,
    STREAMS_IN_ORDER, /* it has the next byte of its stream */
    STREAMS_EARLY,    /* bytes before it are missing */
    STREAMS_OLD,      /* all was delivered before: a retransmission */
    STREAMS_FAR, /* dropped: over STREAMS_WINDOW bytes after the next one, and
                  * it does not continue another such segment */
};

enum streams_kind {
    STREAMS_DATA,
    STREAMS_MISSING, /* len bytes that are not in the capture */
    STREAMS_END,     /* a FIN, and all before it was delivered */
    STREAMS_RESET,   /* a RST: this stream ends, too */
};

struct streams_piece {
    enum streams_kind kind;
    uint32_t slot;    /* of the connection, less than those of streams_init */
    uint32_t number;  /* of the connection, from 1 on: a slot is used again */
    int from;         /* 0: sent by the end whose packet came first; or 1 */
    uint64_t offset;  /* in the stream, of the first byte */
    uint64_t len;     /* bytes of data, or missing; 0 of an end */
    struct span data; /* borrowed, from the segment or from what was kept; valid
                       * until the next call */
};

struct streams {
    struct streams_connection *connections;
    struct streams_block *blocks;
    uint32_t slot_count, block_count, begun, hand;
    uint32_t free_block, done_block; /* index + 1 */
    uint64_t segments;
    /* What streams_next works on. */
    uint32_t slot;
    int from;
    bool is_ending;
    struct span data; /* of the segment, as far as it is not delivered */
    uint64_t offset, cut_len; /* of data; bytes that the capture has cut off */
};

/* Takes the memory: slots, a multiple of STREAMS_WAYS, for so many connections,
 * of which the one used least recently makes space for a new one; and so many
 * blocks, at least STREAMS_BLOCKS and fewer than 65536, for all that is kept.
 * False: there is not enough memory. */
bool streams_init(struct streams *s, uint32_t slots, uint32_t blocks);
void streams_free(struct streams *s);

/* Adds a TCP segment; d->data must stay valid for the calls of streams_next
 * that must follow, until it returns false. */
enum streams_place streams_add(struct streams *s, const struct dissection *d);

/* The ends of the connection in a slot, the one whose packet came first as the
 * source. */
const struct ends *streams_ends(const struct streams *s, uint32_t slot);

/* Call at the end of the capture: streams_next then delivers what is kept. */
void streams_end(struct streams *s);

/* Returns the next piece, or false: there is none before the next segment. */
bool streams_next(struct streams *s, struct streams_piece *piece);

#endif
