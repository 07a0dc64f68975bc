/*
 * joint.c: connects the server to its cables: a small model of tcp/links.c
 *
 *   turn:  each connection that is ready: flush, read, feed
 *          then the time-outs, judged at the time before the wait
 *          then all output to the wires, or earlier if much was received
 *
 * The calls are in the order of tcp/links.c, so that the simulation finds
 * faults that depend on it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "socketio/sim/memory.h"
#include "socketio/sim/model.h"
#include "socketio/sim/prng.h"
#include "socketio/sim/sim.h"

enum {
    MAX_RECEIVED = 65536, /* bytes received before output is delivered */
    MAX_HOLD_MS = 1000,   /* longest time that time-outs wait for kept input */
};

static struct {
    struct cable *by_link[MAX_WIRES];
    struct buf read_buffer;
    size_t received;    /* bytes since the last delivery */
    size_t traffic;     /* see joint_traffic */
    int64_t waits_from; /* when the last turn ended */
    int64_t judged_ms;  /* when time-outs were last judged */
    bool is_behind;     /* the last turn did not judge them */
    int64_t due_ms;     /* when the loop wakes if nothing is ready */
} joint;

/* A connection that is ready when the loop wakes; later it may not be. */
struct ready {
    struct cable *cable;
    bool is_readable, is_writable;
};

void joint_start(void) {
    joint.due_ms = joint.waits_from = joint.judged_ms = 0;
    joint.is_behind = false;
    joint.received = joint.traffic = 0;
    buf_init(&joint.read_buffer, BUF_MAX);
}

void joint_end(void) {
    buf_free(&joint.read_buffer);
}

static void handle_events(size_t fed) {
    struct server_event e;
    size_t events = 0;
    while (machine_next(&e)) {
        application_handle(&e);
        if (++events > fed + 64 * MAX_MODELS)
            trace_fail(sim.fed_client, "every step makes progress",
                       "more events than bytes");
    }
}

static void drop(struct cable *w) {
    uint32_t link = w->link;
    trace(w->client, link, "the server drops the connection", -1,
          (struct span){0});
    machine_lost(link);
    cable_close(w);
    joint.by_link[link] = NULL;
}

/* RULE: the server does not drop a reader that makes progress. A peer that has
 * received everything has LIMIT_CLOSING_MS to close. */
static void check_drop(const struct cable *w, int64_t now) {
    char detail[100];
    if (sim.shut || memory_has_failed() || w->reset) return;
    if (cable_unsent(w) > 0 && now - w->progress_ms < LIMIT_STALLED_MS) {
        snprintf(detail, sizeof detail,
                 "%zu bytes unsent, link %u, last progress %lld ms ago",
                 cable_unsent(w), (unsigned)w->link,
                 (long long)(now - w->progress_ms));
        trace_fail(w->client, "a slow reader receives everything", detail);
    }
    if (now < w->drained_ms + LIMIT_CLOSING_MS)
        trace_fail(w->client, "a peer has its time to close",
                   "it is dropped earlier");
}

static void send_output(const struct outgoing *o, int64_t now) {
    struct cable *w = o->conn < MAX_WIRES ? joint.by_link[o->conn] : NULL;
    bool ends = o->then == OUTBOX_END, drops = o->then == OUTBOX_DROP;
    joint.traffic += o->bytes.len;
    if (!w)
        trace_fail(NO_CLIENT, "output goes to open connections",
                   "there is no such link");
    if (w->ending && o->bytes.len > 0)
        trace_fail(w->client, "nothing follows the end of a connection",
                   "output after the end");
    trace(w->client, w->link,
          drops  ? "the server gives up"
          : ends ? "the server sends and ends"
                 : "the server sends",
          (int64_t)o->bytes.len, o->bytes);
    if (drops) check_drop(w, now);
    enum cable_result result =
        drops ? CABLE_LOST : cable_send(w, o->bytes, now);
    if (result == CABLE_LOST) {
        drop(w);
        return;
    }
    if (ends) cable_end(w, now);
    if (result == CABLE_OPEN) machine_sent(w->link, now);
}

static void deliver(int64_t now) {
    struct outgoing o;
    unsigned pieces = 0;
    joint.received = 0;
    while (machine_outgoing(&o)) {
        send_output(&o, now);
        if (++pieces > 64 * MAX_WIRES)
            trace_fail(NO_CLIENT, "every step makes progress",
                       "more pieces of output than connections");
    }
}

/* Like stream_max_unsent in tcp/stream.h. */
static uint32_t max_unsent(void) {
    size_t one =
        LIMIT_UNREAD + engine_max_reply(sim.options.engine.max_payload);
    return one > LIMIT_UNSENT ? (uint32_t)one : LIMIT_UNSENT;
}

/* Accepts a connection. It gets the lowest free number, so that numbers are
 * reused at once. */
static void accept_wire(struct cable *w, int64_t now) {
    uint32_t link = 0;
    while (link < sim.options.engine.max_conns && joint.by_link[link]) link++;
    if (link == sim.options.engine.max_conns) return; /* it waits */
    joint.by_link[link] = w;
    cable_accept(w, link, max_unsent(), now);
    trace(w->client, link, "is accepted", -1, (struct span){0});
    machine_accept(link, now);
}

