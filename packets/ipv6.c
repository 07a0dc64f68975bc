/* ipv6.c: see packets/ipv6.h. ipv6_parse reads the fixed header, then
 * parse_extensions follows the chain. */
#include "packets/ipv6.h"
#include "packets/cursor.h"

#include <assert.h>

enum {
    FRAGMENT_LENGTH = 8, /* of a fragment header, in bytes */
    OFFSET = 0xfff8,     /* its last 3 bits are zero: units of 8 bytes */
    MORE_FRAGMENTS = 1,
    PAYLOAD_MAX = 65535, /* what a payload length of 16 bits allows */
};

static bool is_extension(uint8_t next) {
    return next == IPV6_HOP_BY_HOP || next == IPV6_ROUTING ||
           next == IPV6_FRAGMENT || next == IPV6_DESTINATION_OPTIONS;
}

/* Reads a fragment header after its first byte. Returns 0, or an ipv6_error. */
static int fragment_header(struct cursor *c, struct ipv6 *ip) {
    cursor_u8(c); /* reserved */
    uint16_t word = cursor_u16(c);
    ip->is_fragment = true;
    ip->more_fragments = word & MORE_FRAGMENTS;
    ip->fragment_offset = word & OFFSET;
    ip->fragment_id = cursor_u32(c);
    /* RFC 8200 §4.5: a fragment MUST be discarded if the packet would have a
     * payload length of more than 65 535 bytes after reassembly, which removes
     * the fragment header. */
    if (ip->fragment_offset + ip->payload_length >
        PAYLOAD_MAX + FRAGMENT_LENGTH)
        return IPV6_ERR_OFFSET;
    return 0;
}

/* Skips any other extension header after its first byte. Its length is in units
 * of 8 bytes and does not count the first 8. RFC 8200 §4.2, §4.4: options and
 * routing types that are not known must be reported: not enforced: the headers
 * are skipped. */
static void options_header(struct cursor *c) {
    size_t len = ((size_t)cursor_u8(c) + 1) * 8;
    cursor_span(c, len - 2);
}

/* Consumes extension headers. Returns 0 or an ipv6_error; c->failed: the packet
 * ends inside them. */
static int parse_extensions(struct cursor *c, struct ipv6 *ip) {
    while (is_extension(ip->protocol) && ip->fragment_offset == 0) {
        /* RFC 8200 §4.1: hop-by-hop options only directly after the header of
         * IPv6. Other orders MUST be accepted. */
        if (ip->protocol == IPV6_HOP_BY_HOP && ip->extension_count > 0)
            return IPV6_ERR_HOP_BY_HOP;
        if (ip->extension_count == IPV6_MAX_EXTENSIONS)
            return IPV6_ERR_EXTENSIONS;
        bool is_fragment = ip->protocol == IPV6_FRAGMENT;
        int error = 0;
        uint8_t next = cursor_u8(c);
        if (is_fragment)
            error = fragment_header(c, ip);
        else
            options_header(c);
        if (c->failed) return 0;
        if (error < 0) return error;
        ip->protocol = next;
        ip->extension_count++;
        /* RFC 8200 §3: the payload includes all extension headers. */
        if (c->pos - IPV6_HEADER > ip->payload_length) return IPV6_ERR_LENGTH;
    }
    return 0;
}

int ipv6_parse(struct span packet, struct ipv6 *ip) {
    struct cursor c = cursor_from(packet);
    uint32_t word = cursor_u32(&c);
    *ip = (struct ipv6){.traffic_class = (uint8_t)(word >> 20),
                        .flow_label = word & 0xfffff};
    ip->payload_length = cursor_u16(&c);
    ip->next_header = ip->protocol = cursor_u8(&c);
    ip->hop_limit = cursor_u8(&c);
    struct span source = cursor_span(&c, 16), destination = cursor_span(&c, 16);
    if (c.failed) return 0;
    /* RFC 8200 §3, Version: this is version 6. */
    if (word >> 28 != 6) return IPV6_ERR_VERSION;
    ip->source = address_from(source);
    ip->destination = address_from(destination);
    int error = parse_extensions(&c, ip);
    if (error < 0) return error;
    return c.failed ? 0 : (int)c.pos;
}

struct span ipv6_payload(struct span packet, const struct ipv6 *ip,
                         int header_len) {
    size_t end = IPV6_HEADER + (size_t)ip->payload_length;
    if (packet.len > end) packet.len = end;
    return span_skip(packet, (size_t)header_len);
}

bool ipv6_write(struct buf *out, const struct ipv6 *ip) {
    assert(ip->flow_label >> 20 == 0);
    assert(ip->source.len == 16 && ip->destination.len == 16);
    if (!buf_reserve(out, IPV6_HEADER)) return false;
    cursor_put_u32(out, (uint32_t)6 << 28 | (uint32_t)ip->traffic_class << 20 |
                            ip->flow_label);
    cursor_put_u16(out, ip->payload_length);
    cursor_put_u8(out, ip->next_header);
    cursor_put_u8(out, ip->hop_limit);
    buf_append(out, ip->source.bytes, 16);
    return buf_append(out, ip->destination.bytes, 16);
}
