/* icmp_fuzz.c: a message that is written as it was read has the same bytes but
 * for the checksum, which is right; each type and code has a text. */
#include "packets/icmp.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct span all = {(uint8_t *)(uintptr_t)bytes, n};
    struct address from = {.len = 16, .bytes = {0xfd, [15] = 1}};
    struct address to = {.len = 16, .bytes = {0xfd, [15] = 2}};
    struct icmp i;
    char text[ICMP_TEXT_MAX];
    assert(icmp_parse(all, &i) == (n < ICMP_HEADER ? 0 : ICMP_HEADER));
    if (n < ICMP_HEADER || n > 65535) return 0;
    for (int is_v6 = 0; is_v6 < 2; is_v6++) {
        const struct address *source = is_v6 ? &from : NULL;
        const struct address *destination = is_v6 ? &to : NULL;
        struct buf out = {.max = 65535};
        assert(icmp_write(&out, &i, span_skip(all, ICMP_HEADER), source,
                          destination));
        assert(icmp_checksum_is_right(buf_view(&out), source, destination));
        memcpy(out.bytes + 2, all.data + 2, 2);
        assert(span_equal(buf_view(&out), all));
        assert(strlen(icmp_text(&i, is_v6, text)) < ICMP_TEXT_MAX);
        buf_free(&out);
    }
    return 0;
}
