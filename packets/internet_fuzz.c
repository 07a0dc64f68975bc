/* internet_fuzz.c: whatever arrives at a router and at a host, no packet that
 * they send breaks a rule of its header, and none has more hops left than it
 * had; and in the end no event is left.
 *
 * Input: a packet, which ann's interface sends to R1, and cem gets as it is.
 */
#include "packets/ethernet.h"
#include "packets/internet.h"
#include "packets/ipv4.h"
#include "packets/ipv6.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct internet net;

static void check_frame(struct span frame) {
    struct ethernet e;
    struct ipv4 ip;
    struct ipv6 six;
    int n = ethernet_parse(frame, &e);
    assert(n == ETHERNET_HEADER);
    struct span packet = span_skip(frame, ETHERNET_HEADER);
    if (e.type == ETHERNET_IPV4) {
        assert(ipv4_parse(packet, &ip) >= IPV4_HEADER && ip.ttl > 0);
        assert(ip.checksum_is_right && ip.total_length <= packet.len);
    } else if (e.type == ETHERNET_IPV6) {
        assert(ipv6_parse(packet, &six) >= IPV6_HEADER && six.hop_limit > 0);
    } else {
        assert(e.type == ETHERNET_ARP);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    uint8_t copy[INTERFACE_MTU];
    struct host_received got;
    struct host *at;
    struct lan_event e;
    int events = 0;
    if (n == 0 || n > sizeof copy) return 0;
    internet_init(&net);
    internet_set_mtu(&net, 1, 100);
    memcpy(copy, bytes, n);
    router_handle(&net.router[0], &net.lan, 0, (struct span){copy, n}, false);
    memcpy(copy, bytes, n);
    host_deliver(&net.cem, &net.lan, (struct span){copy, n}, false, &got);
    while (lan_next(&net.lan, INT64_MAX, &e)) {
        assert(++events < 60000);
        if (e.bytes.len > 0) check_frame(e.bytes);
        internet_handle(&net, &e, &at, &got);
    }
    internet_free(&net);
    return 0;
}
