/*
 * http_conn_unit.h: a server with one connection, for the tests of http_conn.h
 *
 * It responds to a request by its path:
 *   /wanted   its body is accepted, at most MAX_BODY bytes
 *   /early    the response comes before the body is read
 *   /parked   the response comes later: when the test calls respond
 *   /long     the head of the response comes at once, its body later
 *   others    the body is dropped
 */
#ifndef WEBSOCKET_HTTP_CONN_UNIT_H
#define WEBSOCKET_HTTP_CONN_UNIT_H

#include "packets/unit.h"
#include "websocket/http_conn.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define HOST " HTTP/1.1\r\nHost: h\r\n"
#define GET "GET /a" HOST "\r\n"
#define LONG "GET /long" HOST "\r\n"
#define CLOSE "Connection: close\r\n"
#define POST(path) "POST " path HOST
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"

enum {
    MAX_BODY = 5,
    OK_SIZE = 2, /* bytes of every body: "ok" */
};

static bool is_written; /* the head of the last /long response fitted */
static struct http_server server;
static struct http_conn c;
static struct buf out;
static char events[4096]; /* what the machine reported, in short */
static int64_t now;

static inline void begin(void) {
    http_conn_free(&c);
    buf_free(&out);
    buf_init(&out, 1 << 20);
    now = 0;
    events[0] = 0;
    http_server_init(&server);
    http_conn_init(&c, &server);
    http_conn_rearm_timer(&c, now);
}

static inline void add_event(const char *text, size_t n) {
    size_t at = strlen(events);
    if (at + n >= sizeof events) abort();
    memcpy(events + at, text, n);
    events[at + n] = 0;
}

static inline void respond(void) {
    http_conn_respond(&c, &out, 200, "a/b", span_from("ok"), NULL);
    http_conn_rearm_timer(&c, now);
}

static inline void finish(void) {
    if (!c.is_head) buf_append(&out, "ok", 2);
    http_conn_finish(&c);
}

static inline bool is_for(const char *path) {
    size_t at = strlen(events), n = strlen(path);
    return at >= n && strcmp(events + at - n, path) == 0;
}

/* Acts on an event as a server would, by the path of the request. */
static inline void serve(const struct http_event *e, struct span *in) {
    static char path[16];
    char status[16];
    switch (e->type) {
    case HTTP_EVENT_REQUEST:
        add_event(" ", 1);
        add_event((const char *)e->head.method.data, e->head.method.len);
        add_event((const char *)e->head.target.data, e->head.target.len);
        snprintf(path, sizeof path, "%.*s", (int)e->head.target.len,
                 e->head.target.data);
        if (is_for("/wanted")) http_conn_accept_body(&c, MAX_BODY);
        if (is_for("/early")) respond();
        break;
    case HTTP_EVENT_BODY:
        UNIT_TRUE(e->piece.len > 0);
        add_event((const char *)e->piece.data, e->piece.len);
        break;
    case HTTP_EVENT_RESPOND:
        add_event(".", 1);
        if (strcmp(path, "/long") == 0)
            is_written =
                http_conn_respond_head(&c, in, &out, 200, "a/b", OK_SIZE);
        else if (strcmp(path, "/parked") != 0)
            respond();
        break;
    case HTTP_EVENT_FAILED:
        add_event(status,
                  (size_t)snprintf(status, sizeof status, "!%u", e->status));
        break;
    }
}

static inline void feed(const char *bytes, size_t n) {
    static struct http_event e;
    uint8_t *exact = unit_exact(bytes, n);
    struct span in = {exact, n};
    while (http_conn_next(&c, &in, &e, &out)) serve(&e, &in);
    UNIT_INT(in.len, 0);
    free(exact);
    http_conn_rearm_timer(&c, now);
}

static inline void feed_text(const char *text) {
    feed(text, strlen(text));
}

/* Acts on the deadlines that have passed. */
static inline void expire(void) {
    struct http_conn *due;
    while ((due = http_server_pop_due(&server, now))) {
        UNIT_TRUE(due == &c);
        feed("", 0);
    }
}

static inline void expect(const char *text, const char *expected) {
    begin();
    feed_text(text);
    UNIT_TEXT(events, strlen(events), expected);
}

/* Compares the responses in out, in a short form: for each the status, "+" and
 * the body if there is one, "x" if it is the last one. */
static inline void expect_responses(const char *expected) {
    char got[1024] = "";
    struct span bytes = buf_view(&out);
    while (bytes.len > 0) {
        struct http_head h;
        int n = http_response(&h, bytes, 0);
        if (n <= 0) {
            strcat(got, "?");
            break;
        }
        bytes = span_skip(bytes, (size_t)n);
        size_t body = h.length < bytes.len ? (size_t)h.length : bytes.len;
        if (bytes.len >= 4 && memcmp(bytes.data, "HTTP", 4) == 0) body = 0;
        snprintf(got + strlen(got), sizeof got - strlen(got), " %u%s%.*s%s",
                 h.status, body ? "+" : "", (int)body, bytes.data,
                 h.keep_alive ? "" : "x");
        bytes = span_skip(bytes, body);
    }
    UNIT_TEXT(got, strlen(got), expected);
}

#endif
