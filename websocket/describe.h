/*
 * describe.h: describes what a WebSocket server receives and sends, for a trace
 *
 *   81 05 h e l l o                    ws text 5 B
 *   88 02 03 e8                        ws close 1000 normal closure
 *   HTTP/1.1 101 Switching ...         http 101
 *
 * The module reads only output of the server and events of its machine, so it
 * checks nothing. Introduced in websocket/408_echo_server.c.
 */
#ifndef WEBSOCKET_DESCRIBE_H
#define WEBSOCKET_DESCRIBE_H

#include "websocket/conn.h"

#define DESCRIBE_MAX 120 /* bytes of a text, with its final zero byte */

/* Consumes and describes one piece of server output at the front of *out: a
 * frame, or a response with its body. False: there is nothing more. */
bool describe_sent(struct span *out, char text[DESCRIBE_MAX]);

/* Describes a message, pong or close frame that arrived. False: any other
 * event. */
bool describe_event(const struct conn_event *e, char text[DESCRIBE_MAX]);

/* Describes the request line, "GET /chat HTTP/1.1", when its end is in the
 * bytes now; before: the bytes that arrived earlier. False: the line is not
 * complete yet, or was before. A long line is cut. */
bool describe_request(struct span before, struct span now,
                      char text[DESCRIBE_MAX]);

#endif
