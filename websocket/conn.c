/* conn.c: see websocket/conn.h. conn_next works in steps: a whole message at
 * once if possible, otherwise a header, then the pieces of its payload. */
#include "websocket/conn.h"

#include <assert.h>

#include "websocket/close_code.h"
#include "websocket/masks.h"
#include "websocket/utf8.h"

#define FIN 0x80
/* The most that held has after a message: an incomplete header or control. */
#define MAX_EXTRA (FRAME_HEADER_MAX + FRAME_CONTROL_MAX)

void conn_init_server(struct conn *c, size_t max_message) {
    assert(max_message <= BUF_MAX - MAX_EXTRA);
    *c = (struct conn){.state = WS_OPEN};
    buf_init(&c->held, max_message + MAX_EXTRA);
}

void conn_init_client(struct conn *c, size_t max_message,
                      struct mask_source *masks) {
    conn_init_server(c, max_message);
    c->masks = masks;
    c->is_client = true;
}

static void change_state(struct conn *c, enum ws_cause cause) {
    c->state = ws_state_next(c->state, cause);
}

void conn_free(struct conn *c) {
    buf_free(&c->held);
    if (c->state != WS_CLOSED) change_state(c, WS_TCP_ENDS);
}

bool conn_send(struct buf *out, unsigned opcode, const struct span *parts,
               size_t k, struct mask_source *masks) {
    return frame_append(out, opcode, parts, k,
                        masks ? masks_next(masks) : NULL);
}

static bool send_control(struct conn *c, unsigned opcode, struct span body,
                         struct buf *out) {
    return conn_send(out, opcode, &body, 1, c->is_client ? c->masks : NULL);
}

/* RFC 6455 §7.4: the code is two bytes; without one (1005) there is no body.
 * Returns false if a close frame was sent before, or out is full. */
static bool send_close(struct conn *c, unsigned code, struct buf *out) {
    uint8_t bytes[2] = {(uint8_t)(code >> 8), (uint8_t)code};
    struct span body = {bytes, code == 1005 ? 0 : sizeof bytes};
    /* RFC 6455 §5.5.1: MUST NOT send any more data frames after a close. */
    if (c->state != WS_OPEN) return false;
    return send_control(c, FRAME_CLOSE, body, out);
}

/* Sets *e to the last event, and sends a close frame unless one was sent. */
static void set_closed(struct conn *c, unsigned code, enum ws_cause cause,
                       struct conn_event *e, struct buf *out) {
    *e = (struct conn_event){.type = CONN_CLOSED, .code = code};
    e->is_reply_sent = send_close(c, code, out);
    e->is_failure = cause == WS_FAIL;
    change_state(c, cause);
}

void conn_close(struct conn *c, unsigned code, struct buf *out) {
    if (ws_state_has_ended(c->state)) return;
    send_close(c, code, out);
    if (c->state == WS_OPEN) change_state(c, WS_CLOSE);
    /* Drops the rest of the current message. */
    buf_consume(&c->held, c->message);
    c->message = 0;
    c->holds_event = false;
}

bool conn_is_mid_message(const struct conn *c) {
    if (ws_state_has_ended(c->state)) return false;
    return c->opcode != 0 || c->left > 0 || c->held.end > c->held.start;
}

static size_t max_message(const struct conn *c) {
    return c->held.max - MAX_EXTRA;
}

/* Returns the bytes in held after the message: an incomplete header or
 * control. */
static size_t extra_len(const struct conn *c) {
    return c->held.end - c->held.start - c->message;
}

/* May a frame that begins with this byte follow the frames before it? */
static bool is_in_sequence(const struct conn *c, uint8_t first) {
    unsigned opcode = first & 0x0F;
    if (opcode >= FRAME_CLOSE || c->state == WS_CLOSING) return true;
    /* RFC 6455 §5.4: a continuation continues something, and the fragments of
     * one message MUST NOT be interleaved with those of another. */
    return (opcode == FRAME_CONTINUATION) == (c->opcode != 0);
}

/* Checks a complete header and stores its frame. Returns 1, or minus the close
 * code. */
