/*
 * 402_push_race.c: four ways in which a server can send first
 *
 * Shows       What a message costs in bytes and in time by polling, long
 *             polling, Server-Sent Events and WebSocket, measured in this run.
 * By hand     Both ends of all four, as short as the standards allow.
 * Run         $ bin/402_push_race
 *             $ bin/402_push_race --break
 * Try         Set POLL_US to 5000, then to 100000: what gets better or worse?
 * Limits      The client does not check the accept: 403_upgrade.c computes it.
 * Read        HTML §9.2 (Server-sent events); RFC 6202; RFC 6455 §1.2, §1.3
 */
#include "tcp/clock.h"
#include "tcp/options.h"
#include "tcp/pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MESSAGES 8
#define EVENT_US INT64_C(53000) /* between two events at the server */
#define POLL_US INT64_C(30000)  /* between two requests of polling */
#define POLL "GET /?after=%d HTTP/1.1\r\nHost: x\r\n\r\n"
#define LENGTH "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s"
#define EVENTS "GET / HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
#define STREAM "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-"
#define KEY "Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define ACCEPT "Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" /* RFC 6455 §1.3 */

static struct way {
    const char *name, *request, *response, *message, *again;
    int requests, got;     /* got: the number of the last message */
    size_t opening, bytes; /* bytes before the first message; all bytes */
    int64_t delay_us;      /* the sum over all messages */
} ways[] = {
    {"polling", POLL, LENGTH, .message = "%02d hello"},
    {"long polling", POLL, LENGTH, .message = "%02d hello"},
    {"SSE", EVENTS "\r\n", STREAM, .message = "id: %d\ndata: %02d hello\n\n",
     .again = EVENTS "Last-Event-ID: %d\r\n\r\n"},
    {"WebSocket", "GET / HTTP/1.1\r\nHost: x\r\n" UPGRADE KEY "\r\n",
     "HTTP/1.1 101 Switching Protocols\r\n" UPGRADE ACCEPT "\r\n",
     .message = "\x81\x08%02d hello"},
};

static int ends[2]; /* of the connection: the client's, the server's */
static char arrived[1000];
static int64_t start_us;

/* Sends, receives, counts. The client looks for "01 hello" in what arrives. */
static void transfer(struct way *w, int from, const char *text) {
    pair_transfer(ends[from], ends[!from], text, arrived);
    w->bytes += strlen(text);
    for (char *at = arrived; (at = strstr(at, " hello")) != NULL; at++)
        w->delay_us += clock_us() - start_us - EVENT_US * ++w->got;
}

/* Returns which message the client has last, as its request says. */
static int request(struct way *w, const char *form) {
    char text[300];
    snprintf(text, sizeof text, form, w->got);
    transfer(w, 0, text);
    w->requests++;
    const char *id = strstr(arrived, "-ID: "), *after = strstr(arrived, "r=");
    return (int)strtol(id ? id + 5 : after ? after + 2 : "0", NULL, 10);
}

/* One response for each request. is_held: it waits for a message. */
static void respond_each(struct way *w, bool is_held) {
    check(pair_open(ends) == 0, "connect");
    while (w->got < MESSAGES) {
        char text[300], body[100] = "";
        if (!is_held) clock_sleep_until(start_us + POLL_US * (w->requests + 1));
        int next = request(w, w->request) + 1;
        if (is_held) clock_sleep_until(start_us + EVENT_US * next);
        for (; next <= MESSAGES && start_us + EVENT_US * next <= clock_us();)
            snprintf(body + strlen(body), 9, w->message, next++);
        snprintf(text, sizeof text, w->response, strlen(body), body);
        transfer(w, 1, text);
    }
}

/* One response carries all messages up to number end. */
static void respond_once(struct way *w, const char *form, int end) {
    char text[100];
    check(pair_open(ends) == 0, "connect");
    int next = request(w, form) + 1;
    transfer(w, 1, w->response);
    if (next == 1) w->opening = w->bytes;
    for (; next <= end; next++) {
        clock_sleep_until(start_us + EVENT_US * next);
        snprintf(text, sizeof text, w->message, next, next);
        transfer(w, 1, text);
    }
    close(ends[1]);
}

static int hold_connections(void) {
    int closed = 0, held = 0;
    check(setrlimit(RLIMIT_NOFILE, &(struct rlimit){41, 41}) == 0, "limit");
    while (closed < 100 && pair_open(ends) == 0 &&
           close(ends[0]) + close(ends[1]) == 0)
        closed++;
    while (pair_open(ends) == 0) held++; /* two descriptors, both ends */
    printf("clients that close after each response: %d, and no end\n"
           "clients that wait for a message: %d, and then none\n"
           "What you saw: each client that waits holds a descriptor.\n",
           closed, held);
    return 0;
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status = options_experiment(argc, argv, "hold them all", &is_broken);
    if (status != -1) return status;
    if (is_broken) return hold_connections();
    puts("               requests   bytes to open   a message   delay");
    for (int i = 0; i < 4; i++) {
        struct way *w = &ways[i];
        start_us = clock_us();
        if (i < 2) respond_each(w, i == 1);
        if (i >= 2) respond_once(w, w->request, MESSAGES);
        printf("  %-12s %8d %15zu %11zu %7.2f ms\n", w->name, w->requests,
               w->opening, (w->bytes - w->opening) / MESSAGES,
               (double)w->delay_us / MESSAGES / 1000);
    }
    for (struct way *w = ways + 2; w < ways + 4; w++) {
        start_us = clock_us();
        w->got = 0;
        respond_once(w, w->request, MESSAGES / 2);
        clock_sleep_until(clock_us() + 120000); /* a browser: some seconds */
        if (w->again) respond_once(w, w->again, MESSAGES);
        printf("cut after message 4: %d of %d by %s\n", w->got, MESSAGES,
               w->name);
    }
    puts("What you saw: less for each message, more for each connection.");
}
