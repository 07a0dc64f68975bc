/*
 * fragment.h: one IPv4 packet, cut into fragments for a small MTU
 *
 *   packet     | header | 0 ......................................... 4007 |
 *   fragments  | header, MF | 0 .. 1479 |  offset 0
 *              | header, MF | 1480 .. 2959 |  offset 185 × 8
 *              | header | 2960 .. 4007 |  offset 370 × 8, the last
 *
 * RFC 791 §3.2. A fragment is a packet like others: a router with a smaller MTU
 * cuts it again. Only the destination reassembles the fragments:
 * packets/reassembly.h. IPv6 routers do not cut packets (RFC 8200 §4.5).
 * Introduced in packets/304_router.c.
 */
#ifndef PACKETS_FRAGMENT_H
#define PACKETS_FRAGMENT_H

#include "packets/ipv4.h"

#define FRAGMENT_MIN_MTU 68 /* bytes: a header of 60 and 8 of data (RFC 791) */

struct fragments { /* what is left to cut of a packet */
    struct ipv4 header;
    struct span payload; /* not sent yet; data NULL: there is none */
    uint8_t options[40]; /* of the fragments after the first */
};

/* Begins to cut a packet, which must stay valid. False: it is no whole IPv4
 * packet, has Don't Fragment set, or a wrong checksum. */
bool fragment_begin(struct fragments *f, struct span packet);

/* Appends the next fragment, of at most mtu bytes; mtu is FRAGMENT_MIN_MTU or
 * more. False: none is left; or out is full, and out->failed is set. */
bool fragment_next(struct fragments *f, struct buf *out, size_t mtu);

#endif
