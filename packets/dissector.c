/* dissector.c: the fields of packets/dissector.h. add_field adds every field;
 * read_field calls it for all but headers and derived runs. */
#include "packets/dissector_inside.h"

#include <assert.h>

static struct dissector_scope *top(struct dissector *d) {
    return &d->scopes[d->depth - 1];
}

/* Appends a field of so many bits at the position. NULL: no memory. Inline, as
 * read_field, since both are called for each field. */
static inline struct explain_field *add_field(struct dissector *d,
                                              enum explain_kind kind,
                                              uint32_t bits, const char *name) {
    const struct dissector_scope *s = top(d);
    struct explain_field *f =
        dissector_reserve(&d->e->fields, sizeof(struct explain_field));
    d->last = DISSECTOR_NO_FIELD;
    if (!f) return NULL;
    *f = (struct explain_field){.kind = (uint8_t)kind,
                                .layer = s->layer,
                                .depth = s->depth,
                                .is_derived = s->is_derived,
                                .bit = d->pos,
                                .bits = bits,
                                .name = name,
                                .section = s->section};
    d->e->fields.end += sizeof *f;
    d->last = d->count++;
    return f;
}

/* Enters a copy of the innermost scope. */
static struct dissector_scope *push(struct dissector *d) {
    assert(d->depth < EXPLAIN_MAX_DEPTH);
    struct dissector_scope s = *top(d);
    s.is_header = false;
    s.field = DISSECTOR_NO_FIELD;
    s.resume = DISSECTOR_NO_FIELD;
    d->scopes[d->depth++] = s;
    return top(d);
}

void dissector_begin(struct dissector *d, struct explain *e, struct span input,
                     enum explain_layer layer, const char *rest) {
    assert(input.len <= EXPLAIN_MAX_INPUT);
    e->input = input;
    buf_clear(&e->fields);
    buf_clear(&e->notes);
    buf_clear(&e->texts);
    buf_clear(&e->derived);
    e->wrong_count = e->cut_count = 0;
    *d = (struct dissector){.e = e, .last = DISSECTOR_NO_FIELD, .depth = 1};
    d->scopes[0] = (struct dissector_scope){.layer = (uint8_t)layer,
                                            .end = (uint32_t)input.len * 8,
                                            .field = DISSECTOR_NO_FIELD,
                                            .resume = DISSECTOR_NO_FIELD,
                                            .section = "",
                                            .rest = rest};
}

bool dissector_finish(struct dissector *d) {
    while (d->depth > 0) dissector_leave(d);
    const struct explain *e = d->e;
    return !e->fields.failed && !e->notes.failed && !e->texts.failed &&
           !e->derived.failed;
}

void dissector_enter(struct dissector *d, enum explain_layer layer,
                     const char *name, const char *section) {
    struct dissector_scope *s = push(d);
    s->layer = (uint8_t)layer;
    s->section = section;
    s->is_header = true;
    if (s->is_cut) return;
    add_field(d, EXPLAIN_HEADER, 0, name);
    s->field = d->last;
    s->depth++;
}

void dissector_narrow(struct dissector *d, enum explain_layer layer, size_t n,
                      const char *rest) {
    struct dissector_scope *s = push(d);
    s->layer = (uint8_t)layer;
    size_t left = (s->end - d->pos) / 8;
    s->rest = rest;
    if (n != left) s->is_partial = n > left;
    s->absent = n > left ? n - left : 0;
    if (n <= left) s->end = d->pos + (uint32_t)n * 8;
}

uint8_t *dissector_derive(struct dissector *d, size_t n, const char *name,
                          struct span *source) {
    struct explain *e = d->e;
    uint32_t from = d->last, start = e->derived.end;
    if (from == DISSECTOR_NO_FIELD || n > EXPLAIN_MAX_INPUT - start)
        return NULL;
    if (!buf_reserve(&e->derived, n)) return NULL;
    struct explain_field *f =
        add_field(d, EXPLAIN_DERIVED, (uint32_t)n * 8, name);
    if (!f) return NULL;
    e->derived.end += (uint32_t)n;
    f->is_derived = true;
    f->bit = start * 8;
    *source = explain_bytes(e, dissector_field(d, from));
    struct dissector_scope *s = push(d);
    s->is_derived = true;
    s->is_cut = false;
    if (dissector_field(d, from)->is_cut) s->is_partial = true;
    s->absent = 0;
    s->depth++;
    s->resume = d->pos;
    s->end = (start + (uint32_t)n) * 8;
    s->rest = name;
    d->pos = start * 8;
    return e->derived.bytes + start;
}

/* Marks the last field as cut, with words, and counts it. Nothing more is read
 * in scopes that end here. */
static void cut_field(struct dissector *d, uint64_t here, uint64_t all,
                      const char *unit) {
    if (d->last != DISSECTOR_NO_FIELD) {
        dissector_notef(d, "cut: %llu of %llu %s are here",
                        (unsigned long long)here, (unsigned long long)all,
                        unit);
        dissector_field(d, d->last)->is_cut = true;
    }
    d->e->cut_count++;
    const struct dissector_scope *s = top(d);
    for (int i = d->depth - 1; i >= 0; i--) {
        struct dissector_scope *outer = &d->scopes[i];
        if (outer->end != s->end || outer->is_derived != s->is_derived) break;
        outer->is_cut = true;
    }
}

/* Adds the bytes that no dissector read, up to the end of a scope that is no
 * header. */
