/*
 * child.h: starts a server of the toolkit as a child process
 *
 *   child_start   fork, exec, and "listening on 127.0.0.1:40123" -> port
 *   child_stop    SIGTERM, then waits for its end
 *
 * For an experiment that needs a real server, or two. When the process exits,
 * it sends SIGTERM to all children that were not stopped. On Linux they also
 * get it if a signal ends the process. Introduced in websocket/411_proxy.c.
 */
#ifndef TCP_CHILD_H
#define TCP_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#define CHILDREN 8 /* at a time */
#define CHILD_MAX_ARGUMENTS 16
#define CHILD_SILENCE_MS 10000 /* longest wait for a byte of its line */

struct child {
    pid_t pid;    /* -1: none */
    char port[8]; /* in digits */
};

/* Starts the program name with --port 0 and the arguments up to NULL, and waits
 * until it listens. The program must be in the directory of self (argv[0] of
 * main), or on the same PATH. It must print nothing more on stdout, which is a
 * closed pipe then; it inherits stderr. False, after a line on stderr: the
 * program cannot be started, ends before it listens, or prints nothing for
 * CHILD_SILENCE_MS. */
bool child_start(struct child *c, const char *self, const char *name,
                 const char *const arguments[]);

/* Ends the child in an orderly way. Returns its exit status, or -1 if a signal
 * has ended it, or if it was not started. */
int child_stop(struct child *c);

#endif
