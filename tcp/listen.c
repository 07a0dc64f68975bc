#ifdef __linux__
#define _GNU_SOURCE /* accept4 */
#endif
#include "tcp/listen.h"
#include "tcp/io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Numeric addresses only, so no name server is ever asked. */
static struct addrinfo *resolve(const char *host, uint16_t port) {
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
    };
    struct addrinfo *found = NULL;
    char service[sizeof "65535"];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    if (strcmp(host, "localhost") == 0) host = "127.0.0.1";
    int problem = getaddrinfo(host, service, &hints, &found);
    if (problem == 0) return found;
    if (problem != EAI_SYSTEM)
        errno = problem == EAI_MEMORY ? ENOMEM : EADDRNOTAVAIL;
    return NULL;
}

static int bound(int fd, const struct addrinfo *where) {
    int yes = 1;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1) return -1;
    /* RFC 9293 §3.6.1: connections of the server before this one may linger in
     * TIME-WAIT; they shall not keep us from the port. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1)
        return -1;
    if (bind(fd, where->ai_addr, where->ai_addrlen) == -1) return -1;
    return listen(fd, SOMAXCONN);
}

int listen_open(const char *host, uint16_t port) {
    struct addrinfo *where = resolve(host, port);
    if (!where) return -1;
    int fd = socket(where->ai_family, SOCK_STREAM, 0);
    if (fd != -1 && bound(fd, where) == -1) {
        int why = errno;
        close(fd);
        errno = why;
        fd = -1;
    }
    int why = errno;
    freeaddrinfo(where);
    errno = why;
    return fd;
}

int listen_name(int fd, char name[LISTEN_NAME_MAX]) {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } at = {.any = {0}};
    socklen_t size = sizeof at;
    char text[INET6_ADDRSTRLEN];
    if (getsockname(fd, &at.any, &size) == -1) return -1;
    if (at.any.sa_family != AF_INET && at.any.sa_family != AF_INET6) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    bool six = at.any.sa_family == AF_INET6;
    const void *address = six ? (void *)&at.in6.sin6_addr : &at.in.sin_addr;
    if (!inet_ntop(at.any.sa_family, address, text, sizeof text)) return -1;
    unsigned port = ntohs(six ? at.in6.sin6_port : at.in.sin_port);
    const char *form = six ? "[%s]:%u" : "%s:%u";
    snprintf(name, LISTEN_NAME_MAX, form, text, port);
    return 0;
}

/* One connection, non-blocking and close-on-exec: one call where there is
 * accept4, three elsewhere. */
static int accept_one(int fd) {
#ifdef __linux__
    return accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
    int client = accept(fd, NULL, NULL);
    if (client == -1) return -1;
    if (io_nonblocking(client) == 0 && fcntl(client, F_SETFD, FD_CLOEXEC) != -1)
        return client;
    close(client);
    errno = ECONNABORTED;
    return -1;
#endif
}

/* What accept may report of a client that has gone since: accept(2) says that
 * Linux hands over errors which already wait on the new socket. */
static bool is_the_clients(int error) {
    static const int errors[] = {
        ECONNABORTED, ECONNRESET,   EPROTO,      ENETDOWN,
        ENOPROTOOPT,  EHOSTUNREACH, ENETUNREACH, ETIMEDOUT,
#ifdef EHOSTDOWN
        EHOSTDOWN,
#endif
#ifdef ENONET
        ENONET,
#endif
    };
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (error == errors[i]) return true;
    return false;
}

int listen_accept(int fd) {
    int client, yes = 1;
    do client = accept_one(fd);
    while (client == -1 && is_the_clients(errno));
    /* Fails only for what is not TCP, which has no such delay either. */
    if (client != -1)
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return client;
}

int listen_announce(const char *host, uint32_t port) {
    char name[LISTEN_NAME_MAX];
    int fd = listen_open(host, (uint16_t)port);
    if (fd != -1 && listen_name(fd, name) == 0) {
        printf("listening on %s\n", name);
        fflush(stdout); /* a pipe, unlike a terminal, would hold it back */
        return fd;
    }
    int error = errno;
    if (fd != -1) close(fd);
    if (error == EADDRINUSE)
        fprintf(stderr, "cannot listen: port %u at %s is in use\n",
                (unsigned)port, host);
    else
        fprintf(stderr, "cannot listen: port %u at %s: %s\n", (unsigned)port,
                host, strerror(error));
    return -1;
}
