/*
 * loop.h: waits for many descriptors, calls whoever is ready
 *
 * The caller owns each watch (it is embedded in its connection: 16 bytes) and
 * it must stay where it is while it is watched. Level-triggered. Two back ends
 * of this one shape: epoll on Linux, poll elsewhere or with LOOP_POLL=1 in the
 * environment. No timers here: they are packets/timer.h, the caller says how
 * long to wait. Introduced in tcp/114_epoll_server.c.
 */
#ifndef TCP_LOOP_H
#define TCP_LOOP_H

#include <stdint.h>

enum loop_interest {
    LOOP_READ = 1,
    LOOP_WRITE = 2, /* errors and hang-ups show as whichever is wanted */
};

struct watch {
    void (*ready)(struct watch *w, unsigned what);
    int fd;
    unsigned wants; /* kept by the loop; do not write */
};

struct loop; /* one is enough for a program */

/* Opens a loop that SIGINT and SIGTERM will end. NULL and errno on failure;
 * EBUSY: there is one already. */
struct loop *loop_open(void);
void loop_close(struct loop *l);

/* Begins, changes or ends a watch. -1 and errno on failure. A watch may be
 * ended from any callback, its own among them: what the kernel has already
 * reported for it is dropped. The descriptor stays the caller's to close,
 * after loop_unwatch. wants may be 0: nothing for now. Asking for what is
 * wanted already costs nothing. */
int loop_watch(struct loop *l, struct watch *w, unsigned wants);
int loop_change(struct loop *l, struct watch *w, unsigned wants);
void loop_unwatch(struct loop *l, struct watch *w);

/* Waits at most wait ms (-1: as long as it takes), then calls ready for each
 * watch that is. 1: go on; 0: SIGINT or SIGTERM came, once for each that did,
 * so that a server may go on turning while it says goodbye; -1 and errno. */
int loop_turn(struct loop *l, int wait);

/* Milliseconds on the monotonic clock, read once a turn. */
int64_t loop_now(const struct loop *l);

#endif
