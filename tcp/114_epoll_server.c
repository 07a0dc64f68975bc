/*
 * 114_epoll_server.c: the kernel keeps the list of descriptors
 *
 * Shows       One thread, thousands of connections: epoll_wait returns only
 *             those that are ready, so an idle one costs nothing in a turn.
 * By hand     epoll, and the interest of each connection: to read or to write.
 * Calls       as 113: tcp/trace.h, options.h, listen.h, io.h; packets/buf.h
 * Run         $ bin/114_epoll_server --port 7114 --trace &
 *             $ bin/102_echo_client 127.0.0.1:7114 hello
 * Try         --trace --read 4: how many turns do six bytes take? Then with
 *             --edge as well: why does the client wait for ever?
 * Limits      At the descriptor limit it spins: 401. No time limits: 124.
 * Read        epoll(7), "Level-triggered and edge-triggered"
 */
#include <stdio.h>

#ifdef __linux__
#include "packets/buf.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/trace.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define MAX_EVENTS 1024       /* in one turn; the others come in the next */
#define MAX_READ (512 * 1024) /* bytes that one recv returns */
#define MAX_FD 65536

static int epoll, listener, watched;
static bool is_edge;
static uint32_t max_read = MAX_READ;
static uint8_t bytes[MAX_READ];   /* one is enough: sent before the next recv */
static struct buf unsent[MAX_FD]; /* what the kernel did not accept, by fd */

/* operation is EPOLL_CTL_ADD the first time, and then EPOLL_CTL_MOD. */
static bool set_interest(int fd, uint32_t events, int operation) {
    struct epoll_event e = {.events = events, .data.fd = fd};
    if (is_edge && fd != listener) e.events |= EPOLLET;
    return epoll_ctl(epoll, operation, fd, &e) == 0;
}

/* Closing a descriptor also removes it from the kernel's list. */
static void close_client(int fd) {
    trace_closed(fd, "TCP has ended");
    buf_free(&unsent[fd]);
    close(fd);
    watched--;
}

/* Accepts one client. If more are waiting, the listener is ready again. */
static void accept_client(void) {
    int fd = listen_accept(listener);
    if (fd >= MAX_FD) close(fd);
    if (fd == -1 || fd >= MAX_FD) return;
    trace_connected(fd);
    watched++;
    unsent[fd].max = MAX_READ;
    if (!set_interest(fd, EPOLLIN, EPOLL_CTL_ADD)) close_client(fd);
}

/* One step for a client: receives once, unless bytes are left, and sends. What
 * the kernel does not accept is kept. Until that is sent, the server does not
 * read, so the client cannot send more. Returns false when it is gone. */
static bool step(int fd) {
    struct buf *kept = &unsent[fd];
    struct span out = buf_view(kept);
    bool was_reading = out.len == 0;
    if (was_reading) {
        ssize_t n = io_recv(fd, bytes, max_read);
        if (n <= 0) return n == -1 && errno == EAGAIN;
        trace_peer("<-", fd, "%zd B", n);
        out = (struct span){bytes, (size_t)n};
    }
    ssize_t sent = io_send(fd, out.data, out.len);
    if (sent == -1 && errno != EAGAIN) return false;
    if (sent > 0) trace_peer("->", fd, "%zd B", sent);
    if (sent > 0 && !was_reading) buf_consume(kept, (size_t)sent);
    out = span_skip(out, sent > 0 ? (size_t)sent : 0);
    if (was_reading && !buf_append(kept, out.data, out.len)) return false;
    bool is_reading = out.len == 0;
    if (is_reading) buf_free(kept);
    if (is_reading == was_reading) return true;
    return set_interest(fd, is_reading ? EPOLLIN : EPOLLOUT, EPOLL_CTL_MOD);
}

/* The event loop: waits, then takes one step for each ready descriptor. */
static void serve(void) {
    static struct epoll_event events[MAX_EVENTS];
    for (;;) {
        int n = epoll_wait(epoll, events, MAX_EVENTS, -1);
        trace_line("%d of %d ready", n, watched);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd == listener)
                accept_client();
            else if (!step(fd))
                close_client(fd);
        }
    }
}

static void on_signal(int signal_number) { /* as in 101 */
    (void)signal_number;
    _exit(EXIT_SUCCESS);
}

int main(int argc, char **argv) {
    const char *host = "127.0.0.1";
    uint32_t port = 7114;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_NUMBER("--read", "N", "bytes in a turn", &max_read, 1, MAX_READ),
        OPTION_TRACE(&trace_is_on),
        OPTION_FLAG("--edge", "wrong: edge-triggered", &is_edge),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    trace_open(trace_is_on);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    listener = listen_announce(host, port);
    if (listener == -1) return EXIT_FAILURE;
    io_nonblocking(listener); /* as in 113 */
    watched = set_interest(listener, EPOLLIN, EPOLL_CTL_ADD);
    serve();
}
#else
int main(void) {
    fprintf(stderr, "114_epoll_server: only Linux has epoll\n");
    return 1;
}
#endif
