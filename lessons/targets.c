/*
 * targets.c: which clients get an event of 508, measured by five of them
 *
 *   $ bin/508_rooms --port 3008 &
 *   $ bin/targets 127.0.0.1:3008
 *
 * Ann and Ben are in the room "red", Cat is in "blue", Dan is in no room, and
 * Eve is in "red" of another namespace. Ann acts, and a table shows the events
 * that each client got. --slow: Ben does not read, and Ann sends events until
 * the server closes his connection; Cat reads each one before the next.
 */
#include "packets/url.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "websocket/client.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    CLIENTS = 5,
    MAX_TEXT = 100000,
    ROUNDS = 1000, /* of --slow, at most */
};

static struct person {
    const char *name, *nsp; /* prefix of a packet: "" or "/staff," */
    int fd;
    struct client client;
    struct buf out;
    uint8_t bytes[65536];
    struct span in;   /* those that are not parsed yet */
    char events[200]; /* that the client got, with commas between */
    unsigned said_count, gone_count, ack_count; /* events since the start */
    bool is_open, is_closed;
} people[CLIENTS] = {{.name = "Ann", .nsp = ""},
                     {.name = "Ben", .nsp = ""},
                     {.name = "Cat", .nsp = ""},
                     {.name = "Dan", .nsp = ""},
                     {.name = "Eve", .nsp = "/staff,"}};

static bool begins_with(struct span text, const char *with) {
    return text.len >= strlen(with) && !memcmp(text.data, with, strlen(with));
}

/* Records an event, an ack or a CONNECT: 42["said", 431[], 40{...}. */
static void record_packet(struct person *p, struct span text) {
    char name[20] = "";
    if (begins_with(text, "43")) p->ack_count++;
    if (begins_with(text, "40")) p->is_open = true;
    if (!begins_with(text, "42")) return;
    while (text.len > 0 && *text.data != '"') text = span_skip(text, 1);
    sscanf((const char *)text.data, "\"%19[a-z]", name);
    if (strcmp(name, "said") == 0) p->said_count++;
    if (strcmp(name, "gone") == 0) p->gone_count++;
    size_t n = strlen(p->events);
    snprintf(p->events + n, sizeof p->events - n, n ? ", %s" : "%s", name);
}

static void flush(struct person *p) {
    if (p->out.end == 0) return;
    if (io_send_all(p->fd, p->out.bytes, p->out.end) == -1) p->is_closed = true;
    buf_clear(&p->out);
}

/* Handles one event, or receives the bytes of the next one. */
static void receive(struct person *p) {
    struct client_event e;
    if (client_next(&p->client, &p->in, &e, &p->out)) {
        if (e.type == CLIENT_MESSAGE) record_packet(p, e.payload);
        if (e.type == CLIENT_OPENED) p->is_open = true;
        if (e.type == CLIENT_CLOSED) p->is_closed = true;
        return;
    }
    flush(p);
    struct pollfd ready = {.fd = p->fd, .events = POLLIN};
    if (poll(&ready, 1, 5000) == 0) die("the server is silent");
    ssize_t n = io_recv(p->fd, p->bytes, sizeof p->bytes);
    if (n <= 0) p->is_closed = true;
    if (n > 0) p->in = (struct span){p->bytes, (size_t)n};
}

/* Sends a packet: its type, the namespace, and what follows. */
static void send_packet(struct person *p, const char *type, const char *rest) {
    struct span parts[] = {span_from(type), span_from(p->nsp), span_from(rest)};
    client_send(&p->client, FRAME_TEXT, parts, 3, &p->out);
    flush(p);
}

/* Sends an event and waits for its ack. All that the server sent to this client
 * earlier arrives before the ack. */
static void do_event(struct person *p, const char *event) {
    char text[MAX_TEXT + 100];
    unsigned before = p->ack_count;
    snprintf(text, sizeof text, "1%s", event);
    send_packet(p, "42", text);
    while (p->ack_count == before && !p->is_closed) receive(p);
    if (p->is_closed) die("the server has closed the connection");
}

/* Waits until each client has received what was sent to it. */
static void settle(void) {
    for (int i = 0; i < CLIENTS; i++) do_event(&people[i], "[\"nothing\"]");
}

