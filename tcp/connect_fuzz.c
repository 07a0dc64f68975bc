/* connect_fuzz.c: what was split can be joined again, in one way only; what is
 * refused is left as it was. */
#include "tcp/connect.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    char *text = calloc(2, n + 1), *joined = calloc(1, n + 3);
    char *host = NULL, *port = NULL;
    if (!text || !joined) abort();
    char *before = text + n + 1;
    if (n > 0) memcpy(text, bytes, n);
    memcpy(before, text, n + 1);
    if (connect_split(text, &host, &port) == -1) {
        assert(memcmp(text, before, n + 1) == 0);
    } else {
        const char *form = *before == '[' ? "[%s]:%s" : "%s:%s";
        snprintf(joined, n + 3, form, host, port);
        assert(strcmp(joined, before) == 0);
        assert(*host && *port && !strchr(port, ':'));
        assert(*before == '[' || !strchr(host, ':'));
    }
    free(text);
    free(joined);
    return 0;
}
