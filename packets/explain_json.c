/* explain_json.c: see packets/explain_json.h. */
#include "packets/explain_json.h"

#include <stdio.h>

static void put_number(struct buf *out, const char *name, uint64_t value) {
    const char *quote = value >> 53 ? "\"" : "";
    char digits[24], *first = digits + sizeof digits - 1;
    *first = '\0';
    do {
        *--first = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    buf_text(out, ",\"");
    buf_text(out, name);
    buf_text(out, "\":");
    buf_text(out, quote);
    buf_text(out, first);
    buf_text(out, quote);
}

/* Returns the length of the UTF-8 character at the front of s, 1 to 4 bytes, or
 * 0: there is none (RFC 3629 §4). */
static size_t character(struct span s) {
    static const struct {
        uint8_t first, last, low, high; /* first byte; second byte */
        size_t len;
    } rows[] = {{0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2},
                {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
                {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
                {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
                {0xf4, 0xf4, 0x80, 0x8f, 4}};
    size_t k = 0, count = sizeof rows / sizeof *rows;
    while (k < count && (s.data[0] < rows[k].first || s.data[0] > rows[k].last))
        k++;
    if (k == count || s.len < rows[k].len) return 0;
    if (rows[k].len == 1) return 1;
    if (s.data[1] < rows[k].low || s.data[1] > rows[k].high) return 0;
    for (size_t i = 2; i < rows[k].len; i++)
        if (s.data[i] < 0x80 || s.data[i] > 0xbf) return 0;
    return rows[k].len;
}

/* Returns the length of the character at the front of s, or 0: it must be
 * escaped, as control characters, U+0080 to U+009F included. */
static size_t plain(struct span s) {
    uint8_t c = s.data[0];
    if (c < 0x20 || c == 0x7f || c == '"' || c == '\\') return 0;
    if (c < 0x80) return 1;
    size_t len = character(s);
    return len == 2 && c == 0xc2 && s.data[1] < 0xa0 ? 0 : len;
}

/* Escapes the character at the front of s. Returns its length. */
static size_t put_escaped(struct buf *out, struct span s) {
    size_t len = character(s);
    unsigned code = len == 0 ? 0xfffd : s.data[len - 1];
    char text[8];
    if (code == '"' || code == '\\')
        snprintf(text, sizeof text, "\\%c", (char)code);
    else
        snprintf(text, sizeof text, "\\u%04x", code);
    buf_text(out, text);
    return len > 0 ? len : 1;
}

static void put_string(struct buf *out, struct span s) {
    buf_text(out, "\"");
    while (s.len > 0) {
        size_t n = 0, len = 1;
        while (n < s.len && len > 0) n += len = plain(span_skip(s, n));
        buf_append(out, s.data, n);
        s = span_skip(s, n);
        if (s.len > 0) s = span_skip(s, put_escaped(out, s));
    }
    buf_text(out, "\"");
}

static void put_member(struct buf *out, const char *name, const char *value) {
    if (*value == '\0') return;
    buf_text(out, ",\"");
    buf_text(out, name);
    buf_text(out, "\":");
    put_string(out, span_from(value));
}

static void put_hex(struct buf *out, struct span bytes) {
    buf_text(out, ",\"hex\":\"");
    uint8_t *to = buf_reserve(out, 2 * bytes.len);
    for (size_t i = 0; to && i < bytes.len; i++) {
        to[2 * i] = (uint8_t) "0123456789abcdef"[bytes.data[i] >> 4];
        to[2 * i + 1] = (uint8_t) "0123456789abcdef"[bytes.data[i] & 15];
    }
    if (to) out->end += 2 * (uint32_t)bytes.len;
    buf_text(out, "\"");
}

static void put_value(struct buf *out, const struct explain *e,
                      const struct explain_field *f) {
    struct span bytes = explain_bytes(e, f);
    if (f->kind == EXPLAIN_NUMBER || f->kind == EXPLAIN_HEX) {
        if (f->bits > 0) put_number(out, "value", f->number);
        return;
    }
    if (f->kind == EXPLAIN_TEXT) {
        buf_text(out, ",\"text\":");
        put_string(out, bytes);
    }
    if (f->kind != EXPLAIN_HEADER) put_hex(out, bytes);
}

/* What the fields of one depth have in common. */
struct level {
    const char *section; /* of the header that contains them */
    int depth;           /* without headers of other layers */
    uint8_t layer;
};

/* Appends an object without its end. It has the layer and the section if they
 * differ from those outside. */
static void put_field(struct buf *out, const struct explain *e,
                      const struct explain_field *f,
                      const struct level *outer) {
    char words[EXPLAIN_WORDS_MAX];
    buf_text(out, "{\"name\":");
    put_string(out, span_from(f->name));
    if (f->layer != outer->layer) {
        put_number(out, "layer", f->layer);
        put_member(out, "osi", explain_osi(f->layer));
        put_member(out, "internet", explain_internet(f->layer));
    }
    if (strcmp(f->section, outer->section) != 0)
        put_member(out, "section", f->section);
    put_number(out, "bit", f->bit);
    put_number(out, "bits", f->bits);
    put_value(out, e, f);
    put_member(out, "words", explain_words(e, f, words));
    if (f->is_derived) buf_text(out, ",\"derived\":true");
    if (f->is_wrong) buf_text(out, ",\"wrong\":true");
    if (f->is_cut) buf_text(out, ",\"cut\":true");
}

bool explain_json_write(struct buf *out, const struct explain *e, int layer) {
    struct level levels[EXPLAIN_MAX_DEPTH + 1];
    for (int i = 0; i <= EXPLAIN_MAX_DEPTH; i++)
        levels[i] = (struct level){"", 0, 0};
    int open = -1; /* the depth of the last object, which has no end yet */
    buf_text(out, "[");
    for (size_t i = 0; i < explain_count(e); i++) {
        const struct explain_field *f = explain_field(e, i);
        const struct level *l = &levels[f->depth];
        bool is_shown = layer == 0 || f->layer == layer;
        if (f->kind == EXPLAIN_HEADER || f->kind == EXPLAIN_DERIVED)
            levels[f->depth + 1] =
                (struct level){f->section, l->depth + is_shown, f->layer};
        if (!is_shown) continue;
        for (; open > l->depth; open--) buf_text(out, "}]");
        if (open == l->depth) buf_text(out, "},");
        if (open < l->depth && l->depth > 0) buf_text(out, ",\"fields\":[");
        open = l->depth;
        put_field(out, e, f, l);
    }
    for (; open >= 0; open--) buf_text(out, open > 0 ? "}]" : "}");
    buf_text(out, "]");
    return !out->failed;
}
