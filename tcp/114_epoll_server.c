/*
 * 114_epoll_server.c: the kernel keeps the list of descriptors
 *
 * Shows       One thread, thousands of connections: epoll_wait returns only
 *             those that are ready, so an idle one costs nothing in a turn.
 * By hand     epoll, and the interest of each connection: to read or to write.
 * Calls       tcp/pump.h (READING and WRITING of 113; introduced here); as 113
 * Run         $ bin/114_epoll_server --port 7114 --trace &
 *             $ bin/102_echo_client 127.0.0.1:7114 hello
 * Try         --trace --read 4: how many turns do six bytes take? Then with
 *             --edge as well: why does the client wait for ever?
 * Limits      At the descriptor limit it spins: 401. No time limits: 124.
 * Read        epoll(7), "Level-triggered and edge-triggered"
 */
#include <stdio.h>

#ifdef __linux__
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/pump.h"
#include "tcp/trace.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define MAX_FD 65536
#define MAX_EVENTS 1024 /* in one turn; the others come in the next */

static struct pump pumps[MAX_FD]; /* of the client with this descriptor */
static uint32_t max_read = PUMP_MAX_HELD;
static int epoll, listener, watched_count;
static bool is_edge;

/* Closing a descriptor also removes it from the kernel's list. */
static void remove_client(int fd) {
    trace_closed(fd, "TCP has ended");
    close(fd);
    pump_free(&pumps[fd]);
    watched_count--;
}

/* operation is EPOLL_CTL_ADD for a new descriptor, then EPOLL_CTL_MOD. */
static bool set_interest(int fd, uint32_t events, int operation) {
    struct epoll_event e = {.events = events, .data.fd = fd};
    if (is_edge && fd != listener) e.events |= EPOLLET;
    return epoll_ctl(epoll, operation, fd, &e) == 0;
}

/* Moves bytes from a client back to itself. The kernel's list changes only if
 * the server then waits for the other event. */
static void on_event(int fd) {
    struct pump *p = &pumps[fd];
    enum pump_state before = p->state;
    bool has_failed = pump_move(p, fd, fd) == -1;
    uint32_t events = p->state == PUMP_READING ? EPOLLIN : EPOLLOUT;
    if (has_failed || p->state == PUMP_ENDED)
        remove_client(fd);
    else if (p->state != before)
        set_interest(fd, events, EPOLL_CTL_MOD);
}

/* Accepts one client. If more are waiting, the listener is ready again. */
static void accept_client(void) {
    int fd = listen_accept(listener);
    if (fd >= MAX_FD) close(fd);
    if (fd == -1 || fd >= MAX_FD) return;
    trace_connected(fd);
    pump_init(&pumps[fd]);
    pumps[fd].state = PUMP_READING; /* its socket is connected */
    pumps[fd].max_read = max_read;
    watched_count++;
    if (!set_interest(fd, EPOLLIN, EPOLL_CTL_ADD)) remove_client(fd);
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
        OPTION_TRACE(&trace_is_on),
        OPTION_NUMBER("--read", "N", "bytes in a turn", &max_read, 1,
                      PUMP_MAX_HELD),
        OPTION_FLAG("--edge", "wrong: edge-triggered", &is_edge),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    trace_open(trace_is_on);

    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    listener = listen_announce(host, port);
    if (listener == -1) return EXIT_FAILURE;
    io_nonblocking(listener); /* as in 113 */
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (set_interest(listener, EPOLLIN, EPOLL_CTL_ADD)) watched_count++;

    for (;;) {
        static struct epoll_event ready[MAX_EVENTS];
        int n = epoll_wait(epoll, ready, MAX_EVENTS, -1);
        trace_line("%d of %d ready", n, watched_count);
        for (int i = 0; i < n; i++) {
            int fd = ready[i].data.fd;
            if (fd != listener) on_event(fd);
            if (fd == listener) accept_client();
        }
    }
}
#else
int main(void) {
    fprintf(stderr, "114_epoll_server: only Linux has epoll\n");
    return 1;
}
#endif
