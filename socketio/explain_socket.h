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

/* Explains a packet: all that is visible. socketio/packet.h says which byte is
 * wrong, and why; what comes after it is split as if it were right. */
void explain_socket(struct dissector *d);

#endif
