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
 * explained. If the input ends too early, the missing field is named; all later
 * reads in scopes that end there return 0 and add nothing.
 * Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_DISSECTOR_H
#define PACKETS_DISSECTOR_H

#include "packets/explain.h"

struct dissector_scope { /* begun by enter, narrow or derive, ended by leave */
    bool is_header, is_derived, is_cut, is_partial;
    uint8_t layer, depth;
    uint32_t end;    /* of what is visible, in bits */
    uint32_t field;  /* index of the header */
    uint32_t resume; /* derived bytes: the next bit of the outer input */
    size_t absent;   /* bytes that are missing at the end of the input */
    const char *section, *rest;
};

struct dissector {
    struct explain *e;
    uint32_t pos; /* the next bit, in the input or in the derived bytes */
    uint32_t count, last; /* fields; index of the last one, or UINT32_MAX */
    uint32_t note_count;
    int depth;
    struct dissector_scope scopes[EXPLAIN_MAX_DEPTH];
};

/* Begins to explain input, which must stay valid, and discards an earlier
 * explanation in e. rest names the bytes that no dissector reads. The second
 * function leaves all scopes. False: no memory, so fields are missing. */
void dissector_begin(struct dissector *d, struct explain *e, struct span input,
                     enum explain_layer layer, const char *rest);
bool dissector_finish(struct dissector *d);

/* The next fields are inside a header, until dissector_leave. section says
 * where the standard defines them. */
void dissector_enter(struct dissector *d, enum explain_layer layer,
                     const char *name, const char *section);

/* Only the next n bytes are visible until dissector_leave, which adds a field
 * named rest for those that were not read. If there are fewer, it is cut. */
void dissector_narrow(struct dissector *d, enum explain_layer layer, size_t n,
                      const char *rest);

/* The last field, which may be cut, encodes n other bytes, not 0. They are
 * explained until dissector_leave. Returns where the caller must write them at
 * once, and sets *source to the bytes of the last field. NULL: memory is used
 * up, and nothing was entered. */
uint8_t *dissector_derive(struct dissector *d, size_t n, const char *name,
                          struct span *source);

void dissector_leave(struct dissector *d);

/* The next n bits, 1 to 64, are a number, most significant bit first. Returns
 * its value, to be shown in decimal, or in hexadecimal. */
uint64_t dissector_number(struct dissector *d, unsigned n, const char *name);
uint64_t dissector_hex(struct dissector *d, unsigned n, const char *name);

/* The next n bytes are a field; 0 adds none. Returns them, or those that are
 * there; valid until dissector_derive. The position must be at the front of a
 * byte. */
struct span dissector_bytes(struct dissector *d, size_t n, const char *name);
struct span dissector_address(struct dissector *d, size_t n, const char *name);
struct span dissector_text(struct dissector *d, size_t n, const char *name);

/* Returns the visible bytes from the position on, and reads none. */
struct span dissector_left(const struct dissector *d);

/* Returns how many bytes dissector_left would have if the input were not
 * cut. */
size_t dissector_expected(const struct dissector *d);

/* Is the end of the bytes that should be visible missing in the input? */
bool dissector_is_partial(const struct dissector *d);

/* Each adds words about the last field, or the header that was just left: a
 * constant; a number and a constant, "20 bytes"; or a text formatted as by
 * printf, which takes ten times as long. Does nothing if that field is cut. */
void dissector_note(struct dissector *d, const char *words);
void dissector_count(struct dissector *d, size_t number, const char *words);
void dissector_notef(struct dissector *d, const char *format, ...);

/* Set the section that defines that field, or the rule that it breaks, with
 * words as of dissector_notef. */
void dissector_cite(struct dissector *d, const char *section);
void dissector_wrong(struct dissector *d, const char *section,
                     const char *format, ...);

#endif
