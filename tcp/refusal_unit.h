/*
 * refusal_unit.h: a process that the system allows no further network
 *
 *   if (!forbid_networks(CLONE_NEWUSER)) return UNIT_SKIPPED;
 *
 * Only tests of Linux include this file, in a child: a process cannot undo it.
 */
#ifndef TCP_REFUSAL_UNIT_H
#define TCP_REFUSAL_UNIT_H

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static inline bool write_text(const char *path, const char *text) {
    int fd = open(path, O_WRONLY);
    bool is_good = fd != -1 && write(fd, text, strlen(text)) > 0;
    if (fd != -1) close(fd);
    return is_good;
}

/* Enters the namespaces, of which CLONE_NEWUSER is one: there a process may set
 * its own limits. False: the system refuses. */
static inline bool forbid_networks(int namespaces) {
    char uid[30], gid[30];
    snprintf(uid, sizeof uid, "0 %u 1", (unsigned)getuid());
    snprintf(gid, sizeof gid, "0 %u 1", (unsigned)getgid());
    return unshare(namespaces) == 0 &&
           write_text("/proc/self/setgroups", "deny") &&
           write_text("/proc/self/uid_map", uid) &&
           write_text("/proc/self/gid_map", gid) &&
           write_text("/proc/sys/user/max_net_namespaces", "0");
}

#endif
