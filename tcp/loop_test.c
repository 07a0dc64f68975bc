/* loop_test.c: tcp/loop.h, each case with both back ends */
#include "packets/container.h"
#include "packets/unit.h"
#include "tcp/acceptor.h"
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

/* Returns whether a turn of 30 ms waits, as one does that finds nothing. */
static bool turn_waits(void) {
    int64_t before = loop_now(loop);
    UNIT_INT(loop_turn(loop, 30), 1);
    return loop_now(loop) - before >= 29;
}

static void half_ready(void) {
    static char bytes[65536];
    struct end e;
    open_end(&e, LOOP_READ | LOOP_WRITE);
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(e.events, LOOP_WRITE); /* there is nothing to read */
    UNIT_INT(io_nonblocking(e.watch.fd), 0);
    while (io_send(e.watch.fd, bytes, sizeof bytes) > 0) {
    }
    poke(&e);
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(e.events, LOOP_READ); /* there is no space */
    UNIT_INT(loop_set_interest(loop, &e.watch, LOOP_WRITE), 0);
    UNIT_INT(loop_set_interest(loop, &e.watch, LOOP_WRITE), 0); /* again */
    e.calls = 0;
    UNIT_TRUE(turn_waits());
    UNIT_INT(e.calls, 0);
    close_end(&e);
}

static void only_what_is_ready_is_reported(void) {
    with_both(half_ready);
}

/* Ends a watch without closing its descriptor, which stays readable. */
static void ended_only(void) {
    struct end e;
    open_end(&e, LOOP_READ);
    poke(&e);
    loop_unwatch(loop, &e.watch);
    UNIT_INT(e.watch.interest, 0);
    UNIT_TRUE(turn_waits());
    UNIT_INT(e.calls, 0);

    struct end heir = {.watch = {on_ready, e.watch.fd, 0}};
    UNIT_INT(loop_watch(loop, &heir.watch, LOOP_READ), 0);
    loop_unwatch(loop, &e.watch); /* once more: it is none of that any more */
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(heir.calls, 1);
    loop_unwatch(loop, &heir.watch);
    close_end(&e);
}

static void a_watch_that_has_ended_is_out_of_the_way(void) {
    with_both(ended_only);
}

/* A program may have been started without a standard input. */
static void descriptor_0(void) {
    int input = dup(STDIN_FILENO), pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1) abort();
    dup2(pair[0], STDIN_FILENO);
    struct end e = {.watch = {on_ready, STDIN_FILENO, 0}, .other = pair[1]};
    UNIT_INT(loop_watch(loop, &e.watch, LOOP_READ), 0);
    poke(&e);
    UNIT_INT(loop_turn(loop, 1000), 1);
    UNIT_INT(e.calls, 1);
    loop_unwatch(loop, &e.watch);
    UNIT_TRUE(turn_waits());
    dup2(input, STDIN_FILENO);
    close(input);
    close(pair[0]);
    close(pair[1]);
}

static void descriptor_0_is_one_like_all_others(void) {
    with_both(descriptor_0);
}

/* 64: as many as the first table of poll has space for. */
static void beyond_the_table(void) {
    struct end e;
    open_end(&e, 0);
    check(dup2(e.watch.fd, 63) == 63, "dup2");
    struct watch last = {.ready = on_ready, .fd = 63};
    struct watch beyond = {.ready = on_ready, .fd = 64};
    UNIT_INT(loop_watch(loop, &last, LOOP_READ), 0);
    UNIT_INT(loop_watch(loop, &beyond, 0), 0);
    loop_unwatch(loop, &beyond);
    loop_unwatch(loop, &last);
    close(63);
    close_end(&e);
}

static void a_watch_without_interest_needs_no_space(void) {
    with_both(beyond_the_table);
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
    UNIT_TRUE(turn_waits()); /* a spinning loop would not */
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

/* Of three watches that are ready, the one that is called first ends
 * another. */
static struct end three[3];

static void on_ready_end_next(struct watch *w, unsigned events) {
    struct end *e = container_of(w, struct end, watch);
    (void)events;
    e->calls++;
    if (calls++ == 0) close_end(&three[(e - three + 1) % 3]);
}

static void one_ended(void) {
    calls = 0;
    for (int i = 0; i < 3; i++) {
        open_end(&three[i], LOOP_READ);
        three[i].watch.ready = on_ready_end_next;
        poke(&three[i]);
    }
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(calls, 2);
    for (int i = 0; i < 3; i++) {
        struct end *before = &three[(i + 2) % 3];
        bool is_first = three[i].calls == 1 && before->calls == 1;
        if (is_first) close_end(&three[i]);
        if (is_first) close_end(before);
    }
}

static void a_watch_that_ends_another_delays_no_third(void) {
    with_both(one_ended);
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

static void earlier_signal_handlers_are_restored(void) {
    static const int numbers[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < 2; i++) {
        struct sigaction ignore = {.sa_handler = SIG_IGN}, before, after;
        sigaction(numbers[i], &ignore, &before);
        loop = loop_open();
        loop_close(loop);
        sigaction(numbers[i], &before, &after);
        UNIT_TRUE(after.sa_handler == SIG_IGN);
    }
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

/* Nor do they keep a signal handler waiting when the pipe is full. */
static void own_descriptors(void) {
    int found = 0;
    loop_close(loop);
    int lowest = lowest_descriptor();
    loop = loop_open();
    for (int fd = lowest; fd < lowest + 3; fd++) {
        struct stat status;
        if (fstat(fd, &status) == -1) continue;
        UNIT_TRUE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        if (!S_ISFIFO(status.st_mode)) continue;
        UNIT_TRUE(fcntl(fd, F_GETFL) & O_NONBLOCK);
        found++;
    }
    UNIT_INT(found, 2);
}

static void no_other_program_inherits_the_descriptors_of_the_loop(void) {
    with_both(own_descriptors);
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

/* epoll needs one descriptor, the pipe for signals two. */
static void without_descriptors_there_is_no_loop_and_no_leak(void) {
    for (int round = 0; round < 12; round++) {
        int n = round % 6; /* a loop was open before the second time */
        setenv("LOOP_POLL", n % 2 ? "1" : "0", 1);
        int lowest = lowest_descriptor();
        if (!limit_descriptors((rlim_t)(lowest + n / 2))) break;
        loop = loop_open();
        UNIT_TRUE(n == 5 ? loop != NULL : loop == NULL && errno == EMFILE);
        if (loop) loop_close(loop);
        allow_descriptors();
        UNIT_INT(lowest_descriptor(), lowest);
    }
    unsetenv("LOOP_POLL");
}

/* The first test: no loop was open before. */
UNIT_MAIN("tcp/loop",
          UNIT_TEST(without_descriptors_there_is_no_loop_and_no_leak),
          UNIT_TEST(calls_those_that_are_ready_and_no_others),
          UNIT_TEST(reports_what_the_watch_is_interested_in),
          UNIT_TEST(only_what_is_ready_is_reported),
          UNIT_TEST(a_watch_that_has_ended_is_out_of_the_way),
          UNIT_TEST(descriptor_0_is_one_like_all_others),
          UNIT_TEST(a_watch_without_interest_needs_no_space),
          UNIT_TEST(a_watch_that_ends_another_delays_no_third),
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
          UNIT_TEST(no_other_program_inherits_the_descriptors_of_the_loop),
          UNIT_TEST(a_closed_descriptor_is_an_error))
