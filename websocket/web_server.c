/* web_server.c: see websocket/web_server.h. First the functions for the
 * program, then those of the machine. Each function that changes a connection
 * calls apply_state(). */
#include "websocket/web_server.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "packets/container.h"
#include "websocket/describe.h"
#include "websocket/media_type.h"
#include "websocket/page_fields.h"

#define MAX_OUTPUT ((size_t)1 << 26) /* bytes of a round; beyond it: drop */

struct web_server_slot {
    struct web_conn web;
    bool is_used;
    bool is_open;       /* a WebSocket whose CLOSED was not reported yet */
    bool has_ended;     /* END is in the outbox */
    bool has_unsent;    /* not all output has left the process */
    uint32_t published; /* outbox.entered after its last message */
};

struct web_server_line { /* of the trace */
    const char *arrow;
    uint32_t conn;
    char text[DESCRIBE_MAX];
};

bool web_server_init(struct web_server *s, uint32_t max, size_t max_message,
                     web_server_on_event *on_event) {
    *s = (struct web_server){.max = max, .on_event = on_event};
    web_init(&s->web, max_message);
    buf_init(&s->lines, BUF_MAX);
    s->slots = calloc(max, sizeof *s->slots);
    return s->slots && outbox_init(&s->outbox, max, MAX_OUTPUT);
}

void web_server_free(struct web_server *s) {
    for (uint32_t i = 0; s->slots && i < s->max; i++)
        if (s->slots[i].is_used) web_free(&s->slots[i].web);
    free(s->slots);
    buf_free(&s->lines);
    outbox_free(&s->outbox);
    *s = (struct web_server){0};
}

static void report_closed(struct web_server *s, uint32_t conn) {
    struct web_server_slot *slot = &s->slots[conn];
    if (!slot->is_open) return;
    slot->is_open = false;
    s->on_event(
        s, &(struct web_server_event){.type = WEB_SERVER_CLOSED, .conn = conn});
}

/* Starts the time-out of the state, and ends or drops the connection if the
 * state requires it. */
static void apply_state(struct web_server *s, uint32_t conn) {
    struct web_server_slot *slot = &s->slots[conn];
    enum web_state state =
        web_settle(&slot->web, &s->web, slot->has_unsent, s->now);
    if (state != WEB_HTTP && state != WEB_WEBSOCKET) report_closed(s, conn);
    if (state == WEB_LINGERING && !slot->has_ended)
        outbox_then(&s->outbox, conn, OUTBOX_END);
    if (state == WEB_CLOSED) outbox_then(&s->outbox, conn, OUTBOX_DROP);
    slot->has_ended = state == WEB_LINGERING;
}

static struct http_conn *http_of(struct web_server *s, uint32_t conn) {
    assert(s->slots[conn].web.is_http);
    return &s->slots[conn].web.http;
}

void web_server_respond(struct web_server *s, uint32_t conn, unsigned status,
                        const char *type, struct span body,
                        const char *fields) {
    http_conn_respond(http_of(s, conn), outbox_packet(&s->outbox), status, type,
                      body, fields);
    outbox_send(&s->outbox, conn);
}

void web_server_respond_status(struct web_server *s, uint32_t conn,
                               unsigned status) {
    http_conn_respond_status(http_of(s, conn), outbox_packet(&s->outbox),
                             status);
    outbox_send(&s->outbox, conn);
}

void web_server_respond_file(struct web_server *s, uint32_t conn,
                             unsigned status, struct span body) {
    const struct http_head *head = &s->web.request.head;
    char fields[PAGE_FIELDS_SIZE];
    const char *type =
        status == 200 ? media_type(http_path(head->target)) : "text/plain";
    if (!span_equal(head->method, span_from("GET")) &&
        !span_equal(head->method, span_from("HEAD"))) {
        web_server_respond_status(s, conn, 405);
        return;
    }
    unsigned fresh =
        page_fields(fields, body, http_field(head, "If-None-Match", NULL));
    web_server_respond(s, conn, status == 200 ? fresh : status, type, body,
                       fields);
}

bool web_server_upgrade(struct web_server *s, uint32_t conn, unsigned status,
                        const char *protocol) {
    const struct http_head *head = &s->web.request.head;
    struct buf *out = outbox_packet(&s->outbox);
    bool is_written = status == 101
                          ? handshake_select(out, head, protocol)
                          : handshake_respond(out, head, status, NULL);
    outbox_send(&s->outbox, conn);
    web_upgrade(&s->slots[conn].web, &s->web, is_written ? status : 500);
    s->slots[conn].is_open = is_written && status == 101;
    return s->slots[conn].is_open;
}

void web_server_end(struct web_server *s, uint32_t conn, unsigned code) {
    web_end(&s->slots[conn].web, code, outbox_packet(&s->outbox));
    outbox_send(&s->outbox, conn);
    apply_state(s, conn);
}

/* The machine */

static void set_now(struct web_server *s, int64_t now) {
    if (now > s->now) s->now = now;
}

static void accepted(void *self, uint32_t conn, int64_t now) {
    struct web_server *s = self;
    set_now(s, now);
    assert(conn < s->max && !s->slots[conn].is_used);
    s->slots[conn] = (struct web_server_slot){.is_used = true};
    web_open(&s->slots[conn].web, &s->web);
    apply_state(s, conn);
}

static void add_line(struct web_server *s, const char *arrow, uint32_t conn,
                     const char *text) {
    struct web_server_line line = {.arrow = arrow, .conn = conn};
    memcpy(line.text, text, sizeof line.text);
    buf_append(&s->lines, &line, sizeof line);
}

