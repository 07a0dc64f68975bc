/*
 * 401_http.c: an HTTP server for the files below one directory
 *
 * Shows       A request arrives in pieces, or several arrive in one read. The
 *             parser says where a request ends; recv cannot.
 * By hand     respond: a status and a file for a request; serve: the phases.
 * Calls       websocket/http_conn.h, origin.h, media_type.h, tcp/files.h
 * Run         $ bin/401_http --port 7401 --root . --trace &
 *             $ printf 'GET /none HTTP/1.0\r\n\r\n' | bin/ask 127.0.0.1:7401
 * Try         Leave a request unfinished and count the seconds to the 408.
 * Limits      The server only responds. To send first: websocket/403_upgrade.c
 * Read        RFC 9112 §2, §6, §9; RFC 9110 §9, §15; openat(2)
 */
#include "packets/container.h"
#include "tcp/acceptor.h"
#include "tcp/files.h"
#include "tcp/limits.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/stream.h"
#include "tcp/trace.h"
#include "websocket/http_conn.h"
#include "websocket/media_type.h"
#include "websocket/origin.h"

#include <stdlib.h>
#include <time.h>

struct client {
    struct stream stream;
    struct http_conn http;
    struct file file; /* the body of the response under way, or fd is -1 */
};

static struct http_server http;
static struct acceptor listener = {.refusal = HTTP_FULL};
static struct loop *loop;
static struct client *clients; /* by descriptor */
static int root, open_count;
static bool is_loopback;

/* What a request leads to: a status and, if that is 200, an open file. */
static void respond(struct client *c, const struct http_head *h,
                    struct span *in, struct buf *out) {
    struct span path = http_path(h->target);
    bool is_get = c->http.is_head || span_equal(h->method, span_from("GET"));
    unsigned status = origin_check(h, is_loopback, NULL);
    if (status == 0)
        status = is_get ? files_open_status(root, path, &c->file) : 405;
    trace_line("request for %.*s: %u", (int)path.len, path.data, status);
    if (status != 200)
        http_conn_respond_status(&c->http, out, status);
    else
        http_conn_respond_head(&c->http, in, out, 200, media_type(path),
                               c->file.left);
    if (c->http.is_head) c->file.left = 0;
}

/* Does all that can be done with the input, and sends a piece of the file. */
static void receive(struct client *c, struct span in) {
    static struct http_event e;
    static struct buf out = {.max = 4096};
    enum stream_result result;
    bool is_event;
    do {
        is_event = http_conn_next(&c->http, &in, &e, &out);
        if (is_event && e.type == HTTP_EVENT_REQUEST)
            respond(c, &e.head, &in, &out);
        result = stream_send(&c->stream, loop, buf_view(&out));
        buf_clear(&out);
        bool is_sending = !is_event && c->http.phase == HTTP_RESPONSE;
        if (is_sending && result != STREAM_LOST)
            result = files_send(&c->file, &c->stream, loop);
        if (result == STREAM_EOF) http_conn_finish(&c->http);
        if (result == STREAM_LOST) http_conn_abort(&c->http);
    } while (is_event || result == STREAM_EOF);
}

/* Traced, each byte is put in as if it had arrived alone. */
static void serve(struct client *c, struct span in) {
    http_server_set_time(&http, time(NULL));
    do {
        size_t n = trace_is_on && in.len > 0 ? 1 : in.len;
        receive(c, (struct span){in.data, n});
        if (n > 0)
            trace_line("%02x %s", *in.data, http_conn_phase(&c->http));
        else
            trace_line("-- %s", http_conn_phase(&c->http));
        in = span_skip(in, n);
    } while (in.len > 0);

    http_conn_set_unsent(&c->http, buf_view(&c->stream.unsent).len > 0);
    http_conn_rearm_timer(&c->http, loop_now(loop));
    if (c->http.phase == HTTP_LINGERING) stream_end(&c->stream, loop);
    if (c->http.phase != HTTP_CLOSED) return;
    stream_close(&c->stream, loop);
    http_conn_free(&c->http);
    files_close(&c->file);
    open_count--;
}

static void on_ready(struct watch *w, unsigned events) {
    struct client *c = container_of(w, struct client, stream.watch);
    struct span in = {NULL, 0};
    enum stream_result result = events & LOOP_WRITE
                                    ? stream_flush(&c->stream, loop)
                                    : stream_read(&c->stream, loop, &in);
    if (result == STREAM_LOST || result == STREAM_EOF)
        http_conn_abort(&c->http);
    serve(c, in);
}

static void on_connection(int fd) {
    struct client *c = &clients[fd];
    if (stream_open(&c->stream, loop, fd, LIMIT_UNSENT, on_ready) == -1) return;
    http_conn_init(&c->http, &http);
    c->file.fd = -1;
    open_count++;
    serve(c, (struct span){NULL, 0});
}

static int on_timeout(int64_t now) {
    struct http_conn *due;
    struct stream *stalled;
    while ((due = http_server_pop_due(&http, now)))
        serve(container_of(due, struct client, http), (struct span){NULL, 0});
    while ((stalled = stream_next_stalled(now))) {
        struct client *c = container_of(stalled, struct client, stream);
        http_conn_abort(&c->http);
        serve(c, (struct span){NULL, 0});
    }
    return http_server_wait(&http, now, stream_wait(now, -1));
}

static void on_shutdown(void) {
    http_server_shut(&http);
}

static const struct limit limits[] = {HTTP_LIMITS(LIMIT_ROW)
                                          TCP_LIMITS(LIMIT_ROW){0}};

int main(int argc, char **argv) {
    const char *host = "127.0.0.1", *directory = "lessons";
    uint32_t port = 7401;
    bool is_traced = false;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_TEXT("--root", "DIR", "what it serves", &directory),
        OPTION_TRACE(&is_traced),
        OPTION_LIMITS(limits),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;

    trace_open(is_traced);
    root = files_root(directory);
    if (root == -1) return options_report(directory);
    is_loopback = origin_is_loopback(span_from(host));
    http_server_init(&http);
    loop = loop_open();
    int fd = loop ? listen_announce(host, port) : -1;
    int max_clients = acceptor_descriptors() / 2; /* as many are for files */
    clients = calloc((size_t)max_clients, sizeof *clients);
    if (fd == -1 || !clients ||
        acceptor_open(&listener, loop, fd, max_clients, on_connection) == -1)
        return EXIT_FAILURE;
    return acceptor_run(&listener, on_timeout, on_shutdown, &open_count);
}
