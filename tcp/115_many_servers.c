/*
 * 115_many_servers.c: one client, many servers at once
 *
 * Shows       One poll waits for all servers: one that hangs holds up no other.
 * By hand     A connect that does not wait; one deadline for all responses.
 * Calls       tcp/clock.h; as before: tcp/pair.h (check), listen.h, options.h
 * Run         $ bin/115_many_servers
 *             $ bin/115_many_servers --break
 * Try         Let B respond and A hang. Which lines change with --break?
 * Limits      A request is one byte, and a response comes in one piece: 104.
 * Read        RFC 9293 §3.9.1 (OPEN); connect(2), getsockopt(2) (SO_ERROR)
 */
#include "tcp/clock.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/pair.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEADLINE_MS 300
#define COUNT 5            /* servers: A to E */
#define B_HANGS 1          /* it receives the request, and sends nothing */
#define CONNECTING POLLOUT /* states: until it is connected, or has failed */
#define WAITING POLLIN     /* for the response */
#define DONE 0

static struct sockaddr_in to[COUNT];     /* where the servers listen */
static int listeners[COUNT], fds[COUNT]; /* of the servers, of the client */
static struct pollfd polled[COUNT]; /* its events are the state, as in 113 */
static int64_t began_ms;

/* Begins to connect. EINPROGRESS is no failure: the kernel goes on alone. */
static void start(int i) {
    char from[LISTEN_NAME_MAX];
    fds[i] = socket(AF_INET, SOCK_STREAM, 0);
    check(fcntl(fds[i], F_SETFL, O_NONBLOCK) == 0, "fcntl");
    if (connect(fds[i], (struct sockaddr *)&to[i], sizeof to[i]) == -1)
        check(errno == EINPROGRESS, "connect");
    listen_name(fds[i], from);
    printf("  %c: from %s to port %d\n", 'A' + i, from, ntohs(to[i].sin_port));
    polled[i] = (struct pollfd){.fd = fds[i], .events = CONNECTING};
}

static void finish(int i, const char *result) {
    int ms = (int)(clock_ms() - began_ms);
    printf("  %c: %s, after %d ms\n", 'A' + i, result, ms);
    polled[i] = (struct pollfd){.fd = -1, .events = DONE}; /* poll skips -1 */
}

static void on_event(int i) {
    char text[20] = "";
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fds[i], SOL_SOCKET, SO_ERROR, &error, &size);
    if (polled[i].events == CONNECTING && error == 0) {
        check(send(fds[i], "?", 1, 0) == 1, "send");
        polled[i].events = WAITING;
        return;
    }
    if (error == 0) check(recv(fds[i], text, sizeof text, 0) > 0, "recv");
    finish(i, error == 0 ? text : strerror(error));
}

/* When all servers have the request, the last one responds; then the next. */
static void let_one_respond(void) {
    char text[] = "I am ?";
    int last = -1; /* before the next call it is DONE */
    for (int i = 0; i < COUNT; i++) {
        if (polled[i].events == CONNECTING) return;
        if (polled[i].events == WAITING && i != B_HANGS) last = i;
    }
    if (last == -1) return;
    int fd = accept(listeners[last], NULL, NULL);
    check(recv(fd, &text[5], 1, 0) == 1, "recv");
    text[5] = (char)('A' + last);
    check(send(fd, text, sizeof text, 0) == sizeof text, "send");
}

/* Sends to servers first to end - 1 at once; waits until the deadline. */
static void request(int first, int end) {
    int64_t deadline_ms = clock_ms() + DEADLINE_MS;
    for (int i = first; i < end; i++) start(i);
    for (int open = 1; open > 0; let_one_respond()) {
        int64_t left_ms = deadline_ms - clock_ms();
        int ready = poll(polled, (nfds_t)end, left_ms > 0 ? (int)left_ms : 0);
        open = 0;
        for (int i = 0; i < COUNT; i++) {
            if (ready == 0 && polled[i].events != DONE) finish(i, "silence");
            if (ready > 0 && polled[i].revents) on_event(i);
            open += polled[i].events != DONE;
        }
    }
}

/* A socket has one peer: the one for A has to connect to C, twice. */
static void connect_again(void) {
    char peer[LISTEN_NAME_MAX];
    for (int i = 0; i < 2; i++) {
        int result = connect(fds[0], (struct sockaddr *)&to[2], sizeof to[2]);
        const char *text = result == 0 ? "0" : strerror(errno);
        listen_peer_name(fds[0], peer);
        printf("A's socket, connect to C: %s; its peer is %s\n", text, peer);
    }
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status = options_experiment(argc, argv, "one by one", &is_broken);
    if (status != -1) return status;
    for (int i = 0; i < COUNT; i++) {
        socklen_t size = sizeof to[i];
        listeners[i] = listen_open("127.0.0.1", 0);
        check(listeners[i] != -1, "listen_open");
        getsockname(listeners[i], (struct sockaddr *)&to[i], &size);
    }
    close(listeners[3]); /* D does not listen any more */
    began_ms = clock_ms();
    int step = is_broken ? 1 : COUNT; /* servers that get a request at once */
    for (int i = 0; i < COUNT; i += step) request(i, i + step);
    if (!is_broken) connect_again();
    puts(is_broken ? "What you saw: B made C, D and E late."
                   : "What you saw: B delayed no one; a socket has one peer.");
}
