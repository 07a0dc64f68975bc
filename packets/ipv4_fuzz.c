/* ipv4_fuzz.c: each shorter input asks for more, the payload is within the
 * packet, and a header is written as it was read. */
#include "packets/ipv4.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Compares the header that is written with the one that was read. The bits that
 * ipv4.h has no member for are the reserved flag and a wrong checksum. */
static void writes_what_it_read(struct span header, const struct ipv4 *ip) {
    struct buf out = {.max = 60};
    struct ipv4 again;
    assert(ipv4_write(&out, ip) && out.end == header.len);
    assert(ipv4_parse(buf_view(&out), &again) == (int)header.len);
    assert(again.checksum_is_right);
    for (size_t i = 0; i < header.len; i++) {
        uint8_t reserved = i == 6 ? 0x80 : 0;
        if (i == 10 || i == 11) continue;
        assert(out.bytes[i] == (header.data[i] & ~reserved));
    }
    /* The sum has two zeros, and a sender may have used the other one. */
    if (ip->checksum_is_right && !(header.data[6] & 0x80))
        assert(again.checksum == ip->checksum || ip->checksum == 0xffff);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct span all = {(uint8_t *)(uintptr_t)bytes, n};
    struct ipv4 ip, shorter;
    int size = ipv4_parse(all, &ip);
    assert(size <= (int)n && (size <= 0 || size >= IPV4_HEADER));
    for (int k = 0; k < size; k++)
        assert(ipv4_parse((struct span){all.data, (size_t)k}, &shorter) == 0);
    if (size <= 0) return 0;
    struct span payload = ipv4_payload(all, &ip, size);
    assert(payload.len <= n - (size_t)size);
    assert((size_t)size + payload.len <= ip.total_length);
    all.len = (size_t)size;
    writes_what_it_read(all, &ip);
    return 0;
}
