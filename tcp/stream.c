/* stream.c: see tcp/stream.h. Entry points: stream_open, stream_read,
 * stream_send, stream_flush, stream_end, stream_close; stream_keep and
 * stream_next_kept for input; stream_await, stream_next_stalled for
 * time-outs. */
#include "tcp/stream.h"
#include "packets/container.h"
#include "tcp/io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FIRST_READ = STREAM_READ / 8, /* bytes: the size of a stream's first read */
};

struct kept_input {
    struct timer timer; /* in kept_inputs until it is returned */
    struct stream *stream;
    struct span rest; /* the part of bytes that was not consumed */
    uint8_t bytes[];
};

/* Only one stream reads at a time, so one buffer is enough for all. */
static uint8_t shared[STREAM_READ];

/* The streams with unsent output or awaited input, in order of their last
 * progress. */
static struct timers stalled_streams = {
    .ring = {.next = &stalled_streams.ring, .previous = &stalled_streams.ring},
    .duration_ms = LIMIT_STALLED_MS,
};

/* Kept input. This queue counts turns instead of ms: input kept in one turn is
 * due in the next one. */
static struct timers kept_inputs = {
    .ring = {.next = &kept_inputs.ring, .previous = &kept_inputs.ring},
    .duration_ms = 1,
};
static int64_t this_turn;
static bool was_read_full; /* in this turn: there may be more input */

/* Returns the result after io_send or io_recv has returned -1. */
static enum stream_result result_of_errno(void) {
    bool is_later = errno == EAGAIN || errno == EWOULDBLOCK;
    return is_later ? STREAM_AGAIN : STREAM_LOST;
}

static size_t unsent_len(const struct stream *s) {
    return buf_view(&s->unsent).len;
}

/* Sets the interest to the possible operations. After stream_end, and after the
 * peer's FIN, the stream reads only after all output was sent: a reported EOF
 * ends the stream, and would cut off the last reply. */
static enum stream_result set_interest(struct stream *s, struct loop *l) {
    size_t unsent = unsent_len(s);
    bool is_last = s->is_ending || s->is_half_closed;
    bool can_read = !s->kept && unsent < (is_last ? 1 : LIMIT_UNREAD);
    unsigned interest =
        (can_read ? LOOP_READ : 0u) | (unsent ? LOOP_WRITE : 0u);
    int result = loop_set_interest(l, &s->watch, interest);
    return result == -1 ? STREAM_LOST : STREAM_AGAIN;
}

size_t stream_max_unsent(size_t max_reply) {
    size_t one = LIMIT_UNREAD + max_reply;
    return one > LIMIT_UNSENT ? one : LIMIT_UNSENT;
}

int stream_open(struct stream *s, struct loop *l, int fd, size_t max_unsent,
                void (*ready)(struct watch *w, unsigned events)) {
    *s = (struct stream){.watch = {.ready = ready, .fd = fd},
                         .read_size = FIRST_READ};
    buf_init(&s->unsent, max_unsent);
    if (loop_watch(l, &s->watch, LOOP_READ) == 0) return 0;
    int error = errno;
    close(fd);
    s->watch.fd = -1;
    errno = error;
    return -1;
}

/* Returns how many bytes to read. Large reads make large messages cheap, but
 * unread replies must be kept in memory. So the size doubles only while reads
 * are full, and above FIRST_READ it is at most the size of a reply that the
 * kernel would accept. */
static size_t choose_read_size(const struct stream *s) {
    size_t unsent = unsent_len(s);
    if (s->kept || unsent >= LIMIT_UNREAD) return 0;
    if (unsent > 0) return LIMIT_UNREAD - unsent;
    if (s->read_size == FIRST_READ) return FIRST_READ;
    size_t space = io_send_space(s->watch.fd);
    if (space < FIRST_READ) return FIRST_READ;
    return space < s->read_size ? space : s->read_size;
}

enum stream_result stream_read(struct stream *s, struct loop *l,
                               struct span *in) {
    size_t size = choose_read_size(s);
    *in = (struct span){shared, 0};
    if (size == 0) return STREAM_AGAIN;
    ssize_t n = io_recv(s->watch.fd, shared, size);
    in->len = n > 0 ? (size_t)n : 0;
    if (n == -1) return result_of_errno();
    if (n == 0 && unsent_len(s) > 0) {
        s->is_half_closed = true;
        return set_interest(s, l);
    }
    if (n == 0) return STREAM_EOF;
    if (in->len == size) {
        was_read_full = true;
        if (s->read_size == size && size < STREAM_READ) s->read_size *= 2;
    }
    if (!s->is_ending) return STREAM_DONE;
    in->len = 0; /* after the last reply, input is dropped */
    return STREAM_AGAIN;
}

/* Makes kept input due in the next turn. Kept input that is not in kept_inputs
 * waits until unsent output was sent. */
