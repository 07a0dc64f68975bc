/*
 * explain_engine.h: dissector of Engine.IO packets and payloads (Engine.IO v4)
 *
 *   4hello                        a packet: a type and its data
 *   4hello 1e 2 1e bAQIDBA==      a payload of HTTP: several packets
 *
 * Introduced in socketio/505_packets.c.
 */
#ifndef SOCKETIO_EXPLAIN_ENGINE_H
#define SOCKETIO_EXPLAIN_ENGINE_H

#include "packets/dissector.h"

/* Explains a packet, which is all that is visible. is_socket: the data of a
 * message is a Socket.IO packet. */
void explain_engine(struct dissector *d, bool is_socket);

/* Explains the body of an HTTP message, which is all that is visible. */
void explain_engine_payload(struct dissector *d, bool is_socket);

#endif
