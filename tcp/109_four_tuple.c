/*
 * 109_four_tuple.c: four values identify a connection, not a port
 *
 * Shows       Each address and port may repeat; all four together may not.
 * By hand     bind before connect; listeners that share a port or a queue.
 * Calls       tcp/address.h (address_bind: SO_REUSEPORT), listen.h, pair.h
 * Run         $ bin/109_four_tuple
 * Try         $ bin/109_four_tuple --break
 * Limits      Which listener or process gets a connection: each system differs.
 * Read        RFC 9293 §3.3.1, §4 (connection, socket); socket(7), fork(2)
 */
#include "tcp/address.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/pair.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LISTENERS 4
#define CONNECTIONS 100

static int servers[2];              /* listeners A and B */
static int clients[3], accepted[3]; /* the ends of three connections */
static char peers[3][LISTEN_NAME_MAX];

/* Connects from port, or from any if it is 0. Returns a socket, or -1. */
static int connect_from(uint16_t port, int listener) {
    union address to;
    socklen_t size = address_own(listener, &to);
    int fd = address_bind("127.0.0.1", port, SOCK_STREAM);
    return fd != -1 && connect(fd, &to.any, size) == 0 ? fd : -1;
}

/* 1 and 2 have the same client port, 1 and 3 the same server port. */
static void open_connections(void) {
    char own[LISTEN_NAME_MAX];
    puts("     server           client");
    for (int i = 0; i < 2; i++) servers[i] = listen_open("127.0.0.1", 0);
    for (int i = 0; i < 3; i++) {
        int server = servers[i == 1];
        uint16_t from = i == 1 ? address_own_port(clients[0]) : 0;
        clients[i] = connect_from(from, server);
        check(clients[i] != -1, "connect");
        accepted[i] = accept(server, NULL, NULL);
        listen_name(accepted[i], own);
        listen_peer_name(accepted[i], peers[i]);
        printf("  %d  %s  %s\n", i + 1, own, peers[i]);
    }
}

static void report(const char *question, int fd) {
    check(fd != -1 || errno == EADDRINUSE || errno == EADDRNOTAVAIL, question);
    const char *error = errno == EADDRINUSE ? "EADDRINUSE" : "EADDRNOTAVAIL";
    printf("%-39s %s\n", question, fd != -1 ? "yes" : error);
}

/* Tries names that are in use, while the three connections exist. */
static void repeat_names(void) {
    uint16_t from = address_own_port(clients[0]);
    uint16_t port = address_own_port(servers[0]);
    report("connect with all four of 1", connect_from(from, servers[0]));
    report("bind the server port of 1, at 127.0.0.1",
           address_bind("127.0.0.1", port, SOCK_STREAM));
    report("  at 127.0.0.2", address_bind("127.0.0.2", port, SOCK_STREAM));
    report("  at 127.0.0.1, UDP", address_bind("127.0.0.1", port, SOCK_DGRAM));
}

/* Several listeners at one address and port, each with a queue of its own. */
static void share_port(void) {
    int at[LISTENERS];
    uint16_t port = 0;
    for (int i = 0; i < LISTENERS; i++) {
        at[i] = address_bind("127.0.0.1", port, SOCK_STREAM);
        check(at[i] != -1 && listen(at[i], CONNECTIONS) == 0, "listen");
        port = address_own_port(at[i]);
    }
    for (int i = 0; i < CONNECTIONS; i++)
        check(connect_from(0, at[0]) != -1, "connect");
    printf("%d clients of %d listeners:", CONNECTIONS, LISTENERS);
    for (int i = 0; i < LISTENERS; i++) {
        struct pollfd p = {.fd = at[i], .events = POLLIN};
        int count = 0; /* of the connections in this queue */
        for (; poll(&p, 1, 20) == 1; count++) close(accept(at[i], NULL, NULL));
        printf(" %d", count);
    }
    puts("");
}

/* One listener with one queue, in two processes: either may accept. */
static void inherit_listener(void) {
    int waiting[2]; /* clients whose connections are in that queue */
    char name[10];
    for (int i = 0; i < 2; i++) waiting[i] = connect_from(0, servers[0]);
    fflush(stdout); /* or the child would have this text in its buffer, too */
    pid_t child = fork();
    check(child != -1, "fork");
    if (child == 0)
        _exit(send(accept(servers[0], NULL, NULL), "child", 6, 0) != 6);
    for (int i = 0; i < 2; i++) {
        if (i == 1) send(accept(servers[0], NULL, NULL), "parent", 7, 0);
        check(recv(waiting[i], name, sizeof name, 0) > 0, "recv");
        printf("fork, client %d: accepted by the %s\n", i + 1, name);
    }
    puts("What you saw: each value may repeat; all four together may not.");
}

/* The wrong way: a server looks for connection 2 by its peer's name alone. */
static void reply_by_peer(void) {
    int found = 0;
    char text[10];
    while (strcmp(peers[found], peers[1]) != 0) found++;
    pair_transfer(accepted[found], clients[found], "for 2", text);
    printf("reply to %s: client %d has \"%s\"\n", peers[1], found + 1, text);
    puts("What you saw: two connections have one peer; its name is no key.");
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status = options_experiment(argc, argv, "peer's name only", &is_broken);
    if (status != -1) return status;
    open_connections();
    if (is_broken) reply_by_peer();
    if (!is_broken) repeat_names();
    if (!is_broken) share_port();
    if (!is_broken) inherit_listener();
}
