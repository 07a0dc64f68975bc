/*
 * server_unit.h: a Socket.IO server with the program of 506, for tests that
 * play its clients; no sockets, and the test sets the clock
 *
 *   start, join: a client in "/"; start_three: three of them
 *   send_text, send_binary: what a client sends, until the end of the turn
 *   SENT, EVENTS: what a client received, and the program's events
 */
#ifndef SOCKETIO_SERVER_UNIT_H
#define SOCKETIO_SERVER_UNIT_H

#include "packets/unit.h"
#include "socketio/clients.h"
#include "socketio/handle.h"
#include "socketio/server_inside.h"
#include "socketio/server_machine.h"
#include "websocket/conn.h"
#include "websocket/masks.h"

#define CONNS 1000

static struct server *server;
static int64_t now;
static struct buf got[CONNS];
static char events[2000];
static size_t events_len;
static uint32_t last_client;
static unsigned forbidden; /* CONNECTs that the server has not let us accept */
static struct server_socket sockets[3]; /* of connections 0 to 2 */

static const char *const namespaces[] = {"/", "/custom", NULL};

/* The program's decision on a CONNECT_REQUEST. */
static enum {
    ACCEPTS,
    REFUSES,
    SILENT
} decides;

static inline void start_asking(bool asks_to_connect) {
    struct server_options o = {.connect_timeout = 1000,
                               .ack_timeout = 500,
                               .asks_to_connect = asks_to_connect,
                               .namespaces = namespaces,
                               .engine = {.path = "/socket.io/",
                                          .ping_interval = 25000,
                                          .ping_timeout = 20000,
                                          .upgrade_timeout = 10000,
                                          .max_payload = 100000,
                                          .max_conns = CONNS,
                                          .max_sessions = CONNS,
                                          .seed = {5}}};
    server = server_open(&o);
    now = 1;
    events_len = forbidden = 0;
    for (int i = 0; i < CONNS; i++) got[i].max = 1 << 24;
}

static inline void start(void) {
    start_asking(false);
}

static inline void stop(void) {
    server_free(server);
    for (int i = 0; i < CONNS; i++) buf_free(&got[i]);
}

static inline void handle(const struct server_event *e) {
    static const char *const names[] = {"connect", "event",      "acked",
                                        "timeout", "disconnect", "asks",
                                        "request"};
    events_len += (size_t)snprintf(
        events + events_len, sizeof events - events_len, "%s %u %.*s %.*s;",
        names[e->type], e->from.nsp, (int)e->name.len, (char *)e->name.data,
        (int)(e->args.json.len > 60 ? 60 : e->args.json.len),
        (char *)e->args.json.data);
    if (events_len > sizeof events - 200) events_len = 0;
    if (e->type == SERVER_CONNECT) last_client = e->from.client;
    if (e->type == SERVER_CONNECT)
        server_emit(server, server_to(e->from), span_from("auth"),
                    e->args.json.len ? e->args : server_args("{}"));
    if (e->type == SERVER_CONNECT_REQUEST && decides == ACCEPTS)
        forbidden += !server_allow(server, (struct server_event *)(uintptr_t)e);
    if (e->type == SERVER_CONNECT_REQUEST && decides == REFUSES)
        server_refuse(server, e, "not \"today\"");
    if (e->type != SERVER_EVENT) return;
    if (server_event_is(e, "message"))
        server_emit(server, server_to(e->from), span_from("message-back"),
                    e->args);
    if (server_event_is(e, "bcast"))
        server_emit(server, server_to_all(e->from), e->name, e->args);
    if (server_event_is(e, "ack") && e->id >= 0) server_ack(server, e, e->args);
}

static inline void handle_events(void) {
    struct server_event e;
    while (server_next(server, &e)) handle(&e);
}

static inline void deliver(void) {
    struct outgoing o;
    while (server_outgoing(server, &o)) {
        buf_append(&got[o.conn], o.bytes.data, o.bytes.len);
        if (o.bytes.len > 0) server_sent(server, o.conn, now);
    }
}

/* The end of a turn: all input was fed. */
static inline void end_turn(void) {
    handle_events();
    server_expire(server, now);
    handle_events();
    deliver();
}

