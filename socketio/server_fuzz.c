/*
 * server_fuzz.c: a whole server, and eight peers that do what the input says
 *
 *   input  [ action | connection | n | n bytes ] ...
 *
 * Whatever they do: output goes only to connections that are there, nothing
 * follows an end, nobody is dropped without a reason, every client that was
 * reported as connected is reported as disconnected exactly once, every ack
 * that was wanted comes or is missed exactly once, and when all have gone
 * nothing is left (LeakSanitizer looks).
 */
#include "packets/exact_unit.h"
#include "socketio/handle.h"
#include "socketio/namespaces.h"
#include "socketio/server_machine.h"
#include "websocket/conn.h"
#include "websocket/masks.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define CONNS 8
#define CLIENTS (4 * CONNS)
#define EPOCH "c128a5f7." /* of a seed that is zero */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct server *server;
static int64_t now;
static struct {
    bool is_open, has_ended, is_slow;
    struct buf rest; /* input that the server did not consume in this turn */
} conns[CONNS];
static uint16_t joined[CLIENTS]; /* by client: namespaces, a bit each */
static int awaited;              /* acks */
static char sid[21], pid[21];    /* the last ones seen */

/* The program does by the name of an event what the API offers. */
static void act_on(const struct server_event *e) {
    struct span room = e->name;
    struct span rooms[] = {room, span_from("a")};
    switch (e->name.len > 0 ? e->name.data[0] % 8 : 7) {
    case 0:
        server_join(server, e->from, room);
        break;
    case 1:
        server_leave(server, e->from, room);
        break;
    case 2:
        server_emit(server, server_to_rooms(e->from, rooms, 2), e->name,
                    e->args);
        break;
    case 3:
        server_emit(server, server_except(server_to_all(e->from), e->from),
                    e->name, e->args);
        break;
    case 4:
        awaited += server_emit_ack(server, e->from, e->name, e->args) >= 0;
        break;
    case 5:
        server_disconnect(server, e->from);
        break;
    case 6:
        server_close(server, e->from.client, 1000);
        break;
    default:
        server_emit_volatile(server, server_to_all(e->from), e->name, e->args);
        server_emit(server, server_to(e->from), e->name, e->args);
    }
}

static void decide(const struct server_event *e) {
    struct server_event request = *e;
    if (e->args.json.len % 3 == 0) server_refuse(server, e, "no");
    if (e->args.json.len % 3 == 1) server_allow(server, &request);
}

static void handle(const struct server_event *e) {
    uint16_t bit = (uint16_t)(1u << (e->from.nsp & 15)), *in = NULL;
    if (e->type == SERVER_ACKED || e->type == SERVER_ACK_TIMEOUT) {
        assert(awaited > 0);
        awaited--;
    }
    if (e->type == SERVER_ACK_TIMEOUT) return;
    if (e->type == SERVER_CONNECT_REQUEST) {
        decide(e);
        return;
    }
    assert(e->from.nsp < LIMIT_NAMESPACES);
    if (e->type != SERVER_REQUEST) {
        assert(handle_slot(e->from.client) < CLIENTS);
        in = &joined[handle_slot(e->from.client)];
    }
    if (e->type == SERVER_CONNECT) {
        assert(!(*in & bit));
        assert(!e->is_recovered || handle_slot(e->old_client) < CLIENTS);
        *in |= bit;
        server_emit(server, server_to(e->from), span_from("auth"),
                    server_args("{}"));
    } else if (e->type == SERVER_DISCONNECT) {
        assert(*in & bit);
        *in &= (uint16_t)~bit;
        server_emit(server, server_to_all(e->from), span_from("gone"),
                    server_args("1"));
    } else if (e->type == SERVER_EVENT) {
        assert(*in & bit);
        if (e->id >= 0) server_ack(server, e, e->args);
        if (e->args.json.len % 2)
            server_emit(server, server_to_all(e->from), e->name, e->args);
        act_on(e);
    } else if (e->type == SERVER_REQUEST && e->conn % 2) {
        server_respond(server, e->conn, 200, "text/plain", e->name, NULL);
    }
}

