/*
 * icmp_reply.h: what a host or a router sends back about a packet
 *
 *   | IP header | ICMP header | the beginning of the packet that it is about |
 *
 * An error goes to the source of the packet, and quotes it, so that the sender
 * finds out which of its packets was meant. About some packets no error may be
 * sent: otherwise one packet could make a storm of them. Does not do: a limit
 * of the rate (RFC 1812 §4.3.2.8). Introduced in packets/304_router.c.
 */
#ifndef PACKETS_ICMP_REPLY_H
#define PACKETS_ICMP_REPLY_H

#include "packets/icmp.h"

#define ICMP_REPLY_TTL 64  /* IANA "IP Option Numbers": the default TTL */
#define ICMP_REPLY_MAX 576 /* bytes of an error over IPv4, in all */
#define ICMP_REPLY_MAX_V6 1280

/* Appends a packet with an error, whose type, code and rest are those of i,
 * about a packet, as source. is_broadcast: the frame of the packet was for all.
 * False: the rules forbid it, or out is full. The packet has a whole header. */
bool icmp_reply_error(struct buf *out, const struct icmp *i, struct span packet,
                      bool is_broadcast, const struct address *source);

/* Appends the reply to an echo request, as the destination of the request.
 * False: the packet is no whole and correct echo request, or out is full. */
bool icmp_reply_echo(struct buf *out, struct span packet);

/* True if the type is that of an error over IPv4 or IPv6. */
bool icmp_reply_is_error(uint8_t type, bool is_v6);

#endif
