/*
 * 506_echo_server.c: the minimal Socket.IO server, with its page
 *
 * Shows       A server of four protocols (HTTP, WebSocket, Engine.IO,
 *             Socket.IO) that real clients use, and how little of it is the
 *             application.
 * By hand     answer: which event gets which reply, and who receives it.
 * Calls       socketio/server.h for the protocols, tcp/links.h for the sockets,
 *             server_file.h and explain_request.h to respond to the page.
 * Run         $ bin/506_echo_server --port 3000 &
 *             $ bin/507_echo_client http://127.0.0.1:3000 "hello"
 * Try         Open http://127.0.0.1:3000/ in two browsers, and broadcast.
 * Limits      What is sent while a client reconnects is lost, unless --recovery
 *             says how long the server keeps it.
 * Read        the Socket.IO protocol v5 and the Engine.IO protocol v4
 */
#include "socketio/explain_request.h"
#include "socketio/server_file.h"
#include "socketio/server_limits.h"
#include "socketio/server_machine.h"
#include "tcp/files.h"
#include "tcp/io.h"
#include "tcp/limits.h"
#include "tcp/links.h"
#include "tcp/options.h"
#include "tcp/trace.h"
#include "websocket/origin.h"

#define ALL_LIMITS(X)                                                          \
    SERVER_ALL_LIMITS(X) EXPLAIN_REQUEST_LIMITS(X) TCP_LIMITS(X)

static int page, lessons; /* the directories of files */

/* Responds to a request for a path other than /socket.io/. The body is a file
 * of the page, or a lesson that the page links to. */
static void serve_page(struct server *server, const struct server_event *e) {
    static struct buf body = {.max = 1 << 20};
    struct span path = http_path(e->name), prefix = span_from("/lessons/");
    bool is_lesson = path.len >= prefix.len &&
                     span_equal((struct span){path.data, prefix.len}, prefix);
    unsigned status =
        is_lesson ? files_load(lessons, span_skip(path, prefix.len - 1), &body)
                  : files_load(page, path, &body);
    server_respond_file(server, e, status, buf_view(&body));
    buf_clear(&body);
}

/* Responds to GET /explain: the page asks what the bytes of a packet mean. */
static void serve_explanation(struct server *s, const struct server_event *e) {
    static struct buf body = {.max = LIMIT_EXPLAIN_OUTPUT};
    unsigned status = explain_request(e->name, &body);
    server_respond(s, e->conn, status, explain_request_type(status),
                   buf_view(&body), EXPLAIN_REQUEST_FIELDS);
    buf_clear(&body);
}

/* The application: decides which event gets which reply. */
static void answer(struct server *server, const struct server_event *e) {
    struct server_target sender = server_to(e->from);
    if (e->type == SERVER_REQUEST && explain_request_is(e->name))
        serve_explanation(server, e);
    else if (e->type == SERVER_REQUEST)
        serve_page(server, e);
    if (e->type == SERVER_CONNECT && !e->is_recovered)
        server_emit(server, sender, span_from("auth"),
                    e->args.json.len ? e->args : server_args("{}"));
    if (e->type != SERVER_EVENT) return;
    if (server_event_is(e, "message"))
        server_emit(server, sender, span_from("message-back"), e->args);
    else if (server_event_is(e, "bcast"))
        server_emit(server, server_to_all(e->from), e->name, e->args);
    else if (server_event_is(e, "bcast-volatile"))
        server_emit_volatile(server, server_to_all(e->from), e->name, e->args);
    else if (server_event_is(e, "message-with-ack") && e->id >= 0)
        server_ack(server, e, e->args);
}

static void on_events(struct server *server) {
    struct server_event e;
    while (server_next(server, &e)) answer(server, &e);
}

int main(int argc, char **argv) {
    static const struct limit limits[] = {ALL_LIMITS(LIMIT_ROW){0}};
    static const char *const namespaces[] = {"/", "/custom", NULL};
    struct server_options o = SERVER_DEFAULTS(namespaces);
    const char *host = "127.0.0.1";
    uint32_t port = 3000;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_MS("--ping-interval", "pong to ping", &o.engine.ping_interval),
        OPTION_MS("--ping-timeout", "ping to pong", &o.engine.ping_timeout),
        OPTION_MS("--connect-timeout", "to CONNECT", &o.connect_timeout),
        OPTION_MS("--recovery", "that a lost client is kept", &o.recovery_ms),
        OPTION_NUMBER("--max-payload", "BYTES", "of a POST, or a message",
                      &o.engine.max_payload, 1000, 1 << 28),
        OPTION_CORS(&o.engine.origins),
        OPTION_TRACE(&trace_is_on),
        OPTION_LIMITS(limits),
        OPTION_END,
    };
    int done = options_parse(argc, argv, options);
    if (done >= 0) return done;
    o.is_traced = trace_is_on;
    page = files_root_beside(argv[0], "socketio/page");
    lessons = files_root_beside(argv[0], "lessons");
    o.engine.is_loopback = origin_is_loopback(span_from(host));
    o.engine.max_conns = links_max();
    int fd = links_listen(host, port);
    if (fd == -1) return 1;
    if (io_random(o.engine.seed, sizeof o.engine.seed) == -1)
        return options_report("cannot serve");
    struct server *server = server_open(&o);
    if (!server) return options_report("cannot serve");
    struct machine machine = server_machine(server, on_events);
    return links_run(&machine, fd);
}
