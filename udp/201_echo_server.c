/*
 * 201_echo_server.c: an echo server without connections
 *
 * Shows       recvfrom says who sent a datagram, sendto answers: no listen, no
 *             accept, one socket for all, and nothing kept for a client.
 * By hand     socket and bind for UDP, recvfrom, sendto.
 * Calls       tcp/options.h
 * Run         $ bin/201_echo_server --port 7201 &
 *             $ bin/202_echo_client 127.0.0.1:7201 hello
 * Try         --lose 2: two datagrams get no answer (udp/202_echo_client.c).
 * Limits      It answers anyone. A sender's address is only what the packet
 *             says: forged, it turns our answer against a third party.
 * Read        RFC 768 (UDP, three pages), RFC 862 (echo); udp(7), recvfrom(2)
 */
#include "tcp/options.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* RFC 768: the length field has 16 bits and counts the 8 bytes of the header.
 * So no datagram is larger than this, and none is cut. */
#define DATAGRAM 65536

struct peer {
    struct sockaddr_storage at; /* room for either family */
    socklen_t size;
    char name[80]; /* "127.0.0.1:7201", "[::1]:7201" */
};

static void stop(int signal_number) { /* as in 101 */
    (void)signal_number;
    _exit(EXIT_SUCCESS);
}

static void name_peer(struct peer *p) {
    char host[64], port[8];
    p->name[0] = '\0';
    if (getnameinfo((struct sockaddr *)&p->at, p->size, host, sizeof host, port,
                    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    const char *form = p->at.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s";
    snprintf(p->name, sizeof p->name, form, host, port);
}

/* A bound socket is all a UDP server needs. No SO_REUSEADDR as in 101: there
 * is no TIME-WAIT, and it would let a second server share our port. */
static int open_bound(const char *host, uint32_t port, struct peer *self) {
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *where;
    char service[8];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    if (getaddrinfo(host, service, &hints, &where) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    int fd = socket(where->ai_family, SOCK_DGRAM, 0);
    int bad = fd == -1 || bind(fd, where->ai_addr, where->ai_addrlen) == -1;
    freeaddrinfo(where);
    self->size = sizeof self->at;
    if (bad || getsockname(fd, (void *)&self->at, &self->size) == -1) return -1;
    name_peer(self);
    return fd;
}

/* FNV-1a: a number that stands for bytes and differs when they do, nearly
 * always. */
static uint64_t hash(uint64_t h, const void *bytes, size_t n) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < n; i++) h = (h ^ at[i]) * 0x100000001b3u;
    return h;
}

/* Two echo servers and one packet with a forged sender: each answers the other
 * for ever. What tells us is that the same bytes come from the same sender
 * again and again, faster than anybody types. A client that asks again after a
 * lost answer does that as well, more slowly and not often. So: after three
 * answers, silence until 200 ms have passed without such a datagram. Whoever
 * forges many at once can still push the entries out of this small table. */
static bool goes_in_circles(const struct peer *from, const void *bytes,
                            size_t n) {
    static struct {
        uint64_t hash;
        int64_t last;
        unsigned times;
    } seen[1024], *s;
    struct timespec t;
    uint64_t h = hash(0xcbf29ce484222325u, from->name, strlen(from->name));
    h = hash(h, bytes, n);
    clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t now = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;

    s = &seen[h % (sizeof seen / sizeof *seen)];
    if (s->hash != h || now - s->last > 200) s->times = 0;
    s->hash = h;
    s->last = now;
    return ++s->times > 3;
}

/* A line for each datagram; if nobody reads them they are left out, since the
 * log must not hold up the server. A pipe that is POLLOUT has room for one. */
static void tell(const struct peer *from, ssize_t n, const char *what) {
    struct pollfd log = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (poll(&log, 1, 0) != 1 || log.revents != POLLOUT) return;
    printf("%s: %zd bytes, %s\n", from->name, n, what);
}

int main(int argc, char **argv) {
    static unsigned char bytes[DATAGRAM];
    const char *host = "127.0.0.1";
    uint32_t port = 7201, lose = 0;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_NUMBER("--lose", "N", "leave the first N unanswered", &lose, 0,
                      1000),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;

    struct sigaction ending = {.sa_handler = stop};
    sigaction(SIGINT, &ending, NULL);
    sigaction(SIGTERM, &ending, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0); /* each line at once, even to a pipe */
    struct peer peer = {.name = ""};
    int fd = open_bound(host, port, &peer);
    if (fd == -1) {
        fprintf(stderr, "cannot listen: port %u at %s: %s\n", (unsigned)port,
                host, strerror(errno));
        return EXIT_FAILURE;
    }
    printf("listening on %s\n", peer.name);

    for (;;) {
        peer.size = sizeof peer.at;
        ssize_t n =
            recvfrom(fd, bytes, sizeof bytes, 0, (void *)&peer.at, &peer.size);
        if (n == -1) continue; /* one sender's trouble, or a signal */
        name_peer(&peer);      /* n == 0: an empty datagram, not an end */
        if (lose > 0) {
            lose--;
            tell(&peer, n, "lost on purpose");
        } else if (goes_in_circles(&peer, bytes, (size_t)n)) {
            tell(&peer, n, "not answered: the same again and again");
        } else if (sendto(fd, bytes, (size_t)n, 0, (void *)&peer.at,
                          peer.size) == -1) {
            tell(&peer, n, strerror(errno));
        } else {
            tell(&peer, n, "answered");
        }
    }
}
