/*
 * 506_echo_server.c: the minimal Socket.IO server, with its page
 *
 * Shows       A server of four protocols (HTTP, WebSocket, Engine.IO,
 *             Socket.IO) that real clients use. What it does for them is in
 *             answer(); where the machine meets the loop, in pump().
 * Calls       socketio/server.h for all that is not a socket.
 * Run         $ bin/506_echo_server --port 3000 &
 *             $ bin/507_echo_client http://127.0.0.1:3000 "hello"
 * Try         Open http://127.0.0.1:3000/ in two browsers, and broadcast.
 * Limits      Everybody is in one big room, and what is sent while a client
 *             reconnects is lost: at most once is all that it promises.
 * Read        the Socket.IO protocol v5 and the Engine.IO protocol v4
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "socketio/json.h"
#include "socketio/server.h"
#include "tcp/acceptor.h"
#include "tcp/files.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/stream.h"
#include "websocket/conn.h"
#include "websocket/http.h"
#include "websocket/media_type.h"
#include "websocket/origin.h"

static struct loop *loop;
static struct acceptor listener = {.refusal = HTTP_FULL};
static struct server *server;
static struct stream *streams; /* by descriptor: that is the link, too */
static int open_streams;
static uint32_t max_unsent; /* of one peer: then it is dropped */
static int page;            /* the directory of the page's files, or -1 */

/* The application: what a client asks, and what it gets. */
static void answer(const struct server_event *e) {
    struct span hello = e->args.len ? e->args : span_from("{}");
    if (e->type == SERVER_CONNECT)
        server_emit(server, e, span_from("auth"), hello);
    if (e->type != SERVER_EVENT) return;
    if (span_equal(e->name, span_from("message")))
        server_emit(server, e, span_from("message-back"), e->args);
    else if (span_equal(e->name, span_from("bcast")))
        server_broadcast(server, e, e->name, e->args);
    else if (span_equal(e->name, span_from("message-with-ack")) && e->id >= 0)
        server_ack(server, e, e->args);
}

/* Any other path than /socket.io/: one of the page's files, or nothing. */
static void serve_page(const struct server_event *e) {
    static struct buf body = {.max = 1 << 20};
    struct file f = {.fd = -1};
    bool found = page != -1 && files_open(page, http_path(e->name), &f) == 0 &&
                 files_read(&f, &body);
    if (found)
        server_respond(server, e->link, 200, media_type(http_path(e->name)),
                       buf_view(&body));
    else
        server_respond(server, e->link, 404, "text/plain",
                       span_from("not here\n"));
    files_close(&f);
    buf_clear(&body);
}

/* From here to leave all is as in 503, with server_ for engine_. */
static void drop(struct stream *s) {
    server_lost(server, (uint32_t)s->watch.fd);
    stream_close(s, loop);
    open_streams--;
}

static void pump(void) {
    struct server_event e;
    struct mail m;
    while (server_next(server, &e, loop_now(loop)))
        e.type == SERVER_REQUEST ? serve_page(&e) : answer(&e);
    while (server_mail(server, &m)) {
        struct stream *s = &streams[m.link];
        if (m.then == MAIL_DROP || stream_send(s, loop, m.bytes) == STREAM_LOST)
            drop(s);
        else if (m.then == MAIL_END)
            stream_end(s, loop);
    }
}

static void on_ready(struct watch *w, unsigned what) {
    struct stream *s = (struct stream *)w;
    struct span in = {0};
    enum stream_result r =
        what & LOOP_WRITE ? stream_flush(s, loop) : stream_read(s, loop, &in);
    if (r == STREAM_LOST || r == STREAM_EOF)
        drop(s);
    else if (r == STREAM_DONE && what & LOOP_READ)
        server_feed(server, (uint32_t)w->fd, in, loop_now(loop));
    pump();
}

static void on_accept(int fd) {
    if (stream_open(&streams[fd], loop, fd, max_unsent, on_ready) == -1) {
        close(fd);
        return;
    }
    server_accept(server, (uint32_t)fd, loop_now(loop));
    open_streams++;
}

/* Does what is due, and says how long the loop may wait. */
static int late(int64_t now) {
    struct stream *s;
    while ((s = stream_next_stalled(now))) drop(s);
    pump();
    return server_wait(server, now, stream_wait(now, -1));
}

static void leave(void) {
    server_shut(server, loop_now(loop));
    pump();
}

/* bin/ and socketio/ are neighbours; or else we are in the project itself. */
static int find_page(const char *program) {
    char path[4096];
    const char *slash = strrchr(program, '/');
    int n = slash ? (int)(slash + 1 - program) : 0;
    snprintf(path, sizeof path, "%.*s../socketio/page", n, program);
    int fd = files_root(path);
    return fd != -1 ? fd : files_root("socketio/page");
}

static const struct limit limits[] = {
    HTTP_LIMITS(LIMIT_ROW) CONN_LIMITS(LIMIT_ROW) STREAM_LIMITS(LIMIT_ROW)
        ENGINE_LIMITS(LIMIT_ROW) JSON_LIMITS(LIMIT_ROW) PACKET_LIMITS(LIMIT_ROW)
            SERVER_LIMITS(LIMIT_ROW){0}};

int main(int argc, char **argv) {
    static const char *const namespaces[] = {"/", "/custom", NULL};
    struct server_options o = {.connect_timeout = 45000,
                               .namespaces = namespaces,
                               .engine = {.path = "/socket.io/",
                                          .ping_interval = 25000,
                                          .ping_timeout = 20000,
                                          .upgrade_timeout = LIMIT_UPGRADE_MS,
                                          .max_payload = LIMIT_HTTP_BODY,
                                          .max_sessions = LIMIT_SESSIONS}};
    struct engine_options *e = &o.engine;
    const char *host = "127.0.0.1";
    uint32_t port = 3000;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_MS("--ping-interval", "pong to ping", &e->ping_interval),
        OPTION_MS("--ping-timeout", "ping to pong", &e->ping_timeout),
        OPTION_MS("--connect-timeout", "until the first CONNECT",
                  &o.connect_timeout),
        OPTION_NUMBER("--max-payload", "BYTES",
                      "of a POST or a WebSocket message", &e->max_payload, 1000,
                      1 << 28),
        OPTION_CORS(&e->origins),
        OPTION_LIMITS(limits),
        OPTION_END,
    };
    int done = options_parse(argc, argv, options);
    if (done >= 0) return done;

    page = find_page(argv[0]);
    max_unsent = 2 * e->max_payload + LIMIT_UNSENT;
    e->loopback = origin_is_loopback(span_from(host));
    e->max_links = (uint32_t)acceptor_descriptors();
    streams = calloc(e->max_links, sizeof *streams);
    loop = loop_open();
    int fd = listen_announce(host, port);
    if (fd == -1) return 1;
    if (!streams || !loop || io_random(e->seed, sizeof e->seed) == -1 ||
        !(server = server_open(&o)) ||
        acceptor_open(&listener, loop, fd, (int)e->max_links, on_accept) ==
            -1) {
        perror("506_echo_server");
        return 1;
    }
    return acceptor_run(&listener, late, leave, &open_streams);
}
