/*
 * server_fuzz.c: a whole server, and eight peers that do what the input says
 *
 * Whatever they do: mail goes only to links that are there, nothing follows an
 * end, every client that was told as connected is told as disconnected exactly
 * once, and when all have gone nothing is left (LeakSanitizer looks).
 */
#include "socketio/server.h"
#include "websocket/conn.h"

#include <assert.h>
#include <stdio.h>

#define LINKS 8

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct server *server;
static int64_t now;
static bool there[LINKS], ended[LINKS];
static uint16_t joined[LINKS * 4]; /* by client: namespaces, a bit each */
static char sid[21];

static void take(const struct server_event *e) {
    uint16_t bit = (uint16_t)(1u << e->nsp);
    if (e->type != SERVER_REQUEST) assert(e->client < LINKS * 4);
    if (e->type == SERVER_CONNECT) {
        assert(!(joined[e->client] & bit));
        joined[e->client] |= bit;
        server_emit(server, e, span_from("auth"), span_from("{}"));
    } else if (e->type == SERVER_DISCONNECT) {
        assert(joined[e->client] & bit);
        joined[e->client] &= (uint16_t)~bit;
    } else if (e->type == SERVER_EVENT) {
        assert(joined[e->client] & bit);
        if (e->id >= 0) server_ack(server, e, e->args);
        if (e->args.len % 2) server_broadcast(server, e, e->name, e->args);
        server_emit(server, e, e->name, e->args);
    } else if (e->type == SERVER_REQUEST) {
        if (e->link % 2)
            server_respond(server, e->link, 200, "text/plain", e->name);
    }
}

static void lose(uint32_t link) {
    if (there[link]) server_lost(server, link);
    there[link] = false;
}

static void pump(void) {
    struct server_event e;
    struct mail m;
    while (server_next(server, &e, now)) take(&e);
    while (server_mail(server, &m)) {
        assert(m.link < LINKS && there[m.link]);
        assert(!ended[m.link] || (m.bytes.len == 0 && m.then == MAIL_DROP));
        if (m.then == MAIL_END) ended[m.link] = true;
        const char *at = NULL;
        for (size_t i = 0; i + 28 < m.bytes.len && !at; i++)
            if (memcmp(m.bytes.data + i, "\"sid\":\"", 7) == 0)
                at = (char *)m.bytes.data + i + 7;
        if (at) snprintf(sid, sizeof sid, "%.20s", at);
        if (m.then == MAIL_DROP) lose(m.link);
    }
}

static void feed(uint32_t link, const void *bytes, size_t n) {
    if (!there[link]) {
        server_accept(server, link, now);
        there[link] = true;
        ended[link] = false;
    }
    uint8_t copy[4096];
    if (n > sizeof copy) n = sizeof copy;
    memcpy(copy, bytes, n); /* on the stack: a byte too many would be seen */
    server_feed(server, link, (struct span){copy, n}, now);
    pump();
}

/* A request of the engine's, for a new session or for the last one seen. */
static void request(uint32_t link, const char *method, const char *transport,
                    bool known, const uint8_t *body, size_t n) {
    char text[1000];
    int size = snprintf(
        text, sizeof text,
        "%s /socket.io/?EIO=4&transport=%s%s%s HTTP/1.1\r\nHost: a\r\n"
        "Upgrade: %s\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Content-Length: %zu\r\n\r\n",
        method, transport, known ? "&sid=" : "", known ? sid : "", transport,
        n);
    feed(link, text, (size_t)size);
    if (n > 0) feed(link, body, n);
}

static void frame(uint32_t link, unsigned opcode, const uint8_t *bytes,
                  size_t n) {
    static const uint8_t key[4] = {7, 7, 7, 7};
    struct buf out = {.max = 4096};
    struct span payload = {(uint8_t *)(uintptr_t)bytes, n};
    if (frame_append(&out, opcode, &payload, 1, key))
        feed(link, out.bytes, out.end);
    buf_free(&out);
}

/* One step: two bytes say what and who, then come its bytes. */
static void act(uint8_t what, uint8_t who, const uint8_t *bytes, size_t n) {
    uint32_t link = who % LINKS;
    bool known = who & LINKS;
    switch (what % 10) {
    case 0:
        feed(link, bytes, n);
        break;
    case 1:
        request(link, "GET", "websocket", known, NULL, 0);
        break;
    case 2:
    case 3:
        request(link, "GET", "polling", known, NULL, 0);
        break;
    case 4:
        request(link, "POST", "polling", true, bytes, n);
        break;
    case 5:
        frame(link, FRAME_TEXT, bytes, n);
        break;
    case 6:
        frame(link, FRAME_BINARY, bytes, n);
        break;
    case 7:
        frame(link, FRAME_TEXT, (const uint8_t *)"40", 2);
        break;
    case 8:
        now += 1 + who * 50;
        pump();
        break;
    default:
        lose(link);
        pump();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static const char *const namespaces[] = {"/", "/a", NULL};
    struct server_options o = {.connect_timeout = 3000,
                               .namespaces = namespaces,
                               .engine = {.path = "/socket.io/",
                                          .ping_interval = 2000,
                                          .ping_timeout = 1000,
                                          .upgrade_timeout = 1000,
                                          .max_payload = 3000,
                                          .max_links = LINKS,
                                          .max_sessions = LINKS * 4}};
    server = server_open(&o);
    if (!server) return 0;
    now = 1;
    sid[0] = '\0';
    for (size_t at = 0; at + 3 <= n;) {
        size_t k = bytes[at + 2];
        if (k > n - at - 3) k = n - at - 3;
        act(bytes[at], bytes[at + 1], bytes + at + 3, k);
        at += 3 + k;
    }
    server_shut(server, now);
    pump();
    for (uint32_t i = 0; i < LINKS; i++) lose(i);
    pump();
    for (size_t i = 0; i < LINKS * 4; i++) assert(joined[i] == 0);
    server_free(server);
    return 0;
}
