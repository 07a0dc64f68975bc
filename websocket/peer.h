/*
 * peer.h: the server's side of one WebSocket, from first to last byte (RFC
 * 6455)
 *
 *   CONNECTING --101--> OPEN --close frame--> LINGERING --> CLOSED
 *        \__ refused, or timed out ________________/
 *
 * The counterpart of websocket/client.h. It combines websocket/handshake.h and
 * websocket/conn.h, and judges their time-outs; the clock is the caller's.
 * Introduced in websocket/408_echo_server.c.
 */
#ifndef WEBSOCKET_PEER_H
#define WEBSOCKET_PEER_H

#include "packets/timer.h"
#include "websocket/conn.h"
#include "websocket/handshake.h"

struct peers { /* what all peers of a server share; must not move */
    struct timers handshakes, lingering;
    size_t max_message;  /* bytes, as for conn_init_server */
    bool is_loopback;    /* the server listens at a loopback address */
    const char *origins; /* other origins that are allowed, or NULL */
    int64_t unix_seconds;
    char date[HTTP_DATE_SIZE + 8]; /* "Date: ...", or "" */
};

/* What the states mean here:
 *   WS_CLOSED      close the socket now; a peer that is all zero
 *   WS_CONNECTING  the request is awaited: LIMIT_HEAD_MS, then 408
 *   WS_OPEN        and while it is closing, too: conn.state says which
 *   WS_LINGERING   send what is unsent, then a FIN; the peer has to end TCP,
 *                  too: LIMIT_CLOSING_MS after the last byte */
struct peer { /* must not move; 56 bytes */
    union {
        struct conn conn; /* WS_OPEN */
        struct {          /* the other states */
            struct buf head;
            struct timer timer;
        };
    };
    uint8_t state;      /* of enum ws_state */
    bool has_timed_out; /* the state has timed out */
};

/* host: the address that the server listens at; origins: see origin_check. */
void peers_init(struct peers *s, size_t max_message, const char *host,
                const char *origins);

/* Sets the Date of refusals (RFC 9110 §6.6.1): seconds since 1970, UTC. */
void peers_set_time(struct peers *s, int64_t unix_seconds);

/* peers_pop_due returns a peer that has timed out by now, or NULL; the caller
 * then calls peer_next without input. peers_wait returns the smaller of wait
 * and the ms until the next one is due; wait -1: no limit. */
struct peer *peers_pop_due(struct peers *s, int64_t now);
int peers_wait(const struct peers *s, int64_t now, int wait);

/* peer_init begins in WS_CONNECTING. peer_init_responded begins after a
 * response that the caller has written: in WS_OPEN after a 101, otherwise in
 * WS_LINGERING. peer_free stops the timer and frees all memory; then the state
 * is WS_CLOSED. */
void peer_init(struct peer *p, struct peers *s, int64_t now);
void peer_init_responded(struct peer *p, struct peers *s, unsigned status);
void peer_free(struct peer *p);

/* Consumes from *in, which may be empty, until there is an event (true), or
 * until *in is empty (false). Appends protocol output to out; the caller sends
 * messages by conn_send to out. Events are CONN_HANDSHAKE, then those of
 * conn_next; CONN_CLOSED has no payload. When it returns false, the caller
 * sends out and then acts on the state. */
bool peer_next(struct peer *p, struct peers *s, struct span *in,
               struct conn_event *e, struct buf *out);

/* The caller has sent all output. In WS_LINGERING the peer has LIMIT_CLOSING_MS
 * from now on to end TCP. */
void peer_sent(struct peer *p, struct peers *s, int64_t now);

/* Some output is unsent: LIMIT_CLOSING_MS begins with the next peer_sent. */
void peer_unsent(struct peer *p);

/* In WS_OPEN: begins the close handshake; other input is dropped until
 * CONN_CLOSED. In WS_CONNECTING: ends without a response. */
void peer_close(struct peer *p, unsigned code, struct buf *out);

/* Closes like peer_close, but does not wait for the peer's close frame: the
 * state is WS_LINGERING. */
void peer_end(struct peer *p, unsigned code, struct buf *out);

/* Has the peer begun a message that it has not finished? */
bool peer_is_mid_message(const struct peer *p);

#endif
