/* connect.c: see tcp/connect.h. Entry points: connect_to,
 * connect_within, connect_start. */
#include "tcp/connect.h"
#include "packets/url.h"
#include "tcp/clock.h"
#include "tcp/io.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* connect on a non-blocking socket continues in the kernel. Waits until it has
 * ended, at most until the deadline, and returns its result. */
static int finish(int fd, int64_t deadline) {
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int error = 0, ready;
    socklen_t size = sizeof error;
    do {
        int64_t left = deadline - clock_ms();
        ready = poll(&p, 1, left > 0 ? (int)left : 0);
    } while (ready == -1 && errno == EINTR);
    if (ready == 0)
        error = ETIMEDOUT;
    else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    errno = error;
    return error ? -1 : 0;
}

/* Starts to connect fd, which becomes non-blocking. -1 and EINPROGRESS: the
 * kernel is still connecting. */
static int begin(int fd, const struct addrinfo *where) {
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || io_nonblocking(fd) != 0)
        return -1;
    return connect(fd, where->ai_addr, where->ai_addrlen);
}

/* Connects fd and makes it blocking again. */
static int connect_in_time(int fd, const struct addrinfo *where,
                           int64_t deadline) {
    int result = begin(fd, where);
    if (result == -1 && (errno == EINPROGRESS || errno == EINTR))
        result = finish(fd, deadline);
    if (result == -1) return -1;
    return fcntl(fd, F_SETFL, 0);
}

static void close_keeping_errno(int fd) {
    int error = errno;
    close(fd);
    errno = error;
}

/* Uses a new socket for each address: after a failed connect its state is
 * unspecified, and the next address may be of the other family. */
static int try_one(const struct addrinfo *where, int64_t deadline) {
    int fd = socket(where->ai_family, where->ai_socktype, where->ai_protocol);
    if (fd == -1) return -1;
    if (connect_in_time(fd, where, deadline) == 0) return fd;
    close_keeping_errno(fd);
    return -1;
}

/* "cannot reach 127.0.0.1:7102: Connection refused" */
static void explain(const struct addrinfo *where, int error, char *why,
                    size_t n) {
    char host[80] = "?", port[8] = "?"; /* numeric: they fit */
    getnameinfo(where->ai_addr, where->ai_addrlen, host, sizeof host, port,
                sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    const char *form = where->ai_family == AF_INET6 ? "cannot reach [%s]:%s: %s"
                                                    : "cannot reach %s:%s: %s";
    snprintf(why, n, form, host, port, strerror(error));
}

/* Tries each address in turn. -1: why has the error of the last one. */
static int try_all(const struct addrinfo *all, uint32_t limit_ms, char *why,
                   size_t n) {
    int64_t end = clock_ms() + limit_ms;
    int count = 0, fd = -1;
    for (const struct addrinfo *a = all; a; a = a->ai_next) count++;
    for (const struct addrinfo *a = all; a && fd == -1; a = a->ai_next) {
        int64_t now = clock_ms(), share = (end - now) / count--;
        fd = try_one(a, now + share);
        if (fd == -1) explain(a, errno, why, n);
    }
    return fd;
}

/* Returns the result of getaddrinfo. */
static int look_up(const char *host, const char *port, struct addrinfo **all) {
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_NUMERICSERV,
    };
    return getaddrinfo(host, port, &hints, all);
}

int connect_within(uint32_t limit_ms, const char *host, const char *port,
                   char *why, size_t n) {
    struct addrinfo *all;
    int problem = look_up(host, port, &all);
    if (problem != 0) {
        const char *text =
            problem == EAI_SYSTEM ? strerror(errno) : gai_strerror(problem);
        snprintf(why, n, "cannot find %s port %s: %s", host, port, text);
        return -1;
    }
    int fd = try_all(all, limit_ms, why, n);
    freeaddrinfo(all);
    return fd;
}

int connect_to(const char *host, const char *port, char *why, size_t n) {
    return connect_within(LIMIT_CONNECT_MS, host, port, why, n);
}

int connect_start(const char *host, const char *port) {
    struct addrinfo *where;
    int problem = look_up(host, port, &where);
    if (problem != 0) {
        if (problem != EAI_SYSTEM) errno = EADDRNOTAVAIL;
        return -1;
    }
    int fd = socket(where->ai_family, where->ai_socktype, where->ai_protocol);
    if (fd != -1 && begin(fd, where) == -1 && errno != EINPROGRESS) {
        close_keeping_errno(fd);
        fd = -1;
    }
    int error = errno;
    freeaddrinfo(where);
    errno = error;
    return fd;
}
