/*
 * engine_client_end.h: what ends a session of engine_client.h
 *
 *   a connection that ends   a deadline that passes   the program
 *
 * After each of these functions engine_client_next says what came of it.
 * Introduced in socketio/507_echo_client.c.
 */
#ifndef SOCKETIO_ENGINE_CLIENT_END_H
#define SOCKETIO_ENGINE_CLIENT_END_H

#include "socketio/engine_client.h"

/* The connection has ended, or could not be opened: then why says so and stays
 * valid. NULL: the server ended it. */
void engine_client_lost(struct engine_client *c, unsigned conn, const char *why,
                        int64_t now);

/* When engine_client_expire is to be called, to judge the deadlines; INT64_MAX:
 * there is none. */
int64_t engine_client_due(const struct engine_client *c);
void engine_client_expire(struct engine_client *c, int64_t now);

/* Ends the session after what is to be sent: CLOSED follows, within
 * LIMIT_LEAVE_MS. */
void engine_client_close(struct engine_client *c, int64_t now);

#endif
