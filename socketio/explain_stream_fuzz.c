/* explain_stream_fuzz.c: however two streams are cut into pieces, the messages
 * in them are the same, and the fields cover each exactly once. The first bytes
 * say how: the size of the pieces, and a protocol. A byte of zero in the rest
 * changes the direction. FUZZ_MAX_LEN: 20000 */
#include "socketio/explain_stream.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum {
    MESSAGES = 5000
};

static struct explain e;
static size_t kept;

/* The messages of one run: where they begin, and how many fields they have. */
static struct run {
    uint64_t offset[2][MESSAGES];
    size_t count[2];
    size_t fields[2][MESSAGES];
} runs[2];

/* Returns false once it is unknown where the next message begins: what follows
 * depends on how the stream was cut. */
static bool show(struct explain_streams *c, int from, struct run *r) {
    uint64_t offset;
    while (explain_stream_next(c, from, &e, &offset)) {
        assert(explain_is_complete(&e));
        if (c->is_partial || c->stream[from].is_lost ||
            c->stream[from].skip > 0)
            return false;
        size_t i = r->count[from]++;
        assert(i < MESSAGES);
        r->offset[from][i] = offset;
        r->fields[from][i] = explain_count(&e);
    }
    return true;
}

static void read_all(struct run *r, const uint8_t *bytes, size_t n,
                     size_t piece, enum explain_protocol protocol) {
    struct explain_streams c = {.kept_by_all = NULL};
    explain_streams_reset(&c, &kept);
    c.protocol = protocol;
    r->count[0] = r->count[1] = 0;
    int from = 0;
    bool has_next = true;
    while (n > 0 && has_next) {
        const uint8_t *zero = memchr(bytes, 0, n);
        size_t k = zero ? (size_t)(zero - bytes) : n;
        if (k > piece) k = piece;
        explain_stream_add(&c, from,
                           (struct span){(uint8_t *)(uintptr_t)bytes, k});
        has_next = show(&c, from, r);
        bytes += k;
        n -= k;
        if (n > 0 && *bytes == 0) {
            from = !from;
            bytes++;
            n--;
        }
    }
    for (from = 0; from < 2; from++) {
        uint64_t offset;
        if (explain_stream_missing(&c, from, n % 3, &e, &offset))
            assert(explain_is_complete(&e));
    }
    explain_streams_reset(&c, &kept);
    assert(kept == 0);
}

/* Data in segments: its fields cover what is visible. */
static void read_segment(const uint8_t *bytes, size_t n,
                         enum explain_protocol protocol) {
    struct explain_streams c = {.kept_by_all = NULL};
    struct dissector d;
    explain_streams_reset(&c, &kept);
    c.protocol = protocol;
    for (size_t k; n > 0; bytes += k, n -= k) {
        k = n < 100 ? n : n / 2;
        uint8_t *copy = malloc(k);
        if (!copy) abort();
        memcpy(copy, bytes, k);
        dissector_begin(&d, &e, (struct span){copy, k}, EXPLAIN_APPLICATION,
                        "data");
        explain_stream_segment(&c, 0, &d);
        assert(dissector_finish(&d) && explain_is_complete(&e));
        free(copy);
    }
    explain_streams_reset(&c, &kept);
    assert(kept == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (n < 2) return 0;
    if (e.fields.max == 0) explain_init(&e, 1 << 24);
    size_t piece = 1 + bytes[0];
    enum explain_protocol protocol = bytes[1] % 6;
    read_all(&runs[0], bytes + 2, n - 2, n, protocol);
    read_all(&runs[1], bytes + 2, n - 2, piece, protocol);
    for (int from = 0; from < 2; from++) {
        size_t least = runs[0].count[from];
        if (runs[1].count[from] < least) least = runs[1].count[from];
        for (size_t i = 0; i < least; i++) {
            assert(runs[0].offset[from][i] == runs[1].offset[from][i]);
            assert(runs[0].fields[from][i] == runs[1].fields[from][i]);
        }
    }
    read_segment(bytes + 2, n - 2, protocol);
    return 0;
}
