/* extension.c: see websocket/extension.h. Each function except skip is named
 * after a rule of the grammar of RFC 6455 §9.1. It consumes that from the start
 * of *s, and returns false if something else is there. */
#include "websocket/extension.h"

#include "websocket/http_inside.h"

static void skip_spaces(struct span *s) {
    while (s->len > 0 && (s->data[0] == ' ' || s->data[0] == '\t'))
        *s = span_skip(*s, 1);
}

/* Skips a character, and the spaces around it. False: another character
 * follows. */
static bool skip(struct span *s, char c) {
    skip_spaces(s);
    if (s->len == 0 || s->data[0] != (uint8_t)c) return false;
    *s = span_skip(*s, 1);
    skip_spaces(s);
    return true;
}

static bool token(struct span *s) {
    size_t n = 0;
    while (n < s->len && http_is_token(s->data[n])) n++;
    *s = span_skip(*s, n);
    return n > 0;
}

static bool quoted_string(struct span *s) {
    size_t n = 1;
    for (; n < s->len && s->data[n] != '"'; n++) {
        if (s->data[n] == '\\' && ++n == s->len) return false;
        /* RFC 6455 §9.1: without its quotes the value MUST be a token. */
        if (!http_is_token(s->data[n])) return false;
    }
    if (n >= s->len || n == 1) return false;
    *s = span_skip(*s, n + 1);
    return true;
}

/* extension-param = token [ "=" (token | quoted-string) ] */
static bool extension_param(struct span *s) {
    if (!token(s)) return false;
    if (!skip(s, '=')) return true;
    return s->len > 0 && s->data[0] == '"' ? quoted_string(s) : token(s);
}

/* extension = extension-token *( ";" extension-param ) */
static bool extension(struct span *s) {
    if (!token(s)) return false;
    while (skip(s, ';'))
        if (!extension_param(s)) return false;
    return true;
}

/* extension-list = 1#extension. RFC 2616 §2.1: elements of a list may be
 * empty, but they do not count. */
static bool extension_list(struct span s) {
    bool has_one = false;
    for (;;) {
        while (skip(&s, ',')) continue;
        if (s.len == 0) return has_one;
        if (!extension(&s)) return false;
        has_one = true;
        if (s.len > 0 && s.data[0] != ',') return false;
    }
}

bool extension_lists_are_valid(const struct http_head *head) {
    for (unsigned i = 0; i < head->count; i++) {
        const struct http_field *f = &head->fields[i];
        if (span_equal_ci(f->name, span_from("Sec-WebSocket-Extensions")) &&
            !extension_list(f->value))
            return false;
    }
    return true;
}
