/*
 * utf8.h: checks UTF-8 (RFC 3629 §4), also in pieces
 *
 *   00-7F                      one byte
 *   C2-DF 80-BF                two; C0 and C1 would be overlong
 *   E0-EF 80-BF 80-BF          three; after E0 from A0, after ED up to 9F
 *   F0-F4 80-BF 80-BF 80-BF    four; after F0 from 90, after F4 up to 8F
 *
 * The state between pieces is one byte. A wrong byte is found at once, not at
 * the end of its character. Introduced in websocket/406_fragments.c.
 */
#ifndef WEBSOCKET_UTF8_H
#define WEBSOCKET_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_START 0 /* between two characters; a valid text ends so */
#define UTF8_BAD 0xFF

/* Feeds n more bytes to the given state and returns the next: UTF8_START,
 * UTF8_BAD, or some other value in the middle of a character. */
uint8_t utf8_feed(uint8_t state, const uint8_t *bytes, size_t n);

/* Is the whole text of n bytes UTF-8? */
static inline bool utf8_valid(const uint8_t *bytes, size_t n) {
    return utf8_feed(UTF8_START, bytes, n) == UTF8_START;
}

#endif
