/*
 * polling.h: how the packets of a session travel on an HTTP connection
 *
 *   GET    response: the packets of a queue, joined; perhaps much later
 *   POST   body: packets, joined, which are handed out one by one; then "ok"
 *
 * A long poll is simply a response that is sent later. This module knows no
 * sessions, and only responds. Engine.IO v4, "HTTP long-polling". Introduced in
 * socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_POLLING_H
#define SOCKETIO_POLLING_H

#include "socketio/payload.h"
#include "socketio/queue.h"
#include "socketio/route.h"
#include "websocket/http_conn.h"

struct polling { /* must not move */
    struct http_conn http;
    struct timer turn;   /* the caller's, for a long payload */
    struct route route;  /* of the request under way; the caller sets it */
    struct buf body;     /* of a POST, the part that has arrived */
    struct span payload; /* the part of body that was not handed out yet */
    uint32_t conn;       /* the number of the connection */
};

/* A new connection, or NULL: no memory. */
struct polling *polling_new(struct http_server *server, uint32_t conn);
void polling_free(struct polling *p);

/* For a POST, instead of http_conn_accept_body: accepts a payload of at most
 * max bytes. polling_add_body then adds each piece. False: no memory, and the
 * connection is CLOSED. */
void polling_accept_body(struct polling *p, uint32_t max);
bool polling_add_body(struct polling *p, struct span piece);

/* After the body is complete: hand out its packets one by one. Returns 1, 0 if
 * there is no more, or a payload_error. A packet is valid until the next call,
 * and the caller may write to it. */
void polling_begin_payload(struct polling *p);
int polling_next_packet(struct polling *p, struct payload_packet *packet);
static inline bool polling_has_payload(const struct polling *p) {
    return p->payload.data != NULL;
}

/* Writes packets, joined, to out, which is empty: first, then at least one
 * packet of the queue and as many more as fit into max bytes, then last. Each
 * of the three may be NULL. Returns the number of packets from the queue, or
 * -1: no memory. */
int polling_write(struct buf *out, const char *first, const struct queue *q,
                  size_t max, const char *last);

/* These respond to the request under way, as http_conn_respond does, with the
 * CORS fields of its route. */

/* 200 with a text that no cache may store; 204 for OPTIONS; an error of
 * Engine.IO or, with CODE_NONE, of HTTP. */
void polling_respond(struct polling *p, struct buf *out,
                     const struct route_options *o, struct span text);
void polling_respond_preflight(struct polling *p, struct buf *out,
                               const struct route_options *o);
void polling_refuse(struct polling *p, struct buf *out,
                    const struct route_options *o, unsigned status,
                    enum engine_code code);

#endif
