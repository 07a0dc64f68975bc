/*
 * backlog.h: what a Socket.IO server has sent lately, for those who missed it
 *
 *   position     41          42           43           44
 *            [ event ][ joins "red" ][ event ][ leaves "red" ]
 *              first                              last
 *
 * A ring of bytes. An entry is an event with its target, or says that a socket
 * has joined or left a room; without that, nobody would know later who was in a
 * room when an event was sent to it. Each has a number, its position: 1, 2, 3
 * and so on. The oldest entries go when the ring is full. Introduced in
 * socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_BACKLOG_H
#define SOCKETIO_BACKLOG_H

#include "packets/limits.h"
#include "packets/span.h"

#define BACKLOG_LIMITS(X)                                                      \
    X(LIMIT_BACKLOG, 4194304, "bytes", "of events for recovery: drop oldest")

enum backlog_limits {
    BACKLOG_LIMITS(LIMIT_ENUM)
};

struct backlog {
    uint8_t *bytes;       /* untouched until used */
    uint32_t size;        /* of bytes */
    uint32_t first, last; /* where the oldest and the newest entry begin */
    uint32_t end;         /* where the next one is written, if it fits */
    uint32_t wrap;        /* end <= first: entries end here, and go on at 0 */
    uint64_t start;       /* entries that are gone: the first is start + 1 */
    uint64_t position;    /* entries ever appended: the last one's position */
};

enum backlog_kind {
    BACKLOG_EVENT,
    BACKLOG_JOIN,
    BACKLOG_LEAVE,
};

/* Sockets have numbers from 1 on. */
struct backlog_entry {
    enum backlog_kind kind;
    uint32_t nsp;
    uint64_t socket; /* an EVENT: the only receiver, 0: many; else who joins */
    uint64_t except; /* an EVENT: not for that one; 0: for all */
    bool has_rooms;  /* an EVENT: only for the members of rooms */
    bool is_lost;    /* an EVENT: it was too long to be kept */
    struct span rooms;    /* names, as rooms_next_name reads them */
    struct span messages; /* an EVENT: as backlog_next_message reads them */
};

/* size: bytes, at least 8192. False: no memory. */
bool backlog_init(struct backlog *b, uint32_t size);
void backlog_free(struct backlog *b);

/* Appends an entry whose messages are a text of k parts, then count binaries;
 * both are 0 unless it is an EVENT. Of an event that would take more than a
 * quarter of the ring, only the target is kept: is_lost. */
void backlog_append(struct backlog *b, const struct backlog_entry *e,
                    const struct span *parts, size_t k,
                    const struct span *binaries, size_t count);

/* A place between two entries: after the one with that position. */
struct backlog_cursor {
    uint64_t position;
    uint32_t at;
};

/* Steps over one entry and gives it, lent until the next append. From the place
 * after the last one, back; False: there are no more. */
struct backlog_cursor backlog_end(const struct backlog *b);
bool backlog_back(const struct backlog *b, struct backlog_cursor *c,
                  struct backlog_entry *e);
bool backlog_next(const struct backlog *b, struct backlog_cursor *c,
                  struct backlog_entry *e);

/* Takes the next message of an event; the first is text. False: no more. */
bool backlog_next_message(struct span *messages, struct span *message);

#endif
