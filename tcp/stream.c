#include "tcp/stream.h"
#include "tcp/io.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Only one stream is read from at a time, so one buffer is enough for all. */
static uint8_t shared[STREAM_READ];

/* Who has unsent output, in the order in which it last moved. */
static struct timers waiting = {
    .ring = {.next = &waiting.ring, .previous = &waiting.ring},
    .duration_ms = LIMIT_STUCK_MS,
};

/* After -1 from io_send or io_recv. */
static enum stream_result why_not(void) {
    bool later = errno == EAGAIN || errno == EWOULDBLOCK;
    return later ? STREAM_AGAIN : STREAM_LOST;
}

static bool has_unsent(const struct stream *s) {
    return buf_view(&s->unsent).len > 0;
}

int stream_open(struct stream *s, struct loop *l, int fd, uint32_t max_unsent,
                void (*ready)(struct watch *w, unsigned what)) {
    *s = (struct stream){.watch = {.ready = ready, .fd = fd}};
    s->unsent.max = max_unsent & INT32_MAX;
    return loop_watch(l, &s->watch, LOOP_READ);
}

enum stream_result stream_read(struct stream *s, struct span *in) {
    ssize_t n = io_recv(s->watch.fd, shared, sizeof shared);
    *in = (struct span){shared, n > 0 ? (size_t)n : 0};
    if (n == -1) return why_not();
    if (n == 0) return STREAM_EOF;
    if (!s->ending) return STREAM_OPEN;
    in->len = 0; /* we have said our last: nothing can be answered */
    return STREAM_AGAIN;
}

/* Appends bytes to what is unsent. While there is any, the peer is not read
 * from: what it asks would only add to what it does not take. */
static enum stream_result keep(struct stream *s, struct loop *l,
                               struct span bytes) {
    if (!has_unsent(s)) timer_start(&waiting, &s->stuck, loop_now(l));
    if (!buf_append(&s->unsent, bytes.data, bytes.len)) return STREAM_LOST;
    if (loop_change(l, &s->watch, LOOP_WRITE) == -1) return STREAM_LOST;
    return STREAM_AGAIN;
}

enum stream_result stream_send(struct stream *s, struct loop *l,
                               struct span bytes) {
    if (s->ending) return has_unsent(s) ? STREAM_AGAIN : STREAM_OPEN;
    if (has_unsent(s)) return keep(s, l, bytes);
    if (bytes.len == 0) return STREAM_OPEN;
    ssize_t sent = io_send(s->watch.fd, bytes.data, bytes.len);
    if (sent == -1 && why_not() == STREAM_LOST) return STREAM_LOST;
    bytes = span_skip(bytes, sent > 0 ? (size_t)sent : 0);
    return bytes.len == 0 ? STREAM_OPEN : keep(s, l, bytes);
}

enum stream_result stream_flush(struct stream *s, struct loop *l) {
    struct span unsent = buf_view(&s->unsent);
    if (unsent.len > 0) {
        ssize_t sent = io_send(s->watch.fd, unsent.data, unsent.len);
        if (sent == -1) return why_not();
        buf_consume(&s->unsent, (size_t)sent);
        timer_start(&waiting, &s->stuck, loop_now(l));
        if (has_unsent(s)) return STREAM_AGAIN;
    }
    timer_stop(&s->stuck);
    buf_free(&s->unsent);
    if (s->ending) shutdown(s->watch.fd, SHUT_WR);
    if (loop_change(l, &s->watch, LOOP_READ) == -1) return STREAM_LOST;
    return STREAM_OPEN;
}

void stream_end(struct stream *s, struct loop *l) {
    if (s->ending) return;
    s->ending = true;
    /* With nothing to send this shuts down at once; otherwise the flush that
     * empties unsent does. What fails here shows at the next wake-up. */
    if (!has_unsent(s)) stream_flush(s, l);
}

void stream_close(struct stream *s, struct loop *l) {
    timer_stop(&s->stuck);
    loop_unwatch(l, &s->watch);
    close(s->watch.fd);
    s->watch.fd = -1;
    buf_free(&s->unsent);
}

struct stream *stream_next_stalled(int64_t now) {
    struct timer *t = timers_pop_due(&waiting, now);
    if (!t) return NULL;
    return (struct stream *)(void *)((char *)t -
                                     offsetof(struct stream, stuck));
}

int stream_wait(int64_t now, int wait) {
    return timers_wait(&waiting, now, wait);
}
