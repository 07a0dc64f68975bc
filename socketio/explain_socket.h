/*
 * explain_socket.h: dissector of Socket.IO packets (Socket.IO protocol v5)
 *
 *   type [attachments "-"] ["/" namespace ","] [ack id] [data]
 *
 * Introduced in socketio/505_packets.c.
 */
#ifndef SOCKETIO_EXPLAIN_SOCKET_H
#define SOCKETIO_EXPLAIN_SOCKET_H

#include "packets/dissector.h"

/* Explains a packet, which is all that is visible. packet_parse finds the byte
 * that is wrong, and why; the rest is split as if that byte were right. */
void explain_socket(struct dissector *d);

/* Explains JSON, all that is visible: the values of an array, or the members of
 * an object. What is not valid is one field. */
void explain_socket_json(struct dissector *d);

#endif
