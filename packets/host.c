/* host.c: see packets/host.h. Entry points: host_init, host_set_v6;
 * host_next_hop, host_send, host_send_udp, host_report_timeout; host_receive,
 * host_deliver. */
#include "packets/host.h"
#include "packets/datagram.h"
#include "packets/fragment.h"
#include "packets/icmp_reply.h"
#include "packets/ipv6.h"

#include <assert.h>

void host_init(struct host *h, struct lan *l, const char *name, uint8_t mac,
               const char *address, const char *gateway) {
    *h = (struct host){.identification = 1};
    interface_init(&h->interface, lan_add_port(l, name), mac, address);
    address_parse(&h->gateway, gateway);
}

void host_free(struct host *h) {
    interface_free(&h->interface);
}

void host_set_v6(struct host *h, const char *address, const char *gateway) {
    interface_set_v6(&h->interface, address);
    address_parse(&h->gateway_v6, gateway);
}

/* --- sending --- */

/* RFC 1122 §3.3.1.1: a destination in the host's own network is reached
 * directly, any other by a gateway. */
const struct address *host_next_hop(const struct host *h,
                                    const struct address *destination) {
    const struct address *gateway =
        destination->len == 16 ? &h->gateway_v6 : &h->gateway;
    if (interface_is_local(&h->interface, destination) ||
        interface_is_broadcast(&h->interface, destination))
        return destination;
    return gateway->len > 0 ? gateway : NULL;
}

/* False: this is not a packet. */
static bool read_destination(struct address *destination, struct span packet) {
    struct ipv4 ip;
    struct ipv6 six;
    int n = ipv4_parse(packet, &ip);
    bool is_v6 = n == IPV4_ERR_VERSION;
    if ((is_v6 ? ipv6_parse(packet, &six) : n) <= 0) return false;
    *destination = is_v6 ? six.destination : ip.destination;
    return true;
}

int host_send(struct host *h, struct lan *l, struct span packet) {
    struct address destination;
    struct fragments f;
    struct buf fragment = {.max = INTERFACE_MTU};
    if (!read_destination(&destination, packet)) return -1;
    const struct address *next_hop = host_next_hop(h, &destination);
    if (!next_hop) return -1;
    if (packet.len <= h->interface.mtu) {
        interface_send(&h->interface, l, next_hop, packet);
        return 0;
    }
    if (!fragment_begin(&f, packet)) return -1;
    while (fragment_next(&f, &fragment, h->interface.mtu)) {
        interface_send(&h->interface, l, next_hop, buf_view(&fragment));
        buf_clear(&fragment);
    }
    buf_free(&fragment);
    return 0;
}

int host_send_udp(struct host *h, struct lan *l, struct udp_packet *p,
                  struct span data) {
    struct buf packet = {.max = UINT16_MAX};
    bool is_v6 = p->destination.len == 16;
    p->source = is_v6 ? h->interface.v6.address : h->interface.v4.address;
    if (p->ttl == 0) p->ttl = HOST_TTL;
    /* RFC 791 §3.2: unique among the packets that may still be under way. */
    p->identification = is_v6 ? 0 : h->identification++;
    int result = p->source.len > 0 && udp_packet_write(&packet, p, data)
                     ? host_send(h, l, buf_view(&packet))
                     : -1;
    buf_free(&packet);
    return result;
}

static void send_error(struct host *h, struct lan *l, const struct icmp *error,
                       struct span packet, bool is_broadcast, bool is_v6) {
    struct buf out = {.max = ICMP_REPLY_MAX_V6};
    const struct interface *i = &h->interface;
    if (icmp_reply_error(&out, error, packet, is_broadcast,
                         is_v6 ? &i->v6.address : &i->v4.address))
        host_send(h, l, buf_view(&out));
    buf_free(&out);
}

/* RFC 1122 §3.3.2: Time Exceeded, code 1, if fragment zero has been
 * received. */
