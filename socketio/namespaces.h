/*
 * namespaces.h: the namespaces of a Socket.IO server and their clients
 *
 *   number   0     1           2
 *   name     "/"   "/custom"   "/made-7"     added while the server runs
 *   clients  4 9   9           4
 *
 * The namespaces of the server's options always exist. A namespace that was
 * added later is removed when it is empty and its number is needed. Introduced
 * in socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_NAMESPACES_H
#define SOCKETIO_NAMESPACES_H

#include "packets/limits.h"
#include "socketio/group.h"
#include "socketio/server_event.h"

#define NAMESPACES_LIMITS(X)                                                   \
    X(LIMIT_NAMESPACES, 16, "namespaces", "of one server at a time")

enum namespaces_limits {
    NAMESPACES_LIMITS(LIMIT_ENUM)
};

struct namespaces {
    /* By the slot of a client's handle; untouched until used. */
    uint16_t *joined;     /* a bit for each namespace */
    uint16_t *expelled;   /* and for those that the server expelled it from */
    uint32_t *lists;      /* see group.h */
    struct groups groups; /* of clients, by number of the namespace */
    struct span name[LIMIT_NAMESPACES];
    unsigned count;       /* numbers in use, or used before */
    unsigned fixed_count; /* namespaces of the options */
};

/* names: at most LIMIT_NAMESPACES, ended by NULL; they must stay valid. False:
 * no memory; call namespaces_free. */
bool namespaces_init(struct namespaces *t, const char *const *names,
                     uint32_t max_clients);
void namespaces_free(struct namespaces *t);

/* The number of a namespace, or NO_NAMESPACE. */
uint32_t namespaces_find(const struct namespaces *t, struct span name);

/* Adds a new namespace. Returns its number, or NO_NAMESPACE: there are too
 * many, or there is no memory. */
uint32_t namespaces_add(struct namespaces *t, struct span name);

/* A client has connected and is in no namespace yet. */
void namespaces_open(struct namespaces *t, uint32_t client);

/* A client joins a namespace that it is not in, leaves one, or is expelled from
 * one. An expelled client may not know it yet, so packets that it sends to the
 * namespace are no protocol error. */
void namespaces_join(struct namespaces *t, struct server_socket socket);
void namespaces_leave(struct namespaces *t, struct server_socket socket);
void namespaces_expel(struct namespaces *t, struct server_socket socket);

/* A client leaves all its namespaces. Returns them, a bit for each. */
uint16_t namespaces_leave_all(struct namespaces *t, uint32_t client);

bool namespaces_has(const struct namespaces *t, struct server_socket socket);
bool namespaces_has_expelled(const struct namespaces *t,
                             struct server_socket socket);

/* Walks the clients of a namespace, as groups_next does. */
static inline bool namespaces_next(const struct namespaces *t, uint32_t nsp,
                                   uint32_t *record, uint32_t *client) {
    return groups_next(&t->groups, nsp, record, client);
}

#endif
