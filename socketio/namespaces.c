/* namespaces.c: see socketio/namespaces.h. The number of a namespace is a bit
 * in joined and expelled, and the number of its group. */
#include "socketio/namespaces.h"

#include <assert.h>
#include <stdlib.h>

#include "socketio/handle.h"

bool namespaces_init(struct namespaces *t, const char *const *names,
                     uint32_t max_clients) {
    *t = (struct namespaces){0};
    for (; names[t->count]; t->count++) {
        assert(t->count < LIMIT_NAMESPACES);
        t->name[t->count] = span_from(names[t->count]);
    }
    t->fixed_count = t->count;
    t->joined = calloc(max_clients, sizeof *t->joined);
    t->expelled = calloc(max_clients, sizeof *t->expelled);
    t->lists = calloc(max_clients, sizeof *t->lists);
    return groups_init(&t->groups, LIMIT_NAMESPACES,
                       LIMIT_NAMESPACES * max_clients) &&
           t->joined && t->expelled && t->lists;
}

void namespaces_free(struct namespaces *t) {
    for (unsigned i = t->fixed_count; i < t->count; i++) free(t->name[i].data);
    t->count = t->fixed_count = 0;
    groups_free(&t->groups);
    free(t->joined);
    free(t->expelled);
    free(t->lists);
    t->joined = t->expelled = NULL;
    t->lists = NULL;
}

uint32_t namespaces_find(const struct namespaces *t, struct span name) {
    for (unsigned i = 0; i < t->count; i++)
        if (span_equal(t->name[i], name)) return i;
    return NO_NAMESPACE;
}

/* Returns a number without a namespace, or that of an empty namespace that was
 * added. */
static uint32_t free_number(struct namespaces *t) {
    if (t->count < LIMIT_NAMESPACES) return t->count++;
    for (unsigned i = t->fixed_count; i < t->count; i++)
        if (t->groups.first[i] == 0) return i;
    return NO_NAMESPACE;
}

uint32_t namespaces_add(struct namespaces *t, struct span name) {
    struct span copy = {malloc(name.len ? name.len : 1), name.len};
    uint32_t nsp = copy.data ? free_number(t) : NO_NAMESPACE;
    if (nsp == NO_NAMESPACE) {
        free(copy.data);
        return NO_NAMESPACE;
    }
    memcpy(copy.data, name.data, name.len);
    free(t->name[nsp].data);
    t->name[nsp] = copy;
    return nsp;
}

static uint16_t bit_of(struct server_socket socket) {
    return (uint16_t)(1u << socket.nsp);
}

bool namespaces_has(const struct namespaces *t, struct server_socket socket) {
    return socket.nsp < t->count &&
           t->joined[handle_slot(socket.client)] & bit_of(socket);
}

bool namespaces_has_expelled(const struct namespaces *t,
                             struct server_socket socket) {
    return socket.nsp < t->count &&
           t->expelled[handle_slot(socket.client)] & bit_of(socket);
}

/* Writes only if the bit changes: a page without writes takes no memory. */
static void set_expelled(struct namespaces *t, struct server_socket socket,
                         bool is_expelled) {
    uint16_t *bits = &t->expelled[handle_slot(socket.client)];
    if (is_expelled)
        *bits |= bit_of(socket);
    else if (*bits & bit_of(socket))
        *bits &= (uint16_t)~bit_of(socket);
}

void namespaces_open(struct namespaces *t, uint32_t client) {
    uint32_t slot = handle_slot(client);
    t->joined[slot] = 0;
    t->lists[slot] = 0;
    if (t->expelled[slot]) t->expelled[slot] = 0;
}

void namespaces_join(struct namespaces *t, struct server_socket socket) {
    uint32_t slot = handle_slot(socket.client);
    bool has_record =
        groups_join(&t->groups, &t->lists[slot], socket.client, socket.nsp);
    assert(has_record); /* the table has one for each client and namespace */
    (void)has_record;
    t->joined[slot] |= bit_of(socket);
    set_expelled(t, socket, false);
}

void namespaces_leave(struct namespaces *t, struct server_socket socket) {
    uint32_t slot = handle_slot(socket.client);
    groups_leave(&t->groups, &t->lists[slot], socket.nsp);
    t->joined[slot] &= (uint16_t)~bit_of(socket);
}

void namespaces_expel(struct namespaces *t, struct server_socket socket) {
    namespaces_leave(t, socket);
    set_expelled(t, socket, true);
}

uint16_t namespaces_leave_all(struct namespaces *t, uint32_t client) {
    uint32_t slot = handle_slot(client);
    uint16_t joined = t->joined[slot];
    groups_leave_all(&t->groups, &t->lists[slot]);
    t->joined[slot] = 0;
    return joined;
}
