/*
 * 202_echo_client.c: asks over UDP, and asks again
 *
 * Shows       The first packet carries data, for nothing has to be set up;
 *             and whatever is lost has to be missed by somebody: by us.
 * By hand     connect on a UDP socket, poll with a time limit, asking again.
 * Calls       tcp/options.h, tcp/connect.h (to cut HOST:PORT)
 * Run         $ bin/201_echo_server --port 7201 &
 *             $ bin/202_echo_client 127.0.0.1:7201 hello
 * Try         The server with --lose 2, then with --lose 3.
 * Limits      An answer is known by its bytes alone: a late answer to the same
 *             question, asked before, would pass for this one.
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

#define TRIES 3
#define FIRST_WAIT 250 /* ms; doubled each time: the way may be crowded */

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits until then for a datagram equal to text; others are thrown away. 1: it
 * came, 0: it did not, -1 and errno: ECONNREFUSED if the other machine told
 * us by ICMP that nobody has the port. */
static int await(int fd, const char *text, size_t n, int64_t until) {
    static char answer[65536];
    for (int64_t left; (left = until - now()) > 0;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = poll(&p, 1, (int)left);
        if (ready == 0 || (ready == -1 && errno == EINTR)) continue;
        ssize_t got = recv(fd, answer, sizeof answer, 0);
        if (got == -1) return -1;
        if ((size_t)got == n && memcmp(answer, text, n) == 0) return 1;
        printf("%zd other bytes came, not our answer\n", got);
    }
    return 0;
}

/* Sends text as one datagram, up to three times. As await. */
static int ask(int fd, const char *text, size_t n) {
    int wait = FIRST_WAIT;
    for (int i = 1; i <= TRIES; i++, wait *= 2) {
        if (send(fd, text, n, 0) == -1) return -1;
        int result = await(fd, text, n, now() + wait);
        if (result != 0) return result;
        printf("try %d: no answer within %d ms\n", i, wait);
    }
    return 0;
}

/* connect sends nothing here. It notes the peer: send needs no address, only
 * the peer's datagrams are let in, and its ICMP errors are reported to us. */
static int open_connected(const struct addrinfo *to) {
    int fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);
    if (fd == -1 || connect(fd, to->ai_addr, to->ai_addrlen) == 0) return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

struct server {
    char *host, *port;
    struct addrinfo *list; /* its addresses */
    int fd;                /* connected to the one that answered, or -1 */
};

/* Asks at each address in turn, as in 102; but here a refusal can only come
 * after the question. Whoever has answered is asked the next time, too. */
static int ask_any(struct server *s, const char *text, size_t n) {
    if (s->fd != -1) return ask(s->fd, text, n);
    for (const struct addrinfo *a = s->list; a; a = a->ai_next) {
        s->fd = open_connected(a);
        if (s->fd == -1) continue;
        int result = ask(s->fd, text, n), why = errno;
        if (result != -1) return result;
        close(s->fd);
        s->fd = -1;
        errno = why;
    }
    return -1;
}

/* One question and its answer. The datagram ends where it ends: no newline. */
static int exchange(struct server *s, const char *text, size_t n) {
    int result = ask_any(s, text, n);
    if (result == 1) {
        fwrite(text, 1, n, stdout);
        putchar('\n');
        return EXIT_SUCCESS;
    }
    fprintf(stderr, "no answer from %s port %s: %s\n", s->host, s->port,
            result == 0 ? "silence" : strerror(errno));
    return EXIT_FAILURE;
}

int main(int argc, char **argv) {
    const struct option_row none[] = {OPTION_END};
    int status =
        options_parse_operands(argc, argv, none, 2, "HOST:PORT [TEXT]");
    if (status != -1) return status;
    const char *text = argv[2];
    struct server server = {.fd = -1};
    if (url_split_host_port(argv[1], &server.host, &server.port) != 0) {
        fprintf(stderr, "202_echo_client: not HOST:PORT; "
                        "usage: 202_echo_client HOST:PORT [TEXT]\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* each line at once, even to a pipe */
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
    int problem = getaddrinfo(server.host, server.port, &hints, &server.list);
    if (problem != 0) {
        fprintf(stderr, "cannot ask %s: %s\n", server.host,
                gai_strerror(problem));
        return EXIT_FAILURE;
    }

    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    status = EXIT_SUCCESS;
    if (text) status = exchange(&server, text, strlen(text));
    while (!text && status == EXIT_SUCCESS &&
           (n = getline(&line, &room, stdin)) != -1) {
        if (line[n - 1] == '\n') n--;
        status = exchange(&server, line, (size_t)n);
    }
    free(line);
    freeaddrinfo(server.list);
    if (server.fd != -1) close(server.fd);
    return status;
}
