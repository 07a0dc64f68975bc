/* utf8.c: see websocket/utf8.h. A state machine, and a fast path for ASCII. */
#include "websocket/utf8.h"

#include <string.h>

/*
 * Each state determines the valid next bytes (RFC 3629 §4):
 *
 *   TAIL1..TAIL3     80-BF; that many tail bytes are missing
 *   AFTER_E0, _ED    of three bytes: not overlong, not a surrogate
 *   AFTER_F0, _F4    of four bytes: not overlong, not above U+10FFFF
 */
enum {
    TAIL1 = 1,
    TAIL2,
    TAIL3,
    AFTER_E0,
    AFTER_ED,
    AFTER_F0,
    AFTER_F4,
};

static const struct {
    uint8_t low, high, next;
} steps[] = {
    [TAIL1] = {0x80, 0xBF, UTF8_START}, [TAIL2] = {0x80, 0xBF, TAIL1},
    [TAIL3] = {0x80, 0xBF, TAIL2},      [AFTER_E0] = {0xA0, 0xBF, TAIL1},
    [AFTER_ED] = {0x80, 0x9F, TAIL1},   [AFTER_F0] = {0x90, 0xBF, TAIL2},
    [AFTER_F4] = {0x80, 0x8F, TAIL2},
};

/* The state after the first byte of a character beyond ASCII. */
static uint8_t lead(uint8_t byte) {
    if (byte < 0xC2) return UTF8_BAD; /* a tail byte, or overlong */
    if (byte < 0xE0) return TAIL1;
    if (byte == 0xE0) return AFTER_E0;
    if (byte == 0xED) return AFTER_ED;
    if (byte < 0xF0) return TAIL2;
    if (byte == 0xF0) return AFTER_F0;
    if (byte < 0xF4) return TAIL3;
    if (byte == 0xF4) return AFTER_F4;
    return UTF8_BAD; /* above U+10FFFF */
}

static uint8_t step(uint8_t state, uint8_t byte) {
    if (state == UTF8_START) return lead(byte);
    if (byte < steps[state].low || byte > steps[state].high) return UTF8_BAD;
    return steps[state].next;
}

/* True if one of the n bytes is 0x80 or above; n is a multiple of 8. The loop
 * over words of 8 bytes has no branch, so the compiler uses vectors. */
static inline bool has_high_bit(const uint8_t *bytes, size_t n) {
    uint64_t all = 0;
    for (size_t i = 0; i < n; i += sizeof all) {
        uint64_t word;
        memcpy(&word, bytes + i, sizeof word);
        all |= word;
    }
    return (all & 0x8080808080808080u) != 0;
}

/* Returns the number of ASCII bytes at the front, tested in blocks as large as
 * possible. The last word may overlap the one before it, so that no single
 * bytes remain. */
static size_t ascii_length(const uint8_t *bytes, size_t n) {
    size_t at = 0;
    while (n - at >= 64 && !has_high_bit(bytes + at, 64)) at += 64;
    while (n - at >= 32 && !has_high_bit(bytes + at, 32)) at += 32;
    while (n - at >= 8 && !has_high_bit(bytes + at, 8)) at += 8;
    if (n >= 8 && n - at < 8 && !has_high_bit(bytes + n - 8, 8)) return n;
    while (at < n && bytes[at] < 0x80) at++;
    return at;
}

uint8_t utf8_feed(uint8_t state, const uint8_t *bytes, size_t n) {
    size_t at = 0;
    while (at < n && state != UTF8_BAD) {
        if (state == UTF8_START && bytes[at] < 0x80)
            at += ascii_length(bytes + at, n - at);
        else
            state = step(state, bytes[at++]);
    }
    return state;
}
