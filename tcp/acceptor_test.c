/* acceptor_test.c: accepting connections, and running out of descriptors */
#include "packets/container.h"
#include "packets/unit.h"
#include "tcp/acceptor.h"
#include "tcp/clock_unit.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/pair.h"
#include "tcp/unit.h"

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

/* How many descriptors are open, of those that this test may use. */
static int count_descriptors(void) {
    int count = 0;
    for (int fd = 0; fd < 500; fd++) count += fcntl(fd, F_GETFD) != -1;
    return count;
}

static int lowest, open_before; /* when the test began */

static void begin(int max_fd, int crowd) {
    char name[LISTEN_NAME_MAX], why[100];
    accepted_count = 0;
    lowest = lowest_descriptor();
    open_before = count_descriptors();
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
    UNIT_INT(serving.watch.interest, 0);
    loop_close(loop);
    UNIT_INT(count_descriptors(), open_before);
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
    serving.max_fd = lowest_descriptor();
    serving.max_fd++; /* so one is taken, the other refused */
    UNIT_INT(io_send_all(clients[1], "GET /", 5), 0);
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(accepted_count, 1);
    expect_refusal(clients[1]);
    finish(2);
}

/* The error that is pending on a socket: EPIPE if a RST followed the FIN. */
static int pending_error(int fd) {
    int error = -1;
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
}

/* RFC 9293 §3.6: a socket that is closed with unread input sends a RST. The
 * acceptor reads 16384 bytes of a client that it refuses: then there is only
 * the FIN. A client that sends more could hold it up, so it gets the RST as
 * well, after the refusal. */
static void reads_16384_bytes_of_a_client_that_it_refuses(void) {
    static char request[16385];
    for (size_t n = 16384; n <= sizeof request; n++) {
        begin(0, 1);
        serving.refusal = "full";
        UNIT_INT(io_send_all(clients[0], request, n), 0);
        UNIT_INT(loop_turn(loop, -1), 1);
        UNIT_INT(accepted_count, 0);
        expect_refusal(clients[0]);
        UNIT_INT(pending_error(clients[0]) == 0, n == 16384);
        finish(1);
    }
}

static void pauses_when_there_are_no_descriptors_left(void) {
    begin(1000, 2);
    serving.refusal = "full";
    if (!limit_descriptors((rlim_t)lowest_descriptor())) {
        finish(2);
        return;
    }
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(accepted_count, 0);
    expect_refusal(clients[0]);
    UNIT_INT(serving.watch.interest, 0); /* so the loop does not spin */
    int left = acceptor_wait(&serving, -1);
    UNIT_TRUE(left > 0 && left <= 100);
    UNIT_INT(acceptor_wait(&serving, 0), 0);
    UNIT_TRUE(serving.spare != -1); /* ready for the next time */
    allow_descriptors();

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

static void closing_ends_a_pause(void) {
    begin(1000, 0);
    timer_start(&serving.pauses, &serving.pause, loop_now(loop));
    UNIT_INT(acceptor_wait(&serving, -1), 100);
    acceptor_close(&serving);
    UNIT_INT(acceptor_wait(&serving, -1), -1);
    finish(0);
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
    UNIT_INT(acceptor_wait(&serving, -1), -1); /* it has not tried once more */
    finish(2);
}

static void what_cannot_be_watched_is_not_opened(void) {
    loop = loop_open();
    int closed = lowest_descriptor(), count = count_descriptors();
    UNIT_INT(acceptor_open(&serving, loop, closed, 1000, on_connection), -1);
    UNIT_INT(errno, EBADF);
    UNIT_INT(count_descriptors(), count);
    FILE *file = tmpfile();
    check(file != NULL, "tmpfile");
    count = count_descriptors();
    errno = 0;
    if (acceptor_open(&serving, loop, fileno(file), 1000, on_connection) == -1)
        UNIT_INT(errno, EPERM); /* epoll_ctl(2): not for regular files */
    else
        acceptor_close(&serving); /* poll reports them as ready */
    UNIT_INT(count_descriptors(), count);
    fclose(file);
    loop_close(loop);
}

static void raises_the_descriptor_limit(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    rlim_t largest = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
    limit.rlim_cur = largest - 100;
    UNIT_INT(setrlimit(RLIMIT_NOFILE, &limit), 0);
    UNIT_INT(acceptor_descriptors(), largest - 4);
    UNIT_INT(setrlimit(RLIMIT_NOFILE, &limit), 0);
    begin(1000, 0);
    finish(0);
    getrlimit(RLIMIT_NOFILE, &limit);
    UNIT_TRUE(limit.rlim_cur == limit.rlim_max);
}

static void uses_at_most_65536_descriptors(void) {
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        struct rlimit large = {70000, 70000};
        if (setrlimit(RLIMIT_NOFILE, &large) == -1) _exit(0); /* not root */
        _exit(acceptor_descriptors() == 65536 - 4 ? 0 : 1);
    }
    waitpid(child, &status, 0);
    UNIT_INT(status, 0);
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
    deadline_ms = loop_now(loop) + (received < 2 ? TIMEOUT_MS : 10000);
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
    calls_until_jump = 3; /* two calls before the wait, the third after it */
    UNIT_INT(io_send_all(peer, "1", 1), 0);
    UNIT_INT(acceptor_run(&serving, on_timeout, on_shutdown, &open_count), 0);
    UNIT_INT(received, 1);
    UNIT_INT(timed_out, 1);
    UNIT_TRUE(time(NULL) - start < 30); /* it did not wait for 60 s again */
    clock_offset_ms = 0;
    end_connection();
}

