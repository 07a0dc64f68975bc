/*
 * describe.h: a packet of Socket.IO in one line, for a trace
 *
 *   ws text 21 B · 4 message · 2 EVENT / "message" 1 arg
 *
 * What socketio/tap.h says about a record, then the Socket.IO packet in it.
 * Introduced in socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_DESCRIBE_H
#define SOCKETIO_DESCRIBE_H

#include "socketio/tap.h"

/* Writes the line and returns text. Parses r->bytes, which may be changed. */
const char *describe_record(const struct tap_record *r,
                            char text[TAP_TEXT_SIZE]);

#endif
