/* ethernet_fuzz.c: each shorter input asks for more, and a frame without tags
 * is written as it was read. */
#include "packets/ethernet.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct span all = {(uint8_t *)(uintptr_t)bytes, n};
    struct ethernet e, shorter;
    struct buf out = {.max = ETHERNET_HEADER};
    int size = ethernet_parse(all, &e);
    assert(size <= (int)n && e.vlan_count <= ETHERNET_MAX_VLANS);
    for (int k = 0; k < size; k++)
        assert(ethernet_parse((struct span){all.data, (size_t)k}, &shorter) ==
               0);
    if (size > 0) assert(size == ETHERNET_HEADER + 4 * e.vlan_count);
    if (size == ETHERNET_HEADER) {
        assert(ethernet_write(&out, &e));
        all.len = ETHERNET_HEADER;
        assert(span_equal(buf_view(&out), all));
    }
    buf_free(&out);
    return 0;
}
