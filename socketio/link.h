/*
 * link.h: one connection of an engine: what arrives, and what it is sent
 *
 *   bytes --> link_next_http, link_next_websocket --> events
 *   link_respond, link_send, ... --> outbox --> link_outgoing --> link_sent
 *
 * Output goes to the outbox. Time-outs of the peer begin when its output has
 * left the process: link_sent. If a link ends or has no memory, the outbox says
 * so, too: the END or DROP of its output. Introduced in
 * socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_LINK_H
#define SOCKETIO_LINK_H

#include "socketio/links.h"

/* link_accept begins a connection, with a number that is not in use; link_lost
 * removes it. */
struct link *link_accept(struct links *t, uint32_t conn);
void link_lost(struct links *t, struct link *l);

/* Can an event be made of its input? Not while the link is FAILED or has
 * packets of a POST that were not handed out. */
static inline bool link_is_readable(const struct link *l) {
    return l->kind == LINK_WEBSOCKET ||
           (l->kind == LINK_HTTP && !polling_has_payload(l->http));
}

/* Make one event of input, in t->http_event or *event, as http_conn_next and
 * conn_next do, and send the replies that the protocol requires. */
bool link_next_http(struct links *t, struct link *l, struct span *in);
bool link_next_websocket(struct links *t, struct link *l, struct span *in,
                         struct conn_event *event);

/* Adds the piece of t->http_event to the body of a POST. False: no memory, and
 * the link is dropped. */
bool link_add_body(struct links *t, struct link *l);

/* Responds to the request of an HTTP link with packets, as polling_write does.
 * Returns the number of packets taken from the queue, or -1: no memory, and the
 * link is dropped. */
int link_respond_packets(struct links *t, struct link *l, const char *first,
                         const struct queue *q, const char *last);

/* Respond to the request of an HTTP link, as the functions of polling.h do. The
 * link ends if the request was its last one. */
void link_respond(struct links *t, struct link *l, struct span text);
void link_respond_page(struct links *t, struct link *l, unsigned status,
                       const char *type, struct span body, const char *fields);
void link_respond_preflight(struct links *t, struct link *l);
void link_refuse(struct links *t, struct link *l, unsigned status,
                 enum engine_code code);

/* Responds to a request to upgrade (RFC 6455 §4.2.2). True: it is a WebSocket
 * link now. False: the request was refused, and the link ends. */
bool link_upgrade(struct links *t, struct link *l, bool is_probe);

/* Send a packet on a WebSocket link. */
void link_send(struct links *t, struct link *l, bool is_binary,
               const struct span *parts, size_t k);
void link_send_text(struct links *t, struct link *l, const char *text);

/* Sends a ping. Many pings are due at once, so the outbox spreads them over
 * rounds like a broadcast. */
void link_ping(struct links *t, struct link *l);

/* Begins a packet for many, then sends it to one WebSocket link after another,
 * by handle. Nothing else may be sent in between. */
void link_begin_broadcast(struct links *t, bool is_binary,
                          const struct span *parts, size_t k);
static inline void link_broadcast_to(struct links *t, uint32_t handle) {
    outbox_send(&t->outbox, handle_slot(handle));
}

/* Change a WebSocket link: set_open: it is no longer a probe; close: sends a
 * close frame, unless one was sent; end: sends nothing more and ends. */
void link_set_open(struct links *t, struct link *l);
void link_close(struct links *t, struct link *l, unsigned code);
void link_end(struct links *t, struct link *l);

/* Drops a link of any kind, with its unsent output. */
void link_drop(struct links *t, struct link *l);

/* Returns the next output of any link. False: there is no more in this round.
 * Its bytes are valid until the next call of a function of this file. */
bool link_outgoing(struct links *t, struct outgoing *out);

/* All output of the link has left the process. */
void link_sent(struct links *t, struct link *l);

/* Returns a link that has timed out, once, or NULL. For HTTP, link_next_http
 * without input does what is due; for a WebSocket, the caller acts according to
 * the phase. Or the caller postpones it to the next turn, at least 1 ms
 * later. */
struct link *link_next_due(struct links *t, int64_t now);
void link_postpone(struct links *t, struct link *l);

#endif
