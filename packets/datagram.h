/*
 * datagram.h: the header of a UDP datagram, RFC 768
 *
 *   | source port | destination port | length | checksum |   2 bytes each
 *
 * The length includes these 8 bytes. A checksum of 0 means that the sender
 * computed none, which only IPv4 allows (RFC 8200 §8.1). Introduced in
 * tcp/107_reset.c.
 */
#ifndef PACKETS_DATAGRAM_H
#define PACKETS_DATAGRAM_H

#include "packets/address.h"
#include "packets/buf.h"

#define DATAGRAM_HEADER 8

struct datagram {
    uint16_t source_port, destination_port;
    uint16_t length; /* header and data, in bytes */
    uint16_t checksum;
};

enum datagram_error {
    DATAGRAM_ERR_LENGTH = -1, /* less than the header's 8 bytes */
};

/* Parses the header at the front of bytes. Returns 8; 0: there are fewer bytes;
 * or a negative datagram_error. */
int datagram_parse(struct span bytes, struct datagram *d);

/* Appends header and data, and computes length and checksum: those of d are not
 * used. A checksum that would be 0 is sent as 0xffff. data has at most 65 527
 * bytes. False: out is full. */
bool datagram_write(struct buf *out, const struct datagram *d, struct span data,
                    const struct address *source,
                    const struct address *destination);

/* Is the checksum right, or absent over IPv4? bytes are header and data, as
 * many as the length says. */
bool datagram_checksum_is_right(struct span bytes, const struct address *source,
                                const struct address *destination);

#endif
