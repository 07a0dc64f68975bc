/*
 * udp_packet.h: a whole packet with a UDP datagram
 *
 *   | IPv4 or IPv6 header | UDP header | data |
 *
 * Both checksums and all lengths are computed. Introduced in
 * packets/303_ethernet.c.
 */
#ifndef PACKETS_UDP_PACKET_H
#define PACKETS_UDP_PACKET_H

#include "packets/address.h"
#include "packets/buf.h"

#define UDP_PACKET_MAX_DATA 65507 /* bytes: 65 535 - 20 - 8 */

struct udp_packet {
    struct address source, destination; /* both IPv4, or both IPv6 */
    uint16_t source_port, destination_port;
    uint8_t ttl;             /* or hop limit */
    bool dont_fragment;      /* IPv4 */
    uint16_t identification; /* IPv4 */
};

/* Appends the packet; data has at most UDP_PACKET_MAX_DATA bytes. False: out is
 * full. */
bool udp_packet_write(struct buf *out, const struct udp_packet *p,
                      struct span data);

/* Parses a whole packet with UDP, and sets *p and *data, which is borrowed.
 * False: it is another packet or a fragment, breaks a rule, or has a wrong
 * checksum. */
bool udp_packet_parse(struct span packet, struct udp_packet *p,
                      struct span *data);

#endif
