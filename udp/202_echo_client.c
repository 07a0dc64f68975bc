/*
 * 202_echo_client.c: sends a datagram again until its reply arrives
 *
 * Shows       The first packet carries data: no handshake comes before it. But
 *             a lost datagram is lost; the client has to notice and send again.
 * By hand     connect on a UDP socket; retransmission with back-off; a request
 *             id, so that a late reply is not taken for that of the next one.
 * Calls       packets/url.h (splits HOST:PORT), tcp/options.h, tcp/clock.h
 * Run         $ bin/201_echo_server --port 7201 &
 *             $ bin/202_echo_client 127.0.0.1:7201 hello
 * Try         Start the server with --lose 2, then with --delay 450.
 * Limits      The first wait is a guess. TCP computes it from the RTT (308). It
 *             prints control characters, which a terminal obeys: 409.
 * Read        RFC 768; RFC 8085 §3.1, RFC 6298 (RTT); udp(7), connect(2)
 */
#include "packets/url.h"
#include "tcp/clock.h"
#include "tcp/options.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_TRIES 3
#define FIRST_WAIT_MS 250 /* doubled at each try: the network may be full */

static unsigned char id[2]; /* the number of the request, before its text */
static char reply[65536];
static size_t id_size = sizeof id, reply_len;
static bool is_verbose;

/* Waits until the time end for a datagram with our id, and ignores others.
 * Returns 1 if it has arrived, 0 if not, and -1 after an error. ECONNREFUSED
 * means: the other kernel has reported that no process has the port. */
static int receive(int fd, int64_t end) {
    for (int64_t left = end - clock_ms(); left > 0; left = end - clock_ms()) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, (int)left) != 1) continue; /* time-out or signal */
        ssize_t n = recv(fd, reply, sizeof reply, 0);
        if (n == -1) return -1;
        reply_len = (size_t)n;
        if (reply_len >= id_size && memcmp(reply, id, id_size) == 0) return 1;
        if (is_verbose) puts("a reply to another request: ignored");
    }
    return 0;
}

/* Sends id and text as one datagram, at most three times. Returns what receive
 * does. After a second try nobody knows which one the reply is for, so the RTT
 * is measured only if one was enough (Karn's algorithm, RFC 6298 §3). */
static int request(int fd, char *text, size_t n) {
    struct iovec parts[] = {{id, id_size}, {text, n}};
    struct msghdr datagram = {.msg_iov = parts, .msg_iovlen = 2};
    int wait_ms = FIRST_WAIT_MS;
    if (++id[1] == 0) id[0]++; /* big-endian, 16 bits */
    for (int i = 1; i <= MAX_TRIES; i++, wait_ms *= 2) {
        int64_t sent_ms = clock_ms();
        if (sendmsg(fd, &datagram, 0) == -1) return -1;
        int result = receive(fd, sent_ms + wait_ms);
        if (result == 1 && i == 1 && is_verbose)
            printf("RTT: %d ms\n", (int)(clock_ms() - sent_ms));
        if (result != 0) return result;
        printf("try %d: no answer within %d ms\n", i, wait_ms);
    }
    return 0;
}

/* connect sends nothing here. The kernel notes the peer: send then needs no
 * address, recv returns only datagrams of this peer, and ICMP errors from it
 * are reported. Returns the socket, or -1. */
static int open_connected(const struct addrinfo *to) {
    int fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);
    if (fd == -1 || connect(fd, to->ai_addr, to->ai_addrlen) == 0) return fd;
    close(fd);
    return -1;
}

/* Tries the addresses one after the other, as in 102, until one has answered.
 * Later requests use its socket. Prints the reply; returns an exit status. */
static int request_first(const struct addrinfo *a, char *text, size_t n) {
    static int fd = -1;
    int result = fd == -1 ? -1 : request(fd, text, n);
    for (; result == -1 && fd == -1 && a; a = a->ai_next) {
        int attempt = open_connected(a);
        if (attempt != -1) result = request(attempt, text, n);
        if (result != -1) fd = attempt;
    }
    if (result == 1) { /* the datagram has no line feed: nothing ends it */
        printf("%.*s\n", (int)(reply_len - id_size), reply + id_size);
        if (!ferror(stdout)) return EXIT_SUCCESS;
    }
    const char *why = result == 0 ? "silence" : strerror(errno);
    fprintf(stderr, "202_echo_client: no reply: %s\n", why);
    return EXIT_FAILURE;
}

int main(int argc, char **argv) {
    bool is_bare = false;
    const struct option_row options[] = {
        OPTION_FLAG("--no-id", "believe any reply", &is_bare),
        OPTION_FLAG("--verbose", "print also what is ignored", &is_verbose),
        OPTION_END,
    };
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    char *host, *port, line[65536];
    int status =
        options_parse_operands(argc, argv, options, 2, "HOST:PORT [TEXT]");
    if (status != -1) return status;
    if (is_bare) id_size = 0;
    if (url_split_host_port(argv[1], &host, &port) != 0) {
        fprintf(stderr, "202_echo_client: '%s' is not HOST:PORT\n", argv[1]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */
    int error = getaddrinfo(host, port, &hints, &found);
    if (error != 0) {
        fprintf(stderr, "202_echo_client: %s: %s\n", host, gai_strerror(error));
        return EXIT_FAILURE;
    }
    status = argv[2] ? request_first(found, argv[2], strlen(argv[2])) : 0;
    while (!argv[2] && status == 0 && fgets(line, sizeof line, stdin))
        status = request_first(found, line, strcspn(line, "\n"));
    freeaddrinfo(found);
    return status; /* the kernel closes the socket */
}
