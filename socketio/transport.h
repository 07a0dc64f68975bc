/*
 * transport.h: sends a session's packets by GETs or on a WebSocket
 *
 *   session --> queue --> response to a GET        polling
 *           --------------> message                WebSocket
 *
 * Links carry a session. Session and link refer to each other by handle, so
 * either may be gone at any time. Only the session says which role a link has:
 * its carrier, its post, its probe, or none any more, whatever link.session
 * says. This module sends; receiver.h receives. Introduced in
 * socketio/503_engine_server.c.
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

/* Returns the open session that a link served last, or NULL. */
struct session *transport_session(struct transport *t, const struct link *l);

/* The link now serves session s, or none: NULL. */
void transport_serve(struct transport *t, struct link *l,
                     const struct session *s);

/* Do many broadcasts wait, one of them from the link's session? Then the link
 * is not read from: it could publish more than can be sent. */
bool transport_is_paused(const struct transport *t, const struct link *l);

/* Sends a packet from k parts; text begins with its type. */
void transport_send(struct transport *t, struct session *s, bool is_binary,
                    const struct span *parts, size_t k);
void transport_ping(struct transport *t, struct session *s);

/* Would a packet leave at once: does a GET wait, or has all output of the
 * WebSocket left the process? */
bool transport_is_writable(const struct transport *t, const struct session *s);

/* Responds to GETs that have packets: to all of hurried sessions, and to as
 * many others as a broadcast may have receivers in a round. */
void transport_flush(struct transport *t);

/* All output of the round was taken. */
static inline void transport_end_round(struct transport *t) {
    t->responses = 0;
}

/* The probe has sent 2probe: responds to a GET that waits, with a noop if
 * nothing is queued. */
void transport_end_get(struct transport *t, struct session *s);

/* The probe becomes the carrier: it gets the queued packets, and a waiting GET
 * gets its response. */
void transport_upgrade(struct transport *t, struct session *s);

/* Ends the links of a session that is closing. */
void transport_end(struct transport *t, struct session *s);

/* transport_sent: the link's output has left the process; nothing happens while
 * there is more in the outbox. transport_lost: the link is gone; its session
 * closes, too, if the link was its carrier or post, or had unsent packets. */
void transport_sent(struct transport *t, struct link *l);
void transport_lost(struct transport *t, struct link *l);

#endif
