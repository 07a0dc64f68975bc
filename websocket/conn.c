#include "websocket/conn.h"

#include <assert.h>

#include "websocket/utf8.h"

enum { /* bits of state */
    CLIENT = 1,
    CLOSING = 2, /* our close frame is out */
    DONE = 4,    /* CLOSED has been told */
    LENT = 8,    /* held is the message of the last event */
};

#define FIN 0x80
/* What held may need beside a message: a cut header or a control frame. */
#define BESIDE (FRAME_HEADER_MAX + FRAME_CONTROL_MAX)

void conn_init(struct conn *c, enum conn_role role, uint32_t max_message) {
    assert(max_message <= INT32_MAX - BESIDE);
    *c = (struct conn){.held.max = (max_message + BESIDE) & INT32_MAX,
                       .state = role == CONN_CLIENT ? CLIENT : 0};
}

void conn_free(struct conn *c) {
    buf_free(&c->held);
    c->state |= DONE;
}

bool conn_send(struct buf *out, unsigned opcode, const struct span *parts,
               size_t k, const uint8_t key[4]) {
    struct frame f = {.fin = true, .opcode = opcode, .masked = key != NULL};
    for (size_t i = 0; i < k; i++) f.length += parts[i].len;
    if (key) memcpy(f.key, key, sizeof f.key);

    uint8_t *to = buf_reserve(out, FRAME_HEADER_MAX + (size_t)f.length);
    if (!to) return false;
    size_t head = frame_write(&f, to), at = 0;
    for (size_t i = 0; i < k; i++) {
        if (parts[i].len == 0) continue;
        memcpy(to + head + at, parts[i].data, parts[i].len);
        at += parts[i].len;
    }
    if (key) frame_mask(to + head, at, key, 0);
    out->end += (uint32_t)(head + at);
    return true;
}

/* RFC 6455 §7.4: the code is two bytes; without one (1005) there is no body. */
static void put_close(struct conn *c, unsigned code, struct buf *out,
                      const uint8_t key[4]) {
    uint8_t bytes[2] = {(uint8_t)(code >> 8), (uint8_t)code};
    struct span body = {bytes, code == 1005 ? 0 : sizeof bytes};
    /* RFC 6455 §5.5.1: MUST NOT send any more data frames after a close. */
    if (!(c->state & CLOSING)) conn_send(out, FRAME_CLOSE, &body, 1, key);
    c->state |= CLOSING;
}

void conn_close(struct conn *c, unsigned code, struct buf *out,
                const uint8_t key[4]) {
    if (c->state & DONE) return;
    put_close(c, code, out, key);
    /* Nobody will read the rest of the message under way. */
    c->held.end -= c->message;
    if (c->held.end > c->held.start)
        memmove(c->held.bytes + c->held.start,
                c->held.bytes + c->held.start + c->message,
                c->held.end - c->held.start);
    c->message = 0;
}

/* The last event. */
static bool closed(struct conn *c, struct conn_event *e, unsigned code,
                   struct span reason) {
    c->state |= DONE;
    *e = (struct conn_event){CONN_CLOSED, .code = code, .payload = reason};
    return true;
}

/* What stands in held after the message: a cut header or control payload. */
static size_t beside(const struct conn *c) {
    return c->held.end - c->held.start - c->message;
}

/* May a frame that begins with this byte come now? */
static bool in_sequence(const struct conn *c, uint8_t first) {
    unsigned opcode = first & 0x0F;
    if (opcode >= FRAME_CLOSE || c->state & CLOSING) return true;
    /* RFC 6455 §5.4: a continuation continues something, and the fragments of
     * one message MUST NOT be interleaved with those of another. */
    return (opcode == FRAME_CONTINUATION) == (c->opcode != 0);
}

/* Judges a complete header and remembers its frame. 1, or minus the close
 * code. */
