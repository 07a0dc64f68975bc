/* clients.c: see socketio/clients.h. Entry points by the life of a client:
 * clients_open, _join, _receive_text, _receive_binary, _next_due, _close. */
#include "socketio/clients.h"

#include <assert.h>
#include <stdlib.h>

#include "packets/container.h"
#include "socketio/handle.h"

bool clients_init(struct clients *t, const char *const *namespaces,
                  uint32_t max_clients, size_t max_message,
                  uint32_t connect_timeout) {
    *t = (struct clients){.max_message = max_message};
    timers_init(&t->connecting, connect_timeout);
    timers_init(&t->attaching, LIMIT_ATTACHMENTS_MS);
    timers_init(&t->postponed, 1); /* 1 ms: not again in the same turn */
    t->pending = calloc(max_clients, sizeof *t->pending);
    return namespaces_init(&t->namespaces, namespaces, max_clients) &&
           t->pending;
}

void clients_free(struct clients *t) {
    for (uint32_t i = 0; i < t->used; i++) pending_free(t->pending[i]);
    clients_release(t);
    namespaces_free(&t->namespaces);
    free(t->pending);
    t->pending = NULL;
}

void clients_release(struct clients *t) {
    pending_free(t->event_memory);
    t->event_memory = NULL;
}

static struct pending **pending_of(const struct clients *t, uint32_t client) {
    return &t->pending[handle_slot(client)];
}

void clients_set_event(struct server_event *e, enum server_event_type type,
                       struct server_socket from) {
    *e = (struct server_event){.type = type, .from = from, .id = -1};
}

/* The client must send a CONNECT or attachments in time. */
static bool start_pending(struct clients *t, uint32_t client,
                          struct timers *timers) {
    struct pending *p = pending_new(client);
    *pending_of(t, client) = p;
    if (p) timer_start(timers, &p->timer, t->now);
    return p != NULL;
}

/* The client has sent what it had to send, or is gone. */
static void end_pending(struct clients *t, uint32_t client) {
    pending_free(*pending_of(t, client));
    *pending_of(t, client) = NULL;
}

enum clients_outcome clients_open(struct clients *t, uint32_t client) {
    if (handle_slot(client) >= t->used) t->used = handle_slot(client) + 1;
    namespaces_open(&t->namespaces, client);
    return start_pending(t, client, &t->connecting) ? CLIENT_NO_EVENT
                                                    : CLIENT_NO_MEMORY;
}

void clients_join(struct clients *t, struct server_socket socket) {
    end_pending(t, socket.client);
    namespaces_join(&t->namespaces, socket);
}

uint16_t clients_close(struct clients *t, uint32_t client) {
    end_pending(t, client);
    return namespaces_leave_all(&t->namespaces, client);
}

/* Socket.IO v5, "Connection to a namespace". */
static enum clients_outcome receive_connect(struct clients *t,
                                            struct server_socket from,
                                            const struct packet *p,
                                            struct server_event *e) {
    /* Socket.IO v5: a client is in a namespace once. */
    if (namespaces_has(&t->namespaces, from)) return CLIENT_BROKE_RULE;
    clients_set_event(e, SERVER_CONNECT, from);
    e->name = p->nsp;
    e->args.json = p->data;
    return CLIENT_CONNECT;
}

static enum clients_outcome receive_disconnect(struct clients *t,
                                               struct server_socket from,
                                               struct server_event *e) {
    namespaces_leave(&t->namespaces, from);
    clients_set_event(e, SERVER_DISCONNECT, from);
    return CLIENT_EVENT;
}

/* Makes the event of a complete packet. */
static enum clients_outcome receive_packet(const struct clients *t,
                                           struct server_socket from,
                                           const struct packet *p,
                                           struct server_event *e) {
    bool is_ack = p->type == PACKET_ACK || p->type == PACKET_BINARY_ACK;
    clients_set_event(e, is_ack ? SERVER_ACKED : SERVER_EVENT, from);
    e->name = p->event;
    e->args = (struct server_args){p->args, p->attachments, t->attachment};
    e->id = p->id;
    return CLIENT_EVENT;
}

