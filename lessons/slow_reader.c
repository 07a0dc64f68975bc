/*
 * slow_reader.c: what a client of 410 that does not read costs the others
 *
 *   $ bin/410_chat --port 7411 &
 *   $ bin/slow_reader 127.0.0.1:7411
 *
 * Ann, Ben and Cat are in one channel. Ben stops reading. Ann sends lines until
 * he has left, at most ROUNDS. Cat reads each line before Ann sends the next
 * one. In the end Ben reads what the kernels and the server have kept for him.
 */
#include "packets/url.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "websocket/conn.h"
#include "websocket/masks.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    LINE = 1900,    /* bytes of a line */
    ROUNDS = 20000, /* at most */
};

static struct person {
    const char *name;
    int fd;
    struct conn conn;
    uint8_t bytes[65536];
    struct span in; /* those that are not parsed yet */
    unsigned said_count, lines, code;
    bool is_closed;
} ann = {.name = "Ann"}, ben = {.name = "Ben"}, cat = {.name = "Cat"};

static struct mask_source masks;
static struct buf out = {.max = 100000};
static bool has_ben_left; /* Cat has received "left Ben" */

static bool begins(struct span text, const char *with) {
    return text.len >= strlen(with) && !memcmp(text.data, with, strlen(with));
}

static void flush(struct person *p) {
    if (out.end > 0 && io_send_all(p->fd, out.bytes, out.end) == -1)
        p->is_closed = true;
    buf_clear(&out);
}

static void record_line(struct person *p, struct span line) {
    p->lines++;
    if (begins(line, "said ")) p->said_count++;
    if (p == &cat && begins(line, "left Ben")) has_ben_left = true;
}

/* Handles one event, or receives the bytes of the next one. */
static void receive(struct person *p) {
    struct conn_event e;
    if (conn_next(&p->conn, &p->in, &e, &out)) {
        if (e.type == CONN_MESSAGE) record_line(p, e.payload);
        if (e.type == CONN_CLOSED) p->code = e.code;
        if (e.type == CONN_CLOSED) p->is_closed = true;
        return;
    }
    flush(p);
    struct pollfd ready = {.fd = p->fd, .events = POLLIN};
    if (poll(&ready, 1, 10000) == 0) die("the server is silent");
    ssize_t n = io_recv(p->fd, p->bytes, sizeof p->bytes);
    if (n <= 0) p->is_closed = true;
    if (n > 0) p->in = (struct span){p->bytes, (size_t)n};
}

static void send_line(struct person *p, const char *line) {
    struct span text = span_from(line);
    conn_send(&out, FRAME_TEXT, &text, 1, &masks);
    flush(p);
}

/* Reads the head of the response, up to the empty line. */
static void await_open(struct person *p) {
    char head[1000] = "";
    for (size_t n = 0; !strstr(head, "\r\n\r\n"); n++)
        if (n + 1 == sizeof head || io_recv(p->fd, head + n, 1) != 1)
            die("the server has ended the connection");
    if (strncmp(head, "HTTP/1.1 101 ", 13) != 0) die(head);
}

static void join(struct person *p, const struct url *url) {
    char why[256], text[600];
    p->fd = connect_to(url->host, url->port, why, sizeof why);
    if (p->fd == -1) die(why);
    snprintf(text, sizeof text,
             "GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n"
             "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "Sec-WebSocket-Protocol: lines.chat\r\n"
             "Cookie: name=%s\r\n\r\n",
             url->authority, p->name);
    check(io_send_all(p->fd, text, strlen(text)) == 0, "send");
    await_open(p);
    conn_init_client(&p->conn, 10000, &masks);
    send_line(p, "join books");
    while (p->lines < 2 && !p->is_closed) receive(p); /* hello, here */
    if (p->is_closed) die("the server has ended the connection");
}

int main(int argc, char **argv) {
    const struct option_row rows[] = {OPTION_END};
    static char text[LINE + 1] = "say ";
    uint8_t seed[MASKS_SEED];
    struct url url;
    unsigned rounds = 0;
    int status = options_parse_operands(argc, argv, rows, 1, "HOST:PORT");
    if (status >= 0) return status;
    if (url_parse(&url, argv[1], "") != 0) die("not HOST:PORT");
    check(io_random(seed, sizeof seed) == 0, "io_random");
    masks_init(&masks, seed);
    join(&ann, &url);
    join(&ben, &url);
    join(&cat, &url);
    memset(text + 4, 'x', LINE - 4);
    while (rounds < ROUNDS && !has_ben_left) {
        send_line(&ann, text);
        rounds++;
        while (ann.said_count < rounds && !ann.is_closed) receive(&ann);
        while (cat.said_count < rounds && !cat.is_closed) receive(&cat);
        if (ann.is_closed || cat.is_closed) die("Ann or Cat was closed");
    }
    printf("Ben reads nothing. Ann says %u lines of %d bytes; Cat gets each.\n",
           rounds, LINE - 4);
    printf(has_ben_left ? "Then Cat gets: left Ben\n"
                        : "Ben is still there.\n");
    while (!ben.is_closed && (has_ben_left || ben.said_count < rounds))
        receive(&ben);
    printf("Now Ben reads: %u lines", ben.said_count);
    printf(ben.code ? ", and a close frame: %u\n" : "\n", ben.code);
    return EXIT_SUCCESS;
}
