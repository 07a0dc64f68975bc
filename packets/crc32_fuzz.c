/* crc32_fuzz.c: an error of up to 32 bits in a row is found, wherever it is; of
 * 16 bits by the shorter CRC; and parts give the CRC of the whole. */
#include "packets/crc32.h"
#include "packets/exact_unit.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (n < 6) return 0;
    uint8_t *copy = unit_exact(bytes, n);
    struct span all = {copy, n}, part = {copy, bytes[0] % n};
    struct span rest = span_skip(all, part.len);
    uint32_t crc32 = crc32_add(0, all);
    uint16_t crc16 = crc16_add(0, all);
    assert(crc32_add(crc32_add(0, part), rest) == crc32);
    assert(crc16_add(crc16_add(0, part), rest) == crc16);
    size_t at = bytes[1] % (n - 3), changed = 0;
    for (size_t i = 0; i < 4; i++) {
        copy[at + i] ^= bytes[2 + i];
        changed |= bytes[2 + i];
    }
    assert((crc32_add(0, all) != crc32) == (changed != 0));
    memcpy(copy, bytes, n);
    copy[at] ^= bytes[2];
    copy[at + 1] ^= bytes[3];
    assert((crc16_add(0, all) != crc16) == ((bytes[2] | bytes[3]) != 0));
    free(copy);
    return 0;
}
