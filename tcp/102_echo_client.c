/*
 * 102_echo_client.c: sends text to an echo server, and prints what comes back
 *
 * Shows       getaddrinfo turns a name into a list of addresses, IPv6 and IPv4
 *             alike; the program calls connect for each until one accepts.
 * By hand     getaddrinfo, connect. Later lessons call tcp/connect.h for that.
 * Calls       packets/url.h (splits HOST:PORT), tcp/options.h
 * Run         $ bin/101_echo_server --port 7101 &
 *             $ bin/102_echo_client localhost:7101 hello
 * Try         Leave out the text: the client sends each line that you type.
 *             Then use a port without a server, and count the attempts.
 * Limits      It treats the result of one recv as the reply: tcp/104_stream.c.
 *             It prints control characters, which a terminal obeys: 409.
 * Read        RFC 9293 §3.5 (opening); getaddrinfo(3), connect(2)
 */
#include "packets/url.h"
#include "tcp/options.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define OPERANDS "HOST:PORT [TEXT]"

/* Prints one line: an address as text, and the result of connecting to it. */
static void print_attempt(const struct addrinfo *to, const char *result) {
    char host[64], port[8];
    if (getnameinfo(to->ai_addr, to->ai_addrlen, host, sizeof host, port,
                    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    bool is_ipv6 = to->ai_family == AF_INET6;
    printf(is_ipv6 ? "[%s]:%s: %s\n" : "%s:%s: %s\n", host, port, result);
}

/* Connects to one address. Each attempt has a socket of its own: the next
 * address may be of another family. Returns the socket, or -1. */
static int connect_one(const struct addrinfo *to) {
    struct timeval connect_time = {.tv_sec = 5}, reply_time = {.tv_sec = 30};
    int fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);
    if (fd == -1) { /* for example IPv6 on a system without it */
        print_attempt(to, strerror(errno));
        return -1;
    }
    /* Without these limits a silent server would block the client for ever.
     * After connect_time, connect fails with EINPROGRESS. */
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &connect_time, sizeof connect_time);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &reply_time, sizeof reply_time);
    if (connect(fd, to->ai_addr, to->ai_addrlen) == 0) {
        print_attempt(to, "connected");
        return fd;
    }
    print_attempt(to, errno == EINPROGRESS ? "no answer" : strerror(errno));
    close(fd);
    return -1;
}

/* Connects to the first address of host that accepts. Returns a connected
 * socket, or -1 after one line on stderr. */
static int connect_to(const char *host, const char *port) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}; /* of any family */
    struct addrinfo *found = NULL;
    int error = getaddrinfo(host, port, &hints, &found), fd = -1;
    for (struct addrinfo *a = found; a && fd == -1; a = a->ai_next)
        fd = connect_one(a);
    if (fd == -1)
        fprintf(stderr, "102_echo_client: cannot connect to %s port %s: %s\n",
                host, port, error ? gai_strerror(error) : "no address answers");
    if (found) freeaddrinfo(found);
    return fd;
}

/* Sends n bytes of text and prints what ONE recv returns. Often that is the
 * whole reply, but TCP does not promise it. Returns an exit status. */
static int request(int fd, const char *text, size_t n) {
    char reply[4096];
    ssize_t received = -1;
    if (send(fd, text, n, 0) != -1) received = recv(fd, reply, sizeof reply, 0);
    const char *why = errno == EAGAIN ? "it took too long" : strerror(errno);
    if (received == 0) why = "the server closed the connection";
    if (received > 0) {
        fwrite(reply, 1, (size_t)received, stdout);
        if (fflush(stdout) == 0 && !ferror(stdout)) return EXIT_SUCCESS;
        why = "it cannot be printed";
    }
    fprintf(stderr, "102_echo_client: no reply: %s\n", why);
    return EXIT_FAILURE;
}

int main(int argc, char **argv) {
    static const struct option_row none[] = {OPTION_END};
    char *host, *port, line[4096];
    int status = options_parse_operands(argc, argv, none, 2, OPERANDS);
    if (status != -1) return status;
    if (url_split_host_port(argv[1], &host, &port) != 0) {
        fprintf(stderr,
                "102_echo_client: '%s' is not HOST:PORT; usage: "
                "102_echo_client " OPERANDS "\n",
                argv[1]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */
    signal(SIGPIPE, SIG_IGN);         /* as in 101: send returns -1 instead */
    int fd = connect_to(host, port);
    if (fd == -1) return EXIT_FAILURE;

    if (argv[2]) { /* the line feed replaces the final zero byte */
        size_t n = strlen(argv[2]);
        argv[2][n] = '\n';
        return request(fd, argv[2], n + 1);
    }
    while (fgets(line, sizeof line, stdin))
        if (request(fd, line, strlen(line)) != EXIT_SUCCESS)
            return EXIT_FAILURE;
    return EXIT_SUCCESS; /* the kernel closes the connection: a FIN */
}
