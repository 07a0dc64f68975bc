/*
 * server.c: see socketio/server.h
 *
 *   server_next   an event of clients.c, or a DISCONNECT
 *
 * Connects clients.c to the engine, which carries the packets. The server
 * closes a client that breaks a rule. server_inside.h lists the other files.
 */
#include <stdio.h>
#include <stdlib.h>

#include "socketio/json.h"
#include "socketio/replay.h"
#include "socketio/server_inside.h"
#include "socketio/server_recover.h"
#include "websocket/base64.h"
#include "websocket/sha1.h"

/* The reply to a CONNECT may be a whole replay; each message has a header. */
static size_t max_reply(const struct server_options *o) {
    size_t echo = engine_max_reply(o->engine.max_payload);
    size_t replay = o->recovery_ms ? engine_max_reply(LIMIT_REPLAY) : 0;
    return echo > replay ? echo : replay;
}

struct server *server_open(const struct server_options *o) {
    struct engine_options engine = o->engine;
    struct server *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->tap = (struct tap)TAP_EMPTY;
    s->max_clients = engine.max_sessions;
    s->max_reply = max_reply(o);
    s->asks_to_connect = o->asks_to_connect;
    memcpy(s->seed, engine.seed, sizeof s->seed);
    acks_init(&s->acks, o->ack_timeout);
    buf_init(&s->expelled, BUF_MAX);
    if (o->is_traced) engine.tap = &s->tap;
    bool has_memory =
        clients_init(&s->clients, o->namespaces, engine.max_sessions,
                     engine.max_payload, o->connect_timeout) &&
        server_recovery_init(s, o);
    s->engine = has_memory ? engine_open(&engine) : NULL;
    if (s->engine) return s;
    server_free(s);
    return NULL;
}

void server_free(struct server *s) {
    if (!s) return;
    clients_free(&s->clients);
    server_recovery_free(s);
    rooms_free(s->rooms);
    acks_free(&s->acks);
    engine_free(s->engine);
    buf_free(&s->expelled);
    tap_free(&s->tap);
    free(s);
}

/* CONNECT */

/* Makes the id of a socket, which is a client in one namespace. It must not
 * reveal the id of the session: with that, others could use the session. */
static void make_socket_id(const struct server *s, uint64_t number,
                           char id[20]) {
    uint8_t text[sizeof s->seed + 1 + sizeof number], digest[SHA1_SIZE];
    memcpy(text, s->seed, sizeof s->seed);
    text[sizeof s->seed] = 's';
    memcpy(text + sizeof s->seed + 1, &number, sizeof number);
    sha1(text, sizeof text, digest);
    base64_encode(digest, 15, id);
}

/* Responds to a CONNECT with the id of the socket, and its pid if there is
 * one. */
static void answer_with_id(struct server *s, const struct server_event *e,
                           uint64_t number, const struct recoverable *r) {
    char id[20], pid[SESSION_ID_LENGTH], json[80];
    make_socket_id(s, number, id);
    if (r) recoverable_write_pid(&s->recovery->sockets, r, pid);
    snprintf(json, sizeof json,
             r ? "{\"sid\":\"%.20s\",\"pid\":\"%.20s\"}"
               : "{\"sid\":\"%.20s\"}",
             id, pid);
    server_answer_connect(s, e->from.client, PACKET_CONNECT,
                          server_namespace(s, e->from.nsp), span_from(json));
}

/* A client joins the namespace. Socket.IO v5, "Connection state recovery": it
 * is the same socket as before, with the same sid and pid, or a new one. */
static void join(struct server *s, struct server_event *e,
                 struct recoverable *r) {
    clients_join(&s->clients, e->from);
    e->name = (struct span){0};
    e->is_recovered = r && server_recovery_resume(s, r, e->from.client);
    if (e->is_recovered) {
        e->old_client = r->socket.client;
        answer_with_id(s, e, r->number, r);
        server_recovery_replay(s, r, e->from.client);
    } else {
        r = server_recovery_add(s, e->from, ++s->ids);
        answer_with_id(s, e, s->ids, r);
    }
}

/* A client that is gone leaves all namespaces and rooms at once; its
 * DISCONNECTs follow. */
static void close_client(struct server *s, uint32_t client) {
    server_recovery_keep(s, client);
    s->lost_client = client;
    s->lost_joined = clients_close(&s->clients, client);
    if (s->rooms) rooms_leave_all(s->rooms, client);
}

/* True: the CONNECT *e is accepted, and an event for the program. If a client
 * returns, its old connection is lost, even if the server has not noticed that:
 * the server ends the old one first. */
static bool accept_client(struct server *s, struct server_event *e) {
    struct recoverable *r = server_recovery_find(s, e);
    if (r && !recoverable_is_kept(r)) {
        engine_close(s->engine, r->socket.client, 1000);
        close_client(s, r->socket.client);
        s->request = *e;
        s->decision = ACCEPTED;
        return false;
    }
    join(s, e, r);
    return true;
}

