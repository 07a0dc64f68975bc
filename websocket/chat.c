/* chat.c: see websocket/chat.h. Entry points: chat_init, chat_free,
 * chat_is_name, chat_enter, chat_receive, chat_leave. */
#include "websocket/chat.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packets/control.h"
#include "websocket/conn.h"
#include "websocket/frame.h"
#include "websocket/utf8.h"

#define HERE "here "

struct chat_client {
    char name[CHAT_NAME_SIZE]; /* "": not connected */
    uint8_t channel;           /* 0: none */
    uint8_t here_len;
    /* Its line in the list for a new member, as a frame. A list can have
     * thousands of lines, so each of them is written only once. */
    uint8_t here[FRAME_HEADER_MAX + sizeof HERE + LIMIT_CHAT_NAME];
};

static const char *const channels[] = {"", "books", "music"};

bool chat_init(struct chat *c, uint32_t count, struct outbox *outbox) {
    *c = (struct chat){.outbox = outbox};
    c->clients = calloc(count, sizeof *c->clients);
    return c->clients != NULL;
}

void chat_free(struct chat *c) {
    free(c->clients);
    *c = (struct chat){0};
}

/* Would a terminal obey any part of the text? */
static bool has_controls(struct span text) {
    int tail = 0;
    for (; text.len > 0; text = span_skip(text, 1))
        if (control_size(text, &tail) > 0) return true;
    return false;
}

bool chat_is_name(struct span name) {
    return name.len >= 1 && name.len <= LIMIT_CHAT_NAME &&
           !has_controls(name) && !memchr(name.data, ' ', name.len) &&
           utf8_valid(name.data, name.len);
}

/* Writes a line about a client: "verb NAME", or "verb NAME TEXT". */
static void write_line(const struct chat *c, struct buf *out, const char *verb,
                       uint32_t about, struct span text) {
    struct span parts[] = {span_from(verb), span_from(" "),
                           span_from(c->clients[about].name), span_from(" "),
                           text};
    conn_send(out, FRAME_TEXT, parts, text.len ? 5 : 3, NULL);
}

static void write_here(struct chat_client *c) {
    struct span name = span_from(c->name);
    size_t n = strlen(HERE);
    struct frame f = {
        .fin = true, .opcode = FRAME_TEXT, .length = n + name.len};
    uint8_t *end = c->here + frame_write(&f, c->here);
    memcpy(end, HERE, n);
    memcpy(end + n, name.data, name.len);
    c->here_len = (uint8_t)((size_t)(end - c->here) + n + name.len);
}

/* Broadcasts a line about a client to its channel; the client itself gets it if
 * is_included. */
static void broadcast(struct chat *c, const char *verb, uint32_t about,
                      struct span text, bool is_included) {
    unsigned channel = c->clients[about].channel;
    if (channel == 0) return;
    write_line(c, outbox_broadcast(c->outbox), verb, about, text);
    for (uint32_t i = 0; i < c->used; i++)
        if (c->clients[i].channel == channel && (i != about || is_included))
            outbox_send(c->outbox, i);
}

static void leave_channel(struct chat *c, uint32_t client) {
    const struct span none = {0};
    broadcast(c, "left", client, none, false);
    c->clients[client].channel = 0;
}

void chat_enter(struct chat *c, uint32_t client, const char *name) {
    const struct span none = {0};
    assert(c->clients[client].name[0] == '\0' && chat_is_name(span_from(name)));
    snprintf(c->clients[client].name, CHAT_NAME_SIZE, "%s", name);
    write_here(&c->clients[client]);
    if (client >= c->used) c->used = client + 1;
    write_line(c, outbox_packet(c->outbox), "hello", client, none);
    outbox_send(c->outbox, client);
}

void chat_leave(struct chat *c, uint32_t client) {
    leave_channel(c, client);
    c->clients[client].name[0] = '\0';
}

/* Sends all lines of the list to one member as one packet. */
static void send_members(struct chat *c, uint32_t to) {
    struct buf *out = outbox_packet(c->outbox);
    for (uint32_t i = 0; i < c->used; i++)
        if (c->clients[i].channel == c->clients[to].channel)
            buf_append(out, c->clients[i].here, c->clients[i].here_len);
    outbox_send(c->outbox, to);
}

static bool join(struct chat *c, uint32_t client, struct span name) {
    const struct span none = {0};
    unsigned channel = 2;
    while (channel > 0 && !span_equal(name, span_from(channels[channel])))
        channel--;
    if (channel == 0) return false;
    leave_channel(c, client);
    c->clients[client].channel = (uint8_t)channel;
    broadcast(c, "joined", client, none, false);
    send_members(c, client);
    return true;
}

static bool send_said(struct chat *c, uint32_t client, struct span text) {
    unsigned channel = c->clients[client].channel;
    if (channel == 0 || text.len == 0 || has_controls(text)) return false;
    broadcast(c, "said", client, text, true);
    return true;
}

static bool type(struct chat *c, uint32_t client) {
    const struct span none = {0};
    broadcast(c, "typing", client, none, false);
    return c->clients[client].channel != 0;
}

/* Does the line begin with that text? Then *rest is the rest. */
static bool begins(struct span line, const char *with, struct span *rest) {
    size_t n = strlen(with);
    if (line.len < n || memcmp(line.data, with, n) != 0) return false;
    *rest = span_skip(line, n);
    return true;
}

bool chat_receive(struct chat *c, uint32_t client, struct span line) {
    struct span rest;
    assert(client < c->used && c->clients[client].name[0]);
    if (begins(line, "join ", &rest)) return join(c, client, rest);
    if (begins(line, "say ", &rest)) return send_said(c, client, rest);
    return span_equal(line, span_from("typing")) && type(c, client);
}
