/* streams_unit.h: builds segments for the tests of packets/streams.h, and
 * records the pieces that it delivers */
#ifndef PACKETS_STREAMS_UNIT_H
#define PACKETS_STREAMS_UNIT_H

#include "packets/ipv4.h"
#include "packets/streams_inside.h"
#include "packets/unit.h"

enum {
    SLOTS = 16,
    BLOCKS = 64,
    LONG = 300000,
};

static struct streams s;
static struct ends ends;
static uint32_t start[2]; /* sequence numbers of the first bytes */
static char story[4000];
static size_t story_len;
static uint64_t calls; /* of streams_next */
static struct streams_piece
    last; /* the last piece that streams_next returned */

static inline void begin(uint32_t a, uint32_t b) {
    static const struct address ada = {4, {10, 0, 0, 1}},
                                bob = {4, {10, 0, 0, 2}};
    streams_free(&s);
    UNIT_TRUE(streams_init(&s, SLOTS, BLOCKS));
    ends = (struct ends){IP_TCP, ada, bob, 5000, 80};
    start[0] = a;
    start[1] = b;
    story_len = 0;
    story[0] = '\0';
}

static inline void report(const char *format, unsigned long long n,
                          struct span data) {
    size_t left = sizeof story - story_len;
    int shown = data.len < 40 ? (int)data.len : 40;
    int k = snprintf(story + story_len, left, format, n, shown, data.data);
    if ((size_t)k < left) story_len += (size_t)k;
}

/* Writes what streams_next returns: "a:text ", or "b" for the other end; "-5"
 * for missing bytes, "." for a FIN, "!" for a RST. */
static inline void drain(void) {
    struct streams_piece p;
    while (calls++, streams_next(&s, &p)) {
        const struct span none = {0};
        last = p;
        UNIT_TRUE(p.kind == STREAMS_MISSING || p.len == p.data.len);
        report(p.from ? "b" : "a", 0, none);
        if (p.kind == STREAMS_DATA)
            report("%.0llu:%.*s ", 0, p.data);
        else if (p.kind == STREAMS_MISSING)
            report("-%llu ", p.len, none);
        else
            report(p.kind == STREAMS_END ? ". " : "! ", 0, none);
    }
}

static inline struct dissection segment(int from, int64_t offset, uint8_t flags,
                                        struct span data) {
    struct dissection d = {.protocol = IP_TCP, .ends = ends};
    if (from) {
        d.ends.source = ends.destination;
        d.ends.destination = ends.source;
        d.ends.source_port = ends.destination_port;
        d.ends.destination_port = ends.source_port;
    }
    d.segment.seq = start[from] + (uint32_t)offset;
    d.segment.flags = flags;
    d.data = data;
    d.data_len = (uint32_t)data.len;
    return d;
}

/* Each block is free, or in the ring of one stream, which counts its own. */
static inline void no_block_is_lost(void) {
    uint32_t blocks = 0;
    for (uint32_t i = s.free_block; i > 0; i = s.blocks[i - 1].next_free)
        blocks++;
    for (int i = 0; i < 2 * SLOTS; i++) {
        const struct streams_direction *d =
            &s.connections[i / 2].direction[i % 2];
        uint32_t held = 0;
        for (int k = 0; k < STREAMS_BLOCKS; k++) held += d->blocks[k] > 0;
        if (d->held != held) UNIT_INT(d->held, held);
        blocks += held;
    }
    if (blocks != BLOCKS) UNIT_INT(blocks, BLOCKS);
}

static inline enum streams_place add(const struct dissection *d) {
    struct dissection copy = *d;
    copy.data.data = unit_exact(d->data.data, d->data.len);
    enum streams_place place = streams_add(&s, &copy);
    drain();
    no_block_is_lost();
    free(copy.data.data);
    return place;
}

static inline enum streams_place arrive(int from, int64_t offset,
                                        const char *text) {
    struct dissection d = segment(from, offset, 0, span_from(text));
    return add(&d);
}

static inline enum streams_place flags(int from, int64_t offset, uint8_t bits) {
    struct dissection d = segment(from, offset, bits, (struct span){0});
    return add(&d);
}

/* `from` has received all bytes before that offset. */
static inline void ack(int from, int64_t offset) {
    struct dissection d = segment(from, 0, SEGMENT_ACK, (struct span){0});
    d.segment.ack = start[!from] + (uint32_t)offset;
    add(&d);
}

static inline void open_connection(void) {
    flags(0, -1, SEGMENT_SYN);
    struct dissection d =
        segment(1, -1, SEGMENT_SYN | SEGMENT_ACK, (struct span){0});
    d.segment.ack = start[0];
    add(&d);
}

static inline void end(void) {
    streams_end(&s);
    drain();
}

#define STORY(expected) UNIT_TEXT(story, story_len, expected)

#endif
