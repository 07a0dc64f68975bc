/* udp_packet.c: see packets/udp_packet.h. */
#include "packets/udp_packet.h"
#include "packets/datagram.h"
#include "packets/ipv4.h"
#include "packets/ipv6.h"

#include <assert.h>

static bool write_header(struct buf *out, const struct udp_packet *p,
                         size_t length) {
    if (p->source.len == 4) {
        struct ipv4 ip = {.total_length = (uint16_t)(IPV4_HEADER + length),
                          .identification = p->identification,
                          .dont_fragment = p->dont_fragment,
                          .ttl = p->ttl,
                          .protocol = IP_UDP,
                          .source = p->source,
                          .destination = p->destination};
        return ipv4_write(out, &ip);
    }
    struct ipv6 ip = {.payload_length = (uint16_t)length,
                      .next_header = IP_UDP,
                      .hop_limit = p->ttl,
                      .source = p->source,
                      .destination = p->destination};
    return ipv6_write(out, &ip);
}

bool udp_packet_write(struct buf *out, const struct udp_packet *p,
                      struct span data) {
    assert(data.len <= UDP_PACKET_MAX_DATA);
    struct datagram d = {.source_port = p->source_port,
                         .destination_port = p->destination_port};
    size_t length = DATAGRAM_HEADER + data.len;
    if (!buf_reserve(out, IPV6_HEADER + length) &&
        !buf_reserve(out, IPV4_HEADER + length))
        return false;
    return write_header(out, p, length) &&
           datagram_write(out, &d, data, &p->source, &p->destination);
}

/* Returns the payload of the IP header, of the length that it says. Empty: this
 * is no packet with UDP. */
static struct span parse_header(struct span packet, struct udp_packet *p) {
    struct span nothing = {NULL, 0};
    struct ipv4 ip;
    struct ipv6 six;
    int n = ipv4_parse(packet, &ip);
    if (n > 0) {
        bool is_whole = ip.fragment_offset == 0 && !ip.more_fragments &&
                        packet.len >= ip.total_length;
        if (ip.protocol != IP_UDP || !ip.checksum_is_right || !is_whole)
            return nothing;
        *p = (struct udp_packet){.source = ip.source,
                                 .destination = ip.destination,
                                 .ttl = ip.ttl,
                                 .dont_fragment = ip.dont_fragment,
                                 .identification = ip.identification};
        return ipv4_payload(packet, &ip, n);
    }
    n = ipv6_parse(packet, &six);
    if (n <= 0 || six.protocol != IP_UDP || six.more_fragments ||
        six.fragment_offset > 0 ||
        packet.len < (size_t)IPV6_HEADER + six.payload_length)
        return nothing;
    *p = (struct udp_packet){.source = six.source,
                             .destination = six.destination,
                             .ttl = six.hop_limit};
    return ipv6_payload(packet, &six, n);
}

bool udp_packet_parse(struct span packet, struct udp_packet *p,
                      struct span *data) {
    struct datagram d;
    struct span bytes = parse_header(packet, p);
    if (datagram_parse(bytes, &d) <= 0 || d.length > bytes.len) return false;
    bytes.len = d.length;
    if (!datagram_checksum_is_right(bytes, &p->source, &p->destination))
        return false;
    p->source_port = d.source_port;
    p->destination_port = d.destination_port;
    *data = span_skip(bytes, DATAGRAM_HEADER);
    return true;
}
