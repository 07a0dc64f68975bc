/* dialer.c: see tcp/dialer.h. */
#include "tcp/dialer.h"
#include "tcp/clock.h"
#include "tcp/connect.h"
#include "tcp/io.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 65536
/* With more unsent bytes, a connection is not read from. */
#define MAX_UNSENT 65536
#define MAX_WAIT_MS 60000 /* of one poll */

/* The result of the functions below without an event. */
enum {
    NOTHING = -1
};

int dialer_open(struct dialer *d, const char *host, const char *port,
                const char *text, size_t max_line, uint8_t *seed, size_t n) {
    *d = (struct dialer){.host = host,
                         .port = port,
                         .input = STDIN_FILENO,
                         .text = text,
                         .has_text = text != NULL};
    for (unsigned i = 0; i < DIALER_MAX; i++) d->conns[i].fd = -1;
    lines_init(&d->typed, max_line);
    struct sigaction ignored = {.sa_handler = SIG_IGN};
    if (sigaction(SIGPIPE, &ignored, NULL) == -1) return -1;
    return io_random(seed, n);
}

/* Sends as much as the socket accepts. If the socket is broken, earlier input
 * from the server can still be read. */
static void flush_out(struct dialer *d, unsigned i, struct dial *dial) {
    struct span unsent = buf_view(&dial->out);
    if (unsent.len == 0) return;
    ssize_t n = d->conns[i].is_broken
                    ? -1
                    : io_send(d->conns[i].fd, unsent.data, unsent.len);
    if (n >= 0) {
        buf_consume(&dial->out, (size_t)n);
    } else if (d->conns[i].is_broken ||
               (errno != EAGAIN && errno != EWOULDBLOCK)) {
        d->conns[i].is_broken = true;
        buf_clear(&dial->out);
    }
}

static void hang_up(struct dialer *d, unsigned i) {
    if (d->conns[i].fd != -1) close(d->conns[i].fd);
    d->conns[i].fd = -1;
    d->conns[i].number = 0;
}

void dialer_close(struct dialer *d) {
    for (unsigned i = 0; i < DIALER_MAX; i++) hang_up(d, i);
    lines_free(&d->typed);
}

static int lost(struct dialer *d, unsigned i, const char *why) {
    hang_up(d, i);
    d->why = why;
    return DIALER_LOST;
}

static int dial_one(struct dialer *d, unsigned i, int wait_ms) {
    uint32_t limit = LIMIT_CONNECT_MS;
    if ((uint32_t)wait_ms < limit) limit = (uint32_t)wait_ms;
    int fd = connect_within(limit ? limit : 1, d->host, d->port, d->reason,
                            sizeof d->reason);
    d->conns[i].fd = fd;
    d->conns[i].is_broken = false;
    if (fd == -1) return lost(d, i, d->reason);
    return io_nonblocking(fd) == -1 ? lost(d, i, strerror(errno)) : NOTHING;
}

/* Opens or closes connection i as its dial says, and sends output. */
static int follow_dial(struct dialer *d, unsigned i, struct dial *dial,
                       int wait_ms) {
    int event = NOTHING;
    if (d->conns[i].number != dial->number) {
        /* The last output, such as a close frame, as far as the socket accepts
         * it. */
        if (dial->number == 0) flush_out(d, i, dial);
        hang_up(d, i);
        if (dial->number != 0) event = dial_one(d, i, wait_ms);
        if (event != NOTHING) return event;
        d->conns[i].number = dial->number;
    }
    if (dial->number == 0) return NOTHING;
    if (dial->out.failed) return lost(d, i, "out of memory");
    flush_out(d, i, dial);
    return NOTHING;
}

static int failed(int error) {
    errno = error;
    return DIALER_FAILED;
}

/* Returns the next line that was read already, or the end of input. */
static int next_line(struct dialer *d, struct span *data) {
    int got = 0;
    if (d->text) {
        *data = span_from(d->text);
        d->text = NULL;
        return DIALER_LINE;
    }
    if (!d->has_text) got = lines_next(&d->typed, data);
    if (got < 0) return failed(EMSGSIZE);
    if (got == 1) return DIALER_LINE;
    if (!d->has_text && !d->typed.is_at_end) return NOTHING;
    d->is_at_end = true;
    return DIALER_END_OF_INPUT;
}

