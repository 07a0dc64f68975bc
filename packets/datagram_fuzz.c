/* datagram_fuzz.c: each shorter input asks for more; a datagram that is written
 * again has the same header but for the length and the checksum, which is right
 * and never 0. */
#include "packets/datagram.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct span all = {(uint8_t *)(uintptr_t)bytes, n};
    struct address from = {.len = 16, .bytes = {0xfd, [15] = 1}};
    struct address to = {.len = 16, .bytes = {0xfd, [15] = 2}};
    struct datagram d, again;
    int size = datagram_parse(all, &d);
    assert(size <= 0 || (size == DATAGRAM_HEADER && d.length >= size));
    for (size_t k = 0; k < n && k < DATAGRAM_HEADER; k++)
        assert(datagram_parse((struct span){all.data, k}, &again) == 0);
    if (size <= 0 || n > 65535) return 0;
    struct buf out = {.max = 65535};
    struct span data = span_skip(all, DATAGRAM_HEADER);
    assert(datagram_write(&out, &d, data, &from, &to) && out.end == n);
    assert(datagram_parse(buf_view(&out), &again) == DATAGRAM_HEADER);
    assert(again.length == n && again.checksum != 0);
    assert(again.source_port == d.source_port);
    assert(again.destination_port == d.destination_port);
    assert(datagram_checksum_is_right(buf_view(&out), &from, &to));
    assert(span_equal(span_skip(buf_view(&out), DATAGRAM_HEADER), data));
    buf_free(&out);
    return 0;
}
