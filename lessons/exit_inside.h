/*
 * exit_inside.h: makes _exit write what was executed, for "make coverage"
 *
 * Without it, the lines that a child process executes would not be counted. In
 * that build, each source includes this header first (-include), before
 * unistd.h: so the macro renames the _exit there, too. A process that a signal
 * ends is not counted, nor is one that can open no file for the counts.
 */
#ifndef LESSONS_EXIT_INSIDE_H
#define LESSONS_EXIT_INSIDE_H

_Noreturn void _Exit(int status);
void __gcov_dump(void); /* gcc's */
int dup(int fd);
int close(int fd);

_Noreturn static inline void exit_counted(int status) {
    int fd = dup(2); /* with none left, the dump would print an error */
    close(fd);
    if (fd != -1) __gcov_dump();
    _Exit(status);
}
#define _exit exit_counted

#endif
