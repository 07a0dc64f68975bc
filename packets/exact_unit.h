/*
 * exact_unit.h: heap copies of exactly n bytes, for tests and fuzz targets
 *
 * AddressSanitizer reports a read of even one byte after such a copy. If n is
 * 0, the copy has one byte, and reading that is not reported. If the variable
 * CORPUS of the environment names a directory, the copies are also written to
 * files there: lessons/fuzz.sh lets a fuzz target begin with the inputs of its
 * test. Only tests and fuzz targets include this file.
 */
#ifndef PACKETS_EXACT_UNIT_H
#define PACKETS_EXACT_UNIT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_KEPT_FILES 500 /* of a test: every split of an input is many */

/* Writes the bytes to a file in CORPUS, named after their FNV-1a hash. */
static inline void unit_keep(const void *bytes, size_t n) {
    static int kept;
    const char *directory = getenv("CORPUS");
    char path[500];
    uint64_t hash = 0xcbf29ce484222325;
    if (!directory || n == 0 || kept == UNIT_KEPT_FILES) return;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3;
    snprintf(path, sizeof path, "%s/%016llx", directory,
             (unsigned long long)hash);
    FILE *f = fopen(path, "wx"); /* x: only if it is new */
    if (!f) return;
    fwrite(bytes, 1, n, f);
    fclose(f);
    kept++;
}

/* Returns a copy, which the caller frees. */
static inline void *unit_exact(const void *bytes, size_t n) {
    void *copy = malloc(n ? n : 1);
    if (!copy) abort();
    unit_keep(bytes, n);
    return n ? memcpy(copy, bytes, n) : copy;
}

#endif
