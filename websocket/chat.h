/*
 * chat.h: a chat of two channels, with one line in each text message
 *
 *   the client sends   the server sends
 *   join CHANNEL       hello NAME       first, to the client: who it is
 *   say TEXT           here NAME        to who joins: each in the channel
 *   typing             joined NAME      to the others in the channel
 *                      left NAME        to the others: also at the end
 *                      said NAME TEXT   to all in the channel, the sender too
 *                      typing NAME      to the others in the channel
 *
 * CHANNEL is "books" or "music", and a client is in one of them, or in none. A
 * NAME has no white space; what follows the second word is TEXT. The messages
 * are those of the subprotocol CHAT_PROTOCOL (RFC 6455 §1.9). A line is written
 * once, whoever gets it (packets/outbox.h). Its clients are numbers, as the
 * outbox has them. Two clients may have one name.
 * Does not do: what was said before; what is said while a client is away.
 * Introduced in websocket/410_chat.c.
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
    uint32_t used;               /* each number in use is below it */
    struct outbox *outbox;       /* the caller's: what is to be sent */
};

/* For clients numbered below count. False: no memory. */
bool chat_init(struct chat *c, uint32_t count, struct outbox *outbox);
void chat_free(struct chat *c);

/* A name has 1 to LIMIT_CHAT_NAME bytes: UTF-8 without controls and spaces. */
bool chat_is_name(struct span name);

/* A client connects, under a name for which chat_is_name is true: "hello". */
void chat_enter(struct chat *c, uint32_t client, const char *name);

/* Does what a line of a client asks for. The line is valid UTF-8. False: it is
 * not of the protocol, and the client gets nothing. */
bool chat_receive(struct chat *c, uint32_t client, struct span line);

/* The client is gone: "left" to the others. Nothing happens if it was not
 * there. */
void chat_leave(struct chat *c, uint32_t client);

#endif
