/*
 * engine.c: see socketio/engine.h
 *
 *   receiver.c, expiry.c    input, and time-outs
 *     request.c             HTTP requests
 *       transport.c         sending
 *         link.c            connections: outbox, polling.c, wslink.c
 *         session.c         queues, heartbeat
 *
 * Each file calls only files below it.
 */
#include "socketio/engine.h"

#include <assert.h>
#include <stdlib.h>

#include "socketio/expiry.h"
#include "socketio/receiver.h"

struct engine {
    struct transport transport;
    struct receiver receiver;
    uint32_t publisher; /* the session whose event the program has */
    struct {            /* see engine_publish_begin */
        struct span packet[ENGINE_PARTS + 1];
        size_t n;
        bool is_binary;
        struct shared *shared; /* for sessions that poll; NULL: none so far */
    } published;
};

/* Sets the current time, which never goes back. */
static void set_now(struct engine *e, int64_t now) {
    if (now > e->transport.links.now) e->transport.links.now = now;
}

struct engine *engine_open(const struct engine_options *o) {
    struct engine *e = calloc(1, sizeof *e);
    if (!e) return NULL;
    const struct link_options links = {
        .max_conns = o->max_conns,
        .max_payload = o->max_payload,
        .upgrade_timeout = o->upgrade_timeout,
        .route = {o->path, o->origins, o->is_loopback},
        .tap = o->tap};
    const struct session_options sessions = {.max_sessions = o->max_sessions,
                                             .max_payload = o->max_payload,
                                             .ping_interval = o->ping_interval,
                                             .ping_timeout = o->ping_timeout,
                                             .seed = o->seed};
    receiver_init(&e->receiver);
    e->publisher = NO_HANDLE;
    e->transport.omits_noop = o->omits_noop;
    bool has_memory = links_init(&e->transport.links, &links) &&
                      sessions_init(&e->transport.sessions, &sessions);
    struct outbox *outbox = &e->transport.links.outbox;
    if (o->max_receivers > 0) outbox->max_receivers = o->max_receivers;
    if (o->max_ahead > 0) outbox->max_ahead = o->max_ahead;
    if (has_memory) return e;
    engine_free(e);
    return NULL;
}

void engine_free(struct engine *e) {
    if (!e) return;
    links_free(&e->transport.links);
    sessions_free(&e->transport.sessions);
    free(e);
}

void engine_accept(struct engine *e, uint32_t conn, int64_t now) {
    set_now(e, now);
    receiver_accept(&e->transport, conn);
}

void engine_feed(struct engine *e, uint32_t conn, struct span in, int64_t now) {
    set_now(e, now);
    struct link *l = link_at(&e->transport.links, conn);
    receiver_feed(&e->receiver, &e->transport, l, in);
}

struct span engine_end_feed(struct engine *e) {
    return receiver_end_feed(&e->receiver, &e->transport);
}

void engine_sent(struct engine *e, uint32_t conn, int64_t now) {
    set_now(e, now);
    struct link *l = link_at(&e->transport.links, conn);
    if (l) transport_sent(&e->transport, l);
}

void engine_lost(struct engine *e, uint32_t conn) {
    struct link *l = link_at(&e->transport.links, conn);
    if (l) receiver_lost(&e->receiver, &e->transport, l);
}

void engine_expire(struct engine *e, int64_t now) {
    set_now(e, now);
    expiry_judge(&e->transport, e->receiver.turn, now);
    receiver_end_turn(&e->receiver);
}

bool engine_is_behind(const struct engine *e, uint32_t session) {
    const struct session *s = session_get(&e->transport.sessions, session);
    return s && receiver_is_behind(&e->receiver, s);
}

/* Ends the links of a session that is due, then frees it. */
static bool next_closed(struct engine *e, struct engine_event *ev) {
    struct sessions *sessions = &e->transport.sessions;
    struct session *s = session_next_due(sessions);
    if (!s) return false;
    transport_end(&e->transport, s);
    tap_session(e->transport.links.tap, TAP_CLOSED, TAP_ALL,
                handle_slot(s->handle), s->close_code);
    *ev = (struct engine_event){.type = ENGINE_CLOSED, .session = s->handle};
    session_free(sessions, s);
    return true;
}

