/*
 * 409_echo_client.c: talks to a WebSocket server
 *
 * Shows       The other role: it asks for the upgrade, checks the accept, and
 *             masks each frame with a key that nobody can guess.
 * Calls       upgrade for the handshake, conn in the client's role, tcp/io.h
 * Run         $ bin/408_echo_server --port 7408 &
 *             $ bin/409_echo_client ws://127.0.0.1:7408/ hello
 * Try         Without a text it sends each line that you type. End the server
 *             with Ctrl-C meanwhile: 1001, it is going away.
 * Goes wrong  It speaks ws://, not wss:// (TLS). And it trusts the server to
 *             echo: one answer is awaited for each message, for ever.
 * Read        RFC 6455 §3, §4.1, §5.3, §7.1.1; §10.3 (why the key is random)
 */
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/serve.h"
#include "websocket/conn.h"
#include "websocket/upgrade.h"
#include "websocket/utf8.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATIENCE 5000 /* ms, in the handshake and after our close */
#define CHUNK 4096    /* bytes of input at once */
#define FORM "ws://HOST:PORT/PATH [TEXT]"

static int fd;
static struct conn conn;
static struct buf out = {.max = LIMIT_WS_MESSAGE + 16 * CHUNK};
static struct buf typed = {.max = LIMIT_WS_MESSAGE + CHUNK}; /* not sent yet */
static bool all_typed, closing;
static unsigned awaited; /* messages not answered yet */

static _Noreturn void fail(const char *why) {
    fprintf(stderr, "409_echo_client: %s\n", why);
    exit(EXIT_FAILURE);
}

/* RFC 6455 §5.3: from a strong source of entropy, another for each frame. */
static const uint8_t *new_key(void) {
    static uint8_t key[4];
    if (io_random(key, sizeof key) == -1) fail("no randomness");
    return key;
}

static void flush_out(void) {
    struct span held = buf_held(&out);
    if (out.failed) fail("a message is too long");
    if (io_send_all(fd, held.at, held.n) == -1) fail("the connection is lost");
    buf_clear(&out);
}

static bool comes_within(int ms) {
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, ms) == 1;
}

/* What has come; empty at the end of the stream. */
static struct span receive(void) {
    static uint8_t bytes[65536];
    ssize_t n = io_receive(fd, bytes, sizeof bytes);
    return (struct span){bytes, n > 0 ? (size_t)n : 0};
}

/* RFC 6455 §4.1. Returns what came behind the 101: frames already. */
static struct span shake_hands(const char *host, const char *target) {
    static struct http_head response;
    static struct buf head = {.max = 1 << 17};
    uint8_t nonce[16];
    char accept[UPGRADE_ACCEPT];
    int n = 0;
    if (io_random(nonce, sizeof nonce) == -1) fail("no randomness");
    upgrade_request(&out, host, target, nonce, accept);
    flush_out();
    while (n == 0) {
        uint32_t seen = head.end;
        if (!comes_within(PATIENCE)) fail("no answer to the handshake");
        struct span in = receive();
        if (in.n == 0) fail("the server ended the handshake");
        buf_append(&head, in.at, in.n);
        n = http_response(&response, buf_held(&head), seen);
    }
    const char *wrong =
        n < 0 ? "the answer is not HTTP" : upgrade_confirm(&response, accept);
    if (n > 0 && response.status != 101) {
        static char refused[40];
        snprintf(refused, sizeof refused, "refused, status %u",
                 response.status);
        wrong = refused;
    }
    if (wrong) fail(wrong);
    return span_skip(buf_held(&head), (size_t)n);
}

/* As a text, if it is one. */
static void send_message(struct span m) {
    unsigned opcode = utf8_valid(m.at, m.n) ? FRAME_TEXT : FRAME_BINARY;
    conn_send(&out, opcode, &m, 1, new_key());
    awaited++;
}

/* Each whole line, and at the end of the input what is left, is a message. */
static void send_typed(void) {
    struct span held;
    uint8_t *to = buf_room(&typed, CHUNK), *end;
    if (!to) fail("a line is too long");
    ssize_t n = read(STDIN_FILENO, to, CHUNK);
    if (n > 0) typed.end += (uint32_t)n;
    all_typed = n <= 0;
    while ((held = buf_held(&typed)).at && held.n > 0) {
        end = memchr(held.at, '\n', held.n);
        if (!end && !all_typed) return;
        held.n = end ? (size_t)(end - held.at) : held.n;
        send_message(held);
        buf_take(&typed, held.n + (end ? 1 : 0));
    }
}

/* False: closed, as was agreed. */
static bool take(struct span in) {
    struct conn_event e;
    while (conn_next(&conn, &in, &e, &out, new_key())) {
        if (e.type == CONN_MESSAGE) {
            fwrite(e.payload.at, 1, e.payload.n, stdout);
            putchar('\n');
            if (awaited > 0) awaited--;
        }
        if (e.type != CONN_CLOSED) continue;
        flush_out();
        if (closing) return false;
        fprintf(stderr, "409_echo_client: closed, code %u%s%.*s\n", e.code,
                e.payload.n > 0 ? ": " : "", (int)e.payload.n,
                (const char *)e.payload.at);
        exit(EXIT_FAILURE);
    }
    return true;
}

/* Waits for the server, or for input if all that was sent is answered: so
 * pings are answered while you think. True: the server has said something. */
static bool wait_for_either(void) {
    struct pollfd p[] = {{.fd = fd, .events = POLLIN},
                         {.fd = STDIN_FILENO, .events = POLLIN}};
    if (all_typed || awaited > 0) p[1].fd = -1; /* poll skips it */
    if (poll(p, 2, closing ? PATIENCE : -1) == 0)
        fail("no answer to our close");
    if (p[1].revents) send_typed();
    return p[0].revents;
}

static void talk(struct span in) {
    while (take(in)) {
        if (all_typed && awaited == 0 && !closing) {
            conn_close(&conn, 1000, &out, new_key());
            closing = true;
        }
        flush_out();
        in.n = 0;
        if (!wait_for_either()) continue;
        in = receive();
        if (in.n == 0) fail("the server ended the connection, no close frame");
    }
    /* RFC 6455 §7.1.1: it is the server that ends TCP first. */
    while (comes_within(PATIENCE) && receive().n > 0) continue;
}

int main(int argc, char **argv) {
    static const struct serve_option none[] = {SERVE_END};
    char url[600], name[600], *host, *port, why[200];
    int done = serve_options(argc, argv, none, 2, FORM);
    if (done >= 0) return done;
    snprintf(url, sizeof url, "%s", argv[1]);
    char *authority = url + 5, *slash = NULL;
    bool good = strncmp(url, "ws://", 5) == 0 && !strchr(url, '#');
    if (good) {
        slash = strchr(authority, '/');
        if (slash) *slash = '\0';
        snprintf(name, sizeof name, "%s", authority);
        good = connect_split(authority, &host, &port) == 0;
    }
    if (!good) {
        fprintf(stderr,
                "409_echo_client: '%s' is no such URL; usage: "
                "409_echo_client " FORM "\n",
                argv[1]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    fd = connect_to(host, port, why, sizeof why);
    if (fd == -1) fail(why);
    struct span rest = shake_hands(name, slash ? argv[1] + (slash - url) : "/");
    conn_init(&conn, CONN_CLIENT, LIMIT_WS_MESSAGE);
    if (argv[2]) {
        send_message(span_of(argv[2]));
        all_typed = true;
    }
    talk(rest);
    close(fd);
    return EXIT_SUCCESS;
}
