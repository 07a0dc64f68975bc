/*
 * 106_half_close.c: a FIN ends one direction, the other one stays open
 *
 * Shows       shutdown(SHUT_WR) says "no more from me". The peer reads an end
 *             of file, and its answer still arrives.
 * By hand     The end of a request of unknown length; shutdown against close.
 * Calls       tcp/state.h (introduced here), pair.h, io.h, options.h
 * Run         $ bin/106_half_close
 * Try         $ bin/106_half_close --break
 * Limits      Many programs close at an end of file; 116_relay.c does not.
 * Read        RFC 9293 §3.6 (closing), §3.3.2 (states); shutdown(2), close(2)
 */
#include "tcp/io.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "tcp/state.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECOND 1000 /* ms: longer than any segment needs on the loopback */

static int client, server; /* the two ends of one connection */

static void open_ends(void) {
    int ends[2];
    check(pair_open(ends) == 0, "pair_open");
    client = ends[0];
    server = ends[1];
}

/* Prints a step and the states after it. It waits for those expected, but
 * prints what it finds. Without a descriptor (-1) there is no state. */
static void print_states(const char *step, enum tcp_state of_client,
                         enum tcp_state of_server) {
    enum tcp_state now = state_wait(client, of_client, SECOND);
    printf("  %-33s  %-11s  %s\n", step, client == -1 ? "-" : state_name(now),
           state_name(state_wait(server, of_server, SECOND)));
}

/* Waits for POLLIN, or for 0: then only a reset (POLLERR) ends it early. */
static bool wait_for(int fd, short events, int limit_ms) {
    struct pollfd p = {.fd = fd, .events = events};
    return poll(&p, 1, limit_ms) == 1;
}

static void send_request(void) {
    const char request[] = "7\n20\n15\n";
    open_ends();
    bool is_known = state_of(client) != STATE_UNKNOWN;
    puts(is_known ? "                                     client       server"
                  : "this system does not show the states of its connections");
    print_states("connected", STATE_ESTABLISHED, STATE_ESTABLISHED);
    check(io_send_all(client, request, strlen(request)) == 0, "send");
    print_states("client sends 7, 20, 15", STATE_ESTABLISHED,
                 STATE_ESTABLISHED);
}

/* The server adds numbers until the end of file: only then is the sum known. */
static int read_request(void) {
    char bytes[100];
    int sum = 0;
    ssize_t n = io_recv_all(server, bytes, sizeof bytes - 1);
    check(n >= 0, "recv"); /* fewer than requested: the stream has ended */
    bytes[n] = '\0';
    for (char *at = bytes; *at; at++) sum += (int)strtol(at, &at, 10);
    return sum;
}

/* The client ends its direction, then the server its own. */
static void close_separately(void) {
    char answer[20];
    send_request();
    check(shutdown(client, SHUT_WR) == 0, "shutdown");
    print_states("client: shutdown(SHUT_WR), a FIN", STATE_FIN_WAIT2,
                 STATE_CLOSE_WAIT);
    int n = snprintf(answer, sizeof answer, "sum %d", read_request());
    print_states("server reads to the end of file", STATE_FIN_WAIT2,
                 STATE_CLOSE_WAIT);
    check(io_send_all(server, answer, (size_t)n) == 0, "send");
    check(io_recv_all(client, answer, (size_t)n) == n, "recv");
    print_states("server sends, client receives", STATE_FIN_WAIT2,
                 STATE_CLOSE_WAIT);
    check(shutdown(server, SHUT_WR) == 0, "shutdown");
    check(io_recv(client, answer + n, 1) == 0, "no end of file");
    print_states("server: shutdown(SHUT_WR), a FIN", STATE_CLOSE, STATE_CLOSE);
    printf("client has \"%.*s\", and then the end of file\n", n, answer);
}

/* close gives up a descriptor. The kernel sends the FIN if none is left. */
static void close_one_of_two(void) {
    open_ends();
    int copy = dup(client);
    check(copy != -1 && close(client) == 0, "dup, close");
    printf("close() of one descriptor of two: server reads %s\n",
           wait_for(server, POLLIN, 50) ? "an end of file"
                                        : "nothing, it waits");
    check(shutdown(copy, SHUT_WR) == 0, "shutdown");
    printf("shutdown() of the other one: server reads %s\n",
           wait_for(server, POLLIN, SECOND) ? "an end of file"
                                            : "nothing, it waits");
    puts("What you saw: each direction ended by itself; the answer came after "
         "the end of the request.");
}

/* The wrong way: the client closes both directions to end one. */
static void close_both(void) {
    char answer[20];
    send_request();
    int closed = client;
    check(close(client) == 0, "close");
    client = -1;
    print_states("client: close(), also a FIN", 0, STATE_CLOSE_WAIT);
    int n = snprintf(answer, sizeof answer, "sum %d", read_request());
    print_states("server reads to the end of file", 0, STATE_CLOSE_WAIT);
    check(io_send(server, answer, (size_t)n) == n, "send");
    wait_for(server, 0, SECOND);
    print_states("server sends; the answer is a RST", 0, STATE_CLOSE);
    bool is_sent = io_send(server, answer, (size_t)n) == n;
    printf("server sends again: %s\n", is_sent ? "accepted" : strerror(errno));
    check(io_recv(closed, answer, sizeof answer) == -1, "recv did not fail");
    printf("client receives: %s\n", strerror(errno));
    printf("What you saw: close() ended both directions; send accepted \"%s\", "
           "and nobody could read it.\n",
           answer);
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status = options_experiment(argc, argv, "close() instead", &is_broken);
    if (status != -1) return status;
    if (is_broken) close_both();
    if (!is_broken) close_separately();
    if (!is_broken) close_one_of_two();
}
