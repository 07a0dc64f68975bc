/*
 * explain_ip.h: dissectors of IPv4 and IPv6 (RFC 791, RFC 8200)
 *
 * Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_EXPLAIN_IP_H
#define PACKETS_EXPLAIN_IP_H

#include "packets/address.h"
#include "packets/dissector.h"
#include "packets/ipv4.h"
#include "packets/ipv6.h"

/* What other dissectors need to know of a packet. The caller sets all to zero,
 * but is_quoted if an ICMP error quotes the packet: its end is then not
 * expected. */
struct explain_packet {
    bool is_quoted;
    struct address source, destination;
    uint8_t protocol; /* of the payload */
    bool is_whole;    /* the payload is complete, and no fragment */
    bool is_routed;   /* a routing header has further destinations */
    uint16_t source_port, destination_port; /* of TCP and UDP */
};

/* Explain the header of a packet, its options and extension headers; and enter
 * its payload, which ends at dissector_leave. True: the payload begins with the
 * header of p->protocol. False: the header is cut, or this is a fragment but
 * not the first. */
bool explain_ipv4(struct dissector *d, struct explain_packet *p);
bool explain_ipv6(struct dissector *d, struct explain_packet *p);

/* Adds the name of a protocol to the last field. */
void explain_ip_protocol(struct dissector *d, uint64_t protocol);

/* Returns the sum of the pseudo-header for a payload of len bytes. */
uint32_t explain_ip_sum(const struct explain_packet *p, size_t len);

#endif
