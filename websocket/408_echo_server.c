/*
 * 408_echo_server.c: the WebSocket machine on the event loop
 *
 * Shows       Where a socket and a protocol meet: bytes from tcp/stream.h go
 *             into websocket/peer.h, and what it writes goes out.
 * By hand     echo and finish join the two; on_timeout and on_shutdown end them.
 * Calls       peer.h, which is handshake.h and then conn.h; tcp/acceptor.h
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
#include "tcp/acceptor.h"
#include "tcp/limits.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/stream.h"
#include "tcp/trace.h"
#include "websocket/close_code.h"
#include "websocket/peer.h"

struct client {
    struct stream stream; /* the socket */
    struct peer peer;     /* the protocol */
};

static struct peers peers; /* what they share */
static struct loop *loop;
static struct acceptor listener = {.refusal = HTTP_FULL};
static struct client *clients; /* by descriptor; an idle one costs its entry */
static int open_count;
static struct buf out; /* what one wake-up sends, in one system call */

/* Sends what was collected in out, and does what the peer's state says. */
static void finish(struct client *c) {
    if (out.failed ||
        stream_send(&c->stream, loop, buf_view(&out)) == STREAM_LOST)
        peer_free(&c->peer);
    buf_clear(&out);
    if (out.cap > 2 * STREAM_READ) buf_free(&out);
    if (c->peer.state == PEER_ENDING) stream_end(&c->stream, loop);
    if (buf_view(&c->stream.unsent).len == 0)
        peer_sent(&c->peer, &peers, loop_now(loop));
    stream_await(&c->stream, loop, peer_is_mid_message(&c->peer));
    if (c->peer.state != PEER_CLOSED) return;
    trace_closed(c->stream.watch.fd, "TCP has ended");
    stream_close(&c->stream, loop);
    open_count--;
}

/* This is the lesson: bytes in, messages out, each sent back as it arrived. */
static void echo(struct client *c, struct span in) {
    struct conn_event e;
    int fd = c->stream.watch.fd;
    if (c->peer.state == PEER_HANDSHAKE) peers_set_time(&peers, time(NULL));
    while (peer_next(&c->peer, &peers, &in, &e, &out))
        if (e.type == CONN_MESSAGE) {
            trace_peer("<-", fd, "ws %zu B, sent back", e.payload.len);
            conn_send(&out, e.opcode, &e.payload, 1, NULL);
        } else if (e.type == CONN_CLOSED) {
            trace_peer(e.is_failure ? "->" : "<-", fd, "ws close %u %s", e.code,
                       close_code_meaning(e.code));
        }
    finish(c);
}

static void on_ready(struct watch *w, unsigned events) {
    struct client *c = container_of(w, struct client, stream.watch);
    struct span in = {0};
    enum stream_result result = events & LOOP_WRITE
                                    ? stream_flush(&c->stream, loop)
                                    : stream_read(&c->stream, loop, &in);
    if (result == STREAM_LOST || result == STREAM_EOF) peer_free(&c->peer);
    if (result != STREAM_AGAIN) echo(c, in);
}

static void on_connection(int fd) {
    struct client *c = &clients[fd];
    if (stream_open(&c->stream, loop, fd, stream_max_unsent(peers.max_message),
                    on_ready) == -1)
        return;
    trace_connected(fd);
    peer_init(&c->peer, &peers, loop_now(loop));
    open_count++;
}

/* No progress: a peer that reads learns why, 1008 (§7.4.1). */
static void end_stalled(struct client *c) {
    if (buf_view(&c->stream.unsent).len > 0)
        peer_free(&c->peer);
    else
        peer_end(&c->peer, 1008, &out);
    finish(c);
}

static int on_timeout(int64_t now) {
    struct peer *late;
    struct stream *stalled;
    while ((late = peers_pop_due(&peers, now)))
        echo(container_of(late, struct client, peer), (struct span){0});
    while ((stalled = stream_next_stalled(now)))
        end_stalled(container_of(stalled, struct client, stream));
    return peers_wait(&peers, now, stream_wait(now, -1));
}

/* RFC 6455 §7.4.1: 1001, an endpoint is going away. */
static void on_shutdown(void) {
    for (int fd = 0; fd < listener.max_fd; fd++) {
        if (clients[fd].peer.state == PEER_CLOSED) continue;
        peer_close(&clients[fd].peer, 1001, &out);
        finish(&clients[fd]);
    }
}

static const struct limit limits[] = {HTTP_LIMITS(LIMIT_ROW) HANDSHAKE_LIMITS(
    LIMIT_ROW) CONN_LIMITS(LIMIT_ROW) TCP_LIMITS(LIMIT_ROW){0}};

int main(int argc, char **argv) {
    const char *host = "127.0.0.1", *cors = NULL;
    uint32_t port = 7408, largest = LIMIT_WS_MESSAGE;
    bool is_traced = false;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_NUMBER("--max-message", "N", "bytes", &largest, 125, 1 << 30),
        OPTION_CORS(&cors),
        OPTION_TRACE(&is_traced),
        OPTION_LIMITS(limits),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    trace_open(is_traced);
    peers_init(&peers, largest, host, cors);
    buf_init(&out, (size_t)largest + (size_t)2 * STREAM_READ);
    loop = loop_open();
    int max_fd = acceptor_descriptors();
    clients = calloc((size_t)max_fd, sizeof *clients);
    int fd = listen_announce(host, port);
    if (fd == -1) return EXIT_FAILURE;
    if (!loop || !clients ||
        acceptor_open(&listener, loop, fd, max_fd, on_connection) == -1)
        return options_report("cannot serve");
    return acceptor_run(&listener, on_timeout, on_shutdown, &open_count);
}
