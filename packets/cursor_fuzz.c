/* cursor_fuzz.c: writing the numbers that were read gives the same bytes, and a
 * cursor never passes its end. */
#include "packets/cursor.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Reads a number of 1, 2, 4 or 8 bytes and writes it. */
static void copy(struct cursor *c, struct buf *out, unsigned how) {
    uint64_t value = how == 0   ? cursor_u8(c)
                     : how == 1 ? cursor_u16(c)
                     : how == 2 ? cursor_u32(c)
                                : cursor_u64(c);
    if (c->failed) return;
    if (how == 0) cursor_put_u8(out, (uint8_t)value);
    if (how == 1) cursor_put_u16(out, (uint16_t)value);
    if (how == 2) cursor_put_u32(out, (uint32_t)value);
    if (how == 3) cursor_put_u64(out, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct buf out = {.max = INT32_MAX};
    struct span all = {(uint8_t *)(uintptr_t)bytes, n};
    struct cursor c = cursor_from(all);
    for (size_t i = 0; i < n && !c.failed; i++) {
        copy(&c, &out, bytes[i] % 4);
        assert(c.pos <= n);
    }
    assert(span_equal(buf_view(&out), (struct span){all.data, out.end}));
    buf_free(&out);
    return 0;
}
