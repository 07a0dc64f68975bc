/*
 * frame_text.h: a frame as one line of text
 *
 *   who has 10.0.0.2? tell 10.0.0.1
 *   10.0.0.2 is at 02:00:00:00:00:0b
 *   10.0.0.1:7000 > 10.0.1.2:7 TTL 63 UDP 5 bytes
 *   10.0.1.9 > 10.0.0.1 TTL 64 ICMP time to live exceeded
 *   10.0.0.1 > 10.0.1.2 TTL 63 bytes 1480 to 2959, more follow
 *
 * Addresses are in numbers, not names. packets/explain.h shows every bit.
 * Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_FRAME_TEXT_H
#define PACKETS_FRAME_TEXT_H

#include "packets/span.h"

#define FRAME_TEXT_MAX 200

/* Writes the line for a frame, in printable ASCII; "malformed" if the frame
 * breaks a rule. Returns text. */
char *frame_text(struct span frame, char text[FRAME_TEXT_MAX]);

/* As frame_text, for an IPv4 or IPv6 packet. */
char *frame_text_packet(struct span packet, char text[FRAME_TEXT_MAX]);

/* Writes the addresses of a frame, "..:0a > all": the last byte of each, or
 * "all" for the broadcast. "" if it has none. Returns text. */
#define FRAME_TEXT_MACS_MAX 20
char *frame_text_macs(struct span frame, char text[FRAME_TEXT_MACS_MAX]);

#endif
