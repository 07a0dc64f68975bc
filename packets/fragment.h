/*
 * fragment.h: one IPv4 packet, cut into fragments for a small MTU
 *
 *   packet     | header | 0 ......................................... 4007 |
 *   fragments  | header, MF | 0 .. 1479 |  offset 0
 *              | header, MF | 1480 .. 2959 |  offset 185 × 8
 *              | header | 2960 .. 4007 |  offset 370 × 8, the last
 *
 * RFC 791 §3.2. A fragment is a packet like others, and is cut again where the
 * next MTU is smaller still. Only the destination puts the fragments together:
 * packets/reassembly.h. IPv6 routers never cut (RFC 8200 §4.5). Introduced in
 * packets/304_router.c.
 */
#ifndef PACKETS_FRAGMENT_H
#define PACKETS_FRAGMENT_H

#include "packets/ipv4.h"

#define FRAGMENT_MIN_MTU 68 /* bytes: a header of 60 and 8 of data (RFC 791) */

struct fragments { /* the packet and how far it is cut */
    struct ipv4 header;
    struct span payload; /* not cut yet; data NULL: there is no more */
    uint8_t options[40]; /* of the fragments after the first */
};

/* Begins to cut a packet. False: it is no whole IPv4 packet, it must not be cut
 * (Don't Fragment), or its checksum is wrong. The packet must stay valid. */
bool fragment_begin(struct fragments *f, struct span packet);

/* Appends the next fragment, of at most mtu bytes, FRAGMENT_MIN_MTU or more.
 * False: there is none left; or out is full, which out says. */
bool fragment_next(struct fragments *f, struct buf *out, size_t mtu);

#endif
