/*
 * designs.h: one echo server, four ways to serve many clients
 *
 *   fork     a process for each client     111_fork_server
 *   thread   a thread for each client      112_thread_server
 *   poll     one thread and a table        113_poll_server
 *   epoll    the table is in the kernel    114_epoll_server
 *
 * They are reduced to their differences, so that these can be measured: no log,
 * no queue for unsent output, no limit below DESIGNS_MAX_CLIENTS. They are for
 * clients that send short messages and read every echo before they send again.
 * Introduced in tcp/122_cost_of_a_client.c.
 */
#ifndef TCP_DESIGNS_H
#define TCP_DESIGNS_H

#include <stdbool.h>
#include <sys/types.h>

#define DESIGN_COUNT 4
#define DESIGNS_MAX_CLIENTS 10000

struct design {
    const char *name;
    char mark; /* its first letter */

    /* Serves the clients of listener, a blocking descriptor, until the process
     * is killed. Closes a client that it cannot serve. Its child processes end
     * when their clients do. NULL: this system has no such call. */
    void (*serve)(int listener);
};

/* The designs, in the order above. */
extern const struct design designs[DESIGN_COUNT];

/* A running server of one design, in its own process. */
struct design_server {
    pid_t pid;
    int listener; /* clients connect to its address */
    int alive;    /* reads EOF when no process of the server is left */
};

/* Starts a server on a free port of 127.0.0.1. It ends after DESIGN_LIFETIME_S
 * seconds, even if design_stop is not called. -1 and errno on failure. */
#define DESIGN_LIFETIME_S 60
int design_start(const struct design *d, struct design_server *s);

/* Connects a client and sends a message; its echo shows that the server has
 * accepted the client. Returns a blocking descriptor, or -1. close sends a RST
 * on it, so that no port stays in TIME-WAIT. */
int design_connect(const struct design_server *s);

/* Waits for the echo of a message. False: the server does not serve this
 * client, or client is -1. */
bool design_receive(int client);

/* Sends a message and waits for its echo. */
bool design_echo(int client);

/* Kills the server, and waits until its child processes have ended. All its
 * clients must be closed before: that ends the child processes. */
void design_stop(struct design_server *s);

/* Raises the descriptor limit of this process as far as possible. Returns how
 * many clients it and a server can then have, at most DESIGNS_MAX_CLIENTS. */
int design_raise_limit(void);

#endif
