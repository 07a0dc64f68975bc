/*
 * json.c: a parser by recursive descent. Each function is named after the rule
 * of RFC 8259 that it parses, and consumes what the rule describes. It returns
 * 0, or a json_error; then pos is at the byte that breaks the rule.
 *
 * Entry points: json_value checks a text, json_next walks one level of it.
 * json_string.c converts the escapes in strings.
 */
#include "socketio/json.h"
#include "packets/hex.h"

#define BLOCK 64 /* bytes that are checked together, without a branch */

struct parser {
    const uint8_t *pos, *end;
    unsigned depth; /* arrays and objects around pos */
};

static int value(struct parser *p);

/* Returns the error for a byte at pos that breaks a rule. If no byte is left,
 * the text does not break the rule but is incomplete. */
static int error_at(const struct parser *p, enum json_error rule) {
    return p->pos == p->end ? JSON_ERR_INCOMPLETE : rule;
}

/* Consumes the byte c if it comes next. */
static bool consume(struct parser *p, char c) {
    if (p->pos == p->end || *p->pos != (uint8_t)c) return false;
    p->pos++;
    return true;
}

static bool is_ws(uint8_t c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

/* RFC 8259 §2: ws = *( space / tab / line feed / carriage return ) */
static void ws(struct parser *p) {
    while (p->pos < p->end && is_ws(*p->pos)) p->pos++;
}

/* RFC 8259 §3: true, false and null in lower case, and nothing else. */
static int literal(struct parser *p, const char *name) {
    for (; *name; name++)
        if (!consume(p, *name)) return error_at(p, JSON_ERR_VALUE);
    return 0;
}

/* RFC 8259 §6: 1*DIGIT */
static int digits(struct parser *p) {
    if (p->pos == p->end || !is_digit(*p->pos))
        return error_at(p, JSON_ERR_NUMBER);
    while (p->pos < p->end && is_digit(*p->pos)) p->pos++;
    return 0;
}

/* RFC 8259 §6: exp = e [ minus / plus ] 1*DIGIT, after the e. */
static int exponent(struct parser *p) {
    if (!consume(p, '-')) consume(p, '+');
    return digits(p);
}

/* RFC 8259 §6: number = [ minus ] int [ frac ] [ exp ] */
static int number(struct parser *p) {
    int error = 0;
    consume(p, '-');
    /* RFC 8259 §6: Leading zeros are not allowed. */
    if (!consume(p, '0')) error = digits(p);
    if (!error && consume(p, '.')) error = digits(p);
    if (!error && (consume(p, 'e') || consume(p, 'E'))) error = exponent(p);
    return error;
}

/* RFC 8259 §7: these characters MUST be escaped: the control characters (U+0000
 * through U+001F), quotation mark and backslash. */
#define EIGHT 1, 1, 1, 1, 1, 1, 1, 1
static const bool must_escape[256] = {EIGHT, EIGHT,     EIGHT,
                                      EIGHT, ['"'] = 1, ['\\'] = 1};

/* True if one of the n bytes must be escaped; n is 8 or BLOCK. XOR by 2 moves
 * the quotation mark (0x22) to the place of the space, next to the control
 * characters. The loop has no branch, so the compiler makes a few vector
 * instructions of it, for which 0xFF is true. */
static inline bool has_special(const uint8_t *bytes, size_t n) {
    uint8_t flags[BLOCK];
    uint64_t word, all = 0;
    for (size_t i = 0; i < n; i++)
        flags[i] = (bytes[i] ^ 2) <= ' ' || bytes[i] == '\\' ? 0xFF : 0;
    for (size_t i = 0; i < n; i += sizeof word) {
        memcpy(&word, flags + i, sizeof word);
        all |= word;
    }
    return all != 0;
}

/* RFC 8259 §7: *unescaped */
static void unescaped(struct parser *p) {
    const uint8_t *at = p->pos, *end = p->end;
    while (end - at >= BLOCK && !has_special(at, BLOCK)) at += BLOCK;
    while (end - at >= 8 && !has_special(at, 8)) at += 8;
    while (at < end && !must_escape[*at]) at++;
    p->pos = at;
}

/* RFC 8259 §7: after the backslash, one of eight characters, or "u" and
 * 4HEXDIG. */
static int escape(struct parser *p) {
    if (!consume(p, 'u')) {
        if (p->pos == p->end || !memchr("\"\\/bfnrt", *p->pos, 8))
            return error_at(p, JSON_ERR_ESCAPE);
        p->pos++;
        return 0;
    }
    for (int i = 0; i < 4; i++, p->pos++)
        if (p->pos == p->end || hex_digit(*p->pos) == -1)
            return error_at(p, JSON_ERR_ESCAPE);
    return 0;
}

/* RFC 8259 §8.1: a text MUST be UTF-8: not enforced: the layers below have
 * checked that. RFC 8259 §7: string = quotation-mark *char
 * quotation-mark; the caller has seen the first quotation mark. */
static int string(struct parser *p) {
    int error = 0;
    p->pos++;
    while (!error) {
        unescaped(p);
        if (consume(p, '"')) return 0;
        /* RFC 8259 §7: control characters MUST be escaped. */
        if (!consume(p, '\\')) return error_at(p, JSON_ERR_STRING);
        error = escape(p);
    }
    return error;
}

/* RFC 8259 §5: array = begin-array [ value *( value-separator value ) ]
 * end-array; the caller has seen the bracket. */
static int array(struct parser *p) {
    p->pos++;
    ws(p);
    if (consume(p, ']')) return 0;
    do {
        ws(p);
        int error = value(p);
        if (error) return error;
        ws(p);
    } while (consume(p, ','));
    return consume(p, ']') ? 0 : error_at(p, JSON_ERR_ARRAY);
}

/* RFC 8259 §4: member = string name-separator value */
static int member(struct parser *p) {
    if (p->pos == p->end || *p->pos != '"') return error_at(p, JSON_ERR_OBJECT);
    int error = string(p);
    if (error) return error;
    ws(p);
    if (!consume(p, ':')) return error_at(p, JSON_ERR_OBJECT);
    ws(p);
    return value(p);
}

/* RFC 8259 §4: object = begin-object [ member *( value-separator member ) ]
 * end-object; the caller has seen the brace. */
static int object(struct parser *p) {
    p->pos++;
    ws(p);
    if (consume(p, '}')) return 0;
    do {
        ws(p);
        int error = member(p);
        if (error) return error;
        ws(p);
    } while (consume(p, ','));
    return consume(p, '}') ? 0 : error_at(p, JSON_ERR_OBJECT);
}

/* An array or an object. The parser recurses only here, so the depth bounds its
 * stack. */
static int nested(struct parser *p) {
    /* RFC 8259 §9: an implementation may set limits on the maximum depth of
     * nesting. */
    if (p->depth == LIMIT_JSON_DEPTH) return JSON_ERR_DEPTH;
    p->depth++;
    int error = *p->pos == '[' ? array(p) : object(p);
    p->depth--;
    return error;
}

/* RFC 8259 §3: value = false / null / true / object / array / number / string
 */
static int value(struct parser *p) {
    if (p->pos == p->end) return JSON_ERR_INCOMPLETE;
    switch (*p->pos) {
    case '"':
        return string(p);
    case '[':
    case '{':
        return nested(p);
    case 'f':
        return literal(p, "false");
    case 'n':
        return literal(p, "null");
    case 't':
        return literal(p, "true");
    default:
        if (*p->pos != '-' && !is_digit(*p->pos)) return JSON_ERR_VALUE;
        return number(p);
    }
}

ssize_t json_value(struct span text, size_t *where) {
    if (text.len == 0) text = span_from(""); /* its data may be NULL */
    struct parser p = {.pos = text.data, .end = text.data + text.len};
    ws(&p);
    int error = value(&p);
    if (error && where) *where = (size_t)(p.pos - text.data);
    return error ? error : p.pos - text.data;
}

bool json_valid(struct span text) {
    text = json_trim(text);
    return json_value(text, NULL) == (ssize_t)text.len;
}

struct span json_trim_ws(struct span text) {
    while (text.len > 0 && is_ws(text.data[0])) text = span_skip(text, 1);
    while (text.len > 0 && is_ws(text.data[text.len - 1])) text.len--;
    return text;
}

/* Consumes the value at the front of *rest, and the white space around it.
 * Returns the value. */
static struct span next_value(struct span *rest) {
    ssize_t n = json_value(*rest, NULL);
    struct span value = {rest->data, n > 0 ? (size_t)n : 0};
    *rest = json_trim(span_skip(*rest, value.len));
    return json_trim(value);
}

bool json_next(struct span *rest, struct span *key, struct span *value) {
    *rest = json_trim(*rest);
    *key = (struct span){0};
    if (rest->len < 2) return false;        /* only the last bracket is left */
    *rest = json_trim(span_skip(*rest, 1)); /* the first bracket or a comma */
    if (rest->data[0] == ']' || rest->data[0] == '}') return false;
    *value = next_value(rest);
    if (rest->len > 0 && rest->data[0] == ':') {
        *key = json_unquote(*value);
        *rest = span_skip(*rest, 1);
        *value = next_value(rest);
    }
    return true;
}

struct span json_member(struct span object, const char *name) {
    struct span key, value;
    while (json_next(&object, &key, &value))
        if (json_string_equal(key, name)) return value;
    return (struct span){0};
}

struct span json_unquote(struct span value) {
    if (value.len < 2 || value.data[0] != '"') return (struct span){0};
    return (struct span){value.data + 1, value.len - 2};
}
