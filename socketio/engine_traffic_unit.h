/*
 * engine_traffic_unit.h: clients of the engine of engine_unit.h, for tests
 *
 *   open_polling(sid);     get(0, sid);     status(0), body(0)
 *   open_websocket(1);     frame(1, FRAME_TEXT, "4a");     frames(1)
 *
 * Only tests include this file.
 */
#ifndef SOCKETIO_ENGINE_TRAFFIC_UNIT_H
#define SOCKETIO_ENGINE_TRAFFIC_UNIT_H

#include "socketio/engine_unit.h"

static inline void send_text(uint32_t conn, const char *text) {
    buf_clear(&conns[conn].bytes);
    feed(conn, text, strlen(text), SIZE_MAX);
}

static inline void open_conn(uint32_t conn) {
    engine_accept(engine, conn, now);
    conns[conn].then = OUTBOX_OPEN;
    buf_clear(&conns[conn].bytes);
}

static inline void lose(uint32_t conn) {
    engine_lost(engine, conn);
    end_turn();
}

#define QUERY "/engine.io/?EIO=4&transport=polling"
#define HOST "Host: 127.0.0.1:3000\r\n"

static inline void get(uint32_t conn, const char *sid) {
    char text[300];
    snprintf(text, sizeof text, "GET %s%s%s HTTP/1.1\r\n%s\r\n", QUERY,
             *sid ? "&sid=" : "", sid, HOST);
    send_text(conn, text);
}

static inline void post(uint32_t conn, const char *sid, const char *body) {
    char text[600];
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s",
             QUERY, sid, HOST, strlen(body), body);
    send_text(conn, text);
}

/* Sends the head of a POST, and the first bytes of its body of n bytes. */
static inline void begin_post(uint32_t conn, const char *sid, size_t n,
                              const char *body) {
    char text[600];
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s",
             QUERY, sid, HOST, n, body);
    send_text(conn, text);
}

static inline unsigned status(uint32_t conn) {
    unsigned code = 0;
    if (conns[conn].bytes.end > 12)
        for (int i = 9; i < 12; i++)
            code = code * 10 + (unsigned)(conns[conn].bytes.bytes[i] - '0');
    return code;
}

/* Returns what a connection was sent. */
static inline const char *sent(uint32_t conn) {
    static char text[3000];
    snprintf(text, sizeof text, "%.*s", (int)conns[conn].bytes.end,
             (char *)conns[conn].bytes.bytes);
    return text;
}

/* Returns the body of the response on a connection. */
static inline const char *body(uint32_t conn) {
    if (conns[conn].bytes.end == 0) return "nothing";
    const char *text = sent(conn), *end = strstr(text, "\r\n\r\n");
    return end ? end + 4 : text;
}

/* Opens a polling session on a connection and writes its id. */
static inline void open_polling_on(uint32_t conn, char sid[21]) {
    open_conn(conn);
    get(conn, "");
    snprintf(sid, 21, "%.20s", body(conn) + strlen("0{\"sid\":\""));
    events_len = 0;
}

static inline void open_polling(char sid[21]) {
    open_polling_on(0, sid);
}

static inline void upgrade(uint32_t conn, const char *sid) {
    char text[400];
    open_conn(conn);
    snprintf(text, sizeof text,
             "GET /engine.io/?EIO=4&transport=websocket%s%s HTTP/1.1\r\n%s"
             "Upgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
             *sid ? "&sid=" : "", sid, HOST);
    send_text(conn, text);
}

/* Appends a client's frame; its mask key is 1 1 1 1. */
static inline void add_frame(struct buf *out, unsigned first,
                             const char *text) {
    size_t n = strlen(text);
    uint8_t head[6] = {(uint8_t)first, (uint8_t)(0x80 | n), 1, 1, 1, 1};
    buf_append(out, head, sizeof head);
    for (size_t i = 0; i < n; i++) {
        uint8_t masked = (uint8_t)(text[i] ^ 1);
        buf_append(out, &masked, 1);
    }
}

static inline void frame(uint32_t conn, unsigned opcode, const char *text) {
    struct buf out;
    buf_init(&out, 300);
    add_frame(&out, 0x80 | opcode, text);
    buf_clear(&conns[conn].bytes);
    feed(conn, out.bytes, out.end, SIZE_MAX);
    buf_free(&out);
}

/* Returns the frames that a connection was sent: "text;text;". A close frame is
 * "close 1000;". */
static inline const char *frames(uint32_t conn) {
    static char text[3000];
    size_t n = 0;
    struct span in = buf_view(&conns[conn].bytes);
    if (in.len > 9 && memcmp(in.data, "HTTP/1.1 ", 9) == 0) {
        const char *end = strstr(sent(conn), "\r\n\r\n");
        if (end) in = span_skip(in, (size_t)(end + 4 - sent(conn)));
    }
    text[0] = '\0';
    struct frame f;
    for (int size; in.len && (size = frame_parse(&f, in.data, in.len)) > 0;) {
        in = span_skip(in, (size_t)size);
        if (f.opcode == FRAME_CLOSE)
            n += (size_t)snprintf(text + n, sizeof text - n, "close %d;",
                                  in.data[0] << 8 | in.data[1]);
        else
            n += (size_t)snprintf(text + n, sizeof text - n, "%.*s;",
                                  (int)f.length, (char *)in.data);
        in = span_skip(in, (size_t)f.length);
        if (n > sizeof text - 300) break;
    }
    return text;
}

static inline void open_websocket(uint32_t conn) {
    upgrade(conn, "");
    buf_clear(&conns[conn].bytes);
    events_len = 0;
}

/* Sends a session n zero bytes, as one binary message. */
static inline void send_bytes(uint32_t session, size_t n) {
    struct span part = {calloc(1, n), n};
    engine_send(engine, session, true, &part, 1);
    free(part.data);
}

/* Fills out with n text frames of a client. The caller frees it. */
static inline void fill_frames(struct buf *out, int n, const char *text) {
    buf_init(out, 1 << 24);
    for (int i = 0; i < n; i++) add_frame(out, 0x81, text);
}

#endif
