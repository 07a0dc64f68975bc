/* explain_transport_icmp.c: ICMP, ICMPv6; see packets/explain_transport.h. */
#include "packets/explain_transport.h"
#include "packets/explain_value.h"
#include "packets/icmp.h"
#include "packets/segment.h"

enum {
    CHECKSUM_AT = 2,          /* in the header, in bytes */
    FRAGMENTATION_NEEDED = 4, /* a code of ICMP_UNREACHABLE */
    ICMPV6_REDIRECT = 137,
};

/* --- what an error quotes --- */

/* RFC 792: an error quotes 64 bits of the data, less than a TCP header. */
static void quoted_tcp(struct dissector *d, struct explain_packet *p) {
    if (dissector_left(d).len >= SEGMENT_HEADER) {
        explain_tcp(d, p);
        dissector_leave(d);
        return;
    }
    dissector_enter(d, EXPLAIN_TRANSPORT, "TCP", "RFC 9293 §3.1");
    dissector_number(d, 16, "Source Port");
    dissector_number(d, 16, "Destination Port");
    dissector_number(d, 32, "Sequence Number");
    dissector_bytes(d, dissector_left(d).len, "a part of the header");
    dissector_leave(d);
}

static void quoted_packet(struct dissector *d, bool is_v6) {
    struct explain_packet p = {.is_quoted = true};
    if (dissector_left(d).len == 0) return;
    dissector_narrow(d, EXPLAIN_NETWORK, dissector_left(d).len,
                     "not explained");
    if (is_v6 ? explain_ipv6(d, &p) : explain_ipv4(d, &p)) {
        if (p.protocol == IP_TCP) quoted_tcp(d, &p);
        if (p.protocol == IP_UDP) {
            explain_udp(d, &p);
            dissector_leave(d);
        }
    }
    dissector_leave(d);
    dissector_leave(d);
}

/* --- ICMP, RFC 792 --- */

static void echo(struct dissector *d) {
    dissector_number(d, 16, "Identifier");
    dissector_number(d, 16, "Sequence Number");
    dissector_bytes(d, dissector_left(d).len, "Data");
}

/* Explains the fields after the checksum. True: a quoted packet follows. */
static bool icmp_body(struct dissector *d, unsigned type, unsigned code) {
    switch (type) {
    case ICMP_ECHO:
    case ICMP_ECHO_REPLY:
        echo(d);
        return false;
    case ICMP_UNREACHABLE:
        explain_value_zero(d, 16, "unused");
        dissector_number(
            d, 16, code == FRAGMENTATION_NEEDED ? "Next-Hop MTU" : "unused");
        if (code == FRAGMENTATION_NEEDED) dissector_cite(d, "RFC 1191 §4");
        return true;
    case ICMP_REDIRECT:
        explain_value_address(d, 4, "Gateway Internet Address");
        return true;
    case ICMP_TIME_EXCEEDED:
        explain_value_zero(d, 32, "unused");
        return true;
    case ICMP_PARAMETER_PROBLEM:
        dissector_number(d, 8, "Pointer");
        explain_value_zero(d, 24, "unused");
        return true;
    default:
        return false;
    }
}

/* --- ICMPv6: RFC 4443, Neighbor Discovery: RFC 4861 §4 --- */

enum option {
    SOURCE_LINK_ADDRESS = 1,
    TARGET_LINK_ADDRESS = 2,
    PREFIX_INFORMATION = 3,
    MTU = 5,
};

static const struct explain_name OPTIONS[] = {
    {SOURCE_LINK_ADDRESS, "Source Link-Layer Address"},
    {TARGET_LINK_ADDRESS, "Target Link-Layer Address"},
    {PREFIX_INFORMATION, "Prefix Information"},
    {MTU, "MTU"},
    {0, NULL}};

static void option_value(struct dissector *d, uint64_t type) {
    bool is_link = type == SOURCE_LINK_ADDRESS || type == TARGET_LINK_ADDRESS;
    if (is_link && dissector_left(d).len == ADDRESS_MAC)
        explain_value_mac(d, "Link-Layer Address");
    if (type == MTU) {
        explain_value_zero(d, 16, "Reserved");
        dissector_number(d, 32, "MTU");
    }
    if (type != PREFIX_INFORMATION) return;
    dissector_number(d, 8, "Prefix Length");
    dissector_number(d, 1, "L");
    dissector_number(d, 1, "A");
    explain_value_zero(d, 6, "Reserved1");
    dissector_number(d, 32, "Valid Lifetime");
    dissector_number(d, 32, "Preferred Lifetime");
    explain_value_zero(d, 32, "Reserved2");
    explain_value_address(d, 16, "Prefix");
}

