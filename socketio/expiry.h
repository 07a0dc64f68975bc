/*
 * expiry.h: time-outs of links and sessions, judged at the end of a turn
 *
 *   ping is due            -> send it
 *   pong has timed out     -> close the session
 *   request has timed out  -> 408
 *   probe, message or close has timed out -> close the WebSocket, or drop it
 *
 * Called after all input that had arrived was fed. A link or session with
 * unread input in this turn is judged in the next one: the missing packet may
 * be in that input. Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_EXPIRY_H
#define SOCKETIO_EXPIRY_H

#include "socketio/transport.h"

/* turn: the number of this turn, which links and sessions with unread input
 * have. */
void expiry_judge(struct transport *t, uint8_t turn, int64_t now);

/* Judges only the time-outs of links. */
void expiry_judge_links(struct transport *t, uint8_t turn, int64_t now);

#endif
