/*
 * session.c: see socketio/session.h
 *
 * A session is in one of three lists, or in none. unfetched: it polls, and no
 * GET of it waits; the oldest last GET is first. ready: a GET waits and there
 * is a packet for it. hurried: ready, and not only with a broadcast or a ping.
 */
#include "socketio/session.h"

#include <assert.h>
#include <stdlib.h>

#include "packets/container.h"

/* Lists */

static struct session *at(const struct sessions *t, uint32_t number) {
    return number ? &t->table[number - 1] : NULL;
}

static struct session_list *list_of(struct sessions *t, unsigned list) {
    return list == IN_HURRIED ? &t->hurried
           : list == IN_READY ? &t->ready
                              : &t->unfetched;
}

static void unlist(struct sessions *t, struct session *s) {
    if (s->list == IN_NO_LIST) return;
    struct session_list *list = list_of(t, s->list);
    struct session *next = at(t, s->next), *previous = at(t, s->previous);
    *(previous ? &previous->next : &list->first) = s->next;
    *(next ? &next->previous : &list->last) = s->previous;
    s->next = s->previous = 0;
    s->list = IN_NO_LIST;
}

static void enlist(struct sessions *t, struct session *s, unsigned list) {
    struct session_list *l = list_of(t, list);
    uint32_t number = handle_slot(s->handle) + 1;
    unlist(t, s);
    s->previous = l->last;
    *(l->last ? &at(t, l->last)->next : &l->first) = number;
    l->last = number;
    s->list = (uint8_t)list;
}

/* The table */

bool sessions_init(struct sessions *t, const struct session_options *o) {
    assert(o->max_sessions <= HANDLE_MAX_SLOTS);
    size_t two = 2 * (size_t)o->max_payload;
    *t = (struct sessions){.max = o->max_sessions};
    t->max_queue = two > LIMIT_QUEUE ? two : LIMIT_QUEUE;
    t->max_queued = two > LIMIT_QUEUES ? two : LIMIT_QUEUES;
    memcpy(t->secrets.seed, o->seed, sizeof t->secrets.seed);
    timers_init(&t->ping, o->ping_interval);
    timers_init(&t->pong, o->ping_timeout);
    timers_init(&t->postponed, 1); /* 1 ms: not again in the same turn */
    timers_init(&t->due, 0);
    t->table = calloc(o->max_sessions, sizeof *t->table);
    return t->table != NULL;
}

void sessions_free(struct sessions *t) {
    for (uint32_t i = 0; t->table && i < t->used; i++)
        queue_free(&t->queued, &t->table[i].queue);
    free(t->table);
    t->table = NULL;
}

static void change_state(struct session *s, enum session_cause cause) {
    s->state = state_table_next(&session_states, s->state, cause);
}

static bool is_open(const struct session *s) {
    return session_state_is_open(s->state);
}

static bool is_polling(const struct session *s) {
    return session_state_is_polling(s->state);
}

void session_id(const struct session *s, char id[SESSION_ID_LENGTH]) {
    session_id_write(id, handle_slot(s->handle), s->secret);
}

struct session *session_find(const struct sessions *t, const char *id) {
    uint8_t secret[SECRET_SIZE];
    uint32_t slot;
    if (!session_id_read(id, &slot, secret) || slot >= t->used) return NULL;
    struct session *s = &t->table[slot];
    bool is_it = memcmp(s->secret, secret, sizeof secret) == 0;
    return is_it && is_open(s) ? s : NULL;
}

struct session *session_get(const struct sessions *t, uint32_t handle) {
    uint32_t slot = handle_slot(handle);
    if (slot >= t->used) return NULL;
    struct session *s = &t->table[slot];
    return s->handle == handle && is_open(s) ? s : NULL;
}

struct session *session_open(struct sessions *t, bool is_websocket,
                             int64_t now) {
    struct session *s = at(t, t->free);
    if (sessions_are_full(t)) return NULL;
    if (s) {
        t->free = s->next;
    } else {
        assert(t->table);
        s = &t->table[t->used];
        s->handle = handle_make(t->used++, 0);
    }
    *s = (struct session){.handle = s->handle,
                          .carrier = NO_HANDLE,
                          .post = NO_HANDLE,
                          .probe = NO_HANDLE,
                          .is_websocket = is_websocket};
    change_state(s, is_websocket ? SESSION_RCV_CONNECT : SESSION_RCV_POLL);
    session_id_make_secret(&t->secrets, s->secret);
    timer_start(&t->ping, &s->timer, now);
    if (!is_websocket) enlist(t, s, IN_UNFETCHED);
    t->open++;
    return s;
}

static enum session_cause cause_of(unsigned code) {
    if (code == CLOSED_BY_PEER) return SESSION_RCV_CLOSE;
    return code == CLOSED_LOST ? SESSION_LOST : SESSION_CLOSE;
}

void session_close(struct sessions *t, struct session *s, unsigned code) {
    if (!is_open(s)) return;
    unlist(t, s);
    /* Without a GET the queue cannot be sent. */
    if (s->carrier == NO_HANDLE) queue_free(&t->queued, &s->queue);
    change_state(s, cause_of(code));
    s->close_code = (uint16_t)code;
    timer_start(&t->due, &s->timer, 0);
}

void sessions_shut(struct sessions *t) {
    t->is_shut = true;
    for (uint32_t i = 0; i < t->used; i++) session_close(t, &t->table[i], 1001);
}

