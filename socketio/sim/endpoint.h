/*
 * endpoint.h: a client's end of one connection: HTTP, then perhaps WebSocket
 *
 *   endpoint_request -> written -> endpoint_push -> the wire, also in pieces
 *   the wire -> endpoint_receive -> endpoint_response, endpoint_message
 *
 * The endpoint records each request with its allowed responses, and compares
 * the responses with them in order. A response that a strict client would not
 * accept ends the simulation.
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
    QUERY_OTHER, /* the response must have one of its statuses */
};

struct request {
    enum query_kind kind;
    bool is_head, is_expecting; /* Expect: 100-continue */
    bool is_partial;            /* never completed: it may time out */
    uint16_t status[4];         /* allowed in the response, ended by 0 */
    const char *echo;           /* how the body must begin, unless NULL */
    uint64_t number;            /* the rest of the body after echo */
    size_t begin, end;          /* positions, as in written */
    int64_t put_ms;             /* when its last byte was put; -1: not yet */
};

struct endpoint {
    struct cable *cable; /* NULL: not connected */
    struct buf out, in;
    size_t written, put; /* bytes since it was opened */
    uint32_t piece;      /* bytes to put at once */
    uint32_t rate;       /* bytes to read at once */
    struct request requests[MAX_REQUESTS];
    unsigned first, count; /* of requests: a ring */
    bool close_promised;   /* a response said Connection: close */
    bool is_websocket, is_closed, has_closed; /* close frame: received, sent */
    bool is_held; /* puts nothing more: the peer must time out */
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

/* Write a request, or bytes that the endpoint does not interpret. */
void endpoint_request(struct endpoint *e, struct request r, struct span bytes);
void endpoint_write(struct endpoint *e, struct span bytes);
/* Write one frame, or a close frame. */
void endpoint_send(struct endpoint *e, unsigned opcode, struct span payload);
void endpoint_send_close(struct endpoint *e, unsigned code);

/* Puts written bytes, or a piece of them, on the wire. */
void endpoint_push(struct endpoint *e, int64_t now);

/* Reads the bytes that have arrived. */
void endpoint_receive(struct endpoint *e);

/* Returns the next response and its request. The body is valid until the next
 * call. A 101 makes the endpoint a WebSocket. */
bool endpoint_response(struct endpoint *e, struct response *r,
                       struct request *q);

/* Returns the next message (or CONN_CLOSED), valid until the next call. */
bool endpoint_message(struct endpoint *e, struct conn_event *message);

/* Has the server ended the connection, and was all its output read? */
bool endpoint_has_ended(const struct endpoint *e);

/* Returns the oldest request without a response, or NULL. */
struct request *endpoint_oldest(struct endpoint *e);

static inline bool endpoint_is_open(const struct endpoint *e) {
    return e->cable != NULL;
}

/* The server's number of the connection, for the trace. */
static inline uint32_t endpoint_link(const struct endpoint *e) {
    return e->cable ? e->cable->link : NO_LINK;
}

#endif
