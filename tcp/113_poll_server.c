/*
 * 113_poll_server.c: one thread serves many clients
 *
 * Shows       poll waits for all descriptors at once. Each client is a small
 *             state machine, so none waits for a silent or slow one.
 * By hand     poll, and the event that each client is waiting for.
 * Calls       as 111: tcp/trace.h, options.h, listen.h, io.h; packets/buf.h
 * Run         $ bin/113_poll_server --port 7113 --trace &
 *             $ bin/102_echo_client 127.0.0.1:7113 hello
 * Try         yes | nc 127.0.0.1 7113 | sleep 60: which of them waits?
 *             Start the server with --shared and do it again.
 * Limits      Each turn gives the kernel the whole table: 114_epoll_server. At
 *             the descriptor limit it spins: 401. It has no time limits: 124.
 * Read        poll(2); RFC 9293 §3.8.6 (the window)
 */
#include "packets/buf.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/trace.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_CLIENTS 1000
#define MAX_READ 16384 /* bytes */

/* The state of a client is the event that the server waits for. A client is
 * WRITING while a part of its echo is unsent. The server does not read from it
 * meanwhile, so it costs no more memory than what one recv returns. */
enum state {
    CLOSED = 0,
    READING = POLLIN,
    WRITING = POLLOUT,
};

static struct pollfd polled[1 + MAX_CLIENTS]; /* [0] is the listener */
static struct buf unsent[1 + MAX_CLIENTS];    /* [i] is of client polled[i] */
static struct buf shared = {.max = 1024 * 1024};
static nfds_t used = 1; /* entries of polled and of unsent */
static bool is_shared;

/* Sends as much of out as the kernel accepts. Returns the new state. */
static enum state write_some(int fd, struct buf *out) {
    struct span bytes = buf_view(out);
    ssize_t sent = io_send(fd, bytes.data, bytes.len);
    if (sent == -1) return errno == EAGAIN ? WRITING : CLOSED;
    trace_peer("->", fd, "%zd B, %zu left", sent, bytes.len - (size_t)sent);
    buf_consume(out, (size_t)sent);
    if (buf_view(out).len > 0) return WRITING;
    buf_free(out); /* a client without unsent bytes owns no memory */
    return READING;
}

static enum state read_some(int fd, struct buf *out) {
    unsigned char bytes[MAX_READ];
    ssize_t n = io_recv(fd, bytes, sizeof bytes);
    if (n == -1 && errno == EAGAIN) return READING;
    if (n <= 0) return CLOSED; /* the end of the stream, or an error */
    trace_peer("<-", fd, "%zd B", n);
    if (!buf_append(out, bytes, (size_t)n)) return CLOSED;
    return write_some(fd, out);
}

/* Removes the client at i. The last one gets its place in the table. */
static void remove_client(nfds_t i) {
    trace_closed(polled[i].fd, "TCP has ended");
    close(polled[i].fd);
    buf_free(&unsent[i]);
    used--;
    polled[i] = polled[used];
    unsent[i] = unsent[used];
}

static void on_event(nfds_t i) {
    struct pollfd *p = &polled[i];
    struct buf *out = is_shared ? &shared : &unsent[i];
    p->events = (short)(p->events == READING ? read_some(p->fd, out)
                                             : write_some(p->fd, out));
    if (p->events == CLOSED) remove_client(i);
}

/* Accepts one client. If more are waiting, the listener is ready again. */
static void accept_client(void) {
    int fd = listen_accept(polled[0].fd);
    if (fd == -1) return;
    trace_connected(fd);
    buf_init(&unsent[used], MAX_READ);
    polled[used++] = (struct pollfd){.fd = fd, .events = READING};
}

static void on_signal(int signal_number) { /* as in 101 */
    (void)signal_number;
    _exit(EXIT_SUCCESS);
}

int main(int argc, char **argv) {
    const char *host = "127.0.0.1";
    uint32_t port = 7113;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_TRACE(&trace_is_on),
        OPTION_FLAG("--shared", "wrong: one buffer for all", &is_shared),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    trace_open(trace_is_on);

    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    polled[0].fd = listen_announce(host, port);
    if (polled[0].fd == -1) return EXIT_FAILURE;
    io_nonblocking(polled[0].fd); /* or accept waits if a client has left */

    for (;;) {
        /* When the table is full, new clients wait in the kernel's queue. */
        polled[0].events = used <= MAX_CLIENTS ? POLLIN : 0;
        if (poll(polled, used, -1) == -1) continue;
        /* Backwards: remove_client fills a gap with the last client in the
         * table, which this loop has already passed. */
        for (nfds_t i = used - 1; i > 0; i--)
            if (polled[i].revents) on_event(i);
        if (polled[0].revents) accept_client();
    }
}
