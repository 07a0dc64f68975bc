/* explain.c: see packets/explain.h. packets/dissector.c writes the fields. */
#include "packets/explain.h"

#include <assert.h>

const char *explain_osi(enum explain_layer layer) {
    static const char *const names[] = {
        "physical", "data link",    "network",    "transport",
        "session",  "presentation", "application"};
    assert(layer >= EXPLAIN_PHYSICAL && layer <= EXPLAIN_APPLICATION);
    return names[layer - EXPLAIN_PHYSICAL];
}

const char *explain_internet(enum explain_layer layer) {
    if (layer <= EXPLAIN_LINK) return "link";
    if (layer == EXPLAIN_NETWORK) return "internet";
    return layer == EXPLAIN_TRANSPORT ? "transport" : "application";
}

void explain_init(struct explain *e, size_t max) {
    *e = (struct explain){.input = {0}};
    buf_init(&e->fields, max);
    buf_init(&e->notes, max);
    buf_init(&e->texts, max);
    buf_init(&e->derived, max);
}

void explain_free(struct explain *e) {
    buf_free(&e->fields);
    buf_free(&e->notes);
    buf_free(&e->texts);
    buf_free(&e->derived);
}

size_t explain_count(const struct explain *e) {
    return buf_view(&e->fields).len / sizeof(struct explain_field);
}

const struct explain_field *explain_field(const struct explain *e, size_t i) {
    assert(i < explain_count(e));
    const void *first = e->fields.bytes;
    return (const struct explain_field *)first + i;
}

struct span explain_bytes(const struct explain *e,
                          const struct explain_field *f) {
    struct span all = f->is_derived ? buf_view(&e->derived) : e->input;
    size_t first = f->bit / 8, end = (f->bit + (size_t)f->bits + 7) / 8;
    if (f->bits == 0) return (struct span){0};
    return (struct span){all.data + first, end - first};
}

/* --- words --- */

/* The words of a field so far. */
struct words {
    char *text;
    size_t n;
};

static void add(struct words *w, const char *part) {
    size_t n = strlen(part), left = EXPLAIN_WORDS_MAX - 1 - w->n;
    if (n > left) n = left;
    memcpy(w->text + w->n, part, n);
    w->n += n;
}

static void add_number(struct words *w, uint32_t number) {
    char digits[12], *first = digits + sizeof digits - 1;
    *first = '\0';
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    add(w, first);
    add(w, " ");
}

static void add_address(struct words *w, const struct explain *e,
                        const struct explain_field *f) {
    char text[ADDRESS_TEXT_MAX];
    struct span bytes = explain_bytes(e, f);
    if (bytes.len == ADDRESS_MAC) {
        add(w, address_mac_text(bytes.data, text));
    } else {
        struct address a = address_from(bytes);
        add(w, address_text(&a, text));
    }
}

static const struct explain_note *note_at(const struct explain *e,
                                          uint32_t index) {
    const void *first = e->notes.bytes;
    return index > 0 ? (const struct explain_note *)first + index - 1 : NULL;
}

const char *explain_words(const struct explain *e,
                          const struct explain_field *f,
                          char text[EXPLAIN_WORDS_MAX]) {
    const struct explain_note *note = note_at(e, f->note);
    bool is_address = f->kind == EXPLAIN_ADDRESS && !f->is_cut;
    if (!is_address && !note) return "";
    if (!is_address && note->words && !note->has_number && !note->next)
        return note->words; /* most are of this kind */
    struct words w = {text, 0};
    if (is_address) add_address(&w, e, f);
    for (; note; note = note_at(e, note->next)) {
        const char *texts = (const char *)e->texts.bytes;
        if (w.n > 0) add(&w, ", ");
        if (note->has_number) add_number(&w, note->number);
        add(&w, note->words ? note->words : texts + note->number);
    }
    text[w.n] = '\0';
    return text;
}

/* --- coverage --- */

/* A header or derived run that explain_is_complete is inside of. */
struct cover {
    uint32_t end; /* in bits: where it must end */
    uint32_t pos; /* of a derived run: where the next field must begin */
    bool is_derived, is_header;
};

/* Returns the innermost derived run, or the input. */
static struct cover *innermost(struct cover *open, int depth) {
    while (depth > 0 && open[depth].is_header) depth--;
    return &open[depth];
}

/* Leaves headers and runs until depth are open. False: one ends elsewhere. */
static bool close_until(struct cover *open, int *count, int depth) {
    for (; *count > depth; --*count)
        if (open[*count].end != innermost(open, *count)->pos) return false;
    return true;
}

bool explain_is_complete(const struct explain *e) {
    struct cover open[EXPLAIN_MAX_DEPTH + 1] = {0};
    uint32_t derived_bits = 0; /* in runs that were entered */
    int count = 0;
    open[0].end = (uint32_t)e->input.len * 8;
    for (size_t i = 0; i < explain_count(e); i++) {
        const struct explain_field *f = explain_field(e, i);
        if (f->depth > count || f->depth >= EXPLAIN_MAX_DEPTH) return false;
        if (!close_until(open, &count, f->depth)) return false;
        struct cover *in = innermost(open, count);
        if (f->kind == EXPLAIN_DERIVED) {
            if (f->bit != derived_bits) return false;
            derived_bits += f->bits;
        } else if (f->bit != in->pos || f->is_derived != in->is_derived) {
            return false;
        }
        if (f->kind == EXPLAIN_HEADER || f->kind == EXPLAIN_DERIVED)
            open[++count] =
                (struct cover){.end = f->bit + f->bits,
                               .pos = f->bit,
                               .is_derived = f->kind == EXPLAIN_DERIVED,
                               .is_header = f->kind == EXPLAIN_HEADER};
        else
            in->pos += f->bits;
        if (in->pos > in->end) return false;
    }
    return close_until(open, &count, 0) && open[0].pos == open[0].end &&
           derived_bits == buf_view(&e->derived).len * 8;
}
