/* base64_fuzz.c: decoding what was encoded gives the same bytes, in place, too;
 * and of all texts only one decodes to some bytes. */
#include "websocket/base64.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void *allocate(size_t n) {
    void *bytes = malloc(n ? n : 1);
    if (!bytes) abort();
    return bytes;
}

static void encoded_decodes(const uint8_t *bytes, size_t n) {
    size_t size = BASE64_SIZE(n);
    char *text = allocate(size);
    assert(base64_encode(bytes, n, text) == size);
    assert(base64_decode(text, size, (uint8_t *)text) == (ssize_t)n);
    assert(memcmp(text, bytes, n) == 0);
    free(text);
}

static void decoded_encodes(const uint8_t *bytes, size_t n) {
    uint8_t *made = allocate(n / 4 * 3);
    ssize_t got = base64_decode((const char *)bytes, n, made);
    if (got >= 0) {
        char *text = allocate(n);
        assert(BASE64_SIZE((size_t)got) == n);
        base64_encode(made, (size_t)got, text);
        assert(memcmp(text, bytes, n) == 0);
        free(text);
    }
    free(made);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (n == 0) return 0;
    encoded_decodes(bytes, n);
    decoded_encodes(bytes, n);
    return 0;
}