static int begin_frame(struct conn *c, const struct frame *f) {
    /* RFC 6455 §5.1: a client MUST mask, a server MUST NOT. */
    if (f->masked == !!(c->state & CLIENT)) return -1002;
    bool control = f->opcode >= FRAME_CLOSE;
    size_t max = c->held.max - BESIDE;
    /* RFC 6455 §7.4.1: 1009 is for a message too big to process. We know from
     * the header alone, and take no memory for it. */
    if (!control && f->length > max - c->message) return -1009;

    if (!control && !(c->state & CLOSING)) {
        if (f->opcode != FRAME_CONTINUATION) {
            c->opcode = (uint8_t)f->opcode;
            c->utf8 = UTF8_START;
            c->fragments = 0;
        }
        /* No rule of the RFC: endless empty fragments would never be a message
         * and never be too long. 1008: our policy is broken (§7.4.1). */
        if (++c->fragments > LIMIT_WS_FRAGMENTS + c->message / 32 && !f->fin)
            return -1008;
    }
    c->frame = (uint8_t)(f->opcode | (f->fin ? FIN : 0));
    c->left = (uint32_t)f->length;
    memcpy(c->key, f->key, sizeof c->key);
    return 1;
}

/* Consumes a header, which may have begun in held. 1, 0: it is not all there
 * (what is there is kept), or minus the close code. */
static int take_header(struct conn *c, struct span *in) {
    uint8_t joined[FRAME_HEADER_MAX];
    struct span bytes = *in;
    size_t kept = beside(c);
    if (kept > 0) {
        memcpy(joined, c->held.bytes + c->held.end - kept, kept);
        size_t more = sizeof joined - kept;
        if (more > in->len) more = in->len;
        memcpy(joined + kept, in->data, more);
        bytes = (struct span){joined, kept + more};
    }
    struct frame f;
    int n = frame_parse(&f, bytes.data, bytes.len);
    if (n < 0 || !in_sequence(c, bytes.data[0])) return -1002;
    if (n == 0) {
        bool ok = buf_append(&c->held, in->data, in->len);
        in->len = 0;
        return ok ? 0 : -1011;
    }
    c->held.end -= (uint32_t)kept;
    *in = span_skip(*in, (size_t)n - kept);
    return begin_frame(c, &f);
}

/* RFC 6455 §7.4.1, §7.4.2: which codes may stand in a close frame. 1004 to
 * 1006 and 1015 MUST NOT; 1012 to 1014 are registered with IANA. */
