/*
 * framing.h: messages in a stream, by a separator or by a length
 *
 *   line      h e l l o LF                         what ends it cannot be in it
 *   prefixed  00 00 00 05 | h e l l o              4 bytes, big-endian, then n
 *
 * Codecs without state: each looks at the bytes that have come so far.
 * Introduced in packets/309_delimiter.c and packets/310_length_prefix.c.
 */
#ifndef PACKETS_FRAMING_H
#define PACKETS_FRAMING_H

#include <sys/types.h>

#include "packets/buf.h"

#define FRAMING_PREFIX 4 /* bytes of length before a prefixed message */

enum framing_error {
    FRAMING_ERR_LONG = -1, /* the message is, or will be, longer than max */
};

/* Finds the message at the start of bytes, lent from them, without its LF and
 * without a CR before that. Returns the bytes consumed, 0 if it has not all
 * come, or FRAMING_ERR_LONG once more than max bytes have come without LF. */
ssize_t framing_line(struct span bytes, size_t max, struct span *message);

/* The same for a prefixed message. The length is judged as soon as its four
 * bytes are there: FRAMING_ERR_LONG before anything of that size is awaited. */
ssize_t framing_prefixed(struct span bytes, size_t max, struct span *message);

/* Appends message and what frames it. False: out is full, or the message holds
 * an LF or ends in a CR (line), or is over 2^32 - 1 bytes (prefixed); then
 * nothing is appended. */
bool framing_put_line(struct buf *out, struct span message);
bool framing_put_prefixed(struct buf *out, struct span message);

#endif
