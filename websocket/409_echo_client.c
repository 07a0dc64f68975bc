/*
 * 409_echo_client.c: talks to a WebSocket server
 *
 * Shows       The other role: it requests the upgrade, checks the accept, and
 *             masks each frame with a key that nobody can predict.
 * By hand     run: one wait for socket and terminal. The next line waits for
 *             the echo of the last one. back_off: it connects again.
 * Calls       websocket/client.h, tcp/console.h, packets/backoff.h: new here
 * Run         $ bin/408_echo_server --port 7408 &
 *             $ bin/409_echo_client ws://127.0.0.1:7408/ hello
 * Try         Without TEXT, type lines, then end the server with Ctrl-C. With
 *             --reconnect 9, start the server again.
 * Limits      ws:// only, not wss:// (TLS). It expects one echo per message.
 * Read        RFC 6455 §3, §4.1, §5.3, §7.2.3; §10.3: why the key is random
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
static struct url url;
static struct backoff backoff = BACKOFF_DEFAULTS;
static uint32_t timeout_ms = LIMIT_ANSWER_MS, attempts;
static struct span unanswered; /* the line whose echo is due, or data is NULL */
static bool has_lost_line;
static int status = EXIT_FAILURE; /* until the server has agreed */

/* Sends a line as text if it is UTF-8, otherwise as binary. The next line waits
 * for the echo, so neither side collects more than one message. */
static void send_line(struct span line) {
    bool is_text = utf8_valid(line.data, line.len);
    client_send(&client, is_text ? FRAME_TEXT : FRAME_BINARY, &line, 1,
                &console.out);
    unanswered = line;
    console_set_turn(&console, CONSOLE_WAITING, (int)timeout_ms);
}

static void handle(const struct client_event *e) {
    switch (e->type) {
    case CLIENT_MESSAGE:
        terminal_show(e->payload);
        if (console.turn != CONSOLE_WAITING) break;
        unanswered.data = NULL;
        console_set_turn(&console, CONSOLE_READY, -1);
        break;
    case CLIENT_OPENED:
        backoff_reset(&backoff);
        status = has_lost_line ? EXIT_FAILURE : EXIT_SUCCESS;
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

/* Serves one connection until it has ended. RFC 6455 §7.1.1: the server ends
 * TCP first, but this client does not wait for ever. */
static void run(void) {
    struct span data;
    struct client_event e;
    for (;;) {
        enum console_event event = console_wait(&console, &data);
        if (event == CONSOLE_BYTES) { /* the machine replies in console.out */
            while (client_next(&client, &data, &e, &console.out)) handle(&e);
        } else if (event == CONSOLE_LINE) {
            send_line(data);
        } else if (event == CONSOLE_END_OF_INPUT) {
            client_close(&client, 1000, &console.out);
            console_set_turn(&console, CONSOLE_CLOSING, LIMIT_CLOSE_MS);
        } else if (event == CONSOLE_EOF) {
            if (client_eof(&client, &e)) handle(&e);
            return;
        } else {
            if (!client_is_done(&client))
                status = console_report(&console, event);
            return;
        }
    }
}

/* Connects, and serves the connection until it has ended. */
static void connect_once(void) {
    uint8_t seed[CLIENT_SEED];
    struct client_options options = {.host = url.authority,
                                     .target = *url.path ? url.path : "/",
                                     .max_message = LIMIT_WS_MESSAGE};
    uint32_t limit_ms = LIMIT_HANDSHAKE_MS;
    if (timeout_ms < limit_ms) limit_ms = timeout_ms;
    if (!console_connect(&console, url.host, url.port, seed, sizeof seed))
        return;
    client_open(&client, &options, seed, &console.out);
    console_set_turn(&console, CONSOLE_WAITING, (int)limit_ms);
    run();
    client_free(&client);
    console_hang_up(&console);
}

/* Waits before the next attempt. False: there is none. RFC 6455 §7.2.3: clients
 * SHOULD delay each attempt longer, and by a random amount. */
static bool back_off(void) {
    if (console.is_at_end || backoff.attempts >= attempts) return false;
    if (unanswered.data) { /* the server may have read it: once is enough */
        terminal_report("no echo, perhaps lost, not sent again", unanswered);
        has_lost_line = true;
        unanswered.data = NULL;
    }
    console_back_off(&console, &backoff);
    return true;
}

int main(int argc, char **argv) {
    const struct option_row rows[] = {
        OPTION_NUMBER("--reconnect", "N", "attempts", &attempts, 0, 99),
        OPTION_MS("--delay", "before the first attempt", &backoff.delay_ms),
        OPTION_MS("--timeout", "the longest wait for an echo", &timeout_ms),
        OPTION_END,
    };
    int done = options_parse_operands(argc, argv, rows, 2, USAGE);
    if (done >= 0) return done;
    if (url_parse(&url, argv[1], "ws://") != 0)
        return terminal_usage(argv[1], USAGE);
    backoff.max_ms = 5 * backoff.delay_ms;
    console_init(&console, argv[2], LIMIT_WS_MESSAGE,
                 (size_t)2 * LIMIT_WS_MESSAGE);
    do connect_once();
    while (back_off());
    return status;
}
