/* arp_fuzz.c: each prefix of a message needs more or is an error, and a message
 * is written as it was read. */
#include "packets/arp.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct span all = {(uint8_t *)(uintptr_t)bytes, n};
    struct arp a, shorter;
    int size = arp_parse(all, &a);
    assert(size <= 0 || size == ARP_LENGTH);
    for (size_t k = 0; k < n && k < ARP_LENGTH; k++) {
        int got = arp_parse((struct span){all.data, k}, &shorter);
        assert(got == 0 || got == size);
        assert(size <= 0 || got == 0);
    }
    if (size <= 0) return 0;
    struct buf out = {.max = ARP_LENGTH};
    all.len = ARP_LENGTH;
    assert(arp_write(&out, &a) && span_equal(buf_view(&out), all));
    buf_free(&out);
    return 0;
}
