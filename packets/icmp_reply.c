/* icmp_reply.c: see packets/icmp_reply.h. Entry points: icmp_reply_error,
 * icmp_reply_echo, icmp_reply_is_error. */
#include "packets/icmp_reply.h"
#include "packets/ipv4.h"
#include "packets/ipv6.h"

#include <assert.h>

bool icmp_reply_is_error(uint8_t type, bool is_v6) {
    /* RFC 4443 §2.1: errors have types from 0 to 127. */
    if (is_v6) return type < 128;
    /* RFC 1812 §4.3.1 */
    return type == ICMP_UNREACHABLE || type == ICMP_REDIRECT ||
           type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETER_PROBLEM ||
           type == 4; /* Source Quench, which RFC 6633 abolished */
}

static bool is_multicast(const struct address *a) {
    return a->bytes[0] == 0xff || (a->len == 4 && a->bytes[0] >= 224);
}

/* The packet that an error is about: what the rules depend on. */
struct subject {
    struct address source, destination;
    struct span payload;
    uint8_t protocol;
    uint32_t offset; /* of a fragment */
    bool is_v6;
};

/* False: this is not a packet. */
static bool read_subject(struct subject *s, struct span packet) {
    struct ipv4 ip;
    struct ipv6 six;
    int n = ipv4_parse(packet, &ip);
    if (n > 0) {
        *s = (struct subject){
            ip.source,   ip.destination,     ipv4_payload(packet, &ip, n),
            ip.protocol, ip.fragment_offset, false};
        return true;
    }
    n = ipv6_parse(packet, &six);
    if (n <= 0) return false;
    *s = (struct subject){
        six.source,   six.destination,     ipv6_payload(packet, &six, n),
        six.protocol, six.fragment_offset, true};
    return true;
}

static bool is_icmp_error(const struct subject *s) {
    if (s->protocol != (s->is_v6 ? IP_ICMPV6 : IP_ICMP)) return false;
    /* A message without a type might be an error. */
    return s->payload.len == 0 ||
           icmp_reply_is_error(s->payload.data[0], s->is_v6);
}

/* RFC 1122 §3.2.2, RFC 1812 §4.3.2.7, RFC 4443 §2.4 (e): an error MUST NOT be
 * sent as the result of ... */
static bool may_send(const struct subject *s, const struct icmp *i,
                     bool is_broadcast) {
    /* RFC 4443 §2.4 (f): the rate MUST be limited: not enforced: a simulated
     * network has nothing to protect. */
    /* ... an ICMP error message */
    if (is_icmp_error(s)) return false;
    /* RFC 4443 §2.4 (e.3): ... but for Packet Too Big, a multicast address */
    bool is_too_big = s->is_v6 && i->type == ICMPV6_TOO_BIG;
    if (is_multicast(&s->destination) && !is_too_big) return false;
    /* ... a link-layer broadcast */
    if (is_broadcast && !is_too_big) return false;
    /* ... a fragment other than the first */
    if (s->offset > 0) return false;
    /* ... a source address that does not define a single host */
    return address_is_one_host(&s->source);
}

/* Appends an IP header for n bytes of ICMP. */
static bool write_header(struct buf *out, const struct address *source,
                         const struct address *destination, size_t n) {
    if (source->len == 16) {
        struct ipv6 six = {.payload_length = (uint16_t)n,
                           .next_header = IP_ICMPV6,
                           .hop_limit = ICMP_REPLY_TTL,
                           .source = *source,
                           .destination = *destination};
        return ipv6_write(out, &six);
    }
    struct ipv4 ip = {.total_length = (uint16_t)(IPV4_HEADER + n),
                      .ttl = ICMP_REPLY_TTL,
                      .protocol = IP_ICMP,
                      .source = *source,
                      .destination = *destination};
    return ipv4_write(out, &ip);
}

static bool write_message(struct buf *out, const struct icmp *i,
                          struct span body, const struct address *source,
                          const struct address *destination) {
    bool is_v6 = source->len == 16;
    size_t n = ICMP_HEADER + body.len;
    if (!buf_reserve(out, n + (is_v6 ? IPV6_HEADER : IPV4_HEADER)))
        return false;
    return write_header(out, source, destination, n) &&
           icmp_write(out, i, body, is_v6 ? source : NULL,
                      is_v6 ? destination : NULL);
}

bool icmp_reply_error(struct buf *out, const struct icmp *i, struct span packet,
                      bool is_broadcast, const struct address *source) {
    struct subject s;
    if (!read_subject(&s, packet) || !may_send(&s, i, is_broadcast))
        return false;
    assert(source->len == s.source.len);
    /* Without the padding of a short frame. */
    packet.len = (size_t)(s.payload.data + s.payload.len - packet.data);
    /* RFC 1812 §4.3.2.3: SHOULD quote as much as fits into 576 bytes. RFC 4443
     * §2.4 (c): as much as fits into the minimum IPv6 MTU. */
    size_t max = s.is_v6 ? ICMP_REPLY_MAX_V6 - IPV6_HEADER - ICMP_HEADER
                         : ICMP_REPLY_MAX - IPV4_HEADER - ICMP_HEADER;
    if (packet.len > max) packet.len = max;
    return write_message(out, i, packet, source, &s.source);
}

/* RFC 1122 §3.2.2.6: the reply has the data of the request, and the addresses
 * exchanged. A request to a multicast address has no address to exchange. */
bool icmp_reply_echo(struct buf *out, struct span packet) {
    struct subject s;
    struct icmp i;
    if (!read_subject(&s, packet) || icmp_parse(s.payload, &i) == 0)
        return false;
    if (s.protocol != (s.is_v6 ? IP_ICMPV6 : IP_ICMP) || s.offset > 0)
        return false;
    if (i.type != (s.is_v6 ? ICMPV6_ECHO : ICMP_ECHO)) return false;
    if (!icmp_checksum_is_right(s.payload, s.is_v6 ? &s.source : NULL,
                                s.is_v6 ? &s.destination : NULL))
        return false;
    if (!address_is_one_host(&s.source) || is_multicast(&s.destination))
        return false;
    i.type = s.is_v6 ? ICMPV6_ECHO_REPLY : ICMP_ECHO_REPLY;
    return write_message(out, &i, span_skip(s.payload, ICMP_HEADER),
                         &s.destination, &s.source);
}
