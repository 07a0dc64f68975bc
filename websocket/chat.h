/*
 * chat.h: a chat of two channels, with one line in each text message
 *
 *   the client sends   the server sends
 *   join CHANNEL       hello NAME       first, to the client: its name
 *   say TEXT           here NAME        to a new member: each member
 *   typing             joined NAME      to the others in the channel
 *                      left NAME        to the others: also at the end
 *                      said NAME TEXT   to all in the channel, the sender too
 *                      typing NAME      to the others in the channel
 *
 * CHANNEL is "books" or "music"; a client is in one of them, or in none. A NAME
 * has no space; TEXT is the rest of the line. Neither has controls, which a
 * terminal would obey. The messages are those of the subprotocol CHAT_PROTOCOL
 * (RFC 6455 §1.9). A line is written once for all receivers (packets/outbox.h).
 * Clients have numbers, as in the outbox. Two clients may have the same name.
 * Does not do: history; messages to a client that is away. Introduced in
 * websocket/410_chat.c.
 */
#ifndef WEBSOCKET_CHAT_H
#define WEBSOCKET_CHAT_H

#include "packets/limits.h"
#include "packets/outbox.h"

#define CHAT_PROTOCOL "lines.chat"

#define CHAT_LIMITS(X)                                                         \
    X(LIMIT_CHAT_LINE, 2000, "bytes", "a line of a client: 1009")              \
    X(LIMIT_CHAT_NAME, 30, "bytes", "a name: 400")

enum chat_limits {
    CHAT_LIMITS(LIMIT_ENUM)
};

#define CHAT_NAME_SIZE (LIMIT_CHAT_NAME + 2) /* one too many, and a zero byte */

struct chat_client;

struct chat {
    struct chat_client *clients; /* by number */
    uint32_t used;               /* all numbers in use are below it */
    struct outbox *outbox;       /* the caller's, for output */
};

/* For clients numbered below count. False: no memory. */
bool chat_init(struct chat *c, uint32_t count, struct outbox *outbox);
void chat_free(struct chat *c);

/* A name has 1 to LIMIT_CHAT_NAME bytes: UTF-8 without controls and spaces. */
bool chat_is_name(struct span name);

/* A client connects: sends it "hello". chat_is_name(name) must be true. */
void chat_enter(struct chat *c, uint32_t client, const char *name);

/* Handles a line of a client, which is valid UTF-8. False: the line is not one
 * of the protocol, and nothing is sent. */
bool chat_receive(struct chat *c, uint32_t client, struct span line);

/* The client is gone: sends "left" to the others. Does nothing if the client
 * was not connected. */
void chat_leave(struct chat *c, uint32_t client);

#endif
