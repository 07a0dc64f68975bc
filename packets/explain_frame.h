/*
 * explain_frame.h: explains a frame down to the data of TCP or UDP
 *
 *   | Ethernet | IPv4 or IPv6 | TCP, UDP, ICMP or ICMPv6 | data | padding |
 *
 * Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_EXPLAIN_FRAME_H
#define PACKETS_EXPLAIN_FRAME_H

#include "packets/explain_transport.h"

/* Explain a frame, or a packet without one: IPv4 or IPv6 as its first four bits
 * say. True: the data of TCP or UDP is visible now, and p has its two ends. The
 * caller may explain it before dissector_finish. */
bool explain_frame(struct dissector *d, struct explain_packet *p);
bool explain_packet(struct dissector *d, struct explain_packet *p);

#endif
