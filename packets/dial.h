/*
 * dial.h: a connection that a client machine requests
 *
 *   number  0 -> none    0 -> 7: open one    7 -> 8: close it, open another
 *   out     the bytes to send on it
 *
 * A client machine opens no sockets. It has an array of these; the program
 * opens and closes connections as they say (tcp/dialer.h). Before the program
 * closes a connection, it sends the bytes in out, if it can do so at once.
 * Introduced in socketio/507_echo_client.c.
 */
#ifndef PACKETS_DIAL_H
#define PACKETS_DIAL_H

#include "packets/buf.h"

struct dial {
    uint32_t number;
    struct buf out;
};

#endif
