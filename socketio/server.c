/*
 * server.c: see socketio/server.h
 *
 *   server_next   what a client sends (clients.c), or that it is gone
 *
 * Joins the clients to the engine, on which their packets travel. A client that
 * breaks a rule is closed.
 */
#include "socketio/server.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "socketio/clients.h"
#include "socketio/handle.h"
#include "socketio/json.h"
#include "websocket/base64.h"
#include "websocket/sha1.h"

struct server {
    struct engine *engine; /* its groups are the namespaces, by number */
    struct clients clients;
    uint64_t ids; /* of sockets, made so far */
    uint8_t seed[32];
    uint32_t gone;        /* the client whose DISCONNECTs are reported, */
    uint16_t gone_joined; /* and for which namespaces they still are to be */
};

struct server *server_open(const struct server_options *o) {
    struct engine_options engine = o->engine;
    struct server *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    bool has_memory =
        clients_init(&s->clients, o->namespaces, engine.max_sessions,
                     engine.max_payload, o->connect_timeout);
    memcpy(s->seed, engine.seed, sizeof s->seed);
    engine.max_groups = s->clients.nsp_count;
    s->engine = has_memory ? engine_open(&engine) : NULL;
    if (s->engine) return s;
    server_free(s);
    return NULL;
}

void server_free(struct server *s) {
    if (!s) return;
    clients_free(&s->clients);
    engine_free(s->engine);
    free(s);
}

/* Events */

/* Responds to a CONNECT: type 0 or 4, the namespace, a JSON object. */
static void respond_connect(struct server *s, uint32_t client,
                            enum packet_type type, struct span nsp,
                            const char *json) {
    uint8_t head[PACKET_HEAD_MAX];
    struct packet p = {.type = type, .nsp = nsp, .id = -1};
    struct span parts[] = {{head, packet_head(&p, head)}, span_from(json)};
    engine_send(s->engine, client, false, parts, 2);
}

/* The id of a socket: of a client in one namespace. It must not reveal the id
 * of the session, with which anybody could speak in the client's place. */
static void make_socket_id(struct server *s, char id[20]) {
    uint8_t text[sizeof s->seed + 1 + sizeof s->ids], digest[SHA1_SIZE];
    s->ids++;
    memcpy(text, s->seed, sizeof s->seed);
    text[sizeof s->seed] = 's';
    memcpy(text + sizeof s->seed + 1, &s->ids, sizeof s->ids);
    sha1(text, sizeof text, digest);
    base64_encode(digest, 15, id);
}

static void accept_client(struct server *s, const struct server_event *e) {
    char id[20], json[40];
    make_socket_id(s, id);
    snprintf(json, sizeof json, "{\"sid\":\"%.20s\"}", id);
    respond_connect(s, e->client, PACKET_CONNECT, s->clients.nsp[e->nsp], json);
    engine_join(s->engine, e->client, e->nsp);
}

/* Acts on what a message came to. True: an event for the program. */
static bool act(struct server *s, uint32_t client, enum clients_outcome outcome,
                const struct server_event *e) {
    switch (outcome) {
    case CLIENT_EVENT:
        if (e->type == SERVER_CONNECT) accept_client(s, e);
        if (e->type == SERVER_DISCONNECT)
            engine_leave(s->engine, client, e->nsp);
        return true;
    case CLIENT_NO_NAMESPACE:
        respond_connect(s, client, PACKET_CONNECT_ERROR, e->name,
                        "{\"message\":\"Invalid namespace\"}");
        return false;
    case CLIENT_BROKE_RULE:
        engine_close(s->engine, client, 1002);
        return false;
    case CLIENT_TOO_BIG:
        engine_close(s->engine, client, 1009);
        return false;
    case CLIENT_NO_MEMORY:
        engine_close(s->engine, client, 1011);
        return false;
    default:
        return false;
    }
}

/* The next DISCONNECT of a client that is gone. */
static bool next_disconnect(struct server *s, struct server_event *e) {
    unsigned nsp = 0;
    if (s->gone_joined == 0) return false;
    while (!(s->gone_joined >> nsp & 1)) nsp++;
    s->gone_joined &= (uint16_t)(s->gone_joined - 1);
    clients_set_event(e, SERVER_DISCONNECT, s->gone, nsp);
    return true;
}

/* What an event of the engine means. True: an event for the program. */
static bool translate(struct server *s, const struct engine_event *ev,
                      struct server_event *e) {
    uint32_t client = ev->session;
    enum clients_outcome outcome = CLIENT_GOES_ON;
    switch (ev->type) {
    case ENGINE_OPENED:
        outcome = clients_open(&s->clients, client);
        break;
    case ENGINE_MESSAGE:
        outcome =
            ev->is_binary
                ? clients_receive_binary(&s->clients, client, ev->payload, e)
                : clients_receive_text(&s->clients, client, ev->payload, e);
        break;
    case ENGINE_CLOSED:
        s->gone = client;
        s->gone_joined = clients_close(&s->clients, client);
        return next_disconnect(s, e);
    case ENGINE_REQUEST:
        clients_set_event(e, SERVER_REQUEST, NO_HANDLE, 0);
        e->conn = ev->conn;
        e->name = ev->payload;
        e->args = ev->if_none_match;
        return true;
    }
    return act(s, client, outcome, e);
}

