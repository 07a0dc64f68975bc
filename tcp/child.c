/* child.c: see tcp/child.h. Entry points: child_start, child_stop. */
#include "tcp/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

static pid_t running[CHILDREN]; /* 0: free */

static void stop_all(void) {
    for (int i = 0; i < CHILDREN; i++)
        if (running[i] > 0) kill(running[i], SIGTERM);
}

/* Replaces process from in the table of running ones; 0 is a free entry. False:
 * not found. */
static bool replace(pid_t from, pid_t to) {
    static bool is_registered;
    if (!is_registered && atexit(stop_all) != 0) return false;
    is_registered = true;
    for (int i = 0; i < CHILDREN; i++) {
        if (running[i] != from) continue;
        running[i] = to;
        return true;
    }
    return false;
}

/* Executes the program. Never returns, and does not call exit, which would stop
 * the other children. */
static void exec_server(const char *path, int out, pid_t parent,
                        const char *const arguments[]) {
    char *argv[CHILD_MAX_ARGUMENTS + 4] = {(char *)path, (char *)"--port",
                                           (char *)"0"};
    int n = 3;
    for (; *arguments; arguments++) {
        assert(n < CHILD_MAX_ARGUMENTS + 3);
        argv[n++] = (char *)*arguments;
    }
#ifdef __linux__ /* a parent that a signal ends does not call exit */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(EXIT_FAILURE); /* it has ended before */
#else
    (void)parent;
#endif
    if (dup2(out, STDOUT_FILENO) != -1) execvp(path, argv);
    perror(path);
    _exit(EXIT_FAILURE);
}

/* Reads the server's line "listening on ...", and the port in it. */
static bool read_port(int in, char port[8]) {
    char line[80] = "";
    size_t len = 0;
    while (len < sizeof line - 1) {
        struct pollfd p = {.fd = in, .events = POLLIN};
        ssize_t n = poll(&p, 1, CHILD_SILENCE_MS);
        if (n == 1) n = read(in, line + len, 1);
        if (n == -1 && errno == EINTR) continue;
        if (n != 1) return false;
        if (line[len] == '\n') break;
        len++;
    }
    const char *colon = strrchr(line, ':');
    return colon && sscanf(colon, ":%7[0-9]", port) == 1;
}

/* Opens a pipe. The server inherits only its stdout, so that EOF works. */
static bool open_pipe(int out[2]) {
    return pipe(out) == 0 && fcntl(out[0], F_SETFD, FD_CLOEXEC) == 0 &&
           fcntl(out[1], F_SETFD, FD_CLOEXEC) == 0;
}

static void close_pipe(const int out[2]) {
    for (int i = 0; i < 2; i++)
        if (out[i] != -1) close(out[i]);
}

bool child_start(struct child *c, const char *self, const char *name,
                 const char *const arguments[]) {
    char path[4096];
    const char *slash = strrchr(self, '/'); /* none: the shell has searched
                                               PATH */
    int out[2] = {-1, -1};
    pid_t parent = getpid();
    c->pid = -1;
    snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash + 1 - self) : 0,
             self, name);
    if (!open_pipe(out) || (c->pid = fork()) == -1) {
        perror(name);
        close_pipe(out);
        return false;
    }
    if (c->pid == 0) exec_server(path, out[1], parent, arguments);
    close(out[1]);
    bool is_ready = replace(0, c->pid) && read_port(out[0], c->port);
    close(out[0]); /* a server that prints more gets SIGPIPE */
    if (!is_ready) {
        fprintf(stderr, "%s: it did not start\n", path);
        child_stop(c);
    }
    return is_ready;
}

int child_stop(struct child *c) {
    int status = 0;
    if (c->pid == -1)
        return -1; /* not a process: kill(-1) would signal all
                                    processes */
    kill(c->pid, SIGTERM);
    while (waitpid(c->pid, &status, 0) == -1 && errno == EINTR) {
    }
    replace(c->pid, 0);
    c->pid = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
