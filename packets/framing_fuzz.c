/* framing_fuzz.c: no shorter prefix has the message that was found, and writing
 * it gives the same bytes. */
#include "packets/framing.h"

#include <assert.h>

#define MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct span all = {(uint8_t *)(uintptr_t)bytes, n}, message, none;
    struct buf out = {.max = 2 * MAX};
    ssize_t size = framing_line(all, MAX, &message);
    for (size_t k = 0; size > 0 && k < (size_t)size; k++)
        assert(framing_line((struct span){all.data, k}, MAX, &none) == 0);
    if (size > 0) {
        bool cr = message.len > 0 && message.data[message.len - 1] == '\r';
        assert(framing_put_line(&out, message) == !cr);
        assert(cr || framing_line(buf_view(&out), MAX, &none) > 0);
        assert(cr || span_equal(none, message));
    }
    buf_clear(&out);
    size = framing_prefixed(all, MAX, &message);
    for (size_t k = 0; size > 0 && k < (size_t)size; k++)
        assert(framing_prefixed((struct span){all.data, k}, MAX, &none) == 0);
    if (size > 0) {
        assert(framing_put_prefixed(&out, message));
        assert(
            span_equal(buf_view(&out), (struct span){all.data, (size_t)size}));
    }
    buf_free(&out);
    return 0;
}
