/*
 * span.h: where some bytes are, and how many
 *
 *   data  [ b y t e s ]  len      the owner says how long they stay valid
 *
 * A C string ends at its first zero byte; network data may contain any byte.
 * So bytes travel with their length. A span owns nothing and is passed by
 * value. An empty span may have any data, NULL included: NULL with a length of
 * 0 is "there is none". Introduced in tcp/105_short_write.c.
 */
#ifndef PACKETS_SPAN_H
#define PACKETS_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    uint8_t *data;
    size_t len; /* bytes */
};

/* Returns the span of a C string, without its final zero byte. The pointer
 * loses its const: do not pass the span of a string literal to a function that
 * writes into its input, as its contract says. */
static inline struct span span_from(const char *text) {
    return (struct span){(uint8_t *)(uintptr_t)text, strlen(text)};
}

/* Returns s without its first n bytes; n is at most s.len. */
static inline struct span span_skip(struct span s, size_t n) {
    return (struct span){s.len ? s.data + n : s.data, s.len - n};
}

static inline bool span_equal(struct span a, struct span b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline uint8_t span_lower(uint8_t c) {
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/* As span_equal, but ASCII letters match in either case ("ci": case-
 * insensitive), which is how HTTP compares the names of fields. */
static inline bool span_equal_ci(struct span a, struct span b) {
    if (a.len != b.len || !a.data || !b.data) return a.len + b.len == 0;
    for (size_t i = 0; i < a.len; i++)
        if (span_lower(a.data[i]) != span_lower(b.data[i])) return false;
    return true;
}

#endif
