/* ipv6_fuzz.c: each shorter input asks for more, the payload is within the
 * packet, and the fixed header is written as it was read.
 * FUZZ_MAX_LEN: 40000 */
#include "packets/ipv6.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct span all = {(uint8_t *)(uintptr_t)bytes, n};
    struct ipv6 ip, shorter;
    int size = ipv6_parse(all, &ip);
    assert(size <= (int)n && (size <= 0 || size >= IPV6_HEADER));
    for (int k = 0; k < size; k++)
        assert(ipv6_parse((struct span){all.data, (size_t)k}, &shorter) == 0);
    if (size <= 0) return 0;
    assert(size >= IPV6_HEADER + 8 * ip.extension_count);
    assert(size <= IPV6_HEADER + 2048 * ip.extension_count);
    assert(ip.extension_count <= IPV6_MAX_EXTENSIONS);
    assert(ip.is_fragment || ip.fragment_offset == 0);
    struct span payload = ipv6_payload(all, &ip, size);
    assert(payload.len <= n - (size_t)size);
    assert(payload.len + (size_t)size <=
           IPV6_HEADER + (size_t)ip.payload_length);
    struct buf out = {.max = IPV6_HEADER};
    all.len = IPV6_HEADER;
    assert(ipv6_write(&out, &ip) && span_equal(buf_view(&out), all));
    buf_free(&out);
    return 0;
}
