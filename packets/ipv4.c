/* ipv4.c: see packets/ipv4.h. Entry points: ipv4_parse, ipv4_payload,
 * ipv4_write; ip_pseudo_header for the layer above, over IPv6 as well. */
#include "packets/ipv4.h"
#include "packets/checksum.h"
#include "packets/cursor.h"

#include <assert.h>

enum {
    DONT_FRAGMENT = 0x4000,
    MORE_FRAGMENTS = 0x2000,
    OFFSET = 0x1fff,    /* in units of 8 bytes */
    CHECKSUM_AT = 10,   /* offset of the checksum in the header */
    PACKET_MAX = 65535, /* what a total length of 16 bits allows */
};

/* The second row of the header.
 * RFC 791 §3.1: bit 0 of the flags must be zero: not enforced, since a receiver
 * gains nothing from it. */
static void read_fragment(struct cursor *c, struct ipv4 *ip) {
    ip->identification = cursor_u16(c);
    uint16_t word = cursor_u16(c);
    ip->dont_fragment = word & DONT_FRAGMENT;
    ip->more_fragments = word & MORE_FRAGMENTS;
    ip->fragment_offset = (word & OFFSET) * 8u;
}

/* Returns 0, or an ipv4_error. */
static int check(const struct ipv4 *ip, int version, size_t header_len) {
    /* RFC 791 §3.1, Version: this is version 4. */
    if (version != 4) return IPV4_ERR_VERSION;
    /* RFC 791 §3.1, IHL: the minimum value for a correct header is 5. */
    if (header_len < IPV4_HEADER) return IPV4_ERR_IHL;
    /* RFC 791 §3.1, Total Length: it includes header and data. */
    if (ip->total_length < header_len) return IPV4_ERR_LENGTH;
    /* RFC 791 §3.1, Total Length: 65 535 is the most, and reassembly (§3.2)
     * makes a packet with one header out of all fragments. */
    if (ip->fragment_offset + ip->total_length > PACKET_MAX)
        return IPV4_ERR_OFFSET;
    return 0;
}

int ipv4_parse(struct span packet, struct ipv4 *ip) {
    struct cursor c = cursor_from(packet);
    uint8_t first = cursor_u8(&c), second = cursor_u8(&c);
    size_t header_len = (size_t)4 * (first & 0x0fu);
    *ip = (struct ipv4){.dscp = second >> 2, .ecn = second & 3};
    ip->total_length = cursor_u16(&c);
    read_fragment(&c, ip);
    ip->ttl = cursor_u8(&c);
    ip->protocol = cursor_u8(&c);
    ip->checksum = cursor_u16(&c);
    struct span source = cursor_span(&c, 4), destination = cursor_span(&c, 4);
    if (c.failed) return 0;
    int error = check(ip, first >> 4, header_len);
    if (error < 0) return error;
    ip->source = address_from(source);
    ip->destination = address_from(destination);
    /* RFC 791 §3.1, Options: they must be implemented by all IP modules: not
     * enforced: they are only shown. */
    ip->options = cursor_span(&c, header_len - IPV4_HEADER);
    if (c.failed) return 0;
    struct span header = {packet.data, header_len};
    ip->checksum_is_right = checksum_of(checksum_add(0, header)) == 0;
    return (int)header_len;
}

struct span ipv4_payload(struct span packet, const struct ipv4 *ip,
                         int header_len) {
    if (packet.len > ip->total_length) packet.len = ip->total_length;
    return span_skip(packet, (size_t)header_len);
}

bool ipv4_write(struct buf *out, const struct ipv4 *ip) {
    size_t header_len = IPV4_HEADER + ip->options.len;
    assert(header_len <= 60 && header_len % 4 == 0);
    assert(ip->dscp < 64 && ip->ecn < 4 && ip->fragment_offset % 8 == 0);
    assert(check(ip, 4, header_len) == 0);
    assert(ip->source.len == 4 && ip->destination.len == 4);
    uint8_t *header = buf_reserve(out, header_len);
    if (!header) return false;
    cursor_put_u8(out, (uint8_t)(4 << 4 | header_len / 4));
    cursor_put_u8(out, (uint8_t)(ip->dscp << 2 | ip->ecn));
    cursor_put_u16(out, ip->total_length);
    cursor_put_u16(out, ip->identification);
    cursor_put_u16(out, (uint16_t)(ip->fragment_offset / 8 |
                                   (ip->dont_fragment ? DONT_FRAGMENT : 0) |
                                   (ip->more_fragments ? MORE_FRAGMENTS : 0)));
    cursor_put_u8(out, ip->ttl);
    cursor_put_u8(out, ip->protocol);
    cursor_put_u16(out, 0); /* the checksum; computed below */
    buf_append(out, ip->source.bytes, 4);
    buf_append(out, ip->destination.bytes, 4);
    buf_append(out, ip->options.data, ip->options.len);
    checksum_store((struct span){header, header_len}, CHECKSUM_AT, 0);
    return true;
}

/* The fields of the IPv6 pseudo-header have other offsets and sizes than in
 * IPv4. The sum is computed in the same way, since the other bytes are zero. */
uint32_t ip_pseudo_header(const struct address *source,
                          const struct address *destination, uint8_t protocol,
                          uint32_t length) {
    assert(source->len == destination->len && source->len > 0);
    uint8_t from[16], to[16];
    memcpy(from, source->bytes, sizeof from);
    memcpy(to, destination->bytes, sizeof to);
    uint32_t sum = checksum_add(0, (struct span){from, source->len});
    sum = checksum_add(sum, (struct span){to, destination->len});
    return sum + protocol + (length >> 16) + (length & 0xffff);
}
