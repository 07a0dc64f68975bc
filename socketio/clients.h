/*
 * clients.h: parses the packets of a Socket.IO server's clients
 *
 *   opened    must send a CONNECT within connect_timeout
 *   40        asks to join a namespace: CONNECT
 *   42[...]   EVENT, and so on
 *   51-[...]  must send an attachment within LIMIT_ATTACHMENTS_MS
 *
 * This module keeps binary packets until they are complete; namespaces.h has
 * the clients of each namespace. It sends nothing: each function returns an
 * outcome, and the server acts on it. Socket.IO v5, "Exchange protocol".
 * Introduced in socketio/506_echo_server.c.
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
    struct pending **pending; /* by slot; mostly NULL */
    uint32_t used;            /* slots; the table is untouched from there */
    size_t max_message;
    struct timers connecting, attaching, postponed;
    struct pending *event_memory; /* the memory of the last event */
    struct span attachment[LIMIT_ATTACHMENTS]; /* of the last event */
    int64_t now; /* the latest time passed to the server, ms */
};

/* False: no memory. */
bool clients_init(struct clients *t, const char *const *namespaces,
                  uint32_t max_clients, size_t max_message,
                  uint32_t connect_timeout);
void clients_free(struct clients *t);

/* The outcome of a message. */
enum clients_outcome {
    CLIENT_NO_EVENT,
    CLIENT_EVENT,   /* *e is set: valid until clients_release */
    CLIENT_CONNECT, /* *e is a CONNECT to the namespace e->name, whose number
                       may be NO_NAMESPACE. The server calls clients_join or
                       refuses it */
    CLIENT_BROKE_RULE,
    CLIENT_TOO_BIG,
    CLIENT_NO_MEMORY,
};

/* A client has connected; it must send a CONNECT. */
enum clients_outcome clients_open(struct clients *t, uint32_t client);

/* A client joins a namespace: the server has accepted its CONNECT. */
void clients_join(struct clients *t, struct server_socket socket);

/* Parses a message of a client. *e is set for CLIENT_EVENT and
 * CLIENT_CONNECT. */
enum clients_outcome clients_receive_text(struct clients *t, uint32_t client,
                                          struct span text,
                                          struct server_event *e);
enum clients_outcome clients_receive_binary(struct clients *t, uint32_t client,
                                            struct span bytes,
                                            struct server_event *e);

/* Frees the memory that the last event refers to. */
void clients_release(struct clients *t);

/* A client is gone. Returns the namespaces that it was in, a bit for each. */
uint16_t clients_close(struct clients *t, uint32_t client);

/* Sets *e to an event without name and args. */
void clients_set_event(struct server_event *e, enum server_event_type type,
                       struct server_socket from);

/* Returns a client whose CONNECT or attachment has timed out, or NO_HANDLE. The
 * server closes the client, or postpones that to the next turn. */
uint32_t clients_next_due(struct clients *t, int64_t now);
void clients_postpone(struct clients *t, uint32_t client, int64_t now);

/* Returns the smaller of wait and the ms until the next time-out; wait -1: no
 * limit. */
int clients_wait(const struct clients *t, int64_t now, int wait);

#endif
