/* checksum_fuzz.c: the sum is the value of all words modulo 65 535, in whatever
 * parts it is added, and the input with its stored checksum gives 0. */
#include "packets/checksum.h"
#include "packets/exact_unit.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (n < 4) return 0;
    uint8_t *copy = unit_exact(bytes, n);
    size_t cut = bytes[2] % n / 2 * 2;
    copy[0] = copy[1] = 0;
    uint32_t sum = checksum_add(0, (struct span){copy, cut});
    sum = checksum_add(sum, (struct span){copy + cut, n - cut});
    uint32_t remainder = 0;
    for (size_t i = 0; i < n; i++)
        remainder = (remainder + (i % 2 ? copy[i] : copy[i] * 256u)) % 65535;
    assert(sum <= 65535 && sum % 65535 == remainder);
    uint16_t stored = checksum_store((struct span){copy, n}, 0, 0);
    assert(stored == checksum_of(sum));
    assert(checksum_of(checksum_add(0, (struct span){copy, n})) == 0);
    free(copy);
    return 0;
}
