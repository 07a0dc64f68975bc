/* pump_test.c: tcp/pump.h between two connections
 *
 *   sender ---- from [pump] to ---- receiver
 */
#include "packets/unit.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/pair.h"
#include "tcp/pump.h"
#include "tcp/trace.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static int sender, from, to, receiver;
static struct pump pump;

static void open_all(void) {
    int in[2], out[2];
    if (pair_open(in) == -1 || pair_open(out) == -1) abort();
    sender = in[0];
    from = in[1];
    to = out[0];
    receiver = out[1];
    io_nonblocking(from);
    io_nonblocking(to);
    pump_init(&pump);
}

static void close_all(void) {
    close(sender);
    close(from);
    close(to);
    close(receiver);
    pump_free(&pump);
}

static void close_with_reset(int fd) {
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
}

static bool wait_for(int fd, short event) {
    struct pollfd p = {.fd = fd, .events = event};
    return poll(&p, 1, 5000) == 1;
}

/* The byte at i of a stream: a lost, doubled or moved part is noticed. */
static unsigned char pattern(size_t i) {
    return (unsigned char)(i * 31 + i / 251);
}

/* Fills the buffers behind the pump. Returns how many bytes were sent. */
static size_t fill(void) {
    static unsigned char bytes[65536];
    struct pollfd p = {.fd = from, .events = POLLIN};
    size_t total = 0;
    pump_move(&pump, from, to);
    io_nonblocking(sender);
    while (pump.state == PUMP_READING) {
        for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = pattern(total + i);
        ssize_t n = io_send(sender, bytes, sizeof bytes);
        if (n > 0) total += (size_t)n;
        if (poll(&p, 1, 5000) != 1) abort();
        UNIT_INT(pump_move(&pump, from, to), 0);
    }
    return total;
}

static void reads_nothing_before_it_may_write(void) {
    open_all();
    UNIT_INT(io_send_all(sender, "x", 1), 0);
    UNIT_TRUE(wait_for(from, POLLIN));
    UNIT_INT(pump.state, PUMP_WRITING);
    UNIT_INT(pump_move(&pump, from, to), 0);
    UNIT_INT(pump.state, PUMP_READING);
    UNIT_INT(pump.passed, 0);
    close_all();
}

static void passes_bytes_on(void) {
    char got[8];
    open_all();
    pump_move(&pump, from, to);
    UNIT_INT(pump_move(&pump, from, to), 0); /* too early: nothing is there */
    UNIT_INT(pump.state, PUMP_READING);
    UNIT_INT(io_send_all(sender, "hello", 5), 0);
    UNIT_TRUE(wait_for(from, POLLIN));
    UNIT_INT(pump_move(&pump, from, to), 0);
    UNIT_INT(pump.state, PUMP_READING);
    UNIT_INT(pump.passed, 5);
    UNIT_INT(pump.held.cap, 0);
    UNIT_INT(io_recv_all(receiver, got, 5), 5);
    UNIT_TEXT(got, 5, "hello");
    close_all();
}

static void reads_at_once_what_it_may(void) {
    char got[8];
    open_all();
    pump.state = PUMP_READING;
    pump.max_read = 3;
    UNIT_INT(io_send_all(sender, "hello", 5), 0);
    UNIT_TRUE(wait_for(from, POLLIN));
    UNIT_INT(pump_move(&pump, from, to), 0);
    UNIT_INT(pump.passed, 3);
    UNIT_INT(pump_move(&pump, from, to), 0);
    UNIT_INT(pump.passed, 5);
    UNIT_INT(io_recv_all(receiver, got, 5), 5);
    UNIT_TEXT(got, 5, "hello");
    close_all();
}

/* An echo server moves bytes from a client back to itself. */
static void moves_from_a_socket_to_itself(void) {
    char got[8];
    open_all();
    pump.state = PUMP_READING;
    UNIT_INT(io_send_all(sender, "hello", 5), 0);
    shutdown(sender, SHUT_WR);
    while (pump.state != PUMP_ENDED && wait_for(from, POLLIN))
        UNIT_INT(pump_move(&pump, from, from), 0);
    UNIT_INT(io_recv_all(sender, got, sizeof got), 5);
    UNIT_TEXT(got, 5, "hello");
    close_all();
}

