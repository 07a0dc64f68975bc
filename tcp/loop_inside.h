/*
 * loop_inside.h: what tcp/loop.c asks of a back end
 *
 * loop.c keeps wants, the signals and the clock; a back end knows which
 * descriptors to ask the kernel about, and which watch each belongs to. There
 * is one loop in a program, so a back end's state is static in its file.
 */
#ifndef TCP_LOOP_INSIDE_H
#define TCP_LOOP_INSIDE_H

#include "tcp/loop.h"

#include <stdbool.h>

struct loop_backend {
    int (*open)(void); /* -1 and errno */
    void (*close)(void);

    /* From w->wants to wants, not equal; either may be 0. -1 and errno. */
    int (*change)(struct watch *w, unsigned wants);

    /* Forgets w, which wants nothing any more, and what was reported for it in
     * this turn: its memory may be freed. */
    void (*forget)(struct watch *w);

    /* Waits; how many are ready, or -1 and errno. Then calls them. */
    int (*wait)(int ms);
    void (*call)(int ready);
};

extern const struct loop_backend loop_poll;
#ifdef __linux__
extern const struct loop_backend loop_epoll;
#endif

/* Calls ready with what is both reported and wanted, if anything. An error or
 * a hang-up shows as what is wanted: reading or writing then says which. */
static inline void loop_call(struct watch *w, unsigned reported, bool broken) {
    if (broken) reported |= w->wants & LOOP_READ ? LOOP_READ : LOOP_WRITE;
    if (reported & w->wants) w->ready(w, reported & w->wants);
}

#endif
