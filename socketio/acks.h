/*
 * acks.h: the acknowledgements that a Socket.IO server waits for
 *
 *   acks_add    -> id 10007, which goes out with an event
 *   the client  -> 10007: acks_receive; or its time is over: acks_next_due
 *
 * An id is never used twice: id % LIMIT_ACKS is an index of the table, and id /
 * LIMIT_ACKS counts the earlier uses of that index. The first acks_add
 * allocates the whole table; its pages are untouched until used. Introduced in
 * socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_ACKS_H
#define SOCKETIO_ACKS_H

#include "packets/limits.h"
#include "packets/timer.h"
#include "socketio/server_event.h"

#define ACKS_LIMITS(X) X(LIMIT_ACKS, 10000, "acks", "that a server waits for")

enum acks_limits {
    ACKS_LIMITS(LIMIT_ENUM)
};

struct ack;

struct acks {          /* must not move */
    struct ack *table; /* NULL until the first one */
    uint32_t used, free;
    struct timers waiting, postponed, lost;
};

void acks_init(struct acks *t, uint32_t timeout_ms);
void acks_free(struct acks *t);

/* Begins to wait for an ack from a client in a namespace. Returns its id, or
 * -1: LIMIT_ACKS acks are waited for, or there is no memory. */
int64_t acks_add(struct acks *t, struct server_socket socket, int64_t now);

/* Accepts an ack that arrived. False: the server does not wait for an ack with
 * that id from that client. */
bool acks_receive(struct acks *t, struct server_socket socket, int64_t id);

/* Returns the id of the next ack that has timed out and sets *socket, or
 * returns -1. The caller gives the ack up, or postpones it to the next turn. */
int64_t acks_next_due(struct acks *t, int64_t now,
                      struct server_socket *socket);
void acks_give_up(struct acks *t, int64_t id);
void acks_postpone(struct acks *t, int64_t id, int64_t now);

/* Returns the id of each ack that was given up, once; then -1. */
int64_t acks_next_lost(struct acks *t, struct server_socket *socket);

/* Returns the smaller of wait and the ms until an ack is due; wait -1: no
 * limit. */
int acks_wait(const struct acks *t, int64_t now, int wait);

#endif
