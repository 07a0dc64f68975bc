/*
 * loop.h: waits for many descriptors and calls those that are ready
 *
 * The caller owns each watch: it is a member of the caller's connection (16
 * bytes) and must not move while it is watched. Notification is level-
 * triggered. Two back ends have this one interface: epoll on Linux, poll
 * elsewhere or with LOOP_POLL=1 in the environment. The loop has no timers:
 * those are packets/timer.h, and the caller says how long a turn may wait.
 * Introduced in tcp/123_event_loop.c.
 */
#ifndef TCP_LOOP_H
#define TCP_LOOP_H

#include <stdint.h>

enum loop_event {
    LOOP_READ = 1,
    LOOP_WRITE = 2, /* errors and hang-ups are reported as what the caller
                       is interested in: the next read or write shows them */
};

struct watch {
    void (*ready)(struct watch *w, unsigned events); /* of enum loop_event */
    int fd;
    unsigned interest; /* kept by the loop; do not write */
};

struct loop; /* one per program */

/* Opens a loop that SIGINT and SIGTERM will end. NULL and errno on failure;
 * EBUSY: there is one already. */
struct loop *loop_open(void);
void loop_close(struct loop *l);

/* Begins, changes or ends a watch. -1 and errno on failure. A watch may be
 * ended from any callback, its own among them: events that the kernel has
 * already reported for it are then dropped. The caller closes the descriptor,
 * after loop_unwatch. interest may be 0: no events for now. Setting the
 * interest that is set already costs nothing. */
int loop_watch(struct loop *l, struct watch *w, unsigned interest);
int loop_set_interest(struct loop *l, struct watch *w, unsigned interest);
void loop_unwatch(struct loop *l, struct watch *w);

/* Waits at most timeout_ms (-1: without limit), then calls ready for each watch
 * that is ready. Returns 1: go on; 0: SIGINT or SIGTERM arrived (once for each,
 * so that a server can go on turning while it shuts down); -1 and errno. */
int loop_turn(struct loop *l, int timeout_ms);

/* The time on the monotonic clock, in ms, when the last turn stopped waiting:
 * a time-out that starts in this turn starts at this time. */
int64_t loop_now(const struct loop *l);

/* The latest time for which this holds: ready has been called for every watch
 * that had become ready before. A time-out may be judged only by this time,
 * which is at most loop_now: otherwise input that arrived while the process was
 * stopped or busy would be too late only because it had not been read yet. */
int64_t loop_caught_up_ms(const struct loop *l);

#endif
