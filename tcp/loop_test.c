/* loop_test.c: tcp/loop.h, each case with both back ends */
#include "packets/unit.h"
#include "tcp/acceptor.h"
#include "tcp/io.h"
#include "tcp/loop.h"
#include "tcp/options.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static struct loop *loop;

static void with_both(void (*test)(void)) {
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
    unsigned what;
};

static void on_ready(struct watch *w, unsigned what) {
    struct end *e = (struct end *)w;
    e->calls++;
    e->what = what;
}

static void open_end(struct end *e, unsigned wants) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1) abort();
    *e = (struct end){.watch = {on_ready, pair[0], 0}, .other = pair[1]};
    UNIT_INT(loop_watch(loop, &e->watch, wants), 0);
}

static void close_end(struct end *e) {
    loop_unwatch(loop, &e->watch);
    close(e->watch.fd);
    if (e->other != -1) close(e->other);
}

static void poke(const struct end *e) {
    UNIT_INT(io_send_all(e->other, "!", 1), 0);
}

static void ready_ones(void) {
    struct end a, b, c;
    open_end(&a, LOOP_READ);
    open_end(&b, LOOP_READ);
    open_end(&c, LOOP_WRITE);
    poke(&b);
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(a.calls, 0);
    UNIT_INT(b.calls, 1);
    UNIT_INT(b.what, LOOP_READ);
    UNIT_INT(c.what, LOOP_WRITE);
    UNIT_INT(loop_turn(loop, 0), 1); /* nothing was read: ready still */
    UNIT_INT(b.calls, 2);
    close_end(&a);
    close_end(&b);
    close_end(&c);
}

static void calls_who_is_ready_and_nobody_else(void) {
    with_both(ready_ones);
}

static void changed_wishes(void) {
    struct end e;
    open_end(&e, LOOP_WRITE);
    poke(&e);
    UNIT_INT(loop_change(loop, &e.watch, LOOP_READ | LOOP_WRITE), 0);
    loop_turn(loop, 0);
    UNIT_INT(e.what, LOOP_READ | LOOP_WRITE);
    UNIT_INT(loop_change(loop, &e.watch, LOOP_READ), 0);
    loop_turn(loop, 0);
    UNIT_INT(e.what, LOOP_READ);
    UNIT_INT(loop_change(loop, &e.watch, 0), 0);
    loop_turn(loop, 0);
    UNIT_INT(e.calls, 2);
    UNIT_INT(loop_change(loop, &e.watch, LOOP_WRITE), 0);
    loop_turn(loop, 0);
    UNIT_INT(e.what, LOOP_WRITE);
    close_end(&e);
}

static void reports_what_is_wanted_now(void) {
    with_both(changed_wishes);
}

static void hang_ups(void) {
    struct end e;
    open_end(&e, LOOP_READ | LOOP_WRITE);
    close(e.other);
    e.other = -1;
    loop_turn(loop, -1);
    UNIT_TRUE(e.what & LOOP_READ);
    loop_change(loop, &e.watch, LOOP_WRITE);
    loop_turn(loop, -1);
    UNIT_INT(e.what, LOOP_WRITE);
    loop_change(loop, &e.watch, 0);
    e.calls = 0;
    int64_t before = loop_now(loop);
    UNIT_INT(loop_turn(loop, 30), 1); /* a spinning loop would not wait */
    UNIT_TRUE(loop_now(loop) - before >= 29);
    UNIT_INT(e.calls, 0);
    close_end(&e);
}

static void a_hang_up_shows_as_what_is_wanted_and_never_spins(void) {
    with_both(hang_ups);
}

/* Two watches on the heap: whoever is called first ends and frees both. */
static struct end *both[2];
static int calls;

static void on_ready_end_both(struct watch *w, unsigned what) {
    (void)w;
    (void)what;
    calls++;
    for (int i = 0; i < 2; i++) {
        close_end(both[i]);
        free(both[i]);
    }
}

static void ended_by_another(void) {
    calls = 0;
    for (int i = 0; i < 2; i++) {
        both[i] = malloc(sizeof *both[i]);
        if (!both[i]) abort();
        open_end(both[i], LOOP_READ);
        both[i]->watch.ready = on_ready_end_both;
        poke(both[i]);
    }
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(calls, 1);
    UNIT_INT(loop_turn(loop, 0), 1);
    UNIT_INT(calls, 1);
}

static void a_watch_ended_in_a_callback_is_not_called_any_more(void) {
    with_both(ended_by_another);
}

/* The descriptor of an ended watch comes back at once with a new watch: what
 * was reported for the old one must not reach the new one. */
static struct end first, second, reborn, *survivor;

static void on_ready_replace(struct watch *w, unsigned what) {
    (void)what;
    calls++;
    loop_change(loop, w, 0);
    survivor = (struct end *)w;
    close_end(survivor == &first ? &second : &first);
    open_end(&reborn, LOOP_READ);
}

static void replaced(void) {
    calls = 0;
    open_end(&first, LOOP_READ);
    open_end(&second, LOOP_READ);
    first.watch.ready = second.watch.ready = on_ready_replace;
    poke(&first);
    poke(&second);
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(calls, 1);
    UNIT_INT(reborn.calls, 0);
    poke(&reborn);
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(reborn.calls, 1);
    close_end(survivor);
    close_end(&reborn);
}

static void a_new_watch_on_an_old_descriptor_starts_afresh(void) {
    with_both(replaced);
}

/* More descriptors than one turn of epoll reports and than the first table of
 * poll holds, begun from within a callback. */
