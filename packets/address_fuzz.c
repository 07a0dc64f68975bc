/* address_fuzz.c: inet_pton agrees with address_parse, and the text of an
 * address is parsed as the same address. */
#include "packets/address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void reads_its_own_text(const struct address *a) {
    struct address again;
    char text[ADDRESS_TEXT_MAX];
    assert(address_parse(&again, address_text(a, text)));
    assert(address_equal(a, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct address a;
    char *text = malloc(n + 1);
    if (!text) return 0;
    if (n > 0) memcpy(text, bytes, n);
    text[n] = '\0';
    uint8_t judge[16];
    bool is_good = address_parse(&a, text);
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;
    assert(is_good == (inet_pton(family, text, judge) == 1));
    assert(!is_good || memcmp(judge, a.bytes, a.len) == 0);
    free(text);
    if (is_good) reads_its_own_text(&a);
    if (n < 16) return 0;
    a = address_from((struct span){(uint8_t *)(uintptr_t)bytes, 16});
    reads_its_own_text(&a);
    a.len = 4;
    reads_its_own_text(&a);
    return 0;
}