/* Keeps a binary packet until its attachments have arrived. */
static enum clients_outcome receive_binary_head(struct clients *t,
                                                uint32_t client,
                                                const struct packet *p,
                                                struct span text) {
    if (!start_pending(t, client, &t->attaching) ||
        !pending_begin(*pending_of(t, client), p, text, t->max_message))
        return CLIENT_NO_MEMORY;
    return CLIENT_NO_EVENT;
}

enum clients_outcome clients_receive_text(struct clients *t, uint32_t client,
                                          struct span text,
                                          struct server_event *e) {
    const struct pending *pending = *pending_of(t, client);
    struct packet p;
    /* Socket.IO v5: nothing may come between a packet and its attachments. */
    if (pending && pending->expected > 0) return CLIENT_BROKE_RULE;
    if (packet_parse(&p, text, NULL) != 0) return CLIENT_BROKE_RULE;
    struct server_socket from = {client,
                                 namespaces_find(&t->namespaces, p.nsp)};
    if (p.type == PACKET_CONNECT) return receive_connect(t, from, &p, e);
    bool is_there = namespaces_has(&t->namespaces, from);
    /* Socket.IO v5: a client MUST connect to a namespace first. */
    if (!is_there && !namespaces_has_expelled(&t->namespaces, from))
        return CLIENT_BROKE_RULE;
    /* Socket.IO v5: only a server refuses connections. */
    if (p.type == PACKET_CONNECT_ERROR) return CLIENT_BROKE_RULE;
    if (p.attachments > 0) return receive_binary_head(t, client, &p, text);
    if (!is_there) return CLIENT_NO_EVENT; /* the client did not know yet */
    if (p.type == PACKET_DISCONNECT) return receive_disconnect(t, from, e);
    return receive_packet(t, from, &p, e);
}

enum clients_outcome clients_receive_binary(struct clients *t, uint32_t client,
                                            struct span bytes,
                                            struct server_event *e) {
    struct pending *pending = *pending_of(t, client);
    struct packet p;
    /* Socket.IO v5: binary belongs to the packet that announced it. */
    if (!pending || pending->expected == 0) return CLIENT_BROKE_RULE;
    if (!pending_has_space(pending, bytes.len)) return CLIENT_TOO_BIG;
    if (!pending_add(pending, bytes)) return CLIENT_NO_MEMORY;
    if (!pending_is_complete(pending)) return CLIENT_NO_EVENT;
    clients_release(t);
    t->event_memory = pending;
    *pending_of(t, client) = NULL;
    pending_read(t->event_memory, &p, t->attachment);
    struct server_socket from = {client,
                                 namespaces_find(&t->namespaces, p.nsp)};
    if (!namespaces_has(&t->namespaces, from))
        return CLIENT_NO_EVENT; /* the server has expelled the client */
    return receive_packet(t, from, &p, e);
}

uint32_t clients_next_due(struct clients *t, int64_t now) {
    struct timers *all[] = {&t->postponed, &t->connecting, &t->attaching};
    struct timer *timer = NULL;
    for (size_t i = 0; i < sizeof all / sizeof *all && !timer; i++)
        timer = timers_pop_due(all[i], now);
    return timer ? container_of(timer, struct pending, timer)->client
                 : NO_HANDLE;
}

void clients_postpone(struct clients *t, uint32_t client, int64_t now) {
    timer_start(&t->postponed, &(*pending_of(t, client))->timer, now);
}

int clients_wait(const struct clients *t, int64_t now, int wait) {
    wait = timers_wait(&t->postponed, now, wait);
    wait = timers_wait(&t->connecting, now, wait);
    return timers_wait(&t->attaching, now, wait);
}
