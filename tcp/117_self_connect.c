/*
 * 117_self_connect.c: connections without a listener
 *
 * Shows       connect succeeds if the other end connects at the same time; and
 *             the other end may be the same socket.
 * By hand     bind before connect; getsockname compared with getpeername.
 * Calls       tcp/pair.h (check, pair_transfer), tcp/listen.h, tcp/options.h
 * Run         $ bin/117_self_connect
 *             $ bin/117_self_connect --break
 * Try         Let the kernel choose the port: "What happened" says how.
 * Limits      A RST is lost only where there is IP_MINTTL: Linux and FreeBSD.
 * Read        RFC 9293 §3.5 (figure 7: simultaneous open); connect(2), ip(7)
 */
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/pair.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_TRIES 20
#ifndef IP_MINTTL
#define IP_MINTTL (-1) /* no option has this number: then no RST is lost */
#endif

static socklen_t size = sizeof(struct sockaddr_in);

/* Returns a new socket, bound to a port of 127.0.0.1 (0: any free one): *own
 * names it. If the port is in use, connect will choose another one. */
static int open_bound(uint16_t port, struct sockaddr_in *own) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    *own = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    own->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(bind(fd, (struct sockaddr *)own, size) == 0 || port != 0, "bind");
    getsockname(fd, (struct sockaddr *)own, &size);
    return fd;
}

/* Sends a text from one socket to the other, which may be the same. */
static void send_hello(int from, int to) {
    char arrived[20];
    pair_transfer(from, to, "hello", arrived);
    printf("  \"hello\" is sent, and \"%s\" arrives\n", arrived);
}

static void connect_to_oneself(void) {
    struct sockaddr_in own;
    int fd = open_bound(0, &own);
    check(connect(fd, (struct sockaddr *)&own, size) == 0, "connect");
    puts("one socket connects to its own address: connected");
    send_hello(fd, fd);
    close(fd);
}

/* A connects to B, then B to A, and no one listens. When A's SYN arrives, B
 * does not connect yet, so its kernel answers with a RST. It is lost if A's
 * socket drops packets with a TTL (hops that are left) below 255: most of them
 * start with 64. Then A is still in SYN-SENT when the SYN of B arrives. */
static void connect_both(bool is_rst_lost) {
    struct sockaddr_in names[2];
    int min_ttl = is_rst_lost ? 255 : 0, any_ttl = 0;
    int a = open_bound(0, &names[0]), b = open_bound(0, &names[1]);
    fcntl(a, F_SETFL, O_NONBLOCK); /* connect begins, and does not wait: 115 */
    setsockopt(a, IPPROTO_IP, IP_MINTTL, &min_ttl, sizeof min_ttl);
    (void)connect(a, (struct sockaddr *)&names[1], size); /* A: SYN, B: RST */
    setsockopt(a, IPPROTO_IP, IP_MINTTL, &any_ttl, sizeof any_ttl);
    int result = connect(b, (struct sockaddr *)&names[0], size); /* B: SYN */
    printf("two sockets connect to each other%s: %s\n",
           is_rst_lost ? ", and the first RST is lost" : "",
           result == 0 ? "connected" : "refused");
    if (result == 0) send_hello(a, b);
    close(a);
    close(b);
}

/* The remedy: is the peer of fd the same address and port as fd itself? */
static bool is_self(int fd) {
    struct sockaddr_in own = {0}, peer = {0};
    getsockname(fd, (struct sockaddr *)&own, &size);
    getpeername(fd, (struct sockaddr *)&peer, &size);
    return own.sin_port == peer.sin_port &&
           own.sin_addr.s_addr == peer.sin_addr.s_addr;
}

/* Connects to a port where no server is, until it works. Each try has another
 * local port. A client leaves the choice to the kernel, which has thousands;
 * here it is one of 20 in turn, so that the end comes soon. */
static void wait_for_server(bool is_broken) {
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    struct sockaddr_in to, from;
    int fd = -1, tries;
    close(open_bound(0, &to)); /* a port that is free */
    uint16_t port = ntohs(to.sin_port);
    for (tries = 0; tries < MAX_TRIES; tries++) {
        fd = open_bound((uint16_t)(port - MAX_TRIES / 2 + tries), &from);
        if (connect(fd, (struct sockaddr *)&to, size) == 0) break;
        close(fd);
    }
    printf("no server at port %d: refused %d times, then %s\n", port, tries,
           tries < MAX_TRIES ? "connected" : "no more tries");
    if (tries == MAX_TRIES) return;
    if (is_broken) send_hello(fd, fd);
    if (!is_broken && is_self(fd)) {
        puts("  the client's own address is the peer's: it aborts");
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
    }
    bool listens = listen_open("127.0.0.1", port) != -1;
    printf("the server starts: %s\n", listens ? "it listens" : "port in use");
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status = options_experiment(argc, argv, "do not compare", &is_broken);
    if (status != -1) return status;
    if (!is_broken) {
        connect_to_oneself();
        connect_both(false);
        connect_both(true);
    }
    wait_for_server(is_broken);
    puts(is_broken ? "What you saw: the client was its own server, in its way."
                   : "What you saw: two ends that connect need no listener.");
}
