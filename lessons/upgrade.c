/*
 * upgrade.c: an Engine.IO client that moves from polling to a WebSocket
 *
 *   $ bin/503_engine_server --port 7503 &
 *   $ bin/upgrade 127.0.0.1:7503
 *
 * Sends the messages 1 to 100 to a server that echoes them: 1 to 60 in POSTs,
 * 61 to 100 on the WebSocket. Prints what each transport carries, each in its
 * column, and counts the echoes. No two things under way can change places, so
 * the output is the same each time. Exit status 1: a message is missing or
 * arrived twice, or a response did not arrive in time.
 */
#include "packets/url.h"
#include "socketio/payload.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "websocket/client.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    LAST = 100, /* message */
    BATCH = 20, /* messages that are sent, and shown, together */
};

/* On one connection, responses arrive in the order of the requests. So POST and
 * GET have a connection each: no POST waits for the GET. */
static int get = -1, post = -1, websocket = -1;
static char target[200] = "/engine.io/?EIO=4&transport=polling";
static const char *authority;
static uint32_t wait_ms = 10000;
static int echoes[LAST + 1]; /* how many of each message */
static int sent, echoed, misplaced, first_of_run;

/* Prints a line, in the column of its transport. */
static void show(int fd, const char *text) {
    printf("%*s%s\n", fd == websocket ? 40 : 0, "", text);
}

static void show_run(int fd, const char *label, int first, int last) {
    char text[80];
    snprintf(text, sizeof text, "%s4 messages %d to %d", label, first, last);
    show(fd, text);
}

/* Counts an echo. Consecutive ones are shown as one line. */
static void receive_message(int fd, const char *label, int n) {
    if (n < 1 || n > LAST) die("an echo of no message");
    if (first_of_run == 0) first_of_run = n;
    if (n != echoed + 1) misplaced++;
    echoes[n]++;
    echoed = n;
    if (n % BATCH > 0) return;
    show_run(fd, label, first_of_run, n);
    first_of_run = 0;
}

/* Receives at most size bytes; or returns 0: nothing arrives in time. */
static size_t receive(int fd, void *bytes, size_t size) {
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (poll(&p, 1, (int)wait_ms) == 0) return 0;
    ssize_t n = io_recv(fd, bytes, size);
    if (n <= 0) die("the server has ended a connection");
    return (size_t)n;
}

/* Polling */

static void request(int fd, const char *method, struct span body) {
    char head[400];
    int n = snprintf(head, sizeof head,
                     "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n"
                     "\r\n",
                     method, target, authority, body.len);
    check(io_send_all(fd, head, (size_t)n) == 0 &&
              io_send_all(fd, body.data, body.len) == 0,
          "send");
}

/* Receives a whole response; or returns false: it does not arrive in time. The
 * body is valid until the next call, and followed by a zero byte. */
static bool response(int fd, struct span *body) {
    static uint8_t bytes[8192];
    static struct http_head head;
    size_t len = 0, n = 1;
    int size = 0;
    while (n > 0 && (size == 0 || len < (size_t)size + head.length)) {
        n = receive(fd, bytes + len, sizeof bytes - 1 - len);
        len += n;
        bytes[len] = '\0';
        if (size == 0)
            size = http_response(&head, (struct span){bytes, len}, 0);
        if (size < 0 || (size > 0 && head.status != 200)) die("not a 200");
    }
    *body = span_skip((struct span){bytes, len}, (size_t)size);
    return n > 0;
}

static void send_get(void) {
    request(get, "GET", (struct span){0});
    show(get, "-> GET");
}

static void send_post(struct span body) {
    request(post, "POST", body);
    if (!response(post, &body)) die("no response to a POST");
    show(post, "<- POST: ok");
}

/* Sends the next messages in one POST. */
static void post_messages(void) {
    struct buf body = {.max = 4000};
    char text[16];
    for (int i = 1; i <= BATCH; i++) {
        snprintf(text, sizeof text, "4%d", sent + i);
        payload_write(&body, false, span_from(text), i == 1);
    }
    show_run(post, "-> POST: ", sent + 1, sent + BATCH);
    sent += BATCH;
    send_post(buf_view(&body));
    buf_free(&body);
}

/* Receives the response to the GET. False: there is none in time. */
static bool receive_get(void) {
    struct span body;
    struct payload_packet p;
    if (!response(get, &body)) return false;
    while (payload_next(&body, &p) > 0) {
        char type = (char)p.bytes.data[0];
        if (type == '4')
            receive_message(get, "<- GET: ", atoi((char *)p.bytes.data + 1));
        if (type == '6') show(get, "<- GET: 6 noop");
        if (type != '2') continue;
        show(get, "<- GET: 2 ping");
        show(post, "-> POST: 3 pong");
        send_post(span_from("3"));
    }
    return true;
}

