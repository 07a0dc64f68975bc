/* usage.c: see tcp/usage.h. Entry points: usage_measure,
 * usage_available_kib. */
#include "tcp/usage.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Returns the sum of the lines "NAME:  123 kB" of a file in /proc for the names
 * given, or -1 if the file cannot be read. */
static int64_t sum_kib(const char *path, const char *const *names) {
    char line[256];
    int64_t sum = 0;
    FILE *f = fopen(path, "r");
    if (!f) return -1;
    while (fgets(line, sizeof line, f))
        for (int i = 0; names[i]; i++) {
            size_t n = strlen(names[i]);
            if (strncmp(line, names[i], n) == 0 && line[n] == ':')
                sum += strtoll(line + n + 1, NULL, 10);
        }
    fclose(f);
    return sum;
}

/* Returns the parent of process pid, or -1. proc(5): the line is "PID (NAME) S
 * PARENT ...", and NAME may contain spaces and parentheses. */
static long parent_of(long pid) {
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f) return -1;
    const char *end = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
    fclose(f);
    if (!end || strlen(end) < 5) return -1;
    return strtol(end + 4, NULL, 10); /* ") S 123" */
}

/* Adds a process, unless it has ended meanwhile. */
static void add_process(long pid, struct usage *u) {
    static const char *const pss[] = {"Pss", NULL};
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", pid);
    int64_t kib = sum_kib(path, pss);
    if (kib == -1) return;
    u->user_kib += kib;
    u->process_count++;
}

int usage_measure(pid_t pid, struct usage *u) {
    static const char *const kernel[] = {"KernelStack", "PageTables", "Slab",
                                         NULL};
    *u = (struct usage){.kernel_kib = sum_kib("/proc/meminfo", kernel)};
    DIR *all = u->kernel_kib <= 0 ? NULL : opendir("/proc");
    if (!all) {
        errno = ENOSYS;
        return -1;
    }
    for (struct dirent *entry; (entry = readdir(all));) {
        long found = strtol(entry->d_name, NULL, 10);
        if (found <= 0) continue; /* not the directory of a process */
        if (found == (long)pid || parent_of(found) == (long)pid)
            add_process(found, u);
    }
    closedir(all);
    if (u->process_count > 0) return 0;
    errno = ESRCH;
    return -1;
}

int64_t usage_available_kib(void) {
    static const char *const available[] = {"MemAvailable", NULL};
    int64_t kib = sum_kib("/proc/meminfo", available);
    if (kib > 0) return kib;
    errno = ENOSYS;
    return -1;
}
