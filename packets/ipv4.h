/*
 * ipv4.h: the header that takes a packet from host to host, RFC 791 §3.1
 *
 *   0      4      8           16                      31   bits
 *   | ver. | IHL  | DSCP, ECN | total length           |
 *   | identification          | flags | fragment offs. |
 *   | TTL         | protocol  | header checksum        |
 *   | source address                                   |
 *   | destination address                              |
 *   | options, IHL × 4 - 20 bytes                      |
 *
 * Introduced in tcp/107_reset.c.
 */
#ifndef PACKETS_IPV4_H
#define PACKETS_IPV4_H

#include "packets/address.h"
#include "packets/buf.h"

#define IPV4_HEADER 20 /* bytes without options */

enum ip_protocol { /* IANA "Protocol Numbers", also IPv6's next header */
    IP_ICMP = 1,
    IP_TCP = 6,
    IP_UDP = 17,
    IP_ICMPV6 = 58,
};

struct ipv4 {
    uint8_t dscp, ecn;
    uint16_t total_length; /* header and payload, in bytes */
    uint16_t identification;
    bool dont_fragment, more_fragments;
    uint32_t fragment_offset; /* bytes: 8 times the field */
    uint8_t ttl, protocol;
    uint16_t checksum;      /* as received; ipv4_write computes its own */
    bool checksum_is_right; /* set by ipv4_parse */
    struct address source, destination;
    struct span options; /* borrowed */
};

enum ipv4_error {
    IPV4_ERR_VERSION = -1, /* §3.1: the version is 4 */
    IPV4_ERR_IHL = -2,     /* §3.1: the least IHL is 5, 20 bytes */
    IPV4_ERR_LENGTH = -3,  /* §3.1: the total length includes the header */
    IPV4_ERR_OFFSET = -4,  /* §3.1: no packet is longer than 65 535 bytes, not
                            * even one put together from fragments */
};

/* Parses the header at the front of packet. Returns its length, 20 to 60; 0:
 * the packet is shorter; or a negative ipv4_error. A wrong checksum is no error
 * here: a capture may see a packet before its checksum is computed. */
int ipv4_parse(struct span packet, struct ipv4 *ip);

/* Returns the bytes after the header up to total_length, without the padding of
 * a short Ethernet frame; fewer if the packet is cut. header_len is what
 * ipv4_parse returned. */
struct span ipv4_payload(struct span packet, const struct ipv4 *ip,
                         int header_len);

/* Appends a header with its checksum; total_length includes the payload, which
 * the caller appends. options has at most 40 bytes, a multiple of 4; dscp is
 * below 64, ecn below 4, fragment_offset a multiple of 8. False: out is
 * full. */
bool ipv4_write(struct buf *out, const struct ipv4 *ip);

/* Returns the sum of the pseudo-header with which the checksums of TCP and UDP
 * begin: both addresses, the protocol and the length of segment or datagram in
 * bytes. RFC 9293 §3.1 for IPv4 addresses, RFC 8200 §8.1 for IPv6. */
uint32_t ip_pseudo_header(const struct address *source,
                          const struct address *destination, uint8_t protocol,
                          uint32_t length);

#endif
