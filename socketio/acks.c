/* acks.c: see socketio/acks.h. An entry is free, or in one of three queues of
 * timers: waiting, postponed or lost. */
#include "socketio/acks.h"

#include <stdlib.h>

#include "packets/container.h"

struct ack {
    struct timer timer; /* started: the ack is not free */
    struct server_socket socket;
    int64_t id;
    uint32_t next; /* free entry: index + 1, 0: none */
};

void acks_init(struct acks *t, uint32_t timeout_ms) {
    *t = (struct acks){0};
    timers_init(&t->waiting, timeout_ms);
    timers_init(&t->postponed, 1); /* 1 ms: not again in the same turn */
    timers_init(&t->lost, 0);
}

void acks_free(struct acks *t) {
    free(t->table);
    t->table = NULL;
}

static struct ack *allocate(struct acks *t) {
    struct ack *a = NULL;
    if (!t->table) t->table = calloc(LIMIT_ACKS, sizeof *t->table);
    if (!t->table) return NULL;
    if (t->free) {
        a = &t->table[t->free - 1];
        t->free = a->next;
    } else if (t->used < LIMIT_ACKS) {
        a = &t->table[t->used];
        a->id = t->used++;
    }
    return a;
}

static struct ack *place_of(const struct acks *t, int64_t id) {
    return &t->table[id % LIMIT_ACKS];
}

int64_t acks_add(struct acks *t, struct server_socket socket, int64_t now) {
    struct ack *a = allocate(t);
    if (!a) return -1;
    a->socket = socket;
    timer_start(&t->waiting, &a->timer, now);
    return a->id;
}

/* Frees an entry. The next ack with this index gets another id. */
static void free_entry(struct acks *t, struct ack *a) {
    timer_stop(&a->timer);
    a->next = t->free;
    t->free = (uint32_t)(a - t->table) + 1;
    a->id += LIMIT_ACKS;
}

bool acks_receive(struct acks *t, struct server_socket socket, int64_t id) {
    if (!t->table || id < 0) return false;
    struct ack *a = place_of(t, id);
    if (!timer_started(&a->timer) || a->id != id ||
        a->socket.client != socket.client || a->socket.nsp != socket.nsp)
        return false;
    free_entry(t, a);
    return true;
}

static struct ack *owner_of(struct timer *timer) {
    return container_of(timer, struct ack, timer);
}

int64_t acks_next_due(struct acks *t, int64_t now,
                      struct server_socket *socket) {
    struct timer *timer = timers_pop_due(&t->postponed, now);
    if (!timer) timer = timers_pop_due(&t->waiting, now);
    if (!timer) return -1;
    *socket = owner_of(timer)->socket;
    return owner_of(timer)->id;
}

void acks_postpone(struct acks *t, int64_t id, int64_t now) {
    timer_start(&t->postponed, &place_of(t, id)->timer, now);
}

void acks_give_up(struct acks *t, int64_t id) {
    timer_start(&t->lost, &place_of(t, id)->timer, 0);
}

int64_t acks_next_lost(struct acks *t, struct server_socket *socket) {
    struct timer *timer = timers_pop_due(&t->lost, 0);
    if (!timer) return -1;
    int64_t id = owner_of(timer)->id;
    *socket = owner_of(timer)->socket;
    free_entry(t, owner_of(timer));
    return id;
}

int acks_wait(const struct acks *t, int64_t now, int wait) {
    wait = timers_wait(&t->waiting, now, wait);
    return timers_wait(&t->postponed, now, wait);
}
