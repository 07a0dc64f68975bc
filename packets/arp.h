/*
 * arp.h: which MAC address has this IPv4 address? RFC 826
 *
 *   who has 10.0.0.2? tell 10.0.0.1       request, broadcast
 *   10.0.0.2 is at 02:00:00:00:00:02      reply, to the sender of the request
 *
 * Introduced in tcp/107_reset.c.
 */
#ifndef PACKETS_ARP_H
#define PACKETS_ARP_H

#include "packets/address.h"
#include "packets/buf.h"

#define ARP_LENGTH 28 /* bytes, for Ethernet and IPv4 */

enum arp_operation {
    ARP_REQUEST = 1,
    ARP_REPLY = 2
};

struct arp {
    uint16_t operation;
    uint8_t sender_mac[ADDRESS_MAC], target_mac[ADDRESS_MAC];
    struct address sender, target; /* IPv4 */
};

enum arp_error {
    ARP_ERR_KIND = -1, /* it is not about Ethernet and IPv4 addresses */
};

/* Parses the message at the front of bytes; padding may follow. Returns 28; 0:
 * there are fewer bytes; or a negative arp_error. */
int arp_parse(struct span bytes, struct arp *a);

/* Appends a message. False: out is full. */
bool arp_write(struct buf *out, const struct arp *a);

#endif