static void leave_rest(struct dissector *d) {
    const struct dissector_scope *s = top(d);
    if (s->is_cut) return;
    if (d->pos % 8 != 0 && d->pos < s->end)
        dissector_number(d, 8 - d->pos % 8, s->rest);
    size_t left = (s->end - d->pos) / 8;
    dissector_bytes(d, left, s->rest);
    if (s->absent == 0) return;
    if (left == 0) add_field(d, EXPLAIN_BYTES, 0, s->rest);
    cut_field(d, left, (uint64_t)left + s->absent, "bytes");
}

void dissector_leave(struct dissector *d) {
    if (!top(d)->is_header) leave_rest(d);
    struct dissector_scope s = d->scopes[--d->depth];
    if (s.field != DISSECTOR_NO_FIELD)
        dissector_field(d, s.field)->bits =
            d->pos - dissector_field(d, s.field)->bit;
    if (s.is_header) d->last = s.is_cut ? DISSECTOR_NO_FIELD : s.field;
    if (s.resume != DISSECTOR_NO_FIELD) d->pos = s.resume;
}

/* Adds a field that is longer than the bits that are left. */
static struct explain_field *read_cut(struct dissector *d,
                                      enum explain_kind kind, uint64_t bits,
                                      const char *name) {
    uint32_t left = top(d)->end - d->pos;
    bool is_whole = d->pos % 8 == 0 && bits % 8 == 0; /* bytes */
    struct explain_field *f = add_field(d, kind, left, name);
    d->pos += left;
    cut_field(d, is_whole ? left / 8 : left, is_whole ? bits / 8 : bits,
              is_whole ? "bytes" : "bits");
    return f;
}

/* Adds a field of so many bits and moves after it. If fewer are left, the field
 * is cut. NULL: an earlier one was cut, or memory is used up. */
static inline struct explain_field *read_field(struct dissector *d,
                                               enum explain_kind kind,
                                               uint64_t bits,
                                               const char *name) {
    const struct dissector_scope *s = top(d);
    d->last = DISSECTOR_NO_FIELD;
    if (s->is_cut) return NULL;
    if (bits > s->end - d->pos) return read_cut(d, kind, bits, name);
    struct explain_field *f = add_field(d, kind, (uint32_t)bits, name);
    d->pos += (uint32_t)bits;
    return f;
}

static uint64_t read_bits(const uint8_t *bytes, uint32_t bit, unsigned n) {
    uint64_t value = 0;
    /* Most numbers are whole bytes, and most others are inside one byte. */
    if (bit % 8 == 0 && n % 8 == 0) {
        for (bytes += bit / 8; n > 0; n -= 8) value = value << 8 | *bytes++;
        return value;
    }
    if (bit % 8 + n <= 8)
        return (uint32_t)bytes[bit / 8] >> (8 - bit % 8 - n) & ((1u << n) - 1);
    while (n > 0) {
        unsigned in_byte = 8 - bit % 8, count = n < in_byte ? n : in_byte;
        unsigned part = bytes[bit / 8] & (0xffu >> bit % 8);
        part >>= in_byte - count;
        value = value << count | part;
        bit += count;
        n -= count;
    }
    return value;
}

static uint64_t read_number(struct dissector *d, enum explain_kind kind,
                            unsigned n, const char *name) {
    assert(n >= 1 && n <= 64);
    const struct dissector_scope *s = top(d);
    const struct buf *derived = &d->e->derived;
    const uint8_t *bytes = s->is_derived ? derived->bytes : d->e->input.data;
    unsigned here = s->end - d->pos < n ? s->end - d->pos : n;
    uint64_t value = read_bits(bytes, d->pos, here);
    struct explain_field *f = read_field(d, kind, n, name);
    if (f) f->number = value;
    return here == n ? value : 0;
}

uint64_t dissector_number(struct dissector *d, unsigned n, const char *name) {
    return read_number(d, EXPLAIN_NUMBER, n, name);
}

uint64_t dissector_hex(struct dissector *d, unsigned n, const char *name) {
    return read_number(d, EXPLAIN_HEX, n, name);
}

static struct span read_bytes(struct dissector *d, enum explain_kind kind,
                              size_t n, const char *name) {
    assert(d->pos % 8 == 0 || top(d)->is_cut);
    struct span bytes = dissector_left(d);
    if (bytes.len > n) bytes.len = n;
    if (n > 0) read_field(d, kind, (uint64_t)n * 8, name);
    return bytes;
}

struct span dissector_bytes(struct dissector *d, size_t n, const char *name) {
    return read_bytes(d, EXPLAIN_BYTES, n, name);
}

struct span dissector_address(struct dissector *d, size_t n, const char *name) {
    return read_bytes(d, EXPLAIN_ADDRESS, n, name);
}

struct span dissector_text(struct dissector *d, size_t n, const char *name) {
    return read_bytes(d, EXPLAIN_TEXT, n, name);
}

struct span dissector_left(const struct dissector *d) {
    const struct dissector_scope *s = &d->scopes[d->depth - 1];
    struct span all = d->e->input;
    if (s->is_derived) all = buf_view(&d->e->derived);
    if (d->pos == s->end) return (struct span){0};
    return (struct span){all.data + d->pos / 8, (s->end - d->pos) / 8};
}

bool dissector_is_partial(const struct dissector *d) {
    return d->scopes[d->depth - 1].is_partial;
}

size_t dissector_expected(const struct dissector *d) {
    return dissector_left(d).len + d->scopes[d->depth - 1].absent;
}
