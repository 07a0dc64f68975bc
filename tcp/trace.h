/*
 * trace.h: one line on stderr for each event, without ever waiting
 *
 *   trace_line("link %u: accepted", link);
 *
 * Costs one comparison while it is off: the arguments are not evaluated. A pipe
 * or terminal that does not accept a line at once loses it; the number of lines
 * lost is printed as soon as there is space: a log that no one reads must not
 * stop a server. Introduced in websocket/401_http.c.
 */
#ifndef TCP_TRACE_H
#define TCP_TRACE_H

#include <stdbool.h>

#define TRACE_MAX_LINE 200 /* bytes; a longer line is cut and ends in "..." */

extern bool trace_is_on; /* set by trace_open; do not write */

/* Turns tracing on or off, as the option --trace says. */
void trace_open(bool on);

/* As printf, with a line feed added. Control characters are printed as \xNN. */
void trace_write(const char *format, ...);

#define trace_line(...)                                                        \
    do {                                                                       \
        if (trace_is_on) trace_write(__VA_ARGS__);                             \
    } while (0)

#endif
