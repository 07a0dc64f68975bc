/* dns_name_fuzz.c: a name that was read is a name without pointers, and its
 * text is read as the same name; a text that is a name is written as one. */
#include "packets/dns_name.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_text(const struct dns_name *name) {
    char text[DNS_TEXT_MAX];
    struct dns_name again;
    assert(strlen(dns_name_text(name, text)) < DNS_TEXT_MAX);
    assert(dns_name_from(&again, text) == 0);
    assert(span_equal(dns_name_span(&again), dns_name_span(name)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct dns_name name, plain;
    uint8_t alone[12 + LIMIT_DNS_NAME] = {0};
    for (size_t at = 0; at <= n; at++) {
        struct span all = {(uint8_t *)(uintptr_t)bytes, n};
        int size = dns_name_parse(all, at, &name);
        assert(size <= (int)(n - at) && size >= DNS_ERR_DEPTH);
        if (size <= 0) continue;
        assert(size <= name.len + 1); /* a pointer has 2 bytes, the root 1 */
        memcpy(alone + 12, name.bytes, name.len);
        struct span copy = {alone, 12u + name.len};
        assert(dns_name_parse(copy, 12, &plain) == name.len);
        assert(dns_name_equal(&name, &plain));
        assert(dns_name_is_within(&name, &plain));
        check_text(&name);
    }
    char *text = malloc(n + 1);
    if (!text) return 0;
    memcpy(text, bytes, n);
    text[n] = '\0';
    if (dns_name_from(&name, text) == 0) check_text(&name);
    free(text);
    return 0;
}
