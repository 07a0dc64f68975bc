/* acceptor.c: see tcp/acceptor.h */
#include "tcp/acceptor.h"
#include "tcp/io.h"
#include "tcp/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MAX_ACCEPTS =
        64,         /* connections a wake-up: the others want their turn, too */
    PAUSE_MS = 100, /* without accepting, when there are no descriptors left */
    MAX_DESCRIPTORS = 65536, /* descriptors that a table is ever made for */
    RESERVED = 4,            /* for those who come too late, to be told so */
};

static int spare_descriptor(void) {
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Closing with unread input would send a RST, which may overtake the refusal:
 * so what has come already is read first. Nobody waits for more. */
static void refuse(const struct acceptor *a, int fd) {
    char unread[4096];
    if (a->refusal) {
        io_send(fd, a->refusal, strlen(a->refusal));
        shutdown(fd, SHUT_WR);
        for (int i = 0; i < 4; i++)
            if (io_recv(fd, unread, sizeof unread) <= 0) break;
    }
    close(fd);
}

/* Out of descriptors. Whoever waits cannot be taken and the listener stays
 * ready: give up the spare one to refuse one client, and look away. */
static void pause_accepting(struct acceptor *a) {
    if (a->spare != -1) {
        close(a->spare);
        int fd = listen_accept(a->watch.fd);
        if (fd != -1) refuse(a, fd);
        a->spare = spare_descriptor();
    }
    loop_change(a->loop, &a->watch, 0);
    timer_start(&a->pauses, &a->pause, loop_now(a->loop));
}

/* True: there may be another. */
static bool accept_one(struct acceptor *a) {
    int fd = listen_accept(a->watch.fd);
    if (fd >= a->max_fd) {
        refuse(a, fd);
    } else if (fd != -1) {
        a->on_connection(fd);
    } else if (errno != EINTR) {
        /* EMFILE, ENFILE, or what else asking again at once will not mend. */
        if (errno != EAGAIN && errno != EWOULDBLOCK) pause_accepting(a);
        return false;
    }
    return true;
}

static void on_ready(struct watch *w, unsigned what) {
    struct acceptor *a = (struct acceptor *)w;
    (void)what;
    /* accepted may call acceptor_close: then there is no descriptor any more. */
    for (int i = 0; i < MAX_ACCEPTS && w->fd != -1; i++)
        if (!accept_one(a)) return;
}

int acceptor_open(struct acceptor *a, struct loop *l, int fd, int max_fd,
                  void (*on_connection)(int fd)) {
    acceptor_descriptors();
    a->watch = (struct watch){.ready = on_ready, .fd = fd};
    a->loop = l;
    timers_init(&a->pauses, PAUSE_MS);
    a->pause = (struct timer){0};
    a->max_fd = max_fd;
    a->on_connection = on_connection;
    if (io_nonblocking(fd) == -1) return -1;
    a->spare = spare_descriptor();
    if (a->spare != -1 && loop_watch(l, &a->watch, LOOP_READ) == 0) return 0;
    int why = errno;
    if (a->spare != -1) close(a->spare);
    errno = why;
    return -1;
}

void acceptor_resume(struct acceptor *a) {
    if (!timers_pop_due(&a->pauses, loop_now(a->loop))) return;
    if (a->spare == -1) a->spare = spare_descriptor();
    loop_change(a->loop, &a->watch, LOOP_READ);
}

int acceptor_wait(const struct acceptor *a, int wait) {
    return timers_wait(&a->pauses, loop_now(a->loop), wait);
}

void acceptor_close(struct acceptor *a) {
    if (a->watch.fd == -1) return;
    timer_stop(&a->pause);
    loop_unwatch(a->loop, &a->watch);
    close(a->watch.fd);
    if (a->spare != -1) close(a->spare);
    a->watch.fd = a->spare = -1;
}

int acceptor_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == -1) return 256;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) == -1) limit.rlim_cur = before;
    return (limit.rlim_cur < MAX_DESCRIPTORS ? (int)limit.rlim_cur
                                             : MAX_DESCRIPTORS) -
           RESERVED;
}

int acceptor_run(struct acceptor *a, int (*on_timeout)(int64_t now),
                 void (*on_shutdown)(void), const int *open_count) {
    bool is_closing = false;
    int status = 0;
    for (;;) {
        int wait = on_timeout(loop_now(a->loop)); /* may close the last one */
        if (is_closing && *open_count == 0) break;
        int turned = loop_turn(a->loop, acceptor_wait(a, wait));
        if (turned == -1) {
            perror("cannot wait for events");
            status = 1;
            break;
        }
        if (turned == 0 && is_closing) break;
        if (turned == 0) {
            is_closing = true;
            acceptor_close(a);
            on_shutdown();
        }
        acceptor_resume(a);
    }
    acceptor_close(a);
    return status;
}
