/*
 * loop_poll.c: the loop where there is only POSIX
 *
 *   polls   [ 0 | 1 | 2 | ... count )   what poll(2) is given, by descriptor
 *   owners  [ 0 | 1 | 2 | ... count )   its watch, or NULL
 *
 * The whole table goes to the kernel and back in each turn: the cost of a turn
 * is that of all watches, idle or not.
 */
#include "tcp/loop_inside.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

static struct pollfd *polls;
static struct watch **owners;
static int count, room;

static int poll_open(void) {
    polls = NULL;
    owners = NULL;
    count = room = 0;
    return 0;
}

static void poll_close(void) {
    free(polls);
    free(owners);
    poll_open();
}

/* Makes room for descriptor fd. */
static int grow(int fd) {
    int want = room ? room : 64;
    while (want <= fd) want *= 2;
    struct pollfd *more = realloc(polls, (size_t)want * sizeof *polls);
    if (more) polls = more;
    struct watch **others = realloc(owners, (size_t)want * sizeof *owners);
    if (others) owners = others;
    if (!more || !others) return -1;
    room = want;
    return 0;
}

/* poll passes over a negative descriptor: so stands who wants nothing. */
static int poll_change(struct watch *w, unsigned wants) {
    if (w->fd < 0) {
        errno = EBADF;
        return -1;
    }
    if (w->fd >= room && grow(w->fd) == -1) return -1;
    while (count <= w->fd) {
        polls[count] = (struct pollfd){.fd = -1};
        owners[count++] = NULL;
    }
    struct pollfd *p = &polls[w->fd];
    short events = (short)((wants & LOOP_READ ? POLLIN : 0) |
                           (wants & LOOP_WRITE ? POLLOUT : 0));
    owners[w->fd] = w;
    p->fd = wants ? w->fd : -1;
    p->events = events;
    return 0;
}

static void poll_forget(struct watch *w) {
    if (w->fd < 0 || w->fd >= count || owners[w->fd] != w) return;
    polls[w->fd] = (struct pollfd){.fd = -1};
    owners[w->fd] = NULL;
    while (count > 0 && !owners[count - 1]) count--;
}

static int poll_wait(int ms) {
    return poll(polls, (nfds_t)count, ms);
}

/* A callback may watch, and so move the tables, or forget, and so shorten
 * them: everything is looked up again for each. */
static void poll_call(int ready) {
    for (int i = 0; i < count && ready > 0; i++) {
        short what = polls[i].revents;
        if (!what) continue;
        ready--;
        polls[i].revents = 0;
        loop_call(owners[i],
                  (what & POLLIN ? LOOP_READ : 0u) |
                      (what & POLLOUT ? LOOP_WRITE : 0u),
                  what & (POLLERR | POLLHUP | POLLNVAL));
    }
}

const struct loop_backend loop_poll = {
    .open = poll_open,
    .close = poll_close,
    .change = poll_change,
    .forget = poll_forget,
    .wait = poll_wait,
    .call = poll_call,
};