static void start_next_turn(struct kept_input *k) {
    if (k && !timer_started(&k->timer))
        timer_start(&kept_inputs, &k->timer, this_turn);
}

static void release_kept(struct stream *s) {
    if (!s->kept) return;
    timer_stop(&s->kept->timer);
    free(s->kept);
    s->kept = NULL;
}

enum stream_result stream_keep(struct stream *s, struct loop *l,
                               struct span rest) {
    if (rest.len == 0) {
        release_kept(s);
    } else if (s->kept) {
        s->kept->rest = rest;
    } else {
        struct kept_input *k = malloc(sizeof *k + rest.len);
        if (!k) return STREAM_LOST;
        memcpy(k->bytes, rest.data, rest.len);
        *k = (struct kept_input){.stream = s, .rest = {k->bytes, rest.len}};
        s->kept = k;
    }
    start_next_turn(s->kept);
    return set_interest(s, l) == STREAM_LOST ? STREAM_LOST : STREAM_DONE;
}

struct stream *stream_next_kept(struct span *in) {
    struct timer *t;
    while ((t = timers_pop_due(&kept_inputs, this_turn))) {
        struct kept_input *k = container_of(t, struct kept_input, timer);
        if (unsent_len(k->stream) >= LIMIT_UNREAD) continue;
        *in = k->rest;
        return k->stream;
    }
    this_turn++;
    was_read_full = false;
    return NULL;
}

bool stream_is_behind(void) {
    return was_read_full || !timers_empty(&kept_inputs);
}

/* Appends bytes to the unsent output. */
static enum stream_result keep_unsent(struct stream *s, struct loop *l,
                                      struct span bytes) {
    s->read_size = FIRST_READ;
    if (unsent_len(s) == 0)
        timer_start(&stalled_streams, &s->stalled, loop_now(l));
    if (!buf_append(&s->unsent, bytes.data, bytes.len)) return STREAM_LOST;
    return set_interest(s, l);
}

enum stream_result stream_send(struct stream *s, struct loop *l,
                               struct span bytes) {
    if (s->is_ending || bytes.len == 0)
        return unsent_len(s) > 0 ? STREAM_AGAIN : STREAM_DONE;
    if (unsent_len(s) > 0) return keep_unsent(s, l, bytes);
    ssize_t sent = io_send(s->watch.fd, bytes.data, bytes.len);
    if (sent == -1 && result_of_errno() == STREAM_LOST) return STREAM_LOST;
    bytes = span_skip(bytes, sent > 0 ? (size_t)sent : 0);
    return bytes.len == 0 ? STREAM_DONE : keep_unsent(s, l, bytes);
}

enum stream_result stream_flush(struct stream *s, struct loop *l) {
    struct span unsent = buf_view(&s->unsent);
    if (unsent.len > 0) {
        ssize_t sent = io_send(s->watch.fd, unsent.data, unsent.len);
        if (sent == -1) return result_of_errno();
        buf_consume(&s->unsent, (size_t)sent);
        timer_start(&stalled_streams, &s->stalled, loop_now(l));
    }
    if (unsent_len(s) < LIMIT_UNREAD) start_next_turn(s->kept);
    if (unsent_len(s) > 0) return set_interest(s, l);
    if (!s->is_awaiting) timer_stop(&s->stalled);
    buf_free(&s->unsent);
    if (s->is_ending) shutdown(s->watch.fd, SHUT_WR);
    return set_interest(s, l) == STREAM_LOST ? STREAM_LOST : STREAM_DONE;
}

void stream_await(struct stream *s, struct loop *l, bool is_awaiting) {
    s->is_awaiting = is_awaiting;
    if (unsent_len(s) > 0) return; /* the timer runs for the output */
    if (is_awaiting)
        timer_start(&stalled_streams, &s->stalled, loop_now(l));
    else
        timer_stop(&s->stalled);
}

void stream_end(struct stream *s, struct loop *l) {
    if (s->is_ending) return;
    s->is_ending = true;
    stream_await(s, l, false);
    release_kept(s);
    /* Without unsent output this sends the FIN now; otherwise the flush that
     * sends the last byte does. The next read or write reports an error. */
    if (unsent_len(s) == 0) stream_flush(s, l);
    set_interest(s, l);
}

void stream_close(struct stream *s, struct loop *l) {
    timer_stop(&s->stalled);
    loop_unwatch(l, &s->watch);
    close(s->watch.fd);
    s->watch.fd = -1;
    buf_free(&s->unsent);
    release_kept(s);
}

struct stream *stream_next_stalled(int64_t now) {
    struct timer *t = timers_pop_due(&stalled_streams, now);
    return t ? container_of(t, struct stream, stalled) : NULL;
}

int stream_wait(int64_t now, int wait) {
    return timers_wait(&stalled_streams, now, wait);
}
