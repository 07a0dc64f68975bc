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

/* Prints a step and the states after it. A closed descriptor has no state. */
static void print_states(const char *step) {
    enum tcp_state of_client = state_of(client);
    printf("  %-33s  %-11s  %s\n", step,
           of_client == STATE_UNKNOWN ? "-" : state_name(of_client),
           state_name(state_of(server)));
}

static void send_request(void) {
    open_ends();
    bool is_known = state_of(client) != STATE_UNKNOWN;
    puts(is_known ? "                                     client       server"
                  : "this system does not show the states of its connections");
    print_states("connected");
    check(io_send_all(client, "7\n20\n15\n", 8) == 0, "send");
    print_states("client sends 7, 20, 15");
}

/* The server adds numbers until the end of file: only then is the sum known. */
static void read_request(char answer[20]) {
    char bytes[100] = "";
    int sum = 0;
    ssize_t n = io_recv_all(server, bytes, sizeof bytes - 1);
    check(n >= 0, "recv"); /* fewer than requested: the stream has ended */
    for (char *at = bytes; *at; at++) sum += (int)strtol(at, &at, 10);
    snprintf(answer, 20, "sum %d", sum);
    print_states("server reads to the end of file");
}

/* The client ends its direction, then the server its own. Each FIN changes both
 * states. The end that sent it changes last, when the ACK arrives. */
static void close_separately(void) {
    char answer[20], received[20], more;
    send_request();
    check(shutdown(client, SHUT_WR) == 0, "shutdown");
    state_wait(client, STATE_FIN_WAIT2, SECOND);
    print_states("client: shutdown(SHUT_WR), a FIN");
    read_request(answer);
    pair_transfer(server, client, answer, received);
    print_states("server sends, client receives");
    check(shutdown(server, SHUT_WR) == 0, "shutdown");
    check(io_recv(client, &more, 1) == 0, "no end of file");
    state_wait(server, STATE_CLOSE, SECOND);
    print_states("server: shutdown(SHUT_WR), a FIN");
    printf("client has \"%s\", and then the end of file\n", received);
}

static void report_server(const char *step, int limit_ms) {
    struct pollfd p = {.fd = server, .events = POLLIN};
    bool is_ready = poll(&p, 1, limit_ms) == 1;
    printf("%s: server reads %s\n", step,
           is_ready ? "an end of file" : "nothing, it waits");
}

/* close gives up a descriptor. The kernel sends the FIN if none is left. */
static void close_one_of_two(void) {
    open_ends();
    int copy = dup(client);
    check(copy != -1 && close(client) == 0, "dup, close");
    report_server("close() of one descriptor of two", 50);
    check(shutdown(copy, SHUT_WR) == 0, "shutdown");
    report_server("shutdown() of the other one", SECOND);
    puts("What you saw: each direction ended by itself; the answer came after "
         "the end of the request.");
}

/* The wrong way: the client closes both directions to end one. */
static void close_both(void) {
    char answer[20];
    send_request();
    check(close(client) == 0, "close");
    state_wait(server, STATE_CLOSE_WAIT, SECOND);
    print_states("client: close(), also a FIN");
    read_request(answer);
    check(io_send_all(server, answer, strlen(answer)) == 0, "send");
    poll(&(struct pollfd){.fd = server}, 1, SECOND); /* until the RST */
    print_states("server sends; the answer is a RST");
    bool is_sent = io_send(server, answer, 1) == 1;
    printf("server sends again: %s\n", is_sent ? "accepted" : strerror(errno));
    check(io_recv(client, answer, 1) == -1, "recv did not fail");
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
