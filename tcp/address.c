#ifdef __linux__
#define _DEFAULT_SOURCE /* SO_REUSEPORT */
#endif
/* address.c: see tcp/address.h. Entry points: address_set, address_name,
 * address_own, address_bind, address_port, address_own_port. */
#include "tcp/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static socklen_t set_path(struct sockaddr_un *un, const char *path) {
    size_t n = strlen(path);
    if (n >= sizeof un->sun_path) return 0;
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, n + 1);
    return (socklen_t)sizeof *un;
}

socklen_t address_set(union address *a, const char *host, uint16_t port) {
    memset(a, 0, sizeof *a);
    if (strchr(host, '/')) return set_path(&a->un, host);
    if (strchr(host, ':')) {
        a->in6.sin6_family = AF_INET6;
        a->in6.sin6_port = htons(port);
        int result = inet_pton(AF_INET6, host, &a->in6.sin6_addr);
        return result == 1 ? (socklen_t)sizeof a->in6 : 0;
    }
    a->in.sin_family = AF_INET;
    a->in.sin_port = htons(port);
    int result = inet_pton(AF_INET, host, &a->in.sin_addr);
    return result == 1 ? (socklen_t)sizeof a->in : 0;
}

/* A path may fill sun_path, and has no final zero byte then. */
static void name_path(const struct sockaddr_un *un, socklen_t size,
                      char name[ADDRESS_NAME_MAX]) {
    size_t start = offsetof(struct sockaddr_un, sun_path);
    size_t max = size > start ? size - start : 0;
    if (max > sizeof un->sun_path) max = sizeof un->sun_path;
    size_t n = strnlen(un->sun_path, max);
    memcpy(name, un->sun_path, n);
    name[n] = '\0';
    if (n == 0) snprintf(name, ADDRESS_NAME_MAX, "no name");
}

const char *address_name(const union address *a, socklen_t size,
                         char name[ADDRESS_NAME_MAX]) {
    char host[INET6_ADDRSTRLEN] = "?";
    bool is_ipv6 = a->any.sa_family == AF_INET6;
    const void *bytes = is_ipv6 ? (const void *)&a->in6.sin6_addr
                                : (const void *)&a->in.sin_addr;
    if (a->any.sa_family == AF_UNIX) {
        name_path(&a->un, size, name);
        return name;
    }
    inet_ntop(a->any.sa_family, bytes, host, sizeof host);
    snprintf(name, ADDRESS_NAME_MAX, is_ipv6 ? "[%s]:%u" : "%s:%u", host,
             (unsigned)address_port(a));
    return name;
}

socklen_t address_own(int fd, union address *a) {
    socklen_t size = sizeof *a;
    return getsockname(fd, &a->any, &size) == 0 ? size : 0;
}

int address_bind(const char *host, uint16_t port, int type) {
    union address a;
    socklen_t size = address_set(&a, host, port);
    int yes = 1, fd = socket(a.any.sa_family, type, 0);
    if (fd == -1) return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) == 0 &&
        bind(fd, &a.any, size) == 0)
        return fd;
    int saved_errno = errno;
    close(fd);
    errno = saved_errno;
    return -1;
}

uint16_t address_port(const union address *a) {
    if (a->any.sa_family == AF_INET) return ntohs(a->in.sin_port);
    if (a->any.sa_family == AF_INET6) return ntohs(a->in6.sin6_port);
    return 0;
}

uint16_t address_own_port(int fd) {
    union address a;
    if (!address_own(fd, &a)) return 0;
    return address_port(&a);
}
