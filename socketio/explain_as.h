/*
 * explain_as.h: dissectors by name, as bin/explain --as and GET /explain know
 * them
 *
 *   ethernet   a frame                      http       messages of a connection
 *   ipv4 ipv6  a packet, either version     ws         frames, with Socket.IO
 *   tcp udp    a segment, a datagram        engineio   the body of a poll
 *   dns        a message                    socketio   a packet
 *
 * Introduced in socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_EXPLAIN_AS_H
#define SOCKETIO_EXPLAIN_AS_H

#include "packets/dissector.h"

#define EXPLAIN_AS_NAMES                                                       \
    "ethernet ipv4 ipv6 tcp udp dns http ws engineio socketio"

/* Returns the number of the dissector with that name, from 0 on, or -1: there
 * is none. */
int explain_as_find(const char *name);

/* Explains all that is visible with that dissector. */
void explain_as(struct dissector *d, int number);

#endif
