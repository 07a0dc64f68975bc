/* json_fuzz.c: each prefix of a valid text is incomplete, never wrong (a number
 * may also end there). Walking a text visits every value, with only structure
 * between them. A string is equal to what a second decoder makes of it; written
 * as JSON again, it still is. */
#include "socketio/json.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* RFC 3629 §3: the table of bits, from the last byte to the first. */
static void append_utf8(struct buf *out, uint32_t c) {
    uint8_t utf8[] = {
        (uint8_t)(0xF0 | c >> 18), (uint8_t)(0x80 | (c >> 12 & 0x3F)),
        (uint8_t)(0x80 | (c >> 6 & 0x3F)), (uint8_t)(0x80 | (c & 0x3F))};
    size_t size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (size == 1) utf8[3] = (uint8_t)c;
    if (size == 2) utf8[2] = (uint8_t)(0xC0 | c >> 6);
    if (size == 3) utf8[1] = (uint8_t)(0xE0 | c >> 12);
    buf_append(out, utf8 + 4 - size, size);
}

/* The number of a \u escape whose digits begin here. */
static uint32_t unit(const uint8_t *digits) {
    char hex[5] = {0};
    memcpy(hex, digits, 4);
    return (uint32_t)strtoul(hex, NULL, 16);
}

static uint8_t simple_escape(uint8_t c) {
    return c == 'b'   ? 8
           : c == 't' ? 9
           : c == 'n' ? 10
           : c == 'f' ? 12
           : c == 'r' ? 13
                      : c;
}

/* Decodes a valid string. False: it has a surrogate on its own or U+0000, so
 * no C string in UTF-8 is equal to it. */
static bool decode(struct span raw, struct buf *out) {
    uint32_t high = 0; /* a high surrogate that waits for the low one */
    for (size_t i = 0; i < raw.len; i++) {
        uint8_t c = raw.data[i];
        bool is_unit = c == '\\' && raw.data[i + 1] == 'u';
        uint32_t number = is_unit ? unit(raw.data + i + 2) : 0;
        bool is_low = number >= 0xDC00 && number <= 0xDFFF;
        if (is_low != (high != 0) || (is_unit ? number : c) == 0) return false;
        if (is_low)
            number = 0x10000 + ((high & 0x3FF) << 10 | (number & 0x3FF));
        bool is_high = number >= 0xD800 && number <= 0xDBFF;
        high = is_high ? number : 0;
        if (is_unit && !is_high) append_utf8(out, number);
        if (!is_unit && c == '\\') c = simple_escape(raw.data[++i]);
        if (!is_unit) buf_append(out, &c, 1);
        i += is_unit ? 5 : 0;
    }
    buf_append(out, "", 1); /* makes it a C string */
    return high == 0;
}

static void check_string(struct span raw) {
    struct buf text = {.max = 1 << 20}, again = {.max = 1 << 23};
    if (decode(raw, &text)) {
        const char *c_string = (const char *)text.bytes;
        assert(json_string_equal(raw, c_string));
        struct span meant = span_from(c_string);
        assert(json_write_string(&again, meant));
        assert(json_valid(buf_view(&again)));
        assert(json_string_equal(json_unquote(buf_view(&again)), c_string));
        if (meant.len > 0) text.bytes[0] ^= 1; /* another text */
        assert(json_string_equal(raw, c_string) == (meant.len == 0));
    }
    buf_free(&text);
    buf_free(&again);
}

/* Only structure is between two parts of an array or an object. */
static void check_gap(const uint8_t *from, const uint8_t *to) {
    assert(from <= to);
    for (; from < to; from++) assert(strchr("[]{},:\" \t\r\n", *from) && *from);
}

/* Walks all levels. */
static void walk(struct span value) {
    struct span rest = value, key, inner;
    const uint8_t *covered = value.data, *end = value.data + value.len;
    assert(json_value(value, NULL) == (ssize_t)value.len);
    if (value.data[0] == '"') check_string(json_unquote(value));
    if (value.data[0] != '[' && value.data[0] != '{') return;
    while (json_next(&rest, &key, &inner)) {
        assert((value.data[0] == '{') == (key.data != NULL));
        if (key.data) {
            check_gap(covered, key.data);
            check_string(key);
            covered = key.data + key.len;
        }
        check_gap(covered, inner.data);
        covered = inner.data + inner.len;
        walk(inner);
    }
    assert(rest.len == 1); /* the last bracket */
    check_gap(covered, end);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct span text = {(uint8_t *)(uintptr_t)bytes, n};
    size_t where = 0;
    ssize_t size = json_value(text, &where);
    assert(json_valid(text) ==
           (size >= 0 && json_trim(text).len > 0 &&
            json_trim(span_skip(text, (size_t)size)).len == 0));
    if (size < 0) {
        assert(where <= n);
        assert((size == JSON_ERR_INCOMPLETE) <= (where == n));
        return 0;
    }
    for (ssize_t k = 0; k < size && k < 200; k++) {
        ssize_t got = json_value((struct span){text.data, (size_t)k}, NULL);
        assert(got == JSON_ERR_INCOMPLETE || (got > 0 && got <= k));
    }
    walk(json_trim((struct span){text.data, (size_t)size}));
    return 0;
}
