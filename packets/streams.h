/*
 * streams.h: makes streams of bytes of the TCP segments in a capture
 *
 *   captured   [ 5 6 7 8 ]  [ 1 2 ]  [ 1 2 3 4 5 ]       order of arrival
 *   stream     [ 1 2 | 3 4 5 | 6 7 8 | ...               each byte once
 *
 * A connection has two streams, one from each end. A segment that arrives too
 * early is kept until the bytes before it arrive. Bytes are reported as missing
 * once the receiver has acknowledged them, the connection or the capture has
 * ended, or no more can be kept. If no SYN was captured, the stream begins with
 * the first segment that was.
 *
 * Memory is allocated once, and the cost is linear in the bytes. If two copies
 * of a byte differ, the copy that can be delivered first is used; the receiver
 * may have used the other. Checksums are not verified.
 * Introduced in packets/314_capture.c.
 */
#ifndef PACKETS_STREAMS_H
#define PACKETS_STREAMS_H

#include "packets/dissect.h"

#define STREAMS_BLOCK 4096 /* bytes of a block; early bytes are in blocks */
#define STREAMS_BLOCKS 64  /* that one stream may fill */
#define STREAMS_WAYS 8     /* connections with the same hash */
/* Bytes are kept up to so many bytes after the next byte to deliver: one block
 * less than STREAMS_BLOCKS, since that byte may be anywhere in its block. */
#define STREAMS_WINDOW 258048

enum streams_place { /* where the data of a segment belongs */
    STREAMS_NO_DATA,
    STREAMS_IN_ORDER, /* it has the next byte of its stream */
    STREAMS_EARLY,    /* bytes before it are missing */
    STREAMS_OLD,      /* all was delivered before: a retransmission */
    STREAMS_FAR, /* dropped: more than STREAMS_WINDOW bytes after the next one,
                  * and it does not continue another such segment */
};

enum streams_kind {
    STREAMS_DATA,
    STREAMS_MISSING, /* len bytes that are not in the capture */
    STREAMS_END,     /* a FIN, and all before it was delivered */
    STREAMS_RESET,   /* a RST: this stream ends, too */
};

struct streams_piece {
    enum streams_kind kind;
    uint32_t slot;    /* of the connection: 0 to slots - 1 */
    uint32_t number;  /* of the connection, from 1 on: a slot is used again */
    int from;         /* 0: from the end that sent the first packet; or 1 */
    uint64_t offset;  /* in the stream, of the first byte */
    uint64_t len;     /* bytes of data, or missing; 0 for an end or reset */
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
    struct span data;         /* of the segment, not delivered yet */
    uint64_t offset, cut_len; /* of data; bytes that the capture has cut off */
};

/* Allocates the memory: slots for connections, a multiple of STREAMS_WAYS; and
 * blocks for early bytes, at least STREAMS_BLOCKS and fewer than 65536. A new
 * connection replaces the least recently used of STREAMS_WAYS. False: no
 * memory. */
bool streams_init(struct streams *s, uint32_t slots, uint32_t blocks);
void streams_free(struct streams *s);

/* Adds a TCP segment. Then call streams_next until it returns false; d->data
 * must stay valid until then. */
enum streams_place streams_add(struct streams *s, const struct dissection *d);

/* Returns the ends of the connection in a slot. The source is the end that sent
 * the first packet. */
const struct ends *streams_ends(const struct streams *s, uint32_t slot);

/* Call at the end of the capture: streams_next then delivers the kept bytes. */
void streams_end(struct streams *s);

/* Returns the next piece, or false: there is none before the next segment. */
bool streams_next(struct streams *s, struct streams_piece *piece);

#endif
