/* udp_packet_fuzz.c: a packet that is read, and then written, is read as the
 * same. */
#include "packets/udp_packet.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct span all = {(uint8_t *)(uintptr_t)bytes, n}, data, again;
    struct udp_packet p, q;
    struct buf out = {.max = 65575};
    if (!udp_packet_parse(all, &p, &data)) return 0;
    assert(data.len <= n);
    if (data.len > UDP_PACKET_MAX_DATA) return 0; /* over IPv6 */
    assert(udp_packet_write(&out, &p, data));
    assert(udp_packet_parse(buf_view(&out), &q, &again));
    assert(span_equal(data, again));
    assert(address_equal(&p.source, &q.source));
    assert(address_equal(&p.destination, &q.destination));
    assert(p.source_port == q.source_port);
    assert(p.destination_port == q.destination_port);
    assert(p.ttl == q.ttl && p.identification == q.identification);
    assert(p.dont_fragment == q.dont_fragment);
    buf_free(&out);
    return 0;
}
