/*
 * 411_proxy.c: Upgrade is hop by hop
 *
 * Shows       A proxy asks for the upgrade itself. It ends long silence.
 * By hand     The proxy: which fields it drops and adds, and its time-out.
 * Calls       http.h, client.h; tcp/child.h and talk.h (introduced here)
 * Run         $ bin/411_proxy
 * Try         $ bin/411_proxy --break
 * Limits      No bodies, no change of a response; one FIN ends both ways: 116.
 * Read        RFC 9110 §7.6.1 (hop by hop), §7.8 (Upgrade); RFC 6455 §5.5.2
 */
#include "tcp/child.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "tcp/talk.h"
#include "websocket/client.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static struct child server;
static bool is_broken; /* the proxy waits for 50 ms instead of 300 */

/* RFC 9110 §7.6.1: a proxy MUST remove Connection and each field it names. */
static bool is_hop_by_hop(const struct http_head *h, struct span name) {
    char text[LIMIT_HTTP_HEAD];
    snprintf(text, sizeof text, "%.*s", (int)name.len, (char *)name.data);
    return span_equal_ci(name, span_from("Connection")) ||
           http_field_has_token(h, "Connection", text);
}

/* RFC 9110 §7.8: Upgrade is for one hop. The proxy asks the next one itself. */
static void write_request(struct buf *out, const struct http_head *h,
                          bool is_upgrade) {
    struct span line[] = {h->method, span_from(" "), h->target,
                          span_from(" HTTP/1.1\r\nVia: 1.1 proxy\r\n")};
    buf_append_all(out, line, 4);
    printf("  proxy drops");
    for (unsigned i = 0; i < h->count; i++) {
        struct span name = h->fields[i].name, value = h->fields[i].value;
        struct span field[] = {name, span_from(": "), value, span_from("\r\n")};
        if (is_hop_by_hop(h, name))
            printf(" %.*s,", (int)name.len, (char *)name.data);
        else
            buf_append_all(out, field, 4);
    }
    printf(" adds %s\n", is_upgrade ? "both again" : "Connection: close");
    buf_text(out, is_upgrade
                      ? "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
                      : "Connection: close\r\n\r\n");
}

/* Serves one connection: passes on one request, then any bytes, both ways. */
static void serve(int client, bool is_right) {
    static struct http_head h;
    static uint8_t bytes[LIMIT_HTTP_HEAD];
    static struct talk to;
    int size, ready;
    size_t len = 0;
    ssize_t n = 1;
    while ((size = http_request(&h, (struct span){bytes, len}, 0)) == 0 &&
           (n = io_recv(client, bytes + len, sizeof bytes - len)) > 0)
        len += (size_t)n;
    if (size <= 0) die("not a request");
    talk_open(&to, server.port);
    write_request(&to.out, &h, is_right && handshake_is_requested(&h));
    io_send_all(to.fd, buf_view(&to.out).data, buf_view(&to.out).len);
    struct pollfd p[2] = {{client, POLLIN, 0}, {to.fd, POLLIN, 0}};
    while ((ready = poll(p, 2, is_broken ? 50 : 300)) > 0) {
        int from = p[0].revents ? 0 : 1;
        n = io_recv(p[from].fd, bytes, sizeof bytes);
        if (n <= 0 || io_send_all(p[!from].fd, bytes, (size_t)n) == -1) break;
    }
    if (ready == 0) puts("  proxy: no byte for too long, so it closes");
    talk_close(&to);
    close(client);
}

/* Opens a WebSocket. Sends the pings, then a text, and waits for wait_ms before
 * each. Prints what the server sends, and how the connection ends. */
static void visit(const char *title, const char *port, int wait_ms, int pings) {
    static const struct client_options o = {"localhost", "/", NULL, 125};
    static struct talk t;
    struct client client;
    struct client_event e = {.code = 1006};
    struct span in = {0}, hello = span_from("hello");
    uint8_t seed[CLIENT_SEED];
    puts(title);
    talk_open(&t, port);
    check(io_random(seed, sizeof seed) == 0, "random numbers");
    client_open(&client, &o, seed, &t.out);
    while (!client_is_done(&client)) {
        if (!client_next(&client, &in, &e, &t.out)) {
            bool is_idle = client.state == WS_OPEN && pings >= 0;
            enum talk_result r = talk_next(&t, &in, is_idle ? wait_ms : -1);
            if (r == TALK_SILENCE)
                client_send(&client, pings-- > 0 ? FRAME_PING : FRAME_TEXT,
                            &hello, 1, &t.out);
            if (r != TALK_EOF || !client_eof(&client, &e)) continue;
        }
        if (e.type == CLIENT_OPENED) puts("  101");
        if (e.type == CLIENT_PONG) puts("  pong");
        if (e.type == CLIENT_MESSAGE) puts("  echo");
        if (e.type == CLIENT_MESSAGE) client_close(&client, 1000, &t.out);
    }
    printf("  %u: %s\n", e.code, e.why ? e.why : "closed by the client");
    client_free(&client);
    talk_close(&t);
}

int main(int argc, char **argv) {
    const char *none = NULL;
    char name[LISTEN_NAME_MAX];
    int status = options_experiment(argc, argv, "50 ms idle", &is_broken);
    if (status != -1) return status;
    if (!child_start(&server, argv[0], "408_echo_server", &none)) return 1;
    setvbuf(stdout, NULL, _IOLBF, 0); /* two processes print their lines */
    int listener = listen_open("127.0.0.1", 0);
    check(listener != -1 && listen_name(listener, name) == 0, "listen");
    pid_t pid = fork();
    check(pid != -1, "fork");
    if (pid == 0) alarm(10); /* ends the proxy, if the client does not come */
    for (int i = 0; pid == 0 && i < 4; i++)
        serve(accept(listener, NULL, NULL), i > 0);
    if (pid == 0) _exit(0);
    close(listener);
    const char *port = strrchr(name, ':') + 1;
    visit("1. directly", server.port, 0, 0);
    visit("2. a proxy that drops what concerns one hop", port, 0, 0);
    visit("3. a proxy that asks for the upgrade itself", port, 0, 0);
    visit("4. the same, and silence for 900 ms", port, 900, 0);
    visit("5. the same, and a ping after each 100 ms", port, 100, 8);
    puts(is_broken ? "What you saw: a ping after the time-out is too late."
                   : "What you saw: each hop must agree, and see data.");
    return 0;
}
