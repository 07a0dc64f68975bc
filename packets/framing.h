/*
 * framing.h: messages in a stream, by a delimiter or by a length
 *
 *   line      h e l l o LF                 a line feed ends it: none is inside
 *   prefixed  00 00 00 05 | h e l l o      the length, then the bytes
 *
 * Codecs without state: each parses the bytes that have arrived so far.
 * Introduced in packets/309_delimiter.c and packets/310_length_prefix.c.
 */
#ifndef PACKETS_FRAMING_H
#define PACKETS_FRAMING_H

#include <sys/types.h>

#include "packets/buf.h"

#define FRAMING_PREFIX 4 /* bytes of the length, big-endian */

enum framing_error {
    FRAMING_ERR_LONG = -1, /* the message is longer than max */
};

/* Parses the line at the front of bytes; *message is the part without the LF,
 * and without a CR before it. Returns the number of bytes consumed; 0: the line
 * is not complete; or FRAMING_ERR_LONG as soon as more than max bytes have
 * arrived without an LF. */
ssize_t framing_line(struct span bytes, size_t max, struct span *message);

/* Parses the prefixed message at the front of bytes, and returns as
 * framing_line. Checks the length as soon as its four bytes have arrived,
 * before the caller waits for the message. */
ssize_t framing_prefixed(struct span bytes, size_t max, struct span *message);

/* Append message with its LF, or with its prefix. False, and nothing is
 * appended: out is full, or a line contains an LF or ends in a CR. */
bool framing_put_line(struct buf *out, struct span message);
bool framing_put_prefixed(struct buf *out, struct span message);

#endif
