/*
 * ethernet.h: the frame of a local network, IEEE 802.3
 *
 *   | destination 6 | source 6 | type 2 | payload 46 to 1500 |
 *
 * The type names the protocol of the payload; a number below 0x0600 is a length
 * instead. The hardware checks and removes the 4 bytes of CRC after the
 * payload, so a capture does not show them. Introduced in tcp/107_reset.c.
 */
#ifndef PACKETS_ETHERNET_H
#define PACKETS_ETHERNET_H

#include "packets/address.h"
#include "packets/buf.h"

#define ETHERNET_HEADER 14   /* bytes */
#define ETHERNET_MAX_VLANS 4 /* tags in front of the type (IEEE 802.1Q) */

enum ethernet_type { /* IEEE 802 numbers, as IANA lists them */
    ETHERNET_IPV4 = 0x0800,
    ETHERNET_ARP = 0x0806,
    ETHERNET_VLAN = 0x8100,
    ETHERNET_IPV6 = 0x86dd,
    ETHERNET_QINQ = 0x88a8, /* a VLAN tag in front of another one */
};

struct ethernet {
    uint8_t destination[ADDRESS_MAC], source[ADDRESS_MAC];
    uint16_t type;  /* after all VLAN tags */
    int vlan_count; /* tags that were skipped */
};

enum ethernet_error {
    ETHERNET_ERR_VLANS = -1, /* more than ETHERNET_MAX_VLANS tags */
};

/* Parses the header at the front of frame. Returns its length, 14 bytes and 4
 * for each VLAN tag; 0: the frame is shorter; or a negative ethernet_error. */
int ethernet_parse(struct span frame, struct ethernet *e);

/* Appends a header of 14 bytes, without VLAN tags. False: out is full. */
bool ethernet_write(struct buf *out, const struct ethernet *e);

#endif
