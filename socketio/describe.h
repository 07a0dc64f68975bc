/*
 * describe.h: a packet of Socket.IO in one line, for a trace
 *
 *   ws text 21 B · 4 message · 2 EVENT / "message" 1 arg
 *
 * The line has the layers that tap_describe writes, then the Socket.IO packet.
 * Introduced in socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_DESCRIBE_H
#define SOCKETIO_DESCRIBE_H

#include "socketio/tap.h"

/* Writes the line to text and returns text. May change r->bytes. */
const char *describe_record(const struct tap_record *r,
                            char text[TAP_TEXT_SIZE]);

#endif
