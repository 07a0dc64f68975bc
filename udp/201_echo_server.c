/*
 * 201_echo_server.c: an echo server without connections
 *
 * Shows       recvfrom returns a datagram and its sender's address; sendto
 *             sends one back. There is no listen and no accept: one socket
 *             serves every client, and the server remembers none of them.
 * By hand     socket and bind for UDP, recvfrom, sendto.
 * Calls       tcp/options.h
 * Run         $ bin/201_echo_server --port 7201 --trace &
 *             $ bin/202_echo_client 127.0.0.1:7201 hello
 * Try         Start it with --lose 2, then --delay 450, and watch the client.
 * Limits      It answers any sender without a limit, and a sender's address can
 *             be forged: 211. It waits if no one reads its trace: 209_dns.
 * Read        RFC 768 (UDP, three pages), RFC 862 (echo); udp(7), recvfrom(2)
 */
#include "tcp/options.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* The length field of RFC 768 has 16 bits and includes the 8-byte header. So no
 * datagram is larger than this buffer, and recvfrom never cuts one short. */
#define MAX_DATAGRAM 65536

static bool is_traced; /* --trace: a line on stderr for each datagram */

struct peer {
    struct sockaddr_storage addr; /* large enough for IPv4 and IPv6 */
    socklen_t addr_len;
    char name[80]; /* "127.0.0.1:7201" or "[::1]:7201" */
};

static void format_name(struct peer *p) {
    char host[64] = "?", port[8] = "?";
    getnameinfo((struct sockaddr *)&p->addr, p->addr_len, host, sizeof host,
                port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    bool is_ipv6 = p->addr.ss_family == AF_INET6;
    snprintf(p->name, sizeof p->name, is_ipv6 ? "[%s]:%s" : "%s:%s", host,
             port);
}

/* Binds a UDP socket to host and port (0: any free port) and sets *self to the
 * address that it got. Returns the descriptor, or -1 with errno set. 101 sets
 * SO_REUSEADDR because of TIME-WAIT, which UDP does not have. Here the option
 * would let a second server bind this port and receive our datagrams. */
static int open_bound(const char *host, uint32_t port, struct peer *self) {
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found;
    char service[8];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    if (getaddrinfo(host, service, &hints, &found) != 0) {
        errno = EADDRNOTAVAIL; /* host is not an address */
        return -1;
    }
    int fd = socket(found->ai_family, SOCK_DGRAM, 0);
    int result = fd == -1 ? -1 : bind(fd, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    if (result == -1) return -1; /* main exits: the kernel closes fd */
    self->addr_len = sizeof self->addr;
    getsockname(fd, (struct sockaddr *)&self->addr, &self->addr_len);
    format_name(self);
    return fd;
}

/* Echoes datagrams until a signal ends the process. The first `lose` of them
 * get no echo, as if the network had dropped them. The server echoes each other
 * one after delay_ms; meanwhile the next ones wait in the socket. */
static void serve(int fd, uint32_t lose, uint32_t delay_ms) {
    static unsigned char datagram[MAX_DATAGRAM];
    struct peer peer;
    for (;;) {
        peer.addr_len = sizeof peer.addr;
        ssize_t n = recvfrom(fd, datagram, sizeof datagram, 0,
                             (struct sockaddr *)&peer.addr, &peer.addr_len);
        if (n == -1)
            continue; /* an error of one datagram; n == 0: an empty one */
        if (is_traced) format_name(&peer);
        if (is_traced) fprintf(stderr, "<- %s %zd B\n", peer.name, n);
        if (lose > 0) {
            lose--;
            if (is_traced) fprintf(stderr, "-- %s dropped\n", peer.name);
            continue;
        }
        if (delay_ms > 0) poll(NULL, 0, (int)delay_ms);
        if (sendto(fd, datagram, (size_t)n, 0, (struct sockaddr *)&peer.addr,
                   peer.addr_len) == -1)
            perror("sendto");
        else if (is_traced)
            fprintf(stderr, "-> %s %zd B\n", peer.name, n);
    }
}

static void on_signal(int signal_number) { /* as in 101 */
    (void)signal_number;
    _exit(EXIT_SUCCESS);
}

int main(int argc, char **argv) {
    const char *host = "127.0.0.1";
    uint32_t port = 7201, lose = 0, delay_ms = 0;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_TRACE(&is_traced),
        OPTION_NUMBER("--lose", "N", "leave the first N unanswered", &lose, 0,
                      1000),
        OPTION_NUMBER("--delay", "MS", "wait before each answer", &delay_ms, 0,
                      1000),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status >= 0) return status;

    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);

    struct peer self;
    int fd = open_bound(host, port, &self);
    if (fd == -1) return options_report_bind(host, port);
    printf("listening on %s\n", self.name);
    fflush(stdout); /* as in 101 */
    serve(fd, lose, delay_ms);
}
