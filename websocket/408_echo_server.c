/*
 * 408_echo_server.c: the WebSocket machine on the event loop
 *
 * Shows       Where a socket and a protocol meet: bytes from tcp/stream.h go
 *             into websocket/peer.h, and what it writes goes out.
 * By hand     echo and finish join the two; on_turn and on_shutdown end them.
 * Calls       peer.h, which is handshake.h and then conn.h; tcp/service.h
 * Run         $ bin/408_echo_server --port 7408 &
 *             $ bin/409_echo_client ws://127.0.0.1:7408/ hello
 * Try         new WebSocket("ws://127.0.0.1:7408") in a browser's console, on
 *             a page of another origin: 403. Then start it with --cors '*'.
 * Limits      It only echoes. Messages to other clients: 506_echo_server.c
 * Read        RFC 6455 §4.2 (handshake), §5.5.1 and §7.1 (closing)
 */
#include <stdlib.h>
#include <time.h>

#include "packets/container.h"
#include "tcp/limits.h"
#include "tcp/options.h"
#include "tcp/service.h"
#include "tcp/trace.h"
#include "websocket/describe.h"
#include "websocket/peer.h"

struct client {
    struct stream stream; /* the socket */
    struct peer peer;     /* the protocol */
};

static struct peers peers; /* limits and timers that all peers share */
static struct loop *loop;
static struct client *clients;  /* by descriptor; an idle one costs its entry */
static uint32_t max_fd;         /* the number of entries in clients */
static struct buf out;          /* what one wake-up sends, in one system call */
static char text[DESCRIBE_MAX]; /* of one line of --trace */

/* Traces the frames in out, with those of the machine, such as pongs. */
static void trace_output(const struct client *c) {
    struct span left = buf_view(&out);
    while (trace_is_on && describe_sent(&left, text))
        trace_peer("->", c->stream.watch.fd, "%s", text);
}

/* Sends the bytes in out, then closes what the peer's state says is over. */
static void finish(struct client *c) {
    trace_output(c);
    if (out.failed ||
        stream_send(&c->stream, loop, buf_view(&out)) == STREAM_LOST)
        peer_free(&c->peer);
    buf_clear(&out);
    if (out.cap > 2 * STREAM_READ) buf_free(&out); /* a large message */
    if (c->peer.state == WS_LINGERING) service_end(&c->stream);
    if (buf_view(&c->stream.unsent).len == 0)
        peer_sent(&c->peer, &peers, loop_now(loop));
    stream_await(&c->stream, loop, peer_is_mid_message(&c->peer));
    if (c->peer.state == WS_CLOSED) service_close(&c->stream, "TCP has ended");
}

static void trace_request(const struct client *c, struct span in) {
    if (trace_is_on && c->peer.state == WS_CONNECTING &&
        describe_request(buf_view(&c->peer.head), in, text))
        trace_peer("<-", c->stream.watch.fd, "%s", text);
}

/* Feeds the bytes to the machine, and sends each message back as it arrived. */
static void echo(struct client *c, struct span in) {
    struct conn_event e;
    trace_request(c, in);
    peers_set_time(&peers, time(NULL));
    while (peer_next(&c->peer, &peers, &in, &e, &out)) {
        if (trace_is_on && describe_event(&e, text))
            trace_peer("<-", c->stream.watch.fd, "%s", text);
        if (e.type == CONN_MESSAGE)
            conn_send(&out, e.opcode, &e.payload, 1, NULL);
    }
    finish(c);
}

static void on_ready(struct stream *s, enum stream_result r, struct span in) {
    struct client *c = container_of(s, struct client, stream);
    bool can_read = r == STREAM_STALLED && buf_view(&s->unsent).len == 0;
    if (can_read)
        peer_end(&c->peer, 1008, &out); /* §7.4.1: tells the client why */
    else if (r != STREAM_DONE)
        peer_free(&c->peer);
    echo(c, in);
}

static void on_connection(int fd) {
    struct client *c = &clients[fd];
    if (service_open(&c->stream, fd, stream_max_unsent(peers.max_message)))
        peer_init(&c->peer, &peers, loop_now(loop));
}

static int on_turn(int64_t now) {
    struct peer *due;
    while ((due = peers_pop_due(&peers, now)))
        echo(container_of(due, struct client, peer), (struct span){0});
    return peers_wait(&peers, now, -1);
}

/* Closes every client with 1001: the server goes away (RFC 6455 §7.4.1). */
static void on_shutdown(void) {
    for (uint32_t fd = 0; fd < max_fd; fd++) {
        struct client *c = &clients[fd];
        if (c->peer.state == WS_CLOSED) continue;
        peer_close(&c->peer, 1001, &out);
        finish(c);
    }
}

int main(int argc, char **argv) {
    static const struct service service = {on_connection, on_ready, on_turn,
                                           on_shutdown, HTTP_FULL};
    static const struct limit limits[] = {
        HTTP_LIMITS(LIMIT_ROW) HANDSHAKE_LIMITS(LIMIT_ROW)
            CONN_LIMITS(LIMIT_ROW) TCP_LIMITS(LIMIT_ROW){0}};
    const char *host = "127.0.0.1", *cors = NULL;
    uint32_t port = 7408, largest = LIMIT_WS_MESSAGE;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_NUMBER("--max-message", "N", "bytes", &largest, 125, 1 << 30),
        OPTION_CORS(&cors),
        OPTION_TRACE(&trace_is_on),
        OPTION_LIMITS(limits),
        OPTION_END};
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    peers_init(&peers, largest, host, cors);
    buf_init(&out, (size_t)largest + (size_t)2 * STREAM_READ);
    max_fd = service_max();
    clients = calloc(max_fd, sizeof *clients);
    int fd = service_listen(&loop, host, port);
    if (fd == -1) return EXIT_FAILURE;
    if (!clients) return options_report("cannot serve");
    return service_run(&service, fd, max_fd);
}
