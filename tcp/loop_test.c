/* loop_test.c: tcp/loop.h: watches, descriptors and errors */
#include "tcp/loop_unit.h"

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

/* The table of poll grows when the first descriptor beyond it is used. */
static void next_to_the_table(void) {
    struct end e;
    open_end(&e, 0);
    int own = e.watch.fd;
    check(dup2(own, 64) == 64, "dup2");
    e.watch.fd = 64;
    UNIT_INT(loop_watch(loop, &e.watch, LOOP_READ), 0);
    poke(&e);
    UNIT_INT(loop_turn(loop, 1000), 1);
    UNIT_INT(e.calls, 1);
    loop_unwatch(loop, &e.watch);
    close(64);
    e.watch.fd = own;
    close_end(&e);
}

static void the_first_descriptor_beyond_the_table_has_space(void) {
    with_both(next_to_the_table);
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

/* The descriptor of an ended watch comes back at once with a new watch: an
 * event that was reported for the old one must not reach the new one. */
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

/* A program that is executed does not inherit them, and a full pipe does not
 * block a signal handler. */
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
          UNIT_TEST(the_first_descriptor_beyond_the_table_has_space),
          UNIT_TEST(a_watch_that_ends_another_delays_no_third),
          UNIT_TEST(a_hang_up_is_reported_as_the_interest_and_never_spins),
          UNIT_TEST(a_watch_ended_in_a_callback_is_not_called_any_more),
          UNIT_TEST(a_new_watch_on_an_old_descriptor_gets_no_old_event),
          UNIT_TEST(earlier_signal_handlers_are_restored),
          UNIT_TEST(there_is_one_loop_at_a_time),
          UNIT_TEST(no_other_program_inherits_the_descriptors_of_the_loop),
          UNIT_TEST(a_closed_descriptor_is_an_error))
