/*
 * ipv6.h: the header of IPv6 and its extension headers, RFC 8200
 *
 *   | ver. | traffic class | flow label                |
 *   | payload length         | next header | hop limit |
 *   | source address, 16 bytes                         |
 *   | destination address, 16 bytes                    |
 *
 * There is no checksum and no fragmentation by routers. In place of options
 * there is a chain of extension headers: each has the type of the next one.
 * Introduced in tcp/107_reset.c.
 */
#ifndef PACKETS_IPV6_H
#define PACKETS_IPV6_H

#include "packets/address.h"
#include "packets/buf.h"

#define IPV6_HEADER 40         /* bytes without extension headers */
#define IPV6_MAX_EXTENSIONS 16 /* headers in one packet */

enum ipv6_next_header { /* the others are in enum ip_protocol, ipv4.h */
    IPV6_HOP_BY_HOP = 0,
    IPV6_ROUTING = 43,
    IPV6_FRAGMENT = 44,
    IPV6_NO_NEXT = 59, /* nothing follows */
    IPV6_DESTINATION_OPTIONS = 60,
};

struct ipv6 {
    uint8_t traffic_class;
    uint32_t flow_label;     /* 20 bits */
    uint16_t payload_length; /* all that follows the first 40 bytes */
    uint8_t next_header;     /* of the fixed header */
    uint8_t hop_limit;
    struct address source, destination;

    uint8_t protocol; /* what follows the extension headers */
    int extension_count;
    bool is_fragment; /* the next fields are of its last fragment header: */
    bool more_fragments;
    uint32_t fragment_offset; /* bytes */
    uint32_t fragment_id;
};

enum ipv6_error {
    IPV6_ERR_VERSION = -1,    /* §3: the version is 6 */
    IPV6_ERR_EXTENSIONS = -2, /* more than IPV6_MAX_EXTENSIONS */
    IPV6_ERR_HOP_BY_HOP = -3, /* §4.1: only as the first one */
    IPV6_ERR_OFFSET = -4,     /* §4.5: fragments of more than 65 535 bytes */
    IPV6_ERR_LENGTH = -5,     /* §3: the payload length includes the extension
                               * headers (jumbograms are not supported) */
};

/* Parses the header at the front of packet and skips its extension headers
 * (hop-by-hop, routing, fragment, destination options; §4). Returns the length
 * of all, 40 or more; 0: the packet is shorter; or a negative ipv6_error. Only
 * in the first fragment may other headers follow the fragment header. */
int ipv6_parse(struct span packet, struct ipv6 *ip);

/* As ipv4_payload. */
struct span ipv6_payload(struct span packet, const struct ipv6 *ip,
                         int header_len);

/* Appends the fixed header; the caller appends what follows it, extension
 * headers included. flow_label is below 2^20. False: out is full. */
bool ipv6_write(struct buf *out, const struct ipv6 *ip);

#endif