static int begin_frame(struct conn *c, const struct frame *f) {
    bool is_control = f->opcode >= FRAME_CLOSE;
    /* RFC 6455 §7.4.1: 1009 is for a message too big to process. The header
     * alone shows it, before any memory is used. */
    if (!is_control && f->length > max_message(c) - c->message) return -1009;

    if (!is_control && c->state == WS_OPEN) {
        if (f->opcode != FRAME_CONTINUATION) {
            c->opcode = (uint8_t)f->opcode;
            c->utf8 = UTF8_START;
            c->fragments = 0;
        }
        /* This is no rule of the RFC: empty fragments without end would never
         * be too long. 1008: a policy violation (§7.4.1). */
        if (++c->fragments > LIMIT_WS_FRAGMENTS + c->message / 32 && !f->fin)
            return -1008;
    }
    c->frame = (uint8_t)(f->opcode | (f->fin ? FIN : 0));
    c->left = (uint32_t)f->length;
    if (f->masked) memcpy(c->key, f->key, sizeof c->key);
    return 1;
}

/* Consumes a header, whose beginning may be in held. Returns 1; 0: it is not
 * complete, and its bytes are kept; or minus the close code. */
static int handle_header(struct conn *c, struct span *in) {
    uint8_t joined[FRAME_HEADER_MAX];
    struct span bytes = *in;
    size_t kept = extra_len(c);
    if (kept > 0 && c->held.bytes) {
        memcpy(joined, c->held.bytes + c->held.end - kept, kept);
        size_t more = sizeof joined - kept;
        if (more > in->len) more = in->len;
        memcpy(joined + kept, in->data, more);
        bytes = (struct span){joined, kept + more};
    }
    struct frame f;
    int n = frame_parse(&f, bytes.data, bytes.len);
    if (n < 0 || !is_in_sequence(c, bytes.data[0])) return -1002;
    /* RFC 6455 §5.1: a client MUST mask, a server MUST NOT: the second byte
     * shows it. */
    if (bytes.len >= 2 && (bytes.data[1] >> 7) == c->is_client) return -1002;
    if (n == 0) {
        if (!buf_append(&c->held, in->data, in->len)) return -1011;
        in->len = 0;
        return 0;
    }
    c->held.end -= (uint32_t)kept;
    *in = span_skip(*in, (size_t)n - kept);
    return begin_frame(c, &f);
}

/* Handles a control frame. 1: an event; 0: none; or minus the close code. */
static int handle_control(struct conn *c, struct span body,
                          struct conn_event *e, struct buf *out) {
    unsigned opcode = c->frame & 0x0F;
    if (opcode == FRAME_PING) {
        /* RFC 6455 §5.5.2, §5.5.3: the response to a ping MUST be a pong with
         * the same data, unless a close frame was already received. */
        if (c->state == WS_CLOSING) return 0;
        return send_control(c, FRAME_PONG, body, out) ? 0 : -1011;
    }
    if (opcode == FRAME_PONG) {
        *e = (struct conn_event){.type = CONN_PONG, .payload = body};
        return 1;
    }
    int code = close_code_parse(body);
    if (code < 0) return code;
    /* RFC 6455 §5.5.1: MUST send a close frame in response. */
    set_closed(c, (unsigned)code, WS_RCV_CLOSE, e, out);
    if (body.len > 2) e->payload = span_skip(body, 2);
    return 1;
}

/* Handles a piece of a control frame, which held collects after the message. */
static int control_piece(struct conn *c, struct span piece,
                         struct conn_event *e, struct buf *out) {
    if (c->left > 0 || extra_len(c) > 0) {
        if (!buf_append(&c->held, piece.data, piece.len)) return -1011;
        if (c->left > 0) return 0;
        size_t n = extra_len(c);
        c->held.end -= (uint32_t)n; /* the bytes stay until the next call */
        piece = (struct span){c->held.bytes + c->held.end, n};
    }
    return handle_control(c, piece, e, out);
}

/* Handles a piece of a data frame. 1: a message; 0: none yet; or minus the
 * close code. */
