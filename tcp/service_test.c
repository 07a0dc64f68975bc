/* service_test.c: tcp/service.h with a client in the same process, whose bytes
 * have arrived before the loop turns; with both back ends */
#include "packets/unit.h"
#include "tcp/clock_unit.h"
#include "tcp/io.h"
#include "tcp/pair.h"
#include "tcp/service.h"
#include "tcp/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_FD = 64
};

static struct loop *loop;
static struct stream streams[MAX_FD];
static int client = -1, turns;
static char seen[200]; /* what the service has called */

static void record(const char *name) {
    size_t n = strlen(seen);
    snprintf(seen + n, sizeof seen - n, "%s;", name);
}

static void on_connection(int fd) {
    record("connection");
    UNIT_TRUE(service_open(&streams[fd], fd, (size_t)64 << 20));
}

/* Sends back what arrives. EOF ends the test: the service has to see that no
 * connection is left. */
static void on_ready(struct stream *s, enum stream_result r, struct span in) {
    static const char *const names[] = {[STREAM_DONE] = "sent",
                                        [STREAM_EOF] = "eof",
                                        [STREAM_STALLED] = "stall"};
    if (in.len > 0) {
        record("bytes");
        stream_send(s, loop, in);
        service_end(s);
        return;
    }
    record(r == STREAM_LOST ? "lost" : names[r]);
    if (r == STREAM_DONE) return;
    service_close(s, "the test says so");
    raise(SIGTERM);
}

static int on_turn(int64_t now) {
    (void)now;
    turns++;
    return -1;
}

static void on_shutdown(void) {
    record("shutdown");
}

static const struct service echo = {on_connection, on_ready, on_turn,
                                    on_shutdown, "full"};

/* Listens at a free port; "listening on" is not for the log of the tests. */
static int listen_quietly(void) {
    fflush(stdout);
    int out = dup(STDOUT_FILENO);
    check(freopen("/dev/null", "w", stdout) != NULL, "freopen");
    int fd = service_listen(&loop, "127.0.0.1", 0);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    close(out);
    check(fd != -1, "service_listen");
    seen[0] = '\0';
    turns = 0;
    return fd;
}

static int dial(int listener) {
    struct sockaddr_in to;
    socklen_t size = sizeof to;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    check(getsockname(listener, (struct sockaddr *)&to, &size) == 0,
          "getsockname");
    check(connect(fd, (struct sockaddr *)&to, size) == 0, "connect");
    return fd;
}

static void with_both(void (*test)(void)) {
    for (int i = 0; i < 2; i++) {
        setenv("LOOP_POLL", i ? "1" : "0", 1);
        test();
        loop_close(loop);
        close(client);
    }
    unsetenv("LOOP_POLL");
}

static void run_echo(void) {
    char text[10];
    int fd = listen_quietly();
    client = dial(fd);
    check(io_send_all(client, "hello", 5) == 0, "send");
    shutdown(client, SHUT_WR);
    UNIT_INT(service_run(&echo, fd, MAX_FD), 0);
    UNIT_TEXT(seen, strlen(seen), "connection;bytes;eof;shutdown;");
    UNIT_INT(io_recv_all(client, text, sizeof text), 5);
    UNIT_TEXT(text, 5, "hello");
}

static void bytes_then_eof_then_nothing_is_left(void) {
    with_both(run_echo);
}

enum {
    LARGE = 16 << 20 /* more than the kernel holds for one connection */
};
static uint8_t *large;
static size_t drained;

static void send_large(struct stream *s, enum stream_result r, struct span in) {
    if (in.len == 0) {
        on_ready(s, r, in);
    } else {
        record("bytes");
        UNIT_INT(stream_send(s, loop, (struct span){large, LARGE}),
                 STREAM_AGAIN);
    }
    if (r != STREAM_DONE || in.len > 0) return;
    service_close(s, "all is sent");
    raise(SIGTERM);
}

