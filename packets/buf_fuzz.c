/* buf_fuzz.c: after any calls, a buf holds what a plain array would hold. */
#include "packets/buf.h"

#include <assert.h>

#define MAX 300

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct buf b = {.max = MAX};
    uint8_t model[MAX];
    size_t held = 0;
    for (size_t i = 0; i + 1 < n; i += 2) {
        size_t k = bytes[i + 1];
        if (bytes[i] % 2 == 0) {
            size_t have = n - i < k ? n - i : k;
            bool fits = have <= MAX - held;
            assert(buf_append(&b, bytes + i, have) == fits);
            if (fits && have > 0) memcpy(model + held, bytes + i, have);
            if (fits) held += have;
        } else {
            if (k > held) k = held;
            buf_consume(&b, k);
            memmove(model, model + k, held - k);
            held -= k;
        }
        assert(span_equal(buf_view(&b), (struct span){model, held}));
        assert(b.cap <= MAX);
    }
    buf_free(&b);
    return 0;
}
