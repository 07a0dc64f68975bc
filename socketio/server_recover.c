/*
 * server_recover.c: connection state recovery, for the files of server.h
 *
 *   -> 40{"pid":"..."}            its secret name
 *   -> 42["news",1,"EPOCH.41"]    the last argument is an offset
 *      (the connection is lost; "news" 2 and 3 are kept in the backlog)
 *   <- 40{"pid":"...","offset":"EPOCH.41"}
 *   -> 40{"sid":"...","pid":"..."}, both as before; then 2 and 3
 *
 * "Connection state recovery" is a section of the documentation of Socket.IO,
 * not of its protocol. A client treats the last argument of an event as its
 * offset if that is a string, so the server adds one to each event without an
 * ack. A volatile event, which is not kept, has that of the last entry before.
 *
 * The server records the last event that it sent to each socket. A client that
 * has received it has missed nothing before its connection was lost, even if
 * older entries are gone. Otherwise, all after its offset must still exist.
 */
#include <stdio.h>
#include <stdlib.h>

#include "socketio/json.h"
#include "socketio/replay.h"
#include "socketio/server_inside.h"
#include "socketio/server_recover.h"
#include "websocket/sha1.h"

/* Makes a name for this run of the server: offsets of other runs are
 * ignored. */
static void make_epoch(const struct server *s, char epoch[EPOCH_LENGTH]) {
    uint8_t text[sizeof s->seed + 1], digest[SHA1_SIZE];
    memcpy(text, s->seed, sizeof s->seed);
    text[sizeof s->seed] = 'e';
    sha1(text, sizeof text, digest);
    for (size_t i = 0; i < EPOCH_LENGTH; i++)
        epoch[i] = "0123456789abcdef"[digest[i] & 15];
}

bool server_recovery_init(struct server *s, const struct server_options *o) {
    uint32_t clients = o->engine.max_sessions;
    if (o->recovery_ms == 0) return true;
    struct recovery *r = s->recovery = calloc(1, sizeof *r);
    if (!r) return false;
    make_epoch(s, r->epoch);
    r->max_clients = clients;
    r->sent_at = calloc((size_t)LIMIT_NAMESPACES * clients, sizeof *r->sent_at);
    r->replayed = calloc(clients, sizeof *r->replayed);
    bool has_log = backlog_init(&r->log, LIMIT_BACKLOG);
    return recoverable_init(&r->sockets, clients, o->recovery_ms, s->seed) &&
           has_log && r->sent_at && r->replayed;
}

void server_recovery_free(struct server *s) {
    if (!s->recovery) return;
    backlog_free(&s->recovery->log);
    recoverable_free(&s->recovery->sockets);
    free(s->recovery->sent_at);
    free(s->recovery->replayed);
    free(s->recovery);
    s->recovery = NULL;
}

/* Finding a socket */

/* Is it an offset of this run of the server: "EPOCH." and so on? */
static bool is_ours(const struct recovery *r, struct span offset) {
    return offset.len > EPOCH_LENGTH &&
           memcmp(offset.data, r->epoch, EPOCH_LENGTH) == 0 &&
           offset.data[EPOCH_LENGTH] == '.';
}

/* Reads the position of such an offset. False: not a number, or over 19
 * digits. */
static bool read_position(struct span offset, uint64_t *position) {
    struct span digits = span_skip(offset, EPOCH_LENGTH + 1);
    *position = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9') return false;
        *position = *position * 10 + digits.data[i] - '0';
    }
    return digits.len > 0 && digits.len <= 19;
}

/* Sets r->resume_at. The client may have no offset, or one from before it was
 * this socket, perhaps from another server. Each event has an offset, so this
 * client has received no event yet. False: the server never sent this
 * offset. */
static bool find_position(const struct recovery *rec, struct recoverable *r,
                          struct span offset) {
    r->resume_at = r->joined_at;
    if (!is_ours(rec, offset)) return true;
    if (!read_position(offset, &r->resume_at)) return false;
    if (r->resume_at < r->joined_at) r->resume_at = r->joined_at;
    return r->resume_at <= rec->log.position;
}

/* If a KEPT socket has received the last event to it, it resumes where it was
 * lost: it needs no older entries. */
static void skip_entries_of_others(struct recoverable *r) {
    bool has_got_all = r->resume_at >= r->sent_at;
    if (has_got_all && r->resume_at < r->lost_at) r->resume_at = r->lost_at;
}

struct recoverable *server_recovery_find(struct server *s,
                                         const struct server_event *connect) {
    struct span auth = connect->args.json;
    if (!s->recovery || auth.len == 0) return NULL;
    struct recoverable *r = recoverable_find(
        &s->recovery->sockets, json_unquote(json_member(auth, "pid")));
    /* Socket.IO v5, "Connection state recovery": the pid, which is secret,
     * identifies the socket. */
    if (!r || r->socket.nsp != connect->from.nsp) return NULL;
    if (!find_position(s->recovery, r,
                       json_unquote(json_member(auth, "offset"))))
        return NULL;
    if (recoverable_is_kept(r)) skip_entries_of_others(r);
    return r;
}

