/*
 * 401_http.c: an HTTP server for the files below one directory
 *
 * Shows       A request arrives in pieces, or several arrive in one read. The
 *             parser says where a request ends; recv cannot.
 * By hand     What a request leads to: a status, a file, the last response.
 * Calls       websocket/http_conn.h, origin.h, media_type.h, tcp/files.h
 * Run         $ bin/401_http --port 7401 --root . --trace &
 *             $ printf 'GET /none HTTP/1.0\r\n\r\n' | bin/ask 127.0.0.1:7401
 * Try         Leave a request unfinished and count the seconds to the 408.
 * Limits      The server only responds. To speak first: websocket/403_upgrade.c
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

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct client {
    struct stream stream;
    struct http_conn http;
    unsigned status; /* of the response that is due */
    const char *type;
    struct file file; /* the body of that response, unless fd is -1 */
};

static struct http_server http;
static struct acceptor listener = {.refusal = HTTP_FULL};
static struct loop *loop;
static int root, open_count;
static bool is_loopback;

/* Decides the status of the response to a request; for 200, opens the file. */
static unsigned decide(struct client *c, const struct http_head *h) {
    struct span path = http_path(h->target);
    trace_line("request for %.*s", (int)path.len, path.data);
    unsigned refused = origin_check(h, is_loopback, NULL);
    if (refused) return refused;
    if (!span_equal(h->method, span_from("GET")) && !c->http.is_head)
        return 405;
    c->type = media_type(path);
    if (files_open(root, path, &c->file) == 0) return 200;
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) return 503;
    if (errno == EINVAL) return 400;
    return errno == EACCES || errno == ELOOP ? 403 : 404;
}

static void respond(struct client *c, struct span *in, struct buf *out) {
    trace_line("response %u", c->status);
    if (c->status != 200) {
        http_conn_respond_status(&c->http, out, c->status);
        return;
    }
    http_conn_respond_head(&c->http, in, out, 200, c->type, c->file.left);
    if (c->http.is_head) c->file.left = 0;
}

/* Sends the next piece of the file. True: it was all sent before. */
static bool send_file(struct client *c) {
    if (c->file.left > 0) {
        if (files_send(&c->file, &c->stream, loop) == STREAM_LOST)
            http_conn_abort(&c->http);
        return false;
    }
    files_close(&c->file);
    http_conn_finish(&c->http);
    return true;
}

/* Does all that can be done with the input. */
static void receive(struct client *c, struct span in) {
    static struct http_event e;
    static struct buf out = {.max = 4096};
    bool is_event;
    do {
        is_event = http_conn_next(&c->http, &in, &e, &out);
        if (is_event && e.type == HTTP_EVENT_REQUEST)
            c->status = decide(c, &e.head);
        else if (is_event && e.type == HTTP_EVENT_RESPOND)
            respond(c, &in, &out);
        if (stream_send(&c->stream, loop, buf_view(&out)) == STREAM_LOST)
            http_conn_abort(&c->http);
        buf_clear(&out);
    } while (is_event || (c->http.phase == HTTP_RESPONSE && send_file(c)));
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
    free(c);
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
    struct client *c = calloc(1, sizeof *c);
    if (!c || stream_open(&c->stream, loop, fd, LIMIT_UNSENT, on_ready) == -1) {
        free(c);
        close(fd);
        return;
    }
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
    if (fd == -1 ||
        acceptor_open(&listener, loop, fd, max_clients, on_connection) == -1)
        return EXIT_FAILURE;
    return acceptor_run(&listener, on_timeout, on_shutdown, &open_count);
}