static int data_piece(struct conn *c, struct span piece, struct conn_event *e) {
    if (c->state == WS_CLOSING) return 0; /* RFC 6455 §1.4: it is discarded */
    bool is_end = c->left == 0 && c->frame & FIN;

    /* RFC 6455 §8.1: text that is not UTF-8 MUST fail the connection: at the
     * first wrong byte; only the end can show a character that was cut. */
    if (c->opcode == FRAME_TEXT) {
        c->utf8 = utf8_feed(c->utf8, piece.data, piece.len);
        if (c->utf8 == UTF8_BAD || (is_end && c->utf8 != UTF8_START))
            return -1007;
    }
    if (!is_end || c->message > 0) {
        if (!buf_append(&c->held, piece.data, piece.len)) return -1011;
        c->message += (uint32_t)piece.len;
        if (!is_end) return 0;
        piece = buf_view(&c->held);
        c->holds_event = true;
    }
    *e = (struct conn_event){
        .type = CONN_MESSAGE, .opcode = c->opcode, .payload = piece};
    c->opcode = 0;
    return 1;
}

/* Rotates the key, so that key[0] belongs to the byte after n more. */
static void rotate_key(struct conn *c, size_t n) {
    uint8_t key[4];
    for (size_t i = 0; i < 4; i++) key[i] = c->key[(n + i) % 4];
    memcpy(c->key, key, sizeof key);
}

/* Consumes the payload that has arrived, and unmasks it in place. */
static int handle_payload(struct conn *c, struct span *in, struct conn_event *e,
                          struct buf *out) {
    struct span piece = {in->data, in->len < c->left ? in->len : c->left};
    *in = span_skip(*in, piece.len);
    c->left -= (uint32_t)piece.len;
    if (!c->is_client) {
        frame_mask(piece.data, piece.len, c->key, 0);
        if (c->left > 0) rotate_key(c, piece.len);
    }
    if ((c->frame & 0x0F) >= FRAME_CLOSE)
        return control_piece(c, piece, e, out);
    return data_piece(c, piece, e);
}

/* The caller has read the payload of the last event: frees its memory. */
static void release_event(struct conn *c) {
    if (c->holds_event) {
        buf_consume(&c->held, c->message);
        c->message = 0;
        c->holds_event = false;
    }
    if (c->held.end == c->held.start) buf_free(&c->held);
}

/* Handles the common case in one step: no message is under way, and in begins
 * with a whole one in one frame. Returns 1, or minus the close code; 0: any
 * other case, also errors, and nothing was consumed. */
static int whole_message(const struct conn *c, struct span *in,
                         struct conn_event *e) {
    struct frame f;
    int n = frame_parse(&f, in->data, in->len);
    if (n <= 0) return 0;
    bool is_data = f.opcode == FRAME_TEXT || f.opcode == FRAME_BINARY;
    if (!f.fin || !is_data || f.masked == c->is_client ||
        f.length > in->len - (size_t)n || f.length > max_message(c))
        return 0;
    struct span payload = {in->data + n, (size_t)f.length};
    *in = span_skip(*in, (size_t)n + payload.len);
    if (f.masked) frame_mask(payload.data, payload.len, f.key, 0);
    /* RFC 6455 §8.1: text that is not UTF-8 MUST fail the connection. */
    if (f.opcode == FRAME_TEXT && !utf8_valid(payload.data, payload.len))
        return -1007;
    *e = (struct conn_event){
        .type = CONN_MESSAGE, .opcode = f.opcode, .payload = payload};
    return 1;
}

/* Handles a frame or piece. 1: an event; 0: none; or minus the close code. */
static int step(struct conn *c, struct span *in, struct conn_event *e,
                struct buf *out) {
    bool is_idle =
        c->left == 0 && c->opcode == 0 && !c->held.bytes && c->state == WS_OPEN;
    int got = is_idle ? whole_message(c, in, e) : 0;
    if (got != 0) return got;
    if (c->left == 0) {
        got = handle_header(c, in);
        if (got <= 0) return got;
    }
    return handle_payload(c, in, e, out);
}

bool conn_next(struct conn *c, struct span *in, struct conn_event *e,
               struct buf *out) {
    if (c->held.bytes) release_event(c);
    if (ws_state_has_ended(c->state)) in->len = 0;
    while (in->len > 0) {
        size_t before = in->len;
        int got = step(c, in, e, out);
        if (got > 0) return true;
        if (got < 0) {
            /* RFC 6455 §7.1.7: fail the connection, with a close frame. */
            set_closed(c, (unsigned)-got, WS_FAIL, e, out);
            return true;
        }
        assert(in->len < before); /* each step makes progress */
    }
    return false;
}
