/* recoverable.c: see socketio/recoverable.h. An entry of the table is free,
 * CONNECTED and in the list of its client, or KEPT and in the queue of timers,
 * the oldest first. */
#include "socketio/recoverable.h"

#include <assert.h>
#include <stdlib.h>

#include "packets/container.h"
#include "socketio/handle.h"
#include "socketio/namespaces.h"
#include "websocket/sha1.h"

/* The seed of pids is a hash of the seed of session ids. So no pid has the
 * secret of a session id, and pids do not reveal session ids. */
static void init_secrets(struct secret_source *source, const uint8_t *seed) {
    uint8_t text[sizeof source->seed + 1], digest[SHA1_SIZE];
    memcpy(text, seed, sizeof source->seed);
    text[sizeof source->seed] = 'p';
    sha1(text, sizeof text, digest);
    *source = (struct secret_source){.made = 0};
    memcpy(source->seed, digest, sizeof digest);
}

bool recoverable_init(struct recoverables *t, uint32_t max_clients,
                      uint32_t duration_ms, const uint8_t *seed) {
    *t = (struct recoverables){0};
    t->max = LIMIT_NAMESPACES * max_clients + LIMIT_RECOVERABLE;
    timers_init(&t->kept, duration_ms);
    init_secrets(&t->secrets, seed);
    t->table = calloc(t->max, sizeof *t->table);
    t->lists = calloc(max_clients, sizeof *t->lists);
    return t->table && t->lists;
}

void recoverable_free(struct recoverables *t) {
    for (uint32_t i = 0; i < t->used; i++) buf_free(&t->table[i].rooms);
    free(t->table);
    free(t->lists);
    t->table = NULL;
    t->lists = NULL;
    t->used = 0;
}

static struct recoverable *at(const struct recoverables *t, uint32_t number) {
    return number ? &t->table[number - 1] : NULL;
}

static uint32_t *list_of(const struct recoverables *t, uint32_t client) {
    return &t->lists[handle_slot(client)];
}

static void link_to_client(struct recoverables *t, struct recoverable *r) {
    uint32_t *list = list_of(t, r->socket.client);
    r->next = *list;
    *list = (uint32_t)(r - t->table) + 1;
}

static void unlink_from_client(struct recoverables *t, struct recoverable *r) {
    uint32_t *place = list_of(t, r->socket.client);
    while (at(t, *place) != r) place = &at(t, *place)->next;
    *place = r->next;
}

struct recoverable *recoverable_add(struct recoverables *t,
                                    struct server_socket socket,
                                    uint64_t number, uint64_t joined_at) {
    struct recoverable *r = at(t, t->free);
    if (r) {
        t->free = r->next;
    } else {
        assert(t->table && t->used < t->max); /* for each that may be there */
        r = &t->table[t->used++];
    }
    *r = (struct recoverable){.number = number,
                              .joined_at = joined_at,
                              .socket = socket,
                              .rooms = {.max = BUF_MAX}};
    session_id_make_secret(&t->secrets, r->secret);
    link_to_client(t, r);
    return r;
}

struct recoverable *recoverable_first(const struct recoverables *t,
                                      uint32_t client) {
    struct recoverable *r = at(t, *list_of(t, client));
    return r && r->socket.client == client ? r
                                           : NULL; /* or it is out of date */
}

struct recoverable *recoverable_of(const struct recoverables *t,
                                   struct server_socket socket) {
    struct recoverable *r = recoverable_first(t, socket.client);
    while (r && r->socket.nsp != socket.nsp) r = at(t, r->next);
    return r;
}

struct recoverable *recoverable_find(const struct recoverables *t,
                                     struct span pid) {
    char text[SESSION_ID_LENGTH + 1] = "";
    uint8_t secret[SECRET_SIZE];
    uint32_t place;
    if (pid.len != SESSION_ID_LENGTH) return NULL;
    memcpy(text, pid.data, pid.len);
    if (!session_id_read(text, &place, secret) || place >= t->used) return NULL;
    struct recoverable *r = &t->table[place];
    bool is_it = memcmp(r->secret, secret, sizeof secret) == 0;
    return is_it && r->number != 0 ? r : NULL;
}

void recoverable_write_pid(const struct recoverables *t,
                           const struct recoverable *r,
                           char pid[SESSION_ID_LENGTH]) {
    session_id_write(pid, (uint32_t)(r - t->table), r->secret);
}

/* The place is free: no pid leads to it. */
static void give_back(struct recoverables *t, struct recoverable *r) {
    buf_free(&r->rooms);
    r->number = 0;
    r->next = t->free;
    t->free = (uint32_t)(r - t->table) + 1;
}

static void stop_keeping(struct recoverables *t, struct recoverable *r) {
    timer_stop(&r->timer);
    t->kept_count--;
}

void recoverable_forget(struct recoverables *t, struct recoverable *r) {
    if (recoverable_is_kept(r))
        stop_keeping(t, r);
    else
        unlink_from_client(t, r);
    give_back(t, r);
}

void recoverable_forget_namespace(struct recoverables *t, uint32_t nsp) {
    for (uint32_t i = 0; i < t->used; i++) {
        struct recoverable *r = &t->table[i];
        if (recoverable_is_kept(r) && r->socket.nsp == nsp)
            recoverable_forget(t, r);
    }
}

/* Forgets the first that is due by then. False: none is. */
static bool forget_due(struct recoverables *t, int64_t now) {
    struct timer *timer = timers_pop_due(&t->kept, now);
    if (!timer) return false;
    t->kept_count--;
    give_back(t, container_of(timer, struct recoverable, timer));
    return true;
}

void recoverable_expire(struct recoverables *t, int64_t now) {
    while (forget_due(t, now)) continue;
}

void recoverable_keep(struct recoverables *t, struct recoverable *r,
                      int64_t now) {
    if (t->kept_count == LIMIT_RECOVERABLE) forget_due(t, INT64_MAX);
    unlink_from_client(t, r);
    timer_start(&t->kept, &r->timer, now);
    t->kept_count++;
}

void recoverable_resume(struct recoverables *t, struct recoverable *r,
                        uint32_t client) {
    stop_keeping(t, r);
    buf_free(&r->rooms);
    r->socket.client = client;
    link_to_client(t, r);
}
