/*
 * server_recover_unit.h: a server with recovery, and clients that lose their
 * connections, for tests
 *
 *   ids = join(0);   emit_to_all("1");   cut(0);   recovers(1, &ids, 1, "40|");
 *
 * There are no sockets, and the tests set the clock, now. Only tests include
 * this file.
 */
#ifndef SOCKETIO_SERVER_RECOVER_UNIT_H
#define SOCKETIO_SERVER_RECOVER_UNIT_H

#include "packets/unit.h"
#include "socketio/backlog.h"
#include "socketio/handle.h"
#include "socketio/recoverable.h"
#include "socketio/replay.h"
#include "socketio/server_machine.h"
#include "websocket/conn.h"
#include "websocket/masks.h"
#include "websocket/sha1.h"

#define CONNS 6
#define RECOVERY_MS 5000

static struct server *server;
static int64_t now;
static struct buf got[CONNS];
static char events[1000]; /* of the program: "connect 0;" */
static size_t events_len;
static struct server_socket last; /* of the last CONNECT */
static uint32_t last_old;         /* what it was before, if it is recovered */
static char epoch[9];
static bool asks;

struct ids { /* of a socket */
    char sid[21], pid[21];
};

static inline void start(uint32_t recovery_ms) {
    static const char *const namespaces[] = {"/", "/custom", NULL};
    struct server_options o = {.connect_timeout = 1000,
                               .ack_timeout = 500,
                               .recovery_ms = recovery_ms,
                               .asks_to_connect = asks,
                               .namespaces = namespaces,
                               .engine = {.path = "/socket.io/",
                                          .ping_interval = 300,
                                          .ping_timeout = 200,
                                          .upgrade_timeout = 10000,
                                          .max_payload = 2000000,
                                          .max_conns = CONNS,
                                          .max_sessions = CONNS,
                                          .seed = {5}}};
    uint8_t made_of[33] = {5}, digest[SHA1_SIZE];
    made_of[32] = 'e';
    sha1(made_of, sizeof made_of, digest);
    for (int i = 0; i < 8; i++) epoch[i] = "0123456789abcdef"[digest[i] & 15];
    server = server_open(&o);
    now = 1;
    events_len = 0;
    for (int i = 0; i < CONNS; i++) got[i].max = 1 << 24;
}

static inline void stop(void) {
    server_free(server);
    for (int i = 0; i < CONNS; i++) buf_free(&got[i]);
}

static inline void log_event(const char *name, unsigned nsp) {
    events_len += (size_t)snprintf(
        events + events_len, sizeof events - events_len, "%s %u;", name, nsp);
}

static inline void handle(struct server_event *e) {
    static const char *const names[] = {"connect", "event",      "acked",
                                        "timeout", "disconnect", "asks",
                                        "request"};
    log_event(e->is_recovered ? "recovered" : names[e->type], e->from.nsp);
    if (e->type == SERVER_CONNECT) {
        last = e->from;
        last_old = e->old_client;
    } else if (e->type == SERVER_CONNECT_REQUEST) {
        server_allow(server, e);
    } else if (e->type == SERVER_DISCONNECT) { /* as a chat does */
        server_emit(server, server_to_all(e->from), span_from("left"),
                    server_args(""));
    }
}

static inline void end_turn(void) {
    struct server_event e;
    struct outgoing o;
    while (server_next(server, &e)) handle(&e);
    server_expire(server, now);
    while (server_next(server, &e)) handle(&e);
    while (server_outgoing(server, &o)) {
        buf_append(&got[o.conn], o.bytes.data, o.bytes.len);
        if (o.bytes.len > 0) server_sent(server, o.conn, now);
    }
}

static inline void feed(uint32_t conn, struct span bytes) {
    uint8_t *exact = unit_exact(bytes.data, bytes.len);
    struct span rest = {exact, bytes.len};
    struct server_event e;
    do {
        server_feed(server, conn, rest, now);
        while (server_next(server, &e)) handle(&e);
        rest = server_end_feed(server);
        end_turn();
    } while (rest.len > 0);
    free(exact);
}

static inline void send_text(uint32_t conn, const char *text) {
    static struct mask_source masks = {.seed = {1}};
    struct buf out = {.max = 1 << 20};
    struct span part = span_from(text);
    conn_send(&out, FRAME_TEXT, &part, 1, &masks);
    feed(conn, buf_view(&out));
    buf_free(&out);
}

/* Returns what a connection was sent since the last call, with an E for the
 * epoch: "text|<bytes>|close 1000|". Sets *ids to those of a CONNECT. */
