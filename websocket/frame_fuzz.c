/* frame_fuzz.c: what parses can be written, to the same bytes; with less of it
 * the answer is "more", with more of it nothing changes; masking twice undoes
 * it, in any two pieces. */
#include "packets/exact_unit.h"
#include "websocket/frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void header(const uint8_t *bytes, size_t n) {
    struct frame f, less;
    uint8_t written[FRAME_HEADER_MAX];
    int got = frame_parse(&f, bytes, n);
    if (got > 0) {
        assert(frame_write(&f, written) == (size_t)got);
        assert(memcmp(written, bytes, (size_t)got) == 0);
    }
    /* Once known, always known; and known only from what was seen. */
    bool known = false;
    for (size_t cut = 0; cut <= n && cut <= FRAME_HEADER_MAX; cut++) {
        uint8_t *exact = unit_exact(bytes, cut);
        int now = frame_parse(&less, exact, cut);
        assert(now == 0 ? !known : now == got);
        assert(now <= 0 || cut >= (size_t)now);
        known = now != 0;
        free(exact);
    }
}

static void mask(const uint8_t *bytes, size_t n) {
    size_t cut = bytes[n - 1] % (n + 1);
    uint8_t key[4] = {bytes[0], bytes[n / 2], bytes[n - 1], 0x5A};
    uint8_t *copy = unit_exact(bytes, n);
    frame_mask(copy, n, key, 0);
    for (size_t i = 0; i < n; i++) assert(copy[i] == (bytes[i] ^ key[i % 4]));
    frame_mask(copy, cut, key, 0);
    frame_mask(copy + cut, n - cut, key, cut);
    assert(memcmp(copy, bytes, n) == 0);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (n == 0) return 0;
    header(bytes, n);
    mask(bytes, n);
    return 0;
}