static void join_namespace(struct person *p) {
    char auth[60];
    snprintf(auth, sizeof auth, "{\"name\":\"%s\"}", p->name);
    p->is_open = false;
    send_packet(p, "40", auth);
    while (!p->is_open && !p->is_closed) receive(p);
    if (p->is_closed) die("no connection to the namespace");
}

static void open_person(struct person *p, const struct url *url) {
    static uint8_t seed[CLIENT_SEED];
    char why[256];
    struct client_options o = {
        url->authority, "/socket.io/?EIO=4&transport=websocket", NULL, 1 << 20};
    p->fd = connect_to(url->host, url->port, why, sizeof why);
    if (p->fd == -1) die(why);
    check(io_random(seed, sizeof seed) == 0, "io_random");
    buf_init(&p->out, 1 << 20);
    client_open(&p->client, &o, seed, &p->out);
    while (!p->is_open && !p->is_closed) receive(p);
    join_namespace(p);
}

/* The table */

static void clear_events(void) {
    settle();
    for (int i = 0; i < CLIENTS; i++) people[i].events[0] = '\0';
}

static void show_row(const char *event, const char *target) {
    settle();
    printf("%-10s %-23s", event, target);
    for (int i = 0; i < CLIENTS; i++)
        printf(i < CLIENTS - 1 ? " %-8s" : " %s\n",
               people[i].events[0] ? people[i].events : "-");
    clear_events();
}

static void await_gone(struct person *p) {
    while (p->gone_count == 0 && !p->is_closed) receive(p);
}

static void show_table(struct person *ann) {
    printf("                                   Ann      Ben      Cat      Dan"
           "      Eve\n"
           "Ann's act  it is sent to           red      red      blue     -"
           "        red of /staff\n");
    clear_events();
    do_event(ann, "[\"shout\",\"hi\"]");
    show_row("shout", "all");
    do_event(ann, "[\"say\",\"hi\"]");
    show_row("say", "all in her room");
    do_event(ann, "[\"typing\"]");
    show_row("typing", "the others in her room");
    send_packet(ann, "41", "");
    for (int i = 1; i <= 3; i++) await_gone(&people[i]);
    for (int i = 0; i < CLIENTS; i++) people[i].events[0] = '\0';
    join_namespace(ann);
    show_row("connects", "all others, and Ann");
}

/* Ben does not read. Ann sends events until the server closes his
 * connection. */
static void show_slow(struct person *ann, struct person *ben,
                      struct person *cat) {
    static char text[MAX_TEXT + 20];
    int rounds = 0, small = 4096;
    setsockopt(ben->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    memset(text, 'x', sizeof text - 1);
    memcpy(text, "[\"say\",\"", 8);
    memcpy(text + sizeof text - 3, "\"]", 3);
    do_event(cat, "[\"enter\",\"red\"]");
    unsigned before = cat->said_count;
    while (rounds < ROUNDS && cat->gone_count == 0) {
        do_event(ann, text);
        rounds++;
        while (cat->said_count - before < (unsigned)rounds) receive(cat);
    }
    printf("Ann says %zu bytes, again and again. Cat gets each one before the "
           "next.\n",
           sizeof text - 1);
    if (cat->gone_count > 0)
        printf("Ben reads nothing. After %d times Cat gets: \"Ben\" is gone.\n",
               rounds);
    else
        printf("Ben reads nothing. After %d times he is still there.\n",
               rounds);
}

int main(int argc, char **argv) {
    static const char *const rooms[] = {"red", "red", "blue", NULL, "red"};
    struct url url;
    bool is_slow = false;
    char text[40];
    const struct option_row rows[] = {
        OPTION_FLAG("--slow", "one of them does not read", &is_slow),
        OPTION_END,
    };
    int status = options_parse_operands(argc, argv, rows, 1, "HOST:PORT");
    if (status >= 0) return status;
    if (url_parse(&url, argv[1], "") != 0) die("not HOST:PORT");
    for (int i = 0; i < CLIENTS; i++) {
        open_person(&people[i], &url);
        if (!rooms[i]) continue;
        snprintf(text, sizeof text, "[\"enter\",\"%s\"]", rooms[i]);
        do_event(&people[i], text);
    }
    if (is_slow)
        show_slow(&people[0], &people[1], &people[2]);
    else
        show_table(&people[0]);
    return EXIT_SUCCESS;
}
