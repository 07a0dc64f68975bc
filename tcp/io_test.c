/* io_test.c: tcp/io.h on both ends of a socketpair */
#include "packets/unit.h"
#include "tcp/io.h"
#include "tcp/pair.h"
#include "tcp/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    BIG = 4 * 1024 * 1024 /* larger than any socket buffer */
};

static void open_pair(int pair[2]) {
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1) abort();
}

static void close_pair(int pair[2]) {
    close(pair[0]);
    close(pair[1]);
}

static unsigned char pattern(size_t i) {
    return (unsigned char)(i * 31 + i / 251);
}

static volatile sig_atomic_t alarms;
static int answer_on;

/* Only the first three signals end a call. Under valgrind 2 ms are too short to
 * begin a send of BIG bytes, which must not end in that way for ever. */
static void on_alarm(int number) {
    if (++alarms < 3) return;
    signal(number, SIG_IGN);
    if (write(answer_on, "y", 1) != 1) alarms = -1;
}

/* Calls handler every 2 ms, without SA_RESTART: calls that wait end early. */
static void start_alarms(void (*handler)(int signal)) {
    struct sigaction action = {.sa_handler = handler};
    struct itimerval every = {{0, 2000}, {0, 2000}};
    alarms = 0;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &every, NULL);
}

static void end_alarms(void) {
    struct itimerval never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &never, NULL);
    signal(SIGALRM, SIG_DFL);
}

/* The child sends BIG bytes, which takes many calls of send: signals end those
 * that wait. The parent reads only after the third signal. */
static void sends_and_receives_more_than_a_call_moves(void) {
    int pair[2], begin[2];
    char byte;
    open_pair(pair);
    open_pair(begin);
    unsigned char *bytes = malloc(BIG);
    if (!bytes) abort();
    for (size_t i = 0; i < BIG; i++) bytes[i] = pattern(i);
    pid_t child = fork();
    if (child == 0) {
        answer_on = begin[1];
        start_alarms(on_alarm);
        _exit(io_send_all(pair[1], bytes, BIG) == 0 ? 0 : 1);
    }
    memset(bytes, 0, BIG);
    UNIT_INT(read(begin[0], &byte, 1), 1);
    UNIT_INT(io_recv_all(pair[0], bytes, BIG), BIG);
    size_t wrong = 0;
    for (size_t i = 0; i < BIG; i++) wrong += bytes[i] != pattern(i);
    UNIT_INT(wrong, 0);

    int status = -1;
    waitpid(child, &status, 0);
    UNIT_INT(status, 0);
    free(bytes);
    close_pair(pair);
    close_pair(begin);
}

/* Each datagram is what one recv returns; what is too long is cut off. */
static void receives_no_more_than_requested(void) {
    int pair[2];
    char bytes[8] = "";
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == -1) abort();
    UNIT_INT(io_send(pair[0], "ab", 2), 2);
    UNIT_INT(io_send(pair[0], "cdef", 4), 4);
    UNIT_INT(io_recv_all(pair[1], bytes, 4), 4);
    UNIT_TEXT(bytes, strlen(bytes), "abcd");
    close_pair(pair);
    UNIT_INT(io_recv_all(-1, bytes, 4), -1);
    UNIT_INT(errno, EBADF);
}

/* Success leaves errno as it was: it says nothing about this call. */
static void an_old_errno_repeats_nothing(void) {
    int pair[2];
    char bytes[8];
    open_pair(pair);
    errno = EINTR;
    UNIT_INT(io_send(pair[0], "a", 1), 1);
    UNIT_INT(io_send(pair[0], "bc", 2), 2);
    errno = EINTR;
    UNIT_INT(io_recv(pair[1], bytes, 1), 1);
    UNIT_INT(io_recv(pair[1], bytes, sizeof bytes), 2);
    close_pair(pair);
}

static void receives_fewer_when_the_stream_ends(void) {
    int pair[2];
    char bytes[8];
    open_pair(pair);
    UNIT_INT(io_send_all(pair[1], "abc", 3), 0);
    shutdown(pair[1], SHUT_WR);
    UNIT_INT(io_recv_all(pair[0], bytes, sizeof bytes), 3);
    UNIT_INT(io_recv(pair[0], bytes, sizeof bytes), 0);
    close_pair(pair);
}

/* A SIGPIPE would end this test, since nothing here ignores it. */
static void a_peer_that_is_gone_is_an_error_and_no_signal(void) {
    int pair[2];
    open_pair(pair);
    close(pair[1]);
    UNIT_INT(io_send_all(pair[0], "x", 1), -1);
    UNIT_INT(errno, EPIPE);
    UNIT_INT(io_send(pair[0], "x", 1), -1);
    UNIT_INT(errno, EPIPE);
    close(pair[0]);
}