void host_report_timeout(struct host *h, struct lan *l, struct span first) {
    struct icmp error = {.type = ICMP_TIME_EXCEEDED, .code = 1};
    send_error(h, l, &error, first, false, false); /* none if first is empty */
}

/* --- receiving --- */

/* The fields that IPv4 and IPv6 headers have in common. */
struct arrival {
    struct span packet, payload;
    struct address destination;
    uint8_t protocol;
    bool is_v6, is_broadcast, is_fragment;
};

/* RFC 1122 §3.2.1.1, §3.2.1.2: a packet that is malformed, or whose checksum is
 * wrong, MUST be silently discarded. False: it is one. */
static bool read_packet(struct arrival *a, struct host_received *got) {
    struct ipv4 ip;
    struct ipv6 six;
    int n = a->is_v6 ? ipv6_parse(a->packet, &six) : ipv4_parse(a->packet, &ip);
    if (n <= 0) return false;
    size_t length =
        a->is_v6 ? (size_t)IPV6_HEADER + six.payload_length : ip.total_length;
    if (a->packet.len < length || (!a->is_v6 && !ip.checksum_is_right))
        return false;
    a->packet.len = length;
    a->payload = span_skip(a->packet, (size_t)n);
    a->destination = a->is_v6 ? six.destination : ip.destination;
    a->protocol = a->is_v6 ? six.protocol : ip.protocol;
    a->is_fragment = a->is_v6 ? six.more_fragments || six.fragment_offset > 0
                              : ip.more_fragments || ip.fragment_offset > 0;
    got->source = a->is_v6 ? six.source : ip.source;
    got->ttl = a->is_v6 ? six.hop_limit : ip.ttl;
    got->packet = a->packet;
    return true;
}

/* Reads the datagram that an error is about. Its data is cut, so only the
 * headers are checked. */
static bool read_quoted(struct span quoted, struct udp_packet *udp,
                        struct span *data) {
    struct ipv4 ip;
    struct ipv6 six;
    struct datagram d;
    int n = ipv4_parse(quoted, &ip);
    bool is_v6 = n == IPV4_ERR_VERSION;
    if (is_v6) n = ipv6_parse(quoted, &six);
    if (n <= 0 || (is_v6 ? six.protocol : ip.protocol) != IP_UDP) return false;
    struct span bytes =
        is_v6 ? ipv6_payload(quoted, &six, n) : ipv4_payload(quoted, &ip, n);
    if (datagram_parse(bytes, &d) <= 0) return false;
    *udp = (struct udp_packet){.source = is_v6 ? six.source : ip.source,
                               .destination =
                                   is_v6 ? six.destination : ip.destination,
                               .source_port = d.source_port,
                               .destination_port = d.destination_port,
                               .ttl = is_v6 ? six.hop_limit : ip.ttl};
    if (!is_v6) udp->dont_fragment = ip.dont_fragment;
    if (!is_v6) udp->identification = ip.identification;
    *data = span_skip(bytes, DATAGRAM_HEADER);
    return true;
}

static enum host_event receive_icmp(struct host *h, struct lan *l,
                                    const struct arrival *a,
                                    struct host_received *got) {
    struct buf reply = {.max = UINT16_MAX};
    if (icmp_parse(a->payload, &got->icmp) == 0 ||
        !icmp_checksum_is_right(a->payload, a->is_v6 ? &got->source : NULL,
                                a->is_v6 ? &a->destination : NULL))
        return HOST_NOTHING;
    got->data = span_skip(a->payload, ICMP_HEADER);
    if (got->icmp.type == (a->is_v6 ? ICMPV6_ECHO_REPLY : ICMP_ECHO_REPLY))
        return HOST_ECHO_REPLY;
    /* RFC 1122 §3.2.2.6: MUST reply to an echo request; a broadcast one MAY be
     * ignored. */
    if (!a->is_broadcast && icmp_reply_echo(&reply, a->packet))
        host_send(h, l, buf_view(&reply));
    buf_free(&reply);
    /* RFC 1122 §3.2.2.2: a redirect MUST update the routes: not enforced: a
     * host here has one gateway.
     * RFC 1122 §3.2.2: the error goes to the protocol of the quoted packet. RFC
     * 5927 §4: only if this host sent that packet. */
    bool is_error = icmp_reply_is_error(got->icmp.type, a->is_v6) &&
                    read_quoted(got->data, &got->udp, &got->data) &&
                    interface_is_own(&h->interface, &got->udp.source);
    return is_error ? HOST_ERROR : HOST_NOTHING;
}

