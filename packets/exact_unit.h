/*
 * exact_unit.h: heap copies of exactly n bytes, for tests and fuzz targets
 *
 * AddressSanitizer reports a read of even one byte after such a copy. If n is
 * 0, the copy has one byte, and reading that is not reported. Only tests and
 * fuzz targets include this file.
 */
#ifndef PACKETS_EXACT_UNIT_H
#define PACKETS_EXACT_UNIT_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Returns a copy, which the caller frees. */
static inline void *unit_exact(const void *bytes, size_t n) {
    void *copy = malloc(n ? n : 1);
    if (!copy) abort();
    return n ? memcpy(copy, bytes, n) : copy;
}

#endif
