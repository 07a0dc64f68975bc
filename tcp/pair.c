/* pair.c: see tcp/pair.h. Entry points: pair_open, check, die. */
#include "tcp/pair.h"
#include "tcp/listen.h"
#include "tcp/options.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connects a new socket to the address that listener is bound to. */
static int connect_to_listener(int listener) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    if (getsockname(listener, (struct sockaddr *)&address, &size) == -1)
        return -1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd == -1) return -1;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
        connect(fd, (struct sockaddr *)&address, size) == 0)
        return fd;
    close(fd);
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

void check(bool is_ok, const char *what) {
    if (!is_ok) exit(options_report(what));
}

_Noreturn void die(const char *message) {
    fprintf(stderr, "%s: %s\n", options_program(), message);
    exit(1);
}
