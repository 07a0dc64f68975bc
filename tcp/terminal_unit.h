/*
 * terminal_unit.h: a pseudo-terminal, for tests
 *
 *   int terminal, master = open_terminal(&terminal);
 *
 * The test reads from master what a program writes to terminal. A test defines
 * _XOPEN_SOURCE as 700 before its first #include. Only tests include this file.
 */
#ifndef TCP_TERMINAL_UNIT_H
#define TCP_TERMINAL_UNIT_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Opens both ends. The caller closes them. */
static inline int open_terminal(int *terminal) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master != -1 && grantpt(master) == 0 && unlockpt(master) == 0) {
        *terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
        if (*terminal != -1) return master;
    }
    perror("pseudo-terminal");
    abort();
}

#endif
