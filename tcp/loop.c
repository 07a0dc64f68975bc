#include "tcp/loop.h"
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
    struct watch signals; /* first: ready gets a pointer to it */
    const struct loop_backend *backend;
    int64_t now;
    bool signalled;
    struct sigaction interrupt, terminate; /* what stood there before us */
};

/* One for the program: signals belong to the process, too. */
static struct loop the_loop;
static int pipe_in = -1; /* where the handler writes */

static const struct loop_backend *choose(void) {
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

/* A handler may run between any two instructions, also just before the wait:
 * a byte in a pipe is there still when the wait begins. */
static void on_signal(int number) {
    int before = errno;
    (void)number;
    ssize_t written = write(pipe_in, "!", 1);
    (void)written; /* -1 when the pipe is full: enough has been said */
    errno = before;
}

/* One byte a turn, so that two signals end two turns. */
static void on_pipe(struct watch *w, unsigned what) {
    struct loop *l = (struct loop *)w;
    char byte;
    (void)what;
    l->signalled = read(w->fd, &byte, 1) == 1;
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

static void close_pipe(struct loop *l) {
    if (pipe_in == -1) return;
    loop_unwatch(l, &l->signals);
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
    *l = (struct loop){.now = clock_ms()};
    const struct loop_backend *backend = choose();
    if (backend->open() == -1) return NULL;
    l->backend = backend;
    if (open_pipe(l) == -1) {
        int why = errno;
        close_pipe(l);
        backend->close();
        l->backend = NULL;
        errno = why;
        return NULL;
    }
    struct sigaction ours = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &ours, &l->interrupt);
    sigaction(SIGTERM, &ours, &l->terminate);
    return l;
}

void loop_close(struct loop *l) {
    sigaction(SIGINT, &l->interrupt, NULL);
    sigaction(SIGTERM, &l->terminate, NULL);
    close_pipe(l);
    l->backend->close();
    l->backend = NULL;
}

int loop_watch(struct loop *l, struct watch *w, unsigned wants) {
    w->wants = 0;
    return loop_change(l, w, wants);
}

int loop_change(struct loop *l, struct watch *w, unsigned wants) {
    if (wants == w->wants) return 0;
    if (l->backend->change(w, wants) == -1) return -1;
    w->wants = wants;
    return 0;
}

void loop_unwatch(struct loop *l, struct watch *w) {
    loop_change(l, w, 0);
    w->wants = 0;
    l->backend->forget(w);
}

int loop_turn(struct loop *l, int wait) {
    int ready = l->backend->wait(wait);
    if (ready == -1 && errno != EINTR) return -1;
    l->now = clock_ms();
    l->signalled = false;
    if (ready > 0) l->backend->call(ready);
    return l->signalled ? 0 : 1;
}

int64_t loop_now(const struct loop *l) {
    return l->now;
}
