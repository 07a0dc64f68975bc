/*
 * json_string.c: converting the escapes of a JSON string (RFC 8259 §7)
 *
 *   caf\u00e9 \ud83d\ude00 \n      with escapes, between the quotes
 *   café 😀 and a line feed      the characters, in UTF-8
 *
 * Entry points: json_string_equal compares the characters, json_write_string
 * writes the escapes that must be there.
 */
#include "packets/hex.h"
#include "socketio/json.h"

/* Returns the number that the four digits of a valid escape stand for. */
static uint32_t hex_number(const uint8_t digits[4]) {
    uint32_t number = 0;
    for (size_t i = 0; i < 4; i++)
        number = number << 4 | (uint32_t)hex_digit(digits[i]);
    return number;
}

/* RFC 8259 §7: consumes the valid escape at the front of *raw and returns its
 * code point. */
static uint32_t code_point(struct span *raw) {
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    uint8_t name = raw->data[1];
    *raw = span_skip(*raw, 2);
    if (name != 'u')
        return (uint8_t)meanings[(const char *)strchr(names, name) - names];
    uint32_t high = hex_number(raw->data);
    *raw = span_skip(*raw, 4);
    if (high < 0xD800 || high > 0xDBFF) return high;
    /* RFC 8259 §7: a character above U+FFFF is two escapes, the surrogates. */
    if (raw->len < 6 || raw->data[0] != '\\' || raw->data[1] != 'u')
        return high;
    uint32_t low = hex_number(raw->data + 2);
    if (low < 0xDC00 || low > 0xDFFF) return high;
    *raw = span_skip(*raw, 6);
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/* Writes c in UTF-8 and returns the size. A surrogate that is not part of a
 * pair is not a character (RFC 3629 §3): no UTF-8 text contains the three bytes
 * that this function writes for it, so no text equals it. */
static size_t encode(uint32_t c, uint8_t out[4]) {
    size_t size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size - 1; i > 0; i--, c >>= 6) out[i] = 0x80 | (c & 0x3F);
    out[0] = (uint8_t)(leads[size] | c);
    return size;
}

/* Returns how many bytes at the front are the same in both, without escapes. */
static size_t common_length(struct span raw, const char *text) {
    size_t n = 0;
    while (n < raw.len && text[n] != '\0' && raw.data[n] == (uint8_t)text[n] &&
           raw.data[n] != '\\')
        n++;
    return n;
}

bool json_string_equal(struct span raw, const char *text) {
    size_t n = common_length(raw, text);
    if (n == raw.len) return text[n] == '\0';
    if (raw.data[n] != '\\') return false;
    raw = span_skip(raw, n);
    struct span rest = span_from(text + n);
    /* RFC 8259 §8.3: strings are compared after their escapes are converted. */
    while (raw.len > 0) {
        uint8_t bytes[4] = {raw.data[0]};
        size_t size = 1;
        if (bytes[0] == '\\')
            size = encode(code_point(&raw), bytes);
        else
            raw = span_skip(raw, 1);
        if (rest.len < size || memcmp(rest.data, bytes, size) != 0)
            return false;
        rest = span_skip(rest, size);
    }
    return rest.len == 0;
}

/* RFC 8259 §7: writes c as it is in a string: with an escape if it MUST have
 * one. Returns the size. */
static size_t write_char(uint8_t c, uint8_t out[6]) {
    static const char hex[] = "0123456789abcdef";
    if (c < 0x20) {
        memcpy(out, "\\u00", 4);
        out[4] = (uint8_t)hex[c >> 4];
        out[5] = (uint8_t)hex[c & 15];
        return 6;
    }
    bool is_special = c == '"' || c == '\\';
    if (is_special) *out++ = '\\';
    *out = c;
    return is_special ? 2 : 1;
}

bool json_write_string(struct buf *out, struct span bytes) {
    uint32_t before = out->end - out->start;
    bool ok = buf_append(out, "\"", 1);
    for (size_t i = 0; ok && i < bytes.len; i++) {
        uint8_t c[6];
        ok = buf_append(out, c, write_char(bytes.data[i], c));
    }
    ok = ok && buf_append(out, "\"", 1);
    if (!ok) out->end = out->start + before;
    return ok;
}
