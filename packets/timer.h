/*
 * timer.h: many time-outs of one kind, in order without sorting
 *
 *   queue:  first (due soonest) <-> ... <-> last (started last)
 *
 * All timers in one queue have the same duration, so the last one to start is
 * due last. A timer is started by appending it, and the first one is due first.
 * There is no heap, no wheel and no tick; times are exact to the millisecond.
 * Use one queue for each kind of time-out. A timer is a member of its owner
 * (see packets/container.h) and must not move while it is started. The caller
 * reads the clock: every now is in milliseconds. Introduced in
 * tcp/124_deadlines.c.
 */
#ifndef PACKETS_TIMER_H
#define PACKETS_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer { /* all zero: not started */
    struct timer *next, *previous;
    int64_t due_ms; /* the time at which it is due */
};

struct timers {
    struct timer ring;    /* next: the first timer; previous: the last */
    uint32_t duration_ms; /* of each timer in the queue */
};

/* Makes q an empty queue of timers of duration_ms. q must not move. */
void timers_init(struct timers *q, uint32_t duration_ms);

/* Starts t in q: it is due duration_ms after now. If t is already started, in
 * this queue or another, it is stopped first. */
void timer_start(struct timers *q, struct timer *t, int64_t now);

/* Removes t from its queue. Does nothing if it is not started. */
void timer_stop(struct timer *t);

/* If the first timer is due, stops it and returns it; otherwise NULL. */
struct timer *timers_pop_due(struct timers *q, int64_t now);

/* Returns the smaller of wait and the ms until the first timer is due. A wait
 * of -1 means no limit. */
int timers_wait(const struct timers *q, int64_t now, int wait);

/* Is no timer started in q? */
static inline bool timers_empty(const struct timers *q) {
    return q->ring.next == &q->ring;
}

static inline bool timer_started(const struct timer *t) {
    return t->next != NULL;
}

#endif
