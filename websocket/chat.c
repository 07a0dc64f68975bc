/* chat.c: see websocket/chat.h. Entry points: chat_init, chat_free,
 * chat_is_name, chat_enter, chat_receive, chat_leave. */
#include "websocket/chat.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "packets/control.h"
#include "websocket/conn.h"
#include "websocket/utf8.h"

#define NO_CLIENT UINT32_MAX /* no client is excluded */

struct chat_client {
    char name[CHAT_NAME_SIZE]; /* "": not connected */
    uint8_t channel;           /* 0: none */
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

/* Begins a line about a client: "verb NAME", or "verb NAME TEXT". */
static void write_line(struct chat *c, const char *verb, uint32_t about,
                       struct span text) {
    struct span parts[] = {span_from(verb), span_from(" "),
                           span_from(c->clients[about].name), span_from(" "),
                           text};
    conn_send(outbox_packet(c->outbox), FRAME_TEXT, parts, text.len ? 5 : 3,
              NULL);
}

/* Broadcasts the line to a channel, except to one client. */
static void send_to_channel(struct chat *c, unsigned channel, uint32_t except) {
    for (uint32_t i = 0; i < c->used && channel > 0; i++)
        if (c->clients[i].channel == channel && i != except)
            outbox_send(c->outbox, i);
}

static void leave_channel(struct chat *c, uint32_t client) {
    const struct span none = {0};
    unsigned channel = c->clients[client].channel;
    c->clients[client].channel = 0;
    write_line(c, "left", client, none);
    send_to_channel(c, channel, NO_CLIENT);
}

void chat_enter(struct chat *c, uint32_t client, const char *name) {
    const struct span none = {0};
    assert(c->clients[client].name[0] == '\0' && chat_is_name(span_from(name)));
    snprintf(c->clients[client].name, CHAT_NAME_SIZE, "%s", name);
    if (client >= c->used) c->used = client + 1;
    write_line(c, "hello", client, none);
    outbox_send(c->outbox, client);
}

void chat_leave(struct chat *c, uint32_t client) {
    leave_channel(c, client);
    c->clients[client].name[0] = '\0';
}

static bool join(struct chat *c, uint32_t client, struct span name) {
    const struct span none = {0};
    unsigned channel = 2;
    while (channel > 0 && !span_equal(name, span_from(channels[channel])))
        channel--;
    if (channel == 0) return false;
    leave_channel(c, client);
    write_line(c, "joined", client, none);
    send_to_channel(c, channel, client);
    c->clients[client].channel = (uint8_t)channel;
    for (uint32_t i = 0; i < c->used; i++) {
        if (c->clients[i].channel != channel) continue;
        write_line(c, "here", i, none);
        outbox_send(c->outbox, client);
    }
    return true;
}

static bool send_said(struct chat *c, uint32_t client, struct span text) {
    unsigned channel = c->clients[client].channel;
    if (channel == 0 || text.len == 0 || has_controls(text)) return false;
    write_line(c, "said", client, text);
    send_to_channel(c, channel, NO_CLIENT);
    return true;
}

static bool type(struct chat *c, uint32_t client) {
    const struct span none = {0};
    unsigned channel = c->clients[client].channel;
    write_line(c, "typing", client, none);
    send_to_channel(c, channel, client);
    return channel != 0;
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
