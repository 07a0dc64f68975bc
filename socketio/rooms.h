/*
 * rooms.h: the rooms of a Socket.IO server: names for sets of clients
 *
 *   bucket ──> "red" of namespace 0 ──> ...     found by the hash of its name
 *               group 7:  4 <-> 9               its clients: see group.h
 *
 * A room exists from the first client that joins it until the last one has
 * left. It belongs to one namespace. All memory is allocated with the server's
 * first room; its pages are untouched until used. Introduced in
 * socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_ROOMS_H
#define SOCKETIO_ROOMS_H

#include "packets/buf.h"
#include "packets/limits.h"
#include "socketio/group.h"
#include "socketio/server_event.h"

#define ROOMS_LIMITS(X)                                                        \
    X(LIMIT_ROOMS, 10000, "rooms", "that have clients, of one server")         \
    X(LIMIT_ROOMS_JOINED, 32, "rooms", "of one client")                        \
    X(LIMIT_ROOM_NAME, 64, "bytes", "a name of a room")

enum rooms_limits {
    ROOMS_LIMITS(LIMIT_ENUM)
};

#define NO_ROOM UINT32_MAX

struct rooms; /* see rooms.c */

/* seed: a secret number, so that clients cannot choose names that share a
 * bucket. NULL: no memory. */
struct rooms *rooms_new(uint32_t max_clients, uint64_t seed);
void rooms_free(struct rooms *r); /* r may be NULL */

/* A client joins a room of the namespace; to join twice changes nothing. False:
 * a limit is reached. */
bool rooms_join(struct rooms *r, struct server_socket socket, struct span name);

/* A client leaves one room, all rooms of the namespace, or all its rooms. */
void rooms_leave(struct rooms *r, struct server_socket socket,
                 struct span name);
void rooms_leave_namespace(struct rooms *r, struct server_socket socket);
void rooms_leave_all(struct rooms *r, uint32_t client);

/* The number of a room that has clients, or NO_ROOM. */
uint32_t rooms_find(const struct rooms *r, uint32_t nsp, struct span name);

/* Is the client in that room? */
bool rooms_has(const struct rooms *r, uint32_t client, uint32_t room);

/* Appends the names of the client's rooms in the namespace to a list of names;
 * before each is a byte with its length. False: no memory. */
bool rooms_write_names(const struct rooms *r, struct server_socket socket,
                       struct buf *names);

/* Consumes the next name of such a list. False: there are no more. */
bool rooms_next_name(struct span *names, struct span *name);

/* Walks the clients of a room, as groups_next does. */
bool rooms_next(const struct rooms *r, uint32_t room, uint32_t *record,
                uint32_t *client);

#endif
