/*
 * terminal.h: what a client prints, on a terminal or into a pipe
 *
 *   ESC [ 2 J    clears the screen: a terminal obeys what is written to it
 *   \x1b[2J      so on a terminal the control characters are shown instead
 *
 * Bytes from the network must not command the terminal of the user. A pipe or a
 * file gets them as they are. Introduced in websocket/409_echo_client.c.
 */
#ifndef TCP_TERMINAL_H
#define TCP_TERMINAL_H

#include <stdio.h>

#include "packets/span.h"

/* Writes a line and its LF, and flushes. On a terminal, control characters
 * other than LF and tab are shown as "\x1b"; so are those of 8 bits, and bytes
 * that are not UTF-8. False: the stream is closed or full. */
bool terminal_print(FILE *to, struct span line);

/* The same on stdout; ends the process when that is closed or full: a program
 * whose output no one gets has not done its work. */
void terminal_show(struct span line);

/* Prints "PROGRAM: why: detail" on stderr, in the same way; or, with NO_DETAIL,
 * "PROGRAM: why". Returns 1, main's exit status; terminal_die ends the process
 * with it. */
#define NO_DETAIL ((struct span){0})
#define TERMINAL_DETAIL 200 /* bytes of detail that are printed; then "..." */
int terminal_report(const char *why, struct span detail);
_Noreturn void terminal_die(const char *why, struct span detail);

/* Prints that argument is no URL, with the usage line, which begins with the
 * right scheme; for wss: or https: that this is not TLS. Returns 2. */
int terminal_usage(const char *argument, const char *usage);

#endif
