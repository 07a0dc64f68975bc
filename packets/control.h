/*
 * control.h: bytes from the network that would command a terminal
 *
 *   ESC [ 2 J        clears the screen          1b 5b 32 4a
 *   CSI 2 J          the same, with U+009B      c2 9b 32 4a
 *
 * Before such text is shown, these bytes are replaced, for example by "\x1b".
 * Introduced in tcp/111_fork_server.c.
 */
#ifndef PACKETS_CONTROL_H
#define PACKETS_CONTROL_H

#include "packets/span.h"

/* Returns how many bytes at the front of s, which is not empty, a terminal
 * could read as a command: 1 for a control character (LF and tab, too), 2 for
 * one of U+0080 to U+009F in UTF-8, 1 for a byte that is not UTF-8; 0: the
 * first byte is harmless. RFC 3629: no character is cut short, longer than it
 * need be, a surrogate, or beyond U+10FFFF. Only the end of s may cut one.
 * *tail is how many bytes of the character under way are still to come: 0 at
 * the start of a text, then as the call before left it. */
size_t control_size(struct span s, int *tail);

#endif
