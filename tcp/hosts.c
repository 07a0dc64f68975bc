#ifdef __linux__
#define _GNU_SOURCE /* setns, unshare */
#endif
/* hosts.c: see tcp/hosts.h. Entry points: hosts_open, hosts_use, hosts_pair,
 * hosts_interface, hosts_close. */
#include "tcp/hosts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

char *hosts_interface(int host, char name[HOSTS_NAME_MAX]) {
    snprintf(name, HOSTS_NAME_MAX, "host%d", host);
    return name;
}

#ifdef __linux__
#include "tcp/listen.h"
#include "tcp/netlink.h"

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    CONNECT_S = 5 /* time limit of a connect: the bridge may lose all */
};

static int current_network(void) {
    return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

int hosts_use(const struct hosts *h, int host) {
    int net = host == HOSTS_MIDDLE ? h->middle : h->net[host];
    return setns(net, CLONE_NEWNET);
}

/* Creates a network, and returns to the middle. */
static int add_network(struct hosts *h, int host) {
    if (unshare(CLONE_NEWNET) != 0) return -1;
    h->net[host] = current_network();
    return h->net[host] == -1 ? -1 : hosts_use(h, HOSTS_MIDDLE);
}

/* A real network card computes checksums, and cuts large segments. A virtual
 * one leaves that to the last device on the path, so a bridge would see
 * incomplete frames. Makes the kernel complete them before it sends. */
static int turn_off_offload(const char *interface) {
    static const uint32_t commands[] = {ETHTOOL_STXCSUM, ETHTOOL_STSO,
                                        ETHTOOL_SGSO, ETHTOOL_SGRO};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), status = 0;
    if (fd == -1) return -1;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct ethtool_value off = {.cmd = commands[i], .data = 0};
        struct ifreq request = {.ifr_data = (void *)&off};
        snprintf(request.ifr_name, IFNAMSIZ, "%s", interface);
        if (ioctl(fd, SIOCETHTOOL, &request) != 0 && errno != EOPNOTSUPP)
            status = -1;
    }
    close(fd);
    return status;
}

/* Runs inside the network of a host. */
static int add_addresses(int host) {
    struct address v4 = {4, {10, 0, 0, (uint8_t)(host + 1)}};
    struct address v6 = {16, {0xfd, [15] = (uint8_t)(host + 1)}};
    if (network_set_up("lo") != 0 || turn_off_offload("eth0") != 0 ||
        netlink_add_address("eth0", &v4, 24) != 0 ||
        network_set_up("eth0") != 0)
        return -1;
    netlink_add_address("eth0", &v6, 64); /* a kernel may have no IPv6 */
    return 0;
}

/* Disables IPv6 in the middle, so that it sends no frames of its own. */
static void disable_ipv6(void) {
    int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6",
                  O_WRONLY | O_CLOEXEC);
    ssize_t n = fd == -1 ? -1 : write(fd, "1", 1);
    if (fd != -1) close(fd);
    (void)n; /* on failure some frames of the middle appear */
}

static int add_host(struct hosts *h, int host) {
    char name[HOSTS_NAME_MAX];
    const uint8_t mac[] = {2, 0, 0, 0, 0, (uint8_t)(host + 1)};
    hosts_interface(host, name);
    if (add_network(h, host) != 0 ||
        netlink_add_pair(name, "eth0", h->net[host], mac) != 0 ||
        turn_off_offload(name) != 0 || network_set_up(name) != 0 ||
        hosts_use(h, host) != 0)
        return -1;
    int status = add_addresses(host), error = errno;
    if (hosts_use(h, HOSTS_MIDDLE) != 0) return -1;
    errno = error;
    return status;
}

static void make_empty(struct hosts *h) {
    *h = (struct hosts){.middle = -1};
    for (int i = 0; i < HOSTS_MAX; i++) h->net[i] = -1;
}

int hosts_open(struct hosts *h, int count, char why[NETWORK_WHY_MAX]) {
    make_empty(h);
    if (network_enter(why, NETWORK_WHY_MAX) != 0) return -1;
    h->middle = current_network();
    if (h->middle == -1) {
        snprintf(why, NETWORK_WHY_MAX, "/proc/thread-self/ns/net: %s",
                 strerror(errno));
        return -1;
    }
    disable_ipv6();
    for (; h->count < count; h->count++) {
        if (add_host(h, h->count) == 0) continue;
        snprintf(why, NETWORK_WHY_MAX, "veth of host %d: %s", h->count,
                 strerror(errno));
        hosts_close(h);
        return -1;
    }
    return 0;
}

/* Connects host from to the listener, which is at another host. */
static int connect_ends(const struct hosts *h, int from, int listener,
                        int ends[2]) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    struct timeval limit = {.tv_sec = CONNECT_S};
    if (getsockname(listener, (struct sockaddr *)&address, &size) != 0 ||
        hosts_use(h, from) != 0)
        return -1;
    ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (hosts_use(h, HOSTS_MIDDLE) != 0 || ends[0] == -1) return -1;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(ends[0], (struct sockaddr *)&address, size) != 0) return -1;
    limit.tv_sec = 0; /* none */
    setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    ends[1] = listen_accept(listener); /* waits for the last ACK */
    if (ends[1] == -1) return -1;
    return fcntl(ends[1], F_SETFL, 0); /* blocking */
}

int hosts_pair(const struct hosts *h, int from, int to, int ends[2]) {
    char address[20];
    snprintf(address, sizeof address, "10.0.0.%d", to + 1);
    if (hosts_use(h, to) != 0) return -1;
    int listener = listen_open(address, 0);
    if (listener == -1) return -1;
    ends[0] = ends[1] = -1;
    int status = connect_ends(h, from, listener, ends), error = errno;
    close(listener);
    if (status != 0 && ends[0] != -1) close(ends[0]);
    errno = error;
    return status;
}

void hosts_close(struct hosts *h) {
    for (int i = 0; i < HOSTS_MAX; i++)
        if (h->net[i] != -1) close(h->net[i]);
    if (h->middle != -1) close(h->middle);
    make_empty(h);
}

#else

int hosts_open(struct hosts *h, int count, char why[NETWORK_WHY_MAX]) {
    (void)count;
    *h = (struct hosts){.middle = -1};
    return network_enter(why, NETWORK_WHY_MAX);
}

int hosts_use(const struct hosts *h, int host) {
    (void)h;
    (void)host;
    errno = ENOSYS;
    return -1;
}

int hosts_pair(const struct hosts *h, int from, int to, int ends[2]) {
    (void)h;
    (void)from;
    (void)to;
    (void)ends;
    errno = ENOSYS;
    return -1;
}

void hosts_close(struct hosts *h) {
    (void)h;
}

#endif
