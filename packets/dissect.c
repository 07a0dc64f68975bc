/* dissect.c: see packets/dissect.h. Entry points: dissect, dissect_packet,
 * dissect_complete_checksum. */
#include "packets/dissect.h"
#include "packets/checksum.h"
#include "packets/datagram.h"
#include "packets/ethernet.h"
#include "packets/ipv4.h"
#include "packets/ipv6.h"

#include <assert.h>

enum {
    SEGMENT_CHECKSUM = 16, /* where it is in the header, in bytes */
    DATAGRAM_CHECKSUM = 6
};

/* The fields of the IP header. */
struct packet {
    struct address source, destination;
    uint8_t protocol;
    bool is_later_fragment;
    struct span payload;  /* as captured */
    uint32_t payload_len; /* as sent */
};

static int read_ipv4(struct span bytes, struct packet *p) {
    struct ipv4 ip;
    int n = ipv4_parse(bytes, &ip);
    if (n <= 0) return n < 0 ? DISSECT_ERR_HEADER : 0;
    p->source = ip.source;
    p->destination = ip.destination;
    p->protocol = ip.protocol;
    p->is_later_fragment = ip.fragment_offset > 0;
    p->payload = ipv4_payload(bytes, &ip, n);
    p->payload_len = ip.total_length - (uint32_t)n;
    return n;
}

static int read_ipv6(struct span bytes, struct packet *p) {
    struct ipv6 ip;
    int n = ipv6_parse(bytes, &ip);
    if (n <= 0) return n < 0 ? DISSECT_ERR_HEADER : 0;
    p->source = ip.source;
    p->destination = ip.destination;
    p->protocol = ip.protocol;
    p->is_later_fragment = ip.fragment_offset > 0;
    p->payload = ipv6_payload(bytes, &ip, n);
    p->payload_len = IPV6_HEADER + (uint32_t)ip.payload_length - (uint32_t)n;
    return n;
}

static int read_ip(bool is_v6, struct span bytes, struct packet *p) {
    return is_v6 ? read_ipv6(bytes, p) : read_ipv4(bytes, p);
}

static int read_segment(struct dissection *d) {
    int n = segment_parse(d->transport, &d->segment);
    if (n < 0) return DISSECT_ERR_HEADER;
    d->ends.source_port = d->segment.source_port;
    d->ends.destination_port = d->segment.destination_port;
    return n;
}

static int read_datagram(struct dissection *d) {
    struct datagram udp;
    int n = datagram_parse(d->transport, &udp);
    if (n < 0) return DISSECT_ERR_HEADER;
    d->ends.source_port = udp.source_port;
    d->ends.destination_port = udp.destination_port;
    return n;
}

/* RFC 4443 §2.1: the errors of ICMPv6 have the types below 128. */
static bool is_icmp_error(const struct dissection *d) {
    if (d->protocol == IP_ICMPV6) return d->icmp.type < ICMPV6_ECHO;
    return d->icmp.type == ICMP_UNREACHABLE || d->icmp.type == ICMP_REDIRECT ||
           d->icmp.type == ICMP_TIME_EXCEEDED ||
           d->icmp.type == ICMP_PARAMETER_PROBLEM;
}

/* RFC 792, RFC 4443 §2.4: an error carries the beginning of the packet that it
 * is about. The ports are the first four bytes of TCP and of UDP. */
static void read_inner(struct dissection *d, struct span body) {
    struct packet inner;
    if (read_ip(d->protocol == IP_ICMPV6, body, &inner) <= 0) return;
    bool has_ports = inner.protocol == IP_TCP || inner.protocol == IP_UDP;
    if (!has_ports || inner.is_later_fragment || inner.payload.len < 4) return;
    const uint8_t *port = inner.payload.data;
    d->ends.protocol = inner.protocol;
    d->ends.source = inner.destination;
    d->ends.destination = inner.source;
    d->ends.source_port = (uint16_t)(port[2] << 8 | port[3]);
    d->ends.destination_port = (uint16_t)(port[0] << 8 | port[1]);
}

static int read_icmp(struct dissection *d) {
    int n = icmp_parse(d->transport, &d->icmp);
    if (n > 0 && is_icmp_error(d))
        read_inner(d, span_skip(d->transport, (size_t)n));
    return n;
}

static int read_transport(struct dissection *d) {
    switch (d->protocol) {
    case IP_TCP:
        return read_segment(d);
    case IP_UDP:
        return read_datagram(d);
    case IP_ICMP:
    case IP_ICMPV6:
        return read_icmp(d);
    default:
        return DISSECT_ERR_OTHER;
    }
}

static int internet(struct span packet, bool is_v6, struct dissection *d) {
    struct packet p;
    int header = read_ip(is_v6, packet, &p);
    if (header <= 0) return header;
    if (p.is_later_fragment) return DISSECT_ERR_FRAGMENT;
    d->source = d->ends.source = p.source;
    d->destination = d->ends.destination = p.destination;
    d->protocol = d->ends.protocol = p.protocol;
    d->transport = p.payload;
    d->transport_len = p.payload_len;
    int n = read_transport(d);
    if (n <= 0) return n;
    assert((uint32_t)n <= d->transport_len); /* transport is no longer */
    d->data = span_skip(d->transport, (size_t)n);
    d->data_len = d->transport_len - (uint32_t)n;
    return header + n;
}

int dissect(struct span frame, struct dissection *d) {
    struct ethernet e;
    memset(d, 0, sizeof *d);
    int link = ethernet_parse(frame, &e);
    if (link <= 0) return link < 0 ? DISSECT_ERR_HEADER : 0;
    if (e.type != ETHERNET_IPV4 && e.type != ETHERNET_IPV6)
        return DISSECT_ERR_OTHER;
    int n =
        internet(span_skip(frame, (size_t)link), e.type == ETHERNET_IPV6, d);
    return n > 0 ? link + n : n;
}

int dissect_packet(struct span packet, struct dissection *d) {
    memset(d, 0, sizeof *d);
    if (packet.len == 0) return 0;
    return internet(packet, packet.data[0] >> 4 == 6, d);
}

bool dissect_complete_checksum(struct dissection *d) {
    bool is_tcp = d->protocol == IP_TCP, is_udp = d->protocol == IP_UDP;
    if ((!is_tcp && !is_udp) || d->transport.len != d->transport_len)
        return false;
    uint8_t *at =
        d->transport.data + (is_tcp ? SEGMENT_CHECKSUM : DATAGRAM_CHECKSUM);
    at[0] = at[1] = 0;
    uint32_t sum = ip_pseudo_header(&d->source, &d->destination, d->protocol,
                                    d->transport_len);
    uint16_t checksum = checksum_of(checksum_add(sum, d->transport));
    if (is_udp && checksum == 0) checksum = 0xffff; /* RFC 768: 0 is none */
    at[0] = (uint8_t)(checksum >> 8);
    at[1] = (uint8_t)checksum;
    return true;
}
