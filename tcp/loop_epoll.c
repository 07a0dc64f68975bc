/*
 * loop_epoll.c: the loop on Linux
 *
 * The kernel keeps the set and gives back only who is ready, with the pointer
 * to its watch: the cost of a turn is that of its events, not of its idle
 * watches, and a watch costs no memory here.
 */
#include "tcp/loop_inside.h"

#ifdef __linux__
#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    AT_ONCE = 1024 /* events a turn; the rest come with the next */
};

static int epoll = -1;
static struct epoll_event events[AT_ONCE];
static int first, last; /* of the events that have not been called yet */

static int epoll_open(void) {
    first = last = 0;
    epoll = epoll_create1(EPOLL_CLOEXEC);
    return epoll == -1 ? -1 : 0;
}

static void epoll_close(void) {
    close(epoll);
    epoll = -1;
}

/* A watch that wants nothing is not in the kernel's set: there it would still
 * be reported when it hangs up, in every turn. */
static int epoll_change(struct watch *w, unsigned wants) {
    struct epoll_event e = {.data.ptr = w};
    if (wants & LOOP_READ) e.events |= EPOLLIN;
    if (wants & LOOP_WRITE) e.events |= EPOLLOUT;
    int how = !w->wants ? EPOLL_CTL_ADD
              : !wants  ? EPOLL_CTL_DEL
                        : EPOLL_CTL_MOD;
    return epoll_ctl(epoll, how, w->fd, &e);
}

static void epoll_forget(struct watch *w) {
    for (int i = first; i < last; i++)
        if (events[i].data.ptr == w) events[i].data.ptr = NULL;
}

static int epoll_wait_for(int ms) {
    return epoll_wait(epoll, events, AT_ONCE, ms);
}

static void epoll_call(int ready) {
    for (first = 0, last = ready; first < last;) {
        struct epoll_event e = events[first++];
        unsigned what = (e.events & EPOLLIN ? LOOP_READ : 0u) |
                        (e.events & EPOLLOUT ? LOOP_WRITE : 0u);
        if (e.data.ptr)
            loop_call(e.data.ptr, what, e.events & (EPOLLERR | EPOLLHUP));
    }
}

const struct loop_backend loop_epoll = {
    .open = epoll_open,
    .close = epoll_close,
    .change = epoll_change,
    .forget = epoll_forget,
    .wait = epoll_wait_for,
    .call = epoll_call,
};
#endif
