/* reorder_fuzz.c: whatever arrives in which order, what is read is the stream
 * from its beginning, nothing is lost, and the ranges stay apart and in order.
 *
 * Input: for each step an offset, a length, and how much to read.
 * FUZZ_MAX_LEN: 3000
 */
#include "packets/cursor.h"
#include "packets/reorder.h"

#include <assert.h>

enum {
    MEMORY = 97,
    STREAM = 4096
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static uint8_t stream_byte(size_t i) {
    return (uint8_t)(i * 7 + i / 256);
}

static void check_ranges(const struct reorder *q) {
    size_t after = 0;
    assert(q->early_count <= REORDER_RANGES);
    for (unsigned i = 0; i < q->early_count; i++) {
        assert(q->early[i].start > after &&
               q->early[i].end > q->early[i].start);
        after = q->early[i].end;
    }
    assert(after <= reorder_space(q));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct cursor input =
        cursor_from((struct span){(uint8_t *)(uintptr_t)bytes, n});
    struct reorder q;
    uint8_t memory[MEMORY], text[256];
    size_t next = 0, read = 0; /* in the stream: missing, not read */
    reorder_init(&q, (struct span){memory, sizeof memory});
    while (cursor_left(&input) >= 3 && next < STREAM - 512) {
        size_t offset = cursor_u8(&input), len = cursor_u8(&input) % 64;
        for (size_t i = 0; i < len; i++)
            text[i] = stream_byte(next + offset + i);
        size_t advance = reorder_insert(&q, offset, (struct span){text, len});
        assert(offset == 0 || advance == 0);
        size_t space = MEMORY - (next - read);
        assert(offset > 0 || advance >= (len < space ? len : space));
        next += advance;
        check_ranges(&q);
        size_t count = reorder_read(&q, text, cursor_u8(&input));
        for (size_t i = 0; i < count; i++)
            assert(text[i] == stream_byte(read + i));
        read += count;
        assert(q.ring.len == next - read);
        check_ranges(&q);
    }
    return 0;
}
