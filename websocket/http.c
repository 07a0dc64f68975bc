/* http.c: fields, lists and targets of a parsed head (RFC 9110) */
#include "packets/hex.h"
#include "websocket/http_inside.h"

#include <assert.h>

struct span http_field(const struct http_head *h, const char *name,
                       unsigned *count) {
    struct span first = {NULL, 0};
    unsigned found = 0;
    for (unsigned i = 0; i < h->count; i++) {
        if (!span_equal_ci(h->fields[i].name, span_from(name))) continue;
        if (found++ == 0) first = h->fields[i].value;
    }
    if (count) *count = found;
    return first;
}

struct span http_trim(struct span s) {
    while (s.len > 0 && (s.data[0] == ' ' || s.data[0] == '\t'))
        s = span_skip(s, 1);
    while (s.len > 0 && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
        s.len--;
    return s;
}

bool http_element(struct span *list, struct span *element) {
    /* RFC 9110 §5.6.1.2: a recipient MUST parse and ignore a reasonable number
     * of empty list elements. */
    while (list->len > 0) {
        uint8_t *comma = memchr(list->data, ',', list->len);
        size_t n = comma ? (size_t)(comma - list->data) : list->len;
        *element = http_trim((struct span){list->data, n});
        *list = span_skip(*list, comma ? n + 1 : n);
        if (element->len > 0) return true;
    }
    return false;
}

bool http_field_has_token(const struct http_head *h, const char *name,
                          const char *token) {
    for (unsigned i = 0; i < h->count; i++) {
        if (!span_equal_ci(h->fields[i].name, span_from(name))) continue;
        struct span list = h->fields[i].value, element;
        while (http_element(&list, &element))
            if (span_equal_ci(element, span_from(token))) return true;
    }
    return false;
}

/* RFC 9110 §7.4: https MUST be rejected on a connection that is not secured:
 * not enforced: a gateway may do the TLS, and the server cannot see that. */
struct span http_authority(struct span target) {
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(schemes[i]);
        if (target.len < n) continue;
        if (!span_equal_ci((struct span){target.data, n},
                           span_from(schemes[i])))
            continue;
        struct span rest = span_skip(target, n);
        for (n = 0; n < rest.len && rest.data[n] != '/' && rest.data[n] != '?';)
            n++;
        return (struct span){rest.data, n};
    }
    return (struct span){NULL, 0};
}

struct span http_path(struct span target) {
    struct span authority = http_authority(target), path = target;
    if (authority.data) {
        path.data = authority.data + authority.len;
        path.len = target.len - (size_t)(path.data - target.data);
    }
    if (!path.data) return span_from("/");
    uint8_t *question = memchr(path.data, '?', path.len);
    if (question) path.len = (size_t)(question - path.data);
    /* RFC 9110 §4.2.3: an empty path is equivalent to "/". */
    return path.len > 0 ? path : span_from("/");
}

/* Does a percent-encoded text equal key after decoding? */
static bool is_key(struct span encoded, const char *key) {
    while (encoded.len > 0 && *key) {
        if (hex_percent_decode(&encoded) != (uint8_t)*key++) return false;
    }
    return encoded.len == 0 && *key == '\0';
}

/* Decodes a percent-encoded value into text. False: it is malformed, or has a
 * NUL, which would end the text early. */
static bool decode_value(struct span encoded, char *text, size_t size) {
    size_t n = 0;
    while (encoded.len > 0) {
        int c = hex_percent_decode(&encoded);
        if (c <= 0) return false;
        if (n < size - 1) text[n++] = (char)c;
    }
    text[n] = '\0';
    return true;
}

/* Consumes *s up to the first byte c, or all of it if there is none. Returns
 * the bytes before c. */
static struct span consume_until(struct span *s, char c) {
    uint8_t *end = s->len > 0 ? memchr(s->data, c, s->len) : NULL;
    struct span before = {s->data, end ? (size_t)(end - s->data) : s->len};
    *s = span_skip(*s, before.len + (end ? 1 : 0));
    return before;
}

int http_query(struct span target, const char *key, char *text, size_t size) {
    char repeated[1];
    int count = 0;
    assert(size > 0);
    text[0] = '\0';
    consume_until(&target, '?');
    while (target.len > 0) {
        struct span value = consume_until(&target, '&');
        struct span name = consume_until(&value, '=');
        if (!is_key(name, key)) continue;
        bool is_good = count++ == 0 ? decode_value(value, text, size)
                                    : decode_value(value, repeated, 1);
        if (!is_good) return HTTP_ERR_BAD;
    }
    return count;
}