static void a_non_blocking_descriptor_fails_with_eagain(void) {
    int pair[2];
    char byte;
    open_pair(pair);
    UNIT_INT(io_nonblocking(pair[0]), 0);
    UNIT_INT(io_recv(pair[0], &byte, 1), -1);
    UNIT_TRUE(errno == EAGAIN || errno == EWOULDBLOCK);
    static char bytes[BIG];
    ssize_t took = io_send(pair[0], bytes, sizeof bytes);
    UNIT_TRUE(took > 0 && took < (ssize_t)sizeof bytes);
    UNIT_INT(io_nonblocking(-1), -1);
    UNIT_INT(errno, EBADF);
    close_pair(pair);
}

/* The third signal sends what the recv waits for. */
static void a_signal_does_not_end_a_receive(void) {
    int pair[2];
    char byte = 0;
    open_pair(pair);
    answer_on = pair[1];
    start_alarms(on_alarm);
    UNIT_INT(io_recv(pair[0], &byte, 1), 1);
    end_alarms();
    UNIT_INT(byte, 'y');
    UNIT_TRUE(alarms >= 3);
    close_pair(pair);
}

static int drained;

static void on_alarm_drain(int signal) {
    static char bytes[65536]; /* valgrind needs more than 2 ms to check BIG */
    (void)signal;
    if (++alarms >= 3) recv(drained, bytes, sizeof bytes, MSG_DONTWAIT);
}

/* The third signal reads what keeps the send waiting. */
static void a_signal_does_not_end_a_send(void) {
    static char bytes[BIG];
    int pair[2];
    open_pair(pair);
    int flags = fcntl(pair[0], F_GETFL);
    UNIT_INT(io_nonblocking(pair[0]), 0);
    while (io_send(pair[0], bytes, sizeof bytes) > 0) {
    }
    fcntl(pair[0], F_SETFL, flags);
    drained = pair[1];
    start_alarms(on_alarm_drain);
    UNIT_INT(io_send(pair[0], "z", 1), 1);
    end_alarms();
    UNIT_TRUE(alarms >= 3);
    close_pair(pair);
}

static void random_bytes_differ_up_to_the_last(void) {
    enum {
        N = 64
    };
    uint8_t first[N] = {0}, second[N] = {0}, both = 0;
    int lowest = lowest_descriptor();
    UNIT_INT(io_random(first, N - 1), 0);
    UNIT_INT(first[N - 1], 0);
    UNIT_INT(io_random(second, N), 0);
    UNIT_INT(lowest_descriptor(), lowest);
    /* Sixteen bytes are equal by chance once in 2^128. */
    for (size_t i = 0; i < N; i += 16)
        both |= memcmp(first + i, second + i, 16) == 0;
    UNIT_FALSE(both);
}

static void without_a_descriptor_there_are_no_random_bytes(void) {
    uint8_t byte;
    if (!limit_descriptors((rlim_t)lowest_descriptor())) return;
    UNIT_INT(io_random(&byte, 1), -1);
    UNIT_INT(errno, EMFILE);
    allow_descriptors();
}

static void send_space_shrinks_while_the_peer_does_not_read(void) {
    static char bytes[65536];
    int ends[2];
    check(pair_open(ends) == 0, "pair_open");
    check(io_nonblocking(ends[0]) == 0, "io_nonblocking");
    size_t before = io_send_space(ends[0]);
    int buffer = 0;
    socklen_t size = sizeof buffer;
    getsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &buffer, &size);
    bool is_known = before != SIZE_MAX; /* not every system tells */
    UNIT_TRUE(!is_known || before == (size_t)(buffer - buffer / 4));
    while (io_send(ends[0], bytes, sizeof bytes) > 0) {
    }
    UNIT_TRUE(!is_known || io_send_space(ends[0]) < before);
    close_pair(ends);
    open_pair(ends);
    check(io_nonblocking(ends[0]) == 0, "io_nonblocking");
    while (io_send(ends[0], bytes, sizeof bytes) > 0) {
    }
    UNIT_TRUE(!is_known || io_send_space(ends[0]) == 0);
    close_pair(ends);
    UNIT_INT(io_send_space(-1), SIZE_MAX);
}

UNIT_MAIN("tcp/io", UNIT_TEST(sends_and_receives_more_than_a_call_moves),
          UNIT_TEST(receives_fewer_when_the_stream_ends),
          UNIT_TEST(receives_no_more_than_requested),
          UNIT_TEST(an_old_errno_repeats_nothing),
          UNIT_TEST(a_peer_that_is_gone_is_an_error_and_no_signal),
          UNIT_TEST(a_non_blocking_descriptor_fails_with_eagain),
          UNIT_TEST(a_signal_does_not_end_a_receive),
          UNIT_TEST(a_signal_does_not_end_a_send),
          UNIT_TEST(random_bytes_differ_up_to_the_last),
          UNIT_TEST(without_a_descriptor_there_are_no_random_bytes),
          UNIT_TEST(send_space_shrinks_while_the_peer_does_not_read))
