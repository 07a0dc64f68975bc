/*
 * loop_inside.h: what tcp/loop.c needs from a back end
 *
 * loop.c handles the signals, the time and the interest of each watch. A back
 * end gets the ready descriptors from the kernel, and knows the watch of each.
 * There is one loop in a program, so a back end's state is static in its file.
 */
#ifndef TCP_LOOP_INSIDE_H
#define TCP_LOOP_INSIDE_H

#include "tcp/loop.h"

#include <stdbool.h>

struct loop_backend {
    int max_events;    /* of one wait; 0: no limit */
    int (*open)(void); /* -1 and errno */
    void (*close)(void);

    /* Changes w->interest to interest, which differs; either may be 0. -1 and
     * errno; then nothing has changed. */
    int (*set_interest)(struct watch *w, unsigned interest);

    /* Forgets w, whose interest is 0, and the events that were reported for it
     * in this turn: the caller may free its memory. */
    void (*forget)(struct watch *w);

    /* wait returns how many watches are ready, or -1 and errno. call then calls
     * them. */
    int (*wait)(int timeout_ms);
    void (*call)(int ready);
};

extern const struct loop_backend loop_poll;
#ifdef __linux__
extern const struct loop_backend loop_epoll;
#endif

/* Calls ready with the reported events of interest, if there are any. An error
 * or a hang-up counts as one: the next read or write returns the error. */
static inline void loop_call(struct watch *w, unsigned events, bool is_broken) {
    if (is_broken) events |= w->interest & LOOP_READ ? LOOP_READ : LOOP_WRITE;
    if (events & w->interest) w->ready(w, events & w->interest);
}

#endif