enum {
    MANY = 1100
};
static struct watch many[MANY];
static bool called[MANY];
static int readable;

static void on_many(struct watch *w, unsigned what) {
    (void)what;
    called[w - many] = true;
}

static void on_ready_watch_many(struct watch *w, unsigned what) {
    (void)what;
    loop_change(loop, w, 0);
    for (int i = 0; i < MANY; i++) {
        many[i] = (struct watch){.ready = on_many, .fd = dup(readable)};
        called[i] = false;
        if (loop_watch(loop, &many[i], LOOP_READ) == -1) abort();
    }
}

static void crowd(void) {
    struct end e;
    open_end(&e, LOOP_READ);
    e.watch.ready = on_ready_watch_many;
    poke(&e);
    readable = e.watch.fd;
    loop_turn(loop, -1);
    loop_turn(loop, 0);
    loop_turn(loop, 0);
    int missing = 0;
    for (int i = 0; i < MANY; i++) {
        missing += !called[i];
        loop_unwatch(loop, &many[i]);
        close(many[i].fd);
    }
    UNIT_INT(missing, 0);
    close_end(&e);
}

static void everybody_of_a_crowd_gets_a_turn(void) {
    if (acceptor_descriptors() < MANY + 50) return;
    with_both(crowd);
}

static void signalled(void) {
    struct end e;
    open_end(&e, LOOP_READ);
    poke(&e);
    raise(SIGTERM);
    raise(SIGINT);
    UNIT_INT(loop_turn(loop, -1), 0);
    UNIT_INT(loop_turn(loop, -1), 0);
    UNIT_INT(loop_turn(loop, 0), 1);
    UNIT_INT(e.calls, 3); /* a signal does not keep the others waiting */
    close_end(&e);
}

static void each_signal_ends_one_turn(void) {
    with_both(signalled);
}

static void on_alarm(int number) {
    (void)number;
    raise(SIGTERM);
}

static void interrupted(void) {
    struct sigaction now = {.sa_handler = on_alarm}, before;
    struct itimerval soon = {.it_value = {0, 10000}};
    sigaction(SIGALRM, &now, &before);
    setitimer(ITIMER_REAL, &soon, NULL);
    int turns = 0;
    while (loop_turn(loop, -1) == 1) turns++;
    UNIT_TRUE(turns <= 1);
    sigaction(SIGALRM, &before, NULL);
}

static void a_signal_ends_a_wait(void) {
    with_both(interrupted);
}

static void what_signals_did_before_is_restored(void) {
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before, after;
    sigaction(SIGINT, &ignore, &before);
    loop = loop_open();
    loop_close(loop);
    sigaction(SIGINT, &before, &after);
    UNIT_TRUE(after.sa_handler == SIG_IGN);
}

static void there_is_one_loop_at_a_time(void) {
    loop = loop_open();
    UNIT_TRUE(loop_open() == NULL);
    UNIT_INT(errno, EBUSY);
    loop_close(loop);
    loop = loop_open();
    UNIT_TRUE(loop != NULL);
    loop_close(loop);
}

static void not_watchable(void) {
    struct watch w = {.ready = on_ready, .fd = -1};
    UNIT_INT(loop_watch(loop, &w, LOOP_READ), -1);
    UNIT_INT(errno, EBADF);
    UNIT_INT(w.wants, 0);
    loop_unwatch(loop, &w);
}

static void a_closed_descriptor_is_an_error(void) {
    with_both(not_watchable);
}

/* Lets the process have n descriptors more than now; returns the limit that
 * was there before. */
static struct rlimit leave_descriptors(int n) {
    struct rlimit before, few;
    getrlimit(RLIMIT_NOFILE, &before);
    few = before;
    int lowest = dup(0);
    close(lowest);
    few.rlim_cur = (rlim_t)(lowest + n);
    setrlimit(RLIMIT_NOFILE, &few);
    return before;
}

/* epoll wants one descriptor, the pipe for signals two. */
static void without_descriptors_there_is_no_loop_and_no_leak(void) {
    for (int n = 0; n < 6; n++) {
        setenv("LOOP_POLL", n % 2 ? "1" : "0", 1);
        int lowest = dup(0);
        close(lowest);
        struct rlimit before = leave_descriptors(n / 2);
        loop = loop_open();
        UNIT_TRUE(n == 5 ? loop != NULL : loop == NULL && errno == EMFILE);
        if (loop) loop_close(loop);
        setrlimit(RLIMIT_NOFILE, &before);
        int now = dup(0);
        close(now);
        UNIT_INT(now, lowest);
    }
    unsetenv("LOOP_POLL");
}

UNIT_MAIN("tcp/loop", UNIT_TEST(calls_who_is_ready_and_nobody_else),
          UNIT_TEST(reports_what_is_wanted_now),
          UNIT_TEST(a_hang_up_shows_as_what_is_wanted_and_never_spins),
          UNIT_TEST(a_watch_ended_in_a_callback_is_not_called_any_more),
          UNIT_TEST(a_new_watch_on_an_old_descriptor_starts_afresh),
          UNIT_TEST(everybody_of_a_crowd_gets_a_turn),
          UNIT_TEST(each_signal_ends_one_turn), UNIT_TEST(a_signal_ends_a_wait),
          UNIT_TEST(what_signals_did_before_is_restored),
          UNIT_TEST(there_is_one_loop_at_a_time),
          UNIT_TEST(without_descriptors_there_is_no_loop_and_no_leak),
          UNIT_TEST(a_closed_descriptor_is_an_error))
