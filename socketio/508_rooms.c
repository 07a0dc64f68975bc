/*
 * 508_rooms.c: a chat: namespaces, rooms, and who receives an event
 *
 * Shows       The receivers of an event: one, all, a room, all but the sender.
 * By hand     What a chat does when a client comes, speaks, types and leaves.
 * Calls       socketio/server.h, with rooms and refusals
 * Run         $ bin/508_rooms --port 3008 &
 *             $ bin/targets 127.0.0.1:3008
 * Try         Open http://127.0.0.1:3008/ twice, and be in two rooms.
 * Limits      What is said while a client reconnects is lost: 509.
 * Read        socket.io/docs/v4/rooms, socket.io/docs/v4/emit-cheatsheet
 */
#include "socketio/json.h"
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

#define MAX_NAME 41 /* bytes: a JSON string with its quotes, and a zero byte */

/* The users, by namespace and by the slot of a client's handle. */
static struct user {
    char name[MAX_NAME], room[MAX_NAME]; /* JSON strings; empty: none */
} users[2][LIMIT_SESSIONS];
static int page; /* the directory of files */
static const struct span nothing;

static struct user *user_of(struct server_socket socket) {
    return &users[socket.nsp][handle_slot(socket.client)];
}

static struct server_target to_room_of(struct server_socket socket) {
    return server_to_room(socket, span_from(user_of(socket)->room));
}

/* Copies a JSON string. False: it is too long, or no string. */
static bool keep_string(char to[MAX_NAME], struct span json) {
    if (!json_unquote(json).data || json.len >= MAX_NAME) return false;
    memcpy(to, json.data, json.len);
    to[json.len] = '\0';
    return true;
}

/* Returns the first argument, or nothing. */
static struct span argument(const struct server_event *e) {
    ssize_t n = json_value(e->args.json, NULL);
    return json_trim((struct span){e->args.json.data, n > 0 ? (size_t)n : 0});
}

/* Sends an event with the name of a user, and perhaps a text. */
static void emit(struct server *s, struct server_target to, const char *event,
                 struct server_socket about, struct span text) {
    static struct buf json = {.max = BUF_MAX};
    buf_clear(&json);
    buf_text(&json, user_of(about)->name);
    if (text.len > 0) buf_text(&json, ",");
    buf_append(&json, text.data, text.len);
    server_emit(s, to, span_from(event),
                (struct server_args){.json = buf_view(&json)});
}

static void leave_room(struct server *s, struct server_socket socket) {
    server_leave(s, socket, span_from(user_of(socket)->room));
    emit(s, to_room_of(socket), "left", socket, nothing);
    user_of(socket)->room[0] = '\0'; /* no room: JSON strings have quotes */
}

static void enter_room(struct server *s, struct server_socket from,
                       struct span name) {
    struct server_socket other = from;
    uint32_t cursor = 0;
    leave_room(s, from);
    if (!keep_string(user_of(from)->room, name)) return;
    if (!server_join(s, from, name)) { /* there are too many rooms */
        user_of(from)->room[0] = '\0';
        return;
    }
    emit(s, server_except(to_room_of(from), from), "entered", from, nothing);
    while (server_next_client(s, from.nsp, name, &cursor, &other.client))
        emit(s, server_to(from), "here", other, nothing);
}

/* Decides who receives what a client has sent. */
static void receive_event(struct server *s, const struct server_event *e) {
    struct server_socket from = e->from;
    struct span text = argument(e);
    if (server_event_is(e, "enter"))
        enter_room(s, from, text);
    else if (server_event_is(e, "shout"))
        emit(s, server_to_all(from), "shouted", from, text);
    else if (server_event_is(e, "say"))
        emit(s, to_room_of(from), "said", from, text);
    else if (server_event_is(e, "typing"))
        emit(s, server_except(to_room_of(from), from), "typing", from, nothing);
    if (e->id >= 0) server_ack(s, e, server_args(""));
}

/* Refuses a client without a name. */
static void decide(struct server *s, const struct server_event *e) {
    if (e->from.nsp == NO_NAMESPACE) return; /* the server refuses it itself */
    if (e->args.json.len == 0 ||
        !keep_string(user_of(e->from)->name, json_member(e->args.json, "name")))
        server_refuse(s, e, "who are you? auth needs a short name");
}

static void serve_page(struct server *s, const struct server_event *e) {
    static struct buf body = {.max = 1 << 20};
    struct span path = http_path(e->name);
    if (span_equal(path, span_from("/"))) path = span_from("/rooms.html");
    unsigned status = files_load(page, path, &body);
    server_respond_file(s, e, status, buf_view(&body));
    buf_clear(&body);
}

static void on_events(struct server *s) {
    for (struct server_event e; server_next(s, &e);) {
        struct server_target all = server_to_all(e.from);
        if (e.type == SERVER_REQUEST) serve_page(s, &e);
        if (e.type == SERVER_CONNECT_REQUEST) decide(s, &e);
        if (e.type == SERVER_EVENT) receive_event(s, &e);
        if (e.type == SERVER_DISCONNECT) leave_room(s, e.from);
        if (e.type == SERVER_DISCONNECT) emit(s, all, "gone", e.from, nothing);
        if (e.type != SERVER_CONNECT) continue;
        emit(s, server_to(e.from), "accepted", e.from, nothing);
        emit(s, server_except(all, e.from), "arrived", e.from, nothing);
    }
}

int main(int argc, char **argv) {
    static const struct limit limits[] = {SERVER_ALL_LIMITS(LIMIT_ROW)
                                              TCP_LIMITS(LIMIT_ROW){0}};
    static const char *const namespaces[] = {"/", "/staff", NULL};
    struct server_options o = SERVER_DEFAULTS(namespaces);
    const char *host = "127.0.0.1";
    uint32_t port = 3008;
    const struct option_row options[] = {
        OPTION_HOST(&host),         OPTION_PORT(&port),
        OPTION_TRACE(&trace_is_on), OPTION_CORS(&o.engine.origins),
        OPTION_LIMITS(limits),      OPTION_END};
    int done = options_parse(argc, argv, options);
    if (done >= 0) return done;
    page = files_root_beside(argv[0], "socketio/page");
    o.asks_to_connect = true;
    o.is_traced = trace_is_on;
    o.engine.is_loopback = origin_is_loopback(span_from(host));
    o.engine.max_conns = links_max();
    int fd = links_listen(host, port);
    if (fd == -1 || io_random(o.engine.seed, sizeof o.engine.seed) == -1)
        return 1;
    struct server *server = server_open(&o);
    if (!server) return options_report("cannot serve");
    struct machine machine = server_machine(server, on_events);
    return links_run(&machine, fd);
}
