/*
 * replay.h: finds the events of the backlog that one socket has missed
 *
 *   position    7: to all   8: it joins "red"   9: to "red"   10: to "blue"
 *   from 6 on   missed                          missed
 *
 * A socket gets the events that it would have received: an event to a room only
 * if it was in that room when the event was sent. Its rooms at the end of the
 * backlog are known. So the walk first goes back from the end to the socket's
 * last position and undoes each join and leave; then it goes forward over the
 * events. This module sends nothing. Introduced in socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_REPLAY_H
#define SOCKETIO_REPLAY_H

#include "socketio/backlog.h"
#include "socketio/rooms.h"

#define REPLAY_LIMITS(X)                                                       \
    X(LIMIT_REPLAY, 1048576, "bytes", "that a client missed: not recovered")   \
    X(LIMIT_REPLAYS, 33554432, "bytes", "replayed to all in 1 s: not recovered")

enum replay_limits {
    REPLAY_LIMITS(LIMIT_ENUM)
};

struct replay {
    const struct backlog *log;
    struct backlog_cursor cursor;
    uint64_t socket; /* its number */
    uint32_t nsp;
    unsigned room_count;
    struct span rooms[LIMIT_ROOMS_JOINED];
};

/* Begins after a position, at most that of the backlog's last entry. names: the
 * rooms of the socket at the end of the backlog, as rooms_write_names writes
 * them. They must stay valid, and nothing may be appended to the backlog until
 * the end. False: entries after the position are gone. */
bool replay_begin(struct replay *r, const struct backlog *log,
                  uint64_t position, uint64_t socket, uint32_t nsp,
                  struct span names);

/* Returns the next event that the socket has missed. False: there are no
 * more. */
bool replay_next(struct replay *r, struct backlog_entry *e);

/* Were all remaining events kept, and are they at most max_bytes? Changes
 * nothing. */
bool replay_is_complete(const struct replay *r, size_t max_bytes);

#endif
