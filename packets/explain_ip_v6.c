/* explain_ip_v6.c: IPv6, see packets/explain_ip.h. explain_ipv6 follows the
 * chain of extension headers. */
#include "packets/explain_ip.h"
#include "packets/explain_value.h"

enum {
    MAX_PAYLOAD = 65535,
    FRAGMENT_LEN = 8, /* of a fragment header, in bytes */
};

/* --- options, RFC 8200 §4.2 --- */

enum option {
    PAD1 = 0,
    PADN = 1,
    ROUTER_ALERT = 5, /* RFC 2711 */
    JUMBO = 0xc2,     /* RFC 2675 */
};

static const struct explain_name OPTIONS[] = {{PAD1, "Pad1"},
                                              {PADN, "PadN"},
                                              {ROUTER_ALERT, "Router Alert"},
                                              {JUMBO, "Jumbo Payload"},
                                              {0, NULL}};

/* Explains the next option. */
static void option(struct dissector *d) {
    dissector_enter(d, EXPLAIN_NETWORK, "Option", "RFC 8200 §4.2");
    uint64_t type = dissector_hex(d, 8, "Option Type");
    explain_value_name(d, type, OPTIONS);
    if (type != PAD1) {
        size_t len = dissector_number(d, 8, "Opt Data Len");
        size_t left = dissector_expected(d);
        if (len > left)
            dissector_wrong(d, "RFC 8200 §4.2", "%zu bytes are left", left);
        dissector_bytes(d, len < left ? len : left, "Option Data");
    }
    dissector_leave(d);
}

/* --- extension headers, RFC 8200 §4 --- */

struct chain { /* of extension headers */
    uint8_t next;
    int count;
    size_t payload; /* bytes of the packet after the fixed header */
    bool is_fragment;
    uint32_t offset; /* of the fragment, in bytes */
};

static void next_header(struct dissector *d, struct chain *c) {
    c->next = (uint8_t)dissector_number(d, 8, "Next Header");
    explain_ip_protocol(d, c->next);
}

/* Reads the length of a header, in units of 8 bytes. Returns how many bytes of
 * the header follow this field. */
static size_t header_length(struct dissector *d) {
    size_t len = (dissector_number(d, 8, "Hdr Ext Len") + 1) * 8;
    dissector_count(d, len, "bytes in all");
    return len - 2;
}

static void options_header(struct dissector *d, struct chain *c,
                           const char *name, const char *section) {
    dissector_enter(d, EXPLAIN_NETWORK, name, section);
    next_header(d, c);
    dissector_narrow(d, EXPLAIN_NETWORK, header_length(d), "options");
    while (dissector_left(d).len > 0) option(d);
    dissector_leave(d);
    dissector_leave(d);
}

static void routing_header(struct dissector *d, struct chain *c,
                           struct explain_packet *p) {
    dissector_enter(d, EXPLAIN_NETWORK, "Routing Header", "RFC 8200 §4.4");
    next_header(d, c);
    dissector_narrow(d, EXPLAIN_NETWORK, header_length(d),
                     "type-specific data");
    dissector_number(d, 8, "Routing Type");
    if (dissector_number(d, 8, "Segments Left") > 0) p->is_routed = true;
    dissector_leave(d);
    dissector_leave(d);
}

static void fragment_header(struct dissector *d, struct chain *c) {
    dissector_enter(d, EXPLAIN_NETWORK, "Fragment Header", "RFC 8200 §4.5");
    next_header(d, c);
    explain_value_zero(d, 8, "Reserved");
    c->offset = (uint32_t)dissector_number(d, 13, "Fragment Offset") * 8;
    if (c->offset > 0) dissector_count(d, c->offset, "bytes");
    if (c->offset + c->payload > MAX_PAYLOAD + FRAGMENT_LEN)
        dissector_wrong(d, "RFC 8200 §4.5", "no packet is that long");
    explain_value_zero(d, 2, "Res");
    bool has_more = dissector_number(d, 1, "M flag");
    dissector_note(d, has_more ? "more fragments" : "last fragment");
    dissector_hex(d, 32, "Identification");
    dissector_leave(d);
    /* RFC 6946: the only fragment of its packet is an atomic fragment. */
    c->is_fragment = has_more || c->offset > 0;
}

static bool is_extension(uint8_t next) {
    return next == IPV6_HOP_BY_HOP || next == IPV6_ROUTING ||
           next == IPV6_FRAGMENT || next == IPV6_DESTINATION_OPTIONS;
}

/* Explains the next extension header. False: there is none. */
static bool extension(struct dissector *d, struct chain *c,
                      struct explain_packet *p) {
    uint8_t type = c->next;
    if (!is_extension(type) || c->offset > 0) return false;
    if (c->count == IPV6_MAX_EXTENSIONS) return false;
    if (dissector_left(d).len == 0) {
        dissector_number(d, 8, "Next Header"); /* it is missing */
        return false;
    }
    if (type == IPV6_ROUTING) routing_header(d, c, p);
    if (type == IPV6_FRAGMENT) fragment_header(d, c);
    if (type == IPV6_DESTINATION_OPTIONS)
        options_header(d, c, "Destination Options", "RFC 8200 §4.6");
    if (type == IPV6_HOP_BY_HOP)
        options_header(d, c, "Hop-by-Hop Options", "RFC 8200 §4.3");
    if (type == IPV6_HOP_BY_HOP && c->count > 0)
        dissector_wrong(d, "RFC 8200 §4.1", "only after the IPv6 header");
    if (++c->count == IPV6_MAX_EXTENSIONS && is_extension(c->next))
        dissector_wrong(d, "a limit", "more than %d extension headers",
                        IPV6_MAX_EXTENSIONS);
    return true;
}

bool explain_ipv6(struct dissector *d, struct explain_packet *p) {
    struct chain c = {.count = 0};
    dissector_enter(d, EXPLAIN_NETWORK, "IPv6", "RFC 8200 §3");
    if (dissector_number(d, 4, "Version") != 6)
        dissector_wrong(d, "RFC 8200 §3", "the version is 6");
    unsigned traffic = (unsigned)dissector_number(d, 8, "Traffic Class");
    dissector_notef(d, "DSCP %u, ECN %u", traffic >> 2, traffic & 3);
    dissector_hex(d, 20, "Flow Label");
    c.payload = dissector_number(d, 16, "Payload Length");
    next_header(d, &c);
    dissector_number(d, 8, "Hop Limit");
    p->source = explain_value_address(d, 16, "Source Address");
    p->destination = explain_value_address(d, 16, "Destination Address");
    dissector_leave(d);
    size_t left = dissector_left(d).len;
    bool is_all = left >= c.payload;
    dissector_narrow(d, EXPLAIN_NETWORK,
                     p->is_quoted && !is_all ? left : c.payload, "data");
    while (extension(d, &c, p)) continue;
    p->protocol = c.next;
    p->is_whole = !c.is_fragment && is_all && !p->is_quoted;
    return p->destination.len == 16 && c.offset == 0 && !is_extension(c.next);
}
