/* server_recover_log.c: what socketio/server_recover.h records for a replay:
 * events with their offsets, and the rooms that sockets enter and leave. */
#include <stdio.h>

#include "socketio/server_inside.h"
#include "socketio/server_recover.h"

struct span server_recovery_offset(const struct server *s, bool is_kept,
                                   char text[RECOVERY_OFFSET_MAX]) {
    if (!s->recovery) return span_from("]");
    snprintf(text, RECOVERY_OFFSET_MAX, ",\"%.*s.%llu\"]", EPOCH_LENGTH,
             s->recovery->epoch,
             (unsigned long long)(s->recovery->log.position + is_kept));
    return span_from(text);
}

/* Returns the number of a CONNECTED socket, or 0. */
static uint64_t number_of(const struct server *s, uint32_t client,
                          uint32_t nsp) {
    struct server_socket socket = {client, nsp};
    if (client == NO_HANDLE) return 0;
    const struct recoverable *r = recoverable_of(&s->recovery->sockets, socket);
    return r ? r->number : 0;
}

/* Writes the rooms of a target, as rooms_next_name reads them. A room with a
 * name over the limit has no clients. */
static struct span write_rooms(const struct server_target *to, uint8_t *names) {
    const struct span *rooms = to->rooms ? to->rooms : &to->room;
    size_t n = 0;
    for (unsigned i = 0; i < to->room_count; i++) {
        if (rooms[i].len > LIMIT_ROOM_NAME) continue;
        names[n++] = (uint8_t)rooms[i].len;
        if (rooms[i].len > 0) memcpy(names + n, rooms[i].data, rooms[i].len);
        n += rooms[i].len;
    }
    return (struct span){names, n};
}

bool server_recovery_log(struct server *s, const struct server_target *to,
                         const struct span *parts, size_t k,
                         const struct server_args *args) {
    uint8_t names[TARGET_MAX_ROOMS * (1 + LIMIT_ROOM_NAME)];
    struct backlog_entry e = {.kind = BACKLOG_EVENT,
                              .nsp = to->nsp,
                              .socket = number_of(s, to->client, to->nsp),
                              .except = number_of(s, to->except, to->nsp),
                              .has_rooms = to->room_count > 0,
                              .rooms = write_rooms(to, names)};
    /* The receiver is being closed for good: the event has no receiver. */
    if (to->client != NO_HANDLE && e.socket == 0) return false;
    backlog_append(&s->recovery->log, &e, parts, k, args->attachment,
                   args->attachments);
    return true;
}

void server_recovery_log_room(struct server *s, enum backlog_kind kind,
                              struct server_socket socket, struct span room) {
    uint8_t names[1 + LIMIT_ROOM_NAME];
    struct server_target to = {.room = room, .room_count = 1};
    if (!s->recovery) return;
    struct backlog_entry e = {.kind = kind,
                              .nsp = socket.nsp,
                              .socket = number_of(s, socket.client, socket.nsp),
                              .rooms = write_rooms(&to, names)};
    backlog_append(&s->recovery->log, &e, NULL, 0, NULL, 0);
}
