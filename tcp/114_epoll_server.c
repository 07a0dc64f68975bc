/*
 * 114_epoll_server.c: the kernel keeps the list of whom we wait for
 *
 * Shows       One thread, thousands of connections: epoll_wait names only
 *             those that are ready, so an idle one costs nothing in a turn.
 * By hand     epoll, and pausing: who does not take answers is not read from.
 * Calls       tcp/options.h, tcp/listen.h, tcp/io.h, packets/buf.h
 * Run         $ bin/114_epoll_server --port 7114 &
 *             $ bin/102_echo_client 127.0.0.1:7114 hello
 * Try         --read 4: a wake-up takes four bytes, yet all are answered.
 * Limits      --read 4 --edge: told once of each arrival, it gets stuck.
 * Read        epoll(7), "Level-triggered and edge-triggered"
 */
#include <stdio.h>

#ifdef __linux__
#include "packets/buf.h"
#include "tcp/acceptor.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/options.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    AT_ONCE = 1024,         /* events a wake-up; the rest come with the next */
    READ_MOST = 512 * 1024, /* bytes a wake-up */
    REST_MS = 100,          /* from accepting, when that failed */
    PEERS_MAX = 65536
};

static int epoll, listener, signals;
static bool edge, resting;
static uint32_t read_most = READ_MOST;
static uint8_t bytes[READ_MOST];     /* one for all: we serve one at a time */
static struct buf unsent[PEERS_MAX]; /* what a peer has not taken, by its fd */
static unsigned long long connections, wakeups, ready, received;

/* how: EPOLL_CTL_ADD to begin, EPOLL_CTL_MOD to want something else. */
static int want(int fd, uint32_t what, int how) {
    if (edge && fd != listener) what |= EPOLLET;
    struct epoll_event e = {.events = what, .data.fd = fd};
    return epoll_ctl(epoll, how, fd, &e);
}

/* Out of descriptors, a caller cannot be taken, the listener stays ready and
 * the loop would spin. So we look away for a while, and the caller waits. */
static void rest(bool yes) {
    resting = yes;
    want(listener, yes ? 0 : EPOLLIN, EPOLL_CTL_MOD);
}

static void welcome(void) {
    int fd = listen_accept(listener); /* one; if more wait we are told again */
    if (fd == -1) {
        rest(errno == EMFILE || errno == ENFILE);
        return;
    }
    connections++;
    if (fd < PEERS_MAX && want(fd, EPOLLIN, EPOLL_CTL_ADD) == 0)
        unsent[fd].max = READ_MOST; /* no more than one read: then we pause */
    else
        close(fd);
}

static void drop(int fd) {
    buf_free(&unsent[fd]);
    close(fd); /* which also takes it off the kernel's list */
    if (resting) rest(false);
}

/* What the kernel refuses is kept, and from then on we want to write and not
 * to read: a peer that takes no answers gets to ask no more. */
static void answer(int fd) {
    ssize_t n = io_recv(fd, bytes, read_most);
    if (n == -1 && errno == EAGAIN) return;
    if (n <= 0) {
        drop(fd); /* end of file, or an error */
        return;
    }
    received += (unsigned long long)n;
    ssize_t sent = io_send(fd, bytes, (size_t)n);
    if (sent == n) return;
    if (sent == -1 && errno == EAGAIN) sent = 0;
    if (sent == -1 ||
        !buf_append(&unsent[fd], bytes + sent, (size_t)(n - sent)) ||
        want(fd, EPOLLOUT, EPOLL_CTL_MOD) == -1)
        drop(fd);
}

static void send_on(int fd) {
    struct span left = buf_view(&unsent[fd]);
    ssize_t sent = io_send(fd, left.data, left.len);
    if (sent == -1 && errno == EAGAIN) return;
    if (sent != -1) buf_consume(&unsent[fd], (size_t)sent);
    if (sent != -1 && (size_t)sent < left.len) return;
    buf_free(&unsent[fd]);
    if (sent == -1 || want(fd, EPOLLIN, EPOLL_CTL_MOD) == -1) drop(fd);
}

/* The event loop: wait, then one step for each that is ready. */
static void serve(void) {
    static struct epoll_event events[AT_ONCE];
    for (;;) {
        int n = epoll_wait(epoll, events, AT_ONCE, resting ? REST_MS : -1);
        if (n == 0) rest(false);
        wakeups++;
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            ready++;
            if (fd == signals) return;
            if (fd == listener)
                welcome();
            else if (buf_view(&unsent[fd]).len > 0)
                send_on(fd);
            else
                answer(fd);
        }
    }
}

/* On Linux a signal, too, can be a descriptor that gets ready. */
static int open_signals(void) {
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    sigprocmask(SIG_BLOCK, &ending, NULL);
    return signalfd(-1, &ending, SFD_CLOEXEC);
}

int main(int argc, char **argv) {
    const char *host = "127.0.0.1";
    uint32_t port = 7114;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_NUMBER("--read", "BYTES", "most in one wake-up", &read_most, 1,
                      READ_MOST),
        OPTION_FLAG("--edge", "edge-triggered: stuck", &edge),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    acceptor_descriptors();
    signals = open_signals();
    epoll = epoll_create1(EPOLL_CLOEXEC);
    listener = listen_announce(host, port);
    if (listener == -1) return 1;
    if (want(signals, EPOLLIN, EPOLL_CTL_ADD) == -1 ||
        io_nonblocking(listener) == -1 ||
        want(listener, EPOLLIN, EPOLL_CTL_ADD) == -1) {
        perror("epoll");
        return 1;
    }
    serve();
    printf("connections: %llu, wake-ups: %llu, events: %llu, bytes: %llu\n",
           connections, wakeups, ready, received);
    return 0; /* the kernel closes what is open: each peer gets its FIN */
}

#else
int main(void) {
    fprintf(stderr, "114_epoll_server: epoll is Linux's alone; elsewhere "
                    "tcp/loop.h does the same with poll\n");
    return 1;
}
#endif
