/* explain_show.c: see packets/explain_show.h. */
#include "packets/explain_show.h"

#include <stdio.h>

enum {
    TEXT_MAX = 48 /* characters of a text */
};

void explain_show_ascii(char *text, struct span bytes, size_t max) {
    size_t n = bytes.len < max ? bytes.len : max;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = bytes.data[i];
        text[i] = '.';
        if (c >= ' ' && c <= '~') text[i] = (char)c;
    }
    text[n] = '\0';
}

static int quote(char text[EXPLAIN_SHOW_MAX], struct span bytes, char mark) {
    char part[TEXT_MAX + 1];
    explain_show_ascii(part, bytes, TEXT_MAX);
    return snprintf(text, EXPLAIN_SHOW_MAX, "%c%s%c%s", mark, part, mark,
                    bytes.len > TEXT_MAX ? "..." : "");
}

static int decimal(char *text, uint64_t number) {
    char digits[20]; /* in reverse order */
    int count = 0, n = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0) text[n++] = digits[--count];
    return n;
}

static int hexadecimal(char *text, uint64_t number, uint32_t bits) {
    int n = 2;
    memcpy(text, "0x", 2);
    for (uint32_t k = (bits + 3) / 4; k > 0; k--)
        text[n++] = "0123456789abcdef"[number >> 4 * (k - 1) & 15];
    return n;
}

/* Writes the value without words. Returns its length. */
static int bare_value(char text[EXPLAIN_SHOW_MAX], const struct explain *e,
                      const struct explain_field *f) {
    struct span bytes = explain_bytes(e, f);
    bool has_words = (f->note > 0 || f->kind == EXPLAIN_ADDRESS) && !f->is_cut;
    if (f->bits == 0 || f->kind == EXPLAIN_HEADER) return 0;
    if (f->kind == EXPLAIN_TEXT) {
        bool has_quotes = memchr(bytes.data, '"', bytes.len) != NULL;
        return quote(text, bytes, has_quotes ? '\'' : '"');
    }
    if (f->kind == EXPLAIN_NUMBER) return decimal(text, f->number);
    if (f->kind == EXPLAIN_HEX) return hexadecimal(text, f->number, f->bits);
    if (has_words) return 0;
    if (bytes.len <= EXPLAIN_SHOW_SHORT) return quote(text, bytes, '|');
    int n = decimal(text, bytes.len);
    memcpy(text + n, " bytes", 6);
    return n + 6;
}

size_t explain_show_value(char text[EXPLAIN_SHOW_MAX], const struct explain *e,
                          const struct explain_field *f) {
    char space[EXPLAIN_WORDS_MAX];
    const char *words = explain_words(e, f, space);
    size_t n = (size_t)bare_value(text, e, f), len = strlen(words);
    size_t max_len = EXPLAIN_SHOW_MAX - 1 - n - 2;
    if (n > 0 && len > 0) {
        memcpy(text + n, ", ", 2);
        n += 2;
    }
    if (len > max_len) len = max_len;
    memcpy(text + n, words, len);
    text[n + len] = '\0';
    return n + len;
}
