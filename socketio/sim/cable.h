/*
 * cable.h: one TCP connection without a network
 *
 *   client  cable_put     -> [ in               ] -> cable_read  server
 *   client  cable_receive <- [ out: the kernels ] <- [ unsent ] <- cable_send
 *
 * The server's side models tcp/stream.h, call for call: out holds at most
 * capacity bytes, the rest waits in unsent, and the server does not read from a
 * connection with too much unsent output. A cable is free when both sides have
 * closed.
 */
#ifndef SOCKETIO_SIM_CABLE_H
#define SOCKETIO_SIM_CABLE_H

#include "packets/buf.h"
#include "socketio/sim/trace.h"

#define MAX_WIRES 1024

/* The limits of tcp/stream.h. */
enum cable_limits {
    LIMIT_UNREAD = 65536,
    LIMIT_UNSENT = 1048576,
    LIMIT_STALLED_MS = 30000,
};

struct cable {
    bool client_open, server_open, waiting; /* waiting: not accepted yet */
    uint32_t link;    /* the server's number of the connection */
    int client;       /* the client that opened it */
    int64_t *wake;    /* when the client looks next, or when bytes arrive */
    uint32_t latency; /* ms until the client sees what has arrived */

    struct buf in;            /* arrived, not read by the server */
    struct buf kept;          /* read, not consumed by the server */
    bool in_end, reset;       /* the client has sent FIN, or RST */
    struct buf out;           /* sent, not read by the client */
    uint32_t capacity;        /* of out */
    bool out_end;             /* FIN follows out */
    struct buf unsent;        /* output without space in out */
    bool ending;              /* cable_end was called */
    bool is_half_closed;      /* FIN arrived while there was unsent output */
    bool stalled, overflowed; /* why the server dropped it */
    int64_t progress_ms;      /* when unsent last became shorter */
    int64_t drained_ms;       /* when unsent last became empty, or the accept */
    int64_t blocked_ms;       /* when there last was unsent output */
    int64_t ended_ms, accepted_ms;
    int64_t connected_ms;
};

enum cable_result {
    CABLE_LOST = -1,
    CABLE_AGAIN = 0,
    CABLE_OPEN = 1,
    CABLE_END = 2, /* the client sends no more */
};

/* The client's side. */
struct cable *cable_connect(int client, uint32_t capacity, int64_t *wake,
                            uint32_t latency, int64_t now); /* NULL: too many */
void cable_put(struct cable *w, struct span bytes);
void cable_shut(struct cable *w, bool reset); /* the client closes */
/* Moves at most n bytes to b. */
size_t cable_receive(struct cable *w, struct buf *b, size_t n);

/* The server's side. */
void cable_accept(struct cable *w, uint32_t link, uint32_t max_unsent,
                  int64_t now);
bool cable_is_readable(const struct cable *w);
bool cable_is_writable(const struct cable *w);
enum cable_result cable_read(struct cable *w, struct buf *b);
enum cable_result cable_send(struct cable *w, struct span bytes, int64_t now);
enum cable_result cable_flush(struct cable *w, int64_t now);
void cable_end(struct cable *w, int64_t now);
void cable_close(struct cable *w);

/* Does the server still have a connection of that client? */
bool cable_server_has(int client);

/* Returns the i-th cable, which may be closed on both sides; or NULL after the
 * last. */
struct cable *cable_at(unsigned i);
void cable_free_all(void);

static inline size_t cable_unsent(const struct cable *w) {
    return w->unsent.end - w->unsent.start;
}

/* Has each side read everything? */
bool cable_is_quiet(const struct cable *w);

#endif
