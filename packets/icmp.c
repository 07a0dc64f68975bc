/* icmp.c: see packets/icmp.h. */
#include "packets/icmp.h"
#include "packets/checksum.h"
#include "packets/cursor.h"
#include "packets/ipv4.h"

#include <assert.h>
#include <stdio.h>

enum {
    CHECKSUM_AT = 2, /* offset of the checksum in the header */
    ANY = -1,        /* a name for all codes of a type */
};

int icmp_parse(struct span bytes, struct icmp *i) {
    struct cursor c = cursor_from(bytes);
    *i = (struct icmp){.type = cursor_u8(&c)};
    i->code = cursor_u8(&c);
    i->checksum = cursor_u16(&c);
    i->rest = cursor_u32(&c);
    return c.failed ? 0 : ICMP_HEADER;
}

/* RFC 792: the checksum covers the message alone. RFC 4443 §2.3: that of ICMPv6
 * covers a pseudo-header, too, as in TCP and UDP. */
static uint32_t first_sum(const struct address *source,
                          const struct address *destination, size_t len) {
    if (!source) return 0;
    assert(source->len == 16 && destination->len == 16);
    return ip_pseudo_header(source, destination, IP_ICMPV6, (uint32_t)len);
}

bool icmp_write(struct buf *out, const struct icmp *i, struct span body,
                const struct address *source,
                const struct address *destination) {
    assert(body.len <= 65535 - ICMP_HEADER);
    struct span all = {buf_reserve(out, ICMP_HEADER + body.len),
                       ICMP_HEADER + body.len};
    if (!all.data) return false;
    cursor_put_u8(out, i->type);
    cursor_put_u8(out, i->code);
    cursor_put_u16(out, 0); /* the checksum; computed below */
    cursor_put_u32(out, i->rest);
    buf_append(out, body.data, body.len);
    checksum_store(all, CHECKSUM_AT, first_sum(source, destination, all.len));
    return true;
}

bool icmp_checksum_is_right(struct span bytes, const struct address *source,
                            const struct address *destination) {
    uint32_t sum = first_sum(source, destination, bytes.len);
    return checksum_of(checksum_add(sum, bytes)) == 0;
}

struct name { /* a table ends with a row whose name is NULL */
    uint8_t type;
    int code; /* or ANY */
    const char *name;
};

static const struct name ICMP_NAMES[] = {
    /* RFC 792, RFC 1812 §5.2.7.1 */
    {ICMP_ECHO, ANY, "echo request"},
    {ICMP_ECHO_REPLY, ANY, "echo reply"},
    {ICMP_UNREACHABLE, 0, "net unreachable"},
    {ICMP_UNREACHABLE, 1, "host unreachable"},
    {ICMP_UNREACHABLE, 2, "protocol unreachable"},
    {ICMP_UNREACHABLE, 3, "port unreachable"},
    {ICMP_UNREACHABLE, 4, "fragmentation needed and DF set"},
    {ICMP_UNREACHABLE, 5, "source route failed"},
    {ICMP_UNREACHABLE, 13, "administratively prohibited"},
    {ICMP_REDIRECT, ANY, "redirect"},
    {ICMP_TIME_EXCEEDED, 0, "time to live exceeded in transit"},
    {ICMP_TIME_EXCEEDED, 1, "fragment reassembly time exceeded"},
    {ICMP_PARAMETER_PROBLEM, ANY, "parameter problem"},
    {0, 0, NULL},
};

static const struct name ICMPV6_NAMES[] = {
    /* RFC 4443, RFC 4861 §4 */
    {ICMPV6_UNREACHABLE, 0, "no route to destination"},
    {ICMPV6_UNREACHABLE, 1, "administratively prohibited"},
    {ICMPV6_UNREACHABLE, 3, "address unreachable"},
    {ICMPV6_UNREACHABLE, 4, "port unreachable"},
    {ICMPV6_TOO_BIG, ANY, "packet too big"},
    {ICMPV6_TIME_EXCEEDED, 0, "hop limit exceeded in transit"},
    {ICMPV6_TIME_EXCEEDED, 1, "fragment reassembly time exceeded"},
    {ICMPV6_PARAMETER_PROBLEM, ANY, "parameter problem"},
    {ICMPV6_ECHO, ANY, "echo request"},
    {ICMPV6_ECHO_REPLY, ANY, "echo reply"},
    {ICMPV6_ROUTER_SOLICITATION, ANY, "router solicitation"},
    {ICMPV6_ROUTER_ADVERTISEMENT, ANY, "router advertisement"},
    {ICMPV6_NEIGHBOR_SOLICITATION, ANY, "neighbor solicitation"},
    {ICMPV6_NEIGHBOR_ADVERTISEMENT, ANY, "neighbor advertisement"},
    {0, 0, NULL},
};

const char *icmp_text(const struct icmp *i, bool is_v6,
                      char text[ICMP_TEXT_MAX]) {
    for (const struct name *n = is_v6 ? ICMPV6_NAMES : ICMP_NAMES; n->name; n++)
        if (n->type == i->type && (n->code == ANY || n->code == i->code))
            return n->name;
    snprintf(text, ICMP_TEXT_MAX, "type %u code %u", i->type, i->code);
    return text;
}
