/*
 * trace.h: prints one line on stderr for each event, and never waits
 *
 *   trace_line("%d of %d ready", n, all);
 *   trace_peer("<-", fd, "%zu B", n);          <- 127.0.0.1:53422 21 B
 *
 * While tracing is off, a call costs one comparison: the arguments are not
 * evaluated. If a pipe or terminal does not accept a line at once, the line is
 * lost, so that an unread log cannot stop a server; the number of lost lines is
 * printed when there is space. For that, a terminal is opened a second time; if
 * that fails, as it may after "su", nothing is traced. Threads that trace need
 * a lock. Processes that share stderr do not, since a line is one write; but a
 * pipe with space for only one line may make one of them wait. Introduced in
 * tcp/111_fork_server.c.
 */
#ifndef TCP_TRACE_H
#define TCP_TRACE_H

#include <stdbool.h>

#define TRACE_MAX_LINE 200 /* bytes; a longer line is cut and ends in "..." */

extern bool trace_is_on; /* set by trace_open, or before it by --trace */

/* Turns tracing on or off, as the option --trace says. If stderr is a terminal
 * that cannot be opened again, prints that and leaves tracing off. */
void trace_open(bool on);

/* Prints a line like printf, and adds a line feed. Control characters are
 * printed as \xNN. */
void trace_write(const char *format, ...);

/* Prints a line like printf about one connection: "<- 127.0.0.1:53422 ws text
 * 21 B". arrow: "<-" from the peer, "->" to the peer, "--" neither. fd -1: no
 * connection. On a terminal each arrow has a colour, unless NO_COLOR is set. */
void trace_write_peer(const char *arrow, int fd, const char *format, ...);

/* trace_connected: a connection was accepted; its peer's name is kept for later
 * lines, since the kernel may forget it before the end. trace_connecting: this
 * program has begun to connect to host and port; fd -1: it could not.
 * trace_closed: the connection ends, and why. */
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
