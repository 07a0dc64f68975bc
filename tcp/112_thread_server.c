/*
 * 112_thread_server.c: a thread for each client
 *
 * Shows       All threads have the same memory, so one counter counts for all.
 *             A thread reads it, adds one and writes it back under a lock.
 * By hand     pthread_create, a mutex; what the lock protects.
 * Calls       as 111: tcp/trace.h, options.h, listen.h, io.h
 * Run         $ bin/112_thread_server --port 7112 --trace &
 *             $ bin/102_echo_client 127.0.0.1:7112 hello
 * Try         diff tcp/111_fork_server.c tcp/112_thread_server.c
 *             --break, and "yes | bin/102_echo_client ..." in two terminals.
 * Limits      A crash of one thread ends all. What a stack costs: 122. It waits
 *             if no one reads stdout. 100 silent clients fill it: 124. One
 *             thread can serve all clients: 113_poll_server.
 * Read        pthreads(7), pthread_create(3); C11 §5.1.2.4 (data races)
 */
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_CLIENTS 100

static bool is_broken;

/* The threads share these, and what tcp/trace.c keeps. A thread uses them only
 * while it has the lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned messages, received; /* two counters of the same messages */
static int client_count;

/* Counts a message twice: received always with the lock, so it is right. With
 * is_broken another thread may read messages before this one writes it back. */
static void count_message(int client, ssize_t n) {
    pthread_mutex_lock(&lock);
    trace_peer("<-", client, "%zd B", n);
    unsigned all = ++received;
    if (is_broken) pthread_mutex_unlock(&lock); /* wrong: too early */
    unsigned number = messages + 1;
    printf("fd %d: message %u of %u, %zd bytes\n", client, number, all, n);
    messages = number;
    if (!is_broken) pthread_mutex_unlock(&lock);
}

/* Ends the connection, whether or not a thread has served it. */
static void close_client(int client, const char *why) {
    pthread_mutex_lock(&lock);
    trace_closed(client, why);
    client_count--;
    pthread_mutex_unlock(&lock);
    close(client); /* its number may be the next client's from here on */
}

/* A thread runs this. Its variables are its own: they are on its stack. The
 * descriptors belong to the process, so the thread must close its client. */
static void *serve_client(void *argument) {
    int client = (int)(intptr_t)argument;
    char bytes[16384];
    ssize_t n;
    fcntl(client, F_SETFL, 0); /* blocking: recv and send may wait */
    while ((n = io_recv(client, bytes, sizeof bytes)) > 0) {
        count_message(client, n);
        if (io_send_all(client, bytes, (size_t)n) == -1) break;
        pthread_mutex_lock(&lock);
        trace_peer("->", client, "%zd B", n);
        pthread_mutex_unlock(&lock);
    }
    close_client(client, n == 0 ? "FIN received" : strerror(errno));
    return NULL;
}

static void start_thread(int client) {
    pthread_t thread;
    void *argument = (void *)(intptr_t)client;
    pthread_mutex_lock(&lock);
    trace_connected(client);
    bool is_full = ++client_count > MAX_CLIENTS;
    pthread_mutex_unlock(&lock);
    if (is_full || pthread_create(&thread, NULL, serve_client, argument) != 0)
        close_client(client, "no thread for it");
    else /* nobody waits for its end: detached, it leaves nothing behind */
        pthread_detach(thread);
}

static void on_signal(int signal_number) { /* as in 101; ends all threads */
    (void)signal_number;
    _exit(EXIT_SUCCESS);
}

int main(int argc, char **argv) {
    const char *host = "127.0.0.1";
    uint32_t port = 7112;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_TRACE(&trace_is_on),
        OPTION_FLAG("--break", "wrong: unlock too early", &is_broken),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    trace_open(trace_is_on);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    setvbuf(stdout, NULL, _IOLBF, 0); /* flush each line, even to a pipe */
    int listener = listen_announce(host, port);
    if (listener == -1) return EXIT_FAILURE;
    for (;;) {
        int client = listen_accept(listener);
        if (client != -1) start_thread(client);
        if (client == -1) sleep(1); /* no descriptor is left for it */
    }
}
