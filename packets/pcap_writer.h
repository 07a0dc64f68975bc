/*
 * pcap_writer.h: writes a capture that Wireshark and tcpdump open
 *
 *   file header  | magic 4 | version 2+2 | 0 8 | snap length 4 | link type 4 |
 *   each packet  | seconds 4 | microseconds 4 | captured 4 | original 4 | bytes
 *
 * The classic format of pcap (draft-ietf-opsawg-pcap), with Ethernet frames and
 * microseconds. The magic number says in which byte order the numbers are; here
 * that is big-endian, as on the wire. packets/pcap.h reads all variants.
 * Introduced in tcp/107_reset.c.
 */
#ifndef PACKETS_PCAP_WRITER_H
#define PACKETS_PCAP_WRITER_H

#include "packets/buf.h"

#define PCAP_WRITER_HEADER 24   /* bytes, of the file */
#define PCAP_WRITER_RECORD 16   /* bytes, before each packet */
#define PCAP_WRITER_SNAP 262144 /* the most bytes of a packet */

/* Appends the header that a file begins with. False: out is full. */
bool pcap_write_header(struct buf *out);

/* Appends a frame that was captured at time_us, microseconds since 1970, which
 * must be before 2106: 32 bits of seconds. The frame had wire_len bytes; frame
 * is all or the beginning, at most PCAP_WRITER_SNAP bytes. False: out is
 * full. */
bool pcap_write_frame(struct buf *out, int64_t time_us, struct span frame,
                      uint32_t wire_len);

#endif
