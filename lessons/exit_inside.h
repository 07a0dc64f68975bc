/*
 * exit_inside.h: makes processes that _exit or SIGKILL ends write what they
 * executed, for "make coverage"
 *
 * Without it, the lines that a child process executes would not be counted. In
 * that build, each source includes this header first (-include), before
 * unistd.h: so the macro renames the _exit there, too. No process can catch
 * SIGKILL. So the linker replaces kill (--wrap): instead of SIGKILL it sends
 * SIGUSR2, which no program here uses. The handler writes the counts; then the
 * process sends itself SIGKILL. What other signals end is not counted, nor is a
 * process that can open no file for the counts. This header includes no other
 * one, because a source defines its feature macros later.
 */
#ifndef LESSONS_EXIT_INSIDE_H
#define LESSONS_EXIT_INSIDE_H

/* No test takes the branch of an assertion that fails. Without assertions, some
 * variables are unused. */
#define NDEBUG
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-variable"

_Noreturn void _Exit(int status);
void __gcov_dump(void); /* gcc's */
int dup(int fd);
int close(int fd);
int raise(int number);
unsigned alarm(unsigned seconds);
void (*__sysv_signal(int number, void (*handler)(int)))(int); /* libc's */
int __real_kill(int pid, int number);
int __wrap_kill(int pid, int number);

/* Is this process writing its counts? One variable for all sources: the linker
 * keeps one of several weak definitions. */
extern volatile int exit_is_counted;
__attribute__((weak)) volatile int exit_is_counted;

static inline void exit_count(void) {
    exit_is_counted = 1;
    int fd = dup(2); /* with none left, the dump would print an error */
    close(fd);
    if (fd != -1) __gcov_dump();
}

_Noreturn static inline void exit_counted(int status) {
    exit_count();
    _Exit(status);
}
#define _exit exit_counted

enum { /* those of Linux */
    EXIT_KILL = 9,
    EXIT_USR2 = 12,
    EXIT_CONT = 18,
    EXIT_TIMEOUT_S = 5 /* for writing the counts */
};

/* A process that is writing its counts ends soon. The signal may have
 * interrupted malloc, which the dump calls: then the alarm ends the process. */
static inline void exit_by_kill(int number) {
    (void)number;
    if (exit_is_counted) return;
    alarm(EXIT_TIMEOUT_S);
    exit_count();
    raise(EXIT_KILL);
}

__attribute__((constructor)) static inline void exit_prepare(void) {
    __sysv_signal(EXIT_USR2, exit_by_kill);
}

/* SIGKILL ends a process that is stopped, too. */
__attribute__((weak)) int __wrap_kill(int pid, int number) {
    if (number != EXIT_KILL || pid <= 0) return __real_kill(pid, number);
    int status = __real_kill(pid, EXIT_USR2);
    if (status == 0) __real_kill(pid, EXIT_CONT);
    return status;
}

#endif