static int receive(struct dialer *d, unsigned i, struct span *data) {
    static uint8_t bytes[READ_SIZE];
    ssize_t n = io_recv(d->conns[i].fd, bytes, sizeof bytes);
    if (n == 0) return lost(d, i, NULL);
    if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)) return NOTHING;
    if (n == -1) {
        snprintf(d->reason, sizeof d->reason, "the connection is lost: %s",
                 strerror(errno));
        return lost(d, i, d->reason);
    }
    *data = (struct span){bytes, (size_t)n};
    return DIALER_BYTES;
}

/* Polls p; after the deadline a few times without waiting, then returns 0. */
static int poll_in_time(struct dialer *d, struct pollfd *p, int wait_ms) {
    d->rounds = wait_ms == 0 ? d->rounds + 1 : 0;
    if (d->rounds <= DIALER_MAX) return poll(p, DIALER_MAX + 1, wait_ms);
    d->rounds = 0;
    return 0;
}

/* Returns the next line, but first the input of each connection, once: a server
 * may have ended it, or broken a rule. A server that sends without end does not
 * delay a line. */
static int first_event(struct dialer *d, unsigned count, unsigned *conn,
                       struct span *data) {
    bool is_ready = lines_is_ready(&d->typed, d->text);
    while (is_ready && d->looked < count) {
        *conn = d->looked++;
        if (d->conns[*conn].fd == -1) continue;
        int event = receive(d, *conn, data);
        if (event != NOTHING) return event;
    }
    int event = next_line(d, data);
    if (event == DIALER_LINE) d->looked = 0;
    return event;
}

static int wait_once(struct dialer *d, const struct dial *dials, unsigned count,
                     bool reads_lines, int wait_ms, unsigned *conn,
                     struct span *data) {
    struct pollfd p[DIALER_MAX + 1] = {0};
    for (unsigned i = 0; i < DIALER_MAX; i++) {
        size_t unsent = i < count ? buf_view(&dials[i].out).len : 0;
        p[i].fd = d->conns[i].fd; /* -1: none */
        bool is_read = unsent < MAX_UNSENT;
        p[i].events =
            (short)((is_read ? POLLIN : 0) | (unsent > 0 ? POLLOUT : 0));
    }
    p[DIALER_MAX] =
        (struct pollfd){.fd = reads_lines ? d->input : -1, .events = POLLIN};
    int ready = poll_in_time(d, p, wait_ms);
    if (ready == 0) return wait_ms < MAX_WAIT_MS ? DIALER_TIMEOUT : NOTHING;
    if (ready == -1) return errno == EINTR ? NOTHING : DIALER_FAILED;
    for (unsigned k = 0; k < DIALER_MAX; k++) {
        unsigned i = (d->next + k) % DIALER_MAX;
        if (!(p[i].revents & ~POLLOUT)) continue;
        *conn = i;
        d->next = i + 1;
        return receive(d, i, data);
    }
    if (p[DIALER_MAX].revents && lines_read(&d->typed, d->input) != 0)
        return failed(ENOMEM);
    return NOTHING;
}

/* Returns the ms until until_ms, at most MAX_WAIT_MS. */
static int ms_until(int64_t until_ms) {
    int64_t left = until_ms - clock_ms();
    return left <= 0 ? 0 : left < MAX_WAIT_MS ? (int)left : MAX_WAIT_MS;
}

enum dialer_event dialer_wait(struct dialer *d, struct dial *dials,
                              unsigned count, bool reads_lines,
                              int64_t until_ms, unsigned *conn,
                              struct span *data) {
    assert(count <= DIALER_MAX);
    if (d->is_at_end) reads_lines = false;
    for (int event = NOTHING;;) {
        for (*conn = 0; *conn < count; ++*conn) {
            event = follow_dial(d, *conn, &dials[*conn], ms_until(until_ms));
            if (event != NOTHING) return (enum dialer_event)event;
        }
        if (reads_lines) event = first_event(d, count, conn, data);
        if (event == NOTHING)
            event = wait_once(d, dials, count, reads_lines, ms_until(until_ms),
                              conn, data);
        if (event != NOTHING) return (enum dialer_event)event;
    }
}
