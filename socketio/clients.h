/*
 * clients.h: what the clients of a Socket.IO server send, and what they owe
 *
 *   opened    it owes a CONNECT, within connect_timeout
 *   40        asks to join a namespace: CONNECT
 *   42[...]   EVENT, and so on
 *   51-[...]  it owes an attachment, within LIMIT_ATTACHMENTS_MS
 *
 * Keeps binary packets until they are complete; namespaces.h keeps who is
 * where. Sends nothing: what a message comes to is returned, and the server
 * acts on it. Socket.IO v5, "Exchange protocol". Introduced in
 * socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_CLIENTS_H
#define SOCKETIO_CLIENTS_H

#include "packets/limits.h"
#include "packets/timer.h"
#include "socketio/namespaces.h"
#include "socketio/pending.h"

#define CLIENTS_LIMITS(X)                                                      \
    X(LIMIT_ATTACHMENTS_MS, 5000, "ms", "until the last attachment: close")

enum clients_limits {
    CLIENTS_LIMITS(LIMIT_ENUM)
};

struct clients { /* must not move */
    struct namespaces namespaces;
    struct pending **pending; /* what it owes, by slot; mostly NULL */
    uint32_t used;            /* slots; the table is untouched from there on */
    size_t max_message;
    struct timers connecting, attaching, postponed;
    struct pending *event_memory; /* the memory of the last event */
    struct span attachment[LIMIT_ATTACHMENTS]; /* of the last event */
    int64_t now; /* the latest time that the server was given */
};

/* False: no memory. */
bool clients_init(struct clients *t, const char *const *namespaces,
                  uint32_t max_clients, size_t max_message,
                  uint32_t connect_timeout);
void clients_free(struct clients *t);

/* What a message comes to. */
enum clients_outcome {
    CLIENT_NO_EVENT,
    CLIENT_EVENT,   /* *e is set: valid until clients_release */
    CLIENT_CONNECT, /* *e is a CONNECT to the namespace e->name, whose number
                       may be NO_NAMESPACE: clients_join, or it is refused */
    CLIENT_BROKE_RULE,
    CLIENT_TOO_BIG,
    CLIENT_NO_MEMORY,
};

/* A client begins. */
enum clients_outcome clients_open(struct clients *t, uint32_t client);

/* It joins a namespace: its CONNECT was accepted. */
void clients_join(struct clients *t, struct server_socket socket);

/* A message of it arrived. */
enum clients_outcome clients_receive_text(struct clients *t, uint32_t client,
                                          struct span text,
                                          struct server_event *e);
enum clients_outcome clients_receive_binary(struct clients *t, uint32_t client,
                                            struct span bytes,
                                            struct server_event *e);

/* Gives back what the last event lent. */
void clients_release(struct clients *t);

/* It is gone. Returns the namespaces in which it was, a bit for each. */
uint16_t clients_close(struct clients *t, uint32_t client);

/* Sets an event that has neither name nor args. */
void clients_set_event(struct server_event *e, enum server_event_type type,
                       struct server_socket from);

/* A client that is late with what it owes, or NO_HANDLE. The server closes it,
 * or postpones that to the next turn. */
uint32_t clients_next_due(struct clients *t, int64_t now);
void clients_postpone(struct clients *t, uint32_t client, int64_t now);

/* The smaller of wait and the ms until one is late; wait -1: none. */
int clients_wait(const struct clients *t, int64_t now, int wait);

#endif