/* True: *e is an event for the program: a request to decide on, or a client. */
static bool receive_connect(struct server *s, struct server_event *e) {
    if (s->asks_to_connect) {
        s->request = *e;
        s->decision = UNDECIDED;
        e->type = SERVER_CONNECT_REQUEST;
        return true;
    }
    if (e->from.nsp != NO_NAMESPACE) return accept_client(s, e);
    server_refuse(s, e, "Invalid namespace");
    return false;
}

/* Acts on the program's decision. True: *e is an event for it. */
static bool decide(struct server *s, struct server_event *e) {
    enum decision decision = s->decision;
    s->decision = NO_REQUEST;
    if (decision == REFUSED) return false;
    *e = s->request;
    if (e->from.nsp != NO_NAMESPACE) return accept_client(s, e);
    server_refuse(s, e, "Invalid namespace");
    return false;
}

/* The new namespace may get the number of an empty one that is removed. */
static void add_namespace(struct server *s, struct server_event *e) {
    e->from.nsp = namespaces_add(&s->clients.namespaces, e->name);
    if (e->from.nsp != NO_NAMESPACE)
        server_recovery_forget_namespace(s, e->from.nsp);
}

bool server_allow(struct server *s, struct server_event *e) {
    if (e->from.nsp == NO_NAMESPACE) add_namespace(s, e);
    s->request.from.nsp = e->from.nsp;
    return e->from.nsp != NO_NAMESPACE;
}

/* Events */

/* Acts on the outcome of a message. True: *e is an event for the program. */
static bool act(struct server *s, uint32_t client, enum clients_outcome outcome,
                struct server_event *e) {
    switch (outcome) {
    case CLIENT_CONNECT:
        return receive_connect(s, e);
    case CLIENT_EVENT:
        /* Socket.IO v5, "Connection state recovery": a client that
         * has left on purpose is not recovered. */
        if (e->type == SERVER_DISCONNECT) {
            server_recovery_forget(s, e->from);
            if (s->rooms) rooms_leave_namespace(s->rooms, e->from);
        }
        /* Socket.IO v5: an ack that was not requested is ignored. Socket.IO v5,
         * "Acknowledgement": a receiver MUST respond with an ACK: not enforced:
         * the application does that. */
        return e->type != SERVER_ACKED ||
               acks_receive(&s->acks, e->from, e->id);
    case CLIENT_BROKE_RULE:
        server_close(s, client, 1002);
        return false;
    case CLIENT_TOO_BIG:
        server_close(s, client, 1009);
        return false;
    case CLIENT_NO_MEMORY:
        engine_close(s->engine, client, 1011);
        return false;
    default:
        return false;
    }
}

/* Returns the next DISCONNECT of clients that are gone or were expelled. */
static bool next_disconnect(struct server *s, struct server_event *e) {
    struct server_socket from = {s->lost_client, 0};
    struct span expelled = buf_view(&s->expelled);
    if (expelled.data && expelled.len > 0) {
        memcpy(&from, expelled.data, sizeof from);
        buf_consume(&s->expelled, sizeof from);
    } else if (s->lost_joined != 0) {
        while (!(s->lost_joined >> from.nsp & 1)) from.nsp++;
        s->lost_joined &= (uint16_t)(s->lost_joined - 1);
    } else {
        return false;
    }
    clients_set_event(e, SERVER_DISCONNECT, from);
    return true;
}

/* Translates an event of the engine. True: *e is an event for the program. */
static bool translate(struct server *s, const struct engine_event *ev,
                      struct server_event *e) {
    struct server_socket none = {NO_HANDLE, 0};
    uint32_t client = ev->session;
    enum clients_outcome outcome = CLIENT_NO_EVENT;
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
        close_client(s, client);
        return false;
    case ENGINE_REQUEST:
        clients_set_event(e, SERVER_REQUEST, none);
        e->conn = ev->conn;
        e->name = ev->payload;
        e->args.json = ev->if_none_match;
        return true;
    }
    return act(s, client, outcome, e);
}

/* Returns the next ack that has timed out. */
static bool next_ack_timeout(struct server *s, struct server_event *e) {
    struct server_socket from;
    int64_t id = acks_next_lost(&s->acks, &from);
    if (id == -1) return false;
    clients_set_event(e, SERVER_ACK_TIMEOUT, from);
    e->id = id;
    return true;
}

bool server_next(struct server *s, struct server_event *e) {
    struct engine_event ev;
    clients_release(&s->clients);
    if ((s->decision == UNDECIDED || s->decision == REFUSED) && decide(s, e))
        return true;
    for (;;) {
        if (next_disconnect(s, e)) return true;
        if (s->decision == ACCEPTED && decide(s, e)) return true;
        if (!engine_next(s->engine, &ev)) return next_ack_timeout(s, e);
        if (translate(s, &ev, e)) return true;
    }
}
