/* utf8_fuzz.c: agrees with a decoder that collects the bits of a character and
 * checks its number (RFC 3629 §3); and a cut anywhere changes nothing. */
#include "websocket/utf8.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* How many bytes the first one announces; 0: none. */
static size_t announced(uint8_t first) {
    return first < 0x80   ? 1
           : first < 0xC0 ? 0
           : first < 0xE0 ? 2
           : first < 0xF0 ? 3
           : first < 0xF8 ? 4
                          : 0;
}

/* Do these bytes begin with a character of size bytes? */
static bool character(const uint8_t *bytes, size_t size) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t c = size == 1 ? bytes[0] : bytes[0] & (0xFFu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xC0) != 0x80) return false;
        c = c << 6 | (bytes[i] & 0x3F);
    }
    return c >= least[size] && c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF);
}

static bool valid(const uint8_t *bytes, size_t n) {
    size_t at = 0;
    while (at < n) {
        size_t size = announced(bytes[at]);
        if (size == 0 || size > n - at) return false;
        if (!character(bytes + at, size)) return false;
        at += size;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    uint8_t state = utf8_feed(UTF8_START, bytes, n);
    assert((state == UTF8_START) == valid(bytes, n));

    uint8_t one = UTF8_START;
    for (size_t i = 0; i < n; i++) one = utf8_feed(one, bytes + i, 1);
    assert(one == state);

    size_t cut = n > 0 ? bytes[n / 2] % (n + 1) : 0;
    uint8_t head = utf8_feed(UTF8_START, bytes, cut);
    assert(utf8_feed(head, bytes + cut, n - cut) == state);
    return 0;
}
