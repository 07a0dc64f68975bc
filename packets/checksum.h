/*
 * checksum.h: the Internet checksum, in IPv4, ICMP, UDP and TCP headers
 *
 *   45 00  00 3c  1c 46 ...    the bytes as 16-bit numbers, big-endian
 *   0x4500 + 0x003c + 0x1c46   added; a carry out of the 16 bits is added, too
 *   ~sum                       inverted: this is what the header carries
 *
 * RFC 1071. Over bytes that include a correct checksum, the result is 0. The
 * checksum detects every error of one bit, but no exchange of 16-bit words.
 * Introduced in tcp/107_reset.c.
 */
#ifndef PACKETS_CHECKSUM_H
#define PACKETS_CHECKSUM_H

#include "packets/span.h"

/* Adds bytes to a sum, which begins at 0, and returns the new sum, at most
 * 0xffff. All parts but the last must have an even length; a last odd byte is
 * followed by a zero (RFC 1071 §4.1). */
uint32_t checksum_add(uint32_t sum, struct span bytes);

/* Returns the checksum of a sum: folded to 16 bits and inverted. The caller may
 * add numbers of 16 bits to the sum before. */
uint16_t checksum_of(uint32_t sum);

/* Stores the checksum over sum and bytes in the two bytes at bytes.data[at],
 * which must be zero; at is even. Returns it. */
uint16_t checksum_store(struct span bytes, size_t at, uint32_t sum);

#endif
