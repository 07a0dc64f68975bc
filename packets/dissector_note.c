/* dissector_note.c: the words of packets/dissector.h about the last field:
 * notes, sections and broken rules. */
#include "packets/dissector_inside.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

/* Adds a note to the last field. words and number: as in struct
 * explain_note. */
static void add_note(struct dissector *d, const char *words, uint32_t number,
                     bool has_number) {
    struct buf *notes = &d->e->notes;
    struct explain_note *to = dissector_reserve(notes, sizeof *to);
    if (!to) return;
    *to = (struct explain_note){words, number, has_number, 0};
    notes->end += sizeof *to;
    struct explain_note *all = (void *)notes->bytes;
    uint32_t *link = &dissector_field(d, d->last)->note;
    while (*link > 0) link = &all[*link - 1].next;
    *link = ++d->note_count;
}

/* Adds a note with a text. */
static void add_text(struct dissector *d, const char *format, va_list args) {
    struct buf *texts = &d->e->texts;
    char text[EXPLAIN_WORDS_MAX];
    vsnprintf(text, sizeof text, format, args);
    for (char *c = text; *c; c++)
        if (*c < ' ' || *c > '~') *c = '.';
    uint32_t start = texts->end;
    if (buf_append(texts, text, strlen(text) + 1))
        add_note(d, NULL, start, false);
}

/* Returns the last field, or NULL if it is cut. */
static struct explain_field *last_field(struct dissector *d) {
    if (d->last == DISSECTOR_NO_FIELD || dissector_field(d, d->last)->is_cut)
        return NULL;
    return dissector_field(d, d->last);
}

void dissector_note(struct dissector *d, const char *words) {
    if (last_field(d)) add_note(d, words, 0, false);
}

void dissector_count(struct dissector *d, size_t number, const char *words) {
    if (!last_field(d)) return;
    assert(number <= UINT32_MAX);
    add_note(d, words, (uint32_t)number, true);
}

void dissector_notef(struct dissector *d, const char *format, ...) {
    va_list args;
    va_start(args, format);
    if (last_field(d)) add_text(d, format, args);
    va_end(args);
}

void dissector_cite(struct dissector *d, const char *section) {
    if (last_field(d)) last_field(d)->section = section;
}

void dissector_wrong(struct dissector *d, const char *section,
                     const char *format, ...) {
    struct explain_field *f = last_field(d);
    va_list args;
    va_start(args, format);
    if (f) add_text(d, format, args);
    va_end(args);
    if (!f) return;
    if (!f->is_wrong) d->e->wrong_count++;
    f->is_wrong = true;
    f->section = section;
}
