/*
 * compose.h: puts a TCP segment into a frame, the reverse of dissect.h
 *
 *   | Ethernet | IPv4 or IPv6 | TCP | data |    all checksums are right
 *
 * Introduced in packets/314_capture.c.
 */
#ifndef PACKETS_COMPOSE_H
#define PACKETS_COMPOSE_H

#include "packets/dissect.h"

#define COMPOSE_TTL 64

/* Appends a frame with a segment between these ends; data has at most 65 000
 * bytes. A MAC address is 02:00:00:00 and the last two bytes of the IP address.
 * The ports come from ends, not from s, whose checksum is not used. False: out
 * is full. */
bool compose_segment(struct buf *out, const struct ends *ends,
                     const struct segment *s, struct span data);

#endif
