/*
 * base64.h: encodes bytes as text and decodes them (RFC 4648 §4)
 *
 *   3 bytes of 8 bits  <->  4 characters of 6 bits; "=" fills the last four
 *
 * The decoder is strict: no line breaks, no missing padding, no bits left over
 * (RFC 4648 §3.5). Nothing is allocated. Introduced in websocket/403_upgrade.c.
 */
#ifndef WEBSOCKET_BASE64_H
#define WEBSOCKET_BASE64_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The number of characters for n bytes, with the padding. */
#define BASE64_SIZE(n) (((n) + 2) / 3 * 4)

/* Writes BASE64_SIZE(n) characters, without a NUL after them, and returns their
 * number. */
size_t base64_encode(const uint8_t *bytes, size_t n, char *out);

/* Decodes n characters into out, which has space for n / 4 * 3 bytes and may be
 * text itself (decoding in place). Returns the number of bytes, or -1: the text
 * is not base64. */
ssize_t base64_decode(const char *text, size_t n, uint8_t *out);

#endif
