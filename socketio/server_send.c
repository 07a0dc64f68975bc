/*
 * server_send.c: the sending functions of socketio/server.h
 *
 *   server_emit..., server_ack                 Socket.IO packets
 *   server_join, server_leave                  rooms
 *   server_disconnect, server_close, server_refuse
 */
#include <assert.h>

#include "socketio/json.h"
#include "socketio/server_inside.h"
#include "socketio/server_recover.h"

#define HEAD_MAX (PACKET_HEAD_MAX + 2) /* and the start of the data */

/* Does the client exist, and is it in that namespace? Namespaces go by the slot
 * of the handle, so engine_is_open must check that the handle is current. */
static bool is_there(const struct server *s, struct server_socket socket) {
    return engine_is_open(s->engine, socket.client) &&
           namespaces_has(&s->clients.namespaces, socket);
}

struct span server_namespace(const struct server *s, uint32_t nsp) {
    return s->clients.namespaces.name[nsp];
}

bool server_event_is(const struct server_event *e, const char *name) {
    return json_string_equal(e->name, name);
}

/* Targets */

/* The rooms of a target that have clients. */
struct found {
    uint32_t room[TARGET_MAX_ROOMS];
    unsigned count;
};

static struct found find_rooms(const struct server *s,
                               const struct server_target *to) {
    const struct span *names = to->rooms ? to->rooms : &to->room;
    struct found f;
    f.count = 0;
    assert(to->room_count <= TARGET_MAX_ROOMS);
    for (unsigned i = 0; s->rooms && i < to->room_count; i++) {
        uint32_t room = rooms_find(s->rooms, to->nsp, names[i]);
        if (room != NO_ROOM) f.room[f.count++] = room;
    }
    return f;
}

/* Has the client got the message, in one of the first n rooms? */
static bool has_got(const struct server *s, const struct found *f, unsigned n,
                    uint32_t client) {
    for (unsigned i = 0; i < n; i++)
        if (rooms_has(s->rooms, client, f->room[i])) return true;
    return false;
}

/* The way in which an event is sent. */
struct sending {
    struct server_target to;
    struct found found;
    bool is_volatile; /* only to writable clients */
    bool is_kept;     /* in the backlog, for recovery */
};

static bool may_send(const struct server *s, const struct sending *how,
                     uint32_t client) {
    return !how->is_volatile || engine_is_writable(s->engine, client);
}

static void record_sent(struct server *s, const struct sending *how,
                        uint32_t client) {
    struct server_socket socket = {client, how->to.nsp};
    if (how->is_kept) server_recovery_sent(s, socket);
}

static void publish_to(struct server *s, const struct sending *how,
                       uint32_t client) {
    if (client == how->to.except || !may_send(s, how, client)) return;
    engine_publish_to(s->engine, client);
    record_sent(s, how, client);
}

static void publish_to_rooms(struct server *s, const struct sending *how) {
    const struct found *f = &how->found;
    for (unsigned i = 0; i < f->count; i++) {
        uint32_t record = 0, client;
        while (rooms_next(s->rooms, f->room[i], &record, &client))
            if (!has_got(s, f, i, client)) publish_to(s, how, client);
    }
}

static void publish_to_all(struct server *s, const struct sending *how) {
    uint32_t record = 0, client, nsp = how->to.nsp;
    while (namespaces_next(&s->clients.namespaces, nsp, &record, &client))
        publish_to(s, how, client);
}

/* Sends one Engine.IO message to the target; it is encoded once. */
static void send_message(struct server *s, const struct sending *how,
                         bool is_binary, const struct span *parts, size_t k) {
    if (how->to.client != NO_HANDLE) {
        engine_send(s->engine, how->to.client, is_binary, parts, k);
        record_sent(s, how, how->to.client);
        return;
    }
    engine_publish_begin(s->engine, is_binary, parts, k);
    if (how->to.room_count > 0)
        publish_to_rooms(s, how);
    else
        publish_to_all(s, how);
    engine_publish_end(s->engine);
}

