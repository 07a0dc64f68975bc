/*
 * 507_echo_client.c: a Socket.IO client
 *
 * Shows       The other end of 506, and what a client library does: transports,
 *             namespaces, acks, attachments, and connecting again.
 * By hand     turn: a machine that wants up to three connections, joined to
 *             sockets and a terminal. handle: what its events mean here.
 * Calls       socketio/socket_client.h, tcp/dialer.h: introduced here
 * Run         $ bin/506_echo_server --port 3000 &
 *             $ bin/507_echo_client http://127.0.0.1:3000 hello
 * Try         Without TEXT, type hello, or /ack message-with-ack 1, or /binary
 *             message 00ff. With --reconnect 9, restart the server.
 * Limits      What is sent while it is not connected is refused, not kept.
 * Read        the Socket.IO protocol v5, "Sample session"
 */
#include <stdlib.h>

#include "packets/url.h"
#include "socketio/shown.h"
#include "socketio/socket_client.h"
#include "socketio/typed.h"
#include "tcp/clock.h"
#include "tcp/dialer.h"
#include "tcp/options.h"
#include "tcp/terminal.h"

#define USAGE "http://HOST:PORT[/NAMESPACE] [TEXT]"

static struct socket_client io;
static struct socket_client_options o = SOCKET_CLIENT_DEFAULTS;
static struct dialer dialer;
static struct typed typed;           /* the last line that was typed */
static bool is_ready;                /* for the next line */
static int64_t reply_ms = INT64_MAX; /* when a reply is late */
static bool shows_all, has_ended;
static int status = EXIT_SUCCESS;

static void set_ready(bool ready, int64_t until_ms) {
    is_ready = ready;
    reply_ms = until_ms;
}

static void begin_close(int64_t now) {
    set_ready(false, INT64_MAX);
    socket_client_close(&io, now);
}

static void send_line(struct span line, int64_t now) {
    const char *wrong = typed_parse(&typed, line);
    int64_t sent = 0;
    if (!wrong && typed.event.json.len > 0)
        sent = socket_client_emit(&io, 0, &typed.event, now);
    if (sent < 0) wrong = socket_client_explain(sent);
    if (wrong)
        status = terminal_report(wrong, line);
    else if (typed_waits(&typed))
        set_ready(false, now + o.engine.answer_ms);
}

/* Most events are not a reply: 506 sends "auth" to every client. */
static void receive(const struct socket_client_event *e) {
    struct buf text = {.max = BUF_MAX};
    bool is_reply = typed_is_reply(&typed, e) && !is_ready;
    if ((is_reply || shows_all) && shown_event(&text, e, shows_all))
        terminal_show(buf_view(&text));
    buf_free(&text);
    if (is_reply) set_ready(true, INT64_MAX);
    if (e->type == SOCKET_CLIENT_EVENT && e->id >= 0)
        socket_client_ack(&io, e->nsp, e->id, span_from("[]"));
}

static void handle(const struct socket_client_event *e, int64_t now) {
    bool is_reported = io.is_closing && status != EXIT_SUCCESS;
    if (e->why && !is_reported) status = terminal_report(e->why, e->data);
    if (e->type == SOCKET_CLIENT_CONNECTED) {
        status = EXIT_SUCCESS;
        if (e->is_recovered) terminal_show(span_from("recovered"));
        set_ready(true, INT64_MAX);
    } else if (e->type == SOCKET_CLIENT_DISCONNECTED) {
        has_ended = e->retry_ms < 0;
        set_ready(false, INT64_MAX);
    } else if (e->why) { /* refused, disconnected by the server, or no ack */
        begin_close(now);
    } else {
        receive(e);
    }
}

/* Waits for one event of the sockets, the terminal or the clock. The machine
 * turns it into events of its own, and into bytes in its dials. */
static void turn(void) {
    unsigned conn;
    struct span in = {0};
    struct socket_client_event e;
    enum dialer_event event =
        dialer_wait(&dialer, io.engine.dials, ENGINE_CLIENT_CONNS, is_ready,
                    socket_client_due(&io, reply_ms), &conn, &in);
    int64_t now = clock_ms();
    if (event == DIALER_FAILED) exit(options_report("cannot go on"));
    if (event == DIALER_LINE) send_line(in, now);
    if (event == DIALER_END_OF_INPUT) begin_close(now);
    if (event == DIALER_LOST) socket_client_lost(&io, conn, dialer.why, now);
    if (event == DIALER_TIMEOUT) socket_client_expire(&io, now);
    if (event == DIALER_TIMEOUT && reply_ms <= now) {
        status =
            terminal_report("the server did not answer in time", NO_DETAIL);
        begin_close(now);
    }
    if (event != DIALER_BYTES) in.len = 0;
    while (socket_client_next(&io, conn, &in, now, &e)) handle(&e, now);
}

int main(int argc, char **argv) {
    const char *auth = NULL;
    const struct option_row rows[] = {
        OPTION_CHOICE("--transport", "websocket|polling|upgrade",
                      "polling first, then both", &o.engine.transport),
        OPTION_TEXT("--auth", "JSON", "an object, for the server", &auth),
        OPTION_FLAG("--all", "print every event", &shows_all),
        OPTION_NUMBER("--reconnect", "N", "attempts", &o.attempts, 0, 99),
        OPTION_MS("--timeout", "for an answer", &o.engine.answer_ms),
        OPTION_END,
    };
    struct url url;
    uint8_t seed[MASKS_SEED];
    int done = options_parse_operands(argc, argv, rows, 2, USAGE);
    if (done >= 0) return done;
    if (url_parse(&url, argv[1], "http://") != 0)
        return terminal_usage(argv[1], USAGE);
    o.engine.host = url.authority;
    if (dialer_open(&dialer, url.host, url.port, argv[2], 1 << 20, seed,
                    sizeof seed) == -1)
        return options_report("cannot begin");
    socket_client_init(&io, &o, seed);
    if (socket_client_join(&io, *url.path ? url.path : "/", auth, 0) < 0)
        return terminal_usage(auth ? auth : argv[1], USAGE);
    socket_client_open(&io, clock_ms());
    while (!has_ended) turn();
    return status;
}
