/*
 * terminal.h: prints the output of a client safely on a terminal
 *
 *   ESC [ 2 J    clears the screen: a terminal obeys what is written to it
 *   \x1b[2J      so on a terminal the control characters are shown instead
 *
 * Bytes from the network must not control the user's terminal. A pipe or a file
 * gets them unchanged. Introduced in websocket/409_echo_client.c.
 */
#ifndef TCP_TERMINAL_H
#define TCP_TERMINAL_H

#include <stdio.h>

#include "packets/span.h"

/* Writes text as it is. On a terminal, control characters, also those of 8
 * bits, and bytes that are not UTF-8 are shown as "\x1b"; LF, CR LF and tab
 * stay. */
void terminal_write(FILE *to, struct span text);

/* Writes a line like terminal_write, then an LF, and flushes. False: the stream
 * is closed or full. */
bool terminal_print(FILE *to, struct span line);

/* Prints a line like terminal_print on stdout. If stdout is closed or full, it
 * ends the process: without its output, a program has failed. */
void terminal_show(struct span line);

/* Prints "PROGRAM: why: detail" on stderr like terminal_print; with NO_DETAIL,
 * "PROGRAM: why". Returns 1, main's exit status. */
#define NO_DETAIL ((struct span){0})
#define TERMINAL_DETAIL 200 /* bytes of detail that are printed; then "..." */
int terminal_report(const char *why, struct span detail);

/* Prints that argument is not a URL, with the usage line, which begins with the
 * right scheme; for wss: or https: that TLS is not supported. Returns 2. */
int terminal_usage(const char *argument, const char *usage);

#endif
