/*
 * web.h: one connection of a server for browsers: HTTP, then perhaps WebSocket
 *
 *   WEB_HTTP --request, 101--> WEB_WEBSOCKET --close frame--> WEB_LINGERING
 *       \__ the last response, or timed out ____________________/   |
 *                                                               WEB_CLOSED
 *
 * websocket/http_conn.h serves a page, its style and its script on the same
 * port as the WebSocket. The caller gets a request for a WebSocket like any
 * other request. If it responds with 101, websocket/peer.h gets the bytes after
 * the request. The clock is the caller's. Introduced in websocket/410_chat.c.
 */
#ifndef WEBSOCKET_WEB_H
#define WEBSOCKET_WEB_H

#include "websocket/http_conn.h"
#include "websocket/peer.h"

struct web { /* what all connections of a server share; must not move */
    struct http_server http;
    struct peers peers;
    struct timers stalled;     /* WebSockets in the middle of a message */
    struct http_event request; /* WEB_REQUEST: head. Both are valid until the */
    struct conn_event message; /* WEB_MESSAGE: payload.     next web_next     */
};

struct web_conn {          /* must not move; all zero: WEB_CLOSED */
    struct http_conn http; /* while is_http */
    struct peer peer;      /* after that */
    struct timer stalled;  /* LIMIT_WS_STALLED_MS without a byte: 1008 */
    bool is_http, has_stalled;
};

enum web_state {
    WEB_CLOSED, /* close the socket now */
    WEB_HTTP,
    WEB_WEBSOCKET,
    WEB_LINGERING, /* send what is unsent, then a FIN; drop the input */
};

enum web_event {
    WEB_NOTHING, /* the input is consumed */
    WEB_REQUEST, /* respond now, to web.request.head */
    WEB_MESSAGE, /* web.message: opcode, payload */
};

/* max_message: bytes of a message; a longer one closes with 1009. */
void web_init(struct web *w, size_t max_message);

/* Sets the Date of responses: seconds since 1970, UTC. */
void web_set_time(struct web *w, int64_t unix_seconds);

/* web_pop_due returns a connection that has timed out by now, or NULL; the
 * caller then calls web_next without input. web_wait returns the smaller of
 * wait and the ms until the next one is due; wait -1: no limit. */
struct web_conn *web_pop_due(struct web *w, int64_t now);
int web_wait(const struct web *w, int64_t now, int wait);

/* Begins the shutdown: each response is the last one of its connection, and a
 * connection that waits for a request is due. For a WebSocket see web_close. */
void web_shut(struct web *w);

/* web_open begins in WEB_HTTP; call web_settle next. web_free stops the timers
 * and frees all memory: WEB_CLOSED. */
void web_open(struct web_conn *c, struct web *w);
void web_free(struct web_conn *c);

/* Consumes from *in, which may be empty, until there is an event, or until *in
 * is empty. Appends protocol output to out. On WEB_REQUEST the caller responds,
 * by http_conn_respond of c->http or with a handshake's response and
 * web_upgrade; on WEB_MESSAGE it may send by conn_send. */
enum web_event web_next(struct web_conn *c, struct web *w, struct span *in,
                        struct buf *out);

/* The caller has appended the response to a handshake. Status 101: the
 * connection is a WebSocket; otherwise it is lingering. web.request.head
 * becomes invalid. */
void web_upgrade(struct web_conn *c, struct web *w, unsigned status);

/* Both begin the close handshake of a WebSocket (RFC 6455 §7.4), and do nothing
 * to HTTP. web_end does not wait for the client's close frame: the state is
 * WEB_LINGERING. */
void web_close(struct web_conn *c, unsigned code, struct buf *out);
void web_end(struct web_conn *c, unsigned code, struct buf *out);

enum web_state web_state_of(const struct web_conn *c);

/* Starts the time-out of the state and returns the state. Call it after any
 * function above, when the kernel got the output; has_unsent: the kernel did
 * not accept all of it, so no time-out runs. */
enum web_state web_settle(struct web_conn *c, struct web *w, bool has_unsent,
                          int64_t now);

#endif
