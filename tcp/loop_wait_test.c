/* loop_wait_test.c: tcp/loop.h: turns with many watches, the time that the loop
 * has caught up with, and signals that end a wait */
#include "tcp/loop_unit.h"

/* More descriptors than one turn of epoll reports and than the first table of
 * poll holds, begun from within a callback. */
enum {
    MANY = 300
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

/* Returns the time once it is later than that of the loop's last turn. */
static int64_t next_ms(void) {
    while (clock_ms() <= loop_now(loop)) {
    }
    return clock_ms();
}

/* The watches that there were before must not count any more: neither those of
 * which the interest has changed, nor those that ended, whether before or after
 * their descriptors. */
static void begin_and_end_many(void) {
    struct end e;
    open_end(&e, LOOP_READ);
    for (int i = 0; i < 1500; i++) {
        loop_set_interest(loop, &e.watch, 0);
        loop_set_interest(loop, &e.watch, LOOP_READ);
    }
    close_end(&e);
    for (int i = 0; i < 3000; i++) {
        open_end(&e, LOOP_READ);
        if (i % 4) close_end(&e);
        if (i % 4) continue;
        int fd = e.watch.fd;
        close(fd);
        loop_unwatch(loop, &e.watch);
        close(e.other);
    }
}

/* Returns the number of turns until all watches that are ready now were
 * called. */
static int turns_to_catch_up(void) {
    int64_t ready_ms = next_ms();
    int turns = 0;
    while (loop_caught_up_ms(loop) < ready_ms && turns < 10) {
        loop_turn(loop, 0);
        turns++;
    }
    return turns;
}

static void caught_up(void) {
    struct end e, late;
    begin_and_end_many();
    open_end(&late, LOOP_READ);
    open_end(&e, LOOP_READ);
    e.watch.ready = on_ready_watch_many;
    poke(&e);
    readable = e.watch.fd;
    loop_turn(loop, -1);
    /* Though each turn finds more than it can report. */
    UNIT_TRUE(turns_to_catch_up() <= 2);
    int missing = 0;
    for (int i = 0; i < MANY; i++) missing += !called[i];
    UNIT_INT(missing, 0);
    UNIT_TRUE(turns_to_catch_up() <= 2); /* and so on */
    /* One that becomes ready between two full turns may wait for a third. */
    next_ms();
    loop_turn(loop, 0);
    next_ms();
    poke(&late);
    int64_t late_ms = clock_ms();
    while (clock_ms() == late_ms) continue;
    while (late.calls == 0) {
        UNIT_TRUE(loop_caught_up_ms(loop) <= late_ms);
        next_ms();
        loop_turn(loop, 0);
    }
    for (int i = 0; i < MANY; i++) {
        loop_unwatch(loop, &many[i]);
        close(many[i].fd);
    }
    close_end(&e);
    close_end(&late);
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

UNIT_MAIN("tcp/loop_wait", UNIT_TEST(each_of_many_ready_watches_is_called),
          UNIT_TEST(has_caught_up_once_all_that_were_ready_are_called),
          UNIT_TEST(has_caught_up_with_the_time_before_the_wait),
          UNIT_TEST(an_interrupted_wait_catches_up_with_nothing),
          UNIT_TEST(each_signal_ends_one_turn), UNIT_TEST(a_signal_ends_a_wait))
