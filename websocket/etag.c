/* etag.c: see websocket/etag.h. Entry points: etag_write, etag_is_listed. */
#include "websocket/etag.h"

#include <inttypes.h>
#include <stdio.h>

#include "websocket/http.h"

void etag_write(char text[ETAG_SIZE], struct span body) {
    uint64_t hash = 0xcbf29ce484222325; /* FNV-1a: the offset basis */
    for (size_t i = 0; i < body.len; i++)
        hash = (hash ^ body.data[i]) * 0x100000001b3; /* and the prime */
    snprintf(text, ETAG_SIZE, "\"%016" PRIx64 "\"", hash);
}

bool etag_is_listed(struct span if_none_match, const char *etag) {
    struct span tag;
    /* RFC 9110 §13.1.2: "*" matches any version. */
    if (span_equal(if_none_match, span_from("*"))) return true;
    while (http_element(&if_none_match, &tag)) {
        /* RFC 9110 §13.1.2: a recipient MUST use the weak comparison: the
         * prefix W/ does not count. */
        if (tag.len > 2 && tag.data[0] == 'W' && tag.data[1] == '/')
            tag = span_skip(tag, 2);
        if (span_equal(tag, span_from(etag))) return true;
    }
    return false;
}
