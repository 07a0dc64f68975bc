/*
 * loop.h: waits for many descriptors and calls the callbacks of ready ones
 *
 * The caller owns each watch: it is a member of the caller's connection (16
 * bytes) and must not move while it is watched. Notification is
 * level-triggered. There are two back ends: epoll on Linux, and poll elsewhere
 * or with LOOP_POLL=1 in the environment. The loop has no timers:
 * packets/timer.h has them, and the caller says how long a turn may wait.
 * Introduced in tcp/123_event_loop.c.
 */
#ifndef TCP_LOOP_H
#define TCP_LOOP_H

#include <stdint.h>

enum loop_event {
    LOOP_READ = 1,
    LOOP_WRITE = 2, /* an error or hang-up is reported as the event of interest:
                       the next read or write returns it */
};

struct watch {
    void (*ready)(struct watch *w, unsigned events); /* of enum loop_event */
    int fd;
    unsigned interest; /* kept by the loop; do not write */
};

struct loop; /* one per program */

/* Opens a loop that SIGINT and SIGTERM end. NULL and errno on failure; EBUSY:
 * there is a loop already. */
struct loop *loop_open(void);
void loop_close(struct loop *l);

/* Begin, change or end a watch. -1 and errno on failure. Any callback may end a
 * watch, also its own: events that were already reported for it are dropped.
 * The caller closes the descriptor, after loop_unwatch. interest may be 0: no
 * events for now. To set the same interest again costs nothing. */
int loop_watch(struct loop *l, struct watch *w, unsigned interest);
int loop_set_interest(struct loop *l, struct watch *w, unsigned interest);
void loop_unwatch(struct loop *l, struct watch *w);

/* Waits at most timeout_ms (-1: without limit), then calls ready for each watch
 * that is ready. Returns 1: continue; 0: SIGINT or SIGTERM arrived (once for
 * each, so that a server can continue while it shuts down); -1 and errno. */
int loop_turn(struct loop *l, int timeout_ms);

/* Returns the time on the monotonic clock, in ms, when the last turn stopped
 * waiting. Time-outs that start in this turn start at this time. */
int64_t loop_now(const struct loop *l);

/* Returns the latest time for which this holds: ready was called for every
 * watch that had become ready before. Judge time-outs only by this time, which
 * is at most loop_now. Otherwise a peer could time out although its input had
 * arrived while the process was stopped or busy. */
int64_t loop_caught_up_ms(const struct loop *l);

#endif
