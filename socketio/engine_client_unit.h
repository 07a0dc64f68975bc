/*
 * engine_client_unit.h: an Engine.IO client, and a test that plays its server
 *
 *   open_polling, open_websocket, open_probing: a session in that state
 *   respond, message: the server; expect, expect_request, expect_frames: the
 *   client
 */
#ifndef SOCKETIO_ENGINE_CLIENT_UNIT_H
#define SOCKETIO_ENGINE_CLIENT_UNIT_H

#include "packets/unit.h"
#include "socketio/engine_client_end.h"
#include "websocket/frame_unit.h"

#define GET POLLER_GET
#define POST POLLER_POST
#define WS ENGINE_CLIENT_WEBSOCKET

static const uint8_t seed[MASKS_SEED] = "sixteen bytes...";
static struct engine_client c;
static struct engine_client_options options;
static int64_t now;
static char events[4000], sent[4000];

static inline void log_event(const struct engine_client_event *e) {
    static const char *const types[] = {"opened", "message", "upgraded",
                                        "closed"};
    size_t n = strlen(events);
    snprintf(events + n, sizeof events - n, "%s%s%s%.*s%s%s;", types[e->type],
             e->is_binary ? " binary" : "", e->payload.len > 0 ? " " : "",
             (int)e->payload.len, (char *)e->payload.data, e->why ? "|" : "",
             e->why ? e->why : "");
}

/* Bytes of the server on a connection, in pieces of step. */
static inline void feed_bytes(unsigned conn, const void *bytes, size_t n,
                              size_t step) {
    struct engine_client_event e;
    for (size_t at = 0; at < n || at == 0; at += step) {
        size_t size = n - at < step ? n - at : step;
        uint8_t *exact = unit_exact((const uint8_t *)bytes + at, size);
        struct span in = {exact, size};
        while (engine_client_next(&c, conn, &in, now, &e)) log_event(&e);
        UNIT_INT(in.len, 0);
        free(exact);
    }
}

static inline void feed(unsigned conn, const char *text) {
    feed_bytes(conn, text, strlen(text), SIZE_MAX / 2);
}

static inline void drain(void) {
    feed(GET, "");
}

