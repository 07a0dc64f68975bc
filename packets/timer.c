/* timer.c: see packets/timer.h. The queue is a ring through q->ring, so every
 * timer has a next and a previous one. */
#include "packets/timer.h"

void timers_init(struct timers *q, uint32_t duration_ms) {
    q->ring.next = q->ring.previous = &q->ring;
    q->duration_ms = duration_ms;
}

void timer_stop(struct timer *t) {
    if (!t->next) return;
    t->previous->next = t->next;
    t->next->previous = t->previous;
    t->next = t->previous = NULL;
}

void timer_start(struct timers *q, struct timer *t, int64_t now) {
    timer_stop(t);
    t->due_ms = now + q->duration_ms;
    t->previous = q->ring.previous;
    t->next = &q->ring;
    t->previous->next = t->next->previous = t;
}

struct timer *timers_pop_due(struct timers *q, int64_t now) {
    struct timer *first = q->ring.next;
    if (first == &q->ring || first->due_ms > now) return NULL;
    timer_stop(first);
    return first;
}

int timers_wait(const struct timers *q, int64_t now, int wait) {
    const struct timer *first = q->ring.next;
    if (first == &q->ring) return wait;
    int64_t left = first->due_ms > now ? first->due_ms - now : 0;
    if (wait >= 0 && wait <= left) return wait;
    return left < INT32_MAX ? (int)left : INT32_MAX;
}
