/*
 * engine_http.c: requests and answers as bytes: heads, bodies, payloads
 *
 *   bytes -> http_take_head -> engine_route_request (engine_route.c) -> an answer
 *                    |                              |
 *                    +-- http_take_body <- a body --+
 *                              |
 *                        http_take_post: packet by packet (a POST's payload)
 *
 * Engine.IO v4, "HTTP long-polling", "Payload encoding".
 */
#include <stdio.h>

#include "socketio/engine_inside.h"
#include "websocket/base64.h"
#include "websocket/utf8.h"

/* The fields that let a page of another origin read the answer (the Fetch
 * standard, "CORS protocol"). Credentials are for origins that are named. */
static void cors_fields(const struct engine *e, const struct link *l, char *out,
                        size_t n) {
    out[0] = '\0';
    if (l->origin == 0) return;
    if (l->origin == ANY_ORIGIN) {
        snprintf(out, n, "Access-Control-Allow-Origin: *\r\n");
        return;
    }
    struct span list = span_from(e->o.origins), o = {0};
    for (uint8_t i = 0; i < l->origin; i++) http_element(&list, &o);
    snprintf(out, n,
             "Access-Control-Allow-Origin: %.*s\r\nVary: Origin\r\n"
             "Access-Control-Allow-Credentials: true\r\n",
             (int)o.len, (const char *)o.data);
}

/* The answer is written: the next request may come, or it was the last. */
static void answered(struct engine *e, uint32_t link) {
    struct link *l = &e->links[link];
    if (l->close || e->shut) {
        link_end(e, link);
        return;
    }
    l->state = LINK_HEAD;
    l->seen = 0;
    timer_start(&e->idle, &l->timer, e->now);
}

void http_answer_with(struct engine *e, uint32_t link, unsigned status,
                      const char *type, struct span body, const char *fields) {
    struct link *l = &e->links[link];
    char cors[400], more[600];
    cors_fields(e, l, cors, sizeof cors);
    snprintf(more, sizeof more, "%s%s%s", cors, fields,
             l->close || e->shut ? "Connection: close\r\n" : "");
    struct buf *out = mail_to(e, link);
    http_write_head(out, status, type, body.len, more);
    if (!l->headless) buf_append(out, body.data, body.len);
    answered(e, link);
}

void http_answer(struct engine *e, uint32_t link, unsigned status,
                 const char *type, struct span body) {
    http_answer_with(e, link, status, type, body, "");
}

void http_refuse(struct engine *e, uint32_t link, unsigned status,
                 unsigned code) {
    static const char *const messages[] = {
        "Transport unknown",
        "Session ID unknown",
        "Bad handshake method",
        "Bad request",
        "Forbidden",
        "Unsupported protocol version",
    };
    char text[100];
    if (code == NO_CODE) {
        snprintf(text, sizeof text, "%u %s\n", status, http_reason(status));
        http_answer(e, link, status, "text/plain", span_from(text));
        return;
    }
    snprintf(text, sizeof text, "{\"code\":%u,\"message\":\"%s\"}", code,
             messages[code]);
    http_answer(e, link, status, "application/json", span_from(text));
}

void engine_respond(struct engine *e, uint32_t link, unsigned status,
                    const char *type, struct span body) {
    if (e->asked != link) return;
    e->asked = NONE;
    http_answer(e, link, status, type, body);
}

void http_fail(struct engine *e, uint32_t link, int error) {
    struct link *l = &e->links[link];
    if (l->state == LINK_BODY && l->session != NONE && l->status == 0)
        session_close(e, l->session, 1000, "1");
    l->close = true;
    l->headless = false;
    http_refuse(e, link, (unsigned)-error, NO_CODE);
}

