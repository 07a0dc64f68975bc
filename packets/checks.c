/* checks.c: see packets/checks.h. Entry points: checks_seal, checks_is_good. */
#include "packets/checks.h"
#include "packets/checksum.h"
#include "packets/crc32.h"

#include <assert.h>

size_t checks_size(enum check check) {
    static const size_t sizes[CHECKS] = {1, 2, 2, 4};
    return sizes[check];
}

static bool has_odd_parity(struct span bytes) {
    unsigned ones = 0;
    for (size_t i = 0; i < 8 * bytes.len; i++)
        ones += bytes.data[i / 8] >> i % 8 & 1;
    return ones % 2 != 0;
}

/* Stores the least significant byte first, as RFC 1662 §3.1 does for the
 * FCS. */
static void store(struct span where, uint32_t number) {
    for (size_t i = 0; i < where.len; i++)
        where.data[i] = (uint8_t)(number >> 8 * i);
}

void checks_seal(enum check check, struct span frame) {
    assert(frame.len >= checks_size(check));
    struct span data = {frame.data, frame.len - checks_size(check)};
    struct span end = span_skip(frame, data.len);
    store(end, 0);
    if (check == CHECK_PARITY) store(end, has_odd_parity(data));
    if (check == CHECK_SUM) checksum_store(frame, data.len, 0);
    if (check == CHECK_CRC16) store(end, crc16_add(0, data));
    if (check == CHECK_CRC32) store(end, crc32_add(0, data));
}

bool checks_is_good(enum check check, struct span frame) {
    if (frame.len < checks_size(check)) return false;
    if (check == CHECK_PARITY) return !has_odd_parity(frame);
    if (check == CHECK_SUM) return checksum_of(checksum_add(0, frame)) == 0;
    if (check == CHECK_CRC16) return crc16_add(0, frame) == CRC16_GOOD;
    return crc32_add(0, frame) == CRC32_GOOD;
}
