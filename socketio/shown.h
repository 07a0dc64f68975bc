/*
 * shown.h: formats an event of a Socket.IO client for a user
 *
 *   news 1,{"_placeholder":true,"num":0}      the name, and the values
 *   00 ff                                     an attachment, in hexadecimal
 *
 * Introduced in socketio/507_echo_client.c.
 */
#ifndef SOCKETIO_SHOWN_H
#define SOCKETIO_SHOWN_H

#include "socketio/socket_client_event.h"

/* Appends the lines of an EVENT, ACK or UPGRADED, without the last line end;
 * the name only with with_name. False: out is full. */
bool shown_event(struct buf *out, const struct socket_client_event *e,
                 bool with_name);

#endif
