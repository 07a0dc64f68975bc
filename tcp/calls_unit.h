/*
 * calls_unit.h: makes system calls fail, for tests
 *
 *   UNIT_CALL(int, -1, pipe, (int ends[2]), (ends))
 *
 *   fail_call("pipe", 2, EMFILE);      the second one from now on, once
 *   UNIT_INT(module_open(), -1);
 *
 * UNIT_CALL redefines a function of libc in one test program: it fails if the
 * test says so, and otherwise calls the function of libc. A child of fork
 * inherits the next failure. Only tests include this file.
 */
#ifndef TCP_CALLS_UNIT_H
#define TCP_CALLS_UNIT_H

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef RTLD_NEXT /* glibc defines it only with _GNU_SOURCE */
#define RTLD_NEXT ((void *)-1)
#endif

static struct {
    const char *name; /* the call that will fail */
    int number;       /* which call fails, from 1; 0: none */
    int error;
    bool was_reached; /* the call has failed */
} unit_call;

static inline void fail_call(const char *name, int number, int error) {
    unit_call.name = name;
    unit_call.number = number;
    unit_call.error = error;
    unit_call.was_reached = false;
}

/* Ends the failures. Did the last fail_call take effect? */
static inline bool call_has_failed(void) {
    unit_call.number = 0;
    return unit_call.was_reached;
}

/* Must this call fail? Then sets errno. */
static inline bool call_fails(const char *name) {
    if (unit_call.number == 0 || strcmp(unit_call.name, name) != 0)
        return false;
    if (--unit_call.number > 0) return false;
    unit_call.was_reached = true;
    errno = unit_call.error;
    return true;
}

/* Sets *function, a function pointer, to the function of libc. */
static inline void find_call(const char *name, void *function) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    memcpy(function, &found, sizeof found);
}

#ifdef __clang__ /* some of glibc's optimised headers define them inline */
#pragma clang diagnostic ignored "-Wstatic-in-inline"
#endif
#define UNIT_CALL(type, failure, name, parameters, arguments)                  \
    type name parameters {                                                     \
        static type(*real) parameters;                                         \
        if (call_fails(#name)) return failure;                                 \
        if (!real) find_call(#name, &real);                                    \
        return real arguments;                                                 \
    }

/* Redefines kill: if a fault signals a group or all processes, the test ends
 * instead, so that no other process does. */
#define UNIT_KILL                                                              \
    int kill(pid_t pid, int number) {                                          \
        static int (*real)(pid_t pid, int number);                             \
        if (pid <= 0) _exit(EXIT_FAILURE);                                     \
        if (!real) find_call("kill", &real);                                   \
        return real(pid, number);                                              \
    }

/* Redefines mmap, which may fail, and munmap. mapped_count: the number of
 * shared mappings, at most 8; a sanitizer has private ones. Needs
 * sys/mman.h. */
#define UNIT_MAPS                                                              \
    static void *mapped[8];                                                    \
    static int mapped_count;                                                   \
    /* Replaces one entry by another; NULL is a free one. */                   \
    static bool replace_mapped(void *from, void *to) {                         \
        for (int i = 0; i < 8; i++) {                                          \
            if (mapped[i] != from) continue;                                   \
            mapped[i] = to;                                                    \
            return true;                                                       \
        }                                                                      \
        return false;                                                          \
    }                                                                          \
    void *mmap(void *at, size_t n, int protection, int flags, int fd,          \
               off_t offset) {                                                 \
        static void *(*real)(void *at, size_t n, int protection, int flags,    \
                             int fd, off_t offset);                            \
        if (call_fails("mmap")) return MAP_FAILED;                             \
        if (!real) find_call("mmap", &real);                                   \
        void *memory = real(at, n, protection, flags, fd, offset);             \
        if (flags & MAP_SHARED && memory != MAP_FAILED &&                      \
            replace_mapped(NULL, memory))                                      \
            mapped_count++;                                                    \
        return memory;                                                         \
    }                                                                          \
    int munmap(void *at, size_t n) {                                           \
        static int (*real)(void *at, size_t n);                                \
        if (!real) find_call("munmap", &real);                                 \
        int status = real(at, n);                                              \
        if (at && status == 0 && replace_mapped(at, NULL)) mapped_count--;     \
        return status;                                                         \
    }

/* Returns the number of open descriptors, for tests that look for a leak. */
static inline int count_descriptors(void) {
    int count = 0;
    for (int fd = 0; fd < 4096; fd++)
        if (fcntl(fd, F_GETFD) != -1) count++;
    return count;
}

#endif