/* The client reads what has arrived. */
static int drain(int64_t now) {
    static uint8_t bytes[65536];
    ssize_t n;
    (void)now;
    while ((n = recv(client, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        drained += (size_t)n;
    return 1;
}

static void run_large(void) {
    struct service slow = echo;
    slow.on_ready = send_large;
    slow.on_turn = drain;
    int fd = listen_quietly();
    client = dial(fd);
    check(io_send_all(client, "x", 1) == 0, "send");
    drained = 0;
    UNIT_INT(service_run(&slow, fd, MAX_FD), 0);
    UNIT_TEXT(seen, strlen(seen), "connection;bytes;sent;shutdown;");
    while (drained < LARGE && recv(client, large, 1, MSG_PEEK) == 1) drain(0);
    UNIT_INT(drained, LARGE);
}

static void says_when_the_last_byte_is_sent(void) {
    large = calloc(1, LARGE);
    check(large != NULL, "calloc");
    with_both(run_large);
    free(large);
}

/* The tenth turn comes 31 seconds later: LIMIT_STALLED_MS is over. */
static int jump(int64_t now) {
    (void)now;
    if (++turns == 10) clock_offset_ms += LIMIT_STALLED_MS + 1000;
    return 1;
}

static void run_stalled(void) {
    struct service slow = echo;
    slow.on_ready = send_large;
    slow.on_turn = jump;
    int fd = listen_quietly();
    client = dial(fd);
    check(io_send_all(client, "x", 1) == 0, "send");
    UNIT_INT(service_run(&slow, fd, MAX_FD), 0);
    UNIT_TEXT(seen, strlen(seen), "connection;bytes;stall;shutdown;");
    clock_offset_ms = 0;
}

static void says_when_a_client_does_not_read(void) {
    large = calloc(1, LARGE);
    check(large != NULL, "calloc");
    with_both(run_stalled);
    free(large);
}

/* A descriptor of max or more is refused: the program does not see it. */
static int end_when_refused(int64_t now) {
    char text[10];
    (void)now;
    if (recv(client, text, sizeof text, MSG_DONTWAIT) != 4) return 1;
    UNIT_TEXT(text, 4, "full");
    raise(SIGTERM);
    return -1;
}

static void run_refused(void) {
    struct service full = echo;
    full.on_turn = end_when_refused;
    int fd = listen_quietly();
    client = dial(fd);
    UNIT_INT(service_run(&full, fd, 3), 0);
    UNIT_TEXT(seen, strlen(seen), "shutdown;");
}

static void a_client_beyond_the_table_is_refused(void) {
    with_both(run_refused);
}

/* --- stderr: the trace, and what is refused --- */

static int kept_stderr, read_end;

static void begin_stderr(void) {
    int through[2];
    check(pipe(through) == 0, "pipe");
    kept_stderr = dup(STDERR_FILENO);
    dup2(through[1], STDERR_FILENO);
    close(through[1]);
    read_end = through[0];
}

/* Moves what was written since then, at most a few hundred bytes, to text. */
static void end_stderr(char text[1000]) {
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    ssize_t n, len = 0;
    while ((n = read(read_end, text + len, (size_t)(999 - len))) > 0) len += n;
    text[len] = '\0';
    close(read_end);
}

/* The client waits for a FIN, which must come before its own. */
static int wait_for_fin(int64_t now) {
    char text[10];
    (void)now;
    if (client == -1) return -1;
    if (recv(client, text, sizeof text, MSG_DONTWAIT) != 0) return 1;
    record("fin");
    close(client);
    client = -1;
    return 1;
}

/* How often is part in the text? */
static int count_of(const char *text, const char *part) {
    int count = 0;
    for (; (text = strstr(text, part)); text += strlen(part)) count++;
    return count;
}

static void run_traced(void) {
    struct service traced = echo;
    char text[1000];
    traced.on_turn = wait_for_fin;
    trace_is_on = true;
    begin_stderr();
    int fd = listen_quietly();
    client = dial(fd);
    check(io_send_all(client, "hello", 5) == 0, "send");
    UNIT_INT(service_run(&traced, fd, MAX_FD), 0);
    end_stderr(text);
    trace_open(false);
    UNIT_TEXT(seen, strlen(seen), "connection;bytes;fin;eof;shutdown;");
    UNIT_INT(count_of(text, " connected"), 1);
    UNIT_INT(count_of(text, " FIN"), 1);
    UNIT_INT(count_of(text, "the test says so"), 1);
}

static void ends_one_side_and_traces_each_step(void) {
    with_both(run_traced);
}

static void run_refusals(void) {
    struct loop *other;
    char text[1000];
    close(listen_quietly());
    begin_stderr();
    int status = service_run(&echo, -1, MAX_FD);
    UNIT_INT(service_listen(&other, "127.0.0.1", 0), -1); /* a second loop */
    end_stderr(text);
    UNIT_INT(status, 1);
    UNIT_INT(count_of(text, "cannot serve: "), 1);
    UNIT_INT(count_of(text, "cannot wait for events: "), 1);
    UNIT_TRUE(service_max() >= 64);
}

static void says_what_the_system_refuses(void) {
    with_both(run_refusals);
}

/* epoll does not watch a file: the service closes it, and counts nothing. */
static void run_file(void) {
    FILE *file = tmpfile();
    check(file != NULL, "tmpfile");
    close(listen_quietly());
    int fd = dup(fileno(file));
    bool is_open = service_open(&streams[fd], fd, 1000);
    UNIT_INT(fcntl(fd, F_GETFD) != -1, is_open); /* poll does */
    if (is_open) service_close(&streams[fd], "");
    fclose(file);
}

static void closes_what_cannot_be_watched(void) {
    with_both(run_file);
}

/* The client goes on sending, so there is something to read in the turn in
 * which the last byte is sent and the program closes. */
static int drain_slowly(int64_t now) {
    static uint8_t bytes[5000];
    (void)now;
    recv(client, bytes, sizeof bytes, MSG_DONTWAIT);
    send(client, "y", 1, MSG_DONTWAIT);
    return 0;
}

/* With small buffers of the kernel the output leaves in small pieces, so the
 * service reads again before it has sent the last one. */
static void accept_small(int fd) {
    int size = 8192;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    on_connection(fd);
}

static void send_medium(struct stream *s, enum stream_result r,
                        struct span in) {
    enum {
        MEDIUM = 400000 /* bytes */
    };
    if (in.len == 0) {
        send_large(s, r, in);
    } else if (in.data[0] == 'x') {
        UNIT_INT(stream_send(s, loop, (struct span){large, MEDIUM}),
                 STREAM_AGAIN);
    } else {
        turns++;
    }
}

static void run_close_in_between(void) {
    struct service slow = echo;
    slow.on_connection = accept_small;
    slow.on_ready = send_medium;
    slow.on_turn = drain_slowly;
    int fd = listen_quietly(), size = 8192;
    client = dial(fd);
    /* Neither kernel buffers much, so the output needs many turns. */
    setsockopt(client, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    check(io_send_all(client, "x", 1) == 0, "send");
    UNIT_INT(service_run(&slow, fd, MAX_FD), 0);
    UNIT_TEXT(seen, strlen(seen), "connection;sent;shutdown;");
    UNIT_TRUE(turns > 0); /* it has read beside its output */
}

static void does_not_read_what_the_program_has_closed(void) {
    large = calloc(1, LARGE);
    check(large != NULL, "calloc");
    with_both(run_close_in_between);
    free(large);
}

UNIT_MAIN("service", UNIT_TEST(bytes_then_eof_then_nothing_is_left),
          UNIT_TEST(says_when_the_last_byte_is_sent),
          UNIT_TEST(says_when_a_client_does_not_read),
          UNIT_TEST(a_client_beyond_the_table_is_refused),
          UNIT_TEST(ends_one_side_and_traces_each_step),
          UNIT_TEST(says_what_the_system_refuses),
          UNIT_TEST(closes_what_cannot_be_watched),
          UNIT_TEST(does_not_read_what_the_program_has_closed))
