/*
 * crc32.h: cyclic redundancy checks of 32 and of 16 bits
 *
 *   "123456789"          the bytes, each with its least significant bit first,
 *   26 39 f4 cb          and the CRC after them, least significant byte first
 *
 * A CRC is the remainder of a division: the bits are the coefficients of a
 * polynomial, divided by a fixed one, the generator, where 1 + 1 is 0. Both are
 * the FCS of PPP: RFC 1662 Appendix C. Ethernet has the one of 32 bits.
 * It protects from noise, not from people: anyone can compute a CRC.
 * Introduced in packets/302_frames.c.
 */
#ifndef PACKETS_CRC32_H
#define PACKETS_CRC32_H

#include "packets/span.h"

/* What the functions below return for bytes followed by their CRC. */
#define CRC32_GOOD 0x2144df1cu
#define CRC16_GOOD 0x0f47u

/* Each adds bytes to a CRC and returns the new one. crc is that of the bytes
 * before them, or 0 if there are none. */
uint32_t crc32_add(uint32_t crc, struct span bytes);
uint16_t crc16_add(uint16_t crc, struct span bytes);

#endif
