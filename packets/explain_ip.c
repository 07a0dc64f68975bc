/* explain_ip.c: IPv4, see packets/explain_ip.h. */
#include "packets/explain_ip.h"
#include "packets/explain_value.h"

enum {
    CHECKSUM_AT = 10, /* in the header, in bytes */
    MAX_PACKET = 65535,
    IP_IN_IP = 4,
    IPV6_IN_IP = 41,
};

void explain_ip_protocol(struct dissector *d, uint64_t protocol) {
    static const struct explain_name names[] = {
        {IP_ICMP, "ICMP"},
        {IP_TCP, "TCP"},
        {IP_UDP, "UDP"},
        {IP_ICMPV6, "ICMPv6"},
        {IPV6_NO_NEXT, "no next header"},
        {IPV6_FRAGMENT, "fragment header"},
        {IPV6_ROUTING, "routing header"},
        {IPV6_DESTINATION_OPTIONS, "destination options"},
        {IP_IN_IP, "IPv4"},
        {IPV6_IN_IP, "IPv6"},
        {0, NULL}};
    explain_value_name(d, protocol, names);
}

uint32_t explain_ip_sum(const struct explain_packet *p, size_t len) {
    return ip_pseudo_header(&p->source, &p->destination, p->protocol,
                            (uint32_t)len);
}

/* --- options, RFC 791 §3.1 --- */

enum option {
    END_OF_OPTIONS = 0,
    NO_OPERATION = 1,
    RECORD_ROUTE = 7,
    TIMESTAMP = 68,
    LOOSE_ROUTE = 131,
    STRICT_ROUTE = 137,
    ROUTER_ALERT = 148, /* RFC 2113 */
};

static const struct explain_name OPTIONS[] = {
    {END_OF_OPTIONS, "End of Option List"},
    {NO_OPERATION, "No Operation"},
    {RECORD_ROUTE, "Record Route"},
    {TIMESTAMP, "Internet Timestamp"},
    {LOOSE_ROUTE, "Loose Source and Record Route"},
    {STRICT_ROUTE, "Strict Source and Record Route"},
    {ROUTER_ALERT, "Router Alert"},
    {0, NULL}};

static void option_type(struct dissector *d, uint8_t type) {
    dissector_number(d, 1, "copied flag");
    dissector_number(d, 2, "option class");
    dissector_number(d, 5, "option number");
    explain_value_name(d, type, OPTIONS);
}

static void option_data(struct dissector *d, uint8_t type) {
    if (type == ROUTER_ALERT) dissector_number(d, 16, "value");
    if (type == TIMESTAMP) {
        dissector_number(d, 8, "pointer");
        dissector_number(d, 4, "overflow");
        dissector_number(d, 4, "flag");
    }
    if (type != RECORD_ROUTE && type != LOOSE_ROUTE && type != STRICT_ROUTE)
        return;
    dissector_number(d, 8, "pointer");
    while (dissector_left(d).len >= 4)
        explain_value_address(d, 4, "route data");
}

/* Explains one option. False: no option can follow. */
static bool option(struct dissector *d) {
    uint8_t type = dissector_left(d).data[0];
    dissector_enter(d, EXPLAIN_NETWORK, "Option", "RFC 791 §3.1");
    option_type(d, type);
    bool has_length = type != END_OF_OPTIONS && type != NO_OPERATION;
    size_t len = has_length ? dissector_number(d, 8, "length") : 1;
    size_t left = dissector_expected(d);
    bool is_wrong = has_length && (len < 2 || len - 2 > left);
    if (is_wrong)
        dissector_wrong(d, "RFC 791 §3.1", "2 to %zu are possible", left + 2);
    if (has_length && !is_wrong) {
        dissector_narrow(d, EXPLAIN_NETWORK, len - 2, "option data");
        option_data(d, type);
        dissector_leave(d);
    }
    if (is_wrong) dissector_bytes(d, left, "not explained");
    dissector_leave(d);
    return type != END_OF_OPTIONS && !is_wrong;
}

static void options(struct dissector *d, size_t len) {
    dissector_narrow(d, EXPLAIN_NETWORK, len, "Padding");
    while (dissector_left(d).len > 0 && option(d)) continue;
    dissector_leave(d);
}

/* --- the header --- */

/* Reads the flags and the offset. Returns the offset in bytes. */
static uint32_t fragment(struct dissector *d, bool *has_more) {
    explain_value_zero(d, 1, "Flags: reserved");
    if (dissector_number(d, 1, "Flags: DF"))
        dissector_note(d, "Don't Fragment");
    *has_more = dissector_number(d, 1, "Flags: MF");
    dissector_note(d, *has_more ? "More Fragments" : "Last Fragment");
    uint32_t offset = (uint32_t)dissector_number(d, 13, "Fragment Offset") * 8;
    if (offset > 0) dissector_count(d, offset, "bytes");
    return offset;
}

/* Reads the total length. Returns the length of the payload; if the total is
 * impossible, that of the bytes that are here. */
static size_t total_length(struct dissector *d, size_t header_len) {
    size_t total = dissector_number(d, 16, "Total Length");
    if (total >= header_len) {
        dissector_count(d, total - header_len, "bytes after the header");
        return total - header_len;
    }
    dissector_wrong(d, "RFC 791 §3.1", "less than the header, %zu bytes",
                    header_len);
    size_t left = dissector_left(d).len + 4; /* and the first 4 bytes */
    return left > header_len ? left - header_len : 0;
}

bool explain_ipv4(struct dissector *d, struct explain_packet *p) {
    struct span packet = dissector_left(d);
    bool has_more = false;
    dissector_enter(d, EXPLAIN_NETWORK, "IPv4", "RFC 791 §3.1");
    if (dissector_number(d, 4, "Version") != 4)
        dissector_wrong(d, "RFC 791 §3.1", "the version is 4");
    size_t header_len = dissector_number(d, 4, "IHL") * 4;
    dissector_count(d, header_len, "bytes");
    if (header_len < IPV4_HEADER) {
        dissector_wrong(d, "RFC 791 §3.1", "the least is 5");
        header_len = IPV4_HEADER;
    }
    dissector_number(d, 6, "DSCP");
    dissector_cite(d, "RFC 2474 §3");
    dissector_number(d, 2, "ECN");
    dissector_cite(d, "RFC 3168 §5");
    size_t payload = total_length(d, header_len);
    dissector_hex(d, 16, "Identification");
    uint32_t offset = fragment(d, &has_more);
    if (offset + header_len + payload > MAX_PACKET)
        dissector_wrong(d, "RFC 791 §3.1", "no packet has %zu bytes",
                        offset + header_len + payload);
    dissector_number(d, 8, "Time to Live");
    p->protocol = (uint8_t)dissector_number(d, 8, "Protocol");
    explain_ip_protocol(d, p->protocol);
    dissector_hex(d, 16, "Header Checksum");
    bool has_header = packet.len >= header_len;
    if (has_header) packet.len = header_len;
    explain_value_checksum(d, packet, CHECKSUM_AT, 0, has_header,
                           "RFC 791 §3.1");
    p->source = explain_value_address(d, 4, "Source Address");
    p->destination = explain_value_address(d, 4, "Destination Address");
    options(d, header_len - IPV4_HEADER);
    dissector_leave(d);
    size_t left = dissector_left(d).len;
    p->is_whole = !has_more && offset == 0 && left >= payload && !p->is_quoted;
    dissector_narrow(d, EXPLAIN_NETWORK,
                     p->is_quoted && payload > left ? left : payload, "data");
    return p->destination.len == 4 && offset == 0 && has_header;
}
