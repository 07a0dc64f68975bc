/*
 * dissector.h: writes an explanation, field by field
 *
 *   dissector_enter(d, EXPLAIN_TRANSPORT, "UDP", "RFC 768");
 *   dissector_number(d, 16, "Source Port");
 *   ...
 *   dissector_leave(d);
 *
 * A dissector reads its input from front to back and names each field as the
 * standard does. Each field begins where the last one ended, so that the fields
 * cover the input. A field that breaks a rule is marked, and the rest is still
 * explained. If the input ends too early, the field that is missing is named,
 * and all reads until the end of what was entered return 0 and add nothing.
 * Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_DISSECTOR_H
#define PACKETS_DISSECTOR_H

#include "packets/explain.h"

struct dissector_scope { /* what dissector_leave ends */
    bool is_header, is_derived, is_cut, is_partial;
    uint8_t layer, depth;
    uint32_t end;    /* of what is visible, in bits */
    uint32_t field;  /* index of the header */
    uint32_t resume; /* derived bytes: where to go on in the outer input */
    size_t absent;   /* bytes that the input should have and does not */
    const char *section, *rest;
};

struct dissector {
    struct explain *e;
    uint32_t pos; /* the next bit, in the input or in the derived bytes */
    uint32_t count, last; /* fields; index of the one added last, or none */
    uint32_t note_count;
    int depth;
    struct dissector_scope scopes[EXPLAIN_MAX_DEPTH];
};

/* Begins to explain input, which must stay valid; an earlier explanation in e
 * is lost. rest names what no dissector will read. Ends it: all that is entered
 * is left. False: memory was used up, and the explanation is incomplete. */
void dissector_begin(struct dissector *d, struct explain *e, struct span input,
                     enum explain_layer layer, const char *rest);
bool dissector_finish(struct dissector *d);

/* Fields are inside a header until dissector_leave. section says where the
 * standard defines its fields. */
void dissector_enter(struct dissector *d, enum explain_layer layer,
                     const char *name, const char *section);

/* Only the next n bytes are visible until dissector_leave, which makes a field
 * named rest of those that are left. If there are fewer, the end is cut. */
void dissector_narrow(struct dissector *d, enum explain_layer layer, size_t n,
                      const char *rest);

/* The last field stands for n other bytes, not 0, which are explained until
 * dissector_leave. The caller must write them at once to where the result says;
 * *source is set to the bytes of the last field. NULL: memory is used up, and
 * nothing was entered. The last field may be cut. */
uint8_t *dissector_derive(struct dissector *d, size_t n, const char *name,
                          struct span *source);

void dissector_leave(struct dissector *d);

/* The next n bits, at most 64, are a number: its value. Pass them in order from
 * the most significant bit. */
uint64_t dissector_number(struct dissector *d, unsigned n, const char *name);
uint64_t dissector_hex(struct dissector *d, unsigned n, const char *name);

/* The next n bytes are a field; n may be 0. Returns them, or what is there. The
 * position must be at the front of a byte. Valid until dissector_derive. */
struct span dissector_bytes(struct dissector *d, size_t n, const char *name);
struct span dissector_address(struct dissector *d, size_t n, const char *name);
struct span dissector_text(struct dissector *d, size_t n, const char *name);

/* The visible bytes from the position on, nothing is read. */
struct span dissector_left(const struct dissector *d);

/* How many bytes should be visible: more than those if the input is cut. */
size_t dissector_expected(const struct dissector *d);

/* Are there more bytes of that kind, which are not in the input? */
bool dissector_is_partial(const struct dissector *d);

/* Each adds words about the last field, or the header that was just left: a
 * constant; a number and a constant, "20 bytes"; or a format as of printf,
 * which takes ten times as long. They do nothing if that field is cut. */
void dissector_note(struct dissector *d, const char *words);
void dissector_count(struct dissector *d, size_t number, const char *words);
void dissector_notef(struct dissector *d, const char *format, ...);

/* The section that defines that field; the rule that it breaks. */
void dissector_cite(struct dissector *d, const char *section);
void dissector_wrong(struct dissector *d, const char *section,
                     const char *format, ...);

#endif
