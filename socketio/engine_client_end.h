/*
 * engine_client_end.h: ends a session of engine_client.h
 *
 *   a connection that ends   a deadline that passes   the program
 *
 * After each of these functions engine_client_next returns the event.
 * Introduced in socketio/507_echo_client.c.
 */
#ifndef SOCKETIO_ENGINE_CLIENT_END_H
#define SOCKETIO_ENGINE_CLIENT_END_H

#include "socketio/engine_client.h"

/* A connection has ended or could not be opened. why: the reason, which must
 * stay valid; NULL: the server ended the connection. */
void engine_client_lost(struct engine_client *c, unsigned conn, const char *why,
                        int64_t now);

/* engine_client_due returns when to call engine_client_expire, which judges the
 * deadlines; INT64_MAX: there is no deadline. */
int64_t engine_client_due(const struct engine_client *c);
void engine_client_expire(struct engine_client *c, int64_t now);

/* Ends the session after the output that waits. ENGINE_CLIENT_CLOSED follows
 * within LIMIT_LEAVE_MS. */
void engine_client_close(struct engine_client *c, int64_t now);

#endif
