#include "tcp/connect.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A connect that a signal interrupted goes on in the kernel and must not be
 * called again: wait until it is over, then ask how it went. */
static int finish(int fd) {
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;
    while (poll(&p, 1, -1) == -1)
        if (errno != EINTR) return -1;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1) return -1;
    errno = error;
    return error ? -1 : 0;
}

static int try_one(const struct addrinfo *where) {
    int fd = socket(where->ai_family, where->ai_socktype, where->ai_protocol);
    if (fd == -1) return -1;
    int result = fcntl(fd, F_SETFD, FD_CLOEXEC);
    if (result != -1) result = connect(fd, where->ai_addr, where->ai_addrlen);
    if (result == -1 && errno == EINTR) result = finish(fd);
    if (result != -1) return fd;
    int why = errno;
    close(fd);
    errno = why;
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

int connect_to(const char *host, const char *port, char *why, size_t n) {
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
    };
    struct addrinfo *all;
    int problem = getaddrinfo(host, port, &hints, &all);
    if (problem != 0) {
        const char *text =
            problem == EAI_SYSTEM ? strerror(errno) : gai_strerror(problem);
        snprintf(why, n, "cannot find %s port %s: %s", host, port, text);
        return -1;
    }
    int fd = -1;
    for (const struct addrinfo *a = all; a && fd == -1; a = a->ai_next)
        if ((fd = try_one(a)) == -1) explain(a, errno, why, n);
    freeaddrinfo(all);
    return fd;
}

int connect_split(char *text, char **host, char **port) {
    char *colon = strrchr(text, ':');
    if (!colon || colon == text || !colon[1]) return -1;
    if (text[0] == '[') { /* RFC 3986 §3.2.2: IPv6 stands in brackets */
        if (colon[-1] != ']' || colon - text < 3) return -1;
        colon[-1] = '\0';
        text++;
    } else if (strchr(text, ':') != colon) {
        return -1; /* which of its colons comes before the port? */
    }
    *colon = '\0';
    *host = text;
    *port = colon + 1;
    return 0;
}
