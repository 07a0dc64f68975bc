/* acceptor_test.c: accepting connections, and running out of descriptors */
#include "packets/container.h"
#include "packets/unit.h"
#include "tcp/acceptor.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/pair.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A listener on a loop, and clients that wait to be accepted. */
enum {
    CROWD = 65
};
static struct loop *loop;
static struct acceptor serving;
static int accepted[CROWD], accepted_count;
static int clients[CROWD];

static void on_connection(int fd) {
    accepted[accepted_count++] = fd;
}

static void begin(int max_fd, int crowd) {
    char name[LISTEN_NAME_MAX], why[100];
    accepted_count = 0;
    loop = loop_open();
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(acceptor_open(&serving, loop, fd, max_fd, on_connection), 0);
    UNIT_INT(listen_name(fd, name), 0);
    for (int i = 0; i < crowd; i++)
        clients[i] =
            connect_to("127.0.0.1", strrchr(name, ':') + 1, why, sizeof why);
}

static void finish(int crowd) {
    for (int i = 0; i < crowd; i++) close(clients[i]);
    for (int i = 0; i < accepted_count; i++) close(accepted[i]);
    acceptor_close(&serving);
    acceptor_close(&serving);
    loop_close(loop);
}

static void accepts_64_a_turn(void) {
    begin(1000, CROWD);
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(accepted_count, 64);
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(accepted_count, 65);
    UNIT_INT(acceptor_wait(&serving, -1), -1);
    UNIT_INT(acceptor_wait(&serving, 7), 7);
    finish(CROWD);
}

/* Reads all of the refusal, then the end: no RST, though a request was sent. */
static void expect_refusal(int fd) {
    char text[20];
    ssize_t n = io_recv_all(fd, text, sizeof text);
    UNIT_INT(n, 4);
    UNIT_TEXT(text, n > 0 ? (size_t)n : 0, "full");
}

static void refuses_descriptors_beyond_max_fd(void) {
    begin(0, 2);
    serving.refusal = "full";
    serving.max_fd = dup(0); /* the lowest that is free */
    close(serving.max_fd);
    serving.max_fd++; /* so one is taken, the other refused */
    UNIT_INT(io_send_all(clients[1], "GET /", 5), 0);
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(accepted_count, 1);
    expect_refusal(clients[1]);
    finish(2);
}

static void pauses_when_there_are_no_descriptors_left(void) {
    struct rlimit before, none;
    begin(1000, 2);
    serving.refusal = "full";
    getrlimit(RLIMIT_NOFILE, &before);
    none = before;
    int lowest = dup(0);
    close(lowest);
    none.rlim_cur = (rlim_t)lowest;
    UNIT_INT(setrlimit(RLIMIT_NOFILE, &none), 0);
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(accepted_count, 0);
    expect_refusal(clients[0]);
    UNIT_INT(serving.watch.interest, 0); /* so the loop does not spin */
    int left = acceptor_wait(&serving, -1);
    UNIT_TRUE(left > 0 && left <= 100);
    UNIT_INT(acceptor_wait(&serving, 0), 0);
    UNIT_TRUE(serving.spare != -1); /* ready for the next time */
    setrlimit(RLIMIT_NOFILE, &before);

    while (acceptor_wait(&serving, -1) != -1) {
        UNIT_INT(loop_turn(loop, acceptor_wait(&serving, -1)), 1);
        UNIT_INT(accepted_count, 0);
        acceptor_resume(&serving);
    }
    UNIT_INT(loop_turn(loop, 1000), 1);
    UNIT_INT(accepted_count, 1); /* the client that had to wait is not lost */
    finish(2);
}

/* Watching again fails when the kernel has no memory. Here it fails because the
 * listener has no valid descriptor for a while. */
static void a_failed_resume_is_tried_again(void) {
    begin(1000, 1);
    int fd = serving.watch.fd;
    loop_set_interest(loop, &serving.watch, 0);
    timer_start(&serving.pauses, &serving.pause, loop_now(loop) - 100);
    serving.watch.fd = -1;
    acceptor_resume(&serving);
    serving.watch.fd = fd;
    UNIT_INT(serving.watch.interest, 0);
    UNIT_INT(acceptor_wait(&serving, -1), 100);
    close(serving.spare);
    serving.spare = -1; /* it could not be opened again, either */
    while (acceptor_wait(&serving, -1) != -1) {
        UNIT_INT(loop_turn(loop, acceptor_wait(&serving, -1)), 1);
        acceptor_resume(&serving);
    }
    UNIT_TRUE(serving.spare != -1);
    UNIT_INT(loop_turn(loop, 1000), 1);
    UNIT_INT(accepted_count, 1);
    finish(1);
}

