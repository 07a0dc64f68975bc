/*
 * 501_not_websocket.c: Socket.IO is a protocol of its own
 *
 * Shows       A client that knows only WebSocket can connect to a Socket.IO
 *             server. But without "40" the server closes its connection.
 * By hand     The texts that a client of Socket.IO sends over its WebSocket.
 * Calls       websocket/client.h; child and talk of 411
 * Run         $ bin/501_not_websocket
 * Try         $ bin/501_not_websocket --send '420["message-with-ack",7]'
 * Limits      It answers no ping: 504. The digits: 505.
 * Read        the Socket.IO protocol v5, "Connection to a namespace"
 */
#include "tcp/child.h"
#include "tcp/io.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "tcp/talk.h"
#include "websocket/client.h"

#include <stdio.h>

#define TARGET "/socket.io/"
#define QUERY "?EIO=4&transport=websocket"
#define CONNECT_TIMEOUT_MS "500" /* how long the server waits for "40" */
#define SILENCE_MS 2000          /* how long this client waits for a message */

static struct child server;

/* Opens a WebSocket. Sends one of texts, whose last is NULL, after each message
 * from the server. Prints both, and how the connection ends. Returns how many
 * messages the server has sent. */
static int talk(const char *target, const char *const texts[]) {
    static struct talk t;
    struct client client;
    struct client_options o = {"localhost", target, NULL, LIMIT_WS_MESSAGE};
    struct client_event e;
    struct span in = {0};
    uint8_t seed[CLIENT_SEED];
    int messages = 0;
    talk_open(&t, server.port);
    check(io_random(seed, sizeof seed) == 0, "random numbers");
    client_open(&client, &o, seed, &t.out);
    while (!client_is_done(&client)) {
        if (!client_next(&client, &in, &e, &t.out)) {
            enum talk_result result = talk_next(&t, &in, SILENCE_MS);
            if (result == TALK_SILENCE) {
                printf("  no message for %d ms\n", SILENCE_MS);
                break;
            }
            if (result == TALK_INPUT || !client_eof(&client, &e)) continue;
        }
        if (e.type == CLIENT_CLOSED)
            printf("  %s\n", e.why ? e.why : "closed, as the client wanted");
        if (e.type != CLIENT_MESSAGE) continue;
        messages++;
        printf("  <- %.*s\n", e.payload.len < 60 ? (int)e.payload.len : 60,
               (const char *)e.payload.data);
        if (!*texts) continue;
        struct span text = span_from(*texts++);
        if (text.len == 0) continue; /* "": wait for one more message */
        printf("  -> %s\n", (const char *)text.data);
        client_send(&client, FRAME_TEXT, &text, 1, &t.out);
        if (span_equal(text, span_from("41")))
            client_close(&client, 1000, &t.out);
    }
    client_free(&client);
    talk_close(&t);
    return messages;
}

int main(int argc, char **argv) {
    static const char *const arguments[] = {"--connect-timeout",
                                            CONNECT_TIMEOUT_MS, NULL};
    const char *event = "42[\"message\",\"hi\"]";
    const struct option_row options[] = {
        OPTION_TEXT("--send", "TEXT", "after 40", &event), OPTION_END};
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    if (!child_start(&server, argv[0], "506_echo_server", arguments)) return 1;
    puts("1. a WebSocket to " TARGET);
    int before = talk(TARGET, (const char *[]){NULL});
    puts("2. to " TARGET QUERY ", and a greeting");
    before += talk(TARGET QUERY, (const char *[]){"hello", NULL});
    puts("3. the same, and silence for " CONNECT_TIMEOUT_MS " ms");
    before += talk(TARGET QUERY, (const char *[]){NULL});
    puts("4. the same, and 40");
    int after =
        talk(TARGET QUERY, (const char *[]){"40", event, "", "41", NULL});
    printf(
        "What you saw: three plain clients got %d messages and were cut off; "
        "one that knew what to say got %d.\n",
        before, after);
    return 0;
}
