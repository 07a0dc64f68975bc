/* payload_fuzz.c: what was cut out of a body, written again, is cut into the
 * same packets; and no packet is longer than what it was cut from */
#include <assert.h>
#include <stdlib.h>

#include "socketio/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    uint8_t *body = malloc(n + 1);
    if (!body) abort();
    if (n > 0) memcpy(body, data, n);
    struct span rest = {body, n};
    struct payload_packet p, q;
    struct buf out;
    buf_init(&out, 2 * n + 100);
    size_t count = 0, size = 0;
    int got;
    while ((got = payload_next(&rest, &p)) == 1) {
        assert(p.bytes.len <= n);
        size += payload_size(p.is_binary, p.bytes.len, count == 0);
        assert(payload_write(&out, p.is_binary, p.bytes, count++ == 0));
        assert(out.end == size);
    }
    if (got == 0) {
        /* base64 is strict, with one text for some bytes: this is the body */
        assert(out.end == n && (n == 0 || memcmp(out.bytes, data, n) == 0));
        rest = buf_view(&out);
        for (; count > 0; count--) assert(payload_next(&rest, &q) == 1);
        assert(payload_next(&rest, &q) == 0);
    }
    buf_free(&out);
    free(body);
    return 0;
}
