/*
 * 116_relay.c: one process is a server and a client at the same time
 *
 * Shows       The relay copies bytes, FIN and RST between a client and a
 *             server, in each direction by itself, for many pairs at once.
 * By hand     A pair: what poll waits for, what ends one direction, or both.
 * Calls       tcp/pump.h (one direction), connect.h; as in 113
 * Run         $ bin/116_relay --port 7116 --to 127.0.0.1:7101 --trace &
 * Try         Stop 101 and connect with nc: how does the client find out?
 * Limits      No time-outs: 119, 124. One address of a name: 121. Its look-up
 *             stops all. At ulimit -n it spins: 401. --to itself fills it.
 * Read        RFC 9293 §3.6.1 (half-closed), §3.5.3 (RST); poll(2)
 */
#include "packets/url.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/pump.h"
#include "tcp/trace.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_PAIRS 500
#define CLIENT 0 /* sides of a pair: accepted from the listener */
#define SERVER 1 /* connected to --to */

/* from[CLIENT] leads from the client to the server, from[SERVER] back. */
static struct pair {
    int fds[2];
    struct pump from[2];
} pairs[1 + MAX_PAIRS];
static struct pollfd polled[1 + MAX_PAIRS][2] = {[0][1].fd = -1};
static nfds_t used = 1; /* polled[i] is of pairs[i], and [0] of the listener */
static char target[280], *to_host, *to_port;

/* After an error each socket sends a RST: a FIN would say "this was all". */
static void remove_pair(struct pair *p, int error) {
    const char *why = error ? strerror(error) : "both FINs passed on";
    struct linger reset = {.l_onoff = error != 0, .l_linger = 0};
    for (int side = CLIENT; side <= SERVER; side++) {
        setsockopt(p->fds[side], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        trace_closed(p->fds[side], why);
        close(p->fds[side]);
        pump_free(&p->from[side]);
    }
    *p = pairs[--used]; /* the last one gets its place */
}

/* Accepts a client and starts to connect to the server, without waiting. */
static void open_pair(void) {
    int client = listen_accept(polled[0][0].fd);
    if (client == -1) return;
    trace_connected(client);
    struct pair *p = &pairs[used++];
    *p = (struct pair){.fds = {client, connect_start(to_host, to_port)}};
    for (int side = CLIENT; side <= SERVER; side++) pump_init(&p->from[side]);
    trace_connecting(p->fds[SERVER], to_host, to_port);
    if (p->fds[SERVER] == -1) remove_pair(p, errno);
}

/* One direction comes from a socket, and one leads to it. With no events poll
 * still reports a RST. After FINs in both directions it never waits. */
static void set_events(const struct pair *p, struct pollfd sockets[2]) {
    for (int side = CLIENT; side <= SERVER; side++) {
        short in = p->from[side].state == PUMP_READING ? POLLIN : 0;
        short out = p->from[!side].state == PUMP_WRITING ? POLLOUT : 0;
        bool is_over = !in && p->from[!side].state == PUMP_ENDED;
        sockets[side].fd = is_over ? -1 : p->fds[side];
        sockets[side].events = (short)(in | out);
    }
}

/* A pair ends when both directions have ended, or when a socket of it fails. */
static void on_events(struct pair *p, const struct pollfd sockets[2]) {
    int error = 0;
    if (!sockets[CLIENT].revents && !sockets[SERVER].revents) return;
    for (int side = CLIENT; side <= SERVER; side++)
        if (sockets[side].revents && !sockets[side].events) error = ECONNRESET;
    for (int side = CLIENT; side <= SERVER && error == 0; side++)
        if (pump_move(&p->from[side], p->fds[side], p->fds[!side]) == -1)
            error = errno;
    bool has_ended = p->from[CLIENT].state == PUMP_ENDED &&
                     p->from[SERVER].state == PUMP_ENDED;
    if (error != 0 || has_ended) remove_pair(p, error);
}

static void on_signal(int signal_number) { /* as in 101 */
    (void)signal_number;
    _exit(0);
}

int main(int argc, char **argv) {
    const char *host = "127.0.0.1", *to = "127.0.0.1:7101";
    uint32_t port = 7116;
    bool is_broken = false;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_TEXT("--to", "HOST:PORT", "the server", &to),
        OPTION_FLAG("--break", "wrong: one pair, to itself", &is_broken),
        OPTION_TRACE(&trace_is_on),
        OPTION_END};
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    snprintf(target, sizeof target, "%s", to);
    if (url_split_host_port(target, &to_host, &to_port) != 0) {
        fprintf(stderr, "116_relay: --to needs HOST:PORT, not '%s'\n", to);
        return 2;
    }
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    trace_open(trace_is_on);
    polled[0][0].fd = listen_announce(host, port);
    if (io_nonblocking(polled[0][0].fd) == -1) return 1; /* as in 113 */
    if (is_broken && listen_name(polled[0][0].fd, target) == 0)
        url_split_host_port(target, &to_host, &to_port); /* --to itself */
    for (int ready = 1; ready != 0;) { /* 0: no event for 500 ms */
        polled[0][0].events = used > (is_broken ? 1 : MAX_PAIRS) ? 0 : POLLIN;
        for (nfds_t i = 1; i < used; i++) set_events(&pairs[i], polled[i]);
        ready = poll(polled[0], 2 * used, is_broken && used > 1 ? 500 : -1);
        for (nfds_t i = used - 1; i > 0 && ready > 0; i--) /* see remove_pair */
            on_events(&pairs[i], polled[i]);
        if (ready > 0 && polled[0][0].revents) open_pair();
    }
    printf("What you saw: %zu bytes wait for the relay, and it for a reply.\n",
           pairs[1].from[CLIENT].passed);
}