/* Feeds input, and keeps the rest that the server does not consume. */
static void receive(struct cable *w, struct buf *from, int64_t now) {
    struct span in = buf_view(from);
    uint32_t link = w->link;
    trace(w->client, link, "the server reads", (int64_t)in.len,
          (struct span){0});
    sim.fed_client = w->client;
    machine_feed(link, in, now);
    handle_events(in.len);
    struct span rest = machine_end_feed();
    joint.received += in.len - rest.len;
    joint.traffic += in.len;
    if (from == &w->kept)
        buf_consume(&w->kept, in.len - rest.len);
    else if (rest.len > 0 && !buf_append(&w->kept, rest.data, rest.len))
        abort();
    if (buf_view(&w->kept).len == 0) buf_free(&w->kept);
    if (joint.received >= MAX_RECEIVED) deliver(now);
}

/* Flushes output first: that makes space for responses to the input. */
static void on_ready(const struct ready *r, int64_t now) {
    struct cable *w = r->cable;
    enum cable_result result = CABLE_AGAIN;
    if (w->waiting) accept_wire(w, now);
    if (r->is_writable && cable_is_writable(w)) {
        result = cable_flush(w, now);
        if (result == CABLE_OPEN) machine_sent(w->link, now);
    }
    if (result != CABLE_LOST && r->is_readable && cable_is_readable(w)) {
        buf_clear(&joint.read_buffer);
        result = cable_read(w, &joint.read_buffer);
        if (result == CABLE_OPEN) receive(w, &joint.read_buffer, now);
    }
    if (w->server_open && (result == CABLE_LOST || result == CABLE_END))
        drop(w);
}

static void drop_stalled(int64_t now) {
    struct cable *w;
    for (unsigned i = 0; (w = cable_at(i)); i++) {
        if (!w->server_open || cable_unsent(w) == 0) continue;
        if (now - w->progress_ms < LIMIT_STALLED_MS) continue;
        w->stalled = true;
        drop(w);
    }
}

static unsigned find_ready(struct ready *ready) {
    unsigned count = 0;
    struct cable *w;
    for (unsigned i = 0; (w = cable_at(i)); i++) {
        struct ready r = {w, cable_is_readable(w), cable_is_writable(w)};
        if (w->waiting || r.is_readable || r.is_writable) ready[count++] = r;
    }
    return count;
}

/* Returns the ms from now until the server needs a turn, or -1. */
static int wait_from(int64_t now) {
    struct cable *w;
    int wait = machine_wait(now, -1);
    for (unsigned i = 0; (w = cable_at(i)); i++) {
        if (!w->server_open || cable_unsent(w) == 0) continue;
        int64_t left = w->progress_ms + LIMIT_STALLED_MS - now;
        if (left < 0) left = 0;
        if (wait < 0 || left < wait) wait = (int)left;
    }
    return wait;
}

/* Kept input may be fed unless too much output is unsent. */
static bool may_feed_kept(const struct cable *w) {
    return w->server_open && buf_view(&w->kept).len > 0 &&
           cable_unsent(w) < LIMIT_UNREAD;
}

static bool has_kept(void) {
    struct cable *w;
    for (unsigned i = 0; (w = cable_at(i)); i++)
        if (may_feed_kept(w)) return true;
    return false;
}

/* Feeds input that earlier turns have kept. True: there was some. */
static bool feed_kept(int64_t now) {
    static struct cable *kept[MAX_WIRES];
    unsigned count = 0;
    struct cable *w;
    for (unsigned i = 0; (w = cable_at(i)); i++)
        if (may_feed_kept(w)) kept[count++] = w;
    for (unsigned i = 0; i < count; i++)
        if (may_feed_kept(kept[i])) receive(kept[i], &kept[i]->kept, now);
    return count > 0;
}

/* Does one turn of the loop. At its end the server has read all input from
 * before the wait, so it judges time-outs at the time when the wait began. */
static void turn(struct ready *ready, unsigned count, int64_t now) {
    int64_t judged_ms = joint.waits_from;
    while (count > 0) { /* the order of events is random */
        unsigned i = prng_below(count);
        struct ready r = ready[i];
        ready[i] = ready[--count];
        on_ready(&r, now);
    }
    joint.is_behind =
        feed_kept(now) && judged_ms - joint.judged_ms <= MAX_HOLD_MS;
    if (!joint.is_behind) {
        joint.judged_ms = judged_ms;
        drop_stalled(judged_ms);
        machine_expire(judged_ms);
    }
    handle_events(0);
    deliver(now);
    int wait = has_kept() ? 0 : wait_from(judged_ms);
    joint.due_ms = wait < 0 ? NEVER : judged_ms + wait;
    joint.waits_from = now;
}

void joint_turn(int64_t now) {
    struct ready ready[MAX_WIRES];
    for (int turns = 0; turns < 4; turns++) {
        unsigned count = find_ready(ready);
        if (count == 0 && now < joint.due_ms) return; /* the loop sleeps on */
        turn(ready, count, now);
        if (now < joint.due_ms) return;
    }
}

size_t joint_traffic(void) {
    size_t bytes = joint.traffic;
    joint.traffic = 0;
    return bytes;
}

bool joint_is_behind(void) {
    return joint.is_behind;
}

int64_t joint_due(void) {
    return joint.due_ms;
}

void joint_shut(int64_t now) {
    machine_shut(now);
    deliver(now);
    joint.due_ms = now;
}

/* All connections are lost at once. */
void joint_lose_all(int64_t now) {
    for (uint32_t i = 0; i < MAX_WIRES; i++)
        if (joint.by_link[i]) drop(joint.by_link[i]);
    handle_events(0);
    deliver(now);
    joint.due_ms = now;
}
