/*
 * expiry.h: time-outs of links and sessions, judged at the end of a turn
 *
 *   ping is due         -> send it
 *   pong is late        -> close the session
 *   request is late     -> 408
 *   probe, message, or close is late -> close the WebSocket, or drop it
 *
 * To be called when everything that had arrived was fed. A link or session that
 * is behind in this turn is judged in the next one: what it was to send may be
 * in the input that was not read. Introduced in
 * socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_EXPIRY_H
#define SOCKETIO_EXPIRY_H

#include "socketio/transport.h"

/* turn: the number that links and sessions have which are behind. */
void expiry_judge(struct transport *t, uint8_t turn, int64_t now);

/* Of these, only those of the links. */
void expiry_judge_links(struct transport *t, uint8_t turn, int64_t now);

#endif
