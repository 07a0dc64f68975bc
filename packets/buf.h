/*
 * buf.h: owned bytes, appended at the end and consumed from the front
 *
 *   bytes  [ consumed | start ... end: content | free ... cap ]   max: limit
 *
 * Grows as needed, but never holds more than max bytes. The first append
 * allocates little more than it needs; later ones allocate ahead. A buf that is
 * all zero except for max is empty, owns no memory and is ready for use. An
 * append that fails changes nothing and sets failed, so a writer may append all
 * its parts and check once. Introduced in tcp/105_short_write.c.
 */
#ifndef PACKETS_BUF_H
#define PACKETS_BUF_H

#include "packets/span.h"

#define BUF_MAX INT32_MAX /* the largest max, in bytes */

struct buf {
    uint8_t *bytes;
    uint32_t start, end; /* the content is bytes[start] to bytes[end - 1] */
    uint32_t cap;        /* bytes allocated */
    uint32_t max : 31;   /* content beyond this many bytes is refused */
    uint32_t failed : 1; /* since the last buf_clear an append was refused */
};

/* Makes *b empty with a limit of max bytes, at most BUF_MAX. Allocates
 * nothing. For a constant limit, struct buf b = {.max = 100} does the same. */
void buf_init(struct buf *b, size_t max);

/* Returns a pointer to space for n more bytes after the content. NULL: the
 * limit is reached, or there is no memory. The caller writes there and then
 * adds the number of bytes to end. The content may move, which makes spans into
 * it invalid. */
uint8_t *buf_reserve(struct buf *b, size_t n);

/* Appends a copy of n bytes, which are not b's own; n may be 0. False: the
 * limit is reached, or there is no memory. */
bool buf_append(struct buf *b, const void *bytes, size_t n);

/* Appends the k parts in order: all of them, or none if it returns false. */
bool buf_append_all(struct buf *b, const struct span *parts, size_t k);

/* Removes the first n bytes of the content; n is at most its length. */
void buf_consume(struct buf *b, size_t n);

/* Both remove all content and reset failed. buf_clear keeps the memory for the
 * next use, buf_free frees it. */
void buf_clear(struct buf *b);
void buf_free(struct buf *b);

/* Returns the content; valid until the next append, reserve or free. */
static inline struct span buf_view(const struct buf *b) {
    return (struct span){b->bytes ? b->bytes + b->start : NULL,
                         b->end - b->start};
}

/* Appends a C string without its final zero byte. */
static inline bool buf_text(struct buf *b, const char *text) {
    return buf_append(b, text, strlen(text));
}

#endif
