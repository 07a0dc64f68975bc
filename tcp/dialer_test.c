/* dialer_test.c: tcp/dialer.h, with real connections and a pipe as terminal */
#include "packets/unit.h"
#include "tcp/calls_unit.h"
#include "tcp/clock.h"
#include "tcp/dialer.h"
#include "tcp/listen.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

UNIT_CALL(int, errno ? -1 : 0, poll,
          (struct pollfd * fds, nfds_t n, int timeout_ms), (fds, n, timeout_ms))
UNIT_CALL(ssize_t, -1, send, (int fd, const void *bytes, size_t n, int flags),
          (fd, bytes, n, flags))

static struct dialer d;
static struct dial dials[DIALER_MAX];
static int listener, keyboard;
static char port[8];
static unsigned conn;
static struct span data;
static bool reads_lines;

static void start(const char *text) {
    uint8_t seed[16] = {0}, zeros[16] = {0};
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int ends[2];
    listener = socket(AF_INET, SOCK_STREAM, 0);
    UNIT_INT(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    UNIT_INT(listen(listener, 4), 0);
    UNIT_INT(getsockname(listener, (struct sockaddr *)&at, &n), 0);
    snprintf(port, sizeof port, "%u", ntohs(at.sin_port));
    UNIT_INT(pipe(ends), 0);
    UNIT_INT(dialer_open(&d, "127.0.0.1", port, text, 5, seed, sizeof seed), 0);
    UNIT_TRUE(memcmp(seed, zeros, sizeof seed) != 0);
    d.input = ends[0];
    keyboard = ends[1];
    reads_lines = true;
    for (int i = 0; i < DIALER_MAX; i++)
        dials[i] = (struct dial){.out.max = 1 << 24};
}

static void stop(void) {
    dialer_close(&d);
    close(d.input);
    if (keyboard != -1) close(keyboard);
    close(listener);
    for (int i = 0; i < DIALER_MAX; i++) buf_free(&dials[i].out);
}

static enum dialer_event wait_until(int64_t until_ms) {
    data = (struct span){0};
    return dialer_wait(&d, dials, DIALER_MAX, reads_lines, until_ms, &conn,
                       &data);
}

static void expect(enum dialer_event expected, const char *text) {
    UNIT_INT(wait_until(clock_ms() + 20000), expected);
    UNIT_TEXT(data.data, data.len, text);
}

static void send_text(int fd, const char *text) {
    UNIT_INT(write(fd, text, strlen(text)), strlen(text));
}

/* Opens connection i; returns the server's end. */
static int dial(unsigned i, uint32_t number) {
    dials[i].number = number;
    buf_text(&dials[i].out, "hi");
    reads_lines = true;
    send_text(keyboard, "x\n"); /* ends the wait */
    expect(DIALER_LINE, "x");
    int fd = accept(listener, NULL, NULL);
    char got[2];
    UNIT_INT(recv(fd, got, 2, MSG_WAITALL), 2);
    return fd;
}

static bool has_ended(int fd) {
    char byte;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 20000) == 1 && recv(fd, &byte, 1, 0) <= 0;
}

static void opens_what_is_wanted_and_closes_what_is_not(void) {
    start(NULL);
    int one = dial(0, 2), two = dial(1, 1);
    send_text(two, "hello");
    expect(DIALER_BYTES, "hello");
    UNIT_INT(conn, 1);
    send_text(one, "there");
    expect(DIALER_BYTES, "there");
    UNIT_INT(conn, 0);
    int three = dial(0, 3); /* another number: another connection */
    UNIT_TRUE(has_ended(one));
    dials[1].number = 0;
    buf_text(&dials[1].out, "bye"); /* its last words */
    send_text(keyboard, "y\n");
    expect(DIALER_LINE, "y");
    char bye[3];
    UNIT_INT(recv(two, bye, 3, MSG_WAITALL), 3);
    UNIT_TRUE(has_ended(two));
    close(two);
    two = dial(1, 1); /* the same number again: a new connection */
    close(one);
    close(two);
    close(three);
    stop();
}

static void reports_each_loss_once(void) {
    start(NULL);
    int fd = dial(1, 1);
    send_text(fd, "last");
    close(fd);
    expect(DIALER_BYTES, "last");
    expect(DIALER_LOST, "");
    UNIT_INT(conn, 1);
    UNIT_TRUE(d.why == NULL);
    dials[1].number = 0;
    UNIT_INT(wait_until(clock_ms()), DIALER_TIMEOUT);
    fd = dial(0, 2);
    struct linger reset = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
    expect(DIALER_LOST, "");
    UNIT_TRUE(strstr(d.why, "the connection is lost: ") == d.why);
    dials[0].number = 0;
    close(listener);
    listener = -1;
    dials[0].number = 3;
    expect(DIALER_LOST, "");
    UNIT_TRUE(strstr(d.why, "cannot reach 127.0.0.1:") == d.why);
    dials[0].number = 0;
    stop();
}

