/*
 * 507_echo_client.c: a Socket.IO client
 *
 * Shows       The other end of 506: connect to a namespace, emit an event, hear
 *             one; four protocols, each opened before the next may speak.
 * Calls       upgrade and conn in the client's role, packet for what they carry.
 * Run         $ bin/506_echo_server --port 3000 &
 *             $ bin/507_echo_client http://127.0.0.1:3000 hello
 *             $ bin/507_echo_client http://127.0.0.1:3000/custom hello
 * Try         Another namespace, /nope: the server says why not.
 * Goes wrong  It does not reconnect. A client that does, and at once, returns
 *             in step with all the others when a server starts again.
 * Read        the Socket.IO protocol v5, "Sample session"
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "socketio/json.h"
#include "socketio/packet.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/serve.h"
#include "websocket/conn.h"
#include "websocket/upgrade.h"
#include "websocket/utf8.h"

#define TARGET "/socket.io/?EIO=4&transport=websocket"
#define PATIENCE 5000 /* ms without a word from the server */

static int fd;
static struct conn conn;
static struct buf out = {.max = 1 << 24};
static struct span nsp;
static const char *text; /* to be sent */
static bool from_stdin;  /* or line by line */
static char line[65536];

static void fail(const char *what, struct span detail) {
    fprintf(stderr, "507_echo_client: %s%s%.*s\n", what, detail.n ? ": " : "",
            (int)detail.n, (const char *)detail.at);
    exit(EXIT_FAILURE);
}

/* RFC 6455 §5.3: a fresh mask for every frame, that nobody can predict. */
static const uint8_t *new_key(void) {
    static uint8_t key[4];
    if (io_random(key, sizeof key) == -1) fail("no randomness", nsp);
    return key;
}

static void flush_out(void) {
    if (out.end > 0 && io_send_all(fd, out.bytes, out.end) == -1)
        fail("the connection is lost", (struct span){0});
    buf_clear(&out);
}

/* An Engine.IO message ("4") with a Socket.IO packet in it. */
static void send_packet(enum packet_type type, struct span json) {
    uint8_t head[PACKET_HEAD_MAX];
    struct packet p = {.type = type, .nsp = nsp, .id = -1};
    struct span parts[] = {span_of("4"), {head, packet_head(&p, head)}, json};
    conn_send(&out, FRAME_TEXT, parts, 3, new_key());
}

static const char *next_text(void) {
    const char *next = text;
    text = NULL;
    if (!from_stdin) return next;
    if (!fgets(line, sizeof line, stdin)) return NULL;
    line[strcspn(line, "\n")] = '\0';
    return line;
}

/* The next text as an event; without one, goodbye: 41 and a close frame. */
static void send_next(void) {
    struct buf json = {.max = 1 << 20};
    const char *next = next_text();
    if (!next) {
        send_packet(PACKET_DISCONNECT, (struct span){0});
        conn_close(&conn, 1000, &out, new_key());
        return;
    }
    struct span bytes = span_of(next);
    if (!utf8_valid(bytes.at, bytes.n)) fail("not UTF-8", bytes);
    buf_text(&json, "[\"message\",");
    json_put_string(&json, bytes);
    buf_text(&json, "]");
    send_packet(PACKET_EVENT, buf_held(&json));
    buf_free(&json);
}

/* What the server's packets mean to us. */
static void take_packet(struct span bytes) {
    struct packet p;
    if (packet_parse(&p, bytes, NULL) != 0) fail("not Socket.IO", bytes);
    if (!span_same(p.nsp, nsp)) return;
    if (p.type == PACKET_CONNECT_ERROR) fail("refused", p.data);
    if (p.type == PACKET_DISCONNECT) fail("disconnected", p.nsp);
    if (p.type == PACKET_EVENT && span_same(p.event, span_of("message-back")))
        printf("%.*s\n", (int)p.args.n, (const char *)p.args.at);
    else if (p.type != PACKET_CONNECT)
        return; /* the event "auth", and what else we did not ask for */
    fflush(stdout);
    send_next();
}

