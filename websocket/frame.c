/* frame.c: see websocket/frame.h. Entry points: frame_parse; frame_write and
 * frame_append; frame_mask. */
#include "websocket/frame.h"

#include <assert.h>
#include <string.h>

#define FIN 0x80u

static bool is_control(unsigned opcode) {
    return opcode >= FRAME_CLOSE;
}

static bool is_defined(unsigned opcode) {
    return opcode <= FRAME_BINARY ||
           (opcode >= FRAME_CLOSE && opcode <= FRAME_PONG);
}

/* Returns the size of the extended length after the seven bits. */
static size_t extended_size(unsigned seven) {
    return seven == 127 ? 8 : seven == 126 ? 2 : 0;
}

/* RFC 6455 §5.2: all numbers are in network byte order. */
static uint64_t read_number(const uint8_t *bytes, size_t n) {
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) value = value << 8 | bytes[i];
    return value;
}

static void write_number(uint8_t *bytes, size_t n, uint64_t value) {
    for (size_t i = n; i-- > 0; value >>= 8) bytes[i] = (uint8_t)value;
}

/* Parses and checks the first byte. Returns 1, or a frame_error. */
static int parse_first(struct frame *f, uint8_t byte) {
    /* RFC 6455 §5.2: RSV1-3 MUST be 0 unless an extension was negotiated that
     * defines them; an unknown opcode MUST fail the connection. */
    if (byte & 0x70) return FRAME_ERR_RESERVED;
    if (!is_defined(byte & 0x0F)) return FRAME_ERR_OPCODE;
    f->fin = byte & 0x80;
    f->opcode = byte & 0x0F;
    /* RFC 6455 §5.5: control frames MUST NOT be fragmented. */
    if (is_control(f->opcode) && !f->fin) return FRAME_ERR_CONTROL;
    return 1;
}

/* Parses the extended length; n bytes of it have arrived. Checks its first byte
 * even if others are missing. Returns 1; 0: incomplete; or a frame_error. */
static int parse_extended(struct frame *f, const uint8_t *bytes, size_t size,
                          size_t n) {
    /* RFC 6455 §5.2: the most significant bit of 64 MUST be 0. */
    if (size == 8 && n > 0 && bytes[0] & 0x80) return FRAME_ERR_LENGTH;
    if (n < size) return 0;
    f->length = read_number(bytes, size);
    /* RFC 6455 §5.2: the minimal number of bytes MUST be used. */
    if (f->length < (size == 2 ? 126u : 65536u)) return FRAME_ERR_LENGTH;
    return 1;
}

int frame_parse(struct frame *f, const uint8_t *bytes, size_t n) {
    if (n < 1) return 0;
    int ok = parse_first(f, bytes[0]);
    if (ok < 0) return ok;
    if (n < 2) return 0;
    f->masked = bytes[1] & 0x80;
    f->length = bytes[1] & 0x7F;
    /* RFC 6455 §5.5: control frames MUST have a length of 125 or less. */
    if (is_control(f->opcode) && f->length > FRAME_CONTROL_MAX)
        return FRAME_ERR_CONTROL;

    size_t at = 2, extended = extended_size((unsigned)f->length);
    if (extended > 0) {
        ok = parse_extended(f, bytes + at, extended, n - at);
        if (ok <= 0) return ok;
        at += extended;
    }
    if (f->masked) {
        if (n - at < sizeof f->key) return 0;
        memcpy(f->key, bytes + at, sizeof f->key);
        at += sizeof f->key;
    }
    return (int)at;
}

/* Writes a header that begins with the given byte. Returns its size. */
static size_t write_header(uint8_t *to, unsigned first, uint64_t length,
                           const uint8_t *key) {
    unsigned seven = length < 126     ? (unsigned)length
                     : length < 65536 ? 126
                                      : 127;
    size_t at = 2, extended = extended_size(seven);
    to[0] = (uint8_t)first;
    to[1] = (uint8_t)((key ? 0x80 : 0) | seven);
    write_number(to + at, extended, length);
    at += extended;
    if (!key) return at;
    memcpy(to + at, key, 4);
    return at + 4;
}

size_t frame_write(const struct frame *f, uint8_t out[FRAME_HEADER_MAX]) {
    assert(is_defined(f->opcode) && f->length >> 63 == 0);
    assert(!is_control(f->opcode) ||
           (f->fin && f->length <= FRAME_CONTROL_MAX));
    return write_header(out, (f->fin ? FIN : 0) | f->opcode, f->length,
                        f->masked ? f->key : NULL);
}

bool frame_append(struct buf *out, unsigned opcode, const struct span *parts,
                  size_t k, const uint8_t *key) {
    size_t length = 0;
    for (size_t i = 0; i < k; i++) length += parts[i].len;
    assert(is_defined(opcode));
    assert(!is_control(opcode) || length <= FRAME_CONTROL_MAX);

    uint8_t *start = buf_reserve(out, FRAME_HEADER_MAX + length);
    if (!start) return false;
    uint8_t *payload = start + write_header(start, FIN | opcode, length, key);
    uint8_t *end = payload;
    for (size_t i = 0; i < k; i++) {
        if (parts[i].len == 0) continue;
        memcpy(end, parts[i].data, parts[i].len);
        end += parts[i].len;
    }
    if (key) frame_mask(payload, length, key, 0);
    out->end += (uint32_t)(end - start);
    return true;
}

/* Masks whole blocks of 64 bytes, for which the compiler uses vectors. */
static void mask_blocks(uint8_t *bytes, size_t n, uint64_t mask) {
    uint8_t turned[64];
    for (size_t i = 0; i < 64; i += 8) memcpy(turned + i, &mask, 8);
    for (; n >= 64; bytes += 64, n -= 64)
        for (size_t i = 0; i < 64; i++) bytes[i] ^= turned[i];
}

void frame_mask(uint8_t *bytes, size_t n, const uint8_t key[4], uint64_t at) {
    uint8_t turned[4];
    uint32_t half;
    for (size_t i = 0; i < 4; i++) turned[i] = key[(at + i) % 4];
    memcpy(&half, turned, sizeof half);
    uint64_t mask = (uint64_t)half << 32 | half, word;
    if (n >= 128) {
        mask_blocks(bytes, n, mask);
        bytes += n & ~(size_t)63;
        n &= 63;
    }
    for (; n >= 8; bytes += 8, n -= 8) {
        memcpy(&word, bytes, 8); /* bytes may be unaligned */
        word ^= mask;
        memcpy(bytes, &word, 8);
    }
    if (n & 4) {
        uint32_t last;
        memcpy(&last, bytes, 4);
        last ^= half;
        memcpy(bytes, &last, 4);
        bytes += 4;
    }
    for (size_t i = 0; i < (n & 3); i++) bytes[i] ^= turned[i];
}
