/*
 * hex.h: hexadecimal digits, and the percent-encoding made of them
 *
 *   "a%20b"  ->  'a', ' ', 'b'          "%" HEXDIG HEXDIG, RFC 3986 §2.1
 *
 * A text is decoded once, byte by byte: "%2565" is "%65", never "e".
 * Introduced in tcp/107_reset.c.
 */
#ifndef PACKETS_HEX_H
#define PACKETS_HEX_H

#include "packets/span.h"

/* Returns the value of a hexadecimal digit in either case, 0 to 15, or -1. */
static inline int hex_digit(uint8_t c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Consumes one or three bytes at the front of a percent-encoded text, which
 * must not be empty. Returns the decoded byte, 0 to 255; or -1 and consumes
 * nothing: a "%" without two digits after it. */
static inline int hex_percent_decode(struct span *text) {
    uint8_t c = text->data[0];
    if (c != '%') {
        *text = span_skip(*text, 1);
        return c;
    }
    if (text->len < 3) return -1;
    int high = hex_digit(text->data[1]), low = hex_digit(text->data[2]);
    if (high == -1 || low == -1) return -1;
    *text = span_skip(*text, 3);
    return high * 16 + low;
}

#endif
