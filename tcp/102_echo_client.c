/*
 * 102_echo_client.c: asks an echo server, by name or number
 *
 * Shows       getaddrinfo turns a name into addresses, IPv4 and IPv6 alike;
 *             connect tries them in turn until one answers.
 * By hand     Finding and trying addresses; tcp/connect.h, introduced here.
 * Calls       packets/url.h, which splits HOST:PORT; tcp/options.h
 * Run         $ bin/101_echo_server --port 7101 &
 *             $ bin/102_echo_client localhost:7101 hello
 * Try         Without a text it sends each line that you type. Then give it a
 *             port where nobody listens, and count what it tries.
 * Limits      It reads once and calls that the answer: tcp/104_stream.c.
 * Read        RFC 9293 §3.5; getaddrinfo(3), connect(2)
 */
#include "packets/url.h"
#include "tcp/options.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* An address is bytes of one family or another; this is its text again. */
static void show(const struct addrinfo *to, const char *result) {
    char host[64], port[8];
    if (getnameinfo(to->ai_addr, to->ai_addrlen, host, sizeof host, port,
                    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    const char *form = to->ai_family == AF_INET6 ? "[%s]:%s: " : "%s:%s: ";
    printf(form, host, port);
    puts(result);
}

/* A peer may let us wait for ever. alarm sends SIGALRM after some seconds, and
 * then the call that waits fails with EINTR. */
static void on_alarm(int signal) {
    (void)signal;
}

static const char *reason(int error) {
    return error == EINTR ? "it takes too long" : strerror(error);
}

/* One socket for each try: after a failed connect its state is unspecified,
 * and the next address may be of the other family. */
static int try(const struct addrinfo *to) {
    int fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);
    alarm(5);
    int result = fd == -1 ? -1 : connect(fd, to->ai_addr, to->ai_addrlen);
    int why = errno;
    alarm(0);
    show(to, result == 0 ? "connected" : reason(why));
    if (result == 0) return fd;
    if (fd != -1) close(fd);
    errno = why;
    return -1;
}

/* Returns a connected socket, or -1 after a line that says why not. */
static int reach(const char *host, const char *port) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}; /* of any family */
    struct addrinfo *found = NULL;
    int problem = getaddrinfo(host, port, &hints, &found), fd = -1;

    for (struct addrinfo *a = found; a && fd == -1; a = a->ai_next) fd = try(a);
    if (fd == -1)
        fprintf(stderr, "cannot reach %s port %s: %s\n", host, port,
                problem ? gai_strerror(problem) : reason(errno));
    if (found) freeaddrinfo(found);
    return fd;
}

/* Sends a text and prints what ONE recv returns. Most days that is the whole
 * answer; TCP never promised it. Returns 0, or -1 after a line that says why.
 */
static int ask(int fd, const char *text, size_t n) {
    char answer[4096];
    /* send blocks until the kernel has all of it; a socket that must not
     * block takes less, and that is for tcp/105_short_write.c. */
    alarm(30);
    ssize_t got = send(fd, text, n, 0);
    if (got != -1) got = recv(fd, answer, sizeof answer, 0);
    int error = errno;
    alarm(0);
    if (got > 0) {
        fwrite(answer, 1, (size_t)got, stdout);
        if (fflush(stdout) == 0 && !ferror(stdout)) return 0;
        fputs("cannot write to stdout\n", stderr);
    } else {
        fprintf(stderr, "no answer: %s\n",
                got == 0 ? "the server closed the connection" : reason(error));
    }
    return -1;
}

/* A line at a time, its end included: the only mark that this stream has. */
static int ask_all(int fd, char *text) {
    char line[4096];
    int status = 0;
    if (text) {
        size_t n = strlen(text);
        text[n] = '\n'; /* over the NUL, which never leaves this process */
        return ask(fd, text, n + 1);
    }
    while (status == 0 && fgets(line, sizeof line, stdin))
        status = ask(fd, line, strlen(line));
    return status;
}

#define USAGE "HOST:PORT [TEXT]"

int main(int argc, char **argv) {
    static const struct option_row none[] = {OPTION_END};
    char *host, *port;
    int done = options_parse_operands(argc, argv, none, 2, USAGE);
    if (done >= 0) return done;
    if (url_split_host_port(argv[1], &host, &port) != 0) {
        fprintf(stderr,
                "102_echo_client: '%s' is not HOST:PORT; "
                "usage: 102_echo_client " USAGE "\n",
                argv[1]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* each line at once, even to a pipe */
    struct sigaction ignored = {.sa_handler = SIG_IGN};
    struct sigaction timed = {.sa_handler =
                                  on_alarm}; /* no SA_RESTART: EINTR */
    sigaction(SIGPIPE, &ignored, NULL);      /* as in 101: EPIPE instead */
    sigaction(SIGALRM, &timed, NULL);

    int fd = reach(host, port);
    if (fd == -1) return EXIT_FAILURE;
    int status = ask_all(fd, argv[2]);
    close(fd);
    return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
