/*
 * 121_dual_stack.c: IPv4 and IPv6, at one listener and in one client
 *
 * Shows       One IPv6 listener serves IPv4 clients, too. A client that knows
 *             an address of each kind lets them race.
 * By hand     IPV6_V6ONLY; the race of RFC 8305, "Happy Eyeballs".
 * Calls       tcp/connect.h, listen.h, address.h, clock.h, pair.h (check)
 * Run         $ bin/121_dual_stack
 *             $ bin/121_dual_stack --break
 * Try         Let 127.0.0.1 be silent instead: who waits then?
 * Limits      While it runs, other machines can connect to the listener at ::.
 * Read        RFC 4291 §2.5.5.2 (mapped), RFC 8305 §5 (the race); ipv6(7)
 */
#include "tcp/address.h"
#include "tcp/clock.h"
#include "tcp/connect.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/pair.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DELAY_MS 250    /* between two attempts, RFC 8305 §8 */
#define GIVE_UP_MS 1000 /* with --break: one attempt, before the next */
#define COUNT 2         /* addresses of the server */
static const char *const hosts[COUNT] = {"::1", "127.0.0.1"};
static char ports[COUNT][8]; /* in digits */
static int64_t began_ms;

/* From now on hosts[i] is reached at the port of this listener. */
static void set_port(int i, int listener) {
    snprintf(ports[i], sizeof ports[i], "%u", address_own_port(listener));
}

/* Listens at ::, every address of this machine. An IPv4 client is accepted,
 * too, unless is_v6_only: its address is then mapped to ::ffff:a.b.c.d. */
static int listen_at_any(int is_v6_only) {
    union address at = {.in6 = {.sin6_family = AF_INET6}};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &is_v6_only, sizeof is_v6_only);
    check(bind(fd, &at.any, sizeof at.in6) == 0 && listen(fd, 8) == 0, "[::]");
    return fd;
}

/* A client of each kind connects to listener. Whose address does it see? */
static void connect_both(const char *title, int listener) {
    char why[200], name[LISTEN_NAME_MAX];
    printf("%s:\n", title);
    for (int i = 0; i < COUNT; i++) {
        set_port(i, listener);
        bool is_in = connect_to(hosts[i], ports[i], why, sizeof why) != -1;
        if (is_in) listen_peer_name(listen_accept(listener), name);
        if (is_in) printf("  %s gets in, as %s\n", hosts[i], name);
        if (!is_in) printf("  %s\n", why);
    }
}

/* Makes the listener silent: once its queue is full, the kernel drops each SYN.
 * The first connect without an answer shows that the queue is full. */
static void fill_queue(int listener, int i) {
    struct pollfd p = {.events = POLLOUT};
    listen(listener, 0);
    do p.fd = connect_start(hosts[i], ports[i]);
    while (poll(&p, 1, 100) == 1);
}

static void report(int i, const char *result) {
    int ms = (int)(clock_ms() - began_ms);
    printf("  %s: %s, after %d ms\n", hosts[i], result, ms);
}

/* Attempt i is over. Returns whether it has succeeded. */
static bool finish(int i, struct pollfd *p) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    report(i, error == 0 ? "connected" : strerror(error));
    close(p->fd);
    p->fd = -1; /* poll skips it from now on */
    return error == 0;
}

/* Starts to connect to each host in order: to the next one after delay_ms, or
 * at once when an attempt has failed. The first answer wins. */
static void race(const char *title, int delay_ms) {
    struct pollfd polled[COUNT] = {{-1, POLLOUT, 0}, {-1, POLLOUT, 0}};
    bool is_won = false;
    printf("%s:\n", title);
    began_ms = clock_ms();
    for (int next = 0; next <= COUNT && !is_won; next++) {
        if (next < COUNT) {
            report(next, "SYN");
            polled[next].fd = connect_start(hosts[next], ports[next]);
            if (polled[next].fd == -1) report(next, strerror(errno));
            if (polled[next].fd == -1) continue;
        }
        poll(polled, COUNT, delay_ms); /* or until an attempt is over */
        for (int i = 0; i < COUNT; i++)
            if (polled[i].revents && finish(i, &polled[i])) is_won = true;
    }
    for (int i = 0; i < COUNT; i++) close(polled[i].fd); /* the loser's */
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status = options_experiment(argc, argv, "no race", &is_broken);
    if (status != -1) return status;
    int v4 = listen_open("127.0.0.1", 0), v6 = listen_open("::1", 0);
    if (v6 == -1) puts("this machine has no IPv6");
    if (!is_broken) connect_both("a listener at 127.0.0.1", v4);
    if (!is_broken && v6 != -1) {
        connect_both("a listener at ::1", v6);
        connect_both("a listener at [::], IPv6 only", listen_at_any(1));
        connect_both("a listener at [::]", listen_at_any(0));
    }
    set_port(0, v6); /* without IPv6: 0, where nobody listens */
    set_port(1, v4);
    if (!is_broken && v6 != -1) race("both answer", DELAY_MS);
    if (v6 != -1) fill_queue(v6, 0);
    if (v6 != -1) race("::1 is silent", is_broken ? GIVE_UP_MS : DELAY_MS);
    close(v6);
    if (!is_broken) race("::1 fails", DELAY_MS);
    puts(is_broken ? "What you saw: the next attempt waits for the first's end."
                   : "What you saw: the first does not hold up the next.");
    return 0;
}
