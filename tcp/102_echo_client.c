/*
 * 102_echo_client.c: asks an echo server, by name or number
 *
 * Shows       getaddrinfo turns a name into addresses, IPv4 and IPv6 alike;
 *             connect tries them in turn until one answers.
 * By hand     All of it. Later lessons call tcp/connect.h, introduced here.
 * Run         $ bin/101_echo_server --port 7101 &
 *             $ bin/102_echo_client localhost:7101 hello
 * Try         Without a text it sends each line that you type. Then give it a
 *             port where nobody listens, and count what it tries.
 * Limits      It reads once and calls that the answer: tcp/104_stream.c.
 * Read        RFC 9293 §3.5; getaddrinfo(3), connect(2)
 */
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

/* One socket for each try: after a failed connect its state is unspecified,
 * and the next address may be of the other family. */
static int try(const struct addrinfo *to) {
    int fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);
    if (fd != -1 && connect(fd, to->ai_addr, to->ai_addrlen) == 0) {
        show(to, "connected");
        return fd;
    }
    int why = errno;
    show(to, strerror(why));
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
                problem ? gai_strerror(problem) : strerror(errno));
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
    ssize_t got = send(fd, text, n, 0);
    if (got != -1) got = recv(fd, answer, sizeof answer, 0);
    if (got > 0) {
        fwrite(answer, 1, (size_t)got, stdout);
        return 0;
    }
    fprintf(stderr, "no answer: %s\n",
            got == 0 ? "the server closed the connection" : strerror(errno));
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

#define FORM "usage: 102_echo_client HOST:PORT [TEXT]\n"

/* Cuts "HOST:PORT" at its last colon. An IPv6 address has colons of its own,
 * so it stands in brackets: [::1]:7101. Returns the port, or NULL. */
static char *split(char *text, char **host) {
    char *colon = strrchr(text, ':');
    if (!colon || colon == text || colon[1] == '\0') return NULL;
    *colon = '\0';
    *host = text;
    if (text[0] == '[' && colon[-1] == ']') {
        colon[-1] = '\0';
        *host = text + 1;
        return colon + 1;
    }
    return strchr(text, ':') ? NULL : colon + 1;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(FORM, stdout);
        return EXIT_SUCCESS;
    }
    char *host = NULL, *port = NULL;
    if (argc == 2 || argc == 3) port = split(argv[1], &host);
    if (!port || argv[1][0] == '-') {
        fprintf(stderr, "102_echo_client: %s; " FORM,
                argc < 2   ? "nobody to ask"
                : argc > 3 ? "too many arguments"
                           : "not of the form HOST:PORT");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* each line at once, even to a pipe */
    struct sigaction ignored = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignored, NULL); /* as in 101: EPIPE instead */

    int fd = reach(host, port);
    if (fd == -1) return EXIT_FAILURE;
    int status = ask_all(fd, argv[2]);
    close(fd);
    return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
