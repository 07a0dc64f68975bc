/*
 * http_respond.c: the responses of a connection; see websocket/http_conn.h
 *
 *   http_conn_respond, http_conn_respond_status      a whole response
 *   http_conn_respond_head ... http_conn_finish      the caller sends the body
 */
#include "websocket/http_conn_inside.h"

#include <assert.h>
#include <stdio.h>

/* Appends a head and body; body is empty if the caller sends it later. */
static bool write_response(struct http_conn *c, struct buf *out,
                           unsigned status, const char *type, size_t length,
                           struct span body, const char *fields) {
    const char *date = c->server->date;
    assert(c->phase == HTTP_BODY || c->phase == HTTP_RESPONSE);
    /* The server does not read the rest of the body, so it cannot find the next
     * request. */
    if (!http_body_has_ended(&c->body) || c->server->is_shut)
        c->keep_alive = false;
    const struct span parts[] = {
        /* RFC 9110 §6.6.1: an origin server with a clock MUST generate Date in
         * 2xx, 3xx and 4xx; one without MUST NOT. */
        span_from(date[0] ? "Date: " : ""),
        span_from(date),
        span_from(date[0] ? "\r\n" : ""),
        span_from(fields ? fields : ""),
        /* RFC 9112 §9.6: in its last response a server ought to send close. */
        span_from(c->keep_alive ? "" : "Connection: close\r\n"),
    };
    /* RFC 9110 §9.3.2: no content in a response to HEAD. */
    if (c->is_head) body.len = 0;
    if (http_write_response(out, status, type, length, parts,
                            sizeof parts / sizeof *parts, body)) {
        http_conn_enter(c, HTTP_RESPONSE);
        return true;
    }
    http_conn_enter(c, HTTP_CLOSED);
    return false;
}

void http_conn_finish(struct http_conn *c) {
    if (c->phase == HTTP_CLOSED) return;
    assert(c->phase == HTTP_RESPONSE);
    bool persists = c->keep_alive && !c->server->is_shut;
    http_conn_enter(c, persists ? HTTP_IDLE : HTTP_LINGERING);
    c->is_head = false;
}

void http_conn_keep_input(struct http_conn *c, struct span *in) {
    if (in->len > LIMIT_HTTP_HEAD - buf_view(&c->pending).len)
        c->keep_alive = false;
    else if (!buf_append(&c->pending, in->data, in->len))
        http_conn_enter(c, HTTP_CLOSED);
    *in = span_skip(*in, in->len);
}

bool http_conn_respond_head(struct http_conn *c, struct span *in,
                            struct buf *out, unsigned status, const char *type,
                            size_t length) {
    http_conn_keep_input(c, in);
    if (c->phase == HTTP_CLOSED) return false;
    bool is_written =
        write_response(c, out, status, type, length, (struct span){0}, NULL);
    c->keeps_input = is_written;
    return is_written;
}

void http_conn_respond(struct http_conn *c, struct buf *out, unsigned status,
                       const char *type, struct span body, const char *fields) {
    write_response(c, out, status, type, body.len, body, fields);
    http_conn_finish(c);
}

void http_conn_respond_status(struct http_conn *c, struct buf *out,
                              unsigned status) {
    char text[64];
    snprintf(text, sizeof text, "%u %s\n", status, http_reason(status));
    /* RFC 9110 §15.5.6: an origin server MUST generate Allow in a 405. */
    http_conn_respond(c, out, status, "text/plain", span_from(text),
                      status == 405 ? "Allow: GET, HEAD\r\n" : NULL);
}
