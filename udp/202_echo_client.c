/*
 * 202_echo_client.c: sends a datagram again until its reply arrives
 *
 * Shows       The first packet carries data: no handshake comes before it. But
 *             a lost datagram is lost; the client has to notice and send again.
 * By hand     connect on a UDP socket, poll with a time limit, retransmission.
 * Calls       packets/url.h (splits HOST:PORT), tcp/options.h
 * Run         $ bin/201_echo_server --port 7201 &
 *             $ bin/202_echo_client 127.0.0.1:7201 hello
 * Try         Start the server with --lose 2, then with --lose 3.
 * Limits      The client knows its reply by the bytes alone. A late reply to an
 *             earlier request with the same bytes would pass for this one: a
 *             sequence number is missing, udp/207_stop_and_wait.c.
 * Read        RFC 768; RFC 1122 §4.1.3 (ICMP errors and UDP); udp(7)
 */
#include "packets/url.h"
#include "tcp/options.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define OPERANDS "HOST:PORT [TEXT]"
#define MAX_TRIES 3
#define FIRST_WAIT_MS 250 /* doubled at each try: the network may be full */

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits until end_ms for a datagram that equals text, and ignores others.
 * Returns 1: it has arrived; 0: it has not; -1: an error, such as ECONNREFUSED
 * when the other machine has reported that no process uses the port. */
static int receive(int fd, const char *text, size_t n, int64_t end_ms) {
    static char reply[65536];
    for (int64_t left = end_ms - now_ms(); left > 0; left = end_ms - now_ms()) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, (int)left) != 1) continue; /* is it time? */
        ssize_t received = recv(fd, reply, sizeof reply, 0);
        if (received == -1) return -1;
        if ((size_t)received == n && memcmp(reply, text, n) == 0) return 1;
    }
    return 0;
}

/* Sends text as one datagram, at most three times. Returns as receive. */
static int request(int fd, const char *text, size_t n) {
    int wait_ms = FIRST_WAIT_MS;
    for (int i = 1; i <= MAX_TRIES; i++, wait_ms *= 2) {
        if (send(fd, text, n, 0) == -1) return -1;
        int result = receive(fd, text, n, now_ms() + wait_ms);
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

/* Tries the addresses one after the other, as in 102. Here only the request
 * shows that an address does not answer. *fd is -1 until one has answered, and
 * is then used for all requests. Prints the reply; returns an exit status. */
static int exchange(const struct addrinfo *a, int *fd, const char *text,
                    size_t n) {
    int result = *fd == -1 ? -1 : request(*fd, text, n);
    for (; result == -1 && *fd == -1 && a; a = a->ai_next) {
        int attempt = open_connected(a);
        if (attempt != -1) result = request(attempt, text, n);
        if (result != -1) *fd = attempt;
    }
    if (result == 1) { /* the datagram has no line feed: nothing ends it */
        printf("%.*s\n", (int)n, text);
        if (!ferror(stdout)) return EXIT_SUCCESS;
    }
    fprintf(stderr, "202_echo_client: no reply: %s\n",
            result == 0 ? "silence" : strerror(errno));
    return EXIT_FAILURE;
}

int main(int argc, char **argv) {
    static const struct option_row none[] = {OPTION_END};
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    char *host, *port, line[65536];
    int fd = -1, status = options_parse_operands(argc, argv, none, 2, OPERANDS);
    if (status != -1) return status;
    if (url_split_host_port(argv[1], &host, &port) != 0) {
        fprintf(stderr,
                "202_echo_client: '%s' is not HOST:PORT; usage: "
                "202_echo_client " OPERANDS "\n",
                argv[1]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */
    int error = getaddrinfo(host, port, &hints, &found);
    if (error != 0) {
        fprintf(stderr, "202_echo_client: %s: %s\n", host, gai_strerror(error));
        return EXIT_FAILURE;
    }

    status = EXIT_SUCCESS;
    if (argv[2])
        status = exchange(found, &fd, argv[2], strlen(argv[2]));
    else
        while (status == EXIT_SUCCESS && fgets(line, sizeof line, stdin))
            status = exchange(found, &fd, line, strcspn(line, "\n"));
    freeaddrinfo(found);
    return status; /* the kernel closes the socket */
}
