/*
 * icmp_reply.h: ICMP errors and echo replies of a host or a router
 *
 *   | IP header | ICMP header | the beginning of the packet that it is about |
 *
 * An error goes to the source of a packet, and quotes it, so that the source
 * finds the socket that sent it. About some packets no error may be sent:
 * otherwise one packet could cause a storm of errors. Does not do: a limit of
 * the rate (RFC 1812 §4.3.2.8). Introduced in packets/304_router.c.
 */
#ifndef PACKETS_ICMP_REPLY_H
#define PACKETS_ICMP_REPLY_H

#include "packets/icmp.h"

#define ICMP_REPLY_TTL 64  /* IANA "IP Option Numbers": the default TTL */
#define ICMP_REPLY_MAX 576 /* bytes of an error over IPv4, in all */
#define ICMP_REPLY_MAX_V6 1280

/* Appends a packet from source with an error about another packet, which has a
 * whole header; type, code and rest as in i. is_broadcast: the frame of that
 * packet was a broadcast. False: the rules forbid the error, or out is full. */
bool icmp_reply_error(struct buf *out, const struct icmp *i, struct span packet,
                      bool is_broadcast, const struct address *source);

/* Appends the reply to an echo request, from the destination of the request.
 * False: the packet is not a whole and correct echo request, or out is full. */
bool icmp_reply_echo(struct buf *out, struct span packet);

/* Is this the type of an error? is_v6: of ICMPv6. */
bool icmp_reply_is_error(uint8_t type, bool is_v6);

#endif
