/* tap.c: see socketio/tap.h. The engine calls tap_request to tap_session, the
 * program tap_next and tap_describe. */
#include "socketio/tap.h"

#include <stdio.h>

#include "websocket/close_code.h"

void tap_free(struct tap *t) {
    buf_free(&t->kept);
}

/* Adds a record. Its len and bytes are those of the k parts. */
static void add(struct tap *t, struct tap_record r, const struct span *parts,
                size_t k) {
    size_t len = 0, kept = 0;
    if (!t) return;
    for (size_t i = 0; i < k; i++) len += parts[i].len;
    if (k > 0) r.len = (uint32_t)len;
    r.bytes = (struct span){NULL, len < TAP_MAX_PACKET ? len : TAP_MAX_PACKET};
    uint8_t *to = buf_reserve(&t->kept, sizeof r + r.bytes.len);
    if (!to) return; /* the next one may fit */
    memcpy(to, &r, sizeof r);
    for (size_t i = 0; i < k; i++) {
        size_t n = r.bytes.len - kept;
        if (n > parts[i].len) n = parts[i].len;
        if (n > 0) memcpy(to + sizeof r + kept, parts[i].data, n);
        kept += n;
    }
    t->kept.end += (uint32_t)(sizeof r + r.bytes.len);
}

void tap_request(struct tap *t, uint32_t conn, const struct http_head *head) {
    const struct span parts[] = {head->method, span_from(" "), head->target};
    add(t, (struct tap_record){.conn = conn, .kind = TAP_REQUEST}, parts, 3);
}

void tap_response(struct tap *t, uint32_t conn, unsigned status, size_t len,
                  struct span text) {
    struct tap_record r = {.conn = conn,
                           .kind = TAP_STATUS,
                           .is_sent = true,
                           .code = status,
                           .len = (uint32_t)len};
    if (!t) return; /* before text is searched */
    add(t, r, NULL, 0);
    r.kind = TAP_PAYLOAD;
    if (span_equal(text, span_from("ok"))) return; /* to a POST: no packets */
    while (text.len > 0) {
        const uint8_t *end = memchr(text.data, 0x1e, text.len);
        size_t n = end ? (size_t)(end - text.data) : text.len;
        add(t, r, &(struct span){text.data, n}, 1);
        text = span_skip(text, n + (end != NULL));
    }
}

void tap_posted(struct tap *t, uint32_t conn, const struct payload_packet *p) {
    uint16_t kind = p->is_binary ? TAP_POSTED_BINARY : TAP_PAYLOAD;
    add(t, (struct tap_record){.conn = conn, .kind = kind}, &p->bytes, 1);
}

static uint16_t message_kind(bool is_binary) {
    return is_binary ? TAP_BINARY : TAP_TEXT;
}

void tap_received(struct tap *t, uint32_t conn, const struct conn_event *e) {
    uint16_t kind = message_kind(e->opcode == FRAME_BINARY);
    if (e->type == CONN_MESSAGE)
        add(t, (struct tap_record){.conn = conn, .kind = kind}, &e->payload, 1);
    if (e->type != CONN_CLOSED) return;
    if (!e->is_failure) tap_close(t, conn, false, e->code);
    if (e->is_reply_sent) tap_close(t, conn, true, e->code);
}

void tap_sent(struct tap *t, uint32_t conn, bool is_binary,
              const struct span *parts, size_t k) {
    uint16_t kind = message_kind(is_binary);
    add(t, (struct tap_record){.conn = conn, .kind = kind, .is_sent = true},
        parts, k);
}

void tap_close(struct tap *t, uint32_t conn, bool is_sent, unsigned code) {
    add(t,
        (struct tap_record){
            .conn = conn, .kind = TAP_CLOSE, .is_sent = is_sent, .code = code},
        NULL, 0);
}

void tap_session(struct tap *t, enum tap_kind kind, uint32_t conn,
                 uint32_t session, unsigned why) {
    add(t,
        (struct tap_record){
            .conn = conn, .kind = (uint16_t)kind, .code = session, .len = why},
        NULL, 0);
}

bool tap_next(struct tap *t, struct tap_record *r) {
    struct span all = buf_view(&t->kept);
    if (!all.data || all.len == 0) return false;
    memcpy(r, all.data, sizeof *r);
    r->bytes.data = all.data + sizeof *r;
    buf_consume(&t->kept, sizeof *r + r->bytes.len);
    return true;
}

const char *tap_arrow(const struct tap_record *r) {
    bool is_session =
        r->kind == TAP_OPENED || r->kind == TAP_CLOSED || r->kind == TAP_SILENT;
    return is_session ? "--" : r->is_sent ? "->" : "<-";
}

/* Engine.IO v4, "Packet encoding": " · 4 message". Binary has no type. */
static int describe_packet(const struct tap_record *r, char *text, size_t n) {
    static const char *const types[] = {"open",    "close",   "ping", "pong",
                                        "message", "upgrade", "noop"};
    if (r->len == 0) return snprintf(text, n, " · empty");
    unsigned type = r->bytes.data[0] - (unsigned)'0';
    if (r->kind == TAP_PAYLOAD && r->bytes.data[0] == 'b')
        return snprintf(text, n, " · b message in base64");
    if (type > 6) return snprintf(text, n, " · no packet");
    struct span rest = span_skip(r->bytes, 1);
    int shown = type == 2 || type == 3 ? (int)rest.len : 0; /* "probe" */
    return snprintf(text, n, " · %u %s%s%.*s", type, types[type],
                    shown ? " " : "", shown < 20 ? shown : 20,
                    (const char *)rest.data);
}

static int describe_frame(const struct tap_record *r, char *text, size_t n) {
    static const char *const kinds[] = {[TAP_PAYLOAD] = "http",
                                        [TAP_POSTED_BINARY] = "http binary",
                                        [TAP_TEXT] = "ws text",
                                        [TAP_BINARY] = "ws binary"};
    int used = snprintf(text, n, "%s %u B", kinds[r->kind], (unsigned)r->len);
    if (r->kind == TAP_BINARY || r->kind == TAP_POSTED_BINARY)
        return used + snprintf(text + used, n - (size_t)used, " · message");
    return used + describe_packet(r, text + used, n - (size_t)used);
}

/* Returns why a session ended. The first two codes are never sent. */
static const char *reason(unsigned code) {
    if (code == 1005) return "by the client";
    if (code == 1006) return "its connection was lost";
    return close_code_meaning(code);
}

const char *tap_describe(const struct tap_record *r, char text[TAP_TEXT_SIZE]) {
    const size_t n = TAP_TEXT_SIZE;
    unsigned code = r->code, len = r->len;
    switch ((enum tap_kind)r->kind) {
    case TAP_REQUEST:
        snprintf(text, n, "http %.*s", (int)r->bytes.len,
                 (const char *)r->bytes.data);
        break;
    case TAP_STATUS:
        snprintf(text, n, len ? "http %u, %u B" : "http %u", code, len);
        break;
    case TAP_CLOSE:
        snprintf(text, n, "ws close %u %s", code, close_code_meaning(code));
        break;
    case TAP_OPENED:
        snprintf(text, n, "session %u opened", code);
        break;
    case TAP_CLOSED:
        snprintf(text, n, "session %u closed: %u %s", code, len, reason(len));
        break;
    case TAP_SILENT:
        snprintf(text, n, "session %u: no pong in time", code);
        break;
    default:
        describe_frame(r, text, n);
    }
    return text;
}
