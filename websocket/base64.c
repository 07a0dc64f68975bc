/* base64.c: see websocket/base64.h. Both directions work on groups of 24 bits:
 * three bytes, or four characters. */
#include "websocket/base64.h"

#include <string.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_encode(const uint8_t *bytes, size_t n, char *out) {
    char *to = out;
    for (size_t at = 0; at < n; at += 3) {
        size_t left = n - at;
        uint32_t bits = (uint32_t)bytes[at] << 16;
        if (left > 1) bits |= (uint32_t)bytes[at + 1] << 8;
        if (left > 2) bits |= bytes[at + 2];
        *to++ = alphabet[bits >> 18];
        *to++ = alphabet[bits >> 12 & 63];
        *to++ = '=';
        *to++ = '=';
        /* RFC 4648 §4: one byte makes two characters, two bytes make three; the
         * rest of the four stays padding. */
        if (left > 1) to[-2] = alphabet[bits >> 6 & 63];
        if (left > 2) to[-1] = alphabet[bits & 63];
    }
    return (size_t)(to - out);
}

/* Returns the six bits that a character stands for, or -1. */
static int value(uint8_t c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Decodes four characters; the last padding of them are "=". Returns the 24
 * bits, or -1. */
static int32_t decode_four(const uint8_t *text, size_t padding) {
    int32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        int six = i < 4 - padding ? value(text[i]) : 0;
        if (six < 0) return -1;
        bits = bits << 6 | six;
    }
    /* RFC 4648 §3.5: bits that are part of no byte MUST be zero. */
    if (bits & ((1 << 8 * padding) - 1)) return -1;
    return bits;
}

ssize_t base64_decode(const char *text, size_t n, uint8_t *out) {
    const uint8_t *in = (const uint8_t *)text;
    uint8_t *to = out;
    /* RFC 4648 §3.2: padding MUST make the length a multiple of four. */
    if (n % 4 != 0) return -1;
    for (size_t at = 0; at < n; at += 4) {
        size_t padding = 0;
        if (at + 4 == n && in[at + 3] == '=')
            padding = in[at + 2] == '=' ? 2 : 1;
        int32_t bits = decode_four(in + at, padding);
        if (bits < 0) return -1;
        *to++ = (uint8_t)(bits >> 16);
        if (padding < 2) *to++ = (uint8_t)(bits >> 8);
        if (padding < 1) *to++ = (uint8_t)bits;
    }
    return to - out;
}
