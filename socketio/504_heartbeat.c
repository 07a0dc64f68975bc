/*
 * 504_heartbeat.c: how both ends notice that the other one is gone
 *
 * Shows       The server pings and the client answers. A missing pong tells the
 *             server that the other is gone, a missing ping tells the client.
 * By hand     live: the client's half of the heartbeat.
 * Calls       websocket/client.h, child and talk, as 501
 * Run         $ bin/504_heartbeat
 * Try         $ bin/504_heartbeat --break
 * Limits      507 answers pings while it does something else.
 * Read        the Engine.IO protocol v4, "Heartbeat"
 */
#include "tcp/child.h"
#include "tcp/clock.h"
#include "tcp/io.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "tcp/talk.h"
#include "websocket/client.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>

#define INTERVAL 300 /* ms from a pong to the next ping, as in arguments */
#define TIMEOUT 200  /* ms from a ping to its pong */
#define TARGET "/socket.io/?EIO=4&transport=websocket"

static struct child server;
static struct talk t;
static struct client client;
static struct span in;
static int64_t last_ms; /* when print was called last */

static void open_session(void) {
    const struct client_options o = {"localhost", TARGET, NULL, 65536};
    uint8_t seed[CLIENT_SEED];
    in = (struct span){0};
    talk_open(&t, server.port);
    check(io_random(seed, sizeof seed) == 0, "random numbers");
    client_open(&client, &o, seed, &t.out);
    last_ms = clock_ms();
}

static void close_session(void) {
    client_free(&client);
    talk_close(&t);
}

/* Prints an event, and how many ms after the last one it happened. */
static void print(const char *arrow, struct span text) {
    int64_t now = clock_ms();
    printf("  after %4d ms %s %.*s\n", (int)(now - last_ms), arrow,
           text.len < 50 ? (int)text.len : 50, (const char *)text.data);
    last_ms = now;
}

static void send_text(const char *text) {
    struct span span = span_from(text);
    client_send(&client, FRAME_TEXT, &span, 1, &t.out);
    print("->", span);
}

/* Sends the output and waits for an event. False: none within timeout_ms. */
static bool next_event(struct client_event *e, int timeout_ms) {
    while (!client_next(&client, &in, e, &t.out)) {
        enum talk_result r = talk_next(&t, &in, timeout_ms);
        if (r == TALK_SILENCE) return false;
        if (r == TALK_EOF && client_eof(&client, e)) return true;
    }
    return true;
}

/* Answers the next n pings. With n = 0 it answers none, and waits until the
 * server closes, or until the client has received no ping in time. */
static void live(int n) {
    struct client_event e = {.type = CLIENT_OPENED};
    bool is_silent = n == 0;
    while (n > 0 || is_silent) {
        if (!next_event(&e, INTERVAL + TIMEOUT))
            e = (struct client_event){CLIENT_CLOSED, .why = "no ping: gone"};
        if (e.type == CLIENT_MESSAGE) print("<-", e.payload);
        if (e.type == CLIENT_CLOSED) print("--", span_from(e.why));
        if (e.type == CLIENT_CLOSED) return;
        if (is_silent || !span_equal(e.payload, span_from("2"))) continue;
        send_text("3");
        n--;
    }
}

/* Tries the four mechanisms with similar names, and prints what each does. */
static void print_table(void) {
    struct client_event e = {.type = CLIENT_OPENED};
    int responses = 0, is_on = -1;
    socklen_t len = sizeof is_on;
    talk_open(&t, server.port);
    for (int i = 0; i < 2; i++) {
        buf_text(&t.out, "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        responses += talk_next(&t, &in, -1) == TALK_INPUT;
    }
    talk_close(&t);
    open_session();
    getsockopt(t.fd, SOL_SOCKET, SO_KEEPALIVE, &is_on, &len);
    while (e.type != CLIENT_MESSAGE) next_event(&e, -1);
    client_send(&client, FRAME_PING, NULL, 0, &t.out);
    next_event(&e, TIMEOUT);
    close_session();
    printf("TCP keepalive    asks a kernel: are you there?     %s\n"
           "HTTP keep-alive  asks nobody: the connection stays %d responses\n"
           "WebSocket ping   asks a program: do you read?      %s\n"
           "Engine.IO ping   asks for the session: both ways   each %d ms\n",
           is_on ? "on" : "off", responses,
           e.type == CLIENT_PONG ? "a pong" : "no pong", INTERVAL);
}

int main(int argc, char **argv) {
    static const char *const arguments[] = {"--ping-interval", "300",
                                            "--ping-timeout", "200", NULL};
    bool is_broken = false;
    int status = options_experiment(argc, argv, "the client pings", &is_broken);
    if (status >= 0) return status;
    if (!child_start(&server, argv[0], "506_echo_server", arguments)) return 1;
    puts(is_broken ? "the client pings" : "the client answers twice");
    open_session();
    live(is_broken ? 1 : 2);
    if (is_broken) send_text("2");
    live(0);
    close_session();
    if (is_broken) return puts("What you saw: only the server asks.") == EOF;
    puts("the server is stopped");
    open_session();
    live(1);
    kill(server.pid, SIGSTOP);
    live(0);
    kill(server.pid, SIGCONT);
    close_session();
    print_table();
    puts("What you saw: the server asks, and both learn from the silence.");
    return 0;
}
