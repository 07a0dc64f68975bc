/*
 * 502_polling.c: a server that speaks first, over plain HTTP
 *
 * Shows       Long-polling: a GET is not answered until there is something to
 *             say; what the client says comes in POSTs. Both ends play here.
 * By hand     Engine.IO's polling, on one session. Later: socketio/engine.h.
 * Calls       websocket/http.h for the requests; tcp/ for the sockets.
 * Run         $ bin/502_polling
 *             $ bin/502_polling --break
 * Try         Send three packets in one POST. How many answers are there?
 * Limits      Between two GETs nobody waits: what is sent then is queued, and
 *             each packet pays for a whole request: 503_engine_server.c.
 * Read        the Engine.IO protocol v4, "HTTP long-polling"
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/options.h"
#include "websocket/http.h"

#define URL "/engine.io/?EIO=4&transport=polling"

static int waiting = -1;                    /* the GET without an answer */
static struct buf queue = {.max = 1 << 16}; /* packets, 0x1e between them */
static int asked, answered;

static void die(const char *what) {
    perror(what);
    exit(EXIT_FAILURE);
}

/* Shows a payload on one line: the separator 0x1e as "|". */
static void show(const char *who, const char *what, struct span body) {
    printf(body.len ? "  %-8s %-17s" : "  %-8s %s", who, what);
    for (size_t i = 0; i < body.len; i++)
        printf("%c", body.data[i] == 0x1e ? '|' : body.data[i]);
    printf("\n");
}

/* --- the server --- */

static void answer(int fd, unsigned status, struct span body) {
    struct buf out = {.max = 1 << 16};
    http_write_head(&out, status, "text/plain; charset=UTF-8", body.len, NULL);
    buf_append(&out, body.data, body.len);
    if (io_send_all(fd, out.bytes, out.end) == -1) die("send");
    buf_free(&out);
    answered++;
}

/* Answers the waiting GET with all that is queued, if there is any. */
static void push(void) {
    if (waiting == -1 || queue.end == 0) return;
    answer(waiting, 200, buf_view(&queue));
    waiting = -1;
    buf_clear(&queue);
}

/* Every message is sent back; the packets of a payload are parted by 0x1e. */
static void take_payload(struct span body) {
    if (queue.end > 0) buf_append(&queue, "\x1e", 1);
    buf_append(&queue, body.data, body.len);
}

static void take_request(int fd, const struct http_head *h, struct span body) {
    bool post = span_equal(h->method, span_from("POST"));
    char sid[8];
    if (http_query(h->target, "sid", sid, sizeof sid) == 0) {
        answer(fd, 200, span_from("0{\"sid\":\"a\",\"upgrades\":[]}"));
    } else if (post) {
        take_payload(body);
        answer(fd, 200, span_from("ok"));
        push();
    } else if (waiting != -1) {
        /* Engine.IO v4: two GETs at once: which would get the next packet?
         * Both end, and so does the session: 1 is its close packet. */
        answer(waiting, 200, span_from("1"));
        answer(fd, 400, span_from("two GETs at once"));
        waiting = -1;
    } else {
        waiting = fd; /* this is long-polling: no answer yet */
        push();
    }
}

/* Reads one request, with its body, and acts on it. */
static void serve_one(int fd) {
    static struct http_head head;
    struct buf in = {.max = 1 << 16};
    int n = 0;
    while (n == 0 || in.end < (size_t)n + head.length) {
        uint32_t seen = in.end;
        uint8_t *room = buf_reserve(&in, 4096);
        ssize_t got = room ? io_recv(fd, room, 4096) : 0;
        if (got <= 0) die("receive");
        in.end += (uint32_t)got;
        if (n == 0) n = http_request(&head, buf_view(&in), seen);
        if (n < 0) die("not a request");
    }
    take_request(fd, &head, span_skip(buf_view(&in), (size_t)n));
    buf_free(&in);
}

/* --- the client --- */

static void ask(int fd, const char *method, const char *sid, const char *body) {
    char text[400], what[40];
    int n = snprintf(text, sizeof text,
                     "%s " URL "%s HTTP/1.1\r\nHost: localhost\r\n"
                     "Content-Length: %zu\r\n\r\n%s",
                     method, sid, strlen(body), body);
    snprintf(what, sizeof what, "%s%s", method, *sid ? " ...&sid=a" : "");
    show("client", what, span_from(body));
    if (io_send_all(fd, text, (size_t)n) == -1) die("send");
    asked++;
}

static void hear(int fd, const char *which) {
    static struct http_head head;
    uint8_t text[4096];
    char what[40];
    ssize_t got = io_recv(fd, text, sizeof text);
    struct span bytes = {text, got > 0 ? (size_t)got : 0};
    int n = http_response(&head, bytes, 0);
    if (n <= 0) die("no answer");
    snprintf(what, sizeof what, "%u to the %s", head.status, which);
    show("server", what, span_skip(bytes, (size_t)n));
}

static void play(int get, int get_end, int post, int post_end) {
    ask(get, "GET", "", "");
    serve_one(get_end);
    hear(get, "GET");
    ask(get, "GET", "&sid=a", "");
    serve_one(get_end);
    printf("  (the server says nothing: %d asked, %d answered)\n", asked,
           answered);
    ask(post, "POST", "&sid=a",
        "4hello\x1e"
        "4again");
    serve_one(post_end);
    hear(post, "POST");
    hear(get, "GET");
    ask(post, "POST", "&sid=a", "4nobody waits");
    serve_one(post_end);
    hear(post, "POST");
    ask(get, "GET", "&sid=a", "");
    serve_one(get_end);
    hear(get, "GET");
    printf("What you saw: %d requests, %d answers; one of them waited until "
           "there was something to say.\n",
           asked, answered);
}

/* The wrong way: the second GET comes while the first still waits. */
static void play_wrong(int get, int get_end, int post, int post_end) {
    ask(get, "GET", "&sid=a", "");
    serve_one(get_end);
    ask(post, "GET", "&sid=a", "");
    serve_one(post_end);
    hear(get, "1st");
    hear(post, "2nd");
    printf("What you saw: two GETs at once, and the session is over.\n");
}

int main(int argc, char **argv) {
    bool wrong = false;
    int get[2], post[2]; /* two connections: the client's end, the server's */
    int done = options_experiment(argc, argv, "two GETs at once", &wrong);
    if (done >= 0) return done;
    if (connect_pair(get) == -1 || connect_pair(post) == -1) die("connect");
    (wrong ? play_wrong : play)(get[0], get[1], post[0], post[1]);
    buf_free(&queue);
    return 0;
}
