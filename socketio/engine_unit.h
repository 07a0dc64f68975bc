/*
 * engine_unit.h: an engine with an echo as its program, for tests
 *
 *   start(&usual) -> engine_traffic_unit.h -> EVENTS("opened;message a;")
 *
 * There are no sockets: conns has what each connection was sent. The tests set
 * the clock, now. Only tests include this file.
 */
#ifndef SOCKETIO_ENGINE_UNIT_H
#define SOCKETIO_ENGINE_UNIT_H

#include "packets/unit.h"
#include "socketio/engine.h"
#include "socketio/handle.h"
#include "socketio/receiver.h"
#include "socketio/session.h"
#include "websocket/conn.h"
#include "websocket/http_conn.h"

#define CONNS 40

static struct engine *engine;
static int64_t now;

static struct { /* what a connection was sent */
    struct buf bytes;
    int pieces; /* how many system calls it would have been */
    enum outbox_then then;
    bool is_slow; /* its output does not leave the process */
} conns[CONNS];

static char events[4000];
static size_t events_len;
static int event_count;
static bool is_echoing; /* messages are sent back */
static uint32_t last_session;

static const struct engine_options usual = {.path = "/engine.io/",
                                            .is_loopback = true,
                                            .ping_interval = 300,
                                            .ping_timeout = 200,
                                            .upgrade_timeout = 10000,
                                            .max_payload = 1000000,
                                            .max_conns = CONNS,
                                            .max_sessions = 10,
                                            .seed = {1, 2, 3}};

/* Groups of sessions, as the program on top of an engine keeps them. */
static struct {
    uint32_t session[1001];
    unsigned count;
} groups[2];

static inline void join_group(uint32_t session, unsigned group) {
    groups[group].session[groups[group].count++] = session;
}

static inline void leave_group(uint32_t session, unsigned group) {
    for (unsigned i = 0; i < groups[group].count; i++)
        if (groups[group].session[i] == session)
            groups[group].session[i] = NO_HANDLE;
}

static inline void publish(unsigned group, bool is_binary,
                           const struct span *parts, size_t k) {
    engine_publish_begin(engine, is_binary, parts, k);
    for (unsigned i = 0; i < groups[group].count; i++)
        engine_publish_to(engine, groups[group].session[i]);
    engine_publish_end(engine);
}

static inline void start(const struct engine_options *o) {
    engine = engine_open(o);
    groups[0].count = groups[1].count = 0;
    now = 1000;
    events_len = 0;
    event_count = 0;
    is_echoing = true;
    for (int i = 0; i < CONNS; i++) buf_init(&conns[i].bytes, 1 << 27);
}

static inline void stop(void) {
    engine_free(engine);
    for (int i = 0; i < CONNS; i++) {
        buf_free(&conns[i].bytes);
        memset(&conns[i], 0, sizeof conns[i]);
    }
}

/* A server without heartbeat, for tests of other time-outs. */
static inline struct engine_options quiet(void) {
    struct engine_options o = usual;
    o.ping_interval = o.ping_timeout = 1000000;
    return o;
}

static inline void record(const char *name, const struct engine_event *e) {
    int n = snprintf(events + events_len, sizeof events - events_len,
                     "%s%s%.*s;", name, e->payload.len ? " " : "",
                     (int)(e->payload.len < 50 ? e->payload.len : 50),
                     (char *)e->payload.data);
    event_count++;
    if (events_len + (size_t)n < sizeof events) events_len += (size_t)n;
}

static inline void handle(const struct engine_event *e) {
    static const char *const names[] = {"opened", "message", "closed",
                                        "request"};
    record(e->is_binary ? "binary" : names[e->type], e);
    if (e->type == ENGINE_OPENED) last_session = e->session;
    if (e->type == ENGINE_MESSAGE && is_echoing)
        engine_send(engine, e->session, e->is_binary, &e->payload, 1);
    if (e->type == ENGINE_REQUEST)
        engine_respond(engine, e->conn, 200, "text/plain", span_from("page"),
                       "A: b\r\n");
}

static inline void handle_events(void) {
    struct engine_event e;
    while (engine_next(engine, &e)) handle(&e);
}

/* Collects the output of every connection, as the program's loop does. */
static inline void deliver(void) {
    struct outgoing o;
    while (engine_outgoing(engine, &o)) {
        buf_append(&conns[o.conn].bytes, o.bytes.data, o.bytes.len);
        conns[o.conn].pieces++;
        if (o.then != OUTBOX_OPEN) conns[o.conn].then = o.then;
        if (o.bytes.len > 0 && !conns[o.conn].is_slow)
            engine_sent(engine, o.conn, now);
    }
}

/* Ends a turn: everything that had arrived was fed. */
static inline void end_turn(void) {
    handle_events();
    engine_expire(engine, now);
    handle_events();
    deliver();
}

static inline void wait_ms(int ms) {
    now += ms;
    end_turn();
}

/* Feeds the bytes of one read. Returns those that the next turn gets. */
static inline struct span feed_once(uint32_t conn, struct span in) {
    engine_feed(engine, conn, in, now);
    handle_events();
    return engine_end_feed(engine);
}

/* Feeds an exact copy, in pieces of step bytes, each in as many turns as it
 * needs. */
static inline void feed(uint32_t conn, const void *bytes, size_t n,
                        size_t step) {
    for (size_t at = 0; at < n; at += step) {
        size_t size = n - at < step ? n - at : step;
        uint8_t *exact = unit_exact((const uint8_t *)bytes + at, size);
        struct span rest = {exact, size};
        do {
            rest = feed_once(conn, rest);
            engine_expire(engine, now);
            handle_events();
            deliver();
        } while (rest.len > 0);
        free(exact);
    }
}

#define IS_TEXT(got, expected) UNIT_TEXT(got, strlen(got), expected)
#define EVENTS(expected)                                                       \
    do {                                                                       \
        UNIT_TEXT(events, events_len, expected);                               \
        events_len = 0;                                                        \
    } while (0)

#endif
