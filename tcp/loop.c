/* loop.c: see tcp/loop.h. Entry points: loop_open, loop_close, loop_watch,
 * loop_set_interest, loop_unwatch, loop_turn, loop_now, loop_caught_up_ms. */
#include "tcp/loop.h"
#include "packets/container.h"
#include "tcp/io.h"
#include "tcp/loop_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct loop {
    struct watch signals;
    const struct loop_backend *backend;
    int64_t now_ms, caught_up_ms;
    int64_t full_since_ms; /* when the first full turn began to wait */
    int full_turns;        /* turns in a row that may have skipped watches */
    int watched;           /* watches with an interest */
    bool is_signalled;     /* in this turn */
    struct sigaction old_int, old_term; /* the previous handlers */
};

/* There is one loop, because signals belong to the process. */
static struct loop the_loop;
static int pipe_in = -1; /* the handler writes here */

static const struct loop_backend *choose_backend(void) {
#ifdef __linux__
    const char *poll = getenv("LOOP_POLL");
    if (!poll || strcmp(poll, "1") != 0) return &loop_epoll;
#endif
    return &loop_poll;
}

static int64_t clock_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A signal may arrive just before the loop begins to wait. A byte in a pipe
 * stays there, and ends the wait. */
static void on_signal(int number) {
    int saved_errno = errno;
    (void)number;
    ssize_t written = write(pipe_in, "!", 1);
    (void)written; /* -1 when the pipe is full: enough bytes are in it */
    errno = saved_errno;
}

/* Reads one byte a turn, so that two signals end two turns. */
static void on_pipe(struct watch *w, unsigned events) {
    struct loop *l = container_of(w, struct loop, signals);
    char byte;
    (void)events;
    l->is_signalled = read(w->fd, &byte, 1) == 1;
}

static int open_pipe(struct loop *l) {
    int ends[2];
    if (pipe(ends) == -1) return -1;
    l->signals = (struct watch){.ready = on_pipe, .fd = ends[0]};
    pipe_in = ends[1];
    for (int i = 0; i < 2; i++)
        if (io_nonblocking(ends[i]) == -1 ||
            fcntl(ends[i], F_SETFD, FD_CLOEXEC) == -1)
            return -1;
    return loop_watch(l, &l->signals, LOOP_READ);
}

/* The back end, which is closed next, forgets the watch. */
static void close_pipe(struct loop *l) {
    if (pipe_in == -1) return;
    close(l->signals.fd);
    close(pipe_in);
    pipe_in = -1;
}

struct loop *loop_open(void) {
    struct loop *l = &the_loop;
    if (l->backend) {
        errno = EBUSY;
        return NULL;
    }
    *l = (struct loop){.now_ms = clock_ms()};
    l->caught_up_ms = l->now_ms;
    const struct loop_backend *backend = choose_backend();
    if (backend->open() == -1) return NULL;
    l->backend = backend;
    if (open_pipe(l) == -1) {
        int saved_errno = errno;
        close_pipe(l);
        backend->close();
        l->backend = NULL;
        errno = saved_errno;
        return NULL;
    }
    struct sigaction ours = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &ours, &l->old_int);
    sigaction(SIGTERM, &ours, &l->old_term);
    return l;
}

void loop_close(struct loop *l) {
    sigaction(SIGINT, &l->old_int, NULL);
    sigaction(SIGTERM, &l->old_term, NULL);
    close_pipe(l);
    l->backend->close();
    l->backend = NULL;
}

int loop_watch(struct loop *l, struct watch *w, unsigned interest) {
    w->interest = 0;
    return loop_set_interest(l, w, interest);
}

int loop_set_interest(struct loop *l, struct watch *w, unsigned interest) {
    if (interest == w->interest) return 0;
    if (l->backend->set_interest(w, interest) == -1) return -1;
    l->watched += (interest != 0) - (w->interest != 0);
    w->interest = interest;
    return 0;
}

void loop_unwatch(struct loop *l, struct watch *w) {
    loop_set_interest(l, w, 0);
    if (w->interest) l->watched--; /* the back end does not know it any more */
    w->interest = 0;
    l->backend->forget(w);
}

/* Updates caught_up_ms after the turn that began to wait at began_ms. A turn
 * that reports max_events watches may have skipped others, which the kernel
 * reports first in the next turn (epoll_wait(2): round robin). So after enough
 * full turns for all watches, each watch that was ready when the first of these
 * turns began has been called. */
static void catch_up(struct loop *l, int64_t began_ms, int ready) {
    int max = l->backend->max_events;
    if (max == 0 || ready < max) {
        l->caught_up_ms = began_ms;
        l->full_turns = 0;
        return;
    }
    if (l->full_turns++ == 0) l->full_since_ms = began_ms;
    if (l->full_turns <= l->watched / max) return;
    l->caught_up_ms = l->full_since_ms;
    l->full_turns = 0;
}

/* caught_up_ms is the time before the wait, not after it: the process may have
 * been stopped when the kernel returned, and much input may have arrived since.
 * An interrupted wait (EINTR, for example after SIGCONT) reports no watches, so
 * it does not change caught_up_ms. */
int loop_turn(struct loop *l, int timeout_ms) {
    int64_t began_ms = clock_ms();
    int ready = l->backend->wait(timeout_ms);
    if (ready == -1 && errno != EINTR) return -1;
    l->now_ms = clock_ms();
    l->is_signalled = false;
    if (ready > 0) l->backend->call(ready);
    if (ready >= 0) catch_up(l, began_ms, ready);
    return l->is_signalled ? 0 : 1;
}

int64_t loop_now(const struct loop *l) {
    return l->now_ms;
}

int64_t loop_caught_up_ms(const struct loop *l) {
    return l->caught_up_ms;
}
