/*
 * loop_poll.c: the loop on systems with only POSIX
 *
 *   polls   [ 0 | 1 | 2 | ... count )   the argument of poll(2), by descriptor
 *   owners  [ 0 | 1 | 2 | ... count )   the watch of each, or NULL
 *
 * Each turn passes the whole table to the kernel and back, so its cost depends
 * on the number of all watches, idle ones included. Entry point: the table
 * loop_poll at the end. Tested by tcp/loop_test.c, with both back ends.
 */
#include "tcp/loop_inside.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

static struct pollfd *polls;
static struct watch **owners;
static int count, capacity;

static int poll_open(void) {
    polls = NULL;
    owners = NULL;
    count = capacity = 0;
    return 0;
}

static void poll_close(void) {
    free(polls);
    free(owners);
    poll_open();
}

/* Makes the tables large enough for descriptor fd. */
static int grow(int fd) {
    int size = capacity ? capacity : 64;
    while (size <= fd) size *= 2;
    struct pollfd *more = realloc(polls, (size_t)size * sizeof *polls);
    if (more) polls = more;
    struct watch **others = realloc(owners, (size_t)size * sizeof *owners);
    if (others) owners = others;
    if (!more || !others) return -1;
    capacity = size;
    return 0;
}

/* poll ignores negative descriptors: a watch without interest has one. */
static int poll_set_interest(struct watch *w, unsigned interest) {
    if (w->fd < 0) {
        errno = EBADF;
        return -1;
    }
    if (w->fd >= capacity && grow(w->fd) == -1) return -1;
    while (count <= w->fd) {
        polls[count] = (struct pollfd){.fd = -1};
        owners[count++] = NULL;
    }
    struct pollfd *p = &polls[w->fd];
    owners[w->fd] = w;
    p->fd = interest ? w->fd : -1;
    p->events = (short)((interest & LOOP_READ ? POLLIN : 0) |
                        (interest & LOOP_WRITE ? POLLOUT : 0));
    return 0;
}

static void poll_forget(struct watch *w) {
    if (w->fd < 0 || w->fd >= count || owners[w->fd] != w) return;
    polls[w->fd] = (struct pollfd){.fd = -1};
    owners[w->fd] = NULL;
    while (count > 0 && !owners[count - 1]) count--;
}

static int poll_wait(int timeout_ms) {
    return poll(polls, (nfds_t)count, timeout_ms);
}

/* A callback may begin a watch, which moves the tables, or end one, which
 * shortens them. So each step reads the tables again. */
static void poll_call(int ready) {
    for (int i = 0; i < count && ready > 0; i++) {
        short events = polls[i].revents;
        if (!events) continue;
        ready--;
        loop_call(owners[i],
                  (events & POLLIN ? LOOP_READ : 0u) |
                      (events & POLLOUT ? LOOP_WRITE : 0u),
                  events & (POLLERR | POLLHUP | POLLNVAL));
    }
}

const struct loop_backend loop_poll = {
    .open = poll_open,
    .close = poll_close,
    .set_interest = poll_set_interest,
    .forget = poll_forget,
    .wait = poll_wait,
    .call = poll_call,
};
