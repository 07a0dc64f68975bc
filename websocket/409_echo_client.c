/*
 * 409_echo_client.c: talks to a WebSocket server
 *
 * Shows       The other role: it requests the upgrade, checks the accept, and
 *             masks each frame with a key that nobody can predict.
 * By hand     run: one wait for socket and terminal. send_line and handle: the
 *             next line waits until the echo of the last one has arrived.
 * Calls       websocket/client.h and tcp/console.h, introduced here
 * Run         $ bin/408_echo_server --port 7408 &
 *             $ bin/409_echo_client ws://127.0.0.1:7408/ hello
 * Try         Without TEXT it sends each line that you type. End the server
 *             with Ctrl-C meanwhile: 1001, it is going away.
 * Limits      ws:// only, not wss:// (TLS). It expects one echo per message.
 * Read        RFC 6455 §3, §4.1, §5.3, §7.1.1; §10.3: why the key is random
 */
#include <stdlib.h>

#include "packets/url.h"
#include "tcp/console.h"
#include "tcp/options.h"
#include "tcp/terminal.h"
#include "websocket/client.h"
#include "websocket/utf8.h"

#define USAGE "ws://HOST:PORT/PATH [TEXT]"

static struct console console;
static struct client client;
static uint32_t timeout_ms = LIMIT_ANSWER_MS;
static int status = EXIT_SUCCESS;

/* Sends a line as text if it is UTF-8, otherwise as binary. The next line waits
 * for the echo, so neither side collects more than one message. */
static void send_line(struct span line) {
    bool is_text = utf8_valid(line.data, line.len);
    client_send(&client, is_text ? FRAME_TEXT : FRAME_BINARY, &line, 1,
                &console.out);
    console_set_turn(&console, CONSOLE_WAITING, (int)timeout_ms);
}

/* Sends our close frame. The server replies with its own. */
static void begin_close(void) {
    client_close(&client, 1000, &console.out);
    console_set_turn(&console, CONSOLE_CLOSING, LIMIT_CLOSE_MS);
}

static void handle(const struct client_event *e) {
    switch (e->type) {
    case CLIENT_MESSAGE:
        terminal_show(e->payload);
        if (console.turn != CONSOLE_WAITING) break;
        console_set_turn(&console, CONSOLE_READY, -1);
        break;
    case CLIENT_OPENED:
        console_set_turn(&console, CONSOLE_READY, -1);
        break;
    case CLIENT_CLOSED:
        if (e->why) status = terminal_report(e->why, e->payload);
        console_set_turn(&console, CONSOLE_CLOSING, LIMIT_CLOSE_MS);
        break;
    case CLIENT_PONG:
        break;
    }
}

/* Handles the events in the bytes. The machine replies in console.out. */
static void receive(struct span bytes) {
    struct client_event e;
    while (client_next(&client, &bytes, &e, &console.out)) handle(&e);
}

/* The server has sent its FIN. Returns the exit status. */
static int end_of_stream(void) {
    struct client_event e;
    if (client_eof(&client, &e)) handle(&e);
    return status;
}

/* Returns the exit status when the deadline has passed. RFC 6455 §7.1.1: the
 * server ends TCP first, but this client does not wait for ever. */
static int give_up(void) {
    if (client_is_done(&client)) return status;
    return terminal_report(console.turn == CONSOLE_CLOSING
                               ? "the server did not answer the close"
                               : "the server did not answer in time",
                           NO_DETAIL);
}

static int run(void) {
    for (;;) {
        struct span data;
        switch (console_wait(&console, &data)) {
        case CONSOLE_BYTES:
            receive(data);
            break;
        case CONSOLE_LINE:
            send_line(data);
            break;
        case CONSOLE_END_OF_INPUT:
            begin_close();
            break;
        case CONSOLE_EOF:
            return end_of_stream();
        case CONSOLE_FAILED:
            return client_is_done(&client) ? status
                                           : options_report("cannot go on");
        case CONSOLE_TIMEOUT:
            return give_up();
        }
    }
}

int main(int argc, char **argv) {
    const struct option_row rows[] = {
        OPTION_MS("--timeout", "the longest wait for an echo", &timeout_ms),
        OPTION_END,
    };
    struct url url;
    uint8_t seed[CLIENT_SEED];
    int done = options_parse_operands(argc, argv, rows, 2, USAGE);
    if (done >= 0) return done;
    if (url_parse(&url, argv[1], "ws://") != 0)
        return terminal_usage(argv[1], USAGE);
    console_start(&console, url.host, url.port, argv[2], LIMIT_WS_MESSAGE,
                  (size_t)2 * LIMIT_WS_MESSAGE, seed, sizeof seed);
    struct client_options options = {.host = url.authority,
                                     .target = *url.path ? url.path : "/",
                                     .max_message = LIMIT_WS_MESSAGE};
    client_open(&client, &options, seed, &console.out);
    bool is_short = timeout_ms < LIMIT_HANDSHAKE_MS;
    console_set_turn(&console, CONSOLE_WAITING,
                     is_short ? (int)timeout_ms : LIMIT_HANDSHAKE_MS);
    return run();
}
