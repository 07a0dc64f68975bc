/* acceptor_test.c: accepting connections, and running out of descriptors */
#include "packets/unit.h"
#include "tcp/acceptor.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A listening end on a loop, and clients that wait to be accepted. */
enum {
    CROWD = 65
};
static struct loop *loop;
static struct acceptor serving;
static int accepted[CROWD], accepted_count;
static int clients[CROWD];

static void on_accepted(int fd) {
    accepted[accepted_count++] = fd;
}

static void begin(int most, int crowd) {
    char name[LISTEN_NAME_MAX], why[100];
    accepted_count = 0;
    loop = loop_open();
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(acceptor_open(&serving, loop, fd, most, on_accepted), 0);
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

static void accepts_64_a_wake_up(void) {
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

static void refuses_descriptors_past_most(void) {
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

static void rests_when_there_are_no_descriptors_left(void) {
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
    UNIT_INT(serving.watch.wants, 0); /* so the loop does not spin */
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
    UNIT_INT(accepted_count, 1); /* who had to wait is not lost */
    finish(2);
}

static void without_a_spare_it_does_not_open(void) {
    struct rlimit none = {0, 0};
    loop = loop_open();
    int fd = listen_open("127.0.0.1", 0);
    pid_t child = fork(); /* who lowers the hard limit cannot raise it again */
    if (child == 0) {
        if (setrlimit(RLIMIT_NOFILE, &none) == -1) _exit(0); /* valgrind */
        int result = acceptor_open(&serving, loop, fd, 1000, on_accepted);
        _exit(result == -1 && errno == EMFILE ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    UNIT_INT(status, 0);
    close(fd);
    loop_close(loop);
}

static void on_accepted_close(int fd) {
    on_accepted(fd);
    acceptor_close(&serving);
}

static void may_be_closed_while_it_accepts(void) {
    begin(1000, 2);
    serving.on_connection = on_accepted_close;
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

UNIT_MAIN("tcp/acceptor", UNIT_TEST(accepts_64_a_wake_up),
          UNIT_TEST(refuses_descriptors_past_most),
          UNIT_TEST(rests_when_there_are_no_descriptors_left),
          UNIT_TEST(without_a_spare_it_does_not_open),
          UNIT_TEST(may_be_closed_while_it_accepts),
          UNIT_TEST(raises_the_descriptor_limit))
