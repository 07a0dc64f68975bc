/*
 * loop_unit.h: a loop with each back end, and watches on socket pairs
 *
 *   open_end(&e, LOOP_READ);   poke(&e);   loop_turn(loop, -1);   e.calls
 *
 * Only tests include this file.
 */
#ifndef TCP_LOOP_UNIT_H
#define TCP_LOOP_UNIT_H

#include "packets/container.h"
#include "packets/unit.h"
#include "tcp/acceptor.h"
#include "tcp/clock.h"
#include "tcp/io.h"
#include "tcp/loop.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "tcp/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static struct loop *loop;

/* Runs a test with each back end. */
static inline void with_both(void (*test)(void)) {
    static const char *const kinds[] = {"0", "1"};
    for (size_t i = 0; i < 2; i++) {
        setenv("LOOP_POLL", kinds[i], 1);
        loop = loop_open();
        UNIT_TRUE(loop != NULL);
        if (!loop) return;
        test();
        loop_close(loop);
    }
    unsetenv("LOOP_POLL");
}

/* A watch on one end of a socketpair; the test has the other. */
struct end {
    struct watch watch;
    int other, calls;
    unsigned events; /* as reported last */
};

static inline void on_ready(struct watch *w, unsigned events) {
    struct end *e = container_of(w, struct end, watch);
    e->calls++;
    e->events = events;
}

static inline void open_end(struct end *e, unsigned interest) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1) abort();
    *e = (struct end){.watch = {on_ready, pair[0], 0}, .other = pair[1]};
    UNIT_INT(loop_watch(loop, &e->watch, interest), 0);
}

static inline void close_end(struct end *e) {
    loop_unwatch(loop, &e->watch);
    close(e->watch.fd);
    if (e->other != -1) close(e->other);
}

static inline void poke(const struct end *e) {
    UNIT_INT(io_send_all(e->other, "!", 1), 0);
}

#endif
