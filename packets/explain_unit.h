/* explain_unit.h: an explanation under test, of a copy of the input */
#ifndef PACKETS_EXPLAIN_UNIT_H
#define PACKETS_EXPLAIN_UNIT_H

#include "packets/dissector.h"
#include "packets/unit.h"

static char words_text[EXPLAIN_WORDS_MAX];
static struct explain e;
static struct dissector d;
static uint8_t *input; /* an exact copy */

/* Begins another explanation. explain_end frees the last one. */
static inline void explain_begin(const void *bytes, size_t n,
                                 enum explain_layer layer) {
    free(input);
    input = unit_exact(bytes, n);
    explain_free(&e);
    explain_init(&e, 1 << 20);
    dissector_begin(&d, &e, (struct span){input, n}, layer, "rest");
}

static inline void explain_finish(void) {
    UNIT_TRUE(dissector_finish(&d));
    UNIT_TRUE(explain_is_complete(&e));
}

static inline void explain_end(void) {
    explain_free(&e);
    free(input);
    input = NULL;
    UNIT_INT(explain_count(&e), 0);
}

/* Returns "name=text|..." of all fields but headers, "!" after wrong ones. */
static inline const char *explain_all(void) {
    static char text[4000];
    size_t n = 0;
    for (size_t i = 0; i < explain_count(&e); i++) {
        const struct explain_field *f = explain_field(&e, i);
        struct span bytes = explain_bytes(&e, f);
        if (f->kind == EXPLAIN_HEADER) continue;
        n += (size_t)snprintf(text + n, sizeof text - n, "%s=%.*s%s|", f->name,
                              (int)bytes.len, (char *)bytes.data,
                              f->is_wrong ? "!" : "");
    }
    text[n] = '\0';
    return text;
}

static inline bool explain_has(const char *name) {
    for (size_t i = 0; i < explain_count(&e); i++)
        if (strcmp(explain_field(&e, i)->name, name) == 0) return true;
    return false;
}

/* The words of the first field with that name. */
static inline const char *explain_words_of(const char *name) {
    for (size_t i = 0; i < explain_count(&e); i++)
        if (strcmp(explain_field(&e, i)->name, name) == 0)
            return explain_words(&e, explain_field(&e, i), words_text);
    return "there is no such field";
}

#define EXPLAIN_ALL(expected)                                                  \
    UNIT_TEXT(explain_all(), strlen(explain_all()), expected)
#define EXPLAIN_WORDS(name, expected)                                          \
    UNIT_TEXT(explain_words_of(name), strlen(explain_words_of(name)), expected)

/* The first field of that name must have this number, words and section. */
static inline void explain_expect(const char *name, uint64_t number,
                                  const char *words, const char *section) {
    for (size_t i = 0; i < explain_count(&e); i++) {
        const struct explain_field *f = explain_field(&e, i);
        if (strcmp(f->name, name) != 0) continue;
        UNIT_INT(f->number, number);
        EXPLAIN_WORDS(name, words);
        UNIT_TEXT(f->section, strlen(f->section), section);
        return;
    }
    UNIT_TEXT("", 0, name);
}

#endif
