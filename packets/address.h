/*
 * address.h: the addresses of the link and the internet layer, as text
 *
 *   02:00:00:00:00:01     MAC address, 6 bytes
 *   10.0.0.1              IPv4, 4 bytes
 *   fd00::1               IPv6, 16 bytes, in the form of RFC 5952
 *
 * Introduced in tcp/107_reset.c.
 */
#ifndef PACKETS_ADDRESS_H
#define PACKETS_ADDRESS_H

#include "packets/span.h"

#define ADDRESS_TEXT_MAX 46 /* the longest IPv6 address and a zero byte */
#define ADDRESS_MAC 6       /* bytes */

/* An IPv4 or IPv6 address. Compare with address_equal: bytes after the first
 * len do not count. */
struct address {
    uint8_t len; /* 4, 16, or 0: there is none */
    uint8_t bytes[16];
};

bool address_equal(const struct address *a, const struct address *b);

/* Returns the address of 4 or 16 bytes, copied. */
struct address address_from(struct span bytes);

/* Does an address name a single host on a network? False for no address yet
 * (::, 0.0.0.0/8), loopback (::1, 127.0.0.0/8), multicast, and 240.0.0.0/4. The
 * broadcast address of one network is not known here. */
bool address_is_one_host(const struct address *a);

/* Parses all of a text: IPv4 as four decimal numbers, IPv6 in any form of RFC
 * 4291 §2.2. False, and *a is none: the text is not an address. 010.0.0.1 is
 * refused, since it might be octal. */
bool address_parse(struct address *a, const char *text);

/* Writes the text of an address, "?" for none. An IPv4-mapped IPv6 address ends
 * in the IPv4 form: ::ffff:10.0.0.1. Returns text. */
char *address_text(const struct address *a, char text[ADDRESS_TEXT_MAX]);
char *address_mac_text(const uint8_t mac[ADDRESS_MAC],
                       char text[ADDRESS_TEXT_MAX]);

/* Are both in one network: of the same length, and equal in the first prefix
 * bits? prefix is 0 to the length of *a in bits. */
bool address_same_prefix(const struct address *a, const struct address *b,
                         int prefix);

#endif
