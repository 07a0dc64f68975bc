/* loop_test.c: tcp/loop.h, each case with both back ends */
#include "packets/container.h"
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
#include <time.h>
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
    unsigned events; /* as reported last */
};

static void on_ready(struct watch *w, unsigned events) {
    struct end *e = container_of(w, struct end, watch);
    e->calls++;
    e->events = events;
}

static void open_end(struct end *e, unsigned interest) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1) abort();
    *e = (struct end){.watch = {on_ready, pair[0], 0}, .other = pair[1]};
    UNIT_INT(loop_watch(loop, &e->watch, interest), 0);
}

static void close_end(struct end *e) {
    loop_unwatch(loop, &e->watch);
    close(e->watch.fd);
    if (e->other != -1) close(e->other);
}

static void poke(const struct end *e) {
    UNIT_INT(io_send_all(e->other, "!", 1), 0);
}

static void ready_watches(void) {
    struct end a, b, c;
    open_end(&a, LOOP_READ);
    open_end(&b, LOOP_READ);
    open_end(&c, LOOP_WRITE);
    poke(&b);
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(a.calls, 0);
    UNIT_INT(b.calls, 1);
    UNIT_INT(b.events, LOOP_READ);
    UNIT_INT(c.events, LOOP_WRITE);
    UNIT_INT(loop_turn(loop, 0), 1); /* nothing was read: ready still */
    UNIT_INT(b.calls, 2);
    close_end(&a);
    close_end(&b);
    close_end(&c);
}

static void calls_those_that_are_ready_and_no_others(void) {
    with_both(ready_watches);
}

static void changed_interest(void) {
    struct end e;
    open_end(&e, LOOP_WRITE);
    poke(&e);
    UNIT_INT(loop_set_interest(loop, &e.watch, LOOP_READ | LOOP_WRITE), 0);
    loop_turn(loop, 0);
    UNIT_INT(e.events, LOOP_READ | LOOP_WRITE);
    UNIT_INT(loop_set_interest(loop, &e.watch, LOOP_READ), 0);
    loop_turn(loop, 0);
    UNIT_INT(e.events, LOOP_READ);
    UNIT_INT(loop_set_interest(loop, &e.watch, 0), 0);
    loop_turn(loop, 0);
    UNIT_INT(e.calls, 2);
    UNIT_INT(loop_set_interest(loop, &e.watch, LOOP_WRITE), 0);
    loop_turn(loop, 0);
    UNIT_INT(e.events, LOOP_WRITE);
    close_end(&e);
}

static void reports_what_the_watch_is_interested_in(void) {
    with_both(changed_interest);
}

static void hang_ups(void) {
    struct end e;
    open_end(&e, LOOP_READ | LOOP_WRITE);
    close(e.other);
    e.other = -1;
    loop_turn(loop, -1);
    UNIT_TRUE(e.events & LOOP_READ);
    loop_set_interest(loop, &e.watch, LOOP_WRITE);
    loop_turn(loop, -1);
    UNIT_INT(e.events, LOOP_WRITE);
    loop_set_interest(loop, &e.watch, 0);
    e.calls = 0;
    int64_t before = loop_now(loop);
    UNIT_INT(loop_turn(loop, 30), 1); /* a spinning loop would not wait */
    UNIT_TRUE(loop_now(loop) - before >= 29);
    UNIT_INT(e.calls, 0);
    close_end(&e);
}

static void a_hang_up_is_reported_as_the_interest_and_never_spins(void) {
    with_both(hang_ups);
}

/* Two watches on the heap: the one that is called first ends and frees both. */
static struct end *both[2];
static int calls;

