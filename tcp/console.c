/* console.c: see tcp/console.h. */
#include "tcp/console.h"
#include "tcp/clock.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/options.h"
#include "tcp/terminal.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE 65536
/* With more unsent bytes, the client does not read from the server. */
#define MAX_UNSENT 65536

void console_init(struct console *c, const char *text, size_t max_line,
                  size_t max_out) {
    *c = (struct console){.fd = -1,
                          .input = STDIN_FILENO,
                          .text = text,
                          .has_text = text != NULL,
                          .deadline_ms = INT64_MAX};
    buf_init(&c->out, max_out);
    lines_init(&c->typed, max_line);
    struct sigaction ignored = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignored, NULL);
}

static void fill_random(void *bytes, size_t n) {
    if (io_random(bytes, n) == -1) exit(options_report("cannot begin"));
}

bool console_connect(struct console *c, const char *host, const char *port,
                     uint8_t *seed, size_t n) {
    char why[200];
    assert(c->fd == -1);
    fill_random(seed, n);
    c->fd = connect_to(host, port, why, sizeof why);
    if (c->fd == -1)
        terminal_report(why, NO_DETAIL);
    else
        io_nonblocking(c->fd);
    return c->fd != -1;
}

void console_hang_up(struct console *c) {
    if (c->fd != -1) close(c->fd);
    c->fd = -1;
    c->is_broken = c->has_looked = false;
    buf_clear(&c->out);
}

void console_close(struct console *c) {
    console_hang_up(c);
    buf_free(&c->out);
    lines_free(&c->typed);
}

void console_back_off(struct console *c, struct backoff *b) {
    uint32_t random;
    struct span none;
    assert(c->fd == -1);
    fill_random(&random, sizeof random);
    uint32_t ms = backoff_next_ms(b, random);
    fprintf(stderr, "%s: next attempt in %u ms\n", options_program(),
            (unsigned)ms);
    console_set_turn(c, CONSOLE_WAITING, (int)ms);
    console_wait(c, &none);
}

int console_report(const struct console *c, enum console_event event) {
    if (event == CONSOLE_FAILED) exit(options_report("cannot go on"));
    if (event == CONSOLE_LOST) return options_report("the connection is lost");
    return terminal_report(c->turn == CONSOLE_CLOSING
                               ? "the server did not answer the close"
                               : "the server did not answer in time",
                           NO_DETAIL);
}

void console_set_turn(struct console *c, enum console_turn turn, int ms) {
    c->turn = turn;
    c->deadline_ms = ms == -1 ? INT64_MAX : clock_ms() + ms;
    c->had_last_chance = false;
}

/* The result of the functions below without an event. */
enum {
    NOTHING = -1
};

static int failed(int error) {
    errno = error;
    return CONSOLE_FAILED;
}

/* Returns the next line that was read already, or the end of input. */
static int next_line(struct console *c, struct span *data) {
    struct span line;
    int got = 0;
    if (c->text) {
        *data = span_from(c->text);
        c->text = NULL;
        return CONSOLE_LINE;
    }
    if (!c->has_text) got = lines_next(&c->typed, &line);
    if (got < 0) return failed(EMSGSIZE);
    if (got == 1) {
        *data = line;
        return CONSOLE_LINE;
    }
    if (!c->has_text && !c->typed.is_at_end) return NOTHING;
    c->is_at_end = true;
    return CONSOLE_END_OF_INPUT;
}

/* Sends as much as the socket accepts. If the socket is broken, earlier input
 * from the server can still be read. */
static void flush_out(struct console *c) {
    struct span unsent = buf_view(&c->out);
    if (unsent.len == 0) return;
    ssize_t n = c->is_broken ? -1 : io_send(c->fd, unsent.data, unsent.len);
    if (n >= 0) {
        buf_consume(&c->out, (size_t)n);
    } else if (c->is_broken || (errno != EAGAIN && errno != EWOULDBLOCK)) {
        c->is_broken = true;
        buf_clear(&c->out);
    }
}

static int receive(struct console *c, struct span *data) {
    static uint8_t bytes[READ_SIZE];
    ssize_t n = io_recv(c->fd, bytes, sizeof bytes);
    if (n == 0) return CONSOLE_EOF;
    if (n == -1)
        return errno == EAGAIN || errno == EWOULDBLOCK ? NOTHING : CONSOLE_LOST;
    *data = (struct span){bytes, (size_t)n};
    return CONSOLE_BYTES;
}

/* Polls until the deadline; after the deadline once more, without waiting. */
static int poll_in_time(struct console *c, struct pollfd p[2]) {
    int64_t end = c->deadline_ms, left = end - clock_ms();
    if (left <= 0 && c->had_last_chance) return 0;
    c->had_last_chance = left <= 0;
    return poll(p, 2, end == INT64_MAX ? -1 : left > 0 ? (int)left : 0);
}

/* Receives input before a line is returned, once for each line: the server may
 * have ended the connection or broken a rule. */
static int receive_first(struct console *c, struct span *data) {
    if (c->has_looked || !lines_is_ready(&c->typed, c->text)) return NOTHING;
    if (buf_view(&c->out).len >= MAX_UNSENT) return NOTHING;
    c->has_looked = true;
    return receive(c, data);
}

static int first_event(struct console *c, bool is_reading, struct span *data) {
    if (c->out.failed) return failed(EMSGSIZE);
    if (!is_reading) return NOTHING;
    int event = receive_first(c, data);
    if (event == NOTHING) event = next_line(c, data);
    if (event == CONSOLE_LINE) c->has_looked = false;
    return event;
}

enum console_event console_wait(struct console *c, struct span *data) {
    for (;;) {
        bool is_reading = c->turn == CONSOLE_READY && !c->is_at_end;
        int event = first_event(c, is_reading, data);
        if (event != NOTHING) return (enum console_event)event;

        flush_out(c);
        size_t unsent = buf_view(&c->out).len;
        struct pollfd p[2] = {
            {.fd = c->fd,
             .events = (short)((unsent < MAX_UNSENT ? POLLIN : 0) |
                               (unsent > 0 ? POLLOUT : 0))},
            {.fd = is_reading ? c->input : -1, .events = POLLIN}, /* -1: none */
        };
        int ready = poll_in_time(c, p);
        if (ready == 0) return CONSOLE_TIMEOUT;
        if (ready == -1 && errno == EINTR) continue;
        if (ready == -1) return CONSOLE_FAILED;
        if (p[1].revents && lines_read(&c->typed, c->input) != 0)
            event = failed(ENOMEM);
        else if (p[0].revents & ~POLLOUT)
            event = receive(c, data);
        if (event != NOTHING) return (enum console_event)event;
    }
}
