/*
 * 503_engine_server.c: Engine.IO: one session over changing transports
 *
 * Shows       A session that begins with HTTP long-polling, moves to a
 *             WebSocket without losing a packet, and is kept alive by pings.
 *             Every message is sent back.
 * Calls       socketio/engine.h, where all of that is; tcp/ for the sockets.
 * Run         $ bin/503_engine_server --port 7503 &
 *             $ printf 'GET %s HTTP/1.0\r\n\r\n' \
 *               '/engine.io/?EIO=4&transport=polling' | bin/ask 127.0.0.1:7503
 * Try         --ping-interval 1000 --ping-timeout 500, and do not answer.
 * Limits      A message is bytes: who it is for and whether it arrived, the
 *             program would have to write into it: 506_echo_server.c.
 * Read        the Engine.IO protocol v4
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "socketio/engine.h"
#include "tcp/acceptor.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/stream.h"
#include "websocket/conn.h"
#include "websocket/http.h"
#include "websocket/origin.h"

static struct loop *loop;
static struct acceptor listener = {.refusal = HTTP_FULL};
static struct engine *engine;
static struct stream *streams; /* by descriptor: that is the link, too */
static int open_streams;
static uint32_t max_unsent; /* of one peer: then it is dropped */

static void drop(struct stream *s) {
    engine_lost(engine, (uint32_t)s->watch.fd);
    stream_close(s, loop);
    open_streams--;
}

/* All events, then all mail. A peer that is lost makes events of its own; they
 * come at the next turn. */
static void pump(void) {
    struct engine_event e;
    struct mail m;
    while (engine_next(engine, &e, loop_now(loop)))
        if (e.type == ENGINE_MESSAGE)
            engine_send(engine, e.session, e.binary, &e.payload, 1);
    while (engine_mail(engine, &m)) {
        struct stream *s = &streams[m.link];
        if (m.then == MAIL_DROP || stream_send(s, loop, m.bytes) == STREAM_LOST)
            drop(s);
        else if (m.then == MAIL_END)
            stream_end(s, loop);
    }
}

/* Bytes go into the machine as they came, and what it makes of them is told by
 * pump. It need not know how many reads they took. */
static void on_ready(struct watch *w, unsigned what) {
    struct stream *s = (struct stream *)w;
    struct span in = {0};
    enum stream_result r =
        what & LOOP_WRITE ? stream_flush(s, loop) : stream_read(s, loop, &in);
    if (r == STREAM_LOST || r == STREAM_EOF)
        drop(s);
    else if (r == STREAM_DONE && what & LOOP_READ)
        engine_feed(engine, (uint32_t)w->fd, in, loop_now(loop));
    pump();
}

/* The descriptor is the link's number: small, and given anew only after this
 * one is closed. */
static void on_accept(int fd) {
    if (stream_open(&streams[fd], loop, fd, max_unsent, on_ready) == -1) {
        close(fd);
        return;
    }
    engine_accept(engine, (uint32_t)fd, loop_now(loop));
    open_streams++;
}

/* Does what is due, and says how long the loop may wait. */
static int late(int64_t now) {
    struct stream *s;
    while ((s = stream_next_stalled(now))) drop(s);
    pump();
    return engine_wait(engine, now, stream_wait(now, -1));
}

/* Upon SIGTERM: close frames, and answers for the GETs that wait. */
static void leave(void) {
    engine_shut(engine, loop_now(loop));
    pump();
}

static const struct limit limits[] = {HTTP_LIMITS(LIMIT_ROW) CONN_LIMITS(
    LIMIT_ROW) STREAM_LIMITS(LIMIT_ROW) ENGINE_LIMITS(LIMIT_ROW){0}};

int main(int argc, char **argv) {
    struct engine_options o = {.path = "/engine.io/",
                               .ping_interval = 25000,
                               .ping_timeout = 20000,
                               .upgrade_timeout = LIMIT_UPGRADE_MS,
                               .max_payload = LIMIT_HTTP_BODY,
                               .max_sessions = LIMIT_SESSIONS};
    const char *host = "127.0.0.1";
    uint32_t port = 7503;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_MS("--ping-interval", "pong to ping", &o.ping_interval),
        OPTION_MS("--ping-timeout", "ping to pong", &o.ping_timeout),
        OPTION_NUMBER("--max-payload", "BYTES",
                      "of a POST or a WebSocket message", &o.max_payload, 1000,
                      1 << 28),
        OPTION_CORS(&o.origins),
        OPTION_LIMITS(limits),
        OPTION_END,
    };
    int done = options_parse(argc, argv, options);
    if (done >= 0) return done;
    max_unsent = 2 * o.max_payload + LIMIT_UNSENT;
    o.loopback = origin_is_loopback(span_from(host));
    o.max_links = (uint32_t)acceptor_descriptors();
    streams = calloc(o.max_links, sizeof *streams);
    loop = loop_open();
    int fd = listen_announce(host, port);
    if (fd == -1) return 1;
    if (!streams || !loop || io_random(o.seed, sizeof o.seed) == -1 ||
        !(engine = engine_open(&o)) ||
        acceptor_open(&listener, loop, fd, (int)o.max_links, on_accept) == -1) {
        perror("503_engine_server");
        return 1;
    }
    return acceptor_run(&listener, late, leave, &open_streams);
}
