/*
 * 108_time_wait.c: the side that closes first keeps an entry
 *
 * Shows       The entry can keep a server from its port after both have closed.
 * By hand     SO_REUSEADDR in the first run, the second, both or none.
 * Calls       tcp/state.h, tcp/address.h, tcp/pair.h (check), tcp/options.h
 * Run         $ bin/108_time_wait
 * Try         $ bin/108_time_wait --break
 * Limits      Only Linux has such a table; other systems bind in other cases.
 * Read        RFC 9293 §3.6.1, §3.4.2 (why it waits); socket(7), proc(5)
 */
#include "tcp/address.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "tcp/state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CLIENT 0
#define SERVER 1
static int ends[2];       /* the descriptors of one connection */
static uint16_t ports[2]; /* also after both are closed */
static int restarts[2];   /* that worked, by who closed first */

/* The state of each end twice: of its descriptor, and in the kernel's table. */
static void print_states(const char *step, bool is_open) {
    printf("  %-11s", step);
    for (int i = CLIENT; i <= SERVER; i++) {
        enum tcp_state state = state_in_table(ports[i], ports[!i], NULL);
        printf("  %-11s", is_open ? state_name(state_of(ends[i])) : "-");
        printf("  %-11s", state == STATE_UNKNOWN ? "-" : state_name(state));
    }
    puts("");
}

/* A server's first calls; port 0: any. Returns -1 and errno if one fails. */
static int open_listener(uint16_t port, int is_reusing) {
    union address a;
    socklen_t size = address_set(&a, "127.0.0.1", port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &is_reusing, sizeof is_reusing);
    return bind(fd, &a.any, size) == 0 && listen(fd, 1) == 0 ? fd : -1;
}

/* The first run of a server: it has one client, and has closed its listener. */
static void open_ends(bool is_reusing) {
    union address a;
    int listener = open_listener(0, is_reusing);
    socklen_t size = address_own(listener, &a);
    ends[CLIENT] = socket(AF_INET, SOCK_STREAM, 0);
    check(connect(ends[CLIENT], &a.any, size) == 0, "connect");
    ends[SERVER] = accept(listener, NULL, NULL);
    close(listener);
    for (int i = 0; i < 2; i++) ports[i] = address_own_port(ends[i]);
}

/* Sends both FINs, each when the one before has arrived and is acknowledged:
 * then there is no doubt who closed first. Closes both descriptors. */
static void end_connection(int first, bool is_shown) {
    char byte;
    for (int i = 0; i < 2; i++) {
        int from = i == 0 ? first : !first;
        check(shutdown(ends[from], SHUT_WR) == 0, "shutdown");
        check(recv(ends[!from], &byte, 1, 0) == 0, "no end of file");
        state_wait(ends[from], i == 0 ? STATE_FIN_WAIT2 : STATE_CLOSE, 1000);
        if (is_shown) print_states(i == 0 ? "first FIN" : "second FIN", true);
    }
    for (int i = 0; i < 2; i++) close(ends[i]);
    if (is_shown) print_states("both closed", false);
}

static void follow_states(void) {
    unsigned left_s = 0;
    puts("             client: socket  table    server: socket  table");
    open_ends(true);
    print_states("connected", true);
    end_connection(CLIENT, true);
    if (state_in_table(ports[CLIENT], ports[SERVER], &left_s))
        printf("the client's kernel will forget it in %u s\n", left_s);
}

/* The second run of the server wants the same port, at once. */
static const char *restart(bool in_first, bool in_second, int first) {
    open_ends(in_first);
    end_connection(first, false);
    int fd = open_listener(ports[SERVER], in_second);
    check(fd != -1 || errno == EADDRINUSE, "bind");
    restarts[first] += fd != -1;
    return fd != -1 ? "binds" : "EADDRINUSE";
}

static void restart_server(void) {
    puts("SO_REUSEADDR in run 1, run 2   client first  server first");
    for (int i = 0; i < 4; i++)
        printf("%19s  %5s  %14s  %12s\n", i & 2 ? "yes" : "no",
               i & 1 ? "yes" : "no", restart(i & 2, i & 1, CLIENT),
               restart(i & 2, i & 1, SERVER));
    printf("What you saw: %d of 4 restarts worked if the client closed first, "
           "%d if the server did.\n",
           restarts[CLIENT], restarts[SERVER]);
}

/* The wrong way to get rid of TIME_WAIT: the abort of 107. It drops bytes. */
static void abort_instead(void) {
    static char bytes[16 * 1024 * 1024]; /* more than send accepts */
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    ssize_t n, arrived = 0;
    open_ends(false);
    setsockopt(ends[SERVER], SOL_SOCKET, SO_LINGER, &none, sizeof none);
    ssize_t accepted = send(ends[SERVER], bytes, sizeof bytes, MSG_DONTWAIT);
    close(ends[SERVER]);
    while ((n = recv(ends[CLIENT], bytes, sizeof bytes, 0)) > 0) arrived += n;
    printf("send accepted %zd bytes; %zd arrived, then: %s\n", accepted,
           arrived, n == 0 ? "the end of file" : strerror(errno));
    printf("What you saw: the port is %s at once, and %zd bytes are lost.\n",
           open_listener(ports[SERVER], false) == -1 ? "in use" : "free",
           accepted - arrived);
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status = options_experiment(argc, argv, "SO_LINGER, 0 s", &is_broken);
    if (status != -1) return status;
    if (is_broken) abort_instead();
    if (!is_broken) follow_states();
    if (!is_broken) restart_server();
}
