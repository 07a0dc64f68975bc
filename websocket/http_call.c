/* http_call.c: see websocket/http_call.h. The parsers are websocket/http.h and
 * websocket/http_body.h. */
#include "websocket/http_call.h"

#include <assert.h>
#include <stdio.h>

bool http_call_write(struct buf *out, const char *method, const char *host,
                     const char *target, size_t n) {
    char size[80] = "";
    if (strcmp(method, "POST") == 0)
        snprintf(size, sizeof size,
                 "Content-Type: text/plain;charset=UTF-8\r\n"
                 "Content-Length: %zu\r\n",
                 n);
    struct span parts[] = {
        span_from(method),      span_from(" "),    span_from(target),
        span_from(" HTTP/1.1"), span_from("\r\n"), span_from("Host: "),
        span_from(host),        span_from("\r\n"), span_from("Accept: */*"),
        span_from("\r\n"),      span_from(size),   span_from("\r\n"),
    };
    return buf_append_all(out, parts, sizeof parts / sizeof *parts);
}

void http_call_begin(struct http_call *c, uint32_t max_content) {
    http_call_free(c);
    *c = (struct http_call){.is_waiting = true};
    buf_init(&c->head, LIMIT_HTTP_HEAD);
    buf_init(&c->content, max_content);
}

void http_call_free(struct http_call *c) {
    buf_free(&c->head);
    buf_free(&c->content);
    c->is_waiting = false;
}

/* Handles a complete head. Returns 0; 1: the response is complete; or an
 * error. */
static int begin_content(struct http_call *c, const struct http_head *h) {
    /* RFC 9110 §15.2: a client MUST be able to parse one or more 1xx responses
     * before the final one. 101 answers only a request with Upgrade. */
    if (h->status < 200)
        return h->status == 101 || c->interim++ == LIMIT_HTTP_INTERIM
                   ? HTTP_CALL_ERR_INTERIM
                   : 0;
    c->status = h->status;
    c->keep_alive = h->keep_alive;
    /* RFC 9112 §6.3 item 8: without a size the content lasts until the end of
     * the connection, except after 204 and 304 (item 1). */
    c->until_eof = !h->chunked && !http_field(h, "Content-Length", NULL).data &&
                   h->status != 204 && h->status != 304;
    if (c->until_eof) return 0;
    int error = http_body_init(&c->body, h, c->content.max);
    return error ? error : http_body_has_ended(&c->body);
}

static int receive_head(struct http_call *c, struct span *in) {
    struct http_head h;
    size_t seen = buf_view(&c->head).len, space = c->head.max - seen;
    size_t size = in->len < space ? in->len : space;
    if (!buf_append(&c->head, in->data, size)) return HTTP_CALL_ERR_MEMORY;
    int n = http_response(&h, buf_view(&c->head), seen);
    *in = span_skip(*in, n > 0 ? (size_t)n - seen : size);
    if (n <= 0) return n;
    int result = begin_content(c, &h); /* its fields are parts of head */
    buf_free(&c->head);
    return result;
}

static int add_content(struct http_call *c, struct span piece) {
    if (piece.len > c->content.max - buf_view(&c->content).len)
        return HTTP_ERR_BODY;
    return buf_append(&c->content, piece.data, piece.len)
               ? 0
               : HTTP_CALL_ERR_MEMORY;
}

static int receive_content(struct http_call *c, struct span *in) {
    struct span piece = *in;
    if (c->until_eof) {
        *in = span_skip(*in, in->len);
        return add_content(c, piece);
    }
    int got = http_body_next(&c->body, in, c->content.max, &piece);
    if (got < 0) return got;
    int error = got > 0 ? add_content(c, piece) : 0;
    return error ? error : http_body_has_ended(&c->body);
}

int http_call_feed(struct http_call *c, struct span *in) {
    int result = 0;
    assert(c->is_waiting);
    while (result == 0 && in->len > 0) {
        size_t before = in->len;
        result = c->status == 0 ? receive_head(c, in) : receive_content(c, in);
        assert(result != 0 || in->len < before); /* each step makes progress */
    }
    if (result > 0) c->is_waiting = false;
    return result;
}

int http_call_eof(struct http_call *c) {
    assert(c->is_waiting);
    c->is_waiting = false;
    return c->until_eof ? 1 : HTTP_CALL_ERR_EOF;
}

const char *http_call_explain(int error) {
    switch (error) {
    case HTTP_CALL_ERR_MEMORY:
        return "out of memory";
    case HTTP_CALL_ERR_INTERIM:
        return "too many responses before the response";
    case HTTP_CALL_ERR_EOF:
        return "the server ended the connection before it had responded";
    case HTTP_ERR_BODY:
        return "the response is too long";
    case HTTP_ERR_HEAD:
        return "the head of the response is too long";
    default:
        return "the response is not HTTP";
    }
}
