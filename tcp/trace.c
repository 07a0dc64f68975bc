/* trace.c: see tcp/trace.h. Entry points: trace_open, trace_write. */
#include "tcp/trace.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    /* POSIX: a pipe that poll reports as writable accepts this many bytes
     * at once. So one write never waits, and never writes half a line. */
    MAX_WRITE = 512,
    MAX_TEXT = TRACE_MAX_LINE,
};

bool trace_is_on;
static unsigned long dropped; /* lines since the last one that was written */

/* Without SIG_IGN, a reader that ends ("| head") would end the server. */
void trace_open(bool on) {
    trace_is_on = on;
    dropped = 0;
    if (on) signal(SIGPIPE, SIG_IGN);
}

/* Would a write to stderr not wait? Setting O_NONBLOCK would not do: it belongs
 * to the open file, which other processes may share, the shell among them. */
static bool is_writable(void) {
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&p, 1, 0) == 1 && p.revents & POLLOUT;
}

/* Appends text to line, which holds n bytes; control characters, which could
 * change the state of a terminal, as \xNN. Returns the new n. */
static size_t append_shown(char line[MAX_WRITE], size_t n, const char *text) {
    size_t end = n + MAX_TEXT - 1;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool is_control = c < 0x20 || c == 0x7f;
        size_t width = is_control ? 4 : 1;
        if (n + width > end) {
            memcpy(line + end - 3, "...", 3);
            return end;
        }
        if (is_control)
            snprintf(line + n, 5, "\\x%02x", c);
        else
            line[n] = (char)c;
        n += width;
    }
    return n;
}

void trace_write(const char *format, ...) {
    char text[MAX_TEXT + 1], line[MAX_WRITE];
    size_t n = 0;
    va_list values;
    if (!is_writable()) {
        dropped++;
        return;
    }
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (dropped > 0)
        n = (size_t)snprintf(line, 64, "(%lu lines dropped)\n", dropped);
    n = append_shown(line, n, text);
    line[n++] = '\n';
    ssize_t written;
    do written = write(STDERR_FILENO, line, n);
    while (written == -1 && errno == EINTR);
    if (written == (ssize_t)n)
        dropped = 0;
    else
        dropped++;
}
