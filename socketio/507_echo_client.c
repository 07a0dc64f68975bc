/*
 * 507_echo_client.c: a Socket.IO client
 *
 * Shows       The other end of 506: connect to a namespace, emit an event, get
 *             one; four protocols, each opened before the next one begins.
 * By hand     receive_text: Engine.IO. receive_packet, emit_message: Socket.IO.
 * Calls       client and console, as 409 has them; packet, json, open_packet
 * Run         $ bin/506_echo_server --port 3000 &
 *             $ bin/507_echo_client http://127.0.0.1:3000 hello
 * Try         Another namespace, /nope: the server says why not.
 * Limits      It does not reconnect. A client that does must wait before it.
 * Read        the Socket.IO protocol v5, "Sample session"
 */
#include <stdlib.h>

#include "packets/url.h"
#include "socketio/json.h"
#include "socketio/open_packet.h"
#include "socketio/packet.h"
#include "tcp/console.h"
#include "tcp/options.h"
#include "tcp/terminal.h"
#include "websocket/client.h"
#include "websocket/utf8.h"

#define USAGE "http://HOST:PORT[/NAMESPACE] [TEXT]"

static struct console console;
static struct client client;
static struct span nsp, no_json;
static uint32_t timeout_ms = LIMIT_ANSWER_MS;
static int heartbeat_ms; /* 0: Engine.IO is not open yet */
static int status = EXIT_SUCCESS;

/* An Engine.IO message ("4") with a Socket.IO packet in it. */
static void send_packet(enum packet_type type, struct span json) {
    uint8_t head[PACKET_HEAD_MAX];
    struct packet p = {.type = type, .nsp = nsp, .id = -1};
    struct span parts[] = {span_from("4"), {head, packet_head(&p, head)}, json};
    client_send(&client, FRAME_TEXT, parts, 3, &console.out);
}

static void emit_message(struct span line) {
    struct buf json = {.max = LIMIT_WS_MESSAGE};
    if (!utf8_valid(line.data, line.len)) terminal_die("not UTF-8", line);
    buf_text(&json, "[\"message\",");
    json_write_string(&json, line);
    buf_text(&json, "]");
    send_packet(PACKET_EVENT, buf_view(&json));
    buf_free(&json);
    console_set_turn(&console, CONSOLE_WAITING, (int)timeout_ms);
}

/* Twice: a packet of Socket.IO, and a close frame of WebSocket. */
static void say_goodbye(void) {
    send_packet(PACKET_DISCONNECT, no_json);
    client_close(&client, 1000, &console.out);
    console_set_turn(&console, CONSOLE_CLOSING, LIMIT_GOODBYE_MS);
}

/* The event "auth", and what else we did not ask for, is ignored. */
static void receive_packet(struct span text) {
    struct packet p;
    if (packet_parse(&p, text, NULL) != 0) terminal_die("not Socket.IO", text);
    if (!span_equal(p.nsp, nsp)) return;
    if (p.type == PACKET_CONNECT_ERROR) terminal_die("refused", p.data);
    if (p.type == PACKET_DISCONNECT) terminal_die("disconnected", p.nsp);
    bool is_reply =
        p.type == PACKET_EVENT && json_string_equal(p.event, "message-back");
    if (is_reply) terminal_show(p.args);
    if (console.turn == CONSOLE_WAITING &&
        (is_reply || p.type == PACKET_CONNECT))
        console_set_turn(&console, CONSOLE_READY, -1);
}

/* Engine.IO v4: the first character is the type. After the open packet, Socket.IO
 * may begin. The server pings; if it does not for as long as the open packet
 * says, it is not there any more. */
static void receive_text(struct span text) {
    uint8_t type = text.len > 0 ? text.data[0] : '\0';
    struct span data = span_skip(text, text.len > 0), pong = span_from("3");
    if (type == '0' && heartbeat_ms == 0) {
        heartbeat_ms = open_packet_heartbeat_ms(data);
        if (heartbeat_ms < 0) terminal_die("not an open packet", data);
        send_packet(PACKET_CONNECT, no_json);
    } else if (type == '2') {
        client_send(&client, FRAME_TEXT, &pong, 1, &console.out);
    } else if (type == '4' && heartbeat_ms > 0) {
        receive_packet(data);
    } else {
        terminal_die("not a packet that is expected here", text);
    }
    if (type != '4') console_set_silence(&console, heartbeat_ms);
}

static void receive(struct span bytes) {
    struct client_event e;
    while (client_next(&client, &bytes, &e, &console.out)) {
        if (e.type == CLIENT_MESSAGE && e.opcode == FRAME_TEXT)
            receive_text(e.payload);
        if (e.type != CLIENT_CLOSED) continue;
        if (e.why) status = terminal_report(e.why, e.payload);
        console_set_turn(&console, CONSOLE_CLOSING, LIMIT_GOODBYE_MS);
    }
}

/* The connection has ended, or a deadline has passed. */
static int end(enum console_event event) {
    struct client_event e = {.why = "the server did not answer in time"};
    if (client.state == CLIENT_DONE) return status;
    if (event == CONSOLE_FAILED) return options_report("cannot go on");
    if (event == CONSOLE_SILENCE) e.why = "the server has not pinged in time";
    if (event == CONSOLE_EOF) client_eof(&client, &e);
    return terminal_report(e.why, NO_DETAIL);
}

int main(int argc, char **argv) {
    static const struct console_handlers handlers = {receive, emit_message,
                                                     say_goodbye};
    const struct option_row rows[] = {
        OPTION_MS("--timeout", "the longest wait for an answer", &timeout_ms),
        OPTION_END,
    };
    struct url url;
    uint8_t seed[CLIENT_SEED];
    int done = options_parse_operands(argc, argv, rows, 2, USAGE);
    if (done >= 0) return done;
    if (url_parse(&url, argv[1], "http://") != 0 ||
        strlen(url.path) > LIMIT_NAMESPACE)
        return terminal_usage(argv[1], USAGE);
    nsp = span_from(*url.path ? url.path : "/");
    console_start(&console, url.host, url.port, argv[2], LIMIT_WS_MESSAGE / 6,
                  (size_t)2 * LIMIT_WS_MESSAGE, seed, sizeof seed);
    struct client_options options = {url.authority,
                                     "/socket.io/?EIO=4&transport=websocket",
                                     NULL, LIMIT_WS_MESSAGE};
    client_open(&client, &options, seed, &console.out);
    console_set_turn(&console, CONSOLE_WAITING, LIMIT_HANDSHAKE_MS);
    return end(console_run(&console, &handlers));
}
