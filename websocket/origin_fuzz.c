/* origin_fuzz.c: the server's own origin is a scheme, "://" and the Host, and
 * no other; a list of one origin allows that origin only. */
#include "websocket/origin.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* The slow, plain way: writes the server's two own origins and compares. */
static bool is_own(const char *origin, const char *host) {
    char own[600];
    snprintf(own, sizeof own, "http://%s", host);
    if (strcasecmp(origin, own) == 0) return true;
    snprintf(own, sizeof own, "https://%s", host);
    return strcasecmp(origin, own) == 0;
}

/* The first n bytes, or up to a NUL, as a C string. */
static char *text_of(const uint8_t *bytes, size_t n) {
    char *text = calloc(1, n + 1);
    if (!text) abort();
    for (size_t i = 0; i < n && bytes[i]; i++) text[i] = (char)bytes[i];
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (n > 512) return 0;
    const uint8_t *line = n ? memchr(bytes, '\n', n) : NULL;
    size_t first = line ? (size_t)(line - bytes) : n;
    char *origin = text_of(bytes, first);
    char *host = text_of(bytes + first, line ? n - first : 0);
    const char *name = *host ? host + 1 : host;

    bool plain = *name && !strpbrk(name, "/?"); /* as http_request accepts it */
    bool got = origin_allowed(span_from(origin), span_from(name), NULL);
    if (plain) assert(got == is_own(origin, name));
    if (!strchr(name, ','))
        assert(!origin_allowed(span_from(origin), span_from(""), name) ||
               strlen(origin) <= strlen(name) || strcmp(name, "*") == 0);
    if (origin_is_loopback(span_from(name)))
        assert(strncasecmp(name, "localhost", 9) == 0 ||
               strncmp(name, "127.", 4) == 0 ||
               strncmp(name, "[::1]", 5) == 0 || strcmp(name, "::1") == 0);
    free(origin);
    free(host);
    return 0;
}