static void open_session(void) {
    char sid[40];
    struct span body;
    send_get();
    if (!response(get, &body)) die("no response to the first GET");
    if (sscanf((char *)body.data, "0{\"sid\":\"%39[^\"]", sid) != 1)
        die("not an open packet");
    show(get, "<- GET: 0 open, with the sid of the session");
    snprintf(target, sizeof target,
             "/engine.io/?EIO=4&transport=polling&sid=%s", sid);
}

/* WebSocket */

static struct client client;
static struct buf out = {.max = 8192};

static void send_out(void) {
    check(io_send_all(websocket, out.bytes, out.end) == 0, "send");
    buf_clear(&out);
}

static void append_packet(const char *text) {
    struct span part = span_from(text);
    client_send(&client, FRAME_TEXT, &part, 1, &out);
}

/* Receives one event. False: nothing arrives in time. */
static bool receive_event(struct client_event *e) {
    static uint8_t bytes[8192];
    static struct span in; /* those that are not parsed yet */
    while (!client_next(&client, &in, e, &out)) {
        in = (struct span){bytes, receive(websocket, bytes, sizeof bytes)};
        if (in.len == 0) return false;
    }
    if (e->type == CLIENT_CLOSED) die(e->why);
    return true;
}

/* Receives echoes, up to the last one. */
static void receive_echoes(void) {
    struct client_event e;
    char text[80];
    while (echoed < LAST && receive_event(&e)) {
        snprintf(text, sizeof text, "%.*s", (int)e.payload.len,
                 (char *)e.payload.data);
        if (text[0] == '4') receive_message(websocket, "<- ", atoi(text + 1));
    }
}

static void open_websocket(void) {
    static char path[200];
    static uint8_t seed[CLIENT_SEED];
    struct client_event e;
    struct client_options o = {authority, path, NULL, 1000};
    snprintf(path, sizeof path, "/engine.io/?EIO=4&transport=websocket%s",
             strstr(target, "&sid="));
    check(io_random(seed, sizeof seed) == 0, "io_random");
    client_open(&client, &o, seed, &out);
    show(websocket, "-> GET, Upgrade: websocket");
    send_out();
    if (!receive_event(&e)) die("no response to the upgrade");
    show(websocket, "<- 101");
}

static void probe(void) {
    struct client_event e;
    append_packet("2probe");
    show(websocket, "-> 2probe");
    send_out();
    if (!receive_event(&e) || !span_equal(e.payload, span_from("3probe")))
        die("no 3probe");
    show(websocket, "<- 3probe");
}

/* Sends the 5 and all messages that are left, by one call. */
static void complete_upgrade(void) {
    char text[16];
    append_packet("5");
    show(websocket, "-> 5 upgrade");
    while (sent < LAST) {
        snprintf(text, sizeof text, "4%d", ++sent);
        append_packet(text);
        if (sent % BATCH > 0) continue;
        show_run(websocket, "-> ", sent - BATCH + 1, sent);
    }
    send_out();
}

/* Returns false when a GET does not end. */
static bool run(void) {
    open_session();
    send_get();
    post_messages(); /* their echoes end the GET */
    if (!receive_get()) return false;
    open_websocket();
    send_get();
    post_messages(); /* polling goes on until the upgrade */
    if (!receive_get()) return false;
    send_get();
    probe();
    /* Engine.IO v4, "Upgrade": not before the last GET has its response. */
    if (!receive_get()) return false;
    post_messages(); /* no GET fetches their echoes */
    complete_upgrade();
    receive_echoes();
    client_close(&client, 1000, &out);
    send_out();
    return true;
}

static int count(bool has_upgraded) {
    int lost = 0, twice = 0;
    for (int n = 1; n <= sent; n++) {
        if (echoes[n] == 0) lost++;
        if (echoes[n] > 1) twice++;
    }
    printf("%d messages sent, %d lost, %d twice, %d out of order\n", sent, lost,
           twice, misplaced);
    if (!has_upgraded)
        printf("The GET has no response after %u ms: %d to %d are not sent.\n",
               (unsigned)wait_ms, sent + 1, LAST);
    return has_upgraded && lost + twice + misplaced == 0 ? EXIT_SUCCESS
                                                         : EXIT_FAILURE;
}

static int connect_or_die(const char *host, const char *port) {
    char why[256];
    int fd = connect_to(host, port, why, sizeof why);
    if (fd == -1) die(why);
    return fd;
}

int main(int argc, char **argv) {
    struct url url;
    const struct option_row rows[] = {
        OPTION_MS("--wait", "the longest wait for a response", &wait_ms),
        OPTION_END,
    };
    int status = options_parse_operands(argc, argv, rows, 1, "HOST:PORT");
    if (status >= 0) return status;
    if (url_parse(&url, argv[1], "") != 0) die("not HOST:PORT");
    authority = url.authority;
    get = connect_or_die(url.host, url.port);
    post = connect_or_die(url.host, url.port);
    websocket = connect_or_die(url.host, url.port);
    printf("%-39s WebSocket\n", "polling");
    return count(run());
}
