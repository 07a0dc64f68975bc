/* designs.c: see tcp/designs.h. Entry points: designs, a table of servers;
 * design_start, design_connect, design_receive, design_echo, design_stop,
 * design_raise_limit. */
#include "tcp/designs.h"
#include "tcp/io.h"
#include "tcp/listen.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/epoll.h>
#endif

static const char message[16] = "fifteen letters";

/* Receives once and sends the bytes back. False: the client is gone. */
static bool echo_once(int client) {
    char bytes[256];
    ssize_t n = io_recv(client, bytes, sizeof bytes);
    return n > 0 && io_send(client, bytes, (size_t)n) == n;
}

static void serve_by_fork(int listener) {
    signal(SIGCHLD, SIG_IGN); /* the kernel keeps no zombies */
    for (;;) {
        int client = accept(listener, NULL, NULL);
        pid_t pid = client == -1 ? -1 : fork();
        if (pid == 0) {
            close(listener);
            while (echo_once(client)) continue;
            _exit(EXIT_SUCCESS);
        }
        if (client != -1) close(client);
    }
}

static void *run_thread(void *argument) {
    int client = (int)(intptr_t)argument;
    while (echo_once(client)) continue;
    close(client);
    return NULL;
}

static void serve_by_thread(int listener) {
    for (;;) {
        pthread_t thread;
        int client = accept(listener, NULL, NULL);
        if (client == -1) continue;
        if (pthread_create(&thread, NULL, run_thread,
                           (void *)(intptr_t)client) == 0)
            pthread_detach(thread);
        else
            close(client);
    }
}

/* recv does not block: poll has reported input. */
static void serve_by_poll(int listener) {
    static struct pollfd polled[1 + DESIGNS_MAX_CLIENTS];
    nfds_t used = 1;
    io_nonblocking(listener); /* to accept all waiting clients */
    polled[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (;;) {
        if (poll(polled, used, -1) == -1) continue;
        for (nfds_t i = used - 1; i > 0; i--) {
            if (!polled[i].revents || echo_once(polled[i].fd)) continue;
            close(polled[i].fd);
            used--;
            polled[i] = polled[used];
        }
        int client = polled[0].revents ? accept(listener, NULL, NULL) : -1;
        for (; client != -1; client = accept(listener, NULL, NULL)) {
            struct pollfd p = {.fd = client, .events = POLLIN};
            if (used <= DESIGNS_MAX_CLIENTS)
                polled[used++] = p;
            else
                close(client);
        }
    }
}

#ifdef __linux__
static void watch(int epoll, int fd) {
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == -1) close(fd);
}

static void serve_by_epoll(int listener) {
    struct epoll_event events[64];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    io_nonblocking(listener); /* to accept all waiting clients */
    watch(epoll, listener);
    for (;;) {
        int n = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            int client = fd == listener ? accept(listener, NULL, NULL) : -1;
            for (; client != -1; client = accept(listener, NULL, NULL))
                watch(epoll, client);
            if (fd != listener && !echo_once(fd)) close(fd);
        }
    }
}
#else
#define serve_by_epoll NULL
#endif

const struct design designs[DESIGN_COUNT] = {
    {"fork", 'f', serve_by_fork},
    {"thread", 't', serve_by_thread},
    {"poll", 'p', serve_by_poll},
    {"epoll", 'e', serve_by_epoll},
};

/* The other end of the pipe is open only in the server and in its children. */
int design_start(const struct design *d, struct design_server *s) {
    int ends[2];
    s->listener = listen_open("127.0.0.1", 0);
    if (s->listener == -1) return -1;
    if (pipe(ends) == -1) {
        close(s->listener);
        return -1;
    }
    s->pid = fork();
    if (s->pid == 0) {
        close(ends[0]);
        alarm(DESIGN_LIFETIME_S);
        d->serve(s->listener);
    }
    s->alive = ends[0];
    close(ends[1]);
    if (s->pid != -1) return 0;
    close(s->listener);
    close(s->alive);
    return -1;
}

int design_connect(const struct design_server *s) {
    struct linger reset = {.l_onoff = 1}; /* and l_linger 0: RST */
    struct sockaddr_in to;
    socklen_t size = sizeof to;
    int client = socket(AF_INET, SOCK_STREAM, 0);
    if (client == -1) return -1;
    bool is_connected =
        getsockname(s->listener, (struct sockaddr *)&to, &size) == 0 &&
        setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0 &&
        connect(client, (struct sockaddr *)&to, size) == 0 &&
        io_send_all(client, message, sizeof message) == 0;
    if (is_connected) return client;
    close(client);
    return -1;
}

bool design_receive(int client) {
    char bytes[sizeof message];
    ssize_t n = client == -1 ? -1 : io_recv_all(client, bytes, sizeof bytes);
    return n == sizeof bytes && memcmp(bytes, message, sizeof bytes) == 0;
}

bool design_echo(int client) {
    return io_send_all(client, message, sizeof message) == 0 &&
           design_receive(client);
}

void design_stop(struct design_server *s) {
    char byte;
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    close(s->listener); /* ends the clients that were not accepted */
    while (read(s->alive, &byte, 1) > 0) continue;
    close(s->alive);
}

int design_raise_limit(void) {
    enum {
        OTHERS = 20 /* other descriptors than those of clients */
    };
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == -1) return 0;
    rlim_t soft = r.rlim_cur;
    r.rlim_cur = r.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &r) == -1) r.rlim_cur = soft;
    if (r.rlim_cur >= DESIGNS_MAX_CLIENTS + OTHERS) return DESIGNS_MAX_CLIENTS;
    return r.rlim_cur > OTHERS ? (int)r.rlim_cur - OTHERS : 0;
}
