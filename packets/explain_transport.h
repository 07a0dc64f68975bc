/*
 * explain_transport.h: dissectors of TCP, UDP, ICMP and ICMPv6
 *
 * RFC 9293, RFC 768, RFC 792, RFC 4443 and RFC 4861. An ICMP error quotes the
 * packet that it is about; the quoted bytes are explained, too.
 * Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_EXPLAIN_TRANSPORT_H
#define PACKETS_EXPLAIN_TRANSPORT_H

#include "packets/explain_ip.h"

/* Explain the header, set the ports of p, and enter the data, which ends at
 * dissector_leave. explain_ip.h fills in p; without its addresses the checksum
 * is not verified. */
void explain_tcp(struct dissector *d, struct explain_packet *p);
void explain_udp(struct dissector *d, struct explain_packet *p);

/* Explains a message and the packet in it: ICMPv6 if p is of IPv6. */
void explain_icmp(struct dissector *d, const struct explain_packet *p);

#endif
