/*
 * links_unit.h: a small machine on tcp/links.h, and clients in a child process,
 * for tests
 *
 *   play(&echo, client_echo);     until the clients of echo have ended
 *   with_both(test);              the test with each back end of the loop
 *
 * m has what the machine does, and what it saw. Only tests include this file.
 */
#ifndef TCP_LINKS_UNIT_H
#define TCP_LINKS_UNIT_H

#include "packets/unit.h"
#include "tcp/acceptor.h"
#include "tcp/clock_unit.h"
#include "tcp/io.h"
#include "tcp/links.h"
#include "tcp/listen.h"
#include "tcp/pair.h"
#include "tcp/stream.h"
#include "tcp/trace.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_OUT = 64 << 20
};

/* What the machine does, and what it saw. */
static struct {
    size_t share; /* bytes that it consumes of one connection in one turn */
    int expected; /* connections; after the last was lost: SIGTERM */
    int accepted, lost, sent, expired, shut_down;
    size_t received, received_at_expire, peak, unsent;
    int64_t due_ms; /* then it sends "late" to the last one, and ends it */
    bool ends;      /* after each reply */
    uint32_t last;  /* the connection that was accepted last */
} m;

static struct outbox out;
static int to_client[2], listener;

static inline void reply(uint32_t conn, struct span bytes,
                         enum outbox_then then) {
    buf_append(outbox_packet(&out), bytes.data, bytes.len);
    outbox_send(&out, conn);
    outbox_then(&out, conn, then);
}

static inline void on_accepted(void *self, uint32_t conn, int64_t now) {
    (void)self;
    (void)now;
    m.accepted++;
    m.last = conn;
}

static inline struct span on_received(void *self, uint32_t conn, struct span in,
                                      int64_t now) {
    (void)self;
    (void)now;
    struct span used = {in.data, in.len < m.share ? in.len : m.share};
    m.received += used.len;
    if (used.len > 0) reply(conn, used, m.ends ? OUTBOX_END : OUTBOX_OPEN);
    if (out.own.end > m.peak) m.peak = out.own.end;
    return span_skip(in, used.len);
}

static inline void on_sent(void *self, uint32_t conn, int64_t now) {
    (void)self;
    (void)conn;
    (void)now;
    m.sent++;
}

static inline void on_lost(void *self, uint32_t conn) {
    (void)self;
    outbox_forget(&out, conn);
    if (++m.lost == m.expected) raise(SIGTERM);
}

static inline void expire(void *self, int64_t now) {
    (void)self;
    m.expired++;
    if (m.received_at_expire == 0) m.received_at_expire = m.received;
    if (now < m.due_ms || m.due_ms == 0) return;
    m.due_ms = 0;
    reply(m.last, span_from("late"), OUTBOX_END);
}

static inline int wait_ms(void *self, int64_t now, int wait) {
    (void)self;
    if (m.due_ms == 0) return wait;
    int left = m.due_ms > now ? (int)(m.due_ms - now) : 0;
    return wait == -1 || left < wait ? left : wait;
}

static inline bool next_outgoing(void *self, struct outgoing *o) {
    (void)self;
    return outbox_next(&out, o);
}

static inline void on_shutdown(void *self, int64_t now) {
    (void)self;
    (void)now;
    m.shut_down++;
    if (m.lost < m.accepted) reply(m.last, span_from("bye"), OUTBOX_END);
}

static const struct machine echo = {
    .accepted = on_accepted,
    .received = on_received,
    .sent = on_sent,
    .lost = on_lost,
    .expire = expire,
    .wait = wait_ms,
    .next_outgoing = next_outgoing,
    .shutdown = on_shutdown,
    .max_reply = MAX_OUT,
};

/* The client's side. */

static inline int dial(void) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    check(getsockname(listener, (struct sockaddr *)&address, &size) == 0,
          "getsockname");
    check(connect(fd, (struct sockaddr *)&address, size) == 0, "connect");
    return fd;
}

static inline void expect(int fd, const char *expected) {
    char text[100];
    ssize_t n = io_recv_all(fd, text, strlen(expected));
    if (n != (ssize_t)strlen(expected) ||
        memcmp(text, expected, strlen(expected)) != 0)
        die("another reply");
}

static inline void expect_end(int fd) {
    char byte;
    if (io_recv(fd, &byte, 1) != 0) die("no FIN");
}

/* Waits until the machine lets the client go on. */
static inline void await_server(void) {
    char byte;
    check(read(to_client[0], &byte, 1) == 1, "read");
}

static inline void release_client(void) {
    check(write(to_client[1], "!", 1) == 1, "write");
}

/* Lets client play against the machine until SIGTERM. The child may already
 * have sent something when the server starts: it calls start_server. */
static inline void play(const struct machine *machine, void (*client)(void)) {
    int status = -1;
    char byte;
    check(pipe(to_client) == 0, "pipe");
    int ready[2];
    check(pipe(ready) == 0, "pipe");
    fflush(stdout);
    int out_fd = dup(STDOUT_FILENO); /* "listening on" is not for the log */
    check(freopen("/dev/null", "w", stdout) != NULL, "freopen");
    listener = links_listen("127.0.0.1", 0);
    fflush(stdout);
    dup2(out_fd, STDOUT_FILENO);
    close(out_fd);
    check(listener != -1, "links_listen");
    check(outbox_init(&out, links_max(), MAX_OUT), "outbox_init");
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        dup2(ready[1], STDOUT_FILENO); /* writing there: the server may start */
        client();
        _exit(0);
    }
    close(ready[1]);
    check(read(ready[0], &byte, 1) != -1, "read");
    close(ready[0]);
    UNIT_INT(links_run(machine, listener), 0);
    waitpid(child, &status, 0);
    UNIT_INT(status, 0);
    UNIT_INT(m.accepted, m.expected);
    UNIT_INT(m.lost, m.expected);
    UNIT_INT(m.shut_down, 1);
    outbox_free(&out);
    close(to_client[0]);
    close(to_client[1]);
}

static inline void start_server(void) {
    check(write(STDOUT_FILENO, "!", 1) == 1, "write");
}

/* Starts the server and sends it "x". Returns the connection on which the reply
 * has arrived. */
static inline int dial_for(const char *expected) {
    start_server();
    int fd = dial();
    check(io_send_all(fd, "x", 1) == 0, "send");
    expect(fd, expected);
    return fd;
}

/* Runs a test with each back end of the loop. */
static inline void with_both(void (*test)(void)) {
    for (int i = 0; i < 2; i++) {
        setenv("LOOP_POLL", i ? "1" : "0", 1);
        memset(&m, 0, sizeof m);
        m.share = SIZE_MAX;
        m.expected = 1;
        test();
    }
    unsetenv("LOOP_POLL");
}

enum {
    LARGE = 16 << 20 /* more than the kernel holds for one connection */
};
static uint8_t *large;

/* Plays with n bytes in large. */
static inline void play_large(const struct machine *machine,
                              void (*client)(void), size_t n) {
    large = calloc(1, n);
    check(large != NULL, "calloc");
    play(machine, client);
    free(large);
}

/* Lets the client go on when its connection is lost. */
static inline void lost_release(void *self, uint32_t conn) {
    (void)self;
    on_lost(self, conn);
    release_client();
}

/* Waits 1 ms in each turn. */
static inline int wait_always_little(void *self, int64_t now, int wait) {
    (void)self;
    (void)now;
    (void)wait;
    return 1; /* the kernel ignores the jump of the test's clock */
}

#endif
