/*
 * describe.h: what a WebSocket server receives and sends, as text for a trace
 *
 *   81 05 h e l l o                    ws text 5 B
 *   88 02 03 e8                        ws close 1000 normal
 *   HTTP/1.1 101 Switching ...         http 101
 *
 * Reads only what the server itself has written, and what its machine reports:
 * it judges nothing. Introduced in websocket/408_echo_server.c.
 */
#ifndef WEBSOCKET_DESCRIBE_H
#define WEBSOCKET_DESCRIBE_H

#include "websocket/conn.h"

#define DESCRIBE_MAX 120 /* bytes of a text, with its final zero byte */

/* Consumes from the front of *out what a server sends: a frame, or the head of
 * a response, and with it a body. False: there is nothing more. */
bool describe_sent(struct span *out, char text[DESCRIBE_MAX]);

/* A message, pong or close frame that has arrived. False: any other event. */
bool describe_event(const struct conn_event *e, char text[DESCRIBE_MAX]);

/* The request line, "GET /chat HTTP/1.1", when its end is in the bytes that
 * arrive now; before has what arrived earlier. False: it is not complete yet,
 * or was before. A long one is cut. */
bool describe_request(struct span before, struct span now,
                      char text[DESCRIBE_MAX]);

#endif
