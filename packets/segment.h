/*
 * segment.h: the header of a TCP segment, RFC 9293 §3.1
 *
 *   | source port             | destination port       |
 *   | sequence number                                  |
 *   | acknowledgment number                            |
 *   | offset | reserved | flags | window               |
 *   | checksum                | urgent pointer         |
 *   | options, offset × 4 - 20 bytes                   |
 *
 * Introduced in tcp/107_reset.c.
 */
#ifndef PACKETS_SEGMENT_H
#define PACKETS_SEGMENT_H

#include "packets/address.h"
#include "packets/buf.h"

#define SEGMENT_HEADER 20 /* bytes without options */

enum segment_flag { /* control bits */
    SEGMENT_FIN = 0x01,
    SEGMENT_SYN = 0x02,
    SEGMENT_RST = 0x04,
    SEGMENT_PSH = 0x08,
    SEGMENT_ACK = 0x10,
    SEGMENT_URG = 0x20,
    SEGMENT_ECE = 0x40,
    SEGMENT_CWR = 0x80,
};

struct segment {
    uint16_t source_port, destination_port;
    uint32_t seq, ack;
    uint8_t flags;
    uint16_t window; /* as it is in the header, not scaled */
    uint16_t checksum, urgent;
    struct span options; /* borrowed */
};

enum segment_error {
    SEGMENT_ERR_OFFSET = -1, /* the data offset is less than 5, 20 bytes */
};

/* Parses the header at the front of bytes. Returns its length, 20 to 60, after
 * which the data begins; 0: there are fewer bytes; or a negative
 * segment_error. */
int segment_parse(struct span bytes, struct segment *s);

/* Appends header and data, and computes the checksum with these addresses: that
 * of s is not used. options has at most 40 bytes, a multiple of 4; header and
 * data have at most 65 535. False: out is full. */
bool segment_write(struct buf *out, const struct segment *s, struct span data,
                   const struct address *source,
                   const struct address *destination);

/* Is the checksum right? bytes are the whole header and data. */
bool segment_checksum_is_right(struct span bytes, const struct address *source,
                               const struct address *destination);

#define SEGMENT_FLAGS_MAX 40 /* all names and a zero byte */

/* Writes the flags by name, "SYN ACK", or "." for none. Returns text. */
char *segment_flags_text(uint8_t flags, char text[SEGMENT_FLAGS_MAX]);

/* One option, RFC 9293 §3.2. value is borrowed. */
struct segment_option {
    uint8_t kind; /* 2 maximum segment size, 3 window scale, 4 SACK permitted,
                   * 5 SACK (RFC 2018), 8 timestamps (RFC 7323) */
    struct span value;
};

/* Consumes the next option at the front of options, with no-operations before
 * it. False: there is none, and options is empty; or the length of one is wrong
 * (less than 2, or beyond the end), and options begins with it. */
bool segment_next_option(struct span *options, struct segment_option *o);

#endif
