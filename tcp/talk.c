/* talk.c: see tcp/talk.h. Entry points: talk_open, talk_next, talk_close. */
#include "tcp/talk.h"
#include "tcp/clock.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/pair.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

void talk_open(struct talk *t, const char *port) {
    char why[200];
    struct timeval limit = {.tv_sec = TALK_LIMIT_MS / 1000};
    buf_init(&t->out, TALK_MAX_OUT);
    t->fd = connect_to("127.0.0.1", port, why, sizeof why);
    if (t->fd == -1) die(why);
    /* Without a limit, a server that does not read could block send for
     * ever. */
    setsockopt(t->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    t->end_ms = clock_ms() + TALK_LIMIT_MS;
}

void talk_close(struct talk *t) {
    buf_free(&t->out);
    close(t->fd);
}

/* If sending fails, the server is gone, but its earlier output can be read. */
enum talk_result talk_next(struct talk *t, struct span *in, int timeout_ms) {
    struct span output = buf_view(&t->out);
    *in = (struct span){t->bytes, 0};
    bool is_sent = io_send_all(t->fd, output.data, output.len) == 0;
    check(is_sent || errno == EPIPE || errno == ECONNRESET, "send");
    buf_clear(&t->out);
    struct pollfd p = {.fd = t->fd, .events = POLLIN};
    int64_t left = t->end_ms - clock_ms();
    if (left <= 0) die("the server does not end the connection");
    bool is_sooner = timeout_ms >= 0 && timeout_ms < left;
    int ready = poll(&p, 1, is_sooner ? timeout_ms : (int)left);
    check(ready != -1 || errno == EINTR, "poll");
    if (ready < 1) return TALK_SILENCE;
    ssize_t n = io_recv(t->fd, t->bytes, sizeof t->bytes);
    check(n != -1 || errno == ECONNRESET, "receive");
    if (n > 0) in->len = (size_t)n;
    return n > 0 ? TALK_INPUT : TALK_EOF;
}
