/*
 * cursor.h: reads and writes numbers in bytes, with one check at the end
 *
 *   bytes  [ read ... pos | not read yet ... len ]    all numbers big-endian
 *
 * A struct cannot be laid over bytes from the wire: the compiler chooses its
 * padding, and the processor its byte order. A cursor reads field by field
 * instead. A read past the end returns 0, does not move, and sets an error flag
 * that stays set: check it once, after reading all fields. A cursor owns
 * nothing and allocates nothing.
 * Introduced in tcp/107_reset.c.
 */
#ifndef PACKETS_CURSOR_H
#define PACKETS_CURSOR_H

#include "packets/buf.h"

struct cursor {
    struct span bytes;
    size_t pos;
    bool failed; /* a read wanted more bytes than were left */
};

static inline struct cursor cursor_from(struct span bytes) {
    return (struct cursor){.bytes = bytes};
}

/* Returns how many bytes have not been read yet. */
static inline size_t cursor_left(const struct cursor *c) {
    return c->bytes.len - c->pos;
}

/* Reads the next 1, 2, 4 or 8 bytes as a number. 0 on failure. */
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_u16(struct cursor *c);
uint32_t cursor_u32(struct cursor *c);
uint64_t cursor_u64(struct cursor *c);

/* Reads the next n bytes, which are borrowed from c->bytes. Empty on
 * failure. */
struct span cursor_span(struct cursor *c, size_t n);

/* Appends a number of 1, 2, 4 or 8 bytes to out. False: out is full. */
bool cursor_put_u8(struct buf *out, uint8_t value);
bool cursor_put_u16(struct buf *out, uint16_t value);
bool cursor_put_u32(struct buf *out, uint32_t value);
bool cursor_put_u64(struct buf *out, uint64_t value);

#endif