static void handle_events(void) {
    struct server_event e;
    while (server_next(server, &e)) handle(&e);
}

static void lose(uint32_t conn) {
    if (conns[conn].is_open) server_lost(server, conn);
    conns[conn].is_open = false;
    buf_free(&conns[conn].rest);
}

static void remember_sid(struct span bytes) {
    for (size_t i = 0; i + 28 < bytes.len; i++) {
        if (memcmp(bytes.data + i, "\"pid\":\"", 7) == 0)
            snprintf(pid, sizeof pid, "%.20s", (char *)bytes.data + i + 7);
        if (memcmp(bytes.data + i, "\"sid\":\"", 7) != 0) continue;
        snprintf(sid, sizeof sid, "%.20s", (char *)bytes.data + i + 7);
        return;
    }
}

static void deliver(void) {
    struct outgoing o;
    while (server_outgoing(server, &o)) {
        assert(o.conn < CONNS && conns[o.conn].is_open);
        assert(!conns[o.conn].has_ended || o.bytes.len == 0);
        if (o.then == OUTBOX_END) conns[o.conn].has_ended = true;
        remember_sid(o.bytes);
        if (o.then == OUTBOX_DROP)
            lose(o.conn);
        else if (o.bytes.len > 0 && !conns[o.conn].is_slow)
            server_sent(server, o.conn, now);
    }
}

/* What one read brought, or what was left of it. Some or all is used up. */
static void feed_some(uint32_t conn, struct span in) {
    server_feed(server, conn, in, now);
    handle_events();
    struct span rest = server_end_feed(server);
    struct buf left;
    assert(rest.len <= in.len);
    buf_init(&left, BUF_MAX);
    buf_append(&left, rest.data, rest.len);
    buf_free(&conns[conn].rest);
    conns[conn].rest = left;
}

static void end_turn(void) {
    for (uint32_t i = 0; i < CONNS; i++) {
        struct buf in = conns[i].rest;
        if (in.end == 0) continue;
        conns[i].rest = (struct buf){.max = BUF_MAX};
        feed_some(i, buf_view(&in));
        buf_free(&in);
    }
    server_expire(server, now);
    handle_events();
    deliver();
}

/* Feeds a copy, which has no byte too many; what is left comes first. */
static void feed(uint32_t conn, const void *bytes, size_t n) {
    if (!conns[conn].is_open) {
        server_accept(server, conn, now);
        conns[conn].is_open = true;
        conns[conn].has_ended = false;
    }
    for (int turn = 0; conns[conn].rest.end > 0; turn++) {
        assert(turn < 10000); /* it makes progress */
        end_turn();
        if (!conns[conn].is_open) return;
    }
    uint8_t *copy = unit_exact(bytes, n);
    feed_some(conn, (struct span){copy, n});
    free(copy);
    end_turn();
}

/* A request to the engine, for a new session or for the last one seen. */
static void request(uint32_t conn, const char *method, const char *transport,
                    bool is_known, const uint8_t *body, size_t n) {
    char text[1000];
    int size = snprintf(
        text, sizeof text,
        "%s /socket.io/?EIO=4&transport=%s%s%s HTTP/1.1\r\nHost: a\r\n"
        "Upgrade: %s\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Content-Length: %zu\r\n\r\n",
        method, transport, is_known ? "&sid=" : "", is_known ? sid : "",
        transport, n);
    feed(conn, text, (size_t)size);
    if (n > 0) feed(conn, body, n);
}

static void frames(uint32_t conn, unsigned opcode, struct span payload,
                   unsigned count) {
    static struct mask_source masks;
    struct buf out;
    buf_init(&out, BUF_MAX);
    while (count-- > 0) conn_send(&out, opcode, &payload, 1, &masks);
    feed(conn, out.bytes, out.end);
    buf_free(&out);
}

/* A body of the same packet many times, with separators between. */
static void post_many(uint32_t conn, struct span packet, unsigned count) {
    struct buf body;
    buf_init(&body, BUF_MAX);
    while (count-- > 0) {
        buf_append(&body, packet.data, packet.len);
        if (count > 0) buf_append(&body, "\x1e", 1);
    }
    request(conn, "POST", "polling", true, body.bytes, body.end);
    buf_free(&body);
}

