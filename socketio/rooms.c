/* rooms.c: see socketio/rooms.h. The number of a room is its index in the
 * table, and the number of its group. */
#include "socketio/rooms.h"

#include <stdlib.h>

#include "socketio/handle.h"

enum {
    BUCKET_BITS = 14 /* more buckets than rooms */
};

struct room {
    uint32_t next; /* in its bucket, or next free one: number + 1, 0: none */
    uint32_t nsp;
    uint8_t name_len;
    uint8_t name[LIMIT_ROOM_NAME];
};

struct rooms {
    uint64_t seed;
    struct groups groups;
    struct room *table;
    uint32_t *lists;   /* by the slot of a client's handle: see group.h */
    uint32_t *buckets; /* the first room of each: number + 1 */
    uint32_t used, free;
};

struct rooms *rooms_new(uint32_t max_clients, uint64_t seed) {
    struct rooms *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->seed = seed;
    r->table = calloc(LIMIT_ROOMS, sizeof *r->table);
    r->lists = calloc(max_clients, sizeof *r->lists);
    r->buckets = calloc((size_t)1 << BUCKET_BITS, sizeof *r->buckets);
    if (groups_init(&r->groups, LIMIT_ROOMS,
                    LIMIT_ROOMS_JOINED * max_clients) &&
        r->table && r->lists && r->buckets)
        return r;
    rooms_free(r);
    return NULL;
}

void rooms_free(struct rooms *r) {
    if (!r) return;
    groups_free(&r->groups);
    free(r->table);
    free(r->lists);
    free(r->buckets);
    free(r);
}

/* Returns the bucket of a name: the upper bits of FNV-1a, begun with the
 * seed. */
static uint32_t *bucket_of(const struct rooms *r, uint32_t nsp,
                           struct span name) {
    uint64_t hash = (r->seed ^ nsp) * 0x100000001b3u;
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ name.data[i]) * 0x100000001b3u;
    hash ^= hash >> 32;
    return &r->buckets[(hash * 0x9e3779b97f4a7c15u) >> (64 - BUCKET_BITS)];
}

static bool is_named(struct room *room, uint32_t nsp, struct span name) {
    return room->nsp == nsp &&
           span_equal((struct span){room->name, room->name_len}, name);
}

/* Returns where the number + 1 of that room is stored; 0 if there is no
 * room. */
static uint32_t *place_of(const struct rooms *r, uint32_t nsp,
                          struct span name) {
    uint32_t *place = bucket_of(r, nsp, name);
    while (*place && !is_named(&r->table[*place - 1], nsp, name))
        place = &r->table[*place - 1].next;
    return place;
}

uint32_t rooms_find(const struct rooms *r, uint32_t nsp, struct span name) {
    return *place_of(r, nsp, name) - 1; /* 0 - 1 is NO_ROOM */
}

/* Makes a room without clients at *place. False: there are too many. */
static bool make_room(struct rooms *r, uint32_t *place, uint32_t nsp,
                      struct span name) {
    uint32_t number = r->free;
    if (number)
        r->free = r->table[number - 1].next;
    else if (r->used < LIMIT_ROOMS)
        number = ++r->used;
    if (number == 0) return false;
    struct room *room = &r->table[number - 1];
    room->next = 0;
    room->nsp = nsp;
    room->name_len = (uint8_t)name.len;
    if (name.len > 0) memcpy(room->name, name.data, name.len);
    *place = number;
    return true;
}

/* Frees the room if it has no clients. */
static void free_if_empty(struct rooms *r, uint32_t number) {
    struct room *room = &r->table[number];
    struct span name = {room->name, room->name_len};
    if (r->groups.first[number]) return;
    *place_of(r, room->nsp, name) = room->next;
    room->next = r->free;
    r->free = number + 1;
}

static unsigned count_joined(const struct rooms *r, uint32_t list) {
    uint32_t group;
    unsigned n = 0;
    while (groups_next_of(&r->groups, &list, &group)) n++;
    return n;
}

bool rooms_join(struct rooms *r, struct server_socket socket,
                struct span name) {
    uint32_t *list = &r->lists[handle_slot(socket.client)];
    if (name.len > LIMIT_ROOM_NAME) return false;
    uint32_t *place = place_of(r, socket.nsp, name);
    if (*place && groups_has(&r->groups, *list, *place - 1)) return true;
    if (count_joined(r, *list) == LIMIT_ROOMS_JOINED) return false;
    if (!*place && !make_room(r, place, socket.nsp, name)) return false;
    return groups_join(&r->groups, list, socket.client, *place - 1);
}

static void leave_room(struct rooms *r, uint32_t client, uint32_t room) {
    groups_leave(&r->groups, &r->lists[handle_slot(client)], room);
    free_if_empty(r, room);
}

void rooms_leave(struct rooms *r, struct server_socket socket,
                 struct span name) {
    uint32_t room = rooms_find(r, socket.nsp, name);
    if (room != NO_ROOM) leave_room(r, socket.client, room);
}

void rooms_leave_namespace(struct rooms *r, struct server_socket socket) {
    uint32_t next = r->lists[handle_slot(socket.client)], room;
    while (groups_next_of(&r->groups, &next, &room))
        if (r->table[room].nsp == socket.nsp)
            leave_room(r, socket.client, room);
}

void rooms_leave_all(struct rooms *r, uint32_t client) {
    uint32_t next = r->lists[handle_slot(client)], room;
    while (groups_next_of(&r->groups, &next, &room))
        leave_room(r, client, room);
}

bool rooms_has(const struct rooms *r, uint32_t client, uint32_t room) {
    return groups_has(&r->groups, r->lists[handle_slot(client)], room);
}

bool rooms_write_names(const struct rooms *r, struct server_socket socket,
                       struct buf *names) {
    uint32_t next = r->lists[handle_slot(socket.client)], room;
    while (groups_next_of(&r->groups, &next, &room)) {
        struct room *found = &r->table[room];
        struct span parts[] = {{&found->name_len, 1},
                               {found->name, found->name_len}};
        if (found->nsp == socket.nsp && !buf_append_all(names, parts, 2))
            return false;
    }
    return true;
}

bool rooms_next_name(struct span *names, struct span *name) {
    if (names->len == 0) return false;
    *name = (struct span){names->data + 1, names->data[0]};
    *names = span_skip(*names, 1 + name->len);
    return true;
}

bool rooms_next(const struct rooms *r, uint32_t room, uint32_t *record,
                uint32_t *client) {
    return groups_next(&r->groups, room, record, client);
}
