/*
 * buf.h: borrowed bytes (span) and owned bytes that grow to a limit (buf)
 *
 *   bytes  [ taken | start ... end: held | room ... cap ]   never past max
 *
 * A buf that is all zero but for max is empty, owns nothing and is ready for
 * use. A failed append leaves it as it was and is remembered in failed, so a
 * writer appends all its parts and asks once. Does no input or output.
 * Born in tcp/105_short_write.c.
 */
#ifndef PACKETS_BUF_H
#define PACKETS_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span { /* bytes that belong to somebody else */
    uint8_t *at;
    size_t n;
};

struct buf {
    uint8_t *bytes;
    uint32_t start, end; /* what is held */
    uint32_t cap;
    uint32_t max : 31;   /* holding more than this fails */
    uint32_t failed : 1; /* since the last buf_clear: something was refused */
};

/* Room for n more bytes behind end, which does not move (the writer adds to
 * end what it wrote), or NULL: over max or out of memory. What is held may
 * move: spans into it end here. */
uint8_t *buf_room(struct buf *b, size_t n);

/* Copies n bytes to the end; n may be 0, and the bytes must not be its own.
 * False: over max or out of memory. */
bool buf_append(struct buf *b, const void *bytes, size_t n);

/* The same for each of k parts, all of them or none. */
bool buf_gather(struct buf *b, const struct span *parts, size_t k);

/* Forgets the first n bytes held; n is at most that many. */
void buf_take(struct buf *b, size_t n);

/* Empties it but keeps the memory; buf_free gives that back, too. */
void buf_clear(struct buf *b);
void buf_free(struct buf *b);

static inline struct span buf_held(const struct buf *b) {
    return (struct span){b->bytes ? b->bytes + b->start : NULL,
                         b->end - b->start};
}

static inline bool buf_text(struct buf *b, const char *text) {
    return buf_append(b, text, strlen(text));
}

/* The span of a C string, without its end. The pointer loses its const: a
 * callee that writes into its input must say so, and is not given literals. */
static inline struct span span_of(const char *text) {
    return (struct span){(uint8_t *)(uintptr_t)text, strlen(text)};
}

/* s without its first n bytes; n is at most s.n. */
static inline struct span span_skip(struct span s, size_t n) {
    return (struct span){s.n ? s.at + n : s.at, s.n - n};
}

static inline bool span_same(struct span a, struct span b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.at, b.at, a.n) == 0);
}

#endif