bool engine_next(struct engine *e, struct engine_event *ev) {
    enum receiver_step step = RECEIVER_NO_EVENT;
    e->publisher = NO_HANDLE;
    /* The program has not responded to the last REQUEST. */
    if (e->receiver.unanswered != NO_HANDLE)
        receiver_respond(&e->receiver, &e->transport, 404, "text/plain",
                         span_from("404 Not Found\n"), NULL);
    while (step == RECEIVER_NO_EVENT) {
        if (next_closed(e, ev)) return true;
        step = receiver_next(&e->receiver, &e->transport, ev);
    }
    if (step != RECEIVER_EVENT) return false;
    e->publisher = ev->session;
    if (ev->type == ENGINE_OPENED)
        tap_session(e->transport.links.tap, TAP_OPENED, ev->conn,
                    handle_slot(ev->session), 0);
    return true;
}

int engine_wait(const struct engine *e, int64_t now, int wait) {
    if (receiver_has_more(&e->receiver)) return 0;
    wait = links_wait(&e->transport.links, now, wait);
    return sessions_wait(&e->transport.sessions, now, wait);
}

/* Calls of the program */

/* A text packet begins with the type of a message; binary has no type. */
static size_t message(struct span packet[ENGINE_PARTS + 1], bool is_binary,
                      const struct span *parts, size_t k) {
    size_t n = 0;
    assert(k <= ENGINE_PARTS);
    if (!is_binary) packet[n++] = span_from("4");
    for (size_t i = 0; i < k; i++) packet[n++] = parts[i];
    return n;
}

void engine_send(struct engine *e, uint32_t session, bool is_binary,
                 const struct span *parts, size_t k) {
    struct session *s = session_get(&e->transport.sessions, session);
    struct span packet[ENGINE_PARTS + 1];
    size_t n = message(packet, is_binary, parts, k);
    if (s) transport_send(&e->transport, s, is_binary, packet, n);
}

void engine_publish_begin(struct engine *e, bool is_binary,
                          const struct span *parts, size_t k) {
    e->published.n = message(e->published.packet, is_binary, parts, k);
    e->published.is_binary = is_binary;
    link_begin_broadcast(&e->transport.links, is_binary, e->published.packet,
                         e->published.n);
}

void engine_publish_to(struct engine *e, uint32_t session) {
    struct sessions *sessions = &e->transport.sessions;
    struct session *s = session_get(sessions, session);
    e->receiver.share.receivers++;
    if (!s) return;
    if (s->state == SESSION_WEBSOCKET) {
        link_broadcast_to(&e->transport.links, s->carrier);
        return;
    }
    if (!e->published.shared)
        e->published.shared =
            shared_new(&sessions->queued, e->published.is_binary,
                       e->published.packet, e->published.n);
    session_push(sessions, s, e->published.shared);
}

void engine_publish_end(struct engine *e) {
    struct sessions *sessions = &e->transport.sessions;
    struct session *s = session_get(sessions, e->publisher);
    if (s) s->published = e->transport.links.outbox.entered;
    shared_release(&sessions->queued, e->published.shared);
    e->published.shared = NULL;
}

bool engine_is_open(const struct engine *e, uint32_t session) {
    return session_get(&e->transport.sessions, session) != NULL;
}

bool engine_is_writable(const struct engine *e, uint32_t session) {
    const struct session *s = session_get(&e->transport.sessions, session);
    return s && transport_is_writable(&e->transport, s);
}

void engine_close(struct engine *e, uint32_t session, unsigned code) {
    struct session *s = session_get(&e->transport.sessions, session);
    if (s) session_close(&e->transport.sessions, s, code);
}

void engine_respond(struct engine *e, uint32_t conn, unsigned status,
                    const char *type, struct span body, const char *fields) {
    if (handle_slot(e->receiver.unanswered) != conn) return;
    receiver_respond(&e->receiver, &e->transport, status, type, body, fields);
}

bool engine_outgoing(struct engine *e, struct outgoing *out) {
    transport_flush(&e->transport);
    if (link_outgoing(&e->transport.links, out)) return true;
    transport_end_round(&e->transport);
    receiver_end_round(&e->receiver);
    return false;
}

size_t engine_output_len(const struct engine *e) {
    return outbox_own_len(&e->transport.links.outbox);
}

void engine_set_clock(struct engine *e, int64_t unix_seconds) {
    http_server_set_time(&e->transport.links.http, unix_seconds);
}

void engine_shut(struct engine *e, int64_t now) {
    set_now(e, now);
    sessions_shut(&e->transport.sessions);
    http_server_shut(&e->transport.links.http);
    expiry_judge_links(&e->transport, e->receiver.turn, now);
}