/* A response to a GET or a POST. */
static inline void respond(unsigned conn, const char *content) {
    char text[2000];
    snprintf(text, sizeof text,
             "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(content), content);
    feed(conn, text);
}

/* A text message on the WebSocket. */
static inline void message(const char *text) {
    struct buf out = {.max = 1000};
    struct span part = span_from(text);
    frame_append(&out, FRAME_TEXT, &part, 1, NULL);
    feed_bytes(WS, out.bytes, out.end, SIZE_MAX / 2);
    buf_free(&out);
}

static inline void expect(const char *expected) {
    UNIT_TEXT(events, strlen(events), expected);
    events[0] = '\0';
}

/* Expects these frames on the WebSocket, "opcode payload;" each. */
static inline void expect_frames(const char *expected) {
    unit_frames(buf_view(&c.dials[WS].out), sent, sizeof sent);
    UNIT_TEXT(sent, strlen(sent), expected);
    buf_clear(&c.dials[WS].out);
}

/* Expects a request with this beginning of its first line and this content. */
static inline void expect_request(unsigned conn, const char *line,
                                  const char *content) {
    struct span out = buf_view(&c.dials[conn].out);
    UNIT_TRUE(out.len > strlen(line));
    if (out.len > strlen(line)) UNIT_TEXT(out.data, strlen(line), line);
    size_t n = strlen(content);
    UNIT_TRUE(out.len > n + 4);
    if (out.len > n + 4) {
        UNIT_TEXT(out.data + out.len - n, n, content);
        UNIT_TEXT(out.data + out.len - n - 4, 4, "\r\n\r\n");
    }
    buf_clear(&c.dials[conn].out);
}

static inline void expect_dials(unsigned get, unsigned post,
                                unsigned websocket) {
    UNIT_INT(c.dials[GET].number > 0, get);
    UNIT_INT(c.dials[POST].number > 0, post);
    UNIT_INT(c.dials[WS].number > 0, websocket);
}

static inline void start(enum engine_client_transport transport) {
    options = (struct engine_client_options){.host = "a:80",
                                             .path = "/engine.io/",
                                             .transport = transport,
                                             .max_message = 1000,
                                             .answer_ms = 30000};
    events[0] = '\0';
    now = 1000;
    engine_client_init(&c, &options, seed);
    drain();
    expect("");
    engine_client_open(&c, now);
    drain();
    expect("");
}

static inline void stop(void) {
    engine_client_free(&c);
    for (unsigned i = 0; i < ENGINE_CLIENT_CONNS; i++)
        UNIT_TRUE(c.dials[i].out.bytes == NULL);
    UNIT_TRUE(c.poller.queue == NULL && c.poller.queued == 0);
}

/* The server's side of the handshake, for the request that is in out. */
static inline void accept_websocket(void) {
    struct http_head h;
    struct buf text = {.max = 1000};
    struct span request = buf_view(&c.dials[WS].out);
    UNIT_TRUE(http_request(&h, request, 0) > 0);
    UNIT_INT(handshake_check(&h), 0);
    handshake_respond(&text, &h, 101, NULL);
    buf_clear(&c.dials[WS].out);
    feed_bytes(WS, text.bytes, text.end, SIZE_MAX / 2);
    buf_free(&text);
}

#define OPEN                                                                   \
    "0{\"sid\":\"s1\",\"upgrades\":[\"websocket\"],\"pingInterval\":300,"      \
    "\"pingTimeout\":200,\"maxPayload\":100}"

static inline void open_polling(void) {
    start(TRANSPORT_POLLING);
    buf_clear(&c.dials[GET].out);
    respond(GET, OPEN);
    expect("opened;");
    UNIT_INT(c.state, ENGINE_STATE_POLLING);
    buf_clear(&c.dials[GET].out);
}

static inline void open_websocket(void) {
    start(TRANSPORT_WEBSOCKET);
    accept_websocket();
    message(OPEN);
    expect("opened;");
    UNIT_INT(c.state, ENGINE_STATE_WEBSOCKET);
}

/* Polling, and 2probe is on its way. */
static inline void open_probing(void) {
    start(TRANSPORT_UPGRADE);
    buf_clear(&c.dials[GET].out);
    respond(GET, OPEN);
    expect("opened;");
    UNIT_INT(c.state, ENGINE_STATE_PROBING);
    expect_request(GET, "GET /engine.io/?EIO=4&transport=polling&sid=s1 ", "");
    UNIT_TRUE(strstr((char *)c.dials[WS].out.bytes,
                     "GET /engine.io/?EIO=4&transport=websocket&sid=s1 ") ==
              (char *)c.dials[WS].out.bytes);
    accept_websocket();
    expect_frames("1 2probe;");
}

static inline int send_text(const char *text) {
    struct span parts[] = {span_from(text), span_from("!")};
    int result = engine_client_send(&c, false, parts, 2);
    drain();
    return result;
}

static inline int send_binary(size_t n) {
    static uint8_t bytes[LIMIT_COLLECTED + 1];
    struct span part = {bytes, n};
    int result = engine_client_send(&c, true, &part, 1);
    drain();
    return result;
}

/* The upgrade has failed: only the polling is left, and it goes on. */
static inline void expect_polling(void) {
    expect("");
    UNIT_INT(c.state, ENGINE_STATE_POLLING);
    expect_dials(1, 0, 0);
    respond(GET, "4still");
    expect("message still;");
    expect_request(GET, "GET ", "");
    UNIT_INT(send_text("here"), 0);
    expect_request(POST, "POST ", "4here!");
}

#endif