/* Feeds an exact copy in pieces of step bytes, each until it is consumed. */
static inline void feed(uint32_t conn, struct span bytes, size_t step) {
    for (size_t at = 0; at < bytes.len; at += step) {
        size_t n = bytes.len - at < step ? bytes.len - at : step;
        uint8_t *exact = unit_exact(bytes.data + at, n);
        struct span rest = {exact, n};
        do {
            server_feed(server, conn, rest, now);
            handle_events();
            rest = server_end_feed(server);
            end_turn();
        } while (rest.len > 0);
        free(exact);
    }
}

/* A client's frame; masked, as it must be. */
static inline bool add_frame(struct buf *out, unsigned opcode,
                             struct span payload) {
    static struct mask_source masks = {.seed = {1}};
    return conn_send(out, opcode, &payload, 1, &masks);
}

static inline void send_frame(uint32_t conn, unsigned opcode,
                              struct span payload, size_t step) {
    struct buf out = {.max = 1 << 22};
    add_frame(&out, opcode, payload);
    feed(conn, buf_view(&out), step);
    buf_free(&out);
}

/* Sends a text message to the server; then got has only the replies. */
static inline void send_text(uint32_t conn, const char *text) {
    buf_clear(&got[conn]);
    send_frame(conn, FRAME_TEXT, span_from(text), SIZE_MAX);
}

static inline void send_binary(uint32_t conn, const char *bytes) {
    send_frame(conn, FRAME_BINARY, span_from(bytes), SIZE_MAX);
}

/* Returns what a connection received: "text|text|", binary in brackets, "close
 * 1000|" at the end. */
static inline const char *sent(uint32_t conn) {
    static char text[4000];
    size_t n = 0;
    struct span in = buf_view(&got[conn]);
    struct frame f;
    text[0] = '\0';
    for (int size; in.len && (size = frame_parse(&f, in.data, in.len)) > 0;) {
        in = span_skip(in, (size_t)size);
        if (f.opcode == FRAME_CLOSE)
            n += (size_t)snprintf(text + n, sizeof text - n, "close %d|",
                                  in.data[0] << 8 | in.data[1]);
        else
            n +=
                (size_t)snprintf(text + n, sizeof text - n,
                                 f.opcode == FRAME_BINARY ? "<%.*s>|" : "%.*s|",
                                 (int)f.length, (char *)in.data);
        in = span_skip(in, (size_t)f.length);
    }
    return text;
}

#define SENT(conn, expected) UNIT_TEXT(sent(conn), strlen(sent(conn)), expected)
#define EVENTS(expected)                                                       \
    do {                                                                       \
        UNIT_TEXT(events, events_len, expected);                               \
        events_len = 0;                                                        \
    } while (0)

/* A link with a WebSocket session, not yet in any namespace. */
static inline void open_conn(uint32_t conn) {
    server_accept(server, conn, now);
    feed(conn,
         span_from("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
                   "Host: localhost\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
         SIZE_MAX);
    buf_clear(&got[conn]);
}

static inline void join(uint32_t conn) {
    open_conn(conn);
    send_text(conn, "40");
    buf_clear(&got[conn]);
    events_len = 0;
}

static inline bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

#define PLACE(k) "{\"_placeholder\":true,\"num\":" #k "}"
#define X "42[\"x\",1]|"

/* Three clients in "/"; each test chooses their rooms. */
static inline void start_three(void) {
    start();
    for (uint32_t i = 0; i < 3; i++) {
        join(i);
        sockets[i] = (struct server_socket){last_client, 0};
    }
}

static inline bool join_room(uint32_t i, const char *name) {
    return server_join(server, sockets[i], span_from(name));
}

/* Emits the event "x" and compares what the three clients receive. */
static inline void emit(struct server_target to, const char *want0,
                        const char *want1, const char *want2) {
    for (uint32_t i = 0; i < 3; i++) buf_clear(&got[i]);
    server_emit(server, to, span_from("x"), server_args("1"));
    end_turn();
    SENT(0, want0);
    SENT(1, want1);
    SENT(2, want2);
}

#endif
