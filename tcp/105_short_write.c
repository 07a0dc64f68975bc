/*
 * 105_short_write.c: send may accept less than it was given
 *
 * Shows       A reader that does not read fills the buffers between the two
 *             programs. Then send accepts a part, and after that nothing.
 * By hand     O_NONBLOCK, and a queue for the bytes that send did not accept.
 * Calls       tcp/pair.h (both ends, as in 104; check), tcp/options.h
 * Run         $ bin/105_short_write
 * Try         $ bin/105_short_write --break
 * Limits      Two sides that only write wait for ever: tcp/113_poll_server.c.
 * Read        RFC 9293 §3.8.6 (the window); send(2), poll(2)
 */
#include "tcp/options.h"
#include "tcp/pair.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define OFFER ((size_t)16 * 1024 * 1024)

static unsigned char offer[OFFER];

/* Opens both ends. They are non-blocking: a call that would have to wait fails
 * with EAGAIN instead. */
static void open_ends(int ends[2]) {
    check(pair_open(ends) == 0, "pair_open");
    for (int i = 0; i < 2; i++)
        check(fcntl(ends[i], F_SETFL, O_NONBLOCK) == 0, "fcntl");
}

/* The queue: the bytes from offer[*sent] on. Sends until it is empty or the
 * kernel accepts no more. */
static void flush_queue(int fd, size_t *sent) {
    while (*sent < OFFER) {
        ssize_t n = send(fd, offer + *sent, OFFER - *sent, 0);
        if (n == -1 && errno == EAGAIN) break; /* the rest stays in the queue */
        check(n != -1, "send");
        *sent += (size_t)n;
    }
}

/* Waits at most timeout_ms until fd is ready for POLLIN or POLLOUT. */
static bool wait_until_ready(int fd, short event, int timeout_ms) {
    struct pollfd p = {.fd = fd, .events = event};
    check(poll(&p, 1, timeout_ms) != -1, "poll");
    return p.revents & event;
}

/* Reads once, and compares the bytes with the offer from *len on. Returns false
 * at the end of the stream. */
static bool read_some(int fd, size_t *len) {
    static unsigned char bytes[64 * 1024];
    wait_until_ready(fd, POLLIN, -1);
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);
    check(n != -1, "recv");
    if (*len + (size_t)n > OFFER || memcmp(bytes, offer + *len, (size_t)n) != 0)
        die("other bytes arrived");
    *len += (size_t)n;
    return n > 0;
}

/* Offers 16 MiB before the reader begins. Then the reader reads, and the writer
 * sends the rest as the kernel accepts it; or never, if is_broken. */
static void offer_all(bool is_broken) {
    int ends[2];
    size_t sent = 0, arrived = 0;
    open_ends(ends);
    flush_queue(ends[0], &sent);
    printf("offered %zu bytes: %zu accepted, then EAGAIN\n", OFFER, sent);
    printf("no one has read; %zu bytes are left over\n", OFFER - sent);
    do {
        if (!is_broken) flush_queue(ends[0], &sent);
        if (is_broken || sent == OFFER) shutdown(ends[0], SHUT_WR); /* FIN */
    } while (read_some(ends[1], &arrived));
    printf("%zu of %zu bytes arrived, all as they were sent\n", arrived, OFFER);
}

/* Both sides write all before they read. Neither can finish. */
static void both_write(void) {
    int ends[2];
    size_t a = 0, b = 0;
    open_ends(ends);
    do { /* bytes that moved to the other kernel make space in the first */
        flush_queue(ends[0], &a);
        flush_queue(ends[1], &b);
    } while (wait_until_ready(ends[0], POLLOUT, 50) ||
             wait_until_ready(ends[1], POLLOUT, 50));
    printf("both sides write: A stops after %zu bytes, B after %zu\n", a, b);
    printf("bytes wait for both of them: A %s, B %s\n",
           wait_until_ready(ends[0], POLLIN, 0) ? "yes" : "no",
           wait_until_ready(ends[1], POLLIN, 0) ? "yes" : "no");
}

/* Ends a reader that has read nothing. For a process that is killed, its kernel
 * does what close does here. TIOCOUTQ counts bytes without an ACK (Linux;
 * tcp(7) calls it SIOCOUTQ). MSG_NOSIGNAL: no SIGPIPE, which 101 ignores. */
static void end_reader(void) {
    int ends[2], held;
    size_t sent = 0;
    open_ends(ends);
    flush_queue(ends[0], &sent);
    printf("send accepted %zu bytes; the reader has read none\n", sent);
    if (ioctl(ends[0], TIOCOUTQ, &held) == 0)
        printf("its kernel has acknowledged %zu, ours still holds %d\n",
               sent - (size_t)held, held);
    close(ends[1]);
    wait_until_ready(ends[0], POLLIN, -1); /* the RST */
    check(send(ends[0], "x", 1, MSG_NOSIGNAL) == -1, "send did not fail");
    printf("the reader has ended; the next send: %s\n", strerror(errno));
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status = options_experiment(argc, argv, "forget the rest", &is_broken);
    if (status != -1) return status;
    for (size_t i = 0; i < OFFER; i++)
        offer[i] = (unsigned char)(i * 31 + i / 251); /* no short period */
    offer_all(is_broken);
    if (!is_broken) both_write();
    if (!is_broken) end_reader();
    puts(is_broken ? "What you saw: bytes are missing, and no call failed."
                   : "What you saw: send accepts what fits; the program keeps "
                     "the rest. Not even an ACK says that the peer has read.");
}
