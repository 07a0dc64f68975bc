/*
 * acks.h: the acknowledgements that a Socket.IO server waits for
 *
 *   acks_add    -> id 10007, which goes out with an event
 *   the client  -> 10007: acks_receive; or its time is over: acks_next_due
 *
 * An id is never used twice: its remainder by LIMIT_ACKS is a place in the
 * table, and what is left says how often that place was used before. All memory
 * is taken when the server's first ack is requested, and untouched until used.
 * Introduced in socketio/506_echo_server.c.
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

/* Waits for an acknowledgement by a client in a namespace. Returns its id, or
 * -1: there are too many, or there is no memory. */
int64_t acks_add(struct acks *t, struct server_socket socket, int64_t now);

/* An ack has arrived. False: the server waits for none of that client with that
 * id. */
bool acks_receive(struct acks *t, struct server_socket socket, int64_t id);

/* The next one whose time is over: its id, and the client that owes it. -1:
 * there is none. The caller gives it up, or postpones that to the next turn. */
int64_t acks_next_due(struct acks *t, int64_t now,
                      struct server_socket *socket);
void acks_give_up(struct acks *t, int64_t id);
void acks_postpone(struct acks *t, int64_t id, int64_t now);

/* The next one that was given up, once; or -1. */
int64_t acks_next_lost(struct acks *t, struct server_socket *socket);

/* The smaller of wait and the ms until one is due; wait -1: none. */
int acks_wait(const struct acks *t, int64_t now, int wait);

#endif
