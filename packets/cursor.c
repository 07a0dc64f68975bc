/* cursor.c: see packets/cursor.h. All reads call read_bytes, which checks for
 * the end; all writes call append_number. */
#include "packets/cursor.h"

/* Returns the next n bytes and moves past them. NULL: fewer are left, or an
 * earlier read failed. */
static const uint8_t *read_bytes(struct cursor *c, size_t n) {
    if (c->failed || n > cursor_left(c)) {
        c->failed = true;
        return NULL;
    }
    const uint8_t *at = c->bytes.data + c->pos;
    c->pos += n;
    return at;
}

static uint64_t read_number(struct cursor *c, size_t n) {
    const uint8_t *at = read_bytes(c, n);
    uint64_t value = 0;
    for (size_t i = 0; at && i < n; i++) value = value << 8 | at[i];
    return value;
}

uint8_t cursor_u8(struct cursor *c) {
    return (uint8_t)read_number(c, 1);
}

uint16_t cursor_u16(struct cursor *c) {
    return (uint16_t)read_number(c, 2);
}

uint32_t cursor_u32(struct cursor *c) {
    return (uint32_t)read_number(c, 4);
}

uint64_t cursor_u64(struct cursor *c) {
    return read_number(c, 8);
}

struct span cursor_span(struct cursor *c, size_t n) {
    size_t at = c->pos;
    if (!read_bytes(c, n)) return (struct span){0};
    return (struct span){c->bytes.data + at, n};
}

static bool append_number(struct buf *out, uint64_t value, size_t n) {
    uint8_t bytes[8];
    for (size_t i = n; i-- > 0; value >>= 8) bytes[i] = (uint8_t)value;
    return buf_append(out, bytes, n);
}

bool cursor_put_u8(struct buf *out, uint8_t value) {
    return append_number(out, value, 1);
}

bool cursor_put_u16(struct buf *out, uint16_t value) {
    return append_number(out, value, 2);
}

bool cursor_put_u32(struct buf *out, uint32_t value) {
    return append_number(out, value, 4);
}

bool cursor_put_u64(struct buf *out, uint64_t value) {
    return append_number(out, value, 8);
}