struct session *session_next_due(struct sessions *t) {
    struct timer *timer = timers_pop_due(&t->due, INT64_MAX);
    return timer ? container_of(timer, struct session, timer) : NULL;
}

void session_free(struct sessions *t, struct session *s) {
    assert(s->state == SESSION_CLOSING && !timer_started(&s->timer));
    queue_free(&t->queued, &s->queue);
    change_state(s, SESSION_ENDS);
    s->next = t->free;
    t->free = handle_slot(s->handle) + 1;
    s->handle = handle_next(s->handle);
    t->open--;
}

/* Packets that wait for a GET */

/* Closes the sessions whose last GET is longest ago, until all queues together
 * are within the limit. */
static void make_space(struct sessions *t) {
    uint32_t number = t->unfetched.first;
    while (t->queued > t->max_queued && number) {
        struct session *s = at(t, number);
        number = s->next;
        if (s->queue) session_close(t, s, 1008);
    }
}

void session_push(struct sessions *t, struct session *s,
                  struct shared *packet) {
    assert(is_polling(s));
    if (!packet || !queue_push(&t->queued, &s->queue, packet)) {
        session_close(t, s, 1011);
        return;
    }
    make_space(t);
    if (s->queue &&
        (s->queue->bytes > t->max_queue || t->queued > t->max_queued))
        session_close(t, s, 1008);
    else if (s->carrier != NO_HANDLE && s->list == IN_NO_LIST)
        enlist(t, s, IN_READY);
}

void session_push_text(struct sessions *t, struct session *s,
                       const char *text) {
    struct span part = span_from(text);
    struct shared *packet = shared_new(&t->queued, false, &part, 1);
    session_push(t, s, packet);
    shared_release(&t->queued, packet);
}

void session_park(struct sessions *t, struct session *s, uint32_t link) {
    assert(is_polling(s) && s->carrier == NO_HANDLE);
    s->carrier = link;
    unlist(t, s);
    if (session_has_output(s)) enlist(t, s, IN_HURRIED);
}

void session_unpark(struct sessions *t, struct session *s) {
    s->carrier = NO_HANDLE;
    if (is_polling(s)) enlist(t, s, IN_UNFETCHED);
}

struct session *session_next_ready(struct sessions *t) {
    return at(t, t->hurried.first ? t->hurried.first : t->ready.first);
}

void session_hurry(struct sessions *t, struct session *s) {
    if (s->list == IN_READY) enlist(t, s, IN_HURRIED);
}

void session_probe(struct session *s, uint32_t link) {
    change_state(s, SESSION_RCV_UPGRADE);
    s->probe = link;
}

void session_switch(struct session *s) {
    change_state(s, SESSION_RCV_2PROBE);
}

void session_upgrade(struct sessions *t, struct session *s) {
    assert(!s->queue);
    change_state(s, SESSION_RCV_5);
    unlist(t, s);
    s->is_websocket = true;
    s->carrier = s->probe;
    s->probe = NO_HANDLE;
}

void session_abandon_probe(struct session *s) {
    change_state(s, SESSION_PROBE_ENDS);
    s->probe = NO_HANDLE;
}

/* The heartbeat: Engine.IO v4, "Heartbeat" */

static struct session *next_of(struct timers *timers, int64_t now) {
    struct timer *timer = timers_pop_due(timers, now);
    return timer ? container_of(timer, struct session, timer) : NULL;
}

struct session *session_next_ping(struct sessions *t, int64_t now) {
    return next_of(&t->ping, now);
}

void session_ping_queued(struct sessions *t, struct session *s, int64_t now) {
    if (!is_polling(s)) return;
    s->ping = PING_QUEUED;
    /* ping_timeout counts from when the ping was due, as the peer counts. If
     * the server itself was delayed by 10 ms or more, it counts from now, to be
     * fair to the peer. */
    bool is_prompt = now - s->timer.due_ms < 10;
    timer_start(&t->pong, &s->timer, is_prompt ? s->timer.due_ms : now);
    if (s->carrier != NO_HANDLE && s->list == IN_NO_LIST)
        enlist(t, s, IN_READY);
}

void session_ping_written(struct session *s) {
    s->ping = PING_WRITTEN;
    timer_stop(&s->timer);
}

void session_ping_sent(struct sessions *t, struct session *s, int64_t now) {
    if (s->ping != PING_WRITTEN) return;
    s->ping = PING_SENT;
    timer_start(&t->pong, &s->timer, now);
}

void session_pong(struct sessions *t, struct session *s, int64_t now) {
    s->ping = PING_NEXT; /* the next ping_interval begins now */
    timer_start(&t->ping, &s->timer, now);
}

struct session *session_next_silent(struct sessions *t, int64_t now) {
    struct session *s = next_of(&t->postponed, now);
    return s ? s : next_of(&t->pong, now);
}

void session_postpone(struct sessions *t, struct session *s, int64_t now) {
    timer_start(&t->postponed, &s->timer, now);
}

int sessions_wait(const struct sessions *t, int64_t now, int wait) {
    if (!timers_empty(&t->due) || t->ready.first || t->hurried.first) return 0;
    wait = timers_wait(&t->ping, now, wait);
    wait = timers_wait(&t->pong, now, wait);
    return timers_wait(&t->postponed, now, wait);
}
