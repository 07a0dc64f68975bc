/* explain_fuzz.c: whatever a dissector does, the fields cover the input and the
 * derived bytes exactly once. The first half of the bytes are the dissector,
 * one call each; the second half are its input. */
#include "packets/dissector.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct dissector d;
static int entered;

static void derive(size_t n) {
    struct span source;
    uint8_t *to = n ? dissector_derive(&d, n, "derived", &source) : NULL;
    if (!to) return;
    for (size_t i = 0; i < n; i++)
        to[i] = source.len > 0 ? (uint8_t)~source.data[i % source.len] : 0;
    entered++;
}

static void step(uint8_t code) {
    unsigned n = code >> 3;
    bool may_enter = entered < EXPLAIN_MAX_DEPTH - 1,
         is_aligned = d.pos % 8 == 0;
    switch (code & 7) {
    case 0:
        if (!may_enter) return;
        dissector_enter(&d, 1 + n % 7, "header", "");
        entered++;
        break;
    case 1:
        if (!may_enter || !is_aligned) return;
        dissector_narrow(&d, EXPLAIN_SESSION, n, "rest");
        entered++;
        break;
    case 2:
        if (entered == 0) return;
        dissector_leave(&d);
        entered--;
        break;
    case 3:
        dissector_number(&d, n % 32 + 1, "number");
        break;
    case 4:
        dissector_hex(&d, 2 * n + 2, "hex");
        dissector_notef(&d, "%u", n);
        break;
    case 5:
        if (is_aligned) dissector_bytes(&d, n, "bytes");
        break;
    case 6:
        if (may_enter && is_aligned) derive(n);
        break;
    default:
        dissector_wrong(&d, "1", "%u", n);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct explain e;
    size_t half = n / 2;
    uint8_t *copy = malloc(half ? half : 1);
    if (!copy) return 0;
    if (half) memcpy(copy, bytes + n - half, half);
    explain_init(&e, 1 << 24);
    dissector_begin(&d, &e, (struct span){copy, half}, EXPLAIN_PHYSICAL,
                    "rest");
    entered = 0;
    for (size_t i = 0; i < n - half; i++) step(bytes[i]);
    assert(dissector_finish(&d));
    assert(explain_is_complete(&e));
    explain_free(&e);
    free(copy);
    return 0;
}
