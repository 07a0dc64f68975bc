/* session_end.c: see session_end.h. */
#include "socketio/sim/session_end.h"

#include <stdio.h>
#include <stdlib.h>

#include "socketio/sim/response.h"
#include "websocket/conn.h"
#include "websocket/masks.h"

static void write_request(struct session_end *s, enum session_conn i,
                          const char *method, const char *fields) {
    char head[400];
    snprintf(
        head, sizeof head,
        "%s /socket.io/?EIO=4&transport=%s%s%s HTTP/1.1\r\nHost: a\r\n%s\r\n",
        method, i == CONN_WEBSOCKET ? "websocket" : "polling",
        s->sid[0] ? "&sid=" : "", s->sid, fields);
    buf_text(&s->conns[i].out, head);
    s->conns[i].is_awaited = true;
}

static void write_handshake(struct session_end *s) {
    write_request(s, CONN_WEBSOCKET, "GET",
                  "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
}

static void write_frame(struct session_end *s, struct span text) {
    static struct mask_source masks;
    conn_send(&s->conns[CONN_WEBSOCKET].out, FRAME_TEXT, &text, 1, &masks);
}

void session_end_open(struct session_end *s, bool starts_websocket) {
    *s = (struct session_end){.phase = PHASE_OPENING,
                              .starts_websocket = starts_websocket,
                              .pending = {.max = BUF_MAX},
                              .payload = {.max = BUF_MAX},
                              .packet = {.max = BUF_MAX}};
    for (int i = 0; i < SESSION_CONNS; i++)
        s->conns[i].in.max = s->conns[i].out.max = BUF_MAX;
    if (starts_websocket)
        write_handshake(s);
    else
        write_request(s, CONN_GET, "GET", "");
}

void session_end_free(struct session_end *s) {
    for (int i = 0; i < SESSION_CONNS; i++) {
        buf_free(&s->conns[i].in);
        buf_free(&s->conns[i].out);
    }
    buf_free(&s->pending);
    buf_free(&s->payload);
    buf_free(&s->packet);
    s->phase = PHASE_ENDED;
}

void session_end_send(struct session_end *s, const char *text) {
    if (s->phase == PHASE_WEBSOCKET || s->starts_websocket) {
        write_frame(s, span_from(text));
        return;
    }
    if (s->pending.end > 0) buf_text(&s->pending, "\x1e");
    buf_text(&s->pending, text);
}

static bool is_polling(const struct session_end *s) {
    return s->phase >= PHASE_POLLING && s->phase <= PHASE_PROBED;
}

void session_end_step(struct session_end *s) {
    char length[60];
    struct span pending = buf_view(&s->pending);
    if (!is_polling(s)) return;
    if (!s->conns[CONN_GET].is_awaited && buf_view(&s->payload).len == 0)
        write_request(s, CONN_GET, "GET", "");
    if (s->conns[CONN_POST].is_awaited || pending.len == 0) return;
    snprintf(length, sizeof length, "Content-Length: %u\r\n",
             (unsigned)pending.len);
    write_request(s, CONN_POST, "POST", length);
    buf_append(&s->conns[CONN_POST].out, pending.data, pending.len);
    buf_clear(&s->pending);
}

void session_end_probe(struct session_end *s) {
    if (s->phase != PHASE_POLLING) return;
    s->phase = PHASE_PROBING;
    write_handshake(s);
}

/* Gives up the upgrade: the client goes on polling. */
static void give_up_probe(struct session_end *s) {
    s->phase = PHASE_POLLING;
    s->conns[CONN_WEBSOCKET].is_awaited = false;
    buf_clear(&s->conns[CONN_WEBSOCKET].in);
    buf_clear(&s->conns[CONN_WEBSOCKET].out);
}

void session_end_lost(struct session_end *s, enum session_conn i) {
    if (i == CONN_WEBSOCKET && session_end_is_upgrading(s))
        give_up_probe(s);
    else if (i == CONN_WEBSOCKET || s->conns[i].is_awaited)
        s->phase = PHASE_ENDED;
}

/* Sends 5 when the responses to the GET and the POST have arrived. RULE: the
 * last packets by polling are older than the first ones on the WebSocket. */
static bool change_transport(struct session_end *s) {
    if (s->phase != PHASE_SWITCHING || s->conns[CONN_GET].is_awaited ||
        s->conns[CONN_POST].is_awaited)
        return false;
    s->phase = PHASE_WEBSOCKET;
    s->has_upgraded = true;
    write_frame(s, span_from("5"));
    for (struct span rest = buf_view(&s->pending); rest.len > 0;) {
        uint8_t *end = memchr(rest.data, 0x1e, rest.len);
        size_t n = end ? (size_t)(end - rest.data) : rest.len;
        write_frame(s, (struct span){rest.data, n});
        rest = span_skip(rest, end ? n + 1 : n);
    }
    buf_clear(&s->pending);
    return true;
}

static void end_handshake(struct session_end *s, unsigned status) {
    if (s->phase == PHASE_OPENING) {
        s->phase = status == 101 ? PHASE_WEBSOCKET : PHASE_ENDED;
    } else if (status != 101) {
        give_up_probe(s);
    } else {
        s->phase = PHASE_PROBED;
        write_frame(s, span_from("2probe"));
    }
}

/* Reads the response that is awaited on a connection. False: it is not
 * complete. */
static bool read_response(struct session_end *s, enum session_conn i) {
    struct response r;
    struct buf *in = &s->conns[i].in;
    if (!s->conns[i].is_awaited || buf_view(in).len == 0) return false;
    int64_t n = response_parse(&r, buf_view(in), false);
    if (n == 0) return false;
    if (n < 0) abort();
    s->conns[i].is_awaited = false;
    if (i == CONN_GET && r.status == 200)
        buf_append(&s->payload, r.body.data, r.body.len);
    buf_consume(in, (size_t)n);
    if (i == CONN_WEBSOCKET)
        end_handshake(s, r.status);
    else if (r.status != 200)
        s->phase = PHASE_ENDED;
    return true;
}

/* Keeps a packet that session_end_next returns. */
static void keep(struct session_end *s, struct span packet) {
    buf_clear(&s->packet);
    buf_append(&s->packet, packet.data, packet.len);
    buf_append(&s->packet, "", 1);
}

/* Keeps the next packet of a payload. */
static bool next_of_payload(struct session_end *s, bool *is_binary) {
    struct span rest = buf_view(&s->payload);
    if (rest.len == 0) return false;
    uint8_t *end = memchr(rest.data, 0x1e, rest.len);
    size_t n = end ? (size_t)(end - rest.data) : rest.len;
    *is_binary = rest.data[0] == 'b';
    keep(s, (struct span){rest.data, n});
    buf_consume(&s->payload, end ? n + 1 : n);
    return true;
}

/* Keeps the payload of the next frame. */
static bool next_frame(struct session_end *s, bool *is_binary) {
    struct buf *in = &s->conns[CONN_WEBSOCKET].in;
    struct span bytes = buf_view(in);
    struct frame f;
    if (s->conns[CONN_WEBSOCKET].is_awaited || bytes.len == 0) return false;
    int size = frame_parse(&f, bytes.data, bytes.len);
    if (size <= 0 || bytes.len - (size_t)size < f.length) return false;
    *is_binary = f.opcode == FRAME_BINARY;
    keep(s, (struct span){bytes.data + size, (size_t)f.length});
    buf_consume(in, (size_t)size + (size_t)f.length);
    if (f.opcode != FRAME_CLOSE) return true;
    keep(s, span_from("6"));
    session_end_lost(s, CONN_WEBSOCKET);
    return true;
}

/* Handles a packet of Engine.IO itself. False: the packet is for the caller. */
static bool control(struct session_end *s) {
    const char *text = (const char *)s->packet.bytes;
    if (text[0] == '0') {
        const char *sid = strstr(text, "\"sid\":\"");
        if (!sid || s->sid[0]) abort();
        snprintf(s->sid, sizeof s->sid, "%s", sid + 7);
        if (s->phase == PHASE_OPENING) s->phase = PHASE_POLLING;
    } else if (text[0] == '2') {
        session_end_send(s, "3");
    } else if (text[0] == '1') {
        s->phase = PHASE_ENDED;
    } else if (strcmp(text, "3probe") == 0 && s->phase == PHASE_PROBED) {
        s->phase = PHASE_SWITCHING;
    } else if (text[0] != '6') {
        return false;
    }
    return true;
}

const char *session_end_next(struct session_end *s, bool *is_binary) {
    bool has_changed = true;
    while (has_changed && s->phase != PHASE_ENDED) {
        if (next_of_payload(s, is_binary) || next_frame(s, is_binary)) {
            if (*is_binary || !control(s)) return (char *)s->packet.bytes;
            continue;
        }
        has_changed = read_response(s, CONN_GET) ||
                      read_response(s, CONN_POST) ||
                      read_response(s, CONN_WEBSOCKET) || change_transport(s);
    }
    return NULL;
}
