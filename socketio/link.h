/*
 * link.h: one connection of an engine: what arrives, and what it is sent
 *
 *   bytes --> link_next_http, link_next_websocket --> events
 *   link_respond, link_send, ... --> outbox --> link_outgoing --> link_sent
 *
 * What a function sends goes to the outbox. Time-outs of the peer begin when
 * its output has left the process: link_sent. That a link ends, or fails for
 * want of memory, is data, too: the END or DROP of its output.
 * Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_LINK_H
#define SOCKETIO_LINK_H

#include "socketio/links.h"

/* A connection begins, with a number that is not in use. Or it is gone. */
struct link *link_accept(struct links *t, uint32_t conn);
void link_lost(struct links *t, struct link *l);

/* Can an event be made of its input? Not while it is FAILED, or has packets of
 * a POST that were not handed out. */
static inline bool link_is_readable(const struct link *l) {
    return l->kind == LINK_WEBSOCKET ||
           (l->kind == LINK_HTTP && !polling_has_payload(l->http));
}

/* Makes one event of input, in t->http_event or *event, as http_conn_next and
 * conn_next do, and sends the replies that the protocol itself requires. */
bool link_next_http(struct links *t, struct link *l, struct span *in);
bool link_next_websocket(struct links *t, struct link *l, struct span *in,
                         struct conn_event *event);

/* Adds the piece of t->http_event to the body of a POST. False: no memory, and
 * the link is dropped. */
bool link_add_body(struct links *t, struct link *l);

/* Responds to the request of an HTTP link with packets, as polling_write does.
 * Returns how many of the queue, or -1: no memory, and the link is dropped. */
int link_respond_packets(struct links *t, struct link *l, const char *first,
                         const struct queue *q, const char *last);

/* Each of these responds to the request of an HTTP link, as the functions of
 * polling.h do. The link ends if the request was its last one. */
void link_respond(struct links *t, struct link *l, struct span text);
void link_respond_page(struct links *t, struct link *l, unsigned status,
                       const char *type, struct span body, const char *fields);
void link_respond_preflight(struct links *t, struct link *l);
void link_refuse(struct links *t, struct link *l, unsigned status,
                 enum engine_code code);

/* Responds to a request to upgrade (RFC 6455 §4.2.2). True: it is a WebSocket
 * link now. False: the request was refused, and the link ends. */
bool link_upgrade(struct links *t, struct link *l, bool is_probe);

/* Sends a packet on a WebSocket link. */
void link_send(struct links *t, struct link *l, bool is_binary,
               const struct span *parts, size_t k);
void link_send_text(struct links *t, struct link *l, const char *text);

/* Sends a ping. Many are due at once, so it waits its turn like a broadcast. */
void link_ping(struct links *t, struct link *l);

/* Begins a packet for many, then sends it to a WebSocket link after another, by
 * their handles. In between nothing else is sent. */
void link_begin_broadcast(struct links *t, bool is_binary,
                          const struct span *parts, size_t k);
static inline void link_broadcast_to(struct links *t, uint32_t handle) {
    outbox_send(&t->outbox, handle_slot(handle));
}

/* A WebSocket link is no longer a probe; is sent a close frame, unless it was
 * before; or ends, so that nothing more is sent. */
void link_set_open(struct links *t, struct link *l);
void link_close(struct links *t, struct link *l, unsigned code);
void link_end(struct links *t, struct link *l);

/* Drops any link, with what it was still to be sent. */
void link_drop(struct links *t, struct link *l);

/* Gives the next output of any link. False: there is no more in this round. Its
 * bytes are lent until the next call of a function of this file. */
bool link_outgoing(struct links *t, struct outgoing *out);

/* All output of the link has left the process. */
void link_sent(struct links *t, struct link *l);

/* Returns a link whose time is over, once, or NULL. HTTP: link_next_http
 * without input does what is due. A WebSocket: the caller acts, by its phase.
 * Or it postpones that to the next turn, which is 1 ms later at least. */
struct link *link_next_due(struct links *t, int64_t now);
void link_postpone(struct links *t, struct link *l);

#endif
