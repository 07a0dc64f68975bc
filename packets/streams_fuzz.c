/* streams_fuzz.c: whatever segments of a string arrive in whatever order, the
 * stream is that string: no byte twice, none at a wrong place, and none missing
 * if all of them arrive and no more must be kept than there is space for. Four
 * bytes of the input are a step: a segment, or the end of one direction.
 * FUZZ_MAX_LEN: 1500 */
#include "packets/exact_unit.h"
#include "packets/streams.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum {
    STRING = 2 * STREAMS_WINDOW,
    CONNECTIONS = 12, /* more than the slots: some must make space */
};

static uint8_t string[STRING];
static uint64_t position[9][2]; /* of slot and direction */
static uint32_t numbers[9];
static bool has_missing;

static void drain(struct streams *s) {
    struct streams_piece p;
    unsigned steps = 0;
    while (streams_next(s, &p)) {
        assert(++steps < 10000 && p.slot < 8 && p.number > 0);
        if (numbers[p.slot] != p.number)
            position[p.slot][0] = position[p.slot][1] = 0;
        numbers[p.slot] = p.number;
        uint64_t *at = &position[p.slot][p.from];
        assert(p.offset == *at);
        *at += p.len;
        if (p.kind == STREAMS_MISSING) has_missing = true;
        if (p.kind == STREAMS_MISSING) assert(p.len > 0);
        if (p.kind != STREAMS_DATA) continue;
        assert(p.len > 0 && p.len == p.data.len && *at <= STRING);
        assert(memcmp(p.data.data, string + p.offset, p.len) == 0);
    }
}

static struct dissection segment(unsigned connection, int from, size_t offset,
                                 size_t len, uint8_t flags) {
    struct dissection d = {.protocol = 6, .ends = {.protocol = 6}};
    struct address a = {4, {10, 0, 0, 1}}, b = {4, {10, 0, 0, 2}};
    uint16_t port = (uint16_t)(1000 + connection);
    d.ends.source = from ? b : a;
    d.ends.destination = from ? a : b;
    d.ends.source_port = from ? 80 : port;
    d.ends.destination_port = from ? port : 80;
    /* Some of the numbers wrap. */
    d.segment.seq = (uint32_t)offset - connection * 30000u;
    d.segment.flags = flags;
    d.data = (struct span){string + offset, len};
    d.data_len = (uint32_t)len;
    return d;
}

/* Says where both streams of a connection begin. That is new only if there was
 * no slot for it, or not any longer. */
static void open_connection(struct streams *s, unsigned connection) {
    struct dissection d = segment(connection, 0, 0, 0, SEGMENT_SYN);
    struct dissection e =
        segment(connection, 1, 0, 0, SEGMENT_SYN | SEGMENT_ACK);
    e.segment.ack = d.segment.seq;
    d.segment.seq--;
    e.segment.seq--;
    streams_add(s, &d);
    drain(s);
    streams_add(s, &e);
    drain(s);
}

/* Any segments of many connections: with gaps, cut ones, and all flags. */
static void anything(struct streams *s, const uint8_t *bytes, size_t n) {
    for (; n >= 8; bytes += 8, n -= 8) {
        size_t offset = (size_t)(bytes[0] << 8 | bytes[1]) * 8 % STRING;
        size_t len = (size_t)(bytes[2] << 4) % (STRING - offset);
        open_connection(s, bytes[3] % CONNECTIONS);
        struct dissection d =
            segment(bytes[3] % CONNECTIONS, bytes[3] >> 7, offset, len, 0);
        d.segment.flags = bytes[4] & (SEGMENT_ACK | SEGMENT_FIN);
        if (bytes[4] >= 250) d.segment.flags |= SEGMENT_RST;
        d.segment.ack =
            (uint32_t)(bytes[5] << 11) - bytes[3] % CONNECTIONS * 30000u;
        if (bytes[6] < 20) d.data.len = len * bytes[6] / 20;
        uint8_t *exact = unit_exact(d.data.data, d.data.len);
        d.data.data = exact;
        streams_add(s, &d);
        drain(s);
        free(exact);
    }
}

/* Segments of one string, of which all arrive in the end. */
static void everything(struct streams *s, const uint8_t *bytes, size_t n) {
    struct dissection d = segment(1, 0, 0, 0, SEGMENT_SYN);
    size_t all = n * 37 % (STREAMS_WINDOW - 1) + 1;
    d.segment.seq--;
    streams_add(s, &d);
    drain(s);
    for (size_t i = 0; i + 4 <= n; i += 4) {
        size_t offset = (size_t)(bytes[i] << 10 | bytes[i + 1] << 2) % all;
        size_t len =
            (size_t)(bytes[i + 2] << 6 | bytes[i + 3]) % (all - offset);
        d = segment(1, 0, offset, len, 0);
        streams_add(s, &d);
        drain(s);
    }
    d = segment(1, 0, 0, all, SEGMENT_FIN);
    streams_add(s, &d);
    drain(s);
    assert(!has_missing);
    uint64_t longest = 0;
    for (int i = 0; i < 8; i++)
        if (position[i][0] > longest) longest = position[i][0];
    assert(longest == all);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct streams s;
    if (n == 0) return 0;
    for (size_t i = 0; string[1] == 0 && i < STRING; i++)
        string[i] = (uint8_t)(i * 7 + i / 256);
    memset(position, 0, sizeof position);
    memset(numbers, 0, sizeof numbers);
    has_missing = false;
    if (!streams_init(&s, 8, STREAMS_BLOCKS)) return 0;
    if (bytes[0] & 1)
        anything(&s, bytes + 1, n - 1);
    else
        everything(&s, bytes + 1, n - 1);
    streams_end(&s);
    drain(&s);
    streams_free(&s);
    return 0;
}
