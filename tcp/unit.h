/*
 * unit.h: descriptors, their limit, and refusals of the system, for tests
 *
 *   int lowest = lowest_descriptor();
 *   ...
 *   UNIT_INT(lowest_descriptor(), lowest);  no descriptor was left open
 *
 *   if (!limit_descriptors(n)) return;      the kernel gives none from n on
 *   ...
 *   allow_descriptors();
 *
 *   UNIT_CHILD_IF(try, run);                skipped if the system refuses try
 *
 * Only tests include this file.
 */
#ifndef TCP_UNIT_H
#define TCP_UNIT_H

#include "packets/unit.h"
#include "tcp/network.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Returns the descriptor that the next call to open or socket gets. */
static inline int lowest_descriptor(void) {
    int fd = dup(0);
    close(fd);
    return fd;
}

static struct rlimit limit_before;

static inline void allow_descriptors(void) {
    setrlimit(RLIMIT_NOFILE, &limit_before);
}

/* Sets the soft limit to n, which is less than 1000. False: the limit is
 * unchanged, and the test must be skipped. That happens under valgrind, which
 * has its own limit: the kernel still accepts a connection, and valgrind closes
 * it. To find this out: poll(2) fails with more entries than the limit. */
static inline bool limit_descriptors(rlim_t n) {
    static struct pollfd entries[1000];
    struct rlimit limit;
    for (int i = 0; i < 1000; i++) entries[i].fd = -1;
    getrlimit(RLIMIT_NOFILE, &limit_before);
    limit = limit_before;
    limit.rlim_cur = n;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (poll(entries, (nfds_t)n + 1, 0) == -1) return true;
    allow_descriptors();
    puts("SKIPPED: the kernel does not know the limit of descriptors");
    return false;
}

/* Does a pipe end within 5 s, because no process has its other end any more?
 */
static inline bool pipe_ends(int fd) {
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char byte;
    return poll(&p, 1, 5000) == 1 && read(fd, &byte, 1) == 0;
}

/* Does an emulator run the test (RUN of lessons/test.sh)? It has fewer system
 * calls than the real system. */
static inline bool is_emulated(void) {
    const char *run = getenv("RUN");
    return run && *run != '\0';
}

/* Checks once, in a child, whether the system allows what the tests need. try
 * does not call the module that is tested, so that a fault of it does not look
 * like a refusal. try returns 0, or prints why not and returns 2. */
static inline bool unit_is_allowed(int (*try)(void), const char *name) {
    static int (*last_try)(void), refused;
    if (last_try != try) refused = unit_child(try, name);
    last_try = try;
    if (refused != 0) printf("SKIPPED: %s\n", name);
    return refused == 0;
}
#define UNIT_CHILD_IF(try, run)                                                \
    do {                                                                       \
        if (unit_is_allowed(try, #run)) UNIT_CHILD(run);                       \
    } while (0)

/* For UNIT_CHILD_IF: a network of its own, and packet sockets in it. */
static inline int unit_try_capture(void) {
    char why[NETWORK_WHY_MAX] = "packet sockets are refused";
    int family = -1;
#ifdef AF_PACKET
    family = AF_PACKET;
#endif
    if (!is_emulated() && network_enter(why, sizeof why) == 0 && family != -1 &&
        socket(family, SOCK_RAW, 0) != -1)
        return 0;
    printf("%s\n", why);
    return 2;
}

#endif
