/*
 * explain.h: what each bit of a packet or message means
 *
 *   45 00 00 3c ...      Version  4 bits  4             RFC 791 §3.1
 *   ||                   IHL      4 bits  5, 20 bytes   RFC 791 §3.1
 *
 * An explanation is a list of fields in the order of the bits. Headers come
 * before the fields that they contain. All other fields cover the input exactly
 * once: they do not overlap, and no bit is left out.
 *
 * Some bytes encode others: a masked payload, base64. The others are called
 * derived bytes. They have fields of their own, which cover them once, too.
 * Dissectors write explanations (packets/dissector.h); this header reads them.
 * Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_EXPLAIN_H
#define PACKETS_EXPLAIN_H

#include "packets/address.h"
#include "packets/buf.h"

enum explain_layer { /* of the OSI model, ISO/IEC 7498-1 */
    EXPLAIN_PHYSICAL = 1,
    EXPLAIN_LINK,
    EXPLAIN_NETWORK,
    EXPLAIN_TRANSPORT,
    EXPLAIN_SESSION,
    EXPLAIN_PRESENTATION,
    EXPLAIN_APPLICATION,
};

/* Return the name of a layer, "network"; and of the layer of the Internet model
 * (RFC 1122 §1.1.3) that contains it, "internet". */
const char *explain_osi(enum explain_layer layer);
const char *explain_internet(enum explain_layer layer);

enum explain_kind {
    EXPLAIN_HEADER,  /* contains the fields after it that are deeper */
    EXPLAIN_DERIVED, /* a run of derived bytes; their fields follow it */
    EXPLAIN_NUMBER,  /* at most 64 bits, usually written in decimal */
    EXPLAIN_HEX,     /* at most 64 bits, usually written in hexadecimal */
    EXPLAIN_BYTES,
    EXPLAIN_ADDRESS, /* 4 or 16 bytes: of IP; 6: a MAC address */
    EXPLAIN_TEXT,    /* bytes that should be UTF-8 */
};

struct explain_field {
    uint8_t kind, layer;
    uint8_t depth;       /* how many headers and derived runs contain it */
    bool is_derived;     /* its bits are in the derived bytes */
    bool is_wrong;       /* it breaks a rule; the words say which */
    bool is_cut;         /* the input ends inside it, or before it */
    uint32_t bit, bits;  /* where it begins, and its length; may be 0 */
    const char *name;    /* as in the standard: "Time to Live" */
    const char *section; /* that defines it, or the rule: "RFC 791 §3.1" */
    uint64_t number;     /* the value of a NUMBER or HEX, otherwise 0 */
    uint32_t note;       /* index + 1 of the first, or 0; see explain_words */
};

/* Words about a field, not formatted yet: most callers need few of them, so
 * only explain_words makes a text. */
struct explain_note {
    const char *words; /* constant; NULL: they begin in texts at number */
    uint32_t number;
    bool has_number; /* number comes before the words: "20 bytes" */
    uint32_t next;   /* index + 1 of the next note about the field, or 0 */
};

#define EXPLAIN_MAX_INPUT (1 << 28) /* bytes */
#define EXPLAIN_MAX_DEPTH 24        /* of headers and derived runs */

struct explain {
    struct span input; /* borrowed */
    struct buf fields, notes, texts, derived;
    uint32_t wrong_count, cut_count; /* fields that are is_wrong, is_cut */
};

/* Makes *e an explanation without fields. max: bytes of memory for fields, for
 * notes, for texts and for derived bytes, each. */
void explain_init(struct explain *e, size_t max);
void explain_free(struct explain *e);

size_t explain_count(const struct explain *e);

/* Returns field i, from 0; valid until the explanation changes. */
const struct explain_field *explain_field(const struct explain *e, size_t i);

#define EXPLAIN_WORDS_MAX 200 /* bytes, with the zero byte; more is cut */

/* Returns the value of a field in words, printable ASCII, or "". May write them
 * into text; they are valid as long as text and the explanation. */
const char *explain_words(const struct explain *e,
                          const struct explain_field *f,
                          char text[EXPLAIN_WORDS_MAX]);

/* Returns the whole bytes that a field is in. It may have only some of the bits
 * of the first and the last one. */
struct span explain_bytes(const struct explain *e,
                          const struct explain_field *f);

/* Do the fields cover the input and the derived bytes exactly once, in order,
 * and is each header as long as its fields? */
bool explain_is_complete(const struct explain *e);

#endif