/* Engine.IO v4: the type of a packet is its first character. */
static void take_message(struct span m) {
    struct span pong = span_of("3");
    if (m.n == 0) fail("an empty packet", m);
    if (m.at[0] == '0') send_packet(PACKET_CONNECT, (struct span){0});
    if (m.at[0] == '2') conn_send(&out, FRAME_TEXT, &pong, 1, new_key());
    if (m.at[0] == '4') take_packet(span_skip(m, 1));
}

/* What has come in within PATIENCE; empty at the end of the stream. */
static struct span receive(void) {
    static uint8_t bytes[65536];
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (poll(&p, 1, PATIENCE) == 0)
        fail("no word from the server for 5 s", (struct span){0});
    ssize_t n = io_receive(fd, bytes, sizeof bytes);
    return (struct span){bytes, n > 0 ? (size_t)n : 0};
}

/* RFC 6455 §4.1. Returns what came behind the 101. */
static struct span shake_hands(const char *host) {
    static struct http_head response;
    static struct buf head = {.max = 1 << 17};
    uint8_t nonce[16];
    char accept[UPGRADE_ACCEPT];
    int n = 0;
    if (io_random(nonce, sizeof nonce) == -1)
        fail("no randomness", (struct span){0});
    upgrade_request(&out, host, TARGET, nonce, accept);
    flush_out();
    while (n == 0) {
        uint32_t seen = head.end;
        struct span in = receive();
        if (in.n == 0) fail("the server ends the handshake", in);
        buf_append(&head, in.at, in.n);
        n = http_response(&response, buf_held(&head), seen);
    }
    const char *wrong =
        n < 0 ? "the answer is not HTTP" : upgrade_confirm(&response, accept);
    if (wrong) fail(wrong, (struct span){0});
    return span_skip(buf_held(&head), (size_t)n);
}

/* Until the close frame is answered. */
static void talk(struct span in) {
    struct conn_event e;
    for (;; in = receive()) {
        bool ended = in.n == 0;
        while (conn_next(&conn, &in, &e, &out, new_key())) {
            if (e.type == CONN_MESSAGE && e.opcode == FRAME_TEXT)
                take_message(e.payload);
            if (e.type != CONN_CLOSED) continue;
            flush_out();
            if (e.code != 1000) fail("closed by the server", e.payload);
            return;
        }
        flush_out();
        if (ended) fail("the server ended without a close", in);
    }
}

int main(int argc, char **argv) {
    static const struct serve_option none[] = {SERVE_END};
    char url[600], *host, *port, why[200], name[600];
    int done = serve_options(argc, argv, none, 2,
                             "http://HOST:PORT[/NAMESPACE] [TEXT]");
    if (done >= 0) return done;
    snprintf(url, sizeof url, "%s", argv[1]);
    char *authority = strncmp(url, "http://", 7) == 0 ? url + 7 : url;
    char *slash = strchr(authority, '/');
    nsp = span_of("/");
    if (slash && slash[1]) nsp = span_of(argv[1] + (slash - url));
    if (slash) *slash = '\0';
    snprintf(name, sizeof name, "%s", authority);
    if (connect_split(authority, &host, &port) == -1 ||
        nsp.n > LIMIT_NAMESPACE) {
        fprintf(stderr, "507_echo_client: '%s' is not http://HOST:PORT/...\n",
                argv[1]);
        return 2;
    }
    text = argv[2];
    from_stdin = !text;
    fd = connect_to(host, port, why, sizeof why);
    if (fd == -1) fail(why, (struct span){0});
    struct span rest = shake_hands(name);
    conn_init(&conn, CONN_CLIENT, 1 << 20);
    if (rest.n == 0) rest = receive();
    talk(rest);
    close(fd);
    return EXIT_SUCCESS;
}
