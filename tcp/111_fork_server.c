/*
 * 111_fork_server.c: a process for each client
 *
 * Shows       fork makes a copy of the server, and the copy serves one client.
 *             It may wait for that client. Each process counts for itself.
 * By hand     fork, waitpid, SIGCHLD; which process closes which descriptor.
 * Calls       tcp/trace.h (introduced here), options.h, listen.h, io.h
 * Run         $ bin/111_fork_server --port 7111 --trace &
 *             $ bin/102_echo_client 127.0.0.1:7111 hello
 * Try         --break leaves a zombie for each client: "ps -ef" lists them.
 *             --keep: why does nc wait after its input has ended (Ctrl-D)?
 * Limits      100 silent clients fill it: 124. It waits if no one reads stdout.
 *             SIGKILL ends the parent alone. Cost: 122. --keep may spin: 401.
 * Read        fork(2), wait(2), signal(7)
 */
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_CLIENTS 100

static int listener;
static unsigned messages; /* fork copies it, as it copies all memory */
static bool is_broken, is_kept;

/* Signals are blocked except while the parent waits in accept. So a handler
 * never interrupts a change of this table, or printf, and may use both. */
static pid_t children[MAX_CLIENTS];
static int child_count;
static sigset_t signals;

/* Serves one client in a child, which then exits. A signal may end it early. */
static _Noreturn void serve_client(int client) {
    char bytes[16384];
    ssize_t n;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &signals, NULL);
    close(listener); /* or its port is in use as long as this child lives */
    fcntl(client, F_SETFL, 0); /* blocking: recv and send may wait */
    while ((n = io_recv(client, bytes, sizeof bytes)) > 0) {
        trace_peer("<-", client, "%zd B", n);
        printf("pid %d: message %u, %zd bytes\n", getpid(), ++messages, n);
        if (io_send_all(client, bytes, (size_t)n) == -1) break;
        trace_peer("->", client, "%zd B", n);
    }
    trace_closed(client, n == 0 ? "FIN received" : strerror(errno));
    _exit(EXIT_SUCCESS); /* the kernel closes client, and sends a FIN */
}

static void start_child(int client) {
    trace_connected(client); /* before fork: the child, too, has its name */
    pid_t pid = child_count < MAX_CLIENTS ? fork() : -1;
    if (pid == 0) serve_client(client);
    if (pid == -1) trace_closed(client, "no process for it");
    if (pid != -1) children[child_count++] = pid;
    /* Now two processes have the connection open. The kernel sends the FIN when
     * the last one closes it, so that must not be the parent. */
    if (!is_kept) close(client);
}

/* A child that has ended is a zombie: it keeps its place in the kernel's table
 * until its parent asks for its exit status. One SIGCHLD may report many. */
static void on_child(int signal_number) {
    (void)signal_number;
    for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;) {
        printf("pid %d: pid %d has ended\n", getpid(), pid);
        for (int i = 0; i < child_count; i++)
            if (children[i] == pid) children[i] = children[--child_count];
    }
}

/* Passes the signal on to all children, and ends when they have. A child that
 * exited before, and that nobody has waited for, is a zombie. */
static void on_end(int signal_number) {
    int status, zombies = 0;
    for (int i = 0; i < child_count; i++) kill(children[i], signal_number);
    for (int i = 0; i < child_count; i++)
        if (waitpid(children[i], &status, 0) > 0 && WIFEXITED(status))
            zombies++;
    printf("pid %d: %u messages", getpid(), messages);
    printf(is_broken ? ", %d zombies\n" : "\n", zombies);
    exit(EXIT_SUCCESS);
}

static void set_handler(int signal_number, void (*handler)(int)) {
    /* Without SA_RESTART in sa_flags, accept fails with EINTR afterwards. */
    struct sigaction action = {.sa_handler = handler, .sa_mask = signals};
    sigaction(signal_number, &action, NULL);
}

int main(int argc, char **argv) {
    const char *host = "127.0.0.1";
    uint32_t port = 7111;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_TRACE(&trace_is_on),
        OPTION_FLAG("--break", "wrong: never call waitpid", &is_broken),
        OPTION_FLAG("--keep", "wrong: only children close", &is_kept),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    trace_open(trace_is_on);
    sigfillset(&signals);
    if (!is_broken) set_handler(SIGCHLD, on_child);
    set_handler(SIGINT, on_end);
    set_handler(SIGTERM, on_end);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0); /* flush each line, even to a pipe */
    listener = listen_announce(host, port);
    if (listener == -1) return EXIT_FAILURE;
    for (;;) {
        sigprocmask(SIG_UNBLOCK, &signals, NULL);
        int client = listen_accept(listener);
        sigprocmask(SIG_BLOCK, &signals, NULL);
        if (client != -1) start_child(client); /* or EINTR: a child ended */
    }
}
