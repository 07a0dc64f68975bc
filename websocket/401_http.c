/*
 * 401_http.c: an HTTP server for the files below one directory
 *
 * Shows       A request is parsed as it arrives: cut anywhere, or several in
 *             one read. Where one ends is the parser's to say, not recv's.
 * Calls       websocket/http.h, exchange.h, origin.h, tcp/files.h: born here.
 * Run         $ bin/401_http --port 7401 --root . --trace &
 *             $ printf 'GET /none HTTP/1.0\r\n\r\n' | bin/ask 127.0.0.1:7401
 * Try         Leave a request unfinished and count the seconds to the 408.
 * Limits      It only ever answers. To speak first: websocket/403_upgrade.c.
 * Read        RFC 9112 §2, §6, §9; RFC 9110 §9, §15; openat(2)
 */
#include "tcp/acceptor.h"
#include "tcp/files.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/stream.h"
#include "websocket/exchange.h"
#include "websocket/origin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct client {
    struct stream stream;     /* the first member: see ready */
    struct exchange exchange; /* where in its life the connection is */
    unsigned status;          /* of the answer under way */
    struct file file;         /* the answer's body, unless fd is -1 */
};

static struct exchange_times times;
static struct acceptor server = {.refusal = HTTP_FULL};
static struct loop *loop;
static int root; /* the directory that is served */
static int open_clients;
static bool loopback, trace;

static void drop(struct client *c) {
    stream_close(&c->stream, loop);
    exchange_free(&c->exchange);
    files_close(&c->file);
    free(c);
    open_clients--;
}

/* The status to answer a request with; at 200 the file is open. */
static unsigned decide(struct client *c, const struct http_head *h) {
    struct span path = http_path(h->target);
    if (trace) printf("request for %.*s; ", (int)path.len, path.data);
    unsigned refused = origin_check(h, loopback, NULL);
    if (refused) return refused;
    if (!span_equal(h->method, span_from("GET")) && !c->exchange.head_only)
        return 405;
    if (files_open(root, path, &c->file) == 0) return 200;
    if (errno == EMFILE || errno == ENFILE) return 503;
    return errno == ENOENT || errno == ENOTDIR ? 404 : 403;
}

/* Sends the head of the answer; and all of it, if it is no file. */
static bool answer(struct client *c) {
    static struct buf out = {.max = 1024};
    struct file *f = &c->file;
    if (c->exchange.status) { /* a fault, in whatever was to be answered */
        c->status = c->exchange.status;
        files_close(f);
    }
    buf_clear(&out);
    exchange_answer(&c->exchange, &out, c->status, f->fd == -1 ? NULL : f->type,
                    (size_t)f->left);
    if (c->exchange.head_only) files_close(f);
    if (trace) printf("answer %u; ", c->status);
    return stream_send(&c->stream, loop, buf_view(&out)) != STREAM_LOST;
}

/* Does all that can be done with what has come. False: drop it. */
static bool go_on(struct client *c) {
    struct exchange *x = &c->exchange;
    struct http_head h;
    enum exchange_event event;
    do {
        if (x->phase == EXCHANGE_ANSWER && !x->ready) {
            if (c->file.fd != -1 && c->file.left > 0)
                return files_send(&c->file, &c->stream, loop) != STREAM_LOST;
            files_close(&c->file);
            exchange_answered(x);
        }
        event = exchange_next(x, &h);
        if (event == EXCHANGE_REQUEST) c->status = decide(c, &h);
        if (event == EXCHANGE_READY && !answer(c)) return false;
        if (x->phase == EXCHANGE_ENDING) stream_end(&c->stream, loop);
        exchange_keep_time(x, &times, loop_now(loop),
                           buf_view(&c->stream.unsent).len > 0);
    } while (event != EXCHANGE_NOTHING);
    return x->phase != EXCHANGE_OVER;
}

/* The same, and says why, and the phase it is in then. */
static bool run(struct client *c, const char *why) {
    static const char *const phases[] = {"idle",   "head",   "body",
                                         "answer", "ending", "over"};
    if (trace) printf("%-5s ", why);
    bool here = go_on(c);
    if (trace) puts(here ? phases[c->exchange.phase] : "gone");
    if (!here) drop(c);
    return here;
}

/* Traced, each byte is put in as if it had come alone. */
static void take(struct client *c, struct span in) {
    for (size_t n = trace ? 1 : in.len; in.len > 0; in = span_skip(in, n)) {
        char why[8];
        int shown = *in.data > ' ' && *in.data < 0x7F ? *in.data : ' ';
        snprintf(why, sizeof why, "%02x %c", *in.data, shown);
        exchange_put(&c->exchange, (struct span){in.data, n});
        if (!run(c, why)) return;
    }
}

static void ready(struct watch *w, unsigned what) {
    struct client *c = (struct client *)(void *)w;
    struct span in = {NULL, 0};
    enum stream_result result = what & LOOP_WRITE
                                    ? stream_flush(&c->stream, loop)
                                    : stream_read(&c->stream, loop, &in);
    if (result == STREAM_LOST || result == STREAM_EOF)
        drop(c);
    else if (in.len > 0)
        take(c, in);
    else if (result == STREAM_DONE)
        run(c, "sent");
}

static void accepted(int fd) {
    struct client *c = calloc(1, sizeof *c);
    if (!c || stream_open(&c->stream, loop, fd, LIMIT_UNSENT, ready) == -1) {
        free(c);
        close(fd);
        return;
    }
    exchange_init(&c->exchange, STREAM_READ + LIMIT_HTTP_HEAD);
    c->file.fd = -1;
    open_clients++;
    run(c, "new");
}

/* The next client whose deadline has passed, or NULL. */
static struct client *next_late(int64_t now) {
    struct exchange *x = exchange_late(&times, now);
    size_t at = offsetof(struct client, exchange);
    return x ? (struct client *)(void *)((char *)x - at) : NULL;
}

/* Does what is due, and says how long the loop may wait. */
static int late(int64_t now) {
    struct client *c;
    struct stream *stuck;
    while ((c = next_late(now))) run(c, "late");
    while ((stuck = stream_next_stalled(now)))
        drop((struct client *)(void *)stuck);
    return exchange_wait(&times, now, stream_wait(now, -1));
}

/* At the end of time everybody is late. */
static void leave(void) {
    struct client *c;
    while ((c = next_late(INT64_MAX))) drop(c);
}

static const struct limit limits[] = {HTTP_LIMITS(LIMIT_ROW)
                                          STREAM_LIMITS(LIMIT_ROW){0}};

int main(int argc, char **argv) {
    const char *host = "127.0.0.1", *directory = "lessons";
    uint32_t port = 7401;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_TEXT("--root", "DIR", "what it serves", &directory),
        OPTION_FLAG("--trace", "print each state", &trace),
        OPTION_LIMITS(limits),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;

    root = files_root(directory);
    if (root == -1) return perror(directory), EXIT_FAILURE;
    loopback = origin_is_loopback(span_from(host));
    if (trace) setvbuf(stdout, NULL, _IOLBF, 0);
    exchange_times_init(&times);
    loop = loop_open();
    int fd = loop ? listen_announce(host, port) : -1;
    int most = acceptor_descriptors() / 2; /* the other half is for files */
    if (fd == -1 || acceptor_open(&server, loop, fd, most, accepted) == -1)
        return EXIT_FAILURE;
    return acceptor_run(&server, late, leave, &open_clients);
}
