/*
 * cursor.h: reading and writing numbers in bytes, with one check at the end
 *
 *   bytes  [ read ... at | still to read ... n ]      all numbers big-endian
 *
 * A struct is never laid over wire bytes: its padding and its byte order are
 * the compiler's. A cursor reads field by field instead. Reading past the end
 * gives 0, moves nothing and makes failed true for good, so a parser reads all
 * its fields first and asks once. Owns nothing, allocates nothing.
 * Introduced in packets/310_length_prefix.c.
 */
#ifndef PACKETS_CURSOR_H
#define PACKETS_CURSOR_H

#include "packets/buf.h"

struct cursor {
    struct span bytes;
    size_t pos;
    bool failed; /* a read wanted more than was there */
};

static inline struct cursor cursor_from(struct span bytes) {
    return (struct cursor){.bytes = bytes};
}

/* How many bytes are still to be read. */
static inline size_t cursor_left(const struct cursor *c) {
    return c->bytes.len - c->pos;
}

/* The next 1, 2, 4 or 8 bytes as a number, most significant byte first. */
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_u16(struct cursor *c);
uint32_t cursor_u32(struct cursor *c);
uint64_t cursor_u64(struct cursor *c);

/* The next n bytes, lent from those of the cursor; empty on failure. */
struct span cursor_span(struct cursor *c, size_t n);

/* Appends a number to out, most significant byte first. False: out is full. */
bool cursor_put_u8(struct buf *out, uint8_t value);
bool cursor_put_u16(struct buf *out, uint16_t value);
bool cursor_put_u32(struct buf *out, uint32_t value);
bool cursor_put_u64(struct buf *out, uint64_t value);

#endif
