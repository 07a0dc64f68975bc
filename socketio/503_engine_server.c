/*
 * 503_engine_server.c: Engine.IO: one session over changing transports
 *
 * Shows       A session that begins with HTTP long-polling, moves to a
 *             WebSocket without losing a packet, and is kept alive by pings.
 * By hand     receive, deliver, after_turn: a machine, sockets and a clock.
 * Calls       socketio/engine.h for the protocol, tap.h for --trace;
 *             tcp/service.h for the sockets.
 * Run         $ bin/503_engine_server --port 7503 &
 *             $ printf 'GET %s HTTP/1.0\r\n\r\n' \
 *               '/engine.io/?EIO=4&transport=polling' | bin/ask 127.0.0.1:7503
 * Try         bin/upgrade 127.0.0.1:7503, then with --break on the server.
 * Limits      A message is only bytes: events are in 506_echo_server.c.
 * Read        the Engine.IO protocol v4
 */
#include <stdlib.h>
#include <time.h>

#include "socketio/engine_limits.h"
#include "tcp/io.h"
#include "tcp/limits.h"
#include "tcp/options.h"
#include "tcp/service.h"
#include "tcp/trace.h"
#include "websocket/origin.h"

static struct loop *loop;
static struct engine *engine;
static struct stream *streams; /* by descriptor, which is the conn id, too */
static struct tap tap = TAP_EMPTY; /* what --trace prints */
static size_t max_unsent; /* bytes for one peer; with more it is dropped */

static void drop(struct stream *s, const char *why) {
    engine_lost(engine, (uint32_t)s->watch.fd);
    service_close(s, why);
}

/* The application: every message is sent back. */
static void handle_events(void) {
    struct engine_event e;
    struct tap_record r;
    char text[TAP_TEXT_SIZE];
    while (engine_next(engine, &e))
        if (e.type == ENGINE_MESSAGE)
            engine_send(engine, e.session, e.is_binary, &e.payload, 1);
    while (tap_next(&tap, &r))
        trace_peer(tap_arrow(&r), (int)r.conn, "%s", tap_describe(&r, text));
}

/* Sends what the machine has written: for each connection in one piece. */
static void deliver(void) {
    struct outgoing o;
    handle_events(); /* those of sessions that have ended */
    while (engine_outgoing(engine, &o)) {
        struct stream *s = &streams[o.conn];
        enum stream_result result = STREAM_LOST;
        if (o.then != OUTBOX_DROP) result = stream_send(s, loop, o.bytes);
        if (o.then == OUTBOX_END && result != STREAM_LOST) service_end(s);
        if (result == STREAM_DONE) engine_sent(engine, o.conn, loop_now(loop));
        if (result == STREAM_LOST) drop(s, "by the server, or lost");
    }
}

/* The machine consumes a fair share of the input; the stream keeps the rest. */
static void receive(struct stream *s, struct span in) {
    engine_set_clock(engine, time(NULL));
    engine_feed(engine, (uint32_t)s->watch.fd, in, loop_now(loop));
    handle_events();
    struct span rest = engine_end_feed(engine);
    if ((rest.len > 0 || s->kept) && stream_keep(s, loop, rest) == STREAM_LOST)
        drop(s, "out of memory");
}

static void on_ready(struct stream *s, enum stream_result r, struct span in) {
    if (r == STREAM_DONE && in.len > 0) receive(s, in);
    if (r == STREAM_DONE && in.len == 0)
        engine_sent(engine, (uint32_t)s->watch.fd, loop_now(loop));
    if (r == STREAM_LOST) drop(s, "reset, or too much unsent");
    if (r == STREAM_STALLED) drop(s, "it does not read");
    if (r == STREAM_EOF) drop(s, "the client has sent its FIN");
    deliver();
}

static void on_connection(int fd) {
    if (service_open(&streams[fd], fd, max_unsent))
        engine_accept(engine, (uint32_t)fd, loop_now(loop));
}

/* Ends a turn: feeds input that was kept, and judges time-outs after that, so
 * that no pong is still unread. Returns how long the loop may wait. */
static int after_turn(int64_t now) {
    struct stream *s;
    struct span in;
    while ((s = stream_next_kept(&in))) receive(s, in);
    engine_expire(engine, now);
    deliver();
    return stream_is_behind() ? 0 : engine_wait(engine, now, -1);
}

static void on_shutdown(void) {
    engine_shut(engine, loop_now(loop));
}

int main(int argc, char **argv) {
    static const struct limit limits[] = {ENGINE_ALL_LIMITS(LIMIT_ROW)
                                              TCP_LIMITS(LIMIT_ROW){0}};
    static const struct service service = {on_connection, on_ready, after_turn,
                                           on_shutdown, HTTP_FULL};
    struct engine_options o = ENGINE_DEFAULTS("/engine.io/");
    const char *host = "127.0.0.1";
    uint32_t port = 7503;
    const struct option_row options[] = {
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_MS("--ping-interval", "pong to ping", &o.ping_interval),
        OPTION_MS("--ping-timeout", "ping to pong", &o.ping_timeout),
        OPTION_FLAG("--break", "wrong: no 6 for a GET", &o.omits_noop),
        OPTION_CORS(&o.origins),
        OPTION_TRACE(&trace_is_on),
        OPTION_LIMITS(limits),
        OPTION_END,
    };
    int done = options_parse(argc, argv, options);
    if (done >= 0) return done;
    max_unsent = stream_max_unsent(engine_max_reply(o.max_payload));
    o.tap = trace_is_on ? &tap : NULL;
    o.is_loopback = origin_is_loopback(span_from(host));
    o.max_conns = service_max();
    streams = calloc(o.max_conns, sizeof *streams);
    int fd = service_listen(&loop, host, port);
    if (fd == -1) return EXIT_FAILURE;
    if (io_random(o.seed, sizeof o.seed) == 0) engine = engine_open(&o);
    if (!streams || !engine) return options_report("cannot serve");
    return service_run(&service, fd, o.max_conns);
}
