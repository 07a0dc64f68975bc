/*
 * control.h: bytes from the network that a terminal would obey
 *
 *   ESC [ 2 J        clears the screen          1b 5b 32 4a
 *   CSI 2 J          the same, with U+009B      c2 9b 32 4a
 *
 * A program replaces these bytes before it shows text, for example by "\x1b".
 * Introduced in tcp/111_fork_server.c.
 */
#ifndef PACKETS_CONTROL_H
#define PACKETS_CONTROL_H

#include "packets/span.h"

/* Returns how many bytes at the front of s, which is not empty, a terminal
 * could obey: 1 for a control character (LF and tab, too), 2 for one of U+0080
 * to U+009F in UTF-8, 1 for a byte that is not UTF-8; 0: the first byte is
 * harmless. UTF-8 as in RFC 3629: no character is cut, overlong, a surrogate,
 * or beyond U+10FFFF. Only the end of s may cut one. *tail: how many bytes of
 * the current character are left; 0 at the start of a text, then as the last
 * call left it. */
size_t control_size(struct span s, int *tail);

#endif
