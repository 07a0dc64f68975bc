/*
 * 507_echo_client.c: a Socket.IO client
 *
 * Shows       The other end of 506: connect to a namespace, emit an event, hear
 *             one; four protocols, each opened before the next may speak.
 * Calls       packet for what it says; the rest is that of 409.
 * Run         $ bin/506_echo_server --port 3000 &
 *             $ bin/507_echo_client http://127.0.0.1:3000 hello
 *             $ bin/507_echo_client http://127.0.0.1:3000/custom hello
 * Try         Another namespace, /nope: the server says why not.
 * Limits      It does not reconnect. A client that does, and at once, returns
 *             in step with all the others when a server starts again.
 * Read        the Socket.IO protocol v5, "Sample session"
 */
#include "packets/url.h"
#include "socketio/json.h"
#include "socketio/packet.h"
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

#define TARGET "/socket.io/?EIO=4&transport=websocket"
#define FORM "http://HOST:PORT[/NAMESPACE] [TEXT]"

static int fd, patience = 5000; /* ms without a word */
static struct conn conn;
static struct mask_source masks;
static struct buf out = {.max = 1 << 24};
static struct lines typed = {.held.max = 1 << 16};
static struct span nsp;
static const char *text; /* the argument, until it is sent */
static bool our_turn;    /* connected, and what we sent has been answered */
static bool closing;     /* we have said that we want to */

static _Noreturn void fail(const char *why) {
    fprintf(stderr, "507_echo_client: %s\n", why);
    exit(EXIT_FAILURE);
}

/* The same, with what it was about. */
static _Noreturn void fail_of(const char *why, struct span what) {
    fprintf(stderr, "507_echo_client: %s: %.*s\n", why, (int)what.len,
            (const char *)what.data);
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
                                        .target = TARGET};
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
    return in;
}

/* The argument, or else a line that was typed. False: none yet, or no more. */
static bool next_text(struct span *next) {
    if (!text) return lines_next(&typed, next);
    *next = span_from(text);
    text = NULL;
    return true;
}

/* An Engine.IO message ("4") with a Socket.IO packet in it. */
static void send_packet(enum packet_type type, struct span json) {
    uint8_t head[PACKET_HEAD_MAX];
    struct packet p = {.type = type, .nsp = nsp, .id = -1};
    struct span parts[] = {span_from("4"), {head, packet_head(&p, head)}, json};
    conn_send(&out, FRAME_TEXT, parts, 3, &masks);
}

static void emit_message(struct span bytes) {
    struct buf json = {.max = 1 << 20};
    if (!utf8_valid(bytes.data, bytes.len)) fail_of("not UTF-8", bytes);
    buf_text(&json, "[\"message\",");
    json_write_string(&json, bytes);
    buf_text(&json, "]");
    send_packet(PACKET_EVENT, buf_view(&json));
    buf_free(&json);
}

/* When it is our turn: the next text as an event; or, when there will be no
 * other, goodbye, a packet of Socket.IO and a frame of WebSocket. */
static void speak(void) {
    struct span next;
    if (!our_turn || closing) return;
    if (next_text(&next)) {
        emit_message(next);
        our_turn = false;
    } else if (typed.ended) {
        send_packet(PACKET_DISCONNECT, (struct span){0});
        conn_close(&conn, 1000, &out);
        closing = true;
    }
}

/* What the packets of Socket.IO mean to us. */
static void take_packet(struct span bytes) {
    struct packet p;
    if (packet_parse(&p, bytes, NULL) != 0) fail_of("not Socket.IO", bytes);
    if (!span_equal(p.nsp, nsp)) return;
    if (p.type == PACKET_CONNECT_ERROR) fail_of("refused", p.data);
    if (p.type == PACKET_DISCONNECT) fail_of("disconnected", p.nsp);
    if (p.type == PACKET_CONNECT) our_turn = true;
    /* The event "auth", and what else we did not ask for, is let pass. */
    if (p.type != PACKET_EVENT ||
        !span_equal(p.event, span_from("message-back")))
        return;
    printf("%.*s\n", (int)p.args.len, (const char *)p.args.data);
    our_turn = true;
}

/* A number of the handshake, in ms. What a server says is not believed more
 * than what a client says: digits, and at most an hour. */
static int number(struct span handshake, const char *name) {
    struct span digits = json_member(handshake, name);
    int value = 0;
    if (digits.len == 0) fail_of(name, handshake);
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            fail_of(name, handshake);
        value = value * 10 + digits.data[i] - '0';
        if (value > 3600000) fail_of(name, handshake);
    }
    return value;
}

/* Engine.IO v4: the type of a packet is its first character. The server pings,
 * the client answers; if nothing comes for pingInterval + pingTimeout, the
 * server is not there any more. */
static void take_message(struct span m) {
    struct span data = span_skip(m, m.len > 0), pong = span_from("3");
    switch (m.len > 0 ? m.data[0] : 0) {
    case '0': /* open: now Socket.IO may begin, with CONNECT */
        if (!json_valid(data) || data.data[0] != '{') fail_of("not JSON", data);
        patience = number(data, "pingInterval") + number(data, "pingTimeout");
        send_packet(PACKET_CONNECT, (struct span){0});
        break;
    case '2':
        conn_send(&out, FRAME_TEXT, &pong, 1, &masks);
        break;
    case '4':
        take_packet(data);
        break;
    default:
        fail_of("not a packet that we expect", m);
    }
}

/* False: closed, as was agreed. */
static bool take(struct span in) {
    struct conn_event e;
    while (conn_next(&conn, &in, &e, &out)) {
        if (e.type == CONN_MESSAGE && e.opcode == FRAME_TEXT)
            take_message(e.payload);
        if (e.type != CONN_CLOSED) continue;
        flush_out();
        if (!closing) fail("closed by the server");
        return false;
    }
    return true;
}

int main(int argc, char **argv) {
    static const struct option_row none[] = {OPTION_END};
    struct url url;
    char why[200];
    int done = options_parse_operands(argc, argv, none, 2, FORM);
    if (done >= 0) return done;
    bool good = url_parse(&url, argv[1], "http://") == 0;
    if (good) nsp = span_from(*url.path ? url.path : "/");
    if (!good || nsp.len > LIMIT_NAMESPACE) {
        fprintf(stderr,
                "507_echo_client: '%s' is no such URL; "
                "usage: 507_echo_client " FORM "\n",
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
    conn_init_client(&conn, 1 << 20, &masks);
    text = argv[2];
    typed.ended = text != NULL;
    for (; take(in); in = hear()) {
        speak();
        flush_out();
    }
    close(fd);
    return EXIT_SUCCESS;
}
