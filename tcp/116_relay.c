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
} pairs[MAX_PAIRS];
static struct pollfd polled[1 + 2 * MAX_PAIRS]; /* the listener; then by pair */
static size_t used;                             /* pairs */
static char target[280], *to_host, *to_port;

/* After a failure each socket sends a RST: a FIN would say "this was all". */
static void remove_pair(struct pair *p, const char *failure) {
    struct linger reset = {.l_onoff = failure != NULL, .l_linger = 0};
    for (int side = CLIENT; side <= SERVER; side++) {
        setsockopt(p->fds[side], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        trace_closed(p->fds[side], failure ? failure : "both FINs passed on");
        close(p->fds[side]);
        pump_free(&p->from[side]);
    }
    *p = pairs[--used]; /* the last one gets its place */
}

/* Accepts a client and starts to connect to the server, without waiting. */
static void open_pair(void) {
    int client = listen_accept(polled[0].fd);
    if (client == -1) return;
    trace_connected(client);
    struct pair *p = &pairs[used++];
    *p = (struct pair){.fds = {client, connect_start(to_host, to_port)}};
    for (int side = CLIENT; side <= SERVER; side++) pump_init(&p->from[side]);
    trace_connecting(p->fds[SERVER], to_host, to_port);
    if (p->fds[SERVER] == -1) remove_pair(p, strerror(errno));
}

/* One direction comes from a socket, and one leads to it. With no events poll
 * still reports a RST. After FINs in both directions it never waits. */
static void set_events(const struct pair *p, struct pollfd sockets[2]) {
    for (int side = CLIENT; side <= SERVER; side++) {
        enum pump_state from = p->from[side].state, to = p->from[!side].state;
        sockets[side].events = (short)((from == PUMP_READING ? POLLIN : 0) |
                                       (to == PUMP_WRITING ? POLLOUT : 0));
        bool is_ignored = sockets[side].events == 0 && to == PUMP_ENDED;
        sockets[side].fd = is_ignored ? -1 : p->fds[side];
    }
}

/* A pair ends when both directions have ended, or when a socket of it fails. */
static void on_events(struct pair *p, const struct pollfd sockets[2]) {
    int result = 0;
    if (!sockets[CLIENT].revents && !sockets[SERVER].revents) return;
    errno = ECONNRESET; /* unless a call gives another reason */
    for (int side = CLIENT; side <= SERVER; side++)
        if (sockets[side].revents && !sockets[side].events) result = -1;
    for (int side = CLIENT; side <= SERVER && result == 0; side++)
        result = pump_move(&p->from[side], p->fds[side], p->fds[!side]);
    bool has_ended = p->from[CLIENT].state == PUMP_ENDED &&
                     p->from[SERVER].state == PUMP_ENDED;
    if (result == -1 || has_ended)
        remove_pair(p, result == -1 ? strerror(errno) : NULL);
}

/* Returns when no event comes to any pair for timeout_ms; -1: never. */
static void serve(size_t max_pairs, int timeout_ms) {
    for (int ready = 1; ready != 0;) {
        polled[0].events = used < max_pairs ? POLLIN : 0;
        for (size_t i = 0; i < used; i++)
            set_events(&pairs[i], &polled[2 * i + 1]);
        ready = poll(polled, (nfds_t)used * 2 + 1, used ? timeout_ms : -1);
        for (size_t i = used; i-- > 0 && ready > 0;) /* see remove_pair */
            on_events(&pairs[i], &polled[2 * i + 1]);
        if (ready > 0 && polled[0].revents) open_pair();
    }
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
    polled[0].fd = listen_announce(host, port);
    if (io_nonblocking(polled[0].fd) == -1) return 1; /* as in 113 */
    if (is_broken && listen_name(polled[0].fd, target) == 0)
        url_split_host_port(target, &to_host, &to_port); /* --to itself */
    serve(is_broken ? 1 : MAX_PAIRS, is_broken ? 500 : -1);
    printf("What you saw: %zu bytes wait for the relay, and it for a reply.\n",
           pairs[0].from[CLIENT].passed);
}
