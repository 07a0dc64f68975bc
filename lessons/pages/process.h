/*
 * process.h: runs a shell command and reads its output
 */
#ifndef LESSONS_PAGES_PROCESS_H
#define LESSONS_PAGES_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Makes the directory in which commands run, with links to bin/ and to the
 * parts of the project that they use. process_end removes it and its files. */
void process_begin(void);
void process_end(void);

/* Starts a command in a new process group, so that all its processes can be
 * killed. *out: the pipe of its stdout and stderr; the caller closes it. */
pid_t process_start(const char *command, int *out);

/* Reads output until it ends, or until one line has arrived, into text, which
 * has TEXT_SIZE bytes. False: it took too long. */
bool process_read(int out, char *text);
bool process_read_line(int out, char *text);

/* Waits until a process ends. Returns its exit status, or -1. */
int process_wait(pid_t pid);

#endif
