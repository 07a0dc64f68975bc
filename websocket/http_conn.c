/*
 * http_conn.c: the phases of a connection, from the head to the response
 *
 *   http_conn_next      expire; begin_body; read_head, read_body
 *   http_conn_rearm_timer
 *
 * http_respond.c has the responses.
 */
#include "websocket/http_conn_inside.h"

#include <assert.h>

void http_conn_init(struct http_conn *c, struct http_server *s) {
    *c = (struct http_conn){.server = s, .phase = HTTP_HEAD};
    buf_init(&c->pending, LIMIT_HTTP_HEAD);
}

void http_conn_free(struct http_conn *c) {
    http_conn_enter(c, HTTP_CLOSED);
    buf_free(&c->pending);
}

const char *http_conn_phase(const struct http_conn *c) {
    static const char *const names[] = {
        [HTTP_IDLE] = "idle",           [HTTP_HEAD] = "head",
        [HTTP_BODY] = "body",           [HTTP_RESPONSE] = "response",
        [HTTP_LINGERING] = "lingering", [HTTP_CLOSED] = "closed",
    };
    return names[c->phase];
}

void http_conn_abort(struct http_conn *c) {
    http_conn_enter(c, HTTP_CLOSED);
}

/* Frees the head of the last REQUEST, which the caller has read. */
static void release_head(struct http_conn *c) {
    buf_consume(&c->pending, c->head_size);
    c->head_size = 0;
}

/* Responds with an error. This response is the last one, because the start of
 * the next request is unknown. True: an event; false: no memory. */
static bool respond_error(struct http_conn *c, struct http_event *e,
                          unsigned status, struct buf *out) {
    c->keep_alive = false;
    http_conn_enter(c, HTTP_RESPONSE);
    http_conn_respond_status(c, out, status);
    e->type = HTTP_EVENT_FAILED;
    e->status = status;
    return c->phase == HTTP_LINGERING;
}

/* Returns how many bytes the current phase has not handled yet. */
static size_t unread(const struct http_conn *c, struct span in) {
    if (c->phase >= HTTP_RESPONSE) return in.len;
    return buf_view(&c->pending).len - c->seen + in.len;
}

/* Copies the first *joined bytes of *in to the end of pending, and sets *bytes
 * to all of pending. This may be more than the head. False: no memory, and the
 * phase is CLOSED. */
static bool join(struct http_conn *c, struct span *in, struct span *bytes,
                 size_t *joined) {
    size_t space = LIMIT_HTTP_HEAD - buf_view(&c->pending).len;
    *joined = in->len < space ? in->len : space;
    if (!buf_append(&c->pending, in->data, *joined)) {
        http_conn_enter(c, HTTP_CLOSED);
        return false;
    }
    *bytes = buf_view(&c->pending);
    *in = span_skip(*in, *joined);
    return true;
}

static bool begin_request(struct http_conn *c, struct span in,
                          struct http_event *e, struct buf *out) {
    const struct http_head *h = &e->head;
    c->seen = 0;
    c->keep_alive = h->keep_alive;
    /* RFC 9110 §9.1: the method is case-sensitive. */
    c->is_head = span_equal(h->method, span_from("HEAD"));
    c->expects_continue = h->expects && http_has_body(h);
    c->wants_body = false;
    c->max_body = LIMIT_HTTP_BODY;
    if (http_body_init(&c->body, h, UINT32_MAX) < 0)
        return respond_error(c, e, -HTTP_ERR_BODY, out);
    http_conn_enter(c, HTTP_BODY);
    c->is_new_request = true;
    if (++c->requests >= LIMIT_HTTP_PIPELINED && unread(c, in) > c->head_size)
        c->keep_alive = false;
    e->type = HTTP_EVENT_REQUEST;
    return true;
}

static bool read_head(struct http_conn *c, struct span *in,
                      struct http_event *e, struct buf *out) {
    struct span bytes = *in, rest = *in;
    size_t kept = buf_view(&c->pending).len, joined = 0;
    if (kept > 0 && !join(c, &rest, &bytes, &joined)) return false;
    int size = http_request(&e->head, bytes, c->seen);
    if (size < 0) return respond_error(c, e, (unsigned)-size, out);
    if (size == 0) {
        if (kept == 0 && !join(c, &rest, &bytes, &joined)) return false;
        c->seen = (uint16_t)bytes.len;
        *in = rest;
        return false;
    }
    size_t used = (size_t)size > kept ? (size_t)size - kept : 0;
    *in = span_skip(*in, used);
    if (kept > 0) { /* bytes after the head go back to *in */
        c->pending.end -= (uint32_t)(joined - used);
        c->head_size = (uint16_t)size;
    }
    return begin_request(c, *in, e, out);
}

