/* streams.c: see packets/streams.h. Entry points: streams_add, which finds the
 * connection and the place of a segment; streams_next, which delivers. */
#include "packets/streams_inside.h"

#include <assert.h>
#include <stdlib.h>

bool streams_init(struct streams *s, uint32_t slots, uint32_t blocks) {
    assert(slots > 0 && slots % STREAMS_WAYS == 0);
    assert(blocks >= STREAMS_BLOCKS && blocks < UINT16_MAX);
    *s = (struct streams){.slot_count = slots, .block_count = blocks};
    s->connections = calloc(slots, sizeof *s->connections);
    s->blocks = calloc(blocks, sizeof *s->blocks);
    if (!s->connections || !s->blocks) {
        streams_free(s);
        return false;
    }
    streams_blocks_init(s);
    return true;
}

void streams_free(struct streams *s) {
    free(s->connections);
    free(s->blocks);
    *s = (struct streams){.slot = 0};
}

/* --- connections --- */

/* Returns a hash of both ends, equal for both directions. */
static uint32_t hash_of(const struct ends *e) {
    uint32_t a = e->source_port, b = e->destination_port;
    for (int i = 0; i < e->source.len; i++) a = a * 31 + e->source.bytes[i];
    for (int i = 0; i < e->destination.len; i++)
        b = b * 31 + e->destination.bytes[i];
    uint32_t sum = (a + b) * 0x9e3779b1u ^ (a ^ b);
    return sum ^ sum >> 15;
}

/* Returns which end of a connection sent a packet of these ends, or -1. */
static int sender(const struct ends *c, const struct ends *e) {
    if (c->source_port == e->source_port &&
        c->destination_port == e->destination_port &&
        address_equal(&c->source, &e->source) &&
        address_equal(&c->destination, &e->destination))
        return 0;
    if (c->source_port == e->destination_port &&
        c->destination_port == e->source_port &&
        address_equal(&c->source, &e->destination) &&
        address_equal(&c->destination, &e->source))
        return 1;
    return -1;
}

static void begin(struct streams *s, struct streams_connection *c,
                  const struct ends *ends) {
    streams_drop(s, &c->direction[0]);
    streams_drop(s, &c->direction[1]);
    *c = (struct streams_connection){.ends = *ends, .number = ++s->begun};
}

/* Finds the connection of a segment, or begins one in the slot of its set that
 * was used least recently. Sets s->slot and s->from. */
static struct streams_connection *find(struct streams *s,
                                       const struct ends *ends) {
    uint32_t set = hash_of(ends) % (s->slot_count / STREAMS_WAYS);
    uint32_t first = set * STREAMS_WAYS, oldest = first;
    for (s->slot = first; s->slot < first + STREAMS_WAYS; s->slot++) {
        struct streams_connection *c = &s->connections[s->slot];
        s->from = c->number > 0 ? sender(&c->ends, ends) : -1;
        if (s->from >= 0) return c;
        if (c->used < s->connections[oldest].used) oldest = s->slot;
    }
    s->slot = oldest;
    s->from = 0;
    begin(s, &s->connections[oldest], ends);
    return &s->connections[oldest];
}

const struct ends *streams_ends(const struct streams *s, uint32_t slot) {
    return &s->connections[slot].ends;
}

/* --- numbers --- */

/* Returns the offset of a sequence number in the stream. RFC 9293 §3.4: numbers
 * wrap, so it is the offset nearest to the next byte. A negative one is before
 * the first byte. */
static int64_t offset_of(const struct streams_direction *d, uint32_t seq) {
    uint32_t next = d->start + (uint32_t)d->next;
    return (int64_t)d->next + (int32_t)(seq - next);
}

static void learn_start(struct streams_direction *d, uint32_t seq) {
    if (d->is_known) return;
    d->is_known = true;
    d->start = seq;
}

/* RFC 9293 §3.4.1: the SYN has the number before the first byte. If it was not
 * captured, the SYN-ACK acknowledges the number. */
static void follow_numbers(struct streams_connection *c, int from,
                           const struct dissection *d) {
    const struct segment *g = &d->segment;
    struct streams_direction *to = &c->direction[!from];
    bool is_syn = g->flags & SEGMENT_SYN, is_ack = g->flags & SEGMENT_ACK;
    if (is_syn || d->data_len > 0 || g->flags & SEGMENT_FIN)
        learn_start(&c->direction[from], g->seq + is_syn);
    if (is_syn && is_ack) learn_start(to, g->ack);
    if (!is_ack || !to->is_known) return;
    int64_t acked = offset_of(to, g->ack);
    if (acked > (int64_t)to->acked) to->acked = (uint64_t)acked;
}

/* A SYN with another number begins a new connection between the same ends. */
static bool is_new_connection(const struct streams_connection *c, int from,
                              const struct segment *g) {
    const struct streams_direction *d = &c->direction[from];
    if ((g->flags & (SEGMENT_SYN | SEGMENT_ACK)) != SEGMENT_SYN) return false;
    return d->is_known ? d->start != g->seq + 1 : c->direction[!from].is_known;
}