static void holds_no_more_than_one_read(void) {
    open_all();
    size_t sent = fill();
    size_t held = buf_view(&pump.held).len;
    UNIT_TRUE(held > 0 && held <= PUMP_MAX_HELD);
    UNIT_TRUE(sent > 0);
    for (int i = 0; i < 5; i++) /* from has bytes, but the pump reads none */
        UNIT_INT(pump_move(&pump, from, to), 0);
    UNIT_INT(pump.state, PUMP_WRITING);
    UNIT_INT(buf_view(&pump.held).len, held);
    close_all();
}

/* Replaces the second connection by two sockets with a buffer that is smaller
 * than what the pump holds: it never accepts all of that. */
static void use_small_buffers(void) {
    int pair[2], size = 4096;
    close(to);
    close(receiver);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1) abort();
    to = pair[0];
    receiver = pair[1];
    io_nonblocking(to);
    setsockopt(to, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

static void goes_on_when_there_is_space(void) {
    static unsigned char bytes[65536];
    open_all();
    use_small_buffers();
    size_t sent = fill(), got = 0, wrong = 0, parts = 0;
    shutdown(sender, SHUT_WR);
    io_nonblocking(receiver);
    while (pump.state != PUMP_ENDED || got < pump.passed) {
        ssize_t n = io_recv(receiver, bytes, sizeof bytes);
        for (ssize_t i = 0; i < n; i++) wrong += bytes[i] != pattern(got++);
        if (n == 0) break;
        size_t held = buf_view(&pump.held).len;
        if (pump_move(&pump, from, to) != 0) break;
        size_t left = buf_view(&pump.held).len;
        parts += left > 0 && left < held;
        if (n == -1) wait_for(receiver, POLLIN);
    }
    UNIT_TRUE(parts > 0);
    UNIT_INT(got, sent);
    UNIT_INT(wrong, 0);
    UNIT_INT(pump.passed, sent);
    UNIT_INT(pump.state, PUMP_ENDED);
    UNIT_INT(pump.held.cap, 0);
    close_all();
}

static void passes_on_the_fin_and_keeps_the_other_direction(void) {
    char byte;
    open_all();
    pump_move(&pump, from, to);
    shutdown(sender, SHUT_WR);
    UNIT_TRUE(wait_for(from, POLLIN));
    UNIT_INT(pump_move(&pump, from, to), 0);
    UNIT_INT(pump.state, PUMP_ENDED);
    UNIT_INT(io_recv(receiver, &byte, 1), 0);
    UNIT_INT(io_send_all(receiver, "y", 1), 0);
    UNIT_TRUE(wait_for(to, POLLIN));
    UNIT_INT(io_recv(to, &byte, 1), 1);
    UNIT_INT(pump_move(&pump, from, to), 0); /* no more to do */
    UNIT_INT(pump.state, PUMP_ENDED);
    close_all();
}

static void fails_when_the_sender_resets(void) {
    open_all();
    pump_move(&pump, from, to);
    close_with_reset(sender);
    sender = -1;
    UNIT_TRUE(wait_for(from, POLLIN));
    UNIT_INT(pump_move(&pump, from, to), -1);
    UNIT_INT(errno, ECONNRESET);
    close_all();
}

static void fails_when_the_receiver_resets(void) {
    open_all();
    pump_move(&pump, from, to);
    UNIT_INT(io_send_all(sender, "x", 1), 0);
    UNIT_TRUE(wait_for(from, POLLIN));
    close_with_reset(receiver);
    receiver = -1;
    UNIT_TRUE(wait_for(to, POLLIN));
    UNIT_INT(pump_move(&pump, from, to), -1);
    UNIT_TRUE(errno == ECONNRESET || errno == EPIPE);
    close_all();
}

/* A FIN that cannot be passed on is a failure, too. */
static void fails_when_the_fin_has_nowhere_to_go(void) {
    open_all();
    pump_move(&pump, from, to);
    shutdown(sender, SHUT_WR);
    UNIT_TRUE(wait_for(from, POLLIN));
    close_with_reset(receiver);
    receiver = -1;
    UNIT_TRUE(wait_for(to, POLLIN));
    UNIT_INT(pump_move(&pump, from, to), -1);
    close_all();
}

/* The receiver's buffers are full, and memory seems to be used up: what was
 * read cannot be kept. */
static void fails_when_it_cannot_hold_what_it_read(void) {
    static const unsigned char bytes[65536];
    open_all();
    pump_move(&pump, from, to);
    pump.held.max = 4;
    while (io_send(to, bytes, sizeof bytes) > 0) continue;
    UNIT_INT(write(sender, "hello", 5), 5);
    UNIT_TRUE(wait_for(from, POLLIN));
    errno = 0;
    UNIT_INT(pump_move(&pump, from, to), -1);
    UNIT_INT(errno, ENOMEM);
    UNIT_INT(pump.passed, 0);
    close_all();
}

static void reports_a_connection_that_was_refused(void) {
    char name[LISTEN_NAME_MAX];
    open_all();
    int listener = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(listener, name), 0);
    close(listener);
    int refused = connect_start("127.0.0.1", strrchr(name, ':') + 1);
    if (refused != -1) { /* else the system has reported it at once */
        UNIT_TRUE(wait_for(refused, POLLOUT));
        UNIT_INT(pump_move(&pump, from, refused), -1);
        UNIT_INT(errno, ECONNREFUSED);
        close(refused);
    }
    close_all();
}