/* Packets */

/* Writes the fields before the data, then open, the start of the data. Returns
 * both. */
static struct span begin_packet(const struct packet *p, const char *open,
                                uint8_t head[HEAD_MAX]) {
    size_t n = packet_head(p, head), more = strlen(open);
    assert(n + more <= HEAD_MAX);
    memcpy(head + n, open, more);
    return (struct span){head, n + more};
}

/* Sends an event or an ack: its text, then its attachments. */
static void send_packet(struct server *s, struct sending *how,
                        const struct span *parts, size_t k,
                        const struct server_args *args) {
    struct server_socket one = {how->to.client, how->to.nsp};
    if (one.client != NO_HANDLE &&
        (!namespaces_has(&s->clients.namespaces, one) ||
         !may_send(s, how, one.client)))
        return; /* it has left; engine_send checks the handle */
    how->is_kept =
        how->is_kept && server_recovery_log(s, &how->to, parts, k, args);
    if (how->to.room_count > 0) {
        how->found = find_rooms(s, &how->to);
        if (how->found.count == 0) return; /* they have no clients */
    }
    send_message(s, how, false, parts, k);
    for (unsigned i = 0; i < args->attachments; i++)
        send_message(s, how, true, &args->attachment[i], 1);
}

/* Socket.IO v5, "Connection state recovery": the last argument of an event is
 * the offset of a client that has received it. An event with an ack has no
 * offset, since SERVER_ACK_TIMEOUT reports a loss. */
static void send_event(struct server *s, struct sending *how, struct span name,
                       const struct server_args *args, int64_t id) {
    uint8_t head[HEAD_MAX];
    char end[RECOVERY_OFFSET_MAX];
    struct packet p = {.type = args->attachments ? PACKET_BINARY_EVENT
                                                 : PACKET_EVENT,
                       .attachments = args->attachments,
                       .nsp = server_namespace(s, how->to.nsp),
                       .id = id};
    struct span parts[] = {begin_packet(&p, "[\"", head), name,
                           span_from("\","), args->json, span_from("]")};
    if (args->json.len == 0) parts[2].len = 1; /* no comma */
    if (s->recovery && id < 0) {
        how->is_kept = !how->is_volatile;
        parts[4] = server_recovery_offset(s, how->is_kept, end);
    }
    send_packet(s, how, parts, 5, args);
}

void server_emit(struct server *s, struct server_target to, struct span name,
                 struct server_args args) {
    struct sending how = {.to = to};
    send_event(s, &how, name, &args, -1);
}

void server_emit_volatile(struct server *s, struct server_target to,
                          struct span name, struct server_args args) {
    struct sending how = {.to = to, .is_volatile = true};
    send_event(s, &how, name, &args, -1);
}

int64_t server_emit_ack(struct server *s, struct server_socket socket,
                        struct span name, struct server_args args) {
    struct server_target to = server_to(socket);
    struct sending how = {.to = to};
    int64_t id = acks_add(&s->acks, socket, s->clients.now);
    if (id >= 0) send_event(s, &how, name, &args, id);
    return id;
}

void server_ack(struct server *s, const struct server_event *e,
                struct server_args args) {
    assert(e->id >= 0);
    struct packet p = {.type =
                           args.attachments ? PACKET_BINARY_ACK : PACKET_ACK,
                       .attachments = args.attachments,
                       .nsp = server_namespace(s, e->from.nsp),
                       .id = e->id};
    uint8_t head[HEAD_MAX];
    struct span parts[] = {begin_packet(&p, "[", head), args.json,
                           span_from("]")};
    struct server_target to = server_to(e->from);
    struct sending how = {.to = to};
    send_packet(s, &how, parts, 3, &args);
}

/* Rooms */

