/*
 * socket_client_unit.h: a Socket.IO client, and a test that plays its server
 *
 *   open_session: the session is open, and no namespace is connected yet
 *   start: connected to "/" over a WebSocket
 *   message, binary: what the server sends
 *   expect, expect_sent: the events of the client, and its messages
 */
#ifndef SOCKETIO_SOCKET_CLIENT_UNIT_H
#define SOCKETIO_SOCKET_CLIENT_UNIT_H

#include "packets/unit.h"
#include "socketio/socket_client.h"
#include "websocket/frame_unit.h"

#define WS ENGINE_CLIENT_WEBSOCKET
#define OPEN                                                                   \
    "0{\"sid\":\"s1\",\"upgrades\":[],\"pingInterval\":300,"                   \
    "\"pingTimeout\":200,\"maxPayload\":100}"

static const uint8_t seed[MASKS_SEED] = "sixteen bytes...";
static struct socket_client c;
static struct socket_client_options options;
static int64_t now;
static char events[4000];

static inline void log_span(const char *before, struct span s) {
    size_t n = strlen(events);
    snprintf(events + n, sizeof events - n, "%s%.*s", before, (int)s.len,
             s.data ? (char *)s.data : "");
}

static inline void log_event(const struct socket_client_event *e) {
    static const char *const types[] = {"connected", "refused",     "event",
                                        "ack",       "no ack",      "upgraded",
                                        "kicked",    "disconnected"};
    char id[60];
    id[0] = '\0';
    UNIT_TRUE(e->id >= -1); /* -1: no ack is wanted */
    if (e->id >= 0) snprintf(id, sizeof id, " id %lld", (long long)e->id);
    log_span(types[e->type], span_from(id));
    bool is_recovered = e->type == SOCKET_CLIENT_CONNECTED && e->is_recovered;
    log_span(is_recovered ? " as before" : "", (struct span){0});
    log_span(e->nsp > 0 ? " of " : "",
             span_from(e->nsp > 0 ? c.nsps[e->nsp].name : ""));
    bool is_event = e->type == SOCKET_CLIENT_EVENT;
    if (is_event) log_span(" ", e->name);
    log_span(e->args.len > 0 ? " " : "", e->args);
    if (!is_event && e->type != SOCKET_CLIENT_ACK)
        log_span(e->data.len > 0 ? " " : "", e->data);
    for (unsigned i = 0; i < e->count; i++) log_span("+", e->attachments[i]);
    if (e->why) log_span("|", span_from(e->why));
    snprintf(id, sizeof id, ", %lld", (long long)e->retry_ms);
    if (e->type == SOCKET_CLIENT_DISCONNECTED) log_span("", span_from(id));
    log_span(";", (struct span){0});
}

static inline void feed_bytes(unsigned conn, const void *bytes, size_t n,
                              size_t step) {
    struct socket_client_event e;
    for (size_t at = 0; at < n || at == 0; at += step) {
        size_t size = n - at < step ? n - at : step;
        uint8_t *exact = unit_exact((const uint8_t *)bytes + at, size);
        struct span in = {exact, size};
        while (socket_client_next(&c, conn, &in, now, &e)) log_event(&e);
        UNIT_INT(in.len, 0);
        free(exact);
    }
}

static inline void drain(void) {
    feed_bytes(WS, "", 0, 1);
}

static inline void frame(unsigned opcode, const void *bytes, size_t n,
                         size_t step) {
    struct buf out = {.max = 4000};
    struct span part = {(uint8_t *)(uintptr_t)bytes, n};
    frame_append(&out, opcode, &part, 1, NULL);
    feed_bytes(WS, out.bytes, out.end, step);
    buf_free(&out);
}

static inline void message(const char *text) {
    frame(FRAME_TEXT, text, strlen(text), SIZE_MAX / 2);
}

static inline void binary(const char *text) {
    frame(FRAME_BINARY, text, strlen(text), SIZE_MAX / 2);
}

static inline void expect(const char *expected) {
    UNIT_TEXT(events, strlen(events), expected);
    events[0] = '\0';
}

/* Expects these messages: "text;", or "binary text;". */
static inline void expect_sent(const char *expected) {
    char sent[2000] = "";
    struct span in = buf_view(&c.engine.dials[WS].out), payload;
    for (struct frame f; unit_next_frame(&in, &f, &payload);) {
        size_t end = strlen(sent);
        snprintf(sent + end, sizeof sent - end, "%s%.*s;",
                 f.opcode == FRAME_TEXT     ? ""
                 : f.opcode == FRAME_BINARY ? "binary "
                                            : "close ",
                 f.opcode == FRAME_CLOSE ? 0 : (int)payload.len,
                 (char *)payload.data);
    }
    UNIT_TEXT(sent, strlen(sent), expected);
    buf_clear(&c.engine.dials[WS].out);
}

static inline void accept_websocket(void) {
    struct http_head h;
    struct buf text = {.max = 1000};
    struct span request = buf_view(&c.engine.dials[WS].out);
    UNIT_TRUE(http_request(&h, request, 0) > 0);
    handshake_respond(&text, &h, 101, NULL);
    buf_clear(&c.engine.dials[WS].out);
    feed_bytes(WS, text.bytes, text.end, SIZE_MAX / 2);
    buf_free(&text);
}

/* Connects, and receives the open packet. */
static inline void open_session(void) {
    socket_client_open(&c, now);
    accept_websocket();
    message(OPEN);
}

static inline void begin(uint32_t attempts) {
    options = (struct socket_client_options){
        .engine = {.host = "a:80",
                   .path = "/socket.io/",
                   .max_message = 1000,
                   .answer_ms = 5000},
        .attempts = attempts,
        .backoff = {.delay_ms = 1000, .max_ms = 5000}};
    events[0] = '\0';
    now = 1000;
    socket_client_init(&c, &options, seed);
    UNIT_INT(socket_client_due(&c, INT64_MAX), INT64_MAX);
}

static inline void stop(void) {
    socket_client_free(&c);
    UNIT_TRUE(c.pending == NULL && c.event_memory == NULL);
}

/* Connected to "/". */
static inline void start(uint32_t attempts) {
    begin(attempts);
    UNIT_INT(socket_client_join(&c, "/", NULL, now), 0);
    socket_client_open(&c, now);
    accept_websocket();
    expect("");
    message(OPEN);
    expect_sent("40;");
    message("40{\"sid\":\"x\"}");
    expect("connected {\"sid\":\"x\"};");
}

static inline int64_t emit(unsigned nsp, const char *json, bool wants_ack) {
    struct socket_client_message m = {.json = span_from(json),
                                      .wants_ack = wants_ack};
    return socket_client_emit(&c, nsp, &m, now);
}

#define PLACE(n) "{\"_placeholder\":true,\"num\":" n "}"

#endif
