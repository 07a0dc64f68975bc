/*
 * namespaces.h: the namespaces of a Socket.IO server, and who is in which
 *
 *   number   0     1           2
 *   name     "/"   "/custom"   "/made-7"     added while the server runs
 *   clients  4 9   9           4
 *
 * The namespaces of the server's options are there from the start to the end.
 * One that is added later gives up its number when it is empty and the number
 * is needed. Introduced in socketio/506_echo_server.c.
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
    uint16_t *expelled;   /* and those out of which the server put it */
    uint32_t *lists;      /* see group.h */
    struct groups groups; /* of clients, by number of the namespace */
    struct span name[LIMIT_NAMESPACES];
    unsigned count;       /* numbers in use, or used before */
    unsigned fixed_count; /* those of the options */
};

/* names: at most LIMIT_NAMESPACES, ended by NULL; they are lent. False: no
 * memory; namespaces_free gives back what was taken. */
bool namespaces_init(struct namespaces *t, const char *const *names,
                     uint32_t max_clients);
void namespaces_free(struct namespaces *t);

/* The number of a namespace, or NO_NAMESPACE. */
uint32_t namespaces_find(const struct namespaces *t, struct span name);

/* Adds one that is not there. Returns its number, or NO_NAMESPACE: there are
 * too many, or there is no memory. */
uint32_t namespaces_add(struct namespaces *t, struct span name);

/* A client is in no namespace yet. */
void namespaces_open(struct namespaces *t, uint32_t client);

/* A client that is not in a namespace joins it; one that is in it leaves it, or
 * is put out: then what it sends there is not its fault, since it may not
 * know. */
void namespaces_join(struct namespaces *t, struct server_socket socket);
void namespaces_leave(struct namespaces *t, struct server_socket socket);
void namespaces_expel(struct namespaces *t, struct server_socket socket);

/* Leaves all. Returns which they were, a bit for each. */
uint16_t namespaces_leave_all(struct namespaces *t, uint32_t client);

bool namespaces_has(const struct namespaces *t, struct server_socket socket);
bool namespaces_has_expelled(const struct namespaces *t,
                             struct server_socket socket);

/* Walks the clients of a namespace: as groups_next. */
static inline bool namespaces_next(const struct namespaces *t, uint32_t nsp,
                                   uint32_t *record, uint32_t *client) {
    return groups_next(&t->groups, nsp, record, client);
}

#endif
