/*
 * request.h: what an HTTP request does to the sessions of an engine
 *
 *   head  -> request_begin      judges it; an upgrade changes the link
 *   body  -> request_add_body   of a POST of packets
 *   end   -> request_complete   opens a session, parks a GET, hands out a POST
 *   fault -> request_failed     takes the session of a POST with it
 *
 * Engine.IO v4, "HTTP long-polling", "Upgrade".
 * Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_REQUEST_H
#define SOCKETIO_REQUEST_H

#include "socketio/transport.h"

enum request_outcome {
    REQUEST_NO_EVENT, /* or has its response */
    REQUEST_OPENED,   /* there is a new session: transport_session */
    REQUEST_PAGE,     /* another path: the program responds now */
    REQUEST_PAYLOAD,  /* packets are there: request_next_packet */
};

/* Each is for the event of that name in t->links.http_event. */
enum request_outcome request_begin(struct transport *t, struct link *l);
void request_add_body(struct transport *t, struct link *l);
enum request_outcome request_complete(struct transport *t, struct link *l);
void request_failed(struct transport *t, struct link *l);

/* The next packet of a payload. False: there is no other, and the request has
 * its response. */
bool request_next_packet(struct transport *t, struct link *l,
                         struct payload_packet *packet);

/* Instead of going on: the packet was not what a client may send; or it was the
 * client's last one. */
void request_refuse_packet(struct transport *t, struct link *l);
void request_end_payload(struct transport *t, struct link *l);

#endif
