/*
 * explain_link.h: dissectors of Ethernet and ARP
 *
 *   | Destination | Source | VLAN tags | Length/Type | payload, padding |
 *
 * IEEE 802.3 §3, IEEE 802.1Q §9, RFC 826. Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_EXPLAIN_LINK_H
#define PACKETS_EXPLAIN_LINK_H

#include "packets/dissector.h"

/* Explains the header of a frame, and enters its payload: bytes that are not
 * read until dissector_leave are padding. Returns the type of the payload, or
 * -1: it has none, or the header is cut. */
int explain_ethernet(struct dissector *d);

void explain_arp(struct dissector *d);

#endif
