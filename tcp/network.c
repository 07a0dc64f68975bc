#ifdef __linux__
#define _GNU_SOURCE /* unshare */
#endif
/* network.c: see tcp/network.h. Entry points: network_enter,
 * network_set_up. */
#include "tcp/network.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __linux__
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Writes "STEP: REASON; REMEDY", the reason from errno. Returns -1. */
static int refused(char *why, size_t n, const char *step, const char *remedy) {
    snprintf(why, n, "%s: %s; %s", step, strerror(errno), remedy);
    return -1;
}

/* Writes a text, which the kernel accepts completely or not at all. False and
 * errno. */
static bool write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd == -1) return false;
    bool is_written = write(fd, text, strlen(text)) != -1;
    int error = errno;
    close(fd);
    errno = error;
    return is_written;
}

static const char apparmor_remedy[] =
    "\"sysctl kernel.apparmor_restrict_unprivileged_userns=0\", or an AppArmor "
    "profile with \"userns,\", or podman unshare";

/* Returns the remedy for an error of unshare(2). */
static const char *unshare_remedy(int error) {
    switch (error) {
    case ENOSPC:
        return "the limits user.max_user_namespaces and max_net_namespaces "
               "of sysctl are reached";
    case ENOSYS:
    case EINVAL:
        return "this kernel has no user or network namespaces";
    default: /* EPERM: a container, or a sysctl of Debian */
        return "run it as root, or \"sysctl kernel.unprivileged_userns_clone="
               "1\"; a container needs --cap-add SYS_ADMIN or podman";
    }
}

/* user_namespaces(7): maps the user to the same number in the new user
 * namespace. Without "deny" a user could leave a group and so gain access. */
static int map_user(unsigned uid, unsigned gid, char *why, size_t n) {
    char map[60];
    if (!write_file("/proc/self/setgroups", "deny"))
        return refused(why, n, "setgroups", apparmor_remedy);
    snprintf(map, sizeof map, "%u %u 1", uid, uid);
    if (!write_file("/proc/self/uid_map", map))
        return refused(why, n, "uid_map", apparmor_remedy);
    snprintf(map, sizeof map, "%u %u 1", gid, gid);
    if (!write_file("/proc/self/gid_map", map))
        return refused(why, n, "gid_map", apparmor_remedy);
    return 0;
}

/* root needs no user namespace, except in a container without that right. There
 * uid_map may be refused, too (user_namespaces(7): 0 may be mapped only with
 * CAP_SETFCAP), but the new network works without a map. */
static int unshare_network(char *why, size_t n) {
    unsigned uid = geteuid(), gid = getegid();
    if (uid == 0 && unshare(CLONE_NEWNET) == 0) return 0;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return refused(why, n, "unshare", unshare_remedy(errno));
    if (map_user(uid, gid, why, n) == 0 || uid == 0) return 0;
    return -1;
}

int network_set_up(const char *interface) {
    struct ifreq request = {.ifr_flags = 0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), status = -1;
    if (fd == -1) return -1;
    snprintf(request.ifr_name, IFNAMSIZ, "%s", interface);
    if (ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
        request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
        status = ioctl(fd, SIOCSIFFLAGS, &request);
    }
    int error = errno;
    close(fd);
    errno = error;
    return status;
}

static int enter(char *why, size_t n) {
    if (unshare_network(why, n) != 0) return -1;
    if (network_set_up("lo") != 0)
        return refused(why, n, "lo up", apparmor_remedy);
    /* Where /proc is read-only, ports below 1024 stay reserved. */
    write_file("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
    return 0;
}

/* unshare cannot be undone: a process that may unshare, but not set up the new
 * network, would have no network. So a child tries first. It exits with 0 on
 * success; otherwise it sends the reason. */
int network_enter(char *why, size_t n) {
    char text[NETWORK_WHY_MAX];
    int through[2], status = 0;
    if (pipe(through) != 0) return refused(why, n, "pipe", "close descriptors");
    pid_t child = fork();
    if (child == -1) {
        close(through[0]);
        close(through[1]);
        return refused(why, n, "fork", "end other processes");
    }
    if (child == 0) {
        if (enter(text, sizeof text) == 0) _exit(EXIT_SUCCESS);
        ssize_t sent = write(through[1], text, strlen(text));
        (void)sent; /* the exit status reports the refusal */
        _exit(EXIT_FAILURE);
    }
    close(through[1]);
    ssize_t len = read(through[0], text, sizeof text);
    close(through[0]);
    while (waitpid(child, &status, 0) == -1 && errno == EINTR) continue;
    if (len == 0 && status == 0) return enter(why, n);
    if (len > 0)
        snprintf(why, n, "%.*s", (int)len, text);
    else
        snprintf(why, n, "child: it gave no reason; end other processes");
    errno = EPERM;
    return -1;
}

#else

int network_enter(char *why, size_t n) {
    snprintf(why, n, "no network namespaces; Linux has them");
    errno = ENOSYS;
    return -1;
}

int network_set_up(const char *interface) {
    (void)interface;
    errno = ENOSYS;
    return -1;
}

#endif
