#include "socketio/json.h"

/* A text being checked: what is left of it, and which arrays and objects are
 * open, the innermost first: a bit each, 1 for an object. */
struct reader {
    const uint8_t *at, *end;
    uint64_t open[LIMIT_JSON_DEPTH / 64];
    unsigned depth;
    int error;
};

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

/* RFC 8259 §2: white space. Most bytes are above it, and pass at once. */
static bool is_space(uint8_t c) {
    return c <= ' ' && (c == ' ' || c == '\t' || c == '\n' || c == '\r');
}

static const uint8_t *skip_space(const uint8_t *at, const uint8_t *end) {
    while (at < end && is_space(*at)) at++;
    return at;
}

/* Wrong here: at the end of the text it is cut, elsewhere it is bad. */
static bool bad(struct reader *r) {
    r->error = r->at == r->end ? JSON_ERR_CUT : JSON_ERR_SYNTAX;
    return false;
}

static bool take(struct reader *r, char c) {
    if (r->at == r->end || *r->at != (uint8_t)c) return bad(r);
    r->at++;
    return true;
}

static bool take_word(struct reader *r, const char *word) {
    while (*word)
        if (!take(r, *word++)) return false;
    return true;
}

/* RFC 8259 §6: digits, at least one. */
static bool take_digits(struct reader *r) {
    if (r->at == r->end || !is_digit(*r->at)) return bad(r);
    while (r->at < r->end && is_digit(*r->at)) r->at++;
    return true;
}

static bool next_is(const struct reader *r, char a, char b) {
    return r->at < r->end && (*r->at == (uint8_t)a || *r->at == (uint8_t)b);
}

/* RFC 8259 §6: [ minus ] int [ frac ] [ exp ]; leading zeros are not allowed.
 */
static bool take_number(struct reader *r) {
    if (next_is(r, '-', '-')) r->at++;
    if (next_is(r, '0', '0'))
        r->at++;
    else if (!take_digits(r))
        return false;
    if (next_is(r, '.', '.')) {
        r->at++;
        if (!take_digits(r)) return false;
    }
    if (next_is(r, 'e', 'E')) {
        r->at++;
        if (next_is(r, '+', '-')) r->at++;
        if (!take_digits(r)) return false;
    }
    return true;
}

/* Its top bits are set for each byte of word that is zero, and perhaps for
 * bytes above one: good enough to ask whether there is any. */
static uint64_t zeros(uint64_t word) {
    return (word - 0x0101010101010101u) & ~word & 0x8080808080808080u;
}

/* Not zero if one of eight bytes ends a string or is forbidden in one. */
static uint64_t special(uint64_t word) {
    const uint64_t each = 0x0101010101010101u;
    uint64_t control = (word - each * 0x20) & ~word & each * 0x80;
    return control | zeros(word ^ each * '"') | zeros(word ^ each * '\\');
}

/* Skips blocks in which nothing is special. Those of 32 bytes have no branch
 * inside, so that the compiler makes vectors of them. */
static const uint8_t *skip_plain(const uint8_t *at, const uint8_t *end) {
    for (; end - at >= 32; at += 32) {
        uint8_t any = 0;
        for (size_t i = 0; i < 32; i++)
            any |= (uint8_t)((at[i] < 0x20) | (at[i] == '"') | (at[i] == '\\'));
        if (any) break;
    }
    for (; end - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        if (special(word)) break;
    }
    return at;
}

/* What follows a backslash (RFC 8259 §7). */
static bool take_escape(struct reader *r) {
    if (r->at == r->end) return bad(r);
    uint8_t c = *r->at;
    if (c == 'u') {
        r->at++;
        for (int i = 0; i < 4; i++, r->at++) {
            if (r->at == r->end) return bad(r);
            uint8_t lower = *r->at | 0x20;
            if (!is_digit(*r->at) && (lower < 'a' || lower > 'f'))
                return bad(r);
        }
        return true;
    }
    if (!memchr("\"\\/bfnrt", c, 8)) return bad(r);
    r->at++;
    return true;
}

static bool take_string(struct reader *r) {
    if (!take(r, '"')) return false;
    for (;;) {
        r->at = skip_plain(r->at, r->end);
        while (r->at < r->end && *r->at >= 0x20 && *r->at != '"' &&
               *r->at != '\\')
            r->at++;
        /* RFC 8259 §7: control characters MUST be escaped. */
        if (r->at == r->end || *r->at < 0x20) return bad(r);
        if (*r->at++ == '"') return true;
        if (!take_escape(r)) return false;
    }
}

static bool in_object(const struct reader *r) {
    unsigned i = r->depth - 1;
    return r->open[i / 64] >> i % 64 & 1;
}

