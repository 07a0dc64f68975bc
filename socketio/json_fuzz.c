/* json_fuzz.c: what is valid is cut, never wrong, at each shorter length (a
 * number may also end there), and walking it visits only valid values. */
#include "socketio/json.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Walks one level; every value in it is itself valid. */
static void walk(struct span value) {
    struct span rest = value, key, inner;
    if (value.data[0] != '[' && value.data[0] != '{') return;
    while (json_next(&rest, &key, &inner)) {
        assert(json_value(inner, NULL) == (ssize_t)inner.len);
        assert((value.data[0] == '{') == (key.data != NULL));
        assert(inner.data > value.data &&
               inner.data + inner.len < value.data + value.len);
    }
    assert(rest.len == 1); /* the last bracket */
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct span text = {(uint8_t *)(uintptr_t)bytes, n};
    size_t where = 0;
    ssize_t size = json_value(text, &where);
    if (size < 0) {
        assert(where <= n);
        assert((size == JSON_ERR_CUT) <= (where == n));
        return 0;
    }
    for (ssize_t k = 0; k < size && k < 200; k++) {
        ssize_t got = json_value((struct span){text.data, (size_t)k}, NULL);
        assert(got == JSON_ERR_CUT || (got > 0 && got <= k));
    }
    walk(json_trim((struct span){text.data, (size_t)size}));
    return 0;
}