bool server_next(struct server *s, struct server_event *e) {
    struct engine_event ev;
    clients_release(&s->clients);
    if (next_disconnect(s, e)) return true;
    while (engine_next(s->engine, &ev))
        if (translate(s, &ev, e)) return true;
    return false;
}

/* Time */

static void set_now(struct server *s, int64_t now) {
    if (now > s->clients.now) s->clients.now = now;
}

void server_expire(struct server *s, int64_t now) {
    uint32_t client;
    set_now(s, now);
    while ((client = clients_next_late(&s->clients, now)) != NO_HANDLE) {
        if (engine_is_behind(s->engine, client))
            clients_postpone(&s->clients, client, now);
        else
            engine_close(s->engine, client, 1008);
    }
    engine_expire(s->engine, now);
}

int server_wait(const struct server *s, int64_t now, int wait) {
    wait = clients_wait(&s->clients, now, wait);
    return engine_wait(s->engine, now, wait);
}

/* What the program sends */

bool server_event_is(const struct server_event *e, const char *name) {
    return json_string_equal(e->name, name);
}

/* An event or an ack: its text, then its attachments; to is_public all in its
 * namespace. */
static void send_packet(struct server *s, const struct server_event *to,
                        const struct packet *p, const struct span *json,
                        size_t k, bool is_public) {
    uint8_t head[PACKET_HEAD_MAX];
    struct span parts[8] = {{head, packet_head(p, head)}};
    for (size_t i = 0; i < k; i++) parts[i + 1] = json[i];
    for (unsigned i = 0; i <= p->attachments; i++) {
        const struct span *part = i ? &to->attachment[i - 1] : parts;
        size_t n = i ? 1 : k + 1;
        if (is_public)
            engine_publish(s->engine, to->nsp, i > 0, part, n);
        else
            engine_send(s->engine, to->client, i > 0, part, n);
    }
}

static void send_event(struct server *s, const struct server_event *to,
                       struct span name, struct span args, bool is_public) {
    struct packet p = {.type =
                           to->attachments ? PACKET_BINARY_EVENT : PACKET_EVENT,
                       .attachments = to->attachments,
                       .nsp = s->clients.nsp[to->nsp],
                       .id = -1};
    struct span json[] = {span_from("[\""), name, span_from("\","), args,
                          span_from("]")};
    if (args.len == 0) json[2].len = 1; /* no comma */
    send_packet(s, to, &p, json, 5, is_public);
}

void server_emit(struct server *s, const struct server_event *to,
                 struct span name, struct span args) {
    send_event(s, to, name, args, false);
}

void server_broadcast(struct server *s, const struct server_event *to,
                      struct span name, struct span args) {
    send_event(s, to, name, args, true);
}

void server_ack(struct server *s, const struct server_event *e,
                struct span args) {
    assert(e->id >= 0);
    struct packet p = {.type = e->attachments ? PACKET_BINARY_ACK : PACKET_ACK,
                       .attachments = e->attachments,
                       .nsp = s->clients.nsp[e->nsp],
                       .id = e->id};
    struct span json[] = {span_from("["), args, span_from("]")};
    send_packet(s, e, &p, json, 3, false);
}

/* As in engine.h */

void server_feed(struct server *s, uint32_t conn, struct span in, int64_t now) {
    set_now(s, now);
    engine_feed(s->engine, conn, in, now);
}

void server_accept(struct server *s, uint32_t conn, int64_t now) {
    engine_accept(s->engine, conn, now);
}

struct span server_rest(struct server *s) {
    return engine_rest(s->engine);
}

void server_sent(struct server *s, uint32_t conn, int64_t now) {
    engine_sent(s->engine, conn, now);
}

void server_lost(struct server *s, uint32_t conn) {
    engine_lost(s->engine, conn);
}

bool server_outgoing(struct server *s, struct outgoing *out) {
    return engine_outgoing(s->engine, out);
}

void server_respond(struct server *s, uint32_t conn, unsigned status,
                    const char *type, struct span body, const char *fields) {
    engine_respond(s->engine, conn, status, type, body, fields);
}

void server_set_clock(struct server *s, int64_t unix_seconds) {
    engine_set_clock(s->engine, unix_seconds);
}

void server_shut(struct server *s, int64_t now) {
    engine_shut(s->engine, now);
}
