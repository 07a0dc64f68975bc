#include "tcp/connect.h"
#include "tcp/listen.h"

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

int connect_parse(struct connect_url *u, const char *text, const char *scheme) {
    size_t n = strlen(scheme);
    if (strncmp(text, scheme, n) != 0 || strchr(text, '#')) return -1;
    text += n;
    n = strcspn(text, "/?");
    if (n >= sizeof u->authority || text[n] == '?') return -1;
    memcpy(u->authority, text, n);
    u->authority[n] = '\0';
    memcpy(u->split, u->authority, n + 1);
    u->path = text + n;
    return connect_split(u->split, &u->host, &u->port);
}

int connect_pair(int ends[2]) {
    char name[LISTEN_NAME_MAX], why[80], *host, *port;
    int listener = listen_open("127.0.0.1", 0);
    ends[0] = ends[1] = -1;
    if (listener == -1) return -1;
    /* The kernel completes a connection by itself: connect returns before
     * anybody has called accept. */
    if (listen_name(listener, name) == 0 &&
        connect_split(name, &host, &port) == 0)
        ends[0] = connect_to(host, port, why, sizeof why);
    if (ends[0] != -1) ends[1] = accept(listener, NULL, NULL);
    int error = errno;
    close(listener);
    if (ends[1] != -1) return 0;
    if (ends[0] != -1) close(ends[0]);
    errno = error;
    return -1;
}
