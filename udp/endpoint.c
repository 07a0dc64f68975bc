/* endpoint.c: see udp/endpoint.h. Entry points: endpoint_from, endpoint_bind,
 * endpoint_recvfrom, endpoint_sendto, endpoint_wait, endpoint_wait_until,
 * endpoint_equal, endpoint_name. */
#include "udp/endpoint.h"
#include "tcp/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int endpoint_from(struct endpoint *e, const char *host, uint16_t port) {
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found;
    char service[sizeof "65535"];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    int error = getaddrinfo(host, service, &hints, &found);
    if (error != 0) {
        if (error != EAI_SYSTEM)
            errno = error == EAI_MEMORY ? ENOMEM : EADDRNOTAVAIL;
        return -1;
    }
    e->size = found->ai_addrlen;
    memcpy(&e->address, found->ai_addr, e->size);
    freeaddrinfo(found);
    return 0;
}

int endpoint_bind(const char *host, uint16_t port, struct endpoint *self) {
    if (endpoint_from(self, host, port) == -1) return -1;
    int fd = socket(self->address.any.sa_family, SOCK_DGRAM, 0);
    if (fd == -1) return -1;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
        bind(fd, &self->address.any, self->size) == 0 &&
        getsockname(fd, &self->address.any, &self->size) == 0)
        return fd;
    int saved_errno = errno;
    close(fd);
    errno = saved_errno;
    return -1;
}

/* recvfrom cuts a datagram that does not fit, and does not say so in POSIX;
 * recvmsg does, in msg_flags. */
ssize_t endpoint_recvfrom(int fd, void *bytes, size_t n,
                          struct endpoint *from) {
    struct iovec space = {.iov_base = bytes, .iov_len = n};
    struct msghdr message = {
        .msg_name = &from->address,
        .msg_namelen = sizeof from->address,
        .msg_iov = &space,
        .msg_iovlen = 1,
    };
    ssize_t len;
    do len = recvmsg(fd, &message, 0);
    while (len == -1 && errno == EINTR);
    from->size = message.msg_namelen;
    if (len >= 0 && (message.msg_flags & MSG_TRUNC)) {
        errno = EMSGSIZE;
        return -1;
    }
    return len;
}

ssize_t endpoint_sendto(int fd, const void *bytes, size_t n,
                        const struct endpoint *to) {
    ssize_t len;
    do len = sendto(fd, bytes, n, 0, &to->address.any, to->size);
    while (len == -1 && errno == EINTR);
    return len;
}

bool endpoint_wait(int fd, int timeout_ms) {
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int64_t end = clock_ms() + timeout_ms, left = timeout_ms;
    int ready;
    do {
        ready = poll(&p, 1, left > 0 ? (int)left : 0);
        left = end - clock_ms();
    } while (ready == -1 && errno == EINTR);
    return ready == 1;
}

bool endpoint_wait_until(int fd, int64_t end_ms) {
    int64_t left = end_ms - clock_ms();
    if (left > INT_MAX) left = INT_MAX;
    return left > 0 && endpoint_wait(fd, (int)left);
}

/* Compared by fields: the structs have unused bytes, sin6_flowinfo is no part
 * of an address, and some systems add a length. */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b) {
    if (a->address.any.sa_family != b->address.any.sa_family) return false;
    if (a->address.any.sa_family == AF_INET) {
        const struct sockaddr_in *x = &a->address.in, *y = &b->address.in;
        return x->sin_port == y->sin_port &&
               x->sin_addr.s_addr == y->sin_addr.s_addr;
    }
    const struct sockaddr_in6 *x = &a->address.in6, *y = &b->address.in6;
    return x->sin6_port == y->sin6_port &&
           x->sin6_scope_id == y->sin6_scope_id &&
           memcmp(&x->sin6_addr, &y->sin6_addr, sizeof x->sin6_addr) == 0;
}

const char *endpoint_name(const struct endpoint *e,
                          char name[ENDPOINT_NAME_MAX]) {
    char host[64], port[sizeof "65535"];
    bool is_ipv6 = e->address.any.sa_family == AF_INET6;
    int error = getnameinfo(&e->address.any, e->size, host, sizeof host, port,
                            sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(name, ENDPOINT_NAME_MAX, is_ipv6 ? "[%s]:%s" : "%s:%s",
             error ? "?" : host, error ? "?" : port);
    return name;
}
