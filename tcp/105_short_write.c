/*
 * 105_short_write.c: send may take less than it is offered
 *
 * Shows       A reader that does not read fills the buffers between; then send
 *             takes a part, then nothing (EAGAIN), until there is room again.
 * By hand     O_NONBLOCK, and the queue that keeps what send did not take.
 *             Later lessons call packets/buf.h and tcp/io.h, introduced here.
 * Calls       tcp/connect.h (both ends, as in 104), tcp/options.h
 * Run         $ bin/105_short_write
 *             $ bin/105_short_write --break
 * Limits      --break forgets the tail. And two sides that only write end in a
 *             deadlock, shown last: tcp/113_poll_server.c always reads, too.
 * Read        RFC 9293 §3.8.6 (the window); send(2), poll(2)
 */
#include "tcp/connect.h"
#include "tcp/options.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OFFER ((size_t)16 * 1024 * 1024)

/* The queue: bytes[sent] up to bytes[n] have not been taken yet. */
struct queue {
    const unsigned char *bytes;
    size_t n, sent;
};

static unsigned char offer[OFFER];

static void need(bool fine, const char *what) {
    if (fine) return;
    perror(what);
    exit(EXIT_FAILURE);
}

/* Both ends of one connection, both non-blocking: a call that would have to
 * wait fails with EAGAIN instead. */
static void open_pair(int fd[2]) {
    need(connect_pair(fd) == 0, "connect");
    for (int i = 0; i < 2; i++) {
        int flags = fcntl(fd[i], F_GETFL);
        need(flags != -1, "fcntl");
        need(fcntl(fd[i], F_SETFL, flags | O_NONBLOCK) != -1, "fcntl");
    }
}

/* Sends until all is gone or the kernel takes no more. Returns how much. */
static size_t push(int fd, struct queue *q) {
    size_t before = q->sent;
    while (q->sent < q->n) {
        ssize_t took = send(fd, q->bytes + q->sent, q->n - q->sent, 0);
        need(took != -1 || errno == EAGAIN, "send");
        if (took == -1) break;
        q->sent += (size_t)took; /* the rest stays in the queue */
    }
    return q->sent - before;
}

/* What poll finds within wait ms: is fd readable or writable, as asked? */
static bool ready(int fd, short what, int wait) {
    struct pollfd p = {.fd = fd, .events = what};
    need(poll(&p, 1, wait) != -1, "poll");
    return p.revents & what;
}

/* Reads once, and compares with what was offered from *at on. False: the end.
 */
static bool pull(int fd, size_t *at) {
    static unsigned char bytes[64 * 1024];
    ready(fd, POLLIN, -1);
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);
    need(n != -1, "recv");
    need(*at + (size_t)n <= OFFER, "more than was sent");
    need(memcmp(bytes, offer + *at, (size_t)n) == 0, "other bytes arrived");
    *at += (size_t)n;
    return n > 0;
}

/* Offers 16 MiB at once. Then the reader begins to read, and the writer sends
 * on whenever there is room; or, if careless, never looks at what is left. */
static void offer_all(bool careless) {
    int fd[2], rounds = 0;
    struct queue q = {offer, OFFER, 0};
    size_t arrived = 0;

    open_pair(fd);
    push(fd[0], &q);
    printf("offered %zu bytes: %zu taken, then EAGAIN\n", OFFER, q.sent);
    printf("nobody has read; %zu bytes are left over\n", OFFER - q.sent);
    do {
        if (!careless && push(fd[0], &q) > 0) rounds++;
        if (careless || q.sent == q.n) shutdown(fd[0], SHUT_WR); /* the end */
    } while (pull(fd[1], &arrived));
    if (!careless)
        printf("the reader read, and %d times there was room for more\n",
               rounds);
    printf("%zu of %zu bytes arrived, each compared\n", arrived, OFFER);
    if (careless)
        printf("What you saw: %zu bytes are missing, and every call that was "
               "made succeeded.\n",
               OFFER - arrived);
    close(fd[0]);
    close(fd[1]);
}

/* Each side wants to finish writing before it reads. Neither can. */
static void both_write(void) {
    int fd[2];
    struct queue a = {offer, OFFER, 0}, b = a;
    size_t got = 0;

    open_pair(fd);
    do { /* what has left one buffer for the next may make room once more */
        push(fd[0], &a);
        push(fd[1], &b);
    } while (ready(fd[0], POLLOUT, 50) || ready(fd[1], POLLOUT, 50));
    printf("both sides write: A is stuck after %zu bytes, B after %zu\n",
           a.sent, b.sent);
    printf("both have something to read: A %s, B %s\n",
           ready(fd[0], POLLIN, 0) ? "yes" : "no",
           ready(fd[1], POLLIN, 0) ? "yes" : "no");
    while (!ready(fd[0], POLLOUT, 0)) pull(fd[1], &got);
    printf("B reads %zu bytes, and A can write again\n", got);
    close(fd[0]);
    close(fd[1]);
}

int main(int argc, char **argv) {
    bool careless = false;
    int status = options_experiment(argc, argv, "forget the tail", &careless);
    if (status != -1) return status;

    for (size_t i = 0; i < OFFER; i++)
        offer[i] = (unsigned char)(i * 31 + i / 251); /* no short period */
    offer_all(careless);
    if (careless) return EXIT_SUCCESS;
    both_write();
    puts("What you saw: send takes what fits; what does not fit is yours to "
         "keep, and whoever waits to write must go on reading.");
    return EXIT_SUCCESS;
}
