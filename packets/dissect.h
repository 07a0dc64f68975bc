/*
 * dissect.h: parses all headers of a captured frame, down to its data
 *
 *   | Ethernet | IPv4 or IPv6 | TCP, UDP, ICMP or ICMPv6 | data |
 *
 * Calls the parser of each header in turn. The frame may have been cut by the
 * capture. All spans are borrowed from the frame. Fragments are not joined.
 * Introduced in tcp/107_reset.c.
 */
#ifndef PACKETS_DISSECT_H
#define PACKETS_DISSECT_H

#include "packets/icmp.h"
#include "packets/segment.h"

/* The two ends between which a packet travels, as seen from its sender. In the
 * other direction, source and destination are exchanged. */
struct ends {
    uint8_t protocol; /* IP_TCP, IP_UDP; IP_ICMP, IP_ICMPV6: no ports */
    struct address source, destination;
    uint16_t source_port, destination_port;
};

struct dissection {
    struct address source, destination; /* of the IP header */
    uint8_t protocol;                   /* of what follows the IP header */

    /* Of this packet; of an ICMP error, those of the packet that it is about,
     * exchanged: the error goes to that packet's sender. */
    struct ends ends;

    struct segment segment; /* if protocol is IP_TCP */
    struct icmp icmp;       /* if it is IP_ICMP or IP_ICMPV6 */
    struct span transport;  /* the header and its data, as captured */
    struct span data;       /* the data alone, as captured */
    uint32_t transport_len; /* as sent: more than captured if it was cut */
    uint32_t data_len;      /* as sent */
};

enum dissect_error {
    DISSECT_ERR_OTHER = -1,    /* no IP, or none of the four protocols */
    DISSECT_ERR_FRAGMENT = -2, /* not the first fragment: no header in it */
    DISSECT_ERR_HEADER = -3,   /* a header breaks a rule of its standard */
};

/* Parse a frame, or a packet without one: IPv4 or IPv6 as its first four bits
 * say. Return the length of all headers; 0: it ends inside one of them; or a
 * negative dissect_error. */
int dissect(struct span frame, struct dissection *d);
int dissect_packet(struct span packet, struct dissection *d);

/* Computes the checksum of a TCP segment or UDP datagram and writes it into the
 * frame of d: a kernel does not compute it for a frame that never leaves the
 * machine. False: not TCP or UDP, or cut. */
bool dissect_complete_checksum(struct dissection *d);

#endif
