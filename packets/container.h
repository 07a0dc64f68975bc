/*
 * container.h: from a member of a struct to the struct
 *
 *   struct peer { struct stream stream; struct timer timer; ... }
 *                                       ^ t
 *   struct peer *p = container_of(t, struct peer, timer);
 *
 * A queue of timers knows only timers. Each timer is a member of the struct
 * that owns it, at a fixed distance from its start, which offsetof gives. So
 * subtracting that distance from the timer's address gives the owner.
 * Introduced in tcp/123_event_loop.c.
 */
#ifndef PACKETS_CONTAINER_H
#define PACKETS_CONTAINER_H

#include <stddef.h>

/* Returns a pointer to the struct of that type in which the member is at
 * pointer, which must not be NULL. */
#define container_of(pointer, type, member)                                    \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
