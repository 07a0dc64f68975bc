/*
 * 410_chat.c: a chat: its page, HTTP and WebSocket on one port
 *
 * Shows       One line goes to many. Who may open a WebSocket here, and what a
 *             client costs that does not read.
 * By hand     check_handshake: Origin, then the cookie. on_unsent: a bound for
 *             what the server keeps for one client.
 * Calls       web_server.h, cookie.h, chat.h and tcp/links.h, introduced here
 * Run         $ bin/410_chat --port 7411 &
 *             $ bin/slow_reader 127.0.0.1:7411
 * Try         Open http://127.0.0.1:7411/ in two browsers. Then --break.
 * Limits      The cookie is the name, and a program may claim any: 412_login.c
 * Read        RFC 6455 §1.9, §10.2; RFC 6265 §4, §8.2, §8.5; getrusage(2)
 */
#include "tcp/files.h"
#include "tcp/limits.h"
#include "tcp/links.h"
#include "tcp/options.h"
#include "tcp/trace.h"
#include "websocket/chat.h"
#include "websocket/cookie.h"
#include "websocket/origin.h"
#include "websocket/web_server.h"

#include <stdio.h>
#include <sys/resource.h>

static struct web_server server;
static struct chat chat;
static int page; /* the directory of its files */
static bool is_loopback, is_broken;
static size_t longest; /* queue so far, in bytes */

/* Returns the status for a handshake. */
static unsigned check_handshake(const struct http_head *h) {
    unsigned status = (unsigned)-handshake_check(h);
#ifndef CHAT_ANY_ORIGIN /* only for an attack on a build without this check */
    if (origin_check(h, is_loopback, NULL)) return 403;
#endif
    if (status != 0) return status;
    return handshake_offers(h, CHAT_PROTOCOL) ? 101 : 400;
}

static void open_websocket(const struct web_server_event *e) {
    char name[CHAT_NAME_SIZE];
    unsigned status = check_handshake(e->head);
    bool is_known = cookie_text(e->head, "name", name, sizeof name) > 0 &&
                    chat_is_name(span_from(name));
    if (status == 101 && !is_known)
        web_server_respond(&server, e->conn, 403, "text/plain",
                           span_from("no name: POST /login?name=...\n"), NULL);
    else if (web_server_upgrade(&server, e->conn, status, CHAT_PROTOCOL))
        chat_enter(&chat, e->conn, name);
}

/* POST /login?name=Ann gives the browser a cookie. From now on the browser adds
 * it to each request for this host, whichever page has caused the request. */
static void log_in(const struct web_server_event *e) {
    char name[CHAT_NAME_SIZE], field[COOKIE_FIELD_MAX];
    int count = http_query(e->head->target, "name", name, sizeof name);
    if (count == 1 && chat_is_name(span_from(name)) &&
        cookie_set(field, "name", span_from(name)))
        web_server_respond(&server, e->conn, 204, NULL, span_from(""), field);
    else
        web_server_respond_status(&server, e->conn, 400);
}

static void serve_page(const struct web_server_event *e) {
    static struct buf body = {.max = 1 << 18};
    unsigned status = files_load(page, http_path(e->head->target), &body);
    web_server_respond_file(&server, e->conn, status, buf_view(&body));
    buf_clear(&body);
}

static void respond(const struct web_server_event *e) {
    bool is_login = span_equal(e->head->method, span_from("POST")) &&
                    span_equal(http_path(e->head->target), span_from("/login"));
    if (handshake_is_requested(e->head))
        open_websocket(e);
    else if (origin_check(e->head, is_loopback, NULL))
        web_server_respond_status(&server, e->conn, 403);
    else if (is_login)
        log_in(e);
    else
        serve_page(e);
}

/* More than LIMIT_QUEUE bytes wait for a client that does not read. */
static void on_unsent(uint32_t conn, size_t bytes) {
    if (bytes > longest) longest = bytes;
    /* RFC 6455 §7.4.1: 1008, a message that violates the server's policy. */
    if (!is_broken) web_server_end(&server, conn, 1008);
}

static void on_event(struct web_server *s, const struct web_server_event *e) {
    if (e->type == WEB_SERVER_REQUEST) respond(e);
    if (e->type == WEB_SERVER_UNSENT) on_unsent(e->conn, e->unsent);
    if (e->type == WEB_SERVER_CLOSED) chat_leave(&chat, e->conn);
    if (e->type != WEB_SERVER_MESSAGE) return;
    /* RFC 6455 §7.4.1: 1003, no binary; 1008, not a line of the chat. */
    bool is_text = e->opcode == FRAME_TEXT;
    if (!is_text || !chat_receive(&chat, e->conn, e->payload))
        web_server_end(s, e->conn, is_text ? 1008 : 1003);
}

static long peak_kib(void) { /* the most memory of this process so far */
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : 0;
}

int main(int argc, char **argv) {
    static const struct limit limits[] = {WEB_SERVER_ALL_LIMITS(
        LIMIT_ROW) CHAT_LIMITS(LIMIT_ROW) TCP_LIMITS(LIMIT_ROW){0}};
    const char *host = "127.0.0.1";
    uint32_t port = 7411;
    const struct option_row options[] = {
        OPTION_HOST(&host),    OPTION_TRACE(&trace_is_on),
        OPTION_PORT(&port),    OPTION_FLAG("--break", "no bound", &is_broken),
        OPTION_LIMITS(limits), OPTION_END};
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    page = files_root_beside(argv[0], "websocket/page");
    is_loopback = origin_is_loopback(span_from(host));
    int fd = links_listen(host, port);
    if (fd == -1) return 1;
    if (!web_server_init(&server, links_max(), LIMIT_CHAT_LINE, on_event) ||
        !chat_init(&chat, links_max(), &server.outbox))
        return options_report("cannot serve");
    server.is_traced = trace_is_on;
    struct machine machine = web_server_machine(&server);
    if (is_broken) machine.max_reply = BUF_MAX / 2;
    long before = peak_kib();
    status = links_run(&machine, fd);
    if (is_broken)
        printf("What you saw: %zu bytes kept for one client; this process grew "
               "by %ld KiB.\n",
               longest, peak_kib() - before);
    return status;
}
