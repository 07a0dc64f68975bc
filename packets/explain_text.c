/* explain_text.c: see packets/explain_text.h. Each field becomes a line of its
 * bytes, its name and its value. */
#include "packets/explain_text.h"
#include "packets/explain_show.h"

enum {
    SHORT = 8, /* bytes that a row has beside its name */
    DUMP = 16, /* bytes that a row of a dump has */
    BYTES_MAX = 3 * DUMP,
    NAME = 24, /* columns */
    ROW_MAX = EXPLAIN_SHOW_MAX + 240,
    RED = 31, /* ECMA-48 §8.3.117 */
};

static const char DIGITS[] = "0123456789abcdef";

/* A row is written directly into the output: snprintf would take most of the
 * time of a large capture. */
struct row {
    char *text;
    size_t n;
};

/* False: there is no space for a row. */
static bool begin_row(struct buf *out, struct row *r) {
    r->text = (char *)buf_reserve(out, ROW_MAX);
    r->n = 0;
    return r->text != NULL;
}

static void end_row(struct buf *out, const struct row *r) {
    out->end += (uint32_t)r->n;
}

static void add_bytes(struct row *r, const char *text, size_t n) {
    size_t left = ROW_MAX - r->n;
    if (n > left) n = left;
    memcpy(r->text + r->n, text, n);
    r->n += n;
}

/* Inline, since the compiler knows the length of a constant. */
static inline void add(struct row *r, const char *text) {
    add_bytes(r, text, strlen(text));
}

static void add_spaces(struct row *r, size_t n) {
    for (; n > 0 && r->n < ROW_MAX; n--) r->text[r->n++] = ' ';
}

/* Adds a text, then spaces up to a width. */
static void add_padded(struct row *r, const char *text, size_t n,
                       size_t width) {
    add_bytes(r, text, n);
    if (n < width) add_spaces(r, width - n);
}

static void add_number(struct row *r, uint32_t number) {
    char digits[12];
    size_t n = sizeof digits;
    do {
        digits[--n] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    add_bytes(r, digits + n, sizeof digits - n);
}

/* Adds " +0012  ": a mark, and the offset of the byte. */
static void add_offset(struct row *r, char mark, bool is_derived,
                       uint32_t offset) {
    char text[16] = {mark, is_derived ? '+' : ' '};
    size_t n = 2; /* and at most 7 digits */
    int shift = 12;
    while (shift < 28 && offset >> (shift + 4)) shift += 4;
    for (; shift >= 0; shift -= 4) text[n++] = DIGITS[offset >> shift & 15];
    text[n++] = ' ';
    text[n++] = ' ';
    add_bytes(r, text, n);
}

static void add_colour(struct row *r, bool has_colour, int colour) {
    if (!has_colour) return;
    add(r, "\x1b[");
    add_number(r, (uint32_t)colour);
    add(r, "m");
}

static int layer_colour(int layer) {
    /* Five colours, without black, white and red; adjacent layers differ. */
    static const int colours[] = {35, 36, 32, 33, 35, 36, 34};
    return colours[layer - EXPLAIN_PHYSICAL];
}

/* --- the bytes of a row --- */

static size_t put_hex(char *text, struct span bytes) {
    size_t n = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        if (i > 0) text[n++] = ' ';
        text[n++] = DIGITS[bytes.data[i] >> 4];
        text[n++] = DIGITS[bytes.data[i] & 15];
    }
    return n;
}

/* Does bit i of the field's bytes belong to the field? */
static bool is_own(const struct explain_field *f, uint32_t i) {
    uint32_t before = f->bit % 8;
    return i >= before && i < before + f->bits;
}

/* Writes digits of 4 bits or 1 bit each, and dots for bits of other fields.
 * Returns the length. */
static size_t put_digits(char *text, const struct explain_field *f,
                         struct span bytes, uint32_t bits) {
    size_t n = 0;
    uint32_t end = (uint32_t)bytes.len * 8;
    for (uint32_t i = 0; i < end; i += bits) {
        unsigned digit = bytes.data[i / 8];
        digit >>= 8 - bits - i % 8;
        bool has_gap = i > 0 && i % (bits == 4 ? 8 : 4) == 0;
        if (has_gap) text[n++] = ' ';
        text[n] = '.'; /* a bit of another field */
        if (is_own(f, i)) text[n] = DIGITS[digit & ((1u << bits) - 1)];
        n++;
    }
    return n;
}

static size_t show_bytes(char text[BYTES_MAX], const struct explain_field *f,
                         struct span bytes) {
    bool is_whole = f->bit % 8 == 0 && f->bits % 8 == 0;
    bool is_hex = f->bit % 4 == 0 && f->bits % 4 == 0;
    if (bytes.len > SHORT) return 0;
    if (!is_whole && is_hex) return put_digits(text, f, bytes, 4);
    if (!is_whole && bytes.len <= 2) return put_digits(text, f, bytes, 1);
    return put_hex(text, bytes);
}

/* --- rows --- */

