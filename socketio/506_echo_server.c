/*
 * 506_echo_server.c: the minimal Socket.IO server, with its page
 *
 * Shows       A server of four protocols (HTTP, WebSocket, Engine.IO,
 *             Socket.IO) that real clients use, and how little of it is the
 *             application.
 * By hand     answer: which event gets which reply, and who receives it.
 * Calls       socketio/server.h for the protocols, tcp/links.h for the sockets.
 * Run         $ bin/506_echo_server --port 3000 &
 *             $ bin/507_echo_client http://127.0.0.1:3000 "hello"
 * Try         Open http://127.0.0.1:3000/ in two browsers, and broadcast.
 * Limits      What is sent while a client reconnects is lost.
 * Read        the Socket.IO protocol v5 and the Engine.IO protocol v4
 */
#include <stdio.h>
#include <time.h>

#include "socketio/describe.h"
#include "socketio/server.h"
#include "socketio/server_limits.h"
#include "tcp/files.h"
#include "tcp/io.h"
#include "tcp/limits.h"
#include "tcp/links.h"
#include "tcp/options.h"
#include "tcp/trace.h"
#include "websocket/media_type.h"
#include "websocket/origin.h"
#include "websocket/page_fields.h"

static struct server *server;
static struct tap tap = TAP_EMPTY; /* what --trace prints */
static int page, lessons;          /* the directories of files */

/* Any other path than /socket.io/: one of the page's files, or a lesson that
 * the page links to, or nothing. */
static void serve_page(const struct server_event *e) {
    static struct buf body = {.max = 1 << 20};
    char fields[PAGE_FIELDS_SIZE];
    struct span path = http_path(e->name), prefix = span_from("/lessons/");
    bool is_lesson = path.len >= prefix.len &&
                     span_equal((struct span){path.data, prefix.len}, prefix);
    unsigned status =
        is_lesson ? files_load(lessons, span_skip(path, prefix.len - 1), &body)
                  : files_load(page, path, &body);
    /* As plain text, a browser shows a lesson; Markdown it would download. */
    const char *type = status != 200 || is_lesson ? "text/plain; charset=utf-8"
                                                  : media_type(path);
    unsigned fresh = page_fields(fields, buf_view(&body), e->args);
    if (status == 200) status = fresh; /* or 304 */
    server_respond(server, e->conn, status, type, buf_view(&body), fields);
    buf_clear(&body);
}

/* The application: what a client sends, and what it gets. */
static void answer(const struct server_event *e) {
    if (e->type == SERVER_REQUEST) serve_page(e);
    if (e->type == SERVER_CONNECT)
        server_emit(server, e, span_from("auth"),
                    e->args.len ? e->args : span_from("{}"));
    if (e->type != SERVER_EVENT) return;
    if (server_event_is(e, "message"))
        server_emit(server, e, span_from("message-back"), e->args);
    else if (server_event_is(e, "bcast"))
        server_broadcast(server, e, e->name, e->args);
    else if (server_event_is(e, "message-with-ack") && e->id >= 0)
        server_ack(server, e, e->args);
}

/* What tcp/links.h asks for; 503 has all of it written out. */
static void handle_events(void) {
    struct server_event e;
    struct tap_record r;
    char text[TAP_TEXT_SIZE];
    while (server_next(server, &e)) answer(&e);
    while (tap_next(&tap, &r))
        trace_peer(tap_arrow(&r), (int)r.conn, "%s", describe_record(&r, text));
}

static void accepted(uint32_t conn, int64_t now) {
    server_accept(server, conn, now);
}

static struct span received(uint32_t conn, struct span in, int64_t now) {
    server_set_clock(server, time(NULL));
    server_feed(server, conn, in, now);
    handle_events();
    return server_rest(server);
}

static void sent(uint32_t conn, int64_t now) {
    server_sent(server, conn, now);
}

static void lost(uint32_t conn) {
    server_lost(server, conn);
}

static void expire(int64_t now) {
    server_expire(server, now);
}

static int wait_ms(int64_t now, int wait) {
    return server_wait(server, now, wait);
}

static bool next_outgoing(struct outgoing *out) {
    handle_events(); /* of clients that are gone, or late */
    return server_outgoing(server, out);
}

static void shut(int64_t now) {
    server_shut(server, now);
}

int main(int argc, char **argv) {
    static const struct limit limits[] = {SERVER_ALL_LIMITS(LIMIT_ROW)
                                              TCP_LIMITS(LIMIT_ROW){0}};
    static const char *const namespaces[] = {"/", "/custom", NULL};
    struct server_options o = SERVER_DEFAULTS(namespaces);
    struct machine machine = {accepted, received,      sent, lost, expire,
                              wait_ms,  next_outgoing, shut, 0,    HTTP_FULL};
    const char *host = "127.0.0.1";
    uint32_t port = 3000;
    bool is_traced = false;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_MS("--ping-interval", "pong to ping", &o.engine.ping_interval),
        OPTION_MS("--ping-timeout", "ping to pong", &o.engine.ping_timeout),
        OPTION_MS("--connect-timeout", "to CONNECT", &o.connect_timeout),
        OPTION_NUMBER("--max-payload", "BYTES", "of a POST, or a message",
                      &o.engine.max_payload, 1000, 1 << 28),
        OPTION_CORS(&o.engine.origins),
        OPTION_TRACE(&is_traced),
        OPTION_LIMITS(limits),
        OPTION_END,
    };
    int done = options_parse(argc, argv, options);
    if (done >= 0) return done;
    trace_open(is_traced);
    o.engine.tap = is_traced ? &tap : NULL;
    page = files_root_beside(argv[0], "socketio/page");
    lessons = files_root_beside(argv[0], "lessons");
    machine.max_unsent =
        stream_max_unsent(engine_max_reply(o.engine.max_payload));
    o.engine.is_loopback = origin_is_loopback(span_from(host));
    o.engine.max_conns = links_max();
    int fd = links_listen(host, port);
    if (fd == -1) return 1;
    if (io_random(o.engine.seed, sizeof o.engine.seed) == -1 ||
        !(server = server_open(&o)))
        return options_report("cannot serve");
    return links_run(&machine, fd);
}
