/*
 * 123_event_loop.c: the loop calls back
 *
 * Shows       A loop that knows no protocol calls the connections that are
 *             ready. One of them may close another that is ready as well.
 * By hand     The callbacks of the listener and of a client; container_of, from
 *             a watch to its client.
 * Calls       tcp/loop.h (what 114 has written out), listen.h,
 *             packets/container.h
 * Run         $ bin/123_event_loop
 *             $ bin/123_event_loop --break
 * Try         LOOP_POLL=1 bin/123_event_loop: another loop, the same callbacks.
 * Limits      A silent client stays for ever, and an echo that is sent in part
 *             ends its client: 124_deadlines.
 * Read        epoll(7), "If using an event cache"; RFC 9293 §3.6.1 (the RST)
 */
#include "packets/container.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/loop.h"
#include "tcp/options.h"
#include "tcp/pair.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 2

struct client {
    bool is_open;
    struct watch watch; /* the loop knows only this part */
};

static struct client clients[MAX_CLIENTS];
static struct loop *loop;
static struct watch listener;
static int accepted; /* clients, those that are closed, too */
static bool is_broken;

static long number_of(const struct client *c) {
    return c - clients + 1;
}

/* The wrong way forgets the loop: close alone removes a descriptor from the
 * kernel's list, but not from the list of those that are ready in this turn. */
static void close_client(struct client *c) {
    c->is_open = false;
    if (!is_broken) loop_unwatch(loop, &c->watch);
    close(c->watch.fd);
}

static void on_ready(struct watch *w, unsigned events) {
    static char bytes[80]; /* for all: only one callback runs at a time */
    struct client *c = container_of(w, struct client, watch);
    (void)events; /* LOOP_READ, the only one requested */
    if (!c->is_open) {
        printf("  client %ld: called, but it is closed\n", number_of(c));
        loop_unwatch(loop, w);
        return;
    }
    ssize_t n = io_recv(w->fd, bytes, sizeof bytes);
    if (n <= 0 || io_send(w->fd, bytes, (size_t)n) != n) {
        close_client(c); /* at a FIN, an error, or an echo sent in part */
        return;
    }
    printf("  client %ld: \"%.*s\"\n", number_of(c), (int)n, bytes);
    if (n != 7 || memcmp(bytes, "close 2", 7) != 0) return;
    puts("  client 2 is closed");
    close_client(&clients[1]);
}

static void on_connection(struct watch *w, unsigned events) {
    int fd;
    (void)events;
    while (accepted < MAX_CLIENTS && (fd = listen_accept(w->fd)) != -1) {
        struct client *c = &clients[accepted++];
        c->watch = (struct watch){.ready = on_ready, .fd = fd};
        c->is_open = loop_watch(loop, &c->watch, LOOP_READ) == 0;
        printf("  client %ld is accepted\n", number_of(c));
    }
}

/* A client of our own. It is blocking, as in 102. */
static int connect_client(void) {
    struct sockaddr_storage addr;
    socklen_t size = sizeof addr;
    getsockname(listener.fd, (struct sockaddr *)&addr, &size);
    int fd = socket(addr.ss_family, SOCK_STREAM, 0);
    check(connect(fd, (struct sockaddr *)&addr, size) == 0, "connect");
    return fd;
}

/* Two clients send, and only then the loop turns: both are ready at once. */
static void close_another(void) {
    char reply[80];
    int first = connect_client(), second = connect_client();
    check(send(first, "close 2", 7, 0) == 7, "send");
    check(send(second, "hello", 5, 0) == 5, "send");
    for (int i = 1; i <= 2; i++) {
        printf("turn %d\n", i);
        check(loop_turn(loop, -1) == 1, "loop_turn"); /* -1: no time-out */
    }
    ssize_t n = recv(first, reply, sizeof reply, 0);
    printf("client 1 receives \"%.*s\"\n", n > 0 ? (int)n : 0, reply);
    n = recv(second, reply, sizeof reply, 0);
    printf("client 2 receives %s\n", n == -1 ? "RST" : "EOF");
}

int main(int argc, char **argv) {
    int status =
        options_experiment(argc, argv, "close without the loop", &is_broken);
    if (status != -1) return status;
    loop = loop_open();
    listener = (struct watch){.ready = on_connection,
                              .fd = listen_open("127.0.0.1", 0)};
    check(loop && listener.fd != -1, "listen");
    io_nonblocking(listener.fd); /* accept fails with EAGAIN in the end */
    check(loop_watch(loop, &listener, LOOP_READ) == 0, "loop_watch");

    close_another();
    puts(is_broken
             ? "What you saw: a callback for a client that was closed. A "
               "program that had freed it would have used memory that is not "
               "its own."
             : "What you saw: two clients were ready, and one was called: it "
               "closed the other before its turn.");
}
