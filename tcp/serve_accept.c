/* serve_accept.c: the listening end on a loop (tcp/serve.h) */
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    AT_ONCE = 64,  /* connections a wake-up: the others want their turn, too */
    REST_MS = 100, /* without accepting, when there are no descriptors left */
    MOST = 65536,  /* descriptors that a table is ever made for */
    KEPT = 4,      /* for those who come too late, to be told so */
};

static int spare_descriptor(void) {
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Closing with unread input would send a RST, which may overtake the refusal:
 * so what has come already is read first. Nobody waits for more. */
static void refuse(const struct serve *s, int fd) {
    char unread[4096];
    if (s->refusal) {
        io_send(fd, s->refusal, strlen(s->refusal));
        shutdown(fd, SHUT_WR);
        for (int i = 0; i < 4; i++)
            if (io_recv(fd, unread, sizeof unread) <= 0) break;
    }
    close(fd);
}

/* Out of descriptors. Whoever waits cannot be taken and the listener stays
 * ready: give up the spare one to refuse one client, and look away. */
static void rest(struct serve *s) {
    if (s->spare != -1) {
        close(s->spare);
        int fd = listen_accept(s->watch.fd);
        if (fd != -1) refuse(s, fd);
        s->spare = spare_descriptor();
    }
    loop_change(s->loop, &s->watch, 0);
    timer_start(&s->resting, &s->rest, loop_now(s->loop));
}

/* True: there may be another. */
static bool accept_one(struct serve *s) {
    int fd = listen_accept(s->watch.fd);
    if (fd >= s->most) {
        refuse(s, fd);
    } else if (fd != -1) {
        s->accepted(fd);
    } else if (errno != EINTR) {
        /* EMFILE, ENFILE, or what else asking again at once will not mend. */
        if (errno != EAGAIN && errno != EWOULDBLOCK) rest(s);
        return false;
    }
    return true;
}

static void on_ready(struct watch *w, unsigned what) {
    struct serve *s = (struct serve *)w;
    (void)what;
    /* accepted may call serve_close: then there is no descriptor any more. */
    for (int i = 0; i < AT_ONCE && w->fd != -1; i++)
        if (!accept_one(s)) return;
}

int serve_open(struct serve *s, struct loop *l, int fd, int most,
               void (*accepted)(int fd)) {
    serve_descriptors();
    s->watch = (struct watch){.ready = on_ready, .fd = fd};
    s->loop = l;
    timers_init(&s->resting, REST_MS);
    s->rest = (struct timer){0};
    s->most = most;
    s->accepted = accepted;
    if (io_nonblocking(fd) == -1) return -1;
    s->spare = spare_descriptor();
    if (s->spare != -1 && loop_watch(l, &s->watch, LOOP_READ) == 0) return 0;
    int why = errno;
    if (s->spare != -1) close(s->spare);
    errno = why;
    return -1;
}

void serve_tick(struct serve *s) {
    if (!timers_pop_due(&s->resting, loop_now(s->loop))) return;
    if (s->spare == -1) s->spare = spare_descriptor();
    loop_change(s->loop, &s->watch, LOOP_READ);
}

int serve_wait(const struct serve *s, int wait) {
    return timers_wait(&s->resting, loop_now(s->loop), wait);
}

void serve_close(struct serve *s) {
    if (s->watch.fd == -1) return;
    timer_stop(&s->rest);
    loop_unwatch(s->loop, &s->watch);
    close(s->watch.fd);
    if (s->spare != -1) close(s->spare);
    s->watch.fd = s->spare = -1;
}

int serve_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == -1) return 256;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) == -1) limit.rlim_cur = before;
    return (limit.rlim_cur < MOST ? (int)limit.rlim_cur : MOST) - KEPT;
}

int serve_run(struct serve *s, int (*late)(int64_t now), void (*leave)(void),
              const int *open) {
    bool leaving = false;
    int status = 0;
    for (;;) {
        int wait = late(loop_now(s->loop)); /* may close the last one */
        if (leaving && *open == 0) break;
        int turned = loop_turn(s->loop, serve_wait(s, wait));
        if (turned == -1) {
            perror("cannot wait for events");
            status = 1;
            break;
        }
        if (turned == 0 && leaving) break;
        if (turned == 0) {
            leaving = true;
            serve_close(s);
            leave();
        }
        serve_tick(s);
    }
    serve_close(s);
    return status;
}