bool http_take_head(struct engine *e, uint32_t link, struct engine_event *ev) {
    struct link *l = &e->links[link];
    uint32_t kept = l->held.end;
    struct span bytes = e->in;
    if (kept > 0) { /* join what came before; one byte over the limit is told */
        l->held.max = LIMIT_HTTP_HEAD + 1;
        if (bytes.len > l->held.max - kept) bytes.len = l->held.max - kept;
        if (!buf_append(&l->held, bytes.data, bytes.len)) {
            http_fail(e, link, HTTP_ERR_HEAD);
            return false;
        }
        bytes = buf_view(&l->held);
    }
    int n = http_request(&e->request, bytes, l->seen);
    if (n < 0) {
        http_fail(e, link, n);
        return false;
    }
    if (n == 0) {
        l->held.max = LIMIT_HTTP_HEAD + 1;
        if (kept == 0) {
            buf_append(&l->held, bytes.data, bytes.len);
            timer_start(&e->head, &l->timer, e->now);
        }
        l->seen = l->held.end;
        e->in = span_skip(e->in, bytes.len - kept);
        return false;
    }
    e->in = span_skip(e->in, (size_t)n - kept);
    buf_free(&e->lent);
    e->lent = l->held; /* the request is spans of it */
    l->held = (struct buf){0};
    return engine_route_request(e, link, ev);
}

/* The payload of a POST is complete: it is read packet by packet. */
static void begin_post(struct engine *e, uint32_t link) {
    struct link *l = &e->links[link];
    uint32_t slot = l->session;
    struct buf body = l->held;
    l->held = (struct buf){0};
    buf_free(&e->lent);
    e->lent = body;
    if (slot == NONE) {
        http_refuse(e, link, 400, UNKNOWN_SESSION);
        return;
    }
    e->sessions[slot].post = NONE;
    if (e->sessions[slot].state == SESSION_WEBSOCKET) {
        http_refuse(e, link, 400, BAD_REQUEST);
        return;
    }
    e->post = buf_view(&body);
    if (!e->post.data) e->post = span_from("");
    e->post_link = link;
}

void http_take_body(struct engine *e, uint32_t link) {
    struct link *l = &e->links[link];
    struct span piece;
    int got = 1;
    while (got > 0) {
        got = http_body_next(&l->body, &e->in, e->o.max_payload, &piece);
        if (got > 0 && l->status == 0 &&
            !buf_append(&l->held, piece.data, piece.len))
            got = HTTP_ERR_BODY;
    }
    bool has_ended = http_body_has_ended(&l->body);
    if (got < 0)
        http_fail(e, link, got);
    else if (has_ended && l->status == 0)
        begin_post(e, link);
    else if (has_ended)
        http_refuse(e, link, l->status, l->code);
}

/* Cuts the next packet off e->post; its end is told by a NULL. */
static struct span cut_packet(struct engine *e) {
    uint8_t *end = e->post.len ? memchr(e->post.data, 0x1e, e->post.len) : NULL;
    struct span packet = {e->post.data,
                          end ? (size_t)(end - e->post.data) : e->post.len};
    e->post = end ? span_skip(e->post, packet.len + 1) : (struct span){0};
    return packet;
}

/* One packet of a payload. As session_packet. */
static int take_packet(struct engine *e, uint32_t slot, struct span packet,
                       struct engine_event *ev) {
    bool binary = packet.len > 0 && packet.data[0] == 'b';
    if (binary) {
        packet = span_skip(packet, 1);
        ssize_t n =
            base64_decode((const char *)packet.data, packet.len, packet.data);
        if (n < 0) return -1;
        packet.len = (size_t)n;
    } else if (!utf8_valid(packet.data, packet.len)) {
        return -1;
    }
    return session_packet(e, slot, binary, packet, ev);
}

bool http_take_post(struct engine *e, struct engine_event *ev) {
    uint32_t link = e->post_link, slot = e->links[link].session;
    while (e->post.data && slot != NONE &&
           e->sessions[slot].state == SESSION_POLLING) {
        int got = take_packet(e, slot, cut_packet(e), ev);
        if (got > 0) return true;
        if (got == 0) continue;
        session_close(e, slot, 1000, "1");
        e->post_link = NONE;
        http_refuse(e, link, 400, BAD_REQUEST);
        return false;
    }
    e->post_link = NONE;
    e->links[link].session = NONE;
    http_answer(e, link, 200, "text/plain; charset=UTF-8", span_from("ok"));
    return false;
}
