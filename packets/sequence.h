/*
 * sequence.h: which of two sequence numbers comes first, RFC 9293 §3.4
 *
 *   ... 4294967294  4294967295  0  1  2 ...     the number after the last is 0
 *
 * A TCP numbers its bytes with 32 bits, so after 4 GiB the numbers begin again,
 * and a connection may begin anywhere. A comparison with < is wrong then. Only
 * the distance from one number to the other counts, modulo 2^32: a is before b
 * if the distance from a to b is less than 2^31.
 * Introduced in packets/307_tcp_by_hand.c.
 */
#ifndef PACKETS_SEQUENCE_H
#define PACKETS_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

/* Is a before b? False if they are equal, or exactly 2^31 apart. */
static inline bool sequence_before(uint32_t a, uint32_t b) {
    return b - a - 1 < INT32_MAX;
}

/* Is x one of the n numbers from low on: low =< x < low + n? */
static inline bool sequence_within(uint32_t x, uint32_t low, uint32_t n) {
    return x - low < n;
}

#endif