static void without_a_spare_it_does_not_open(void) {
    struct rlimit none = {0, 0};
    loop = loop_open();
    int fd = listen_open("127.0.0.1", 0);
    pid_t child = fork(); /* a hard limit cannot be raised again */
    if (child == 0) {
        if (setrlimit(RLIMIT_NOFILE, &none) == -1) _exit(0); /* valgrind */
        int result = acceptor_open(&serving, loop, fd, 1000, on_connection);
        _exit(result == -1 && errno == EMFILE ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    UNIT_INT(status, 0);
    close(fd);
    loop_close(loop);
}

static void on_connection_close(int fd) {
    on_connection(fd);
    acceptor_close(&serving);
}

static void may_be_closed_while_it_accepts(void) {
    begin(1000, 2);
    serving.on_connection = on_connection_close;
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(accepted_count, 1);
    finish(2);
}

static void raises_the_descriptor_limit(void) {
    struct rlimit limit;
    int n = acceptor_descriptors();
    getrlimit(RLIMIT_NOFILE, &limit);
    UNIT_TRUE(limit.rlim_cur == limit.rlim_max);
    UNIT_TRUE(n > 0 && n <= 65536 && (rlim_t)n <= limit.rlim_cur);
}

/* The clock of this program: the loop uses it instead of that of the system, so
 * that much time can pass at once. */
static time_t clock_offset;
static int calls_until_jump; /* of clock_gettime; 0: none */

int clock_gettime(clockid_t id, struct timespec *t) {
    struct timeval now;
    (void)id;
    if (calls_until_jump > 0 && --calls_until_jump == 0) clock_offset = 60;
    gettimeofday(&now, NULL);
    t->tv_sec = now.tv_sec + clock_offset;
    t->tv_nsec = now.tv_usec * 1000;
    return 0;
}

static int64_t clock_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A connection whose peer must send a byte every 20 ms. */
enum {
    TIMEOUT_MS = 20
};
static struct watch watch;
static int peer, open_count, turns, timed_out, received, shut_down;
static int64_t deadline_ms;

static void on_byte(struct watch *w, unsigned events) {
    char byte;
    (void)events;
    received += io_recv(w->fd, &byte, 1) == 1;
    deadline_ms = loop_now(loop) + TIMEOUT_MS;
    if (received == 2) raise(SIGTERM);
}

static int on_timeout(int64_t now) {
    turns++;
    if (timed_out) return -1;
    if (now < deadline_ms) return (int)(deadline_ms - now);
    timed_out = 1;
    raise(SIGTERM);
    return -1;
}

static void on_shutdown(void) {
    shut_down++;
    open_count = 0;
}

/* Stops the process for longer than that while the loop waits, as SIGSTOP
 * does; the byte arrives meanwhile. */
static void on_alarm(int number) {
    int64_t end = clock_ms() + 2 * TIMEOUT_MS;
    (void)number;
    ssize_t written = write(peer, "2", 1);
    (void)written;
    while (clock_ms() < end) {
    }
}

static void begin_connection(void) {
    int ends[2];
    begin(1000, 0);
    check(pair_open(ends) == 0, "pair_open");
    peer = ends[0];
    watch = (struct watch){.ready = on_byte, .fd = ends[1]};
    UNIT_INT(loop_watch(loop, &watch, LOOP_READ), 0);
    open_count = 1;
    turns = timed_out = received = shut_down = 0;
    deadline_ms = loop_now(loop) + 1000;
}

static void end_connection(void) {
    loop_unwatch(loop, &watch);
    close(watch.fd);
    close(peer);
    finish(0);
}

static void stopped(void) {
    struct sigaction ours = {.sa_handler = on_alarm}, old;
    struct itimerval soon = {.it_value = {0, 5000}};
    begin_connection();
    sigaction(SIGALRM, &ours, &old);
    UNIT_INT(io_send_all(peer, "1", 1), 0);
    setitimer(ITIMER_REAL, &soon, NULL);
    UNIT_INT(acceptor_run(&serving, on_timeout, on_shutdown, &open_count), 0);
    UNIT_INT(received, 2);
    UNIT_INT(timed_out, 0);
    sigaction(SIGALRM, &old, NULL);
    end_connection();
}

static void input_that_arrived_while_it_was_stopped_is_in_time(void) {
    stopped();
    setenv("LOOP_POLL", "1", 1);
    stopped();
    unsetenv("LOOP_POLL");
}

static void a_time_out_is_judged_when_it_is_due(void) {
    begin_connection();
    deadline_ms = loop_now(loop) + TIMEOUT_MS;
    int64_t due_ms = deadline_ms;
    UNIT_INT(acceptor_run(&serving, on_timeout, on_shutdown, &open_count), 0);
    UNIT_INT(timed_out, 1);
    UNIT_TRUE(clock_ms() >= due_ms);
    UNIT_TRUE(clock_ms() < due_ms + 1000); /* a busy machine is slow */
    UNIT_TRUE(turns < 10);                 /* it waits and does not spin */
    UNIT_INT(serving.watch.fd, -1);
    end_connection();
}

/* An event in the middle of the wait must not put off what is due: the rest of
 * the wait counts from the time that was judged, before the wait. Here the
 * clock passes the deadline during the wait, so the rest is 0. */
static void on_byte_only(struct watch *w, unsigned events) {
    char byte;
    (void)events;
    received += io_recv(w->fd, &byte, 1) == 1;
}

static void an_event_puts_off_no_time_out(void) {
    begin_connection();
    watch.ready = on_byte_only;
    deadline_ms = loop_now(loop) + 60000;
    time_t start = time(NULL);
    calls_until_jump = 2; /* before the wait and after it */
    UNIT_INT(io_send_all(peer, "1", 1), 0);
    UNIT_INT(acceptor_run(&serving, on_timeout, on_shutdown, &open_count), 0);
    UNIT_INT(received, 1);
    UNIT_INT(timed_out, 1);
    UNIT_TRUE(time(NULL) - start < 30); /* it did not wait for 60 s again */
    clock_offset = 0;
    end_connection();
}

static int never(int64_t now) {
    (void)now;
    return -1;
}

static void on_shutdown_hold_on(void) {
    shut_down++;
}

static void a_shutdown_ends_though_a_peer_holds_on(void) {
    begin_connection();
    raise(SIGTERM);
    int64_t start = clock_ms();
    UNIT_INT(acceptor_run(&serving, never, on_shutdown_hold_on, &open_count),
             0);
    int64_t took = clock_ms() - start;
    UNIT_INT(shut_down, 1);
    UNIT_TRUE(took >= LIMIT_SHUTDOWN_MS && took < 3000);
    end_connection();
}

static void a_second_signal_ends_at_once(void) {
    begin_connection();
    raise(SIGTERM);
    raise(SIGINT);
    int64_t start = clock_ms();
    UNIT_INT(acceptor_run(&serving, never, on_shutdown_hold_on, &open_count),
             0);
    UNIT_INT(shut_down, 1);
    UNIT_TRUE(clock_ms() - start < 1000);
    end_connection();
}

UNIT_MAIN("tcp/acceptor", UNIT_TEST(accepts_64_a_turn),
          UNIT_TEST(refuses_descriptors_beyond_max_fd),
          UNIT_TEST(pauses_when_there_are_no_descriptors_left),
          UNIT_TEST(a_failed_resume_is_tried_again),
          UNIT_TEST(without_a_spare_it_does_not_open),
          UNIT_TEST(may_be_closed_while_it_accepts),
          UNIT_TEST(input_that_arrived_while_it_was_stopped_is_in_time),
          UNIT_TEST(a_time_out_is_judged_when_it_is_due),
          UNIT_TEST(an_event_puts_off_no_time_out),
          UNIT_TEST(a_shutdown_ends_though_a_peer_holds_on),
          UNIT_TEST(a_second_signal_ends_at_once),
          UNIT_TEST(raises_the_descriptor_limit))
