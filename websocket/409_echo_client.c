/*
 * 409_echo_client.c: talks to a WebSocket server
 *
 * Shows       The other role: it asks for the upgrade, checks the accept, and
 *             masks each frame with a key that nobody can guess.
 * Calls       upgrade for the handshake, conn in the client's role, tcp/lines.h
 * Run         $ bin/408_echo_server --port 7408 &
 *             $ bin/409_echo_client ws://127.0.0.1:7408/ hello
 * Try         Without a text it sends each line that you type. End the server
 *             with Ctrl-C meanwhile: 1001, it is going away.
 * Limits      It speaks ws://, not wss:// (TLS). And it trusts the server to
 *             echo: one answer is awaited for each message, for ever.
 * Read        RFC 6455 §3, §4.1, §5.3, §7.1.1; §10.3 (why the key is random)
 */
#include "packets/url.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/lines.h"
#include "tcp/options.h"
#include "websocket/conn.h"
#include "websocket/handshake.h"
#include "websocket/masks.h"
#include "websocket/utf8.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATIENCE 5000 /* ms, in the handshake and after our close */
#define FORM "ws://HOST:PORT/PATH [TEXT]"

static int fd, patience = PATIENCE;
static struct conn conn;
static struct mask_source masks;
static struct buf out = {.max = 2 * LIMIT_WS_MESSAGE};
static struct lines typed = {.held.max = LIMIT_WS_MESSAGE};
static const char *text; /* the argument, until it is sent */
static bool our_turn;    /* what we sent last has been answered */
static bool closing;     /* we have said that we want to */

static _Noreturn void fail(const char *why) {
    fprintf(stderr, "409_echo_client: %s\n", why);
    exit(EXIT_FAILURE);
}

static void flush_out(void) {
    struct span held = buf_view(&out);
    if (out.failed) fail("a message is too long");
    if (io_send_all(fd, held.data, held.len) == -1)
        fail("the connection is lost");
    buf_clear(&out);
}

/* Waits for the server; and for you, when it is your turn: so a ping is
 * answered while you think. What the server has said, empty if it was you. */
static struct span hear(void) {
    static uint8_t bytes[65536];
    bool reading = our_turn && !typed.ended;
    struct pollfd p[] = {
        {.fd = fd, .events = POLLIN},
        {.fd = reading ? STDIN_FILENO : -1, .events = POLLIN}, /* -1: skipped */
    };
    if (poll(p, 2, patience) == 0) fail("the server says nothing");
    if (p[1].revents && !lines_read(&typed, STDIN_FILENO))
        fail("a line is too long");
    if (!p[0].revents) return (struct span){0};
    ssize_t n = io_recv(fd, bytes, sizeof bytes);
    if (n <= 0) fail("the server ended the connection, without a close frame");
    return (struct span){bytes, (size_t)n};
}

/* RFC 6455 §4.1. Returns what came behind the 101: frames already. */
static struct span shake_hands(const struct url *url) {
    static struct buf head = {.max = LIMIT_HTTP_HEAD};
    struct handshake_request request = {.host = url->authority,
                                        .target = *url->path ? url->path : "/"};
    char why[HANDSHAKE_WHY];
    struct span in;
    int agreed;
    if (io_random(request.nonce, sizeof request.nonce) == -1)
        fail("no randomness");
    handshake_write_request(&out, &request);
    flush_out();
    do {
        in = hear();
        agreed = handshake_client_feed(&head, &in, &request, why);
    } while (agreed == 0);
    if (agreed == -1) fail(why);
    patience = -1; /* from here on we wait for ever */
    return in;
}

/* The argument, or else a line that was typed. False: none yet, or no more. */
static bool next_text(struct span *next) {
    if (!text) return lines_next(&typed, next);
    *next = span_from(text);
    text = NULL;
    return true;
}

/* When it is our turn: sends a message, as a text if it is one; or, when there
 * will be no other, the close frame. */
static void speak(void) {
    struct span next;
    if (!our_turn || closing) return;
    if (next_text(&next)) {
        bool is_text = utf8_valid(next.data, next.len);
        conn_send(&out, is_text ? FRAME_TEXT : FRAME_BINARY, &next, 1, &masks);
        our_turn = false;
    } else if (typed.ended) {
        conn_close(&conn, 1000, &out);
        closing = true;
        patience = PATIENCE;
    }
}

/* False: closed, as was agreed. */
static bool take(struct span in) {
    struct conn_event e;
    while (conn_next(&conn, &in, &e, &out)) {
        if (e.type == CONN_MESSAGE) {
            fwrite(e.payload.data, 1, e.payload.len, stdout);
            putchar('\n');
            our_turn = true;
        }
        if (e.type != CONN_CLOSED) continue;
        flush_out();
        if (closing) return false;
        fprintf(stderr, "409_echo_client: closed, code %u%s%.*s\n", e.code,
                e.payload.len > 0 ? ": " : "", (int)e.payload.len,
                (const char *)e.payload.data);
        exit(EXIT_FAILURE);
    }
    return true;
}

/* RFC 6455 §7.1.1: it is the server that ends TCP first; but not for ever. */
static void await_end(void) {
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char rest[512];
    while (poll(&p, 1, PATIENCE) == 1 && io_recv(fd, rest, sizeof rest) > 0)
        continue;
}

int main(int argc, char **argv) {
    static const struct option_row none[] = {OPTION_END};
    struct url url;
    char why[200];
    int done = options_parse_operands(argc, argv, none, 2, FORM);
    if (done >= 0) return done;
    if (url_parse(&url, argv[1], "ws://") != 0) {
        fprintf(stderr,
                "409_echo_client: '%s' is no such URL; "
                "usage: 409_echo_client " FORM "\n",
                argv[1]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* each line at once, even to a pipe */
    fd = connect_to(url.host, url.port, why, sizeof why);
    if (fd == -1) fail(why);
    struct span in = shake_hands(&url);
    uint8_t seed[MASKS_SEED];
    if (io_random(seed, sizeof seed) == -1) fail("no randomness");
    masks_init(&masks, seed);
    conn_init_client(&conn, LIMIT_WS_MESSAGE, &masks);
    text = argv[2];
    typed.ended = text != NULL;
    our_turn = true;
    for (; take(in); in = hear()) {
        speak();
        flush_out();
    }
    await_end();
    close(fd);
    return EXIT_SUCCESS;
}
