/* explain_frame.c: see packets/explain_frame.h. dissector_finish leaves the
 * scopes that explain_ethernet and others enter. */
#include "packets/explain_frame.h"
#include "packets/ethernet.h"
#include "packets/explain_link.h"

/* Explains the payload of a packet. True: data is visible now. */
static bool transport(struct dissector *d, struct explain_packet *p) {
    switch (p->protocol) {
    case IP_TCP:
        explain_tcp(d, p);
        return true;
    case IP_UDP:
        explain_udp(d, p);
        return true;
    case IP_ICMP:
    case IP_ICMPV6:
        explain_icmp(d, p);
        return false;
    default:
        return false;
    }
}

static bool internet(struct dissector *d, struct explain_packet *p,
                     bool is_v6) {
    bool has_header = is_v6 ? explain_ipv6(d, p) : explain_ipv4(d, p);
    return has_header && transport(d, p);
}

bool explain_frame(struct dissector *d, struct explain_packet *p) {
    *p = (struct explain_packet){.is_quoted = false};
    int type = explain_ethernet(d);
    if (type == ETHERNET_ARP) explain_arp(d);
    if (type != ETHERNET_IPV4 && type != ETHERNET_IPV6) return false;
    return internet(d, p, type == ETHERNET_IPV6);
}

bool explain_packet(struct dissector *d, struct explain_packet *p) {
    struct span left = dissector_left(d);
    *p = (struct explain_packet){.is_quoted = false};
    return internet(d, p, left.len > 0 && left.data[0] >> 4 == 6);
}