static enum host_event receive_udp(struct host *h, struct lan *l,
                                   const struct arrival *a,
                                   struct host_received *got) {
    struct icmp error = {.type = ICMP_UNREACHABLE, .code = 3};
    if (a->is_v6) error = (struct icmp){.type = ICMPV6_UNREACHABLE, .code = 4};
    /* RFC 1122 §4.1.3.4: a wrong checksum: silently discard. */
    if (!udp_packet_parse(a->packet, &got->udp, &got->data))
        return HOST_NOTHING;
    /* RFC 1122 §4.1.3.2: UDP MUST pass IP options to the application: not
     * enforced: no program here uses one. */
    if (h->port != 0 && got->udp.destination_port == h->port)
        return HOST_DATAGRAM;
    /* RFC 1122 §4.1.3.1: SHOULD send Port Unreachable. */
    send_error(h, l, &error, a->packet, a->is_broadcast, a->is_v6);
    return HOST_NOTHING;
}

enum host_event host_deliver(struct host *h, struct lan *l, struct span packet,
                             bool is_broadcast, struct host_received *got) {
    struct arrival a = {.packet = packet,
                        .is_v6 = packet.len > 0 && packet.data[0] >> 4 == 6,
                        .is_broadcast = is_broadcast};
    *got = (struct host_received){.ttl = 0};
    if (!read_packet(&a, got)) return HOST_NOTHING;
    /* RFC 1122 §3.2.1.3: MUST silently discard a packet with an invalid source:
     * no single host. A host without an address may use 0.0.0.0; none here
     * does. */
    if (!address_is_one_host(&got->source) ||
        interface_is_broadcast(&h->interface, &got->source))
        return HOST_NOTHING;
    /* RFC 1122 §3.2.1.3: MUST silently discard packets to other hosts. */
    bool is_for_all = interface_is_broadcast(&h->interface, &a.destination);
    if (!is_for_all && !interface_is_own(&h->interface, &a.destination))
        return HOST_NOTHING;
    a.is_broadcast = is_broadcast || is_for_all;
    if (a.is_fragment) return HOST_FRAGMENT;
    if (a.protocol == (a.is_v6 ? IP_ICMPV6 : IP_ICMP))
        return receive_icmp(h, l, &a, got);
    if (a.protocol == IP_UDP) return receive_udp(h, l, &a, got);
    /* RFC 1122 §3.2.2.1: SHOULD send Protocol Unreachable. RFC 8200 §4: a next
     * header that is not known: Parameter Problem, code 1. */
    struct icmp error = {.type = ICMP_UNREACHABLE, .code = 2};
    if (a.is_v6)
        error = (struct icmp){.type = ICMPV6_PARAMETER_PROBLEM,
                              .code = 1,
                              .rest = 6}; /* where the field is */
    send_error(h, l, &error, a.packet, a.is_broadcast, a.is_v6);
    return HOST_NOTHING;
}

enum host_event host_receive(struct host *h, struct lan *l,
                             const struct lan_event *event,
                             struct host_received *got) {
    struct span packet;
    if (event->to != h->interface.port) return HOST_NOTHING;
    enum interface_event e =
        interface_receive(&h->interface, l, event, &packet);
    if (e == INTERFACE_PACKET || e == INTERFACE_BROADCAST)
        return host_deliver(h, l, packet, e == INTERFACE_BROADCAST, got);
    if (e != INTERFACE_UNREACHABLE) return HOST_NOTHING;
    *got = (struct host_received){.packet = packet};
    return HOST_UNREACHABLE;
}
