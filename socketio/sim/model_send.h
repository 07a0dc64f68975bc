/*
 * model_send.h: how a client of the simulation sends
 *
 *   model_send -> pending -> POST       while it polls
 *              -----------> frame       on its WebSocket
 */
#ifndef SOCKETIO_SIM_MODEL_SEND_H
#define SOCKETIO_SIM_MODEL_SEND_H

#include "socketio/sim/model.h"

/* Sends a packet of Engine.IO: text with its type first, or binary. */
void model_send(struct model *m, bool binary, struct span packet);

/* Writes what is pending: as a POST if its connection is idle, or as frames. */
void model_flush(struct model *m, int64_t now);

/* Sends a GET if none waits. */
void model_poll(struct model *m, int64_t now);

/* Puts bytes on the wires, and records the times from which deadlines count. */
void model_push(struct model *m, int64_t now);

/* Write the first request of a session; or the request to upgrade it. */
void model_open(struct model *m, int64_t now);
void model_probe(struct model *m, int64_t now);

/* Opens the endpoint's connection if needed. False: the connection is busy, or
 * there are too many. */
bool model_ready(struct model *m, struct endpoint *e, int64_t now);

/* Returns the endpoint of the client's POSTs. */
struct endpoint *model_post_end(struct model *m);

/* Writes "METHOD target" with the fields (each with CRLF) and a body. */
void model_request(struct endpoint *e, struct request r, const char *method,
                   const char *target, const char *fields, struct span body);

/* Returns the path of the session, with its sid; valid until the next call. */
const char *model_target(const struct model *m, const char *transport);

#endif
