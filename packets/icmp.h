/*
 * icmp.h: error and echo messages about packets, RFC 792 and RFC 4443
 *
 *   | type 1 | code 1 | checksum 2 | rest of the header 4 | body |
 *
 * An error message carries the beginning of the packet that it is about, so
 * that the sender's kernel finds the socket. Introduced in tcp/107_reset.c.
 */
#ifndef PACKETS_ICMP_H
#define PACKETS_ICMP_H

#include "packets/address.h"
#include "packets/buf.h"

#define ICMP_HEADER 8

enum icmp_type { /* over IPv4 */
    ICMP_ECHO_REPLY = 0,
    ICMP_UNREACHABLE = 3,
    ICMP_REDIRECT = 5,
    ICMP_ECHO = 8,
    ICMP_TIME_EXCEEDED = 11,
    ICMP_PARAMETER_PROBLEM = 12,
};

enum icmpv6_type { /* over IPv6: numbers of its own */
    ICMPV6_UNREACHABLE = 1,
    ICMPV6_TOO_BIG = 2,
    ICMPV6_TIME_EXCEEDED = 3,
    ICMPV6_PARAMETER_PROBLEM = 4,
    ICMPV6_ECHO = 128,
    ICMPV6_ECHO_REPLY = 129,
    ICMPV6_ROUTER_SOLICITATION = 133,
    ICMPV6_ROUTER_ADVERTISEMENT = 134,
    ICMPV6_NEIGHBOR_SOLICITATION = 135,
    ICMPV6_NEIGHBOR_ADVERTISEMENT = 136,
};

struct icmp {
    uint8_t type, code;
    uint16_t checksum;
    uint32_t rest; /* echo: identifier and sequence number; too big: the MTU */
};

/* Parses the header at the front of bytes. Returns 8; 0: there are fewer
 * bytes. */
int icmp_parse(struct span bytes, struct icmp *i);

/* Appends header and body, and computes the checksum: that of i is not used.
 * For ICMPv6 it covers both addresses; for ICMP pass NULL. Header and body have
 * at most 65 535 bytes. False: out is full. */
bool icmp_write(struct buf *out, const struct icmp *i, struct span body,
                const struct address *source,
                const struct address *destination);

/* Is the checksum right? bytes are the whole header and body; addresses as for
 * icmp_write. */
bool icmp_checksum_is_right(struct span bytes, const struct address *source,
                            const struct address *destination);

#define ICMP_TEXT_MAX 40

/* Returns the name of type and code, "port unreachable". If there is none, it
 * writes "type 42 code 0" to text and returns that. */
const char *icmp_text(const struct icmp *i, bool is_v6,
                      char text[ICMP_TEXT_MAX]);

#endif