/* At the first call after REQUEST: checks the length of the body, and handles
 * Expect. True: an event. */
static bool begin_body(struct http_conn *c, struct http_event *e,
                       struct buf *out) {
    c->is_new_request = false;
    if (c->body.left > c->max_body)
        return respond_error(c, e, -HTTP_ERR_BODY, out);
    if (!c->expects_continue) return false;
    /* RFC 9110 §10.1.1: a server that receives 100-continue MUST send 100 or a
     * final status at once. Without 100 the client may never send the body, so
     * then the response is the last one. */
    if (c->wants_body) {
        if (!buf_text(out, "HTTP/1.1 100 Continue\r\n\r\n"))
            http_conn_enter(c, HTTP_CLOSED);
        return false;
    }
    http_conn_enter(c, HTTP_RESPONSE);
    e->type = HTTP_EVENT_RESPOND;
    return true;
}

static bool read_body(struct http_conn *c, struct span *in,
                      struct http_event *e, struct buf *out) {
    struct span pending = buf_view(&c->pending);
    struct span *from = pending.len > 0 ? &pending : in;
    size_t before = from->len;
    int got;
    do got = http_body_next(&c->body, from, c->max_body, &e->piece);
    while (got > 0 && !c->wants_body);
    if (from == &pending) buf_consume(&c->pending, before - pending.len);
    if (got < 0) return respond_error(c, e, (unsigned)-got, out);
    e->type = HTTP_EVENT_BODY;
    if (got > 0) return true;
    if (!http_body_has_ended(&c->body)) return false;
    http_conn_enter(c, HTTP_RESPONSE);
    e->type = HTTP_EVENT_RESPOND;
    return true;
}

/* Acts on the deadline of the phase, which has passed. True: an event. */
static bool expire(struct http_conn *c, struct http_event *e, struct buf *out) {
    bool has_begun = c->phase == HTTP_BODY ||
                     (c->phase == HTTP_HEAD && buf_view(&c->pending).len > 0);
    /* RFC 9110 §15.5.9: 408: the server did not receive a complete request in
     * time. */
    if (has_begun && !c->server->is_shut) return respond_error(c, e, 408, out);
    http_conn_enter(c,
                    c->phase == HTTP_LINGERING ? HTTP_CLOSED : HTTP_LINGERING);
    return false;
}

/* Does one step in the current phase. True: an event. */
static bool step(struct http_conn *c, struct span *in, struct http_event *e,
                 struct buf *out) {
    switch ((enum http_phase)c->phase) {
    case HTTP_IDLE:
        http_conn_enter(c, HTTP_HEAD);
        return false;
    case HTTP_HEAD:
        return read_head(c, in, e, out);
    case HTTP_BODY:
        return read_body(c, in, e, out);
    default:
        if (c->keeps_input) {
            http_conn_keep_input(c, in);
            return false;
        }
        c->keep_alive = false;
        *in = span_skip(*in, in->len);
        return false;
    }
}

static bool can_step(const struct http_conn *c, struct span in) {
    return unread(c, in) > 0 ||
           (c->phase == HTTP_BODY && http_body_has_ended(&c->body));
}

bool http_conn_next(struct http_conn *c, struct span *in, struct http_event *e,
                    struct buf *out) {
    release_head(c);
    if (c->has_expired && expire(c, e, out)) return true;
    if (c->is_new_request && begin_body(c, e, out)) return true;
    while (can_step(c, *in)) {
        size_t before = unread(c, *in);
        uint8_t phase = c->phase;
        if (step(c, in, e, out)) return true;
        assert(c->phase != phase || unread(c, *in) < before);
    }
    bool is_empty = buf_view(&c->pending).len == 0;
    if (c->phase < HTTP_RESPONSE || is_empty) c->requests = 0;
    if (c->phase < HTTP_LINGERING && !is_empty) return false;
    buf_free(&c->pending); /* an idle connection owns no buffer */
    return false;
}

void http_conn_accept_body(struct http_conn *c, uint32_t max) {
    assert(c->phase == HTTP_BODY && c->is_new_request);
    c->wants_body = true;
    c->max_body = max;
}

void http_conn_set_unsent(struct http_conn *c, bool has_unsent) {
    c->has_unsent = has_unsent;
}

void http_conn_rearm_timer(struct http_conn *c, int64_t now) {
    bool waits =
        !c->has_unsent && c->phase != HTTP_RESPONSE && c->phase != HTTP_CLOSED;
    c->has_expired = false;
    if (!waits)
        timer_stop(&c->timer);
    else if (!timer_started(&c->timer))
        timer_start(&c->server->timers[c->phase], &c->timer, now);
}
