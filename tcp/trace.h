/*
 * trace.h: one line on stderr for each event, without ever waiting
 *
 *   trace_line("%d of %d ready", n, all);
 *   trace_peer("<-", fd, "%zu B", n);          <- 127.0.0.1:53422 21 B
 *
 * Costs one comparison while it is off: the arguments are not evaluated. A pipe
 * or terminal that does not accept a line at once loses it; the number of lines
 * lost is printed as soon as there is space: a log that no one reads must not
 * stop a server. For that, a terminal is opened a second time; where that
 * fails, as it may after "su", nothing is traced. Threads that trace need a
 * lock. Processes that share stderr do not, since a line is one write; but a
 * pipe that is full except for one line may make one of them wait. Introduced
 * in tcp/111_fork_server.c.
 */
#ifndef TCP_TRACE_H
#define TCP_TRACE_H

#include <stdbool.h>

#define TRACE_MAX_LINE 200 /* bytes; a longer line is cut and ends in "..." */

extern bool trace_is_on; /* set by trace_open, or before it by --trace */

/* Turns tracing on or off, as the option --trace says. If stderr is a terminal
 * that cannot be opened again, says so there and leaves tracing off. */
void trace_open(bool on);

/* As printf, with a line feed added. Control characters are printed as \xNN. */
void trace_write(const char *format, ...);

/* As printf, about one connection: "<- 127.0.0.1:53422 ws text 21 B". arrow:
 * "<-" has arrived from the peer, "->" was sent to it, "--" is neither. fd -1:
 * no connection. On a terminal each arrow has its colour, unless the
 * environment has NO_COLOR. */
void trace_write_peer(const char *arrow, int fd, const char *format, ...);

/* A connection was accepted: its peer's name is kept for the lines about it,
 * since the kernel does not know it to the end. Or this program has begun to
 * connect to host and port; fd -1: it could not. It ends, and why. */
void trace_connected(int fd);
void trace_connecting(int fd, const char *host, const char *port);
void trace_closed(int fd, const char *why);

#define trace_line(...)                                                        \
    do {                                                                       \
        if (trace_is_on) trace_write(__VA_ARGS__);                             \
    } while (0)

#define trace_peer(...)                                                        \
    do {                                                                       \
        if (trace_is_on) trace_write_peer(__VA_ARGS__);                        \
    } while (0)

#endif
