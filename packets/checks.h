/*
 * checks.h: four ways to notice that a frame was damaged
 *
 *   data ... | check       the check is at the end, and a part of the frame
 *
 *   parity   1 byte        0 or 1, so that the number of ones is even
 *   sum      2 bytes       packets/checksum.h; the frame has an even length
 *   CRC-16   2 bytes       packets/crc32.h
 *   CRC-32   4 bytes       packets/crc32.h
 *
 * Introduced in packets/302_frames.c.
 */
#ifndef PACKETS_CHECKS_H
#define PACKETS_CHECKS_H

#include "packets/span.h"

enum check {
    CHECK_PARITY,
    CHECK_SUM,
    CHECK_CRC16,
    CHECK_CRC32,
    CHECKS
};

/* Returns how many bytes a check takes, 1 to 4. */
size_t checks_size(enum check check);

/* Stores the check of the bytes before it in the last bytes of a frame, which
 * is long enough. */
void checks_seal(enum check check, struct span frame);

/* Are the last bytes of a frame the check of the bytes before them? A frame
 * that is too short is not good. */
bool checks_is_good(enum check check, struct span frame);

#endif
