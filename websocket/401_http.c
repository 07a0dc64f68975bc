/*
 * 401_http.c: an HTTP server for the files below one directory
 *
 * Shows       A request arrives in pieces, or several arrive in one read. The
 *             parser says where a request ends; recv cannot.
 * By hand     respond: a status and a file for a request; serve: the phases.
 * Calls       http_conn.h, origin.h, media_type.h; tcp/files.h, tcp/service.h
 * Run         $ bin/401_http --port 7401 --root . --trace &
 *             $ printf 'GET /none HTTP/1.0\r\n\r\n' | bin/ask 127.0.0.1:7401
 * Try         Leave a request unfinished and count the seconds to the 408.
 * Limits      The server only responds. To send first: 402_push_race.c
 * Read        RFC 9112 §2, §6, §9; RFC 9110 §9, §15; openat(2)
 */
#include "packets/container.h"
#include "tcp/files.h"
#include "tcp/limits.h" /* and tcp/options.h */
#include "tcp/service.h"
#include "tcp/trace.h"
#include "websocket/http_conn.h"
#include "websocket/media_type.h"
#include "websocket/origin.h"

#include <stdlib.h>
#include <time.h>

struct client {
    struct stream stream;
    struct http_conn http;
    struct file file; /* the body of a response; its fd is -1 without one */
};

static struct http_server http;
static struct http_event event; /* large, so one for all clients */
static struct buf out = {.max = (size_t)LIMIT_HTTP_PIPELINED * 512};
static struct loop *loop;
static struct client *clients; /* by descriptor */
static int root;
static bool is_loopback;

/* Decides the status of a request. With 200 it also opens the file. */
static void respond(struct client *c, struct span *in) {
    struct span method = event.head.method, path = http_path(event.head.target);
    bool is_get = c->http.is_head || span_equal(method, span_from("GET"));
    unsigned status = origin_check(&event.head, is_loopback, NULL);
    if (status == 0)
        status = is_get ? files_open_status(root, path, &c->file) : 405;
    event.status = status; /* for the trace */
    if (status != 200) http_conn_respond_status(&c->http, &out, status);
    if (status == 200)
        http_conn_respond_head(&c->http, in, &out, 200, media_type(path),
                               c->file.left);
    if (c->http.is_head) c->file.left = 0;
}

/* Handles the requests in the input, and sends a piece of the open file. */
static void receive(struct client *c, struct span in) {
    enum stream_result result;
    do {
        while (http_conn_next(&c->http, &in, &event, &out)) {
            if (event.type == HTTP_EVENT_REQUEST) respond(c, &in);
            if (event.type != HTTP_EVENT_RESPOND) /* FAILED has responded */
                trace_peer("->", c->stream.watch.fd, "http %u", event.status);
        }
        result = stream_send(&c->stream, loop, buf_view(&out));
        buf_clear(&out);
        if (result != STREAM_LOST && c->http.phase == HTTP_RESPONSE)
            result = files_send(&c->file, &c->stream, loop);
        if (result == STREAM_EOF) http_conn_finish(&c->http);
        if (result == STREAM_LOST) http_conn_abort(&c->http);
    } while (result == STREAM_EOF);
}

static void serve(struct client *c, struct span in) {
    http_server_set_time(&http, time(NULL));
    do {
        size_t n = trace_is_on && in.len > 0 ? 1 : in.len; /* one by one */
        receive(c, (struct span){in.data, n});
        if (n > 0)
            trace_peer("<-", c->stream.watch.fd, "%02x %s", *in.data,
                       http_conn_phase(&c->http));
        in = span_skip(in, n);
    } while (in.len > 0);
    http_conn_set_unsent(&c->http, buf_view(&c->stream.unsent).len > 0);
    http_conn_rearm_timer(&c->http, loop_now(loop));
    if (c->http.phase == HTTP_LINGERING) service_end(&c->stream);
    if (c->http.phase != HTTP_CLOSED) return;
    service_close(&c->stream, "TCP has ended");
    http_conn_free(&c->http);
    files_close(&c->file);
}

static void on_ready(struct stream *s, enum stream_result r, struct span in) {
    struct client *c = container_of(s, struct client, stream);
    if (r != STREAM_DONE) http_conn_abort(&c->http);
    serve(c, in);
}

static void on_connection(int fd) {
    struct client *c = &clients[fd];
    if (!service_open(&c->stream, fd, LIMIT_UNSENT)) return;
    http_conn_init(&c->http, &http);
    c->file.fd = -1;
    http_conn_rearm_timer(&c->http, loop_now(loop));
}

static int on_turn(int64_t now) {
    for (struct http_conn *due; (due = http_server_pop_due(&http, now));)
        serve(container_of(due, struct client, http), (struct span){0});
    return http_server_wait(&http, now, -1);
}

static void on_shutdown(void) {
    http_server_shut(&http);
}

int main(int argc, char **argv) {
    static const struct service service = {on_connection, on_ready, on_turn,
                                           on_shutdown, HTTP_FULL};
    static const struct limit limits[] = {HTTP_LIMITS(LIMIT_ROW)
                                              TCP_LIMITS(LIMIT_ROW){0}};
    const char *host = "127.0.0.1", *directory = "lessons";
    uint32_t port = 7401;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_TEXT("--root", "DIR", "what it serves", &directory),
        OPTION_TRACE(&trace_is_on),
        OPTION_LIMITS(limits),
        OPTION_END};
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    root = files_root(directory);
    if (root == -1) return options_report(directory);
    is_loopback = origin_is_loopback(span_from(host));
    http_server_init(&http);
    clients = calloc(service_max(), sizeof *clients);
    int fd = service_listen(&loop, host, port);
    if (fd == -1 || !clients) return EXIT_FAILURE;
    return service_run(&service, fd, service_max() / 2); /* files need some */
}
