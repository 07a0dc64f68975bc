#ifdef __linux__
#define _GNU_SOURCE /* accept4 */
#endif
/* listen.c: see tcp/listen.h. Entry points: listen_open, listen_name,
 * listen_peer_name, listen_announce, listen_accept. */
#include "tcp/listen.h"
#include "tcp/options.h"

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

/* Accepts only numeric addresses, so it queries no name server. */
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
    int error = getaddrinfo(host, service, &hints, &found);
    if (error == 0) return found;
    if (error != EAI_SYSTEM)
        errno = error == EAI_MEMORY ? ENOMEM : EADDRNOTAVAIL;
    return NULL;
}

static int bind_and_listen(int fd, const struct addrinfo *where) {
    int yes = 1;
    /* RFC 9293 §3.6.1: connections of an earlier server on this port may still
     * be in TIME-WAIT. SO_REUSEADDR allows bind despite them. */
    bool is_done =
        fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        bind(fd, where->ai_addr, where->ai_addrlen) == 0 &&
        listen(fd, SOMAXCONN) == 0;
    return is_done ? 0 : -1;
}

int listen_open(const char *host, uint16_t port) {
    struct addrinfo *where = resolve(host, port);
    if (!where) return -1;
    int fd = socket(where->ai_family, SOCK_STREAM, 0);
    if (fd != -1 && bind_and_listen(fd, where) == -1) {
        int saved_errno = errno;
        close(fd);
        errno = saved_errno;
        fd = -1;
    }
    int saved_errno = errno;
    freeaddrinfo(where);
    errno = saved_errno;
    return fd;
}

/* Writes the address of one end of fd; which: getsockname or getpeername. */
static int name_of(int fd,
                   int (*which)(int fd, struct sockaddr *at, socklen_t *size),
                   char name[LISTEN_NAME_MAX]) {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } address = {.any = {0}};
    socklen_t size = sizeof address;
    char text[INET6_ADDRSTRLEN];
    if (which(fd, &address.any, &size) == -1) return -1;
    if (address.any.sa_family != AF_INET && address.any.sa_family != AF_INET6) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    bool is_ipv6 = address.any.sa_family == AF_INET6;
    const void *host =
        is_ipv6 ? (void *)&address.in6.sin6_addr : &address.in.sin_addr;
    if (!inet_ntop(address.any.sa_family, host, text, sizeof text)) return -1;
    unsigned port =
        ntohs(is_ipv6 ? address.in6.sin6_port : address.in.sin_port);
    const char *format = is_ipv6 ? "[%s]:%u" : "%s:%u";
    snprintf(name, LISTEN_NAME_MAX, format, text, port);
    return 0;
}

int listen_name(int fd, char name[LISTEN_NAME_MAX]) {
    return name_of(fd, getsockname, name);
}

int listen_peer_name(int fd, char name[LISTEN_NAME_MAX]) {
    return name_of(fd, getpeername, name);
}

/* Accepts a connection, non-blocking and close-on-exec: one system call where
 * there is accept4, three elsewhere. */
static int accept_one(int fd) {
#ifdef __linux__
    return accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
    int client = accept(fd, NULL, NULL);
    if (client == -1) return -1;
    if (fcntl(client, F_SETFL, O_NONBLOCK) != -1 &&
        fcntl(client, F_SETFD, FD_CLOEXEC) != -1)
        return client;
    close(client);
    errno = ECONNABORTED;
    return -1;
#endif
}

/* Is this an error of the new connection, not of the listener? accept(2): Linux
 * returns errors that are already pending on the new socket. */
static bool is_error_of_client(int error) {
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
    while (client == -1 && is_error_of_client(errno));
    /* This fails only if the socket is not TCP, which has no such delay. */
    if (client != -1)
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return client;
}

int listen_announce(const char *host, uint32_t port) {
    char name[LISTEN_NAME_MAX];
    int fd = listen_open(host, (uint16_t)port);
    if (fd != -1 && listen_name(fd, name) == 0) {
        printf("listening on %s\n", name);
        fflush(stdout); /* a pipe is not flushed at each line feed */
        return fd;
    }
    options_report_bind(host, port);
    if (fd != -1) close(fd);
    return -1;
}
