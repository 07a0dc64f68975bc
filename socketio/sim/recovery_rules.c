/* recovery_rules.c: which events must arrive, which sockets return */
#include <stdio.h>
#include <stdlib.h>

#include "socketio/backlog.h"
#include "socketio/handle.h"
#include "socketio/replay.h"
#include "socketio/sim/memory.h"
#include "socketio/sim/recovery.h"

struct person people[PEOPLE];
struct recovery_run run;
struct recovery_totals totals;

/* An event that must arrive: a client has a queue of them. */
struct due {
    long serial;
    uint32_t bytes;
    bool is_optional; /* volatile, or with an ack */
    int64_t emitted_ms;
    size_t emitted; /* run.emitted before it */
};

void rules_fail(const struct person *p, const char *rule) {
    printf("seed %llu, ", (unsigned long long)run.seed);
    if (p) printf("client %d, ", (int)(p - people));
    printf("at %lld ms: %s\n", (long long)run.now, rule);
    exit(1);
}

void rules_expect(struct person *p, size_t bytes, bool is_optional) {
    struct due d = {run.serial, (uint32_t)bytes, is_optional, run.now,
                    run.emitted};
    buf_append(&p->expected, &d, sizeof d);
}

/* Returns the next event that must arrive. False: there is none. */
static bool next_due(struct span expected, struct due *d) {
    if (expected.len == 0) return false;
    memcpy(d, expected.data, sizeof *d);
    return true;
}

/* RULE: events arrive in order, each at most once, and none is missing. */
void rules_check_event(struct person *p, long serial) {
    struct due d;
    while (next_due(buf_view(&p->expected), &d) &&
           (d.serial == serial || d.is_optional)) {
        buf_consume(&p->expected, sizeof d);
        if (d.serial != serial) continue;
        p->got_at = d.emitted;
        totals.events++;
        return;
    }
    bool is_due = next_due(buf_view(&p->expected), &d);
    printf("event %ld has arrived, due is %ld\n", serial,
           is_due ? d.serial : -1);
    rules_fail(p, "events arrive in order, once, and none is missing");
}

/* Adds up the bytes that a client has missed and must receive. */
static size_t missed_bytes(const struct person *p) {
    struct span all = buf_view(&p->expected);
    size_t bytes = 0;
    for (struct due d; next_due(all, &d); all = span_skip(all, sizeof d))
        if (!d.is_optional) bytes += d.bytes;
    return bytes;
}

/* Has the client missed an event that is too long for the backlog? */
static bool has_missed_a_long_event(const struct person *p) {
    struct span all = buf_view(&p->expected);
    for (struct due d; next_due(all, &d); all = span_skip(all, sizeof d))
        if (!d.is_optional && d.bytes > LIMIT_BACKLOG / 5) return true;
    return false;
}

/* RULE: a socket is recovered after its DISCONNECT was reported, with its old
 * handle; but not if it has left, or has missed more than LIMIT_REPLAY. */
void rules_check_recovered(const struct person *p, uint32_t old_client) {
    if (!p->exists) rules_fail(p, "a socket that has left is not recovered");
    if (p->client != NO_HANDLE)
        rules_fail(p, "a DISCONNECT is reported before the recovery");
    if (old_client != p->old_client)
        rules_fail(p, "the old handle is reported");
    if (missed_bytes(p) > LIMIT_REPLAY)
        rules_fail(p, "a socket that has missed too much is not recovered");
}

/* Returns the position from which the server needs the backlog for a client:
 * the last event that the client received. If that was the last one before the
 * socket was lost, the server needs only what it emitted after the loss. */
static size_t needed_from(const struct person *p) {
    struct due d;
    bool has_all =
        !next_due(buf_view(&p->expected), &d) || d.emitted_ms > p->lost_ms;
    return p->client == NO_HANDLE && has_all ? p->lost_at : p->got_at;
}

/* May the server have given up the socket? */
static bool may_be_new(const struct person *p) {
    if (!p->exists || !p->has_pid || memory_has_failed()) return true;
    if (p->client == NO_HANDLE && run.now - p->lost_ms >= RECOVERY_MS)
        return true;
    /* Later events may have pushed what it needs out of the backlog. */
    if (run.emitted - needed_from(p) > LIMIT_BACKLOG / 3) return true;
    return has_missed_a_long_event(p) || missed_bytes(p) > LIMIT_REPLAY / 3;
}

/* RULE: a socket is recovered unless that took too long, or it has missed too
 * much. */
void rules_check_new(const struct person *p) {
    if (!may_be_new(p)) rules_fail(p, "a lost socket is recovered");
}

/* RULE: at the end every client is connected, and no event is missing. */
void rules_check_complete(struct person *p) {
    if (!p->is_joined) rules_fail(p, "every client connects again");
    if (missed_bytes(p) > 0) rules_fail(p, "no event is missing");
}
