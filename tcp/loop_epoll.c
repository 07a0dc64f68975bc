/*
 * loop_epoll.c: the loop on Linux
 *
 * The kernel keeps the set of watches and reports only those that are ready,
 * each with the pointer to its watch. So the cost of a turn depends on its
 * events, not on the number of idle watches, and a watch needs no memory here.
 * Entry point: the table loop_epoll at the end. Tested by tcp/loop_test.c, with
 * both back ends.
 */
#include "tcp/loop_inside.h"

#ifdef __linux__
#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    MAX_EVENTS = 256 /* in one turn; others are reported in the next */
};

static int epoll = -1;
static struct epoll_event events[MAX_EVENTS];
static int first,
    last; /* events[first] to events[last - 1] are not called yet */

static int epoll_open(void) {
    first = last = 0;
    epoll = epoll_create1(EPOLL_CLOEXEC);
    return epoll == -1 ? -1 : 0;
}

static void epoll_close(void) {
    close(epoll);
    epoll = -1;
}

/* A watch without interest is removed from the kernel's set: otherwise a
 * hang-up would be reported in every turn. */
static int epoll_set_interest(struct watch *w, unsigned interest) {
    struct epoll_event e = {.data.ptr = w};
    int operation = EPOLL_CTL_MOD;
    if (!w->interest) operation = EPOLL_CTL_ADD;
    if (!interest) operation = EPOLL_CTL_DEL;
    if (interest & LOOP_READ) e.events |= EPOLLIN;
    if (interest & LOOP_WRITE) e.events |= EPOLLOUT;
    return epoll_ctl(epoll, operation, w->fd, &e);
}

static void epoll_forget(struct watch *w) {
    for (int i = first; i < last; i++)
        if (events[i].data.ptr == w) events[i].data.ptr = NULL;
}

static int epoll_wait_for(int timeout_ms) {
    return epoll_wait(epoll, events, MAX_EVENTS, timeout_ms);
}

static void epoll_call(int ready) {
    for (first = 0, last = ready; first < last;) {
        struct epoll_event e = events[first++];
        unsigned reported = (e.events & EPOLLIN ? LOOP_READ : 0u) |
                            (e.events & EPOLLOUT ? LOOP_WRITE : 0u);
        if (e.data.ptr)
            loop_call(e.data.ptr, reported, e.events & (EPOLLERR | EPOLLHUP));
    }
}

const struct loop_backend loop_epoll = {
    .max_events = MAX_EVENTS,
    .open = epoll_open,
    .close = epoll_close,
    .set_interest = epoll_set_interest,
    .forget = epoll_forget,
    .wait = epoll_wait_for,
    .call = epoll_call,
};
#endif
