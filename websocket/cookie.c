/* cookie.c: see websocket/cookie.h. Entry points: cookie_parse, cookie_find,
 * cookie_text, cookie_set, cookie_encode, cookie_decode. */
#include "websocket/cookie.h"

#include <stdio.h>

#include "packets/hex.h"

/* cookie-octet: printable ASCII without space, quote, comma, semicolon and
 * backslash. */
static bool is_cookie_octet(uint8_t c) {
    return c > ' ' && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

/* Removes the quotes. False: it is not a cookie-value. */
static bool cookie_value(struct span *s) {
    size_t last = s->len - 1;
    /* RFC 6265 §4.1.1: the octets may be between two quotes. */
    if (s->len >= 2 && s->data[0] == '"' && s->data[last] == '"')
        *s = (struct span){s->data + 1, s->len - 2};
    for (size_t i = 0; i < s->len; i++)
        /* RFC 6265 §4.1.1: only these octets are in a cookie-value. */
        if (!is_cookie_octet(s->data[i])) return false;
    return true;
}

/* Consumes the next pair and the separator after it. False: no pair is left. */
static bool next_pair(struct span *rest, struct span *pair) {
    if (rest->len == 0) return false;
    uint8_t *end = memchr(rest->data, ';', rest->len);
    size_t n = end ? (size_t)(end - rest->data) : rest->len;
    *pair = (struct span){rest->data, n};
    *rest = span_skip(*rest, n);
    return true;
}

/* Consumes ";" and a space. False: something else follows a pair. */
static bool separator(struct span *rest) {
    if (rest->len == 0) return true;
    /* RFC 6265 §4.2.1: ";" SP, and then another pair. */
    if (rest->len < 3 || rest->data[1] != ' ') return false;
    *rest = span_skip(*rest, 2);
    return true;
}

/* Does the pair have that name? Then *value is the text after the "=". */
static bool has_name(struct span pair, const char *name, struct span *value) {
    size_t n = strlen(name);
    if (pair.len <= n || memcmp(pair.data, name, n) != 0) return false;
    *value = span_skip(pair, n + 1);
    return pair.data[n] == '=';
}

int cookie_parse(struct span field, const char *name, struct span *value) {
    struct span pair, found = {0};
    int count = 0;
    while (next_pair(&field, &pair)) {
        if (!separator(&field)) return COOKIE_ERR_SYNTAX;
        /* RFC 6265 §8.5: cookies are not isolated by port: cookies of other
         * programs are skipped, and not checked. */
        if (!has_name(pair, name, &found)) continue;
        /* RFC 6265 §4.2.2: a server SHOULD NOT rely on the order of two
         * cookies of one name: neither is accepted. */
        if (++count > 1) return COOKIE_ERR_TWICE;
        if (!cookie_value(&found)) return COOKIE_ERR_SYNTAX;
        *value = found;
    }
    return count;
}

int cookie_find(const struct http_head *request, const char *name,
                struct span *value) {
    unsigned count;
    struct span field = http_field(request, "Cookie", &count);
    /* RFC 6265 §5.4: the client MUST NOT send more than one Cookie field. */
    if (count > 1) return COOKIE_ERR_TWICE;
    return cookie_parse(field, name, value);
}

int cookie_text(const struct http_head *request, const char *name, char *text,
                size_t size) {
    struct span value;
    int found = cookie_find(request, name, &value);
    text[0] = '\0';
    return found == 1 ? cookie_decode(value, text, size) : found;
}

static bool is_unreserved(uint8_t c) {
    uint8_t lower = span_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

bool cookie_encode(struct buf *out, struct span text) {
    size_t before = buf_view(out).len;
    bool is_good = true;
    for (size_t i = 0; i < text.len && is_good; i++) {
        char encoded[4];
        snprintf(encoded, sizeof encoded, "%%%02X", text.data[i]);
        is_good = is_unreserved(text.data[i])
                      ? buf_append(out, &text.data[i], 1)
                      : buf_text(out, encoded);
    }
    if (!is_good) out->end = out->start + (uint32_t)before;
    return is_good;
}

bool cookie_set(char field[COOKIE_FIELD_MAX], const char *name,
                struct span text) {
    struct buf value = {.max = COOKIE_FIELD_MAX};
    bool is_good = cookie_encode(&value, text);
    int n = snprintf(field, COOKIE_FIELD_MAX,
                     "Set-Cookie: %s=%.*s; Path=/; HttpOnly; SameSite=Strict"
                     "\r\n",
                     name, (int)value.end, (char *)value.bytes);
    buf_free(&value);
    return is_good && n < COOKIE_FIELD_MAX;
}

int cookie_decode(struct span value, char *text, size_t size) {
    size_t n = 0;
    while (value.len > 0) {
        int c = hex_percent_decode(&value);
        if (c <= 0 || n + 1 >= size) {
            text[0] = '\0';
            return COOKIE_ERR_SYNTAX;
        }
        text[n++] = (char)c;
    }
    text[n] = '\0';
    return (int)n;
}