static void options(struct dissector *d) {
    while (dissector_left(d).len > 0) {
        dissector_enter(d, EXPLAIN_NETWORK, "Option", "RFC 4861 §4.6");
        uint64_t type = dissector_number(d, 8, "Type");
        explain_value_name(d, type, OPTIONS);
        size_t len = dissector_number(d, 8, "Length") * 8;
        dissector_count(d, len, "bytes in all");
        if (len == 0) dissector_wrong(d, "RFC 4861 §4.6", "0 is not allowed");
        size_t value = len > 0 ? len - 2 : dissector_left(d).len;
        dissector_narrow(d, EXPLAIN_NETWORK, value, "value");
        if (len > 0) option_value(d, type);
        dissector_leave(d);
        dissector_leave(d);
    }
}

static void router_advertisement(struct dissector *d) {
    dissector_number(d, 8, "Cur Hop Limit");
    dissector_number(d, 1, "M");
    dissector_number(d, 1, "O");
    explain_value_zero(d, 6, "Reserved");
    dissector_number(d, 16, "Router Lifetime");
    dissector_number(d, 32, "Reachable Time");
    dissector_number(d, 32, "Retrans Timer");
}

static void neighbor_advertisement(struct dissector *d) {
    dissector_number(d, 1, "R");
    dissector_number(d, 1, "S");
    dissector_number(d, 1, "O");
    explain_value_zero(d, 29, "Reserved");
    explain_value_address(d, 16, "Target Address");
}

static void discovery(struct dissector *d, unsigned type) {
    if (type == ICMPV6_ROUTER_ADVERTISEMENT)
        router_advertisement(d);
    else if (type == ICMPV6_NEIGHBOR_ADVERTISEMENT)
        neighbor_advertisement(d);
    else
        explain_value_zero(d, 32, "Reserved");
    if (type == ICMPV6_NEIGHBOR_SOLICITATION || type == ICMPV6_REDIRECT)
        explain_value_address(d, 16, "Target Address");
    if (type == ICMPV6_REDIRECT)
        explain_value_address(d, 16, "Destination Address");
    options(d);
}

/* As icmp_body. */
static bool icmpv6_body(struct dissector *d, unsigned type) {
    switch (type) {
    case ICMPV6_ECHO:
    case ICMPV6_ECHO_REPLY:
        echo(d);
        return false;
    case ICMPV6_UNREACHABLE:
    case ICMPV6_TIME_EXCEEDED:
        explain_value_zero(d, 32, "Unused");
        return true;
    case ICMPV6_TOO_BIG:
        dissector_number(d, 32, "MTU");
        return true;
    case ICMPV6_PARAMETER_PROBLEM:
        dissector_number(d, 32, "Pointer");
        return true;
    default:
        if (type >= ICMPV6_ROUTER_SOLICITATION && type <= ICMPV6_REDIRECT)
            discovery(d, type);
        return false;
    }
}

void explain_icmp(struct dissector *d, const struct explain_packet *p) {
    bool is_v6 = p->protocol == IP_ICMPV6;
    bool can_know = p->is_whole && !(is_v6 && p->is_routed);
    struct span message = dissector_left(d);
    struct icmp i = {.type = 0};
    char text[ICMP_TEXT_MAX];
    dissector_enter(d, EXPLAIN_NETWORK, is_v6 ? "ICMPv6" : "ICMP",
                    is_v6 ? "RFC 4443 §2.1" : "RFC 792");
    i.type = (uint8_t)dissector_number(d, 8, "Type");
    i.code = (uint8_t)dissector_number(d, 8, "Code");
    dissector_notef(d, "%s", icmp_text(&i, is_v6, text));
    dissector_hex(d, 16, "Checksum");
    uint32_t sum = is_v6 && can_know ? explain_ip_sum(p, message.len) : 0;
    explain_value_checksum(d, message, CHECKSUM_AT, sum, can_know,
                           is_v6 ? "RFC 4443 §2.3" : "RFC 792");
    bool is_quoting =
        is_v6 ? icmpv6_body(d, i.type) : icmp_body(d, i.type, i.code);
    if (!is_quoting) dissector_bytes(d, dissector_left(d).len, "message body");
    dissector_leave(d);
    if (is_quoting) quoted_packet(d, is_v6);
}
