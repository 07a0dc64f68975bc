/*
 * transport.h: how a session's packets get to its peer: by GETs or a WebSocket
 *
 *   session --> queue --> response to a GET        polling
 *           --------------> message                WebSocket
 *
 * A session is carried by links, and both refer to each other by handle, so
 * either may be gone at any time. What a link is to a session is written down
 * in one place, the session: its carrier, its post, its probe, or nothing any
 * more, whatever link.session says. This file sends; what arrives is the
 * engine's. Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_TRANSPORT_H
#define SOCKETIO_TRANSPORT_H

#include "socketio/link.h"
#include "socketio/session.h"

struct transport { /* must not move */
    struct links links;
    struct sessions sessions;
    uint32_t responses; /* of this round: see transport_flush */
    bool omits_noop;    /* see engine_options.h */
};

/* The open session that a link served last, or NULL. */
struct session *transport_session(struct transport *t, const struct link *l);

/* The link now serves that session, or none: NULL. */
void transport_serve(struct transport *t, struct link *l,
                     const struct session *s);

/* Do many broadcasts wait, and one that its session has published is among
 * them? Then it is not read from: it could publish more than can be sent. */
bool transport_is_paused(const struct transport *t, const struct link *l);

/* Sends a packet from k parts; text begins with its type. */
void transport_send(struct transport *t, struct session *s, bool is_binary,
                    const struct span *parts, size_t k);
void transport_ping(struct transport *t, struct session *s);

/* Would a packet of the session go out at once: does a GET wait, or has all
 * output of its WebSocket left the process? */
bool transport_is_writable(const struct transport *t, const struct session *s);

/* Responds to the GETs for which there are packets: all of sessions that are in
 * a hurry, and of others as many as broadcasts have receivers in a round. */
void transport_flush(struct transport *t);

/* All output of the round was taken. */
static inline void transport_end_round(struct transport *t) {
    t->responses = 0;
}

/* Its probe has sent 2probe: a GET that waits ends, with a noop if need be. */
void transport_end_get(struct transport *t, struct session *s);

/* Its probe takes over: what was queued goes there, a waiting GET ends. */
void transport_upgrade(struct transport *t, struct session *s);

/* Ends the links of a session that is closing. */
void transport_end(struct transport *t, struct session *s);

/* The output of a link that was taken has left the process: nothing happens
 * while there is more in the outbox. Or the link is gone, and with it,
 * unless it was a probe, the session in whose service it was. */
void transport_sent(struct transport *t, struct link *l);
void transport_lost(struct transport *t, struct link *l);

#endif