static void memory_that_is_short_is_a_loss(void) {
    start(NULL);
    int fd = dial(0, 1);
    dials[0].out.failed = 1;
    expect(DIALER_LOST, "");
    UNIT_TEXT(d.why, strlen(d.why), "out of memory");
    close(fd);
    stop();
}

static void reads_lines_only_with_reads_lines(void) {
    start(NULL);
    send_text(keyboard, "one\ntwo");
    expect(DIALER_LINE, "one");
    close(keyboard);
    keyboard = -1;
    reads_lines = false;
    UNIT_INT(wait_until(clock_ms() + 1), DIALER_TIMEOUT);
    reads_lines = true;
    expect(DIALER_LINE, "two");
    expect(DIALER_END_OF_INPUT, "");
    UNIT_INT(wait_until(clock_ms() + 1), DIALER_TIMEOUT);
    stop();
    start("longer than a line");
    expect(DIALER_LINE, "longer than a line");
    expect(DIALER_END_OF_INPUT, "");
    stop();
    start(NULL);
    send_text(keyboard, "123456\n");
    UNIT_INT(wait_until(clock_ms() + 20000), DIALER_FAILED);
    UNIT_INT(errno, EMSGSIZE);
    stop();
}

/* What arrived before the time-out comes first; but a peer that goes on sending
 * cannot put it off. */
static void no_peer_can_delay_the_time_out(void) {
    static char much[400000];
    start(NULL);
    int fd = dial(0, 1), turns = 0;
    UNIT_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    UNIT_TRUE(write(fd, much, sizeof much) > 100000);
    UNIT_INT(wait_until(clock_ms() - 5), DIALER_BYTES);
    while (wait_until(clock_ms() - 5) == DIALER_BYTES && turns < 10) {
        UNIT_TRUE(write(fd, much, sizeof much) > 0);
        turns++;
    }
    UNIT_TRUE(turns < 10);
    close(fd);
    stop();
}

/* With 64 KiB unsent the server is not read from; and when it reads, all
 * arrives. */
static void waits_for_a_server_that_does_not_read(void) {
    static uint8_t much[1 << 23];
    size_t got = 0;
    start(NULL);
    int fd = dial(0, 1);
    buf_append(&dials[0].out, much, sizeof much);
    send_text(fd, "not yet");
    UNIT_INT(wait_until(clock_ms() + 20), DIALER_TIMEOUT);
    UNIT_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    enum dialer_event event = DIALER_TIMEOUT;
    for (int64_t end = clock_ms() + 20000;
         event == DIALER_TIMEOUT && clock_ms() < end;) {
        ssize_t n;
        while ((n = read(fd, much, sizeof much)) > 0) got += (size_t)n;
        event = wait_until(clock_ms() + 1);
    }
    UNIT_INT(event, DIALER_BYTES);
    UNIT_TEXT(data.data, data.len, "not yet");
    UNIT_TRUE(got > 0 && buf_view(&dials[0].out).len < 65536);
    close(fd);
    stop();
}

