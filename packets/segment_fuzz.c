/* segment_fuzz.c: each shorter input asks for more, options are consumed in
 * order and within their bytes, and a segment is written as it was read. */
#include "packets/segment.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void walks_the_options(struct span options) {
    uint8_t *at = options.data, *end = options.data + options.len;
    struct segment_option o;
    while (segment_next_option(&options, &o)) {
        assert(o.kind > 1 && o.value.data >= at + 2);
        at = o.value.data + o.value.len;
        assert(at <= end && at == options.data);
    }
    assert(options.len == 0 || options.data + options.len == end);
}

static void writes_what_it_read(struct span all, const struct segment *s,
                                size_t size) {
    struct buf out = {.max = 65535};
    struct address from = {.len = 4, .bytes = {10, 0, 0, 1}};
    struct address to = {.len = 4, .bytes = {10, 0, 0, 2}};
    assert(segment_write(&out, s, span_skip(all, size), &from, &to));
    assert(out.end == all.len);
    assert(segment_checksum_is_right(buf_view(&out), &from, &to));
    out.bytes[12] |= all.data[12] & 0x0f; /* the reserved bits */
    memcpy(out.bytes + 16, all.data + 16, 2);
    assert(span_equal(buf_view(&out), all));
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct span all = {(uint8_t *)(uintptr_t)bytes, n};
    struct segment s, shorter;
    int size = segment_parse(all, &s);
    assert(size <= (int)n && (size <= 0 || size >= SEGMENT_HEADER));
    for (int k = 0; k < size; k++)
        assert(segment_parse((struct span){all.data, (size_t)k}, &shorter) ==
               0);
    if (size > 0) walks_the_options(s.options);
    if (size > 0 && n <= 65535) writes_what_it_read(all, &s, (size_t)size);
    return 0;
}
