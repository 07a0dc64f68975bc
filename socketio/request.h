/*
 * request.h: applies HTTP requests to the sessions of an engine
 *
 *   head  -> request_begin      judges it; an upgrade changes the link
 *   body  -> request_add_body   of a POST of packets
 *   end   -> request_complete   opens a session, parks a GET, hands out a POST
 *   fault -> request_failed     closes the session of a POST
 *
 * Engine.IO v4, "HTTP long-polling", "Upgrade".
 * Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_REQUEST_H
#define SOCKETIO_REQUEST_H

#include "socketio/transport.h"

enum request_outcome {
    REQUEST_NO_EVENT, /* or the response was sent */
    REQUEST_OPENED,   /* a new session: see transport_session */
    REQUEST_PAGE,     /* another path: the program responds now */
    REQUEST_PAYLOAD,  /* packets are there: request_next_packet */
};

/* Each handles the event of that name in t->links.http_event. */
enum request_outcome request_begin(struct transport *t, struct link *l);
void request_add_body(struct transport *t, struct link *l);
enum request_outcome request_complete(struct transport *t, struct link *l);
void request_failed(struct transport *t, struct link *l);

/* Returns the next packet of a payload. False: there is no more, and the
 * response was sent. */
bool request_next_packet(struct transport *t, struct link *l,
                         struct payload_packet *packet);

/* Call one of these instead of request_next_packet: if the client may not send
 * the last packet, or if that packet closed the session. */
void request_refuse_packet(struct transport *t, struct link *l);
void request_end_payload(struct transport *t, struct link *l);

#endif