static uint64_t *sent_at(const struct recovery *r,
                         struct server_socket socket) {
    return &r->sent_at[(size_t)socket.nsp * r->max_clients +
                       handle_slot(socket.client)];
}

void server_recovery_sent(struct server *s, struct server_socket socket) {
    *sent_at(s->recovery, socket) = s->recovery->log.position;
}

static bool begin_replay(const struct server *s, const struct recoverable *r,
                         struct replay *replay) {
    return replay_begin(replay, &s->recovery->log, r->resume_at, r->number,
                        r->socket.nsp, buf_view(&r->rooms));
}

static bool join_rooms(struct server *s, struct server_socket socket,
                       struct span names) {
    struct span name;
    while (rooms_next_name(&names, &name))
        if (!rooms_join(s->rooms, socket, name)) {
            rooms_leave_namespace(s->rooms, socket);
            return false;
        }
    return true;
}

/* Returns how many bytes may be replayed to a client now. */
static size_t replay_left(struct server *s, uint32_t client) {
    struct recovery *r = s->recovery;
    if (s->clients.now - r->began_ms >= 1000) {
        r->began_ms = s->clients.now;
        r->total = 0;
    }
    size_t left = LIMIT_REPLAY - r->replayed[handle_slot(client)];
    size_t all = LIMIT_REPLAYS - r->total;
    return left < all ? left : all;
}

bool server_recovery_resume(struct server *s, struct recoverable *r,
                            uint32_t client) {
    struct server_socket socket = {client, r->socket.nsp};
    struct replay replay;
    /* Socket.IO v5, "Connection state recovery": a client is recovered only if
     * all events that it has missed were kept. */
    if (!begin_replay(s, r, &replay) ||
        !replay_is_complete(&replay, replay_left(s, client)))
        return false;
    return join_rooms(s, socket, buf_view(&r->rooms));
}

/* Sends the text of an event, then its attachments. */
static void send_again(struct server *s, uint32_t client,
                       struct span messages) {
    struct span message;
    for (bool is_binary = false; backlog_next_message(&messages, &message);
         is_binary = true)
        engine_send(s->engine, client, is_binary, &message, 1);
}

void server_recovery_replay(struct server *s, struct recoverable *r,
                            uint32_t client) {
    struct replay replay;
    struct backlog_entry e;
    begin_replay(s, r, &replay);
    while (replay_next(&replay, &e)) {
        send_again(s, client, e.messages);
        s->recovery->replayed[handle_slot(client)] += (uint32_t)e.messages.len;
        s->recovery->total += e.messages.len;
        r->sent_at = replay.cursor.position;
    }
    recoverable_resume(&s->recovery->sockets, r, client);
    *sent_at(s->recovery, r->socket) = r->sent_at;
}

/* Sockets */

struct recoverable *server_recovery_add(struct server *s,
                                        struct server_socket socket,
                                        uint64_t number) {
    if (!s->recovery) return NULL;
    server_recovery_sent(s, socket); /* nothing so far */
    return recoverable_add(&s->recovery->sockets, socket, number,
                           s->recovery->log.position);
}

bool server_recovery_has(const struct server *s, struct server_socket socket) {
    return s->recovery && socket.client != NO_HANDLE &&
           recoverable_of(&s->recovery->sockets, socket);
}

void server_recovery_keep(struct server *s, uint32_t client) {
    struct recoverable *r;
    if (!s->recovery) return;
    struct recoverables *t = &s->recovery->sockets;
    s->recovery->replayed[handle_slot(client)] = 0; /* for the next client */
    while ((r = recoverable_first(t, client))) {
        r->sent_at = *sent_at(s->recovery, r->socket);
        r->lost_at = s->recovery->log.position;
        if (s->rooms && !rooms_write_names(s->rooms, r->socket, &r->rooms))
            recoverable_forget(t, r); /* no memory for their names */
        else
            recoverable_keep(t, r, s->clients.now);
    }
}

void server_recovery_forget(struct server *s, struct server_socket socket) {
    if (!server_recovery_has(s, socket)) return;
    recoverable_forget(&s->recovery->sockets,
                       recoverable_of(&s->recovery->sockets, socket));
}

void server_recovery_forget_client(struct server *s, uint32_t client) {
    struct recoverable *r;
    if (!s->recovery) return;
    while ((r = recoverable_first(&s->recovery->sockets, client)))
        recoverable_forget(&s->recovery->sockets, r);
}

void server_recovery_forget_namespace(struct server *s, uint32_t nsp) {
    if (s->recovery) recoverable_forget_namespace(&s->recovery->sockets, nsp);
}

void server_recovery_expire(struct server *s, int64_t now) {
    if (s->recovery) recoverable_expire(&s->recovery->sockets, now);
}

int server_recovery_wait(const struct server *s, int64_t now, int wait) {
    if (!s->recovery) return wait;
    return timers_wait(&s->recovery->sockets.kept, now, wait);
}
