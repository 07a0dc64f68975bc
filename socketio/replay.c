/* replay.c: see socketio/replay.h */
#include "socketio/replay.h"

#include <assert.h>

/* Returns the index of a room among the socket's rooms, or room_count. */
static unsigned find_room(const struct replay *r, struct span name) {
    unsigned i = 0;
    while (i < r->room_count && !span_equal(r->rooms[i], name)) i++;
    return i;
}

static void add_room(struct replay *r, struct span name) {
    if (r->room_count < LIMIT_ROOMS_JOINED) r->rooms[r->room_count++] = name;
}

static void remove_room(struct replay *r, struct span name) {
    unsigned i = find_room(r, name);
    if (i < r->room_count) r->rooms[i] = r->rooms[--r->room_count];
}

/* Applies a join or a leave. joins: the kind of entry that adds a room: JOIN
 * forwards, LEAVE backwards. */
static void change_rooms(struct replay *r, const struct backlog_entry *e,
                         enum backlog_kind joins) {
    struct span names = e->rooms, name;
    if (e->kind == BACKLOG_EVENT || e->socket != r->socket) return;
    if (!rooms_next_name(&names, &name)) return;
    if (e->kind == joins)
        add_room(r, name);
    else
        remove_room(r, name);
}

bool replay_begin(struct replay *r, const struct backlog *log,
                  uint64_t position, uint64_t socket, uint32_t nsp,
                  struct span names) {
    struct backlog_entry e;
    struct span name;
    *r = (struct replay){
        .log = log, .cursor = backlog_end(log), .socket = socket, .nsp = nsp};
    assert(position <= log->position);
    if (position < log->start) return false;
    while (rooms_next_name(&names, &name)) add_room(r, name);
    while (r->cursor.position > position && backlog_back(log, &r->cursor, &e))
        change_rooms(r, &e, BACKLOG_LEAVE);
    return true;
}

static bool is_for(const struct replay *r, const struct backlog_entry *e) {
    struct span names = e->rooms, name;
    if (e->kind != BACKLOG_EVENT || e->nsp != r->nsp) return false;
    if (e->socket != 0) return e->socket == r->socket;
    if (e->except == r->socket) return false;
    if (!e->has_rooms) return true;
    while (rooms_next_name(&names, &name))
        if (find_room(r, name) < r->room_count) return true;
    return false;
}

bool replay_next(struct replay *r, struct backlog_entry *e) {
    while (backlog_next(r->log, &r->cursor, e)) {
        change_rooms(r, e, BACKLOG_JOIN);
        if (is_for(r, e)) return true;
    }
    return false;
}

bool replay_is_complete(const struct replay *r, size_t max_bytes) {
    struct replay ahead = *r;
    struct backlog_entry e;
    size_t bytes = 0;
    while (replay_next(&ahead, &e)) {
        bytes += e.messages.len;
        if (e.is_lost || bytes > max_bytes) return false;
    }
    return true;
}