static void on_ready_end_both(struct watch *w, unsigned events) {
    (void)w;
    (void)events;
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

/* The descriptor of an ended watch comes back at once with a new watch: events
 * was reported for the old one must not reach the new one. */
static struct end first, second, reborn, *survivor;

static void on_ready_replace(struct watch *w, unsigned events) {
    (void)events;
    calls++;
    loop_set_interest(loop, w, 0);
    survivor = container_of(w, struct end, watch);
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

static void a_new_watch_on_an_old_descriptor_gets_no_old_event(void) {
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

static void on_many(struct watch *w, unsigned events) {
    (void)events;
    called[w - many] = true;
}

static void on_ready_watch_many(struct watch *w, unsigned events) {
    (void)events;
    loop_set_interest(loop, w, 0);
    for (int i = 0; i < MANY; i++) {
        many[i] = (struct watch){.ready = on_many, .fd = dup(readable)};
        called[i] = false;
        if (loop_watch(loop, &many[i], LOOP_READ) == -1) abort();
    }
}

static void many_ready(void) {
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

static void each_of_many_ready_watches_is_called(void) {
    if (acceptor_descriptors() < MANY + 50) return;
    with_both(many_ready);
}

static int64_t clock_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Returns the time once it is later than that of the loop's last turn. */
static int64_t next_ms(void) {
    while (clock_ms() <= loop_now(loop)) {
    }
    return clock_ms();
}

static void caught_up(void) {
    struct end e;
    open_end(&e, LOOP_READ);
    e.watch.ready = on_ready_watch_many;
    poke(&e);
    readable = e.watch.fd;
    loop_turn(loop, -1);
    int64_t ready_ms = next_ms();
    int turns = 0, missing = 0;
    while (loop_caught_up_ms(loop) < ready_ms && turns < 10) {
        loop_turn(loop, 0);
        turns++;
    }
    UNIT_TRUE(turns <= 3); /* though each turn finds more than it can report */
    for (int i = 0; i < MANY; i++) {
        missing += !called[i];
        loop_unwatch(loop, &many[i]);
        close(many[i].fd);
    }
    UNIT_INT(missing, 0);
    close_end(&e);
}

static void has_caught_up_once_all_that_were_ready_are_called(void) {
    if (acceptor_descriptors() < MANY + 50) return;
    with_both(caught_up);
}

/* What arrives while the loop waits is known to be reported only by the next
 * turn: the process may be stopped between the wait and its end. */
static void waited(void) {
    int64_t before = next_ms();
    UNIT_INT(loop_turn(loop, 3), 1);
    UNIT_TRUE(loop_caught_up_ms(loop) >= before);
    UNIT_TRUE(loop_now(loop) >= loop_caught_up_ms(loop) + 2);
    loop_turn(loop, 0);
    UNIT_TRUE(loop_caught_up_ms(loop) >= before + 2);
}

static void has_caught_up_with_the_time_before_the_wait(void) {
    with_both(waited);
}

static volatile sig_atomic_t alarms;

static void on_alarm_only(int number) {
    (void)number;
    alarms++;
}

static void interrupted_only(void) {
    struct sigaction ours = {.sa_handler = on_alarm_only}, old;
    /* Again and again: the first may come before the loop waits. */
    struct itimerval often = {{0, 5000}, {0, 5000}}, never = {{0, 0}, {0, 0}};
    int64_t before = loop_caught_up_ms(loop);
    next_ms();
    alarms = 0;
    sigaction(SIGALRM, &ours, &old);
    setitimer(ITIMER_REAL, &often, NULL);
    UNIT_INT(loop_turn(loop, 5000), 1);
    setitimer(ITIMER_REAL, &never, NULL);
    UNIT_TRUE(alarms > 0);
    UNIT_TRUE(loop_now(loop) > before);
    UNIT_INT(loop_caught_up_ms(loop), before);
    sigaction(SIGALRM, &old, NULL);
}

static void an_interrupted_wait_catches_up_with_nothing(void) {
    with_both(interrupted_only);
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
    UNIT_INT(e.calls, 3); /* a signal does not delay the others */
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

static void earlier_signal_handlers_are_restored(void) {
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
    UNIT_INT(w.interest, 0);
    loop_unwatch(loop, &w);
}

static void a_closed_descriptor_is_an_error(void) {
    with_both(not_watchable);
}

/* Allows the process n descriptors more than it has. Returns the limit before. */
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

/* epoll needs one descriptor, the pipe for signals two. */
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

UNIT_MAIN("tcp/loop", UNIT_TEST(calls_those_that_are_ready_and_no_others),
          UNIT_TEST(reports_what_the_watch_is_interested_in),
          UNIT_TEST(a_hang_up_is_reported_as_the_interest_and_never_spins),
          UNIT_TEST(a_watch_ended_in_a_callback_is_not_called_any_more),
          UNIT_TEST(a_new_watch_on_an_old_descriptor_gets_no_old_event),
          UNIT_TEST(each_of_many_ready_watches_is_called),
          UNIT_TEST(has_caught_up_once_all_that_were_ready_are_called),
          UNIT_TEST(has_caught_up_with_the_time_before_the_wait),
          UNIT_TEST(an_interrupted_wait_catches_up_with_nothing),
          UNIT_TEST(each_signal_ends_one_turn), UNIT_TEST(a_signal_ends_a_wait),
          UNIT_TEST(earlier_signal_handlers_are_restored),
          UNIT_TEST(there_is_one_loop_at_a_time),
          UNIT_TEST(without_descriptors_there_is_no_loop_and_no_leak),
          UNIT_TEST(a_closed_descriptor_is_an_error))