static void trace_event(struct web_server *s, uint32_t conn,
                        enum web_event event) {
    const struct http_head *head = &s->web.request.head;
    char text[DESCRIBE_MAX] = "";
    if (event == WEB_REQUEST)
        snprintf(text, sizeof text, "%.*s %.*s", (int)head->method.len,
                 (char *)head->method.data, (int)head->target.len,
                 (char *)head->target.data);
    if (event == WEB_REQUEST || describe_event(&s->web.message, text))
        add_line(s, "<-", conn, text);
}

static bool next_line(void *self, struct machine_line *line) {
    struct web_server *s = self;
    size_t size = sizeof *s->line;
    if (s->line) buf_consume(&s->lines, size);
    s->line = NULL;
    if (buf_view(&s->lines).len < size) return false;
    s->line = (void *)buf_view(&s->lines).data;
    assert(s->line);
    *line = (struct machine_line){s->line->arrow, s->line->text, s->line->conn};
    return true;
}

static void report(struct web_server *s, uint32_t conn, enum web_event event) {
    struct web_server_event e = {.conn = conn};
    if (event == WEB_NOTHING) return;
    if (s->is_traced) trace_event(s, conn, event);
    e.type = event == WEB_REQUEST ? WEB_SERVER_REQUEST : WEB_SERVER_MESSAGE;
    e.head = &s->web.request.head;
    e.opcode = s->web.message.opcode;
    e.payload = s->web.message.payload;
    s->on_event(s, &e);
    if (event == WEB_MESSAGE) s->slots[conn].published = s->outbox.entered;
}

/* Do too many broadcasts wait, among them one that was sent before the end of
 * the last message of this client? */
static bool is_paused(const struct web_server *s, uint32_t conn) {
    return outbox_is_full(&s->outbox) &&
           outbox_is_before(&s->outbox, s->slots[conn].published);
}

/* Consumes as much input as possible now. If the output is long, or the
 * client is paused, the rest waits for the next turn: so the messages of one
 * client cannot fill the memory. */
static struct span received(void *self, uint32_t conn, struct span in,
                            int64_t now) {
    struct web_server *s = self;
    bool goes_on = in.len == 0 || !is_paused(s, conn);
    set_now(s, now);
    while (goes_on) {
        enum web_event event = web_next(&s->slots[conn].web, &s->web, &in,
                                        outbox_packet(&s->outbox));
        outbox_send(&s->outbox, conn);
        report(s, conn, event);
        bool is_long = buf_view(&s->outbox.own).len >= LIMIT_OUTPUT;
        goes_on = event != WEB_NOTHING &&
                  (in.len == 0 || !(is_long || is_paused(s, conn)));
    }
    apply_state(s, conn);
    return in;
}

static void sent(void *self, uint32_t conn, int64_t now) {
    struct web_server *s = self;
    set_now(s, now);
    s->slots[conn].has_unsent = false;
    apply_state(s, conn);
}

static void unsent(void *self, uint32_t conn, size_t bytes) {
    struct web_server *s = self;
    struct web_server_event e = {
        .type = WEB_SERVER_UNSENT, .conn = conn, .unsent = bytes};
    if (s->slots[conn].is_open && bytes > LIMIT_QUEUE) s->on_event(s, &e);
}

static void lost(void *self, uint32_t conn) {
    struct web_server *s = self;
    web_free(&s->slots[conn].web);
    report_closed(s, conn);
    outbox_forget(&s->outbox, conn);
    s->slots[conn].is_used = false;
}

static void expire(void *self, int64_t now) {
    struct web_server *s = self;
    for (struct web_conn *c; (c = web_pop_due(&s->web, now));) {
        struct web_server_slot *slot =
            container_of(c, struct web_server_slot, web);
        received(s, (uint32_t)(slot - s->slots), (struct span){0}, now);
    }
}

static int wait_ms(void *self, int64_t now, int wait) {
    struct web_server *s = self;
    if (outbox_has_waiting(&s->outbox)) return 0;
    return web_wait(&s->web, now, wait);
}

static bool next_outgoing(void *self, struct outgoing *o) {
    struct web_server *s = self;
    char text[DESCRIBE_MAX];
    if (!outbox_next(&s->outbox, o)) return false;
    struct span left = o->bytes;
    while (s->is_traced && describe_sent(&left, text))
        add_line(s, "->", o->conn, text);
    if (o->bytes.len == 0) return true;
    s->slots[o->conn].has_unsent = true;
    web_settle(&s->slots[o->conn].web, &s->web, true, s->now);
    return true;
}

static size_t output_len(void *self) {
    const struct web_server *s = self;
    return outbox_own_len(&s->outbox);
}

/* RFC 6455 §7.4.1: 1001, the server is going away. */
static void shut(void *self, int64_t now) {
    struct web_server *s = self;
    set_now(s, now);
    web_shut(&s->web);
    for (uint32_t i = 0; i < s->max; i++) {
        if (!s->slots[i].is_open) continue;
        web_close(&s->slots[i].web, 1001, outbox_packet(&s->outbox));
        outbox_send(&s->outbox, i);
        s->slots[i].is_open = false; /* no event: the server ends */
    }
}

static void set_clock(void *self, int64_t unix_seconds) {
    struct web_server *s = self;
    web_set_time(&s->web, unix_seconds);
}

struct machine web_server_machine(struct web_server *s) {
    return (struct machine){.self = s,
                            .accepted = accepted,
                            .received = received,
                            .sent = sent,
                            .unsent = unsent,
                            .lost = lost,
                            .expire = expire,
                            .wait = wait_ms,
                            .next_outgoing = next_outgoing,
                            .output_len = output_len,
                            .shutdown = shut,
                            .set_clock = set_clock,
                            .next_line = next_line,
                            .refusal = HTTP_FULL};
}
