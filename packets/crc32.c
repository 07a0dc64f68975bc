/* crc32.c: see packets/crc32.h. The division is done bit by bit, without a
 * table: one shift for each bit, and the generator is subtracted, which is XOR,
 * whenever a 1 is shifted out. */
#include "packets/crc32.h"

/* The generators without their highest power. The bit of the next power is the
 * most significant one, because the first bit of a byte is its least
 * significant one. RFC 1662 §C.2: x^16 + x^12 + x^5 + 1; §C.3: x^32 + ... */
#define GENERATOR_16 0x8408u
#define GENERATOR_32 0xedb88320u

static uint32_t divide(uint32_t remainder, struct span bytes,
                       uint32_t generator) {
    for (size_t i = 0; i < bytes.len; i++) {
        remainder ^= bytes.data[i];
        for (int bit = 0; bit < 8; bit++)
            remainder = remainder >> 1 ^ (remainder & 1 ? generator : 0);
    }
    return remainder;
}

/* The remainder begins as all ones, so that zeros in front count, and is
 * inverted at the end, so that zeros after the CRC count. */
uint32_t crc32_add(uint32_t crc, struct span bytes) {
    return ~divide(~crc, bytes, GENERATOR_32);
}

uint16_t crc16_add(uint16_t crc, struct span bytes) {
    return (uint16_t)~divide((uint16_t)~crc, bytes, GENERATOR_16);
}
