/*
 * 511_two_servers.c: a session lives in one process
 *
 * Shows       Two Engine.IO servers behind a relay. With polling, each request
 *             may reach the server that does not know the session. A WebSocket
 *             is one connection, and stays where it is.
 * By hand     choose: to which server the relay sends a request.
 * Calls       tcp/child.h for two of bin/503_engine_server; client, connect
 * Run         $ bin/511_two_servers
 * Try         $ bin/511_two_servers --break
 * Limits      An event for all clients would only reach those of one server.
 * Read        the Engine.IO protocol v4, "HTTP long-polling"
 */
#include "tcp/child.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "tcp/talk.h"
#include "websocket/client.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define SERVERS 2
#define TARGET "/engine.io/?EIO=4&transport="
#define SID_MAX 64

static struct child servers[SERVERS]; /* A and B */
static bool is_by_sid;                /* the relay looks at session ids */
static char known_sid[SID_MAX];       /* the id that it has seen last */
static int known_server;              /* the server that has sent that id */
static int next_server;

/* The relay sends a request of a session to the server that has opened it, if
 * it looks at session ids. Any other request goes to the next server. */
static int choose(const char *sid) {
    if (is_by_sid && *sid && strcmp(sid, known_sid) == 0) return known_server;
    int server = next_server;
    next_server = (server + 1) % SERVERS;
    return server;
}

static int connect_server(int server) {
    char why[200];
    struct timeval limit = {.tv_sec = TALK_LIMIT_MS / 1000};
    int fd = connect_to("127.0.0.1", servers[server].port, why, sizeof why);
    if (fd == -1) printf("%s\n", why);
    if (fd != -1) /* recv waits no longer, as in 102 */
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

static void show(const char *label, int server, struct span packet) {
    printf("%-20s %c  %.*s\n", label, 'A' + server,
           packet.len < 42 ? (int)packet.len : 42, (const char *)packet.data);
}

/* Sends a request of the client through the relay. If sid is "", the request
 * opens a session, and the function writes its id to sid. */
static void request(const char *method, const char *body, char sid[SID_MAX]) {
    char text[1024], response[4096], label[40];
    int server = choose(sid), fd = connect_server(server);
    if (fd == -1) return;
    int n = snprintf(text, sizeof text,
                     "%s " TARGET "polling%s%s HTTP/1.1\r\nHost: localhost\r\n"
                     "Connection: close\r\nContent-Length: %zu\r\n\r\n%s",
                     method, *sid ? "&sid=" : "", sid, strlen(body), body);
    check(io_send_all(fd, text, (size_t)n) == 0, "send");
    ssize_t len = io_recv_all(fd, response, sizeof response - 1);
    check(len != -1, "receive");
    response[len] = '\0';
    close(fd);
    const char *content = strstr(response, "\r\n\r\n");
    if (!content) die("not a response");
    snprintf(label, sizeof label, "  %-4s %-8s %.3s", method,
             *sid ? body : "(open)", response + strlen("HTTP/1.1 "));
    show(label, server, span_from(content + 4));
    if (sscanf(content, "\r\n\r\n0{\"sid\":\"%63[^\"]", sid) != 1) return;
    memcpy(known_sid, sid, SID_MAX); /* the relay reads the response, too */
    known_server = server;
}

/* Opens a session, sends it a message, and fetches the echo. */
static void use_polling(const char *title, bool by_sid, bool is_broken) {
    char sid[SID_MAX] = "";
    is_by_sid = by_sid;
    puts(title);
    request("GET", "", sid);
    if (is_broken) child_stop(&servers[known_server]);
    request("POST", "4hello", sid);
    if (by_sid && !is_broken) request("GET", "", sid);
}

/* Opens a session on a WebSocket to the next server, and sends it a message. */
static void use_websocket(void) {
    static const struct client_options o = {"localhost", TARGET "websocket",
                                            NULL, LIMIT_WS_MESSAGE};
    static struct talk t;
    struct client client;
    struct client_event e;
    uint8_t seed[CLIENT_SEED];
    struct span in = {0}, hello = span_from("4hello");
    int server = choose(""), messages = 0;
    talk_open(&t, servers[server].port);
    check(io_random(seed, sizeof seed) == 0, "random numbers");
    client_open(&client, &o, seed, &t.out);
    puts("WebSocket only");
    while (messages < 2) {
        if (!client_next(&client, &in, &e, &t.out)) {
            if (talk_next(&t, &in, -1) == TALK_EOF) die("closed");
        } else if (e.type == CLIENT_CLOSED) {
            die(e.why);
        } else if (e.type == CLIENT_MESSAGE) {
            show(messages++ ? "  4hello" : "  (open)", server, e.payload);
            client_send(&client, FRAME_TEXT, &hello, 1, &t.out);
        }
    }
    client_free(&client);
    talk_close(&t);
}

int main(int argc, char **argv) {
    static const char *const none[] = {NULL};
    bool is_broken = false;
    int status = options_experiment(argc, argv, "a server ends", &is_broken);
    if (status >= 0) return status;
    for (int i = 0; i < SERVERS; i++)
        if (!child_start(&servers[i], argv[0], "503_engine_server", none))
            return 1;
    if (!is_broken) use_polling("polling, each server in turn", false, false);
    use_polling("polling, by session id", true, is_broken);
    use_websocket();
    puts("What you saw: only the process that has opened a session knows it.");
    return 0;
}
