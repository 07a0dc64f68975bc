/*
 * 113_poll_server.c: one thread, many clients
 *
 * Shows       poll waits for all descriptors at once; each client is a small
 *             state machine, so nobody waits for a silent or slow one.
 * By hand     poll, and which events each client is waiting for.
 * Calls       tcp/options.h, tcp/listen.h, tcp/io.h, packets/buf.h
 * Run         $ bin/113_poll_server --port 7113 &
 *             $ bin/102_echo_client 127.0.0.1:7113 hello
 * Try         yes | nc 127.0.0.1 7113 | sleep 60: who waits for whom?
 * Limits      --shared: one output buffer for all mixes users. And each turn
 *             hands the kernel the whole table: tcp/114_epoll_server.c.
 * Read        poll(2); RFC 9293 §3.8.6 (the window)
 */
#include "packets/buf.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/options.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLIENTS 1000
#define READ 16384

/* A client's state is what it asks poll for:
 *
 *     READING --bytes came, some could not be sent--> WRITING
 *     READING <--the last of them is sent------------ WRITING
 *
 * and from both to CLOSED. Who is WRITING is not read from: a client that does
 * not take its answers is asked for no more work, so that it costs at most one
 * read's worth of memory. */
enum state {
    CLOSED = 0,
    READING = POLLIN,
    WRITING = POLLOUT
};

static struct pollfd polled[1 + CLIENTS]; /* [0] is the listener */
static struct buf unsent[1 + CLIENTS];    /* of the client at the same place */
static struct buf common = {.max = 1024 * 1024};
static nfds_t used = 1;
static bool shared;

static void stop(int signal_number) { /* as in 101 */
    (void)signal_number;
    _exit(EXIT_SUCCESS);
}

/* The log is a descriptor like the others: if nobody reads it, printf would
 * wait and all clients with it. A pipe that is POLLOUT has room for a line. */
static bool log_has_room(void) {
    struct pollfd log = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&log, 1, 0) == 1 && log.revents == POLLOUT;
}

static enum state gone(int fd, const char *why) {
    if (log_has_room()) printf("fd %d: %s, closed\n", fd, why);
    return CLOSED;
}

/* Sends what out holds, as far as the kernel takes it. in: how many bytes came
 * in with the same event, for the log. */
static enum state write_some(int fd, struct buf *out, size_t in) {
    struct span held = buf_view(out);
    ssize_t sent = io_send(fd, held.data, held.len);
    if (sent == -1 && errno != EAGAIN) return gone(fd, strerror(errno));
    if (sent == -1) sent = 0;
    buf_consume(out, (size_t)sent);

    size_t kept = held.len - (size_t)sent;
    if (log_has_room()) {
        printf("fd %d: %zu bytes in, %zd out", fd, in, sent);
        if (kept > 0) printf(", %zu kept", kept);
        printf("\n");
    }
    if (kept > 0) return WRITING;
    buf_free(out); /* who has nothing to say owns no buffer */
    return READING;
}

static enum state read_some(int fd, struct buf *out) {
    unsigned char bytes[READ];
    ssize_t n = io_recv(fd, bytes, sizeof bytes);
    if (n == -1 && errno == EAGAIN) return READING; /* woken for nothing */
    if (n <= 0) return gone(fd, n == 0 ? "end of file" : strerror(errno));
    if (!buf_append(out, bytes, (size_t)n)) return gone(fd, "no memory");
    return write_some(fd, out, (size_t)n);
}

/* One event of the client at i. If it leaves, the last one takes its place. */
static void serve(nfds_t i) {
    struct pollfd *p = &polled[i];
    struct buf *out = shared ? &common : &unsent[i];
    enum state next = p->events == READING ? read_some(p->fd, out)
                                           : write_some(p->fd, out, 0);
    p->events = (short)next;
    if (next != CLOSED) return;
    close(p->fd);
    buf_free(&unsent[i]);
    used--;
    polled[i] = polled[used];
    unsent[i] = unsent[used];
    unsent[used] = (struct buf){0};
}

/* False when there is no descriptor left for the client who is waiting. */
static bool welcome(int listener) {
    int fd = listen_accept(listener); /* non-blocking */
    if (fd == -1) return errno == EAGAIN || errno == EINTR;
    if (log_has_room()) printf("fd %d: accepted\n", fd);
    unsent[used] = (struct buf){.max = READ};
    polled[used++] = (struct pollfd){.fd = fd, .events = READING};
    return true;
}

int main(int argc, char **argv) {
    const char *host = "127.0.0.1";
    uint32_t port = 7113;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_FLAG("--shared", "wrong: one buffer", &shared),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;

    struct sigaction ending = {.sa_handler = stop};
    sigaction(SIGINT, &ending, NULL);
    sigaction(SIGTERM, &ending, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0); /* each line at once, even to a pipe */
    polled[0].fd = listen_announce(host, port);
    if (polled[0].fd == -1) return EXIT_FAILURE;
    /* A caller may hang up between poll and accept, which would then wait. */
    if (io_nonblocking(polled[0].fd) == -1) return EXIT_FAILURE;

    for (bool room = true;;) {
        /* Without a place or a descriptor for more clients they wait in the
         * kernel's queue, and we look again in 100 ms or when one leaves. */
        polled[0].events = room && used <= CLIENTS ? POLLIN : 0;
        if (poll(polled, used, room ? -1 : 100) == -1) continue;
        for (nfds_t i = used - 1; i > 0; i--)
            if (polled[i].revents) serve(i);
        room = !polled[0].revents || welcome(polled[0].fd);
    }
}
