/*
 * server_send.c: what the program of socketio/server.h sends, and to
 * which clients
 *
 *   server_emit, server_emit_ack, server_ack   packets of Socket.IO
 *   server_join, server_leave                  rooms
 *   server_disconnect, server_close, server_refuse
 */
#include <assert.h>

#include "socketio/json.h"
#include "socketio/server_inside.h"

/* Is it a client that exists, in that namespace? Whoever is in one was there in
 * the slot of the handle, so the handle must be the current one, too. */
static bool is_there(const struct server *s, struct server_socket who) {
    return who.client != NO_HANDLE && engine_is_open(s->engine, who.client) &&
           namespaces_has(&s->clients.namespaces, who);
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

/* Is it in one of the first n rooms? Then it has got the message. */
static bool has_got(const struct server *s, const struct found *f, unsigned n,
                    uint32_t client) {
    for (unsigned i = 0; i < n; i++)
        if (rooms_has(s->rooms, client, f->room[i])) return true;
    return false;
}

static void publish_to_rooms(struct server *s, const struct server_target *to,
                             const struct found *f) {
    for (unsigned i = 0; i < f->count; i++) {
        uint32_t record = 0, client;
        while (rooms_next(s->rooms, f->room[i], &record, &client))
            if (client != to->except && !has_got(s, f, i, client))
                engine_publish_to(s->engine, client);
    }
}

static void publish_to_all(struct server *s, const struct server_target *to) {
    uint32_t record = 0, client;
    while (namespaces_next(&s->clients.namespaces, to->nsp, &record, &client))
        if (client != to->except) engine_publish_to(s->engine, client);
}

/* One message of Engine.IO, encoded once. */
static void send_message(struct server *s, const struct server_target *to,
                         const struct found *f, bool is_binary,
                         const struct span *parts, size_t k) {
    if (to->client != NO_HANDLE) {
        engine_send(s->engine, to->client, is_binary, parts, k);
        return;
    }
    engine_publish_begin(s->engine, is_binary, parts, k);
    if (to->room_count > 0)
        publish_to_rooms(s, to, f);
    else
        publish_to_all(s, to);
    engine_publish_end(s->engine);
}

/* Packets */

/* An event or an ack: its text, then its attachments. */
static void send_packet(struct server *s, const struct server_target *to,
                        const struct packet *p, const struct span *json,
                        size_t k, const struct server_args *args) {
    uint8_t head[PACKET_HEAD_MAX];
    struct span parts[8];
    struct found f = {.count = 0};
    struct server_socket one = {to->client, to->nsp};
    if (one.client != NO_HANDLE && !namespaces_has(&s->clients.namespaces, one))
        return; /* it has left; or its handle is out of date: engine_send */
    if (to->room_count > 0) {
        f = find_rooms(s, to);
        if (f.count == 0) return; /* nobody is in them */
    }
    parts[0] = (struct span){head, packet_head(p, head)};
    for (size_t i = 0; i < k; i++) parts[i + 1] = json[i];
    send_message(s, to, &f, false, parts, k + 1);
    for (unsigned i = 0; i < args->attachments; i++)
        send_message(s, to, &f, true, &args->attachment[i], 1);
}

static void send_event(struct server *s, const struct server_target *to,
                       struct span name, const struct server_args *args,
                       int64_t id) {
    struct packet p = {.type = args->attachments ? PACKET_BINARY_EVENT
                                                 : PACKET_EVENT,
                       .attachments = args->attachments,
                       .nsp = server_namespace(s, to->nsp),
                       .id = id};
    struct span json[] = {span_from("[\""), name, span_from("\","), args->json,
                          span_from("]")};
    if (args->json.len == 0) json[2].len = 1; /* no comma */
    send_packet(s, to, &p, json, 5, args);
}

void server_emit(struct server *s, struct server_target to, struct span name,
                 struct server_args args) {
    send_event(s, &to, name, &args, -1);
}

int64_t server_emit_ack(struct server *s, struct server_socket who,
                        struct span name, struct server_args args) {
    struct server_target to = server_to(who);
    int64_t id = acks_add(&s->acks, who, s->clients.now);
    if (id >= 0) send_event(s, &to, name, &args, id);
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
    struct span json[] = {span_from("["), args.json, span_from("]")};
    struct server_target to = server_to(e->from);
    send_packet(s, &to, &p, json, 3, &args);
}

/* Rooms */

bool server_join(struct server *s, struct server_socket who, struct span room) {
    uint64_t seed;
    if (!is_there(s, who)) return false;
    memcpy(&seed, s->seed, sizeof seed);
    if (!s->rooms) s->rooms = rooms_new(s->max_clients, seed);
    return s->rooms && rooms_join(s->rooms, who, room);
}

void server_leave(struct server *s, struct server_socket who,
                  struct span room) {
    if (s->rooms && is_there(s, who)) rooms_leave(s->rooms, who, room);
}

bool server_next_client(const struct server *s, uint32_t nsp, struct span room,
                        uint32_t *cursor, uint32_t *client) {
    if (room.len == 0)
        return namespaces_next(&s->clients.namespaces, nsp, cursor, client);
    uint32_t number = s->rooms ? rooms_find(s->rooms, nsp, room) : NO_ROOM;
    return number != NO_ROOM && rooms_next(s->rooms, number, cursor, client);
}

/* The end of a connection, or none at all */

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

void server_disconnect(struct server *s, struct server_socket who) {
    uint8_t head[PACKET_HEAD_MAX];
    if (!is_there(s, who)) return;
    struct packet p = {.type = PACKET_DISCONNECT,
                       .nsp = server_namespace(s, who.nsp),
                       .id = -1};
    struct span part = {head, packet_head(&p, head)};
    if (!buf_append(&s->expelled, &who, sizeof who)) {
        engine_close(s->engine, who.client, 1011);
        return;
    }
    engine_send(s->engine, who.client, false, &part, 1);
    namespaces_expel(&s->clients.namespaces, who);
    if (s->rooms) rooms_leave_namespace(s->rooms, who);
}

void server_close(struct server *s, uint32_t client, unsigned code) {
    if (client != NO_HANDLE) engine_close(s->engine, client, code);
}

void server_respond(struct server *s, uint32_t conn, unsigned status,
                    const char *type, struct span body, const char *fields) {
    engine_respond(s->engine, conn, status, type, body, fields);
}