/* An array or an object begins. */
static bool descend(struct reader *r, bool object) {
    /* RFC 8259 §9: a parser may limit the depth of nesting. */
    if (r->depth == LIMIT_JSON_DEPTH) {
        r->error = JSON_ERR_DEPTH;
        return false;
    }
    unsigned i = r->depth++;
    r->at++;
    r->open[i / 64] &= ~(1ull << i % 64);
    r->open[i / 64] |= (uint64_t)object << i % 64;
    return true;
}

/* RFC 8259 §4: the name of a member and its colon. */
static bool take_name(struct reader *r) {
    r->at = skip_space(r->at, r->end);
    if (!take_string(r)) return false;
    r->at = skip_space(r->at, r->end);
    return take(r, ':');
}

/* RFC 8259 §3: a value without its inside; *more: it has one, and the next
 * value is in it. */
static bool take_start(struct reader *r, bool *more) {
    r->at = skip_space(r->at, r->end);
    *more = false;
    switch (r->at < r->end ? *r->at : 0) {
    case '{':
    case '[':
        if (!descend(r, *r->at == '{')) return false;
        r->at = skip_space(r->at, r->end);
        if (next_is(r, in_object(r) ? '}' : ']', in_object(r) ? '}' : ']'))
            return true; /* empty: ended by take_ends */
        *more = true;
        return !in_object(r) || take_name(r);
    case '"':
        return take_string(r);
    case 't':
        return take_word(r, "true");
    case 'f':
        return take_word(r, "false");
    case 'n':
        return take_word(r, "null");
    default:
        return take_number(r);
    }
}

/* After a value: the ends of what it closes, up to a comma. False: an error;
 * depth is 0 when all is closed. */
static bool take_ends(struct reader *r) {
    while (r->depth > 0) {
        r->at = skip_space(r->at, r->end);
        if (next_is(r, ',', ',')) {
            r->at++;
            return !in_object(r) || take_name(r);
        }
        if (!take(r, in_object(r) ? '}' : ']')) return false;
        r->depth--;
    }
    return true;
}

/* An empty array or object must not be continued with a comma. */
static bool close_empty(struct reader *r) {
    r->at++;
    r->depth--;
    return true;
}

ssize_t json_value(struct span text, size_t *where) {
    struct reader r = {.at = text.data, .end = text.data + text.len};
    bool more = true, good = text.len > 0 || bad(&r);
    while (good) {
        unsigned before = r.depth;
        good = take_start(&r, &more);
        if (!good || more) continue;
        if (r.depth > before) close_empty(&r);
        good = take_ends(&r);
        if (good && r.depth == 0) return r.at - text.data;
    }
    if (where) *where = (size_t)(r.at - text.data);
    return r.error;
}

struct span json_trim(struct span text) {
    while (text.len > 0 && is_space(text.data[0])) text = span_skip(text, 1);
    while (text.len > 0 && is_space(text.data[text.len - 1])) text.len--;
    return text;
}

bool json_valid(struct span text) {
    text = json_trim(text);
    return json_value(text, NULL) == (ssize_t)text.len;
}

/* Cuts the next value off rest, and the white space around it. */
static struct span cut_value(struct span *rest) {
    *rest = json_trim(*rest);
    ssize_t n = json_value(*rest, NULL);
    struct span value = {rest->data, n > 0 ? (size_t)n : 0};
    *rest = json_trim(span_skip(*rest, value.len));
    return value;
}

bool json_next(struct span *rest, struct span *key, struct span *value) {
    *rest = json_trim(*rest);
    *key = (struct span){0};
    if (rest->len < 2) return false;        /* the last bracket */
    *rest = json_trim(span_skip(*rest, 1)); /* the first one, or a comma */
    if (rest->data[0] == ']' || rest->data[0] == '}') return false;
    *value = cut_value(rest);
    if (rest->len > 0 && rest->data[0] == ':') {
        *key = json_string(*value);
        *rest = span_skip(*rest, 1);
        *value = cut_value(rest);
    }
    return true;
}

struct span json_member(struct span object, const char *name) {
    struct span key, value;
    while (json_next(&object, &key, &value))
        if (span_equal(key, span_from(name))) return value;
    return (struct span){0};
}

struct span json_string(struct span value) {
    if (value.len < 2 || value.data[0] != '"') return (struct span){0};
    return (struct span){value.data + 1, value.len - 2};
}

bool json_put_string(struct buf *out, struct span bytes) {
    uint32_t before = out->end - out->start;
    bool ok = buf_append(out, "\"", 1);
    for (size_t i = 0; ok && i < bytes.len; i++) {
        static const char hex[] = "0123456789abcdef";
        uint8_t c = bytes.data[i];
        char escape[] = {'\\', (char)c, '0', '0', hex[c >> 4], hex[c & 15]};
        if (c < 0x20) escape[1] = 'u';
        size_t n = c < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : 1;
        ok = buf_append(out, n == 1 ? (char *)&c : escape, n);
    }
    ok = ok && buf_append(out, "\"", 1);
    if (!ok) out->end = out->start + before;
    return ok;
}
