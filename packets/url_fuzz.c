/* url_fuzz.c: joining the parts gives the text that was split; a text that is
 * refused is not changed; and the parts of a URL make the URL. */
#include "packets/url.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void join(const char *text, size_t n) {
    char *joined = calloc(1, n + 10);
    struct url u;
    if (!joined) abort();
    if (url_parse(&u, text, "ws://") == 0) {
        sprintf(joined, "ws://%s%s", u.authority, u.path);
        assert(strcmp(joined, text) == 0);
        sprintf(joined, *u.authority == '[' ? "[%s]:%s" : "%s:%s", u.host,
                u.port);
        assert(strcmp(joined, u.authority) == 0);
    }
    free(joined);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    char *text = calloc(2, n + 1), *joined = calloc(1, n + 3);
    char *host = NULL, *port = NULL;
    if (!text || !joined) abort();
    char *before = text + n + 1;
    if (n > 0) memcpy(text, bytes, n);
    memcpy(before, text, n + 1);
    if (url_split_host_port(text, &host, &port) != 0) {
        assert(memcmp(text, before, n + 1) == 0);
    } else {
        const char *form = *before == '[' ? "[%s]:%s" : "%s:%s";
        snprintf(joined, n + 3, form, host, port);
        assert(strcmp(joined, before) == 0);
        assert(*host && !strchr(port, ':'));
        assert(*before == '[' || !strchr(host, ':'));
        long number = strtol(port, NULL, 10);
        assert(number >= 1 && number <= 65535);
    }
    join(before, n);
    free(text);
    free(joined);
    return 0;
}