/* A head, or a message, whose last byte is repeated. */
static void feed_long(uint32_t conn, const uint8_t *bytes, size_t n,
                      unsigned count) {
    struct buf all;
    buf_init(&all, BUF_MAX);
    buf_append(&all, bytes, n);
    while (n > 0 && count-- > 0) buf_append(&all, bytes + n - 1, 1);
    feed(conn, all.bytes, all.end);
    buf_free(&all);
}

/* A CONNECT with the last pid, and the input as an offset, after the epoch: the
 * seed is zero, so the epoch is always the same. */
static void come_back(uint32_t conn, struct span offset) {
    char text[120];
    snprintf(text, sizeof text, "40%s{\"pid\":\"%s\",\"offset\":\"%s%.*s\"}",
             offset.len % 2 ? "/a," : "", pid, EPOCH,
             (int)(offset.len < 20 ? offset.len : 20), (char *)offset.data);
    frames(conn, FRAME_TEXT, span_from(text), 1);
}

static void act(uint8_t action, uint8_t choice, struct span bytes) {
    uint32_t conn = choice % CONNS;
    bool is_known = choice & CONNS;
    unsigned many = 300u * (choice / CONNS);
    switch (action % 15) {
    case 0:
        feed(conn, bytes.data, bytes.len);
        break;
    case 1:
        request(conn, "GET", "websocket", is_known, NULL, 0);
        break;
    case 2:
    case 3:
        request(conn, "GET", "polling", is_known, NULL, 0);
        break;
    case 4:
        request(conn, "POST", "polling", true, bytes.data, bytes.len);
        break;
    case 5:
        frames(conn, FRAME_TEXT, bytes, 1);
        break;
    case 6:
        frames(conn, FRAME_BINARY, bytes, 1);
        break;
    case 7:
        frames(conn, FRAME_TEXT, span_from("40"), 1);
        break;
    case 13:
        come_back(conn, bytes);
        break;
    case 8:
        now += 1 + choice * 50;
        end_turn();
        break;
    case 9:
        lose(conn);
        end_turn();
        break;
    case 10:
        frames(conn, FRAME_TEXT, bytes, many);
        break;
    case 11:
        post_many(conn, bytes, many);
        break;
    case 12:
        feed_long(conn, bytes.data, bytes.len, 8 * many);
        break;
    default:
        conns[conn].is_slow = is_known;
        if (conns[conn].is_open && !is_known) server_sent(server, conn, now);
    }
}

static void start(bool recovers) {
    static const char *const namespaces[] = {"/", "/a", NULL};
    struct server_options o = {.connect_timeout = 3000,
                               .ack_timeout = 700,
                               .recovery_ms = recovers ? 5000 : 0,
                               .asks_to_connect = true,
                               .namespaces = namespaces,
                               .engine = {.path = "/socket.io/",
                                          .ping_interval = 2000,
                                          .ping_timeout = 1000,
                                          .upgrade_timeout = 1000,
                                          .max_payload = 30000,
                                          .max_conns = CONNS,
                                          .max_sessions = CLIENTS}};
    server = server_open(&o);
    now = 1;
    sid[0] = pid[0] = '\0';
    awaited = 0;
    memset(conns, 0, sizeof conns);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    start(n % 2);
    if (!server) return 0;
    for (size_t at = 0; at + 3 <= n;) {
        size_t k = bytes[at + 2];
        if (k > n - at - 3) k = n - at - 3;
        struct span part = {(uint8_t *)(uintptr_t)bytes + at + 3, k};
        act(bytes[at], bytes[at + 1], part);
        at += 3 + k;
    }
    server_shut(server, now);
    end_turn();
    for (uint32_t i = 0; i < CONNS; i++) lose(i);
    end_turn();
    for (size_t i = 0; i < CLIENTS; i++) assert(joined[i] == 0);
    now += 701; /* twice: one may be postponed */
    end_turn();
    now++;
    end_turn();
    assert(awaited == 0);
    server_free(server);
    return 0;
}
