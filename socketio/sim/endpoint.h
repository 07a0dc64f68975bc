/*
 * endpoint.h: a client's end of one connection: HTTP, then perhaps WebSocket
 *
 *   endpoint_request -> written -> endpoint_push -> the wire, also in pieces
 *   the wire -> endpoint_receive -> endpoint_response, endpoint_message
 *
 * Each request is remembered with what may answer it, and answers are matched
 * in order. What a strict client would not accept fails the simulation.
 */
#ifndef SOCKETIO_SIM_ENDPOINT_H
#define SOCKETIO_SIM_ENDPOINT_H

#include "socketio/sim/cable.h"
#include "socketio/sim/response.h"
#include "websocket/conn.h"
#include "websocket/masks.h"

#define MAX_REQUESTS 64

enum query_kind {
    QUERY_OPEN,
    QUERY_POLL,
    QUERY_POST,
    QUERY_UPGRADE,
    QUERY_OTHER, /* one of its statuses must answer it */
};

struct request {
    enum query_kind kind;
    bool is_head, is_expecting; /* Expect: 100-continue */
    bool is_partial;            /* never completed: a time-out may answer */
    uint16_t status[4];         /* that may answer, ended by 0 */
    const char *echo;           /* what the body must be, unless NULL */
    uint64_t number;            /* which goes with echo */
    size_t begin, end;          /* counted like written */
    int64_t put_ms;             /* when all of it had been put; -1: not yet */
};

struct endpoint {
    struct cable *cable; /* NULL: not connected */
    struct buf out, in;
    size_t written, put; /* bytes since it was opened */
    uint32_t piece;      /* put at most so much at once */
    uint32_t rate;       /* read at most so much at once */
    struct request requests[MAX_REQUESTS];
    unsigned first, count; /* of requests: a ring */
    bool close_promised;   /* a response said Connection: close */
    bool is_websocket, is_closed, has_closed; /* close frame: received, sent */
    bool is_held; /* nothing more is put: the peer must time out */
    bool got_any;
    int64_t first_put_ms;
    size_t message_size; /* of in: the last message */
    struct conn ws;
    struct mask_source masks;
};

/* Connects. False: there are too many connections. */
bool endpoint_open(struct endpoint *e, int client, uint32_t capacity,
                   int64_t *wake, uint32_t latency, int64_t now);
void endpoint_shut(struct endpoint *e, bool reset);

/* Writes a request, or bytes without a meaning to the endpoint. */
void endpoint_request(struct endpoint *e, struct request r, struct span bytes);
void endpoint_write(struct endpoint *e, struct span bytes);
/* One frame, or a close frame. */
void endpoint_send(struct endpoint *e, unsigned opcode, struct span payload);
void endpoint_send_close(struct endpoint *e, unsigned code);

/* Puts on the wire what was written, or a piece of it. */
void endpoint_push(struct endpoint *e, int64_t now);

/* Takes from the wire what has arrived. */
void endpoint_receive(struct endpoint *e);

/* The next response and the request that it answers. The body is lent until
 * the next call. A 101 makes the endpoint a WebSocket. */
bool endpoint_response(struct endpoint *e, struct response *r,
                       struct request *q);

/* The next message (or CONN_CLOSED), lent until the next call. */
bool endpoint_message(struct endpoint *e, struct conn_event *message);

/* Has the server ended the connection, and is all of it read? */
bool endpoint_has_ended(const struct endpoint *e);

/* The oldest request that has no answer, or NULL. */
struct request *endpoint_oldest(struct endpoint *e);

static inline bool endpoint_is_open(const struct endpoint *e) {
    return e->cable != NULL;
}

/* The server's number of the connection, for the trace. */
static inline uint32_t endpoint_link(const struct endpoint *e) {
    return e->cable ? e->cable->link : NO_LINK;
}

#endif
