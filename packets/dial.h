/*
 * dial.h: a connection that a client machine wants to have
 *
 *   number  0 -> none    0 -> 7: open one    7 -> 8: close it, open another
 *   out     the bytes that are to be sent on it
 *
 * A client machine opens no sockets. It has an array of these, and the program
 * makes the world agree with them: tcp/dialer.h does that. Before it closes a
 * connection, the program sends what is in out, if it can do so at once.
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