/* Finds the place of a segment's data, and sets s for streams_next. */
static enum streams_place place(struct streams *s, struct streams_direction *d,
                                const struct dissection *k) {
    bool is_syn = k->segment.flags & SEGMENT_SYN;
    if (!d->is_known) return STREAMS_NO_DATA;
    int64_t start = offset_of(d, k->segment.seq + is_syn);
    int64_t end = start + k->data_len, next = (int64_t)d->next;
    /* RFC 9293 §3.10.7.4: a receiver drops segments outside its window, which
     * is unknown here. So one far segment skips nothing, but two do if the
     * second continues the first. */
    bool is_far = start > next + STREAMS_WINDOW;
    bool is_believed = start == (int64_t)d->far || start <= (int64_t)d->acked;
    if (is_far) d->far = (uint64_t)end;
    if (is_far && !is_believed) return STREAMS_FAR;
    if (k->segment.flags & SEGMENT_FIN && end >= next && !d->has_fin) {
        d->has_fin = true;
        d->fin = (uint64_t)end;
    }
    if (k->data_len == 0) return STREAMS_NO_DATA;
    if (end <= next) return STREAMS_OLD;
    size_t old = start < next ? (size_t)(next - start) : 0;
    s->cut_len = k->data_len - k->data.len;
    s->offset = (uint64_t)(start + (int64_t)old);
    if (old < k->data.len)
        s->data = span_skip(k->data, old);
    else
        s->cut_len -= old - k->data.len;
    return start > next ? STREAMS_EARLY : STREAMS_IN_ORDER;
}

enum streams_place streams_add(struct streams *s, const struct dissection *d) {
    struct streams_connection *c = find(s, &d->ends);
    if (is_new_connection(c, s->from, &d->segment)) {
        begin(s, c, &d->ends);
        s->from = 0;
    }
    c->used = ++s->segments;
    s->data = (struct span){0};
    s->cut_len = 0;
    follow_numbers(c, s->from, d);
    enum streams_place result = place(s, &c->direction[s->from], d);
    for (int i = 0; d->segment.flags & SEGMENT_RST && i < 2; i++)
        c->direction[i].is_reset = c->direction[i].is_finished = true;
    return result;
}

/* --- delivery --- */

static bool deliver(struct streams_piece *p, enum streams_kind kind,
                    uint64_t offset, uint64_t len) {
    p->kind = kind;
    p->offset = offset;
    p->len = len;
    return true;
}

static bool give_up(struct streams *s, struct streams_direction *d,
                    struct streams_piece *p, uint64_t end) {
    uint64_t start = d->next;
    streams_skip(s, d, end);
    return deliver(p, STREAMS_MISSING, start, end - start);
}

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* Delivers kept bytes, or bytes before them that are known to be missing. */
static bool next_held(struct streams *s, struct streams_direction *d,
                      struct streams_piece *p) {
    uint64_t start = d->next;
    p->data = streams_consume_held(s, d);
    if (p->data.len > 0) return deliver(p, STREAMS_DATA, start, p->data.len);
    uint64_t first = streams_first_held(s, d);
    uint64_t end = d->has_fin ? least(first, d->fin) : first;
    if (end == UINT64_MAX || end <= d->next) return false;
    if (!d->is_finished) end = least(end, d->acked);
    return end > d->next && give_up(s, d, p, end);
}

/* Delivers kept bytes or gives up missing ones, so that the window moves
 * towards the segment that was added. */
static bool make_space(struct streams *s, struct streams_direction *d,
                       struct streams_piece *p) {
    uint64_t first = streams_first_held(s, d);
    if (first == d->next) return next_held(s, d, p);
    return give_up(s, d, p, least(s->offset, first));
}

/* Delivers the segment that was added, or keeps it. False: it is done. */
static bool next_of_segment(struct streams *s, struct streams_direction *d,
                            struct streams_piece *p) {
    if (s->data.len > 0 && s->offset > d->next) {
        if (!streams_hold(s, d, s->data, s->offset)) return make_space(s, d, p);
        s->data.len = 0;
    } else if (s->data.len > 0) {
        size_t old = d->next - s->offset;
        if (old < s->data.len) { /* some bytes were not kept before */
            p->data = span_skip(s->data, old);
            uint64_t start = d->next;
            s->offset += s->data.len;
            s->data.len = 0;
            streams_skip(s, d, s->offset);
            return deliver(p, STREAMS_DATA, start, p->data.len);
        }
        s->offset += s->data.len;
        s->data.len = 0;
    }
    uint64_t end = s->offset + s->cut_len;
    bool is_cut = s->cut_len > 0 && s->offset <= d->next && end > d->next;
    s->cut_len = 0;
    return is_cut && give_up(s, d, p, end);
}

static bool next_end(struct streams_direction *d, struct streams_piece *p) {
    bool is_fin = d->has_fin && d->next >= d->fin;
    if (d->has_ended || (!is_fin && !d->is_reset)) return false;
    d->has_ended = true;
    return deliver(p, is_fin ? STREAMS_END : STREAMS_RESET, d->next, 0);
}

/* Delivers the next piece of a connection, first of the stream that the segment
 * is in. */
static bool next_of_connection(struct streams *s, struct streams_piece *p) {
    struct streams_connection *c = &s->connections[s->slot];
    *p = (struct streams_piece){.slot = s->slot, .number = c->number};
    for (int i = 0; i < 2; i++) {
        p->from = i ? !s->from : s->from;
        struct streams_direction *d = &c->direction[p->from];
        if (i == 0 && next_of_segment(s, d, p)) return true;
        if (next_held(s, d, p) || next_end(d, p)) return true;
    }
    return false;
}

void streams_end(struct streams *s) {
    s->is_ending = true;
    s->slot = 0;
    s->from = 0;
    s->data = (struct span){0};
    s->cut_len = 0;
}

bool streams_next(struct streams *s, struct streams_piece *piece) {
    streams_release(s);
    if (!s->is_ending) return next_of_connection(s, piece);
    for (; s->slot < s->slot_count; s->slot++) {
        struct streams_connection *c = &s->connections[s->slot];
        c->direction[0].is_finished = c->direction[1].is_finished = true;
        if (c->number > 0 && next_of_connection(s, piece)) return true;
    }
    return false;
}