static int never(int64_t now) {
    (void)now;
    return -1;
}

static void on_connection_raise(int fd) {
    on_connection(fd);
    raise(SIGTERM);
}

static void a_pause_is_over_after_its_time(void) {
    begin(1000, 1);
    open_count = 0;
    serving.on_connection = on_connection_raise;
    UNIT_INT(loop_set_interest(loop, &serving.watch, 0), 0);
    timer_start(&serving.pauses, &serving.pause, loop_now(loop) - 99);
    UNIT_INT(acceptor_run(&serving, never, on_shutdown, &open_count), 0);
    UNIT_INT(accepted_count, 1);
    finish(1);
}

/* In a child: there is no epoll any more, and poll(2) fails with more
 * descriptors than a process may have. */
static void a_loop_that_fails_ends_with_a_line_and_status_1(void) {
    int printed[2], status = -1;
    char text[100];
    check(pipe(printed) == 0, "pipe");
    begin(1000, 0);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit few = {1, 1};
        dup2(printed[1], STDERR_FILENO);
        close(lowest); /* the first descriptor of the loop: that of epoll */
        setrlimit(RLIMIT_NOFILE, &few);
        alarm(20);
        open_count = 1;
        int result = acceptor_run(&serving, never, on_shutdown, &open_count);
        _exit(result == 1 && serving.watch.fd == -1 ? 0 : 1);
    }
    waitpid(child, &status, 0);
    UNIT_INT(status, 0);
    finish(0);
    close(printed[1]);
    ssize_t n = read(printed[0], text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    UNIT_TRUE(strstr(text, "cannot wait for events: "));
    UNIT_TRUE(strchr(text, '\n') == text + n - 1);
    close(printed[0]);
}

static void on_shutdown_hold_on(void) {
    shut_down++;
}

/* So much time passes while the program ends its connections. */
static int64_t shutdown_took_ms;

static void on_shutdown_slowly(void) {
    UNIT_INT(serving.watch.fd, -1); /* no client can connect any more */
    shut_down++;
    clock_offset_ms = shutdown_took_ms;
}

static int count_turns(int64_t now) {
    (void)now;
    turns += shut_down;
    return -1;
}

/* A peer holds on during a shutdown with this many open connections. Returns
 * how many ms the shutdown takes. */
static int64_t hold_on(int count, int64_t took_ms) {
    begin_connection();
    open_count = count;
    shutdown_took_ms = took_ms;
    raise(SIGTERM);
    int64_t start = clock_ms();
    UNIT_INT(
        acceptor_run(&serving, count_turns, on_shutdown_slowly, &open_count),
        0);
    int64_t took = clock_ms() - start;
    clock_offset_ms = 0;
    UNIT_INT(shut_down, 1);
    /* It sends what on_shutdown has written, waits, and does not spin. */
    UNIT_TRUE(turns > 0 && turns < 10);
    end_connection();
    return took;
}

static void a_shutdown_ends_though_a_peer_holds_on(void) {
    int64_t took = hold_on(1, LIMIT_SHUTDOWN_MS - 50);
    UNIT_TRUE(took >= LIMIT_SHUTDOWN_MS && took < LIMIT_SHUTDOWN_MS + 1000);
}

/* It is supposed to close 20 of them in a ms, so it stops waiting earlier; but
 * the peers have a quarter of the limit in any case. */
static void a_shutdown_leaves_time_to_close_thousands(void) {
    int64_t took = hold_on(20000, LIMIT_SHUTDOWN_MS - 1050);
    UNIT_TRUE(took >= LIMIT_SHUTDOWN_MS - 1000 && took < LIMIT_SHUTDOWN_MS);
    took = hold_on(60000, 0);
    UNIT_TRUE(took >= LIMIT_SHUTDOWN_MS / 4 && took < LIMIT_SHUTDOWN_MS);
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
          UNIT_TEST(reads_16384_bytes_of_a_client_that_it_refuses),
          UNIT_TEST(pauses_when_there_are_no_descriptors_left),
          UNIT_TEST(a_failed_resume_is_tried_again),
          UNIT_TEST(closing_ends_a_pause),
          UNIT_TEST(without_a_spare_it_does_not_open),
          UNIT_TEST(may_be_closed_while_it_accepts),
          UNIT_TEST(input_that_arrived_while_it_was_stopped_is_in_time),
          UNIT_TEST(a_time_out_is_judged_when_it_is_due),
          UNIT_TEST(an_event_puts_off_no_time_out),
          UNIT_TEST(a_pause_is_over_after_its_time),
          UNIT_TEST(a_loop_that_fails_ends_with_a_line_and_status_1),
          UNIT_TEST(a_shutdown_ends_though_a_peer_holds_on),
          UNIT_TEST(a_shutdown_leaves_time_to_close_thousands),
          UNIT_TEST(a_second_signal_ends_at_once),
          UNIT_TEST(what_cannot_be_watched_is_not_opened),
          UNIT_TEST(raises_the_descriptor_limit),
          UNIT_TEST(uses_at_most_65536_descriptors))
