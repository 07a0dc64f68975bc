/* server_file_test.c: socketio/server_file.h, by the responses of a server that
 * has one file at every path, or none */
#include "packets/unit.h"
#include "socketio/server_file.h"
#include "socketio/server_machine.h"
#include "websocket/http.h"

static struct buf got; /* the last response */
static struct http_head head;
static struct span content;

static unsigned status_of_file;
static const char *file;

static void serve(struct server *s) {
    struct server_event e;
    while (server_next(s, &e))
        if (e.type == SERVER_REQUEST)
            server_respond_file(s, &e, status_of_file, span_from(file));
}

/* Has a server respond to a request with these field lines. */
static void request(const char *target, const char *fields) {
    static const char *const namespaces[] = {"/", NULL};
    struct server_options o = SERVER_DEFAULTS(namespaces);
    struct outgoing out;
    char text[300];
    o.engine.max_conns = 1;
    struct server *s = server_open(&o);
    struct machine m = server_machine(s, serve);
    m.set_clock(s, 784111777);
    m.accepted(s, 0, 1);
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", target,
             fields);
    m.received(s, 0, span_from(text), 1);
    got.max = 2000;
    buf_clear(&got);
    while (m.next_outgoing(s, &out))
        buf_append(&got, out.bytes.data, out.bytes.len);
    server_free(s);
    int n = http_response(&head, buf_view(&got), 0);
    UNIT_TRUE(n > 0);
    content = n > 0 ? span_skip(buf_view(&got), (size_t)n) : (struct span){0};
}

static void has(const char *name, const char *value) {
    struct span is = http_field(&head, name, NULL);
    UNIT_TEXT(is.data, is.len, value);
}

static void the_type_follows_from_the_path(void) {
    status_of_file = 200;
    file = "<p>";
    request("/", "");
    UNIT_INT(head.status, 200);
    has("Content-Type", "text/html; charset=utf-8");
    has("X-Content-Type-Options", "nosniff");
    UNIT_TEXT(content.data, content.len, "<p>");
    request("/client.js?v=1.css", ""); /* a query is no part of the path */
    has("Content-Type", "text/javascript; charset=utf-8");
    buf_free(&got);
}

static void a_lesson_is_shown_as_plain_text(void) {
    status_of_file = 200;
    file = "# 101";
    request("/101-echo-server.md", "");
    has("Content-Type", "text/plain; charset=utf-8");
    UNIT_TEXT(content.data, content.len, "# 101");
    buf_free(&got);
}

static void what_is_wrong_is_plain_text_whatever_the_path(void) {
    status_of_file = 404;
    file = "there is no such file\n";
    request("/nothing.html", "");
    UNIT_INT(head.status, 404);
    has("Content-Type", "text/plain; charset=utf-8");
    UNIT_TEXT(content.data, content.len, file);
    buf_free(&got);
}

/* RFC 9110 §13.1.2, §15.4.5: a 304 has the ETag, and no content. */
static void a_file_that_the_client_has_is_a_304(void) {
    char fields[100];
    status_of_file = 200;
    file = "body {}";
    request("/style.css", "");
    struct span etag = http_field(&head, "ETag", NULL);
    snprintf(fields, sizeof fields, "If-None-Match: %.*s\r\n", (int)etag.len,
             (const char *)etag.data);
    request("/style.css", fields);
    UNIT_INT(head.status, 304);
    UNIT_INT(content.len, 0);
    UNIT_TRUE(http_field(&head, "ETag", NULL).len > 0);
    file = "body { }"; /* it has changed */
    request("/style.css", fields);
    UNIT_INT(head.status, 200);
    UNIT_TEXT(content.data, content.len, file);
    buf_free(&got);
}

/* RFC 9110 §13.2.1: preconditions are ignored if the status would not be 2xx
 * without them. */
static void an_error_is_never_a_304(void) {
    status_of_file = 404;
    file = "there is no such file\n";
    request("/nothing.html", "If-None-Match: *\r\n");
    UNIT_INT(head.status, 404);
    UNIT_TEXT(content.data, content.len, file);
    buf_free(&got);
}

/* RFC 9110 §6.6.1: a server with a clock sends Date; the example of §5.6.7. */
static void the_date_is_that_of_the_clock(void) {
    status_of_file = 200;
    file = "";
    request("/", "");
    has("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
    buf_free(&got);
}

UNIT_MAIN("socketio/server_file", UNIT_TEST(the_type_follows_from_the_path),
          UNIT_TEST(a_lesson_is_shown_as_plain_text),
          UNIT_TEST(what_is_wrong_is_plain_text_whatever_the_path),
          UNIT_TEST(a_file_that_the_client_has_is_a_304),
          UNIT_TEST(an_error_is_never_a_304),
          UNIT_TEST(the_date_is_that_of_the_clock))