static bool is_in_room(const struct server *s, struct server_socket socket,
                       struct span name) {
    uint32_t room = rooms_find(s->rooms, socket.nsp, name);
    return room != NO_ROOM && rooms_has(s->rooms, socket.client, room);
}

bool server_join(struct server *s, struct server_socket socket,
                 struct span room) {
    uint64_t seed;
    if (!is_there(s, socket)) return false;
    memcpy(&seed, s->seed, sizeof seed);
    if (!s->rooms) s->rooms = rooms_new(s->max_clients, seed);
    if (!s->rooms) return false;
    bool was_there = is_in_room(s, socket, room);
    if (!rooms_join(s->rooms, socket, room)) return false;
    if (!was_there) server_recovery_log_room(s, BACKLOG_JOIN, socket, room);
    return true;
}

void server_leave(struct server *s, struct server_socket socket,
                  struct span room) {
    /* A socket whose connection is closing leaves, too: it may be recovered. */
    bool is_known = is_there(s, socket) || server_recovery_has(s, socket);
    if (!s->rooms || !is_known || !is_in_room(s, socket, room)) return;
    rooms_leave(s->rooms, socket, room);
    server_recovery_log_room(s, BACKLOG_LEAVE, socket, room);
}

bool server_next_client(const struct server *s, uint32_t nsp, struct span room,
                        uint32_t *cursor, uint32_t *client) {
    if (room.len == 0)
        return namespaces_next(&s->clients.namespaces, nsp, cursor, client);
    uint32_t number = s->rooms ? rooms_find(s->rooms, nsp, room) : NO_ROOM;
    return number != NO_ROOM && rooms_next(s->rooms, number, cursor, client);
}

/* Refusing and ending connections */

void server_answer_connect(struct server *s, uint32_t client,
                           enum packet_type type, struct span nsp,
                           struct span json) {
    uint8_t head[PACKET_HEAD_MAX];
    struct packet p = {.type = type, .nsp = nsp, .id = -1};
    struct span parts[] = {{head, packet_head(&p, head)}, json};
    engine_send(s->engine, client, false, parts, 2);
}

void server_refuse(struct server *s, const struct server_event *e,
                   const char *reason) {
    struct buf json = {.max = BUF_MAX};
    bool has_memory = buf_text(&json, "{\"message\":") &&
                      json_write_string(&json, span_from(reason)) &&
                      buf_text(&json, "}");
    if (s->decision == UNDECIDED) s->decision = REFUSED;
    if (has_memory)
        server_answer_connect(s, e->from.client, PACKET_CONNECT_ERROR, e->name,
                              buf_view(&json));
    else
        engine_close(s->engine, e->from.client, 1011);
    buf_free(&json);
}

void server_disconnect(struct server *s, struct server_socket socket) {
    uint8_t head[PACKET_HEAD_MAX];
    bool was_there = is_there(s, socket);
    server_recovery_forget(s, socket); /* even if its connection is closing */
    if (!was_there) return;
    struct packet p = {.type = PACKET_DISCONNECT,
                       .nsp = server_namespace(s, socket.nsp),
                       .id = -1};
    struct span part = {head, packet_head(&p, head)};
    if (!buf_append(&s->expelled, &socket, sizeof socket)) {
        engine_close(s->engine, socket.client, 1011);
        return;
    }
    engine_send(s->engine, socket.client, false, &part, 1);
    namespaces_expel(&s->clients.namespaces, socket);
    if (s->rooms) rooms_leave_namespace(s->rooms, socket);
}

void server_close(struct server *s, uint32_t client, unsigned code) {
    if (client == NO_HANDLE) return;
    server_recovery_forget_client(s, client);
    engine_close(s->engine, client, code);
}

void server_respond(struct server *s, uint32_t conn, unsigned status,
                    const char *type, struct span body, const char *fields) {
    engine_respond(s->engine, conn, status, type, body, fields);
}
