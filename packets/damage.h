/*
 * damage.h: every error of one kind that can happen to a frame of 8 bytes
 *
 *   frame      01101000 01101001 ...
 *   a burst    00001100 00000000 ...       the wrong bits
 *   damaged    01100100 01101001 ...
 *
 * Which errors does a check miss? A frame of 64 bits is short enough to try all
 * of one kind, in a fixed order. The first bit of a byte is its least
 * significant one, as on most wires.
 * Introduced in packets/302_frames.c.
 */
#ifndef PACKETS_DAMAGE_H
#define PACKETS_DAMAGE_H

#include <stdbool.h>
#include <stdint.h>

#define DAMAGE_FRAME 8 /* bytes */

enum damage_kind {
    DAMAGE_BITS,     /* any n bits are inverted */
    DAMAGE_BURST,    /* n bits in a row: the first and the last are inverted;
                      * the others may be */
    DAMAGE_EXCHANGE, /* two groups of n bits that differ are exchanged */
};

struct damage {
    enum damage_kind kind;
    int n;
    uint64_t frame; /* its first bit is bit 0 */
    uint64_t mask;  /* the wrong bits of the last error */
    uint64_t step;  /* how often damage_next has looked for an error */
};

/* Begins before the first error of a kind. n is 1 to 16 for bits, 2 to 32 for a
 * burst, and for an exchange 8, 16 or 32. */
void damage_init(struct damage *d, enum damage_kind kind, int n,
                 const uint8_t frame[DAMAGE_FRAME]);

/* Sets damaged to the frame with the next error. False: there are no more. */
bool damage_next(struct damage *d, uint8_t damaged[DAMAGE_FRAME]);

#endif
