/*
 * backlog.h: the recent events of a Socket.IO server, kept for recovery
 *
 *   position     41          42           43           44
 *            [ event ][ joins "red" ][ event ][ leaves "red" ]
 *              first                              last
 *
 * A ring of bytes. An entry is an event with its target, or it says that a
 * socket joined or left a room: replay.h needs that to find the members of a
 * room at the time of an event. Entries are numbered 1, 2, 3 and so on; the
 * number is the position. A full ring drops its oldest entries. Introduced in
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
    uint32_t end;         /* where the next entry is written, if it fits */
    uint32_t wrap;        /* end <= first: entries end here and continue at 0 */
    uint64_t start;       /* entries dropped: the first one left is start + 1 */
    uint64_t position; /* entries appended so far: the position of the last */
};

enum backlog_kind {
    BACKLOG_EVENT,
    BACKLOG_JOIN,
    BACKLOG_LEAVE,
};

/* Sockets are numbered from 1. */
struct backlog_entry {
    enum backlog_kind kind;
    uint32_t nsp;
    uint64_t socket; /* EVENT: the only receiver, 0: many; otherwise the socket
                        that joins or leaves */
    uint64_t except; /* EVENT: the socket that does not get it; 0: none */
    bool has_rooms;  /* EVENT: only for the members of rooms */
    bool is_lost;    /* EVENT: too long, so its messages were not kept */
    struct span rooms;    /* names, as rooms_next_name reads them */
    struct span messages; /* EVENT: as backlog_next_message reads them */
};

/* size is in bytes, at least 8192. False: no memory. */
bool backlog_init(struct backlog *b, uint32_t size);
void backlog_free(struct backlog *b);

/* Appends an entry. An EVENT has messages: a text of k parts, then count
 * binaries; for other kinds both are 0. If the messages take more than a
 * quarter of the ring, only the target is kept: is_lost. */
void backlog_append(struct backlog *b, const struct backlog_entry *e,
                    const struct span *parts, size_t k,
                    const struct span *binaries, size_t count);

/* A place between two entries: after the entry with that position. */
struct backlog_cursor {
    uint64_t position;
    uint32_t at;
};

/* backlog_end returns the place after the last entry. The other two step over
 * one entry, backwards or forwards, and set *e, which is valid until the next
 * append. False: there are no more. */
struct backlog_cursor backlog_end(const struct backlog *b);
bool backlog_back(const struct backlog *b, struct backlog_cursor *c,
                  struct backlog_entry *e);
bool backlog_next(const struct backlog *b, struct backlog_cursor *c,
                  struct backlog_entry *e);

/* Consumes the next message of an event; the first is text. False: no more. */
bool backlog_next_message(struct span *messages, struct span *message);

#endif
