/*
 * 408_echo_server.c: the WebSocket machine on the event loop
 *
 * Shows       Where a socket and a protocol meet: bytes from tcp/stream.h go
 *             into websocket/conn.h, and its answers go out. See echo().
 * Calls       upgrade for the handshake, conn for all after it.
 * Run         $ bin/408_echo_server --port 7408 &
 *             $ bin/409_echo_client ws://127.0.0.1:7408/ hello
 * Try         new WebSocket("ws://127.0.0.1:7408") in a browser's console, on
 *             a page of another origin: 403. Then start it with --cors '*'.
 * Limits      It only answers. What one client is to hear of another has to
 *             be kept for the slow ones: socketio/506_echo_server.c.
 * Read        RFC 6455 §4.2 (handshake), §5.5.1 and §7.1 (closing)
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tcp/acceptor.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/stream.h"
#include "websocket/conn.h"
#include "websocket/handshake.h"
#include "websocket/origin.h"

enum peer_state {
    PEER_NONE,
    PEER_HANDSHAKE,
    PEER_OPEN,
    PEER_ENDED, /* our FIN is on its way; theirs is awaited */
};

struct peer {
    struct stream stream; /* the first member: a watch is its peer */
    struct timer timer;   /* first the handshake's, then closing's */
    union {
        struct buf head; /* of the handshake, while it is cut */
        struct conn conn;
    };
    uint8_t state;
};

static const char *host = "127.0.0.1", *cors;
static uint32_t port = 7408, max_message = LIMIT_WS_MESSAGE;
static bool local; /* bound to loopback */

static struct loop *loop;
static struct acceptor listener = {.refusal = HTTP_FULL};
static struct peer *peers; /* by descriptor: an idle one costs its entry */
static int peers_open;
static struct timers handshakes, closings;
static struct buf out; /* what one wake-up sends, in one system call */

static void drop(struct peer *p) {
    timer_stop(&p->timer);
    if (p->state == PEER_OPEN) conn_free(&p->conn);
    if (p->state == PEER_HANDSHAKE) buf_free(&p->head);
    p->state = PEER_NONE;
    stream_close(&p->stream, loop);
    peers_open--;
}

/* Nothing follows. RFC 6455 §7.1.1: the server ends TCP first; it drops the
 * peer if that takes too long. */
static void end(struct peer *p) {
    if (p->state == PEER_OPEN) conn_free(&p->conn);
    if (p->state == PEER_HANDSHAKE) buf_free(&p->head);
    p->state = PEER_ENDED;
    timer_start(&closings, &p->timer, loop_now(loop));
    stream_end(&p->stream, loop);
}

/* Sends what has been collected in out; last: and then ends. */
static void send_out(struct peer *p, bool last) {
    bool lost = out.failed ||
                stream_send(&p->stream, loop, buf_view(&out)) == STREAM_LOST;
    buf_clear(&out);
    if (out.cap > 2 * STREAM_READ) buf_free(&out);
    if (lost)
        drop(p);
    else if (last)
        end(p);
}

/* This is the lesson: bytes in, messages out, each sent back as it came. */
static void echo(struct peer *p, struct span in) {
    struct conn_event e = {0};
    while (conn_next(&p->conn, &in, &e, &out))
        if (e.type == CONN_MESSAGE)
            conn_send(&out, e.opcode, &e.payload, 1, NULL);
    send_out(p, e.type == CONN_CLOSED);
}

/* The handshake may arrive in pieces, and frames right after it. */
static void shake_hands(struct peer *p, struct span in) {
    int agreed = handshake_server_feed(&p->head, &in, &out, local, cors, NULL);
    if (agreed == 0) return;
    if (agreed < 0) {
        send_out(p, true);
        return;
    }
    buf_free(&p->head);
    timer_stop(&p->timer);
    conn_init_server(&p->conn, max_message);
    p->state = PEER_OPEN;
    echo(p, in);
}

static void on_ready(struct watch *w, unsigned what) {
    struct peer *p = (struct peer *)w;
    struct span in = {0};
    enum stream_result r = what & LOOP_WRITE
                               ? stream_flush(&p->stream, loop)
                               : stream_read(&p->stream, loop, &in);
    if (r == STREAM_LOST || r == STREAM_EOF)
        drop(p);
    else if (r == STREAM_DONE && what & LOOP_READ)
        p->state == PEER_OPEN ? echo(p, in) : shake_hands(p, in);
}

static void on_accept(int fd) {
    struct peer *p = &peers[fd];
    *p = (struct peer){.state = PEER_HANDSHAKE, .head.max = LIMIT_HTTP_HEAD};
    if (stream_open(&p->stream, loop, fd, max_message + LIMIT_UNSENT,
                    on_ready) == -1) {
        close(fd);
        p->state = PEER_NONE;
        return;
    }
    timer_start(&handshakes, &p->timer, loop_now(loop));
    peers_open++;
}

/* RFC 6455 §7.4.1: 1001, an endpoint is going away. */
static void leave(void) {
    for (int fd = 0; fd < listener.max_fd; fd++) {
        struct peer *p = &peers[fd];
        if (p->state == PEER_HANDSHAKE) end(p);
        if (p->state != PEER_OPEN) continue;
        conn_close(&p->conn, 1001, &out);
        timer_start(&closings, &p->timer, loop_now(loop));
        send_out(p, false);
    }
}

/* Drops whoever is late, and says how long the loop may wait. */
static int late(int64_t now) {
    struct timer *t;
    struct stream *s;
    while ((t = timers_pop_due(&handshakes, now)) ||
           (t = timers_pop_due(&closings, now)))
        drop((struct peer *)(void *)((char *)t - offsetof(struct peer, timer)));
    while ((s = stream_next_stalled(now))) drop((struct peer *)s);
    int wait = timers_wait(&closings, now, stream_wait(now, -1));
    return timers_wait(&handshakes, now, wait);
}

static const struct limit limits[] = {
    HTTP_LIMITS(LIMIT_ROW) CONN_LIMITS(LIMIT_ROW) STREAM_LIMITS(LIMIT_ROW){0}};

int main(int argc, char **argv) {
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_NUMBER("--max-message", "BYTES", "the largest message",
                      &max_message, 125, 1 << 30),
        OPTION_CORS(&cors),
        OPTION_LIMITS(limits),
        OPTION_END,
    };
    int done = options_parse(argc, argv, options);
    if (done >= 0) return done;

    local = origin_is_loopback(span_from(host));
    out.max = (max_message + 2 * STREAM_READ) & INT32_MAX;
    timers_init(&handshakes, LIMIT_HEAD_MS);
    timers_init(&closings, LIMIT_CLOSING_MS);
    loop = loop_open();
    int most = acceptor_descriptors();
    peers = calloc((size_t)most, sizeof *peers);
    int fd = listen_announce(host, port);
    if (fd == -1) return 1;
    if (!loop || !peers ||
        acceptor_open(&listener, loop, fd, most, on_accept) == -1) {
        perror("408_echo_server");
        return 1;
    }
    return acceptor_run(&listener, late, leave, &peers_open);
}
