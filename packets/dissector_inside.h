/*
 * dissector_inside.h: what the files of packets/dissector.h share
 *
 *   dissector.c        scopes and fields
 *   dissector_note.c   words about them
 */
#ifndef PACKETS_DISSECTOR_INSIDE_H
#define PACKETS_DISSECTOR_INSIDE_H

#include "packets/dissector.h"

#define DISSECTOR_NO_FIELD UINT32_MAX

static inline struct explain_field *dissector_field(struct dissector *d,
                                                    uint32_t i) {
    void *first = d->e->fields.bytes;
    return (struct explain_field *)first + i;
}

/* As buf_reserve, but fast if there is space: the dissector adds twenty million
 * fields a second. */
static inline void *dissector_reserve(struct buf *b, size_t n) {
    bool has_space = b->bytes && n <= b->cap - b->end;
    return has_space ? b->bytes + b->end : buf_reserve(b, n);
}

#endif
