/*
 * explain_text.h: an explanation as an annotated hex dump, for a terminal
 *
 *   IPv4, 20 bytes: layer 3 network (internet), RFC 791 §3.1
 *     000e  4.                       Version              4
 *     000e  .5                       IHL                  5, 20 bytes
 *   ! 0018  12 34                    Header Checksum      0x1234, wrong: ...
 *
 * Each field has a row; rows of 16 bytes follow a field of more than 8 bytes. A
 * field that is smaller than its bytes shows its own bits or hex digits, and
 * dots for the others. "!" marks a field that breaks a rule, "~" one that is
 * cut. Derived bytes have offsets of their own, "+0000".
 * Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_EXPLAIN_TEXT_H
#define PACKETS_EXPLAIN_TEXT_H

#include "packets/explain.h"

struct explain_text_options {
    bool has_colour; /* one for each layer (ECMA-48); only for a terminal */
    bool has_dump;   /* false: without the rows of 16 bytes */
    int layer;       /* 1 to 7: the fields of this layer; 0: all */
};

/* Appends the text. It contains no control characters but LF and, with colours,
 * ESC. False: out is full. */
bool explain_text_write(struct buf *out, const struct explain *e,
                        const struct explain_text_options *options);

#endif