static bool may_be_sent(unsigned code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

/* The peer's close frame: what it says, or minus the code for what is wrong. */
static int close_code(struct span body) {
    if (body.len == 0) return 1005;
    /* RFC 6455 §5.5.1: if there is a body, its first two bytes MUST be a code,
     * and what follows MUST be UTF-8. */
    if (body.len == 1) return -1002;
    int code = body.data[0] << 8 | body.data[1];
    if (!may_be_sent((unsigned)code)) return -1002;
    if (!utf8_valid(body.data + 2, body.len - 2)) return -1007;
    return code;
}

/* A whole control frame. 1: an event, 0: none, or minus the close code. */
static int take_control(struct conn *c, struct span body, struct conn_event *e,
                        struct buf *out, const uint8_t key[4]) {
    unsigned opcode = c->frame & 0x0F;
    if (opcode == FRAME_PING) {
        /* RFC 6455 §5.5.2: a ping MUST be answered by a pong with the same
         * data, unless a close frame was already received. */
        if (c->state & CLOSING) return 0;
        conn_send(out, FRAME_PONG, &body, 1, key);
        if (!(c->state & CLIENT)) return 0;
        /* RFC 6455 §5.3: a client MUST pick a fresh key for each frame; this
         * one has been used. */
        *e = (struct conn_event){CONN_PING, .payload = body};
        return 1;
    }
    if (opcode == FRAME_PONG) {
        *e = (struct conn_event){CONN_PONG, .payload = body};
        return 1;
    }
    int code = close_code(body);
    if (code < 0) return code;
    /* RFC 6455 §5.5.1: MUST send a close frame in response. */
    put_close(c, (unsigned)code, out, key);
    closed(c, e, (unsigned)code, span_skip(body, body.len < 2 ? body.len : 2));
    return 1;
}

/* The next piece of a control frame, collected behind the message if cut. */
static int control_piece(struct conn *c, struct span piece,
                         struct conn_event *e, struct buf *out,
                         const uint8_t key[4]) {
    if (c->left > 0 || beside(c) > 0) {
        if (!buf_append(&c->held, piece.data, piece.len)) return -1011;
        if (c->left > 0) return 0;
        size_t n = beside(c);
        c->held.end -= (uint32_t)n; /* the bytes stay until the next call */
        piece = (struct span){c->held.bytes + c->held.end, n};
    }
    return take_control(c, piece, e, out, key);
}

/* The next piece of a data frame. 1: a message, 0: none yet, or minus the
 * close code. */
static int data_piece(struct conn *c, struct span piece, struct conn_event *e) {
    if (c->state & CLOSING) return 0; /* RFC 6455 §1.4: we discard it */
    bool whole = c->left == 0 && c->frame & FIN;

    /* RFC 6455 §8.1: text that is not UTF-8 MUST fail the connection. We know
     * at the first wrong byte; only the end can show a character cut short. */
    if (c->opcode == FRAME_TEXT) {
        c->utf8 = utf8_feed(c->utf8, piece.data, piece.len);
        if (c->utf8 == UTF8_BAD) return -1007;
        if (whole && c->utf8 != UTF8_START) return -1007;
    }
    if (!whole || c->message > 0) {
        if (!buf_append(&c->held, piece.data, piece.len)) return -1011;
        c->message += (uint32_t)piece.len;
        if (!whole) return 0;
        piece = buf_view(&c->held);
        c->state |= LENT;
    }
    *e = (struct conn_event){CONN_MESSAGE, .opcode = c->opcode,
                             .payload = piece};
    c->opcode = 0;
    return 1;
}

/* The key for what comes after n more bytes. */
static void turn_key(struct conn *c, size_t n) {
    uint8_t key[4];
    for (size_t i = 0; i < 4; i++) key[i] = c->key[(n + i) % 4];
    memcpy(c->key, key, sizeof key);
}

/* Consumes what there is of the payload under way, unmasked in place. */
static int take_payload(struct conn *c, struct span *in, struct conn_event *e,
                        struct buf *out, const uint8_t key[4]) {
    struct span piece = {in->data, in->len < c->left ? in->len : c->left};
    *in = span_skip(*in, piece.len);
    c->left -= (uint32_t)piece.len;
    if (!(c->state & CLIENT)) {
        frame_mask(piece.data, piece.len, c->key, 0);
        if (c->left > 0) turn_key(c, piece.len);
    }
    if ((c->frame & 0x0F) >= FRAME_CLOSE)
        return control_piece(c, piece, e, out, key);
    return data_piece(c, piece, e);
}

/* What the last event lent has been read. */
static void take_back(struct conn *c) {
    if (c->state & LENT) c->held.end = c->held.start, c->message = 0;
    c->state &= (uint8_t)~LENT;
    if (c->held.bytes && c->held.end == c->held.start) buf_free(&c->held);
}

bool conn_next(struct conn *c, struct span *in, struct conn_event *e,
               struct buf *out, const uint8_t key[4]) {
    take_back(c);
    if (c->state & DONE) in->len = 0;
    while (in->len > 0) {
        int got = 1;
        if (c->left == 0) got = take_header(c, in);
        if (got > 0) got = take_payload(c, in, e, out, key);
        if (got > 0) return true;
        if (got < 0) {
            /* RFC 6455 §7.1.7: fail the connection, saying why. */
            put_close(c, (unsigned)-got, out, key);
            return closed(c, e, (unsigned)-got, (struct span){0});
        }
    }
    return false;
}
