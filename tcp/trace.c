/* trace.c: see tcp/trace.h. Entry points: trace_open, trace_write,
 * trace_write_peer, trace_connected, trace_connecting, trace_closed. */
#include "tcp/trace.h"
#include "packets/control.h"
#include "tcp/colour.h"
#include "tcp/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    /* POSIX: a pipe that poll reports as writable accepts this many bytes
     * at once. So one write never waits, and never writes half a line. */
    MAX_WRITE = 512,
    MAX_TEXT = TRACE_MAX_LINE,
};

bool trace_is_on;
static char (*names)[LISTEN_NAME_MAX]; /* of peers, by descriptor */
static int name_count;
static bool has_colours;      /* stderr is a terminal with colours */
static unsigned long dropped; /* lines lost since the last one written */
static int output = STDERR_FILENO;
static char unsent[MAX_WRITE]; /* the rest of a line of which a part was
                                  written */
static size_t unsent_len;

/* Opens the terminal of stderr once more, non-blocking: poll may report a
 * terminal as writable although write then blocks. O_NONBLOCK on stderr itself
 * would affect the shell, which shares the open file. Returns -1 and errno on
 * failure. */
static int open_terminal(void) {
    /* it may belong to another session */
    bool controls_us = tcgetpgrp(STDERR_FILENO) != -1;
    const char *name = controls_us ? "/dev/tty" : ttyname(STDERR_FILENO);
    if (!name) return -1;
    return open(name, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

/* Ignores SIGPIPE: otherwise a reader that ends ("| head") would end the
 * server. */
void trace_open(bool on) {
    trace_is_on = on;
    dropped = 0;
    free(names);
    names = NULL;
    name_count = 0;
    has_colours = colour_is_on(STDERR_FILENO);
    unsent_len = 0;
    if (output != STDERR_FILENO) close(output);
    output = STDERR_FILENO;
    if (!on) return;
    signal(SIGPIPE, SIG_IGN);
    if (!isatty(STDERR_FILENO)) return;
    int terminal = open_terminal();
    if (terminal != -1) {
        output = terminal;
        return;
    }
    perror("no trace, this terminal cannot be opened");
    trace_is_on = false;
}

/* Like write, to output. */
static ssize_t write_some(const char *bytes, size_t n) {
    ssize_t written;
    do written = write(output, bytes, n);
    while (written == -1 && errno == EINTR);
    return written;
}

/* Can the next line be written without blocking? First writes the rest of a cut
 * line. */
static bool is_writable(void) {
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (output == STDERR_FILENO)
        return poll(&p, 1, 0) == 1 && p.revents & POLLOUT;
    ssize_t written = unsent_len > 0 ? write_some(unsent, unsent_len) : 0;
    if (written > 0) {
        unsent_len -= (size_t)written;
        memmove(unsent, unsent + written, unsent_len);
    }
    return unsent_len == 0;
}

/* Appends text to line, which has n bytes; control characters become \xNN.
 * Returns the new n. */
static size_t append_shown(char line[MAX_WRITE], size_t n, const char *text) {
    size_t end = n + MAX_TEXT - 1;
    int tail = 0;
    for (struct span left = span_from(text); left.len > 0;) {
        size_t size = control_size(left, &tail);
        size_t width = size > 0 ? 4 * size : 1;
        if (n + width > end) {
            memcpy(line + end - 3, "...", 3);
            return end;
        }
        for (size_t i = 0; i < size; i++)
            snprintf(line + n + 4 * i, 5, "\\x%02x", left.data[i]);
        if (size == 0) line[n] = (char)left.data[0];
        n += width;
        left = span_skip(left, size > 0 ? size : 1);
    }
    return n;
}

/* Writes text as a line, in a colour unless that is COLOUR_END. */
static void write_line(const char *text, enum colour c) {
    char line[MAX_WRITE];
    size_t n = 0;
    if (dropped > 0)
        n = (size_t)snprintf(line, 64, "(%lu lines dropped)\n", dropped);
    bool is_coloured = has_colours && c != COLOUR_END;
    if (is_coloured) n += (size_t)snprintf(line + n, 8, "%s", colour_text(c));
    n = append_shown(line, n, text);
    if (is_coloured)
        n += (size_t)snprintf(line + n, 8, "%s", colour_text(COLOUR_END));
    line[n++] = '\n';
    ssize_t written = write_some(line, n);
    if (written <= 0) {
        dropped++;
        return;
    }
    dropped = 0;
    unsent_len = n - (size_t)written;
    memcpy(unsent, line + written, unsent_len);
}

void trace_write(const char *format, ...) {
    char text[MAX_TEXT + 1];
    va_list values;
    if (!is_writable()) {
        dropped++;
        return;
    }
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    write_line(text, COLOUR_END);
}

void trace_write_peer(const char *arrow, int fd, const char *format, ...) {
    const char *name = fd >= 0 && fd < name_count ? names[fd] : "";
    char text[MAX_TEXT + 1];
    va_list values;
    if (!is_writable()) {
        dropped++;
        return;
    }
    int n =
        snprintf(text, sizeof text, "%s %s%s", arrow, name, *name ? " " : "");
    va_start(values, format);
    vsnprintf(text + n, sizeof text - (size_t)n, format, values);
    va_end(values);
    write_line(text, arrow[0] == '<'   ? COLOUR_CYAN  /* arrived */
                     : arrow[1] == '>' ? COLOUR_GREEN /* sent */
                                       : COLOUR_FAINT);
}

/* Makes space for the name of fd. False: no memory. */
static bool reserve_name(int fd) {
    if (fd < name_count) return true;
    size_t count = 2 * ((size_t)fd + 1);
    void *more = realloc(names, count * sizeof *names);
    if (!more) return false;
    names = more;
    memset(names + name_count, 0, (count - (size_t)name_count) * sizeof *names);
    name_count = (int)count;
    return true;
}

void trace_connected(int fd) {
    if (!trace_is_on || !reserve_name(fd)) return;
    if (listen_peer_name(fd, names[fd]) == -1)
        snprintf(names[fd], sizeof names[fd], "?");
    trace_write_peer("<-", fd, "connected");
}

void trace_connecting(int fd, const char *host, const char *port) {
    if (!trace_is_on || fd < 0 || !reserve_name(fd)) return;
    const char *format = strchr(host, ':') ? "[%s]:%s" : "%s:%s";
    snprintf(names[fd], sizeof names[fd], format, host, port);
    trace_write_peer("->", fd, "connecting");
}

void trace_closed(int fd, const char *why) {
    trace_peer("--", fd, "closed: %s", why);
    if (fd >= 0 && fd < name_count) names[fd][0] = '\0';
}
