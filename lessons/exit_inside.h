/*
 * exit_inside.h: makes _exit write what was executed, for "make coverage"
 *
 * Otherwise nothing that a child does would be counted. In that build, each
 * source begins with this header (-include), before the C library's headers:
 * so the macro renames _exit in unistd.h, too. A process that a signal ends is
 * not counted, nor is one that can open no file for the counts.
 */
#ifndef LESSONS_EXIT_INSIDE_H
#define LESSONS_EXIT_INSIDE_H

_Noreturn void _Exit(int status);
void __gcov_dump(void); /* gcc's */
int dup(int fd);
int close(int fd);

_Noreturn static inline void exit_counted(int status) {
    int fd = dup(2); /* without a descriptor the dump would complain there */
    close(fd);
    if (fd != -1) __gcov_dump();
    _Exit(status);
}
#define _exit exit_counted

#endif
