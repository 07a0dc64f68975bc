/* explain_link.c: see packets/explain_link.h. */
#include "packets/explain_link.h"
#include "packets/arp.h"
#include "packets/ethernet.h"
#include "packets/explain_value.h"

enum {
    LEAST_TYPE = 0x0600, /* IEEE 802.3 §3.2.6: a smaller number is a length */
    ARP_HARDWARE = 1,    /* RFC 826: Ethernet */
};

static const struct explain_name TYPES[] = {
    {ETHERNET_IPV4, "IPv4"},
    {ETHERNET_ARP, "ARP"},
    {ETHERNET_IPV6, "IPv6"},
    {ETHERNET_VLAN, "VLAN tag"},
    {ETHERNET_QINQ, "VLAN tag, another follows"},
    {0, NULL}};

static bool is_vlan(int type) {
    return type == ETHERNET_VLAN || type == ETHERNET_QINQ;
}

/* Reads the field that is a type, a length or the beginning of a tag. */
static int length_type(struct dissector *d) {
    struct span left = dissector_left(d);
    int type = left.len < 2 ? -1 : left.data[0] << 8 | left.data[1];
    bool is_length = type >= 0 && type < LEAST_TYPE;
    if (is_length)
        dissector_number(d, 16, "Length/Type");
    else
        dissector_hex(d, 16, is_vlan(type) ? "TPID" : "Length/Type");
    if (is_length) dissector_note(d, "a length");
    if (type >= LEAST_TYPE) explain_value_name(d, (uint64_t)type, TYPES);
    return type;
}

/* IEEE 802.1Q §9.6: what follows the TPID. */
static void vlan_tag(struct dissector *d) {
    dissector_number(d, 3, "PCP");
    dissector_cite(d, "IEEE 802.1Q §9.6");
    dissector_number(d, 1, "DEI");
    dissector_cite(d, "IEEE 802.1Q §9.6");
    dissector_number(d, 12, "VID");
    dissector_cite(d, "IEEE 802.1Q §9.6");
}

int explain_ethernet(struct dissector *d) {
    dissector_enter(d, EXPLAIN_LINK, "Ethernet", "IEEE 802.3 §3.2");
    explain_value_mac(d, "Destination Address");
    explain_value_mac(d, "Source Address");
    int type = length_type(d), tags = 0;
    while (is_vlan(type)) {
        if (++tags > ETHERNET_MAX_VLANS) {
            dissector_wrong(d, "a limit", "more than %d tags", tags - 1);
            break;
        }
        vlan_tag(d);
        type = length_type(d);
    }
    dissector_leave(d);
    bool is_length = type >= 0 && type < LEAST_TYPE;
    size_t payload = is_length ? (size_t)type : dissector_left(d).len;
    dissector_narrow(d, EXPLAIN_LINK, dissector_left(d).len, "padding");
    if (is_length) dissector_bytes(d, payload, "MAC client data");
    return type < LEAST_TYPE || is_vlan(type) ? -1 : type;
}

static const struct explain_name HARDWARE[] = {{ARP_HARDWARE, "Ethernet"},
                                               {0, NULL}};
static const struct explain_name OPCODES[] = {
    {ARP_REQUEST, "request"}, {ARP_REPLY, "reply"}, {0, NULL}};

/* Reads a hardware or protocol address, of the length that the message says. */
static void arp_address(struct dissector *d, bool is_known, size_t len,
                        const char *name) {
    if (is_known && len == ADDRESS_MAC)
        explain_value_mac(d, name);
    else if (is_known && len == 4)
        explain_value_address(d, len, name);
    else
        dissector_bytes(d, len, name);
}

void explain_arp(struct dissector *d) {
    dissector_enter(d, EXPLAIN_LINK, "ARP", "RFC 826");
    uint64_t hardware = dissector_number(d, 16, "Hardware address space");
    explain_value_name(d, hardware, HARDWARE);
    uint64_t protocol = dissector_hex(d, 16, "Protocol address space");
    explain_value_name(d, protocol, TYPES);
    bool is_mac = hardware == ARP_HARDWARE, is_ipv4 = protocol == ETHERNET_IPV4;
    size_t hardware_len =
        dissector_number(d, 8, "Length of each hardware address");
    if (is_mac && hardware_len != ADDRESS_MAC)
        dissector_wrong(d, "RFC 826", "Ethernet has addresses of 6 bytes");
    size_t protocol_len =
        dissector_number(d, 8, "Length of each protocol address");
    if (is_ipv4 && protocol_len != 4)
        dissector_wrong(d, "RFC 826", "IPv4 has addresses of 4 bytes");
    uint64_t opcode = dissector_number(d, 16, "Opcode");
    explain_value_name(d, opcode, OPCODES);
    arp_address(d, is_mac, hardware_len, "Hardware address of sender");
    arp_address(d, is_ipv4, protocol_len, "Protocol address of sender");
    arp_address(d, is_mac, hardware_len, "Hardware address of target");
    arp_address(d, is_ipv4, protocol_len, "Protocol address of target");
    dissector_leave(d);
}
