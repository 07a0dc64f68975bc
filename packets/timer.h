/*
 * timer.h: many time-outs of one kind, in order without sorting
 *
 *   queue:  first (due soonest) <-> ... <-> last (started last)
 *
 * All time-outs in one queue last equally long, so whoever is started last is
 * due last: starting is appending, and only the first can be due. No heap, no
 * wheel, no tick; exact to the millisecond. One queue for each kind of
 * time-out. A timer is embedded in its owner and must not move while started.
 * The clock is the caller's: every now is a number of milliseconds.
 * Introduced in websocket/401_http.c.
 */
#ifndef PACKETS_TIMER_H
#define PACKETS_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer { /* all zero: not started */
    struct timer *next, *previous;
    int64_t due_ms; /* ms: when it is due */
};

struct timers {
    struct timer ring;    /* next: the first; previous: the last */
    uint32_t duration_ms; /* ms */
};

/* An empty queue whose time-outs last that many ms. The queue must not move. */
void timers_init(struct timers *q, uint32_t lasts);

/* Starts t in q, or starts it again: from now. It may be in another queue. */
void timer_start(struct timers *q, struct timer *t, int64_t now);

/* Takes t out of its queue; nothing happens if it is in none. */
void timer_stop(struct timer *t);

/* The first, stopped, if it is due; otherwise NULL. */
struct timer *timers_pop_due(struct timers *q, int64_t now);

/* The smaller of wait and the ms until the first is due; wait -1: for ever. */
int timers_wait(const struct timers *q, int64_t now, int wait);

/* Is nothing started in it? */
static inline bool timers_empty(const struct timers *q) {
    return q->ring.next == &q->ring;
}

static inline bool timer_started(const struct timer *t) {
    return t->next != NULL;
}

#endif