/* What the server sent before it accepted nothing any more can be read. */
static void a_broken_connection_sends_nothing_more(void) {
    char byte;
    start(NULL);
    int fd = dial(0, 1);
    send_text(fd, "last");
    buf_text(&dials[0].out, "lost");
    fail_call("send", 1, EPIPE);
    expect(DIALER_BYTES, "last");
    UNIT_TRUE(call_has_failed());
    UNIT_INT(buf_view(&dials[0].out).len, 0);
    buf_text(&dials[0].out, "lost, too");
    send_text(keyboard, "x\n");
    expect(DIALER_LINE, "x");
    UNIT_INT(buf_view(&dials[0].out).len, 0);
    UNIT_INT(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
    close(fd);
    fd = dial(0, 2); /* a new one is whole again: it sends "hi" */
    close(fd);
    stop();
}

static void a_full_socket_keeps_what_is_unsent(void) {
    char text[4];
    start(NULL);
    int fd = dial(0, 1);
    buf_text(&dials[0].out, "more");
    fail_call("send", 1, EAGAIN);
    send_text(fd, "x");
    expect(DIALER_BYTES, "x");
    UNIT_TRUE(call_has_failed());
    UNIT_INT(buf_view(&dials[0].out).len, 4);
    send_text(fd, "y");
    expect(DIALER_BYTES, "y");
    UNIT_INT(recv(fd, text, 4, MSG_WAITALL), 4);
    close(fd);
    stop();
}

/* Both a line and the news of either connection are there: the news first. */
static void looks_at_all_connections_before_a_line(void) {
    start(NULL);
    int one = dial(0, 1), two = dial(1, 2);
    send_text(keyboard, "a\nb\nc\n");
    expect(DIALER_LINE, "a"); /* which reads all lines */
    send_text(one, "old");
    send_text(two, "news");
    struct pollfd p = {.fd = d.conns[0].fd, .events = POLLIN};
    UNIT_INT(poll(&p, 1, 20000), 1);
    p.fd = d.conns[1].fd;
    UNIT_INT(poll(&p, 1, 20000), 1);
    expect(DIALER_BYTES, "old");
    UNIT_INT(conn, 0);
    expect(DIALER_BYTES, "news");
    UNIT_INT(conn, 1);
    expect(DIALER_LINE, "b");
    close(two);
    UNIT_INT(poll(&p, 1, 20000), 1);
    expect(DIALER_LOST, "");
    UNIT_INT(conn, 1);
    UNIT_INT(d.conns[1].fd, -1);
    dials[1].number = 0;
    expect(DIALER_LINE, "c");
    close(one);
    stop();
}

/* It has sent more than is received at a time. */
static void a_server_that_goes_on_sending_keeps_no_line_back(void) {
    static char much[200000];
    start(NULL);
    int fd = dial(0, 1);
    send_text(keyboard, "a\nb\n");
    expect(DIALER_LINE, "a"); /* which reads both lines */
    UNIT_INT(write(fd, much, sizeof much), sizeof much);
    struct pollfd p = {.fd = d.conns[0].fd, .events = POLLIN};
    UNIT_INT(poll(&p, 1, 20000), 1);
    UNIT_INT(wait_until(clock_ms() + 20000), DIALER_BYTES);
    expect(DIALER_LINE, "b");
    UNIT_INT(wait_until(clock_ms() + 20000), DIALER_BYTES);
    close(fd);
    stop();
}

static void read_all_at_the_time_out(const int fds[DIALER_MAX]) {
    struct pollfd p = {.events = POLLIN};
    for (unsigned i = 0; i < DIALER_MAX; i++) {
        send_text(fds[i], "in time");
        p.fd = d.conns[i].fd;
        UNIT_INT(poll(&p, 1, 20000), 1);
    }
    for (unsigned i = 0; i < DIALER_MAX; i++)
        UNIT_INT(wait_until(clock_ms() - 1), DIALER_BYTES);
    UNIT_INT(wait_until(clock_ms() - 1), DIALER_TIMEOUT);
}

/* What arrived on all three connections before the time-out comes before it. */
static void every_connection_is_read_at_the_time_out(void) {
    int fds[DIALER_MAX];
    start(NULL);
    for (unsigned i = 0; i < DIALER_MAX; i++) fds[i] = dial(i, i + 1);
    read_all_at_the_time_out(fds);
    read_all_at_the_time_out(fds); /* the next one is like the first */
    for (unsigned i = 0; i < DIALER_MAX; i++) close(fds[i]);
    stop();
}

static void a_failed_poll_is_reported(void) {
    start(NULL);
    send_text(keyboard, "x\n");
    fail_call("poll", 1, EINTR);
    expect(DIALER_LINE, "x");
    UNIT_TRUE(call_has_failed());
    send_text(keyboard, "y\n"); /* after more than a minute, so to speak */
    fail_call("poll", 1, 0);
    UNIT_INT(wait_until(INT64_MAX), DIALER_LINE);
    UNIT_TRUE(call_has_failed());
    fail_call("poll", 1, ENOMEM);
    UNIT_INT(wait_until(clock_ms() + 20000), DIALER_FAILED);
    UNIT_INT(errno, ENOMEM);
    stop();
}

static void its_end_closes_every_connection(void) {
    start(NULL);
    int one = dial(0, 1), two = dial(1, 2);
    dialer_close(&d);
    UNIT_TRUE(has_ended(one));
    UNIT_TRUE(has_ended(two));
    close(one);
    close(two);
    stop();
}

UNIT_MAIN("dialer", UNIT_TEST(opens_what_is_wanted_and_closes_what_is_not),
          UNIT_TEST(reports_each_loss_once),
          UNIT_TEST(memory_that_is_short_is_a_loss),
          UNIT_TEST(reads_lines_only_with_reads_lines),
          UNIT_TEST(no_peer_can_delay_the_time_out),
          UNIT_TEST(waits_for_a_server_that_does_not_read),
          UNIT_TEST(a_broken_connection_sends_nothing_more),
          UNIT_TEST(a_full_socket_keeps_what_is_unsent),
          UNIT_TEST(looks_at_all_connections_before_a_line),
          UNIT_TEST(a_server_that_goes_on_sending_keeps_no_line_back),
          UNIT_TEST(every_connection_is_read_at_the_time_out),
          UNIT_TEST(a_failed_poll_is_reported),
          UNIT_TEST(its_end_closes_every_connection))