static char mark(const struct explain_field *f) {
    if (f->is_wrong) return '!';
    return f->is_cut ? '~' : ' ';
}

/* Adds " [RFC ...]" if it is not the section of the header around the field. */
static void add_section(struct row *r, const struct explain_field *f,
                        const char *outer) {
    if (f->section == outer || *f->section == '\0') return;
    if (strcmp(f->section, outer) == 0) return;
    add(r, " [");
    add(r, f->section);
    add(r, "]");
}

static void put_dump(struct buf *out, const struct explain_field *f,
                     struct span bytes, bool has_colour) {
    for (size_t i = 0; i < bytes.len; i += DUMP) {
        char hex[BYTES_MAX], text[DUMP + 1];
        struct row r;
        struct span part = span_skip(bytes, i);
        if (part.len > DUMP) part.len = DUMP;
        if (!begin_row(out, &r)) return;
        size_t n = put_hex(hex, part);
        explain_show_ascii(text, part, DUMP);
        add_offset(&r, ' ', f->is_derived, f->bit / 8 + (uint32_t)i);
        add_colour(&r, has_colour, layer_colour(f->layer));
        add_padded(&r, hex, n, BYTES_MAX - 1);
        add_colour(&r, has_colour, 0);
        add(&r, "  |");
        add(&r, text);
        add(&r, "|\n");
        end_row(out, &r);
    }
}

static void put_field(struct buf *out, const struct explain *e,
                      const struct explain_field *f, const char *outer,
                      const struct explain_text_options *o) {
    char bytes[BYTES_MAX], value[EXPLAIN_SHOW_MAX];
    struct row r;
    struct span all = explain_bytes(e, f);
    size_t indent = f->depth > 1 ? 2 * (f->depth - 1u) : 0;
    if (!begin_row(out, &r)) return;
    size_t n = show_bytes(bytes, f, all);
    size_t value_len = explain_show_value(value, e, f);
    add_offset(&r, mark(f), f->is_derived, f->bit / 8);
    add_colour(&r, o->has_colour, layer_colour(f->layer));
    add_padded(&r, bytes, n, 3 * SHORT - 1);
    add_colour(&r, o->has_colour, f->is_wrong ? RED : 0);
    add_spaces(&r, 2 + indent);
    add_padded(&r, f->name, strlen(f->name), indent < NAME ? NAME - indent : 0);
    add(&r, "  ");
    add_bytes(&r, value, value_len);
    add_section(&r, f, outer);
    add_colour(&r, o->has_colour && f->is_wrong, 0);
    add(&r, "\n");
    end_row(out, &r);
    if (all.len > SHORT && o->has_dump) put_dump(out, f, all, o->has_colour);
}

/* What the fields of one depth have in common. */
struct level {
    const char *section; /* of the header that contains them */
    uint8_t layer;
};

static void add_layer(struct row *r, const struct explain_field *f) {
    add(r, ": layer ");
    add_number(r, f->layer);
    add(r, " ");
    add(r, explain_osi(f->layer));
    add(r, " (");
    add(r, explain_internet(f->layer));
    add(r, *f->section ? "), " : ")");
    add(r, f->section);
}

/* Appends the row of a header, or of derived bytes, with the layer if it
 * differs from the one outside. */
static void put_header(struct buf *out, const struct explain *e,
                       const struct explain_field *f, const struct level *outer,
                       bool has_colour) {
    char space[EXPLAIN_WORDS_MAX], sign = mark(f);
    const char *words = explain_words(e, f, space);
    struct row r;
    uint32_t len = f->bits / 8;
    if (!begin_row(out, &r)) return;
    if (f->depth > 0) add_padded(&r, &sign, 1, 30 + 2u * f->depth);
    add_colour(&r, has_colour, layer_colour(f->layer));
    add(&r, f->name);
    add_colour(&r, has_colour, 0);
    add(&r, ", ");
    add_number(&r, len);
    add(&r, len == 1 ? " byte" : " bytes");
    if (f->layer != outer->layer) add_layer(&r, f);
    if (*words) add(&r, f->depth == 0 ? "\n         " : ": ");
    add(&r, words);
    add(&r, "\n");
    end_row(out, &r);
}

bool explain_text_write(struct buf *out, const struct explain *e,
                        const struct explain_text_options *options) {
    struct level levels[EXPLAIN_MAX_DEPTH + 1];
    for (int i = 0; i <= EXPLAIN_MAX_DEPTH; i++)
        levels[i] = (struct level){"", 0};
    for (size_t i = 0; i < explain_count(e); i++) {
        const struct explain_field *f = explain_field(e, i);
        const struct level *outer = &levels[f->depth];
        bool is_header =
            f->kind == EXPLAIN_HEADER || f->kind == EXPLAIN_DERIVED;
        if (is_header)
            levels[f->depth + 1] = (struct level){f->section, f->layer};
        if (options->layer != 0 && f->layer != options->layer) continue;
        if (is_header)
            put_header(out, e, f, outer, options->has_colour);
        else
            put_field(out, e, f, outer->section, options);
    }
    return !out->failed;
}
