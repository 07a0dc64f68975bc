/* pair.c: see tcp/pair.h. Entry points: pair_open, pair_transfer,
 * check, die. */
#include "tcp/pair.h"
#include "tcp/listen.h"
#include "tcp/options.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connects a new socket to the address of listener. */
static int connect_to_listener(int listener) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd != -1 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
        getsockname(listener, (struct sockaddr *)&address, &size) == 0 &&
        connect(fd, (struct sockaddr *)&address, size) == 0)
        return fd;
    if (fd != -1) close(fd);
    return -1;
}

/* The kernel completes a connection before the server calls accept, so one
 * process can do both in turn. */
int pair_open(int ends[2]) {
    int listener = listen_open("127.0.0.1", 0);
    if (listener == -1) return -1;
    ends[0] = connect_to_listener(listener);
    ends[1] = ends[0] == -1 ? -1 : listen_accept(listener);
    close(listener);
    if (ends[1] == -1) {
        if (ends[0] != -1) close(ends[0]);
        return -1;
    }
    return fcntl(ends[1], F_SETFL, 0); /* blocking again */
}

void pair_transfer(int from, int to, const char *text, char *arrived) {
    size_t n = strlen(text);
    check(send(from, text, n, 0) == (ssize_t)n, "send");
    check(recv(to, arrived, n, MSG_WAITALL) == (ssize_t)n, "receive");
    arrived[n] = '\0';
}

void check(bool is_ok, const char *subject) {
    if (!is_ok) exit(options_report(subject));
}

_Noreturn void die(const char *message) {
    fprintf(stderr, "%s: %s\n", options_program(), message);
    exit(1);
}
