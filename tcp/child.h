/*
 * child.h: a server of the toolkit as a child process
 *
 *   child_start   fork, exec, and "listening on 127.0.0.1:40123" -> port
 *   child_stop    SIGTERM, then waits for its end
 *
 * For an experiment that needs a real server, or two. All that were started and
 * not stopped get SIGTERM when the process exits. Introduced in
 * websocket/411_proxy.c.
 */
#ifndef TCP_CHILD_H
#define TCP_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#define CHILDREN 8 /* at a time */
#define CHILD_MAX_ARGUMENTS 16

struct child {
    pid_t pid;    /* -1: none */
    char port[8]; /* in digits */
};

/* Starts the program called name with --port 0 and the arguments up to NULL,
 * and waits until it listens. It is where the program self (argv[0] of main)
 * is: in the same directory, or on the same PATH. It must print no more on its
 * stdout, which ends in a closed pipe; its stderr is ours. False,
 * after a line on stderr: it cannot be started, or ends before it listens. */
bool child_start(struct child *c, const char *self, const char *name,
                 const char *const arguments[]);

/* Ends it in an orderly way. Returns its exit status, or -1 if a signal has
 * ended it, or if it was not started. */
int child_stop(struct child *c);

#endif