/* The queue of a listener holds one or two clients. The fourth waits to be
 * connected, where a system drops its SYN. */
static void does_not_read_before_it_is_connected(void) {
    char name[LISTEN_NAME_MAX];
    int fds[4], listener = listen_open("127.0.0.1", 0);
    open_all();
    UNIT_INT(listen_name(listener, name), 0);
    UNIT_INT(listen(listener, 0), 0);
    for (int i = 0; i < 4; i++)
        fds[i] = connect_start("127.0.0.1", strrchr(name, ':') + 1);
    struct pollfd p = {.fd = fds[3], .events = POLLOUT};
    if (fds[3] != -1 && poll(&p, 1, 100) == 0) {
        UNIT_INT(pump_move(&pump, from, fds[3]), 0);
        UNIT_INT(pump.state, PUMP_WRITING);
    }
    for (int i = 0; i < 4; i++) close(fds[i]);
    close(listener);
    close_all();
}

/* The table of names is the trace's own, so any name will do. */
static void traces_what_it_moves(void) {
    int through[2], saved = dup(STDERR_FILENO);
    char text[500] = "";
    open_all();
    if (pipe(through) == -1) abort();
    dup2(through[1], STDERR_FILENO);
    trace_open(true);
    trace_connecting(from, "10.0.0.1", "1");
    trace_connecting(to, "10.0.0.2", "2");
    UNIT_INT(pump_move(&pump, from, to), 0);
    UNIT_INT(io_send_all(sender, "a", 1), 0);
    shutdown(sender, SHUT_WR);
    while (pump.state != PUMP_ENDED && wait_for(from, POLLIN))
        UNIT_INT(pump_move(&pump, from, to), 0);
    trace_open(false);
    signal(SIGPIPE, SIG_DFL);
    dup2(saved, STDERR_FILENO);
    UNIT_TRUE(read(through[0], text, sizeof text - 1) > 0);
    UNIT_TEXT(text, strlen(text),
              "-> 10.0.0.1:1 connecting\n-> 10.0.0.2:2 connecting\n"
              "<- 10.0.0.1:1 1 B\n-> 10.0.0.2:2 1 B\n"
              "<- 10.0.0.1:1 FIN\n-> 10.0.0.2:2 FIN\n");
    close(saved);
    close(through[0]);
    close(through[1]);
    close_all();
}

UNIT_MAIN("pump", UNIT_TEST(traces_what_it_moves),
          UNIT_TEST(reads_nothing_before_it_may_write),
          UNIT_TEST(does_not_read_before_it_is_connected),
          UNIT_TEST(passes_bytes_on), UNIT_TEST(reads_at_once_what_it_may),
          UNIT_TEST(moves_from_a_socket_to_itself),
          UNIT_TEST(holds_no_more_than_one_read),
          UNIT_TEST(goes_on_when_there_is_space),
          UNIT_TEST(passes_on_the_fin_and_keeps_the_other_direction),
          UNIT_TEST(fails_when_the_sender_resets),
          UNIT_TEST(fails_when_the_receiver_resets),
          UNIT_TEST(fails_when_the_fin_has_nowhere_to_go),
          UNIT_TEST(fails_when_it_cannot_hold_what_it_read),
          UNIT_TEST(reports_a_connection_that_was_refused))