static inline const char *read_sent(uint32_t conn, struct ids *ids) {
    static char text[3000];
    struct span in = buf_view(&got[conn]);
    struct frame f;
    size_t n = 0;
    text[0] = '\0';
    for (int size; in.len && (size = frame_parse(&f, in.data, in.len)) > 0;) {
        in = span_skip(in, (size_t)size);
        const char *form = f.opcode == FRAME_BINARY ? "<%.*s>|" : "%.*s|";
        char *at = text + n;
        if (f.opcode == FRAME_CLOSE)
            snprintf(at, sizeof text - n, "close %d|",
                     in.data[0] << 8 | in.data[1]);
        else
            snprintf(at, sizeof text - n, form,
                     (int)(f.length < 200 ? f.length : 200), (char *)in.data);
        in = span_skip(in, (size_t)f.length);
        char *sid = strstr(at, "{\"sid\":\""), *offset = strstr(at, epoch);
        if (sid && ids) {
            snprintf(ids->sid, 21, "%s", sid + 8);
            snprintf(ids->pid, 21, "%s", sid[28] ? sid + 37 : "");
        }
        if (sid) snprintf(sid, 3, "|");
        if (offset) {
            *offset = 'E';
            memmove(offset + 1, offset + 8, strlen(offset + 8) + 1);
        }
        n = strlen(text);
    }
    buf_clear(&got[conn]);
    return text;
}

static inline void check_got(uint32_t conn, const char *expected) {
    const char *text = read_sent(conn, NULL);
    UNIT_TEXT(text, strlen(text), expected);
}

#define EVENTS(expected)                                                       \
    do {                                                                       \
        UNIT_TEXT(events, events_len, expected);                               \
        events_len = 0;                                                        \
    } while (0)

static inline void open_conn(uint32_t conn) {
    server_accept(server, conn, now);
    feed(conn,
         span_from("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
                   "Host: localhost\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
    buf_clear(&got[conn]);
}

static inline struct ids join(uint32_t conn) {
    struct ids ids = {"", ""};
    open_conn(conn);
    send_text(conn, "40");
    read_sent(conn, &ids);
    events_len = 0;
    return ids;
}

static inline void cut(uint32_t conn) {
    server_lost(server, conn);
    end_turn();
}

/* Sends the CONNECT of a client that was connected before. position: that of
 * the last event that it has received, in this epoch; -1: none. */
static inline void send_connect(uint32_t conn, const char *nsp, const char *pid,
                                int position) {
    char text[100], offset[40] = "";
    if (position >= 0)
        snprintf(offset, sizeof offset, ",\"offset\":\"%s.%d\"", epoch,
                 position);
    snprintf(text, sizeof text, "40%s{\"pid\":\"%s\"%s}", nsp, pid, offset);
    send_text(conn, text);
}

/* Sends a CONNECT on a new connection. Expects that the socket is recovered,
 * and that the client receives expected; NULL: anything. */
static inline void recovers(uint32_t conn, const struct ids *was, int position,
                            const char *expected) {
    struct ids ids = {"", ""};
    open_conn(conn);
    send_connect(conn, "", was->pid, position);
    const char *text = read_sent(conn, &ids);
    if (expected) UNIT_TEXT(text, strlen(text), expected);
    UNIT_TEXT(ids.sid, strlen(ids.sid), was->sid);
    UNIT_TEXT(ids.pid, strlen(ids.pid), was->pid);
}

/* Expects that the client has another socket now, and receives no event. */
static inline void is_new(uint32_t conn, const struct ids *was) {
    struct ids ids = {"", ""};
    const char *text = read_sent(conn, &ids);
    UNIT_TEXT(text, strlen(text), "40|");
    UNIT_INT(strlen(ids.sid), 20);
    UNIT_INT(strlen(ids.pid), 20);
    UNIT_TRUE(strcmp(ids.sid, was->sid) != 0);
    UNIT_TRUE(strcmp(ids.pid, was->pid) != 0);
    UNIT_TRUE(strstr(events, "connect 0;") != NULL);
    UNIT_FALSE(strstr(events, "recovered"));
}

static inline void is_refused(uint32_t conn, const struct ids *was,
                              int position) {
    open_conn(conn);
    events_len = 0;
    send_connect(conn, "", was->pid, position);
    is_new(conn, was);
}

static inline void emit(struct server_target to, const char *args) {
    server_emit(server, to, span_from("x"), server_args(args));
    end_turn();
}

static inline void emit_to_all(const char *args) {
    emit(server_to_all((struct server_socket){0, 0}), args);
}

#endif
