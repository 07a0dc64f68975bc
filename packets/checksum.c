/* checksum.c: see packets/checksum.h. */
#include "packets/checksum.h"

#include <assert.h>

/* RFC 1071 §2, "deferred carries": the carries are added at the end, since
 * 64 bits hold those of any input. */
static uint32_t fold(uint64_t sum) {
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)sum;
}

uint32_t checksum_add(uint32_t sum, struct span bytes) {
    uint64_t total = sum;
    size_t i = 0;
    /* RFC 1071 §2, "parallel summation": two numbers at once. */
    for (; i + 3 < bytes.len; i += 4)
        total += (uint64_t)bytes.data[i] << 24 |
                 (uint64_t)bytes.data[i + 1] << 16 |
                 (uint64_t)bytes.data[i + 2] << 8 | bytes.data[i + 3];
    for (; i + 1 < bytes.len; i += 2)
        total += (uint64_t)(bytes.data[i] << 8 | bytes.data[i + 1]);
    /* RFC 1071 §4.1: a last odd byte is the upper half of a word. */
    if (i < bytes.len) total += (uint64_t)(bytes.data[i] << 8);
    return fold(total);
}

uint16_t checksum_of(uint32_t sum) {
    return (uint16_t)~fold(sum);
}

uint16_t checksum_store(struct span bytes, size_t at, uint32_t sum) {
    assert(at % 2 == 0 && at + 2 <= bytes.len);
    assert(bytes.data[at] == 0 && bytes.data[at + 1] == 0);
    uint16_t checksum = checksum_of(checksum_add(sum, bytes));
    bytes.data[at] = (uint8_t)(checksum >> 8);
    bytes.data[at + 1] = (uint8_t)checksum;
    return checksum;
}
