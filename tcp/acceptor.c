/* acceptor.c: see tcp/acceptor.h. Entry points: acceptor_open, acceptor_resume,
 * acceptor_wait, acceptor_close, acceptor_run, acceptor_descriptors. */
#include "tcp/acceptor.h"
#include "packets/container.h"
#include "tcp/clock.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MAX_ACCEPTS = 64, /* per turn, so that open connections are served, too */
    PAUSE_MS = 100,   /* without accepting, after descriptors have run out */
    MAX_DESCRIPTORS = 65536, /* the largest table of connections */
    RESERVED = 4,            /* descriptors for clients that are refused */
    CLOSES_PER_MS = 20,      /* connections that certainly can be closed */
    MAX_CLOSING_MS = LIMIT_SHUTDOWN_MS * 3 / 4, /* the peers have the rest */
};

#define NEVER INT64_MAX

static int spare_descriptor(void) {
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Closing a socket with unread input would send a RST, which may overtake the
 * refusal. So input that has arrived is read first, without waiting for
 * more. */
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

static void start_pause(struct acceptor *a) {
    timer_start(&a->pauses, &a->pause, loop_now(a->loop));
}

/* There are no descriptors left: the next client cannot be accepted, and the
 * listener stays ready. Uses the spare descriptor to refuse one client, and
 * stops watching for a while. */
static void pause_accepting(struct acceptor *a) {
    if (a->spare != -1) {
        close(a->spare);
        int fd = listen_accept(a->watch.fd);
        if (fd != -1) refuse(a, fd);
        a->spare = spare_descriptor();
    }
    loop_set_interest(a->loop, &a->watch, 0);
    start_pause(a);
}

/* Returns true if more clients may be waiting. */
static bool accept_one(struct acceptor *a) {
    int fd = listen_accept(a->watch.fd);
    if (fd >= a->max_fd) {
        refuse(a, fd);
    } else if (fd != -1) {
        a->on_connection(fd);
    } else if (errno != EINTR) {
        /* EMFILE, ENFILE, or another error that stays. */
        if (errno != EAGAIN && errno != EWOULDBLOCK) pause_accepting(a);
        return false;
    }
    return true;
}

static void on_ready(struct watch *w, unsigned events) {
    struct acceptor *a = container_of(w, struct acceptor, watch);
    (void)events;
    /* on_connection may call acceptor_close; then fd is -1. */
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
    int saved_errno = errno;
    if (a->spare != -1) close(a->spare);
    errno = saved_errno;
    return -1;
}

void acceptor_resume(struct acceptor *a) {
    if (!timers_pop_due(&a->pauses, loop_now(a->loop))) return;
    if (a->spare == -1) a->spare = spare_descriptor();
    /* No memory: tries again after another pause. */
    if (loop_set_interest(a->loop, &a->watch, LOOP_READ) == -1) start_pause(a);
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

/* Does one turn, which waits at most until due_ms or the end of a pause. The
 * time since the last turn counts: on_shutdown may have closed thousands. */
static int turn(struct acceptor *a, int64_t due_ms) {
    int64_t left = due_ms - clock_ms();
    int wait = left < INT32_MAX ? (int)left : INT32_MAX;
    if (left < 0) wait = 0;
    if (due_ms == NEVER) wait = -1;
    int result = loop_turn(a->loop, acceptor_wait(a, wait));
    acceptor_resume(a);
    return result;
}

/* Returns when a shutdown that a signal began at signal_ms drops the open
 * connections. It must also close them within LIMIT_SHUTDOWN_MS. */
static int64_t end_of_shutdown(int64_t signal_ms, int open_count) {
    int closing_ms = open_count / CLOSES_PER_MS;
    if (signal_ms == NEVER) return NEVER;
    if (closing_ms > MAX_CLOSING_MS) closing_ms = MAX_CLOSING_MS;
    return signal_ms + LIMIT_SHUTDOWN_MS - closing_ms;
}

int acceptor_run(struct acceptor *a, int (*on_timeout)(int64_t now),
                 void (*on_shutdown)(void), const int *open_count) {
    int64_t signal_ms = NEVER; /* when the shutdown began */
    int result = 1;
    while (result != -1) {
        int64_t judged_ms = loop_caught_up_ms(a->loop);
        int wait = on_timeout(judged_ms);
        bool is_closing = signal_ms != NEVER;
        int64_t end_ms = end_of_shutdown(signal_ms, *open_count);
        if (is_closing && (*open_count == 0 || clock_ms() >= end_ms)) break;
        int64_t due_ms = wait == -1 ? NEVER : judged_ms + wait;
        result = turn(a, due_ms < end_ms ? due_ms : end_ms);
        if (result == 0 && is_closing) break;
        if (result == 0) {
            signal_ms = loop_now(a->loop);
            acceptor_close(a);
            on_shutdown();
        }
    }
    if (result == -1) options_report("cannot wait for events");
    acceptor_close(a);
    return result == -1 ? 1 : 0;
}
