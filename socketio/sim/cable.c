/* cable.c: see socketio/sim/cable.h */
#include "socketio/sim/cable.h"

#include <assert.h>

static struct cable wires[MAX_WIRES];
static unsigned used; /* cables that were ever opened */

static size_t length(const struct buf *b) {
    return b->end - b->start;
}

/* Makes the client look at its connections soon. */
static void notify(struct cable *w, int64_t now) {
    if (!w->client_open) return;
    if (*w->wake > now + w->latency) *w->wake = now + w->latency;
}

struct cable *cable_connect(int client, uint32_t capacity, int64_t *wake,
                            uint32_t latency, int64_t now) {
    unsigned i = 0;
    while (i < used &&
           (wires[i].client_open || wires[i].server_open || wires[i].waiting))
        i++;
    if (i == MAX_WIRES) return NULL;
    if (i == used) used++;
    wires[i] = (struct cable){.client_open = true,
                              .waiting = true,
                              .link = NO_LINK,
                              .client = client,
                              .wake = wake,
                              .latency = latency,
                              .capacity = capacity,
                              .connected_ms = now,
                              .in.max = BUF_MAX,
                              .kept.max = BUF_MAX,
                              .out.max = BUF_MAX,
                              .unsent.max = BUF_MAX};
    return &wires[i];
}

void cable_put(struct cable *w, struct span bytes) {
    assert(w->client_open);
    if (w->server_open || w->waiting) buf_append(&w->in, bytes.data, bytes.len);
}

size_t cable_receive(struct cable *w, struct buf *b, size_t n) {
    struct span out = buf_view(&w->out);
    if (n > out.len) n = out.len;
    if (n == 0) return 0;
    buf_append(b, out.data, n);
    buf_consume(&w->out, n);
    if (w->out.start == w->out.end) buf_free(&w->out);
    return n;
}

/* Frees the buffers that closed sides no longer need. */
static void forget(struct cable *w) {
    if (!w->client_open) buf_free(&w->out);
    if (!w->server_open && !w->waiting) buf_free(&w->in);
    if (!w->server_open) buf_free(&w->unsent);
}

void cable_shut(struct cable *w, bool reset) {
    w->client_open = false;
    w->in_end = true;
    w->reset = reset;
    if (reset) buf_free(&w->in); /* RFC 9293 §3.10.7.4: queues are flushed */
    forget(w);
}

void cable_accept(struct cable *w, uint32_t link, uint32_t max_unsent,
                  int64_t now) {
    w->waiting = false;
    w->server_open = true;
    w->link = link;
    w->unsent.max = max_unsent & BUF_MAX;
    w->drained_ms = w->accepted_ms = now;
}

bool cable_is_readable(const struct cable *w) {
    size_t largest = w->ending || w->is_half_closed ? 1 : LIMIT_UNREAD;
    return w->server_open && length(&w->unsent) < largest &&
           length(&w->kept) == 0 && (w->in_end || length(&w->in) > 0);
}

bool cable_is_writable(const struct cable *w) {
    return w->server_open && length(&w->unsent) > 0 &&
           (w->reset || length(&w->out) < w->capacity);
}

enum cable_result cable_read(struct cable *w, struct buf *b) {
    struct span in = buf_view(&w->in);
    if (w->reset) return CABLE_LOST;
    if (in.len == 0 && length(&w->unsent) > 0) {
        w->is_half_closed = true; /* EOF is returned later */
        return CABLE_AGAIN;
    }
    if (in.len == 0) return w->in_end ? CABLE_END : CABLE_AGAIN;
    if (!w->ending) buf_append(b, in.data, in.len);
    buf_free(&w->in);
    return w->ending ? CABLE_AGAIN : CABLE_OPEN;
}

/* The kernel accepts as many bytes as it has space for. */
static size_t move_out(struct cable *w, struct span bytes, int64_t now) {
    size_t space = w->capacity - length(&w->out);
    if (bytes.len > space) bytes.len = space;
    if (w->client_open) buf_append(&w->out, bytes.data, bytes.len);
    if (bytes.len > 0) notify(w, now);
    return bytes.len;
}

enum cable_result cable_send(struct cable *w, struct span bytes, int64_t now) {
    if (w->ending) return length(&w->unsent) ? CABLE_AGAIN : CABLE_OPEN;
    if (bytes.len == 0) return length(&w->unsent) ? CABLE_AGAIN : CABLE_OPEN;
    if (w->reset) return CABLE_LOST;
    if (length(&w->unsent) == 0) {
        bytes = span_skip(bytes, move_out(w, bytes, now));
        w->progress_ms = now;
        if (bytes.len == 0) {
            w->drained_ms = now;
            return CABLE_OPEN;
        }
    }
    w->blocked_ms = now;
    if (buf_append(&w->unsent, bytes.data, bytes.len)) return CABLE_AGAIN;
    w->overflowed = true;
    return CABLE_LOST;
}

enum cable_result cable_flush(struct cable *w, int64_t now) {
    if (length(&w->unsent) > 0) {
        if (w->reset) return CABLE_LOST;
        w->blocked_ms = now;
        buf_consume(&w->unsent, move_out(w, buf_view(&w->unsent), now));
        w->progress_ms = now;
        if (length(&w->unsent) > 0) return CABLE_AGAIN;
        w->drained_ms = now;
    }
    buf_free(&w->unsent);
    if (w->ending) {
        w->out_end = true;
        notify(w, now);
    }
    return CABLE_OPEN;
}

void cable_end(struct cable *w, int64_t now) {
    if (w->ending) return;
    w->ending = true;
    w->ended_ms = now;
    buf_free(&w->kept);
    if (length(&w->unsent) == 0) cable_flush(w, now);
}

void cable_close(struct cable *w) {
    w->server_open = false;
    buf_free(&w->kept);
    w->out_end = true;
    if (w->client_open) *w->wake = 0;
    forget(w);
}

bool cable_server_has(int client) {
    for (unsigned i = 0; i < used; i++)
        if (wires[i].client == client &&
            (wires[i].server_open || wires[i].waiting))
            return true;
    return false;
}

struct cable *cable_at(unsigned i) {
    return i < used ? &wires[i] : NULL;
}

void cable_free_all(void) {
    for (unsigned i = 0; i < used; i++) {
        buf_free(&wires[i].in);
        buf_free(&wires[i].out);
        buf_free(&wires[i].unsent);
        buf_free(&wires[i].kept);
        wires[i] = (struct cable){0};
    }
    used = 0;
}

bool cable_is_quiet(const struct cable *w) {
    return !w->waiting && length(&w->in) == 0 && length(&w->kept) == 0 &&
           length(&w->out) == 0 && length(&w->unsent) == 0;
}
