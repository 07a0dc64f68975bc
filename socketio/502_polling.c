/*
 * 502_polling.c: a server that speaks first, over plain HTTP
 *
 * Shows       Long-polling: the server does not respond to a GET until it has
 *             something to say. The client sends its own messages in POSTs.
 * By hand     Engine.IO polling with one session: the GET that waits, the
 *             queue, the payload. Later lessons call socketio/engine.h.
 * Calls       websocket/http.h and http_write.h, tcp/pair.h, tcp/io.h
 * Run         $ bin/502_polling
 * Try         $ bin/502_polling --break
 * Limits      One session, and no time-outs: socketio/503_engine_server.c.
 * Read        the Engine.IO protocol v4, "HTTP long-polling"
 */
#include <stdio.h>

#include "tcp/io.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "websocket/http.h"
#include "websocket/http_write.h"

static int waiting = -1;                    /* the GET without a response */
static struct buf queue = {.max = 1 << 16}; /* packets, 0x1e between them */
static int requests, responses;
static struct http_head head; /* of the message read last */

/* Prints a payload on one line, with "|" for the separator 0x1e. */
static void show(const char *sender, const char *line, struct span payload) {
    printf(payload.len ? "  %-8s %-17s" : "  %-8s %s", sender, line);
    for (size_t i = 0; i < payload.len; i++)
        putchar(payload.data[i] == 0x1e ? '|' : payload.data[i]);
    printf("\n");
}

static void respond(int fd, unsigned status, struct span body) {
    struct buf out = {.max = 1 << 16};
    http_write_response(&out, status, "text/plain; charset=UTF-8", body.len,
                        NULL, 0, body);
    check(io_send_all(fd, out.bytes, out.end) == 0, "send");
    buf_free(&out);
    responses++;
}

static void deliver(void) { /* sends the queue to the GET that waits */
    if (waiting == -1 || queue.end == 0) return;
    respond(waiting, 200, buf_view(&queue));
    waiting = -1;
    buf_clear(&queue);
}

static void handle_request(int fd, struct span body) {
    char sid[8];
    if (http_query(head.target, "sid", sid, sizeof sid) == 0) {
        respond(fd, 200, span_from("0{\"sid\":\"a\",\"upgrades\":[]}"));
    } else if (span_equal(head.method, span_from("POST"))) {
        /* An echo. 0x1e separates packets: "Payload encoding", Engine.IO v4. */
        if (queue.end > 0) buf_append(&queue, "\x1e", 1);
        buf_append(&queue, body.data, body.len);
        respond(fd, 200, span_from("ok"));
        deliver();
    } else if (waiting != -1) {
        /* Engine.IO v4: with two GETs at once, which one would get the next
         * packet? The server ends both, and the session: 1 is "close". */
        respond(waiting, 200, span_from("1"));
        respond(fd, 400, span_from("two GETs at once"));
        waiting = -1;
    } else {
        waiting = fd; /* this is long-polling: no response yet */
        deliver();
    }
}

/* The client sends a request on its end. The server reads and handles it. */
static void request(const int ends[2], const char *method, const char *sid,
                    const char *body) {
    char text[400], arrived[400], line[40];
    snprintf(text, sizeof text,
             "%s /engine.io/?EIO=4&transport=polling%s HTTP/1.1\r\n"
             "Host: localhost\r\nContent-Length: %zu\r\n\r\n%s",
             method, sid, strlen(body), body);
    snprintf(line, sizeof line, "%s%s", method, *sid ? " ...&sid=a" : "");
    show("client", line, span_from(body));
    pair_transfer(ends[0], ends[1], text, arrived);
    requests++;
    int size = http_request(&head, span_from(arrived), 0);
    if (size <= 0) die("not a request");
    handle_request(ends[1], span_from(arrived + size));
}

static void receive(const int ends[2], const char *which) {
    uint8_t text[4096];
    char line[40];
    ssize_t len = io_recv(ends[0], text, sizeof text);
    check(len > 0, "receive");
    struct span bytes = {text, (size_t)len};
    int size = http_response(&head, bytes, 0);
    if (size <= 0) die("not a response");
    snprintf(line, sizeof line, "%u to the %s", head.status, which);
    show("server", line, span_skip(bytes, (size_t)size));
}

static void poll_and_post(const int get[2], const int post[2]) {
    request(get, "GET", "", "");
    receive(get, "GET");
    request(get, "GET", "&sid=a", "");
    printf("  (the server is silent; requests: %d, responses: %d)\n", requests,
           responses);
    request(post, "POST", "&sid=a", "4hello\x1e\064again");
    receive(post, "POST");
    receive(get, "GET");
    request(post, "POST", "&sid=a", "4no GET waits");
    receive(post, "POST");
    request(get, "GET", "&sid=a", "");
    receive(get, "GET");
    printf("What you saw: %d requests, %d responses; one of them was held back "
           "until the server had something to say.\n",
           requests, responses);
}

static void two_gets_at_once(const int get[2], const int post[2]) {
    request(get, "GET", "&sid=a", "");
    request(post, "GET", "&sid=a", "");
    receive(get, "1st");
    receive(post, "2nd");
    printf("What you saw: two GETs at once, and the session is over.\n");
}

int main(int argc, char **argv) {
    bool is_broken = false;
    /* Two connections: of each the client's end, then the server's. */
    int get[2] = {-1, -1}, post[2] = {-1, -1};
    int status = options_experiment(argc, argv, "two GETs at once", &is_broken);
    if (status >= 0) return status;
    check(pair_open(get) == 0 && pair_open(post) == 0, "connect");
    if (is_broken) two_gets_at_once(get, post);
    if (!is_broken) poll_and_post(get, post);
    return 0;
}
