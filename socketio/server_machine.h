/*
 * server_machine.h: a Socket.IO server as a machine without sockets and clock
 *
 *   (conn, bytes, now) -> server_feed -> server_next: events, which the program
 *   now                -> server_expire               answers
 *                                        server_outgoing: (conn, bytes, then),
 *                                                     which is sent
 *
 * A test can simulate thousands of clients from a seed. A program does not call
 * these functions but runs the machine:
 *
 *   struct machine m = server_machine(server, on_events);
 *   return links_run(&m, fd);
 *
 * Introduced in socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_SERVER_MACHINE_H
#define SOCKETIO_SERVER_MACHINE_H

#include "packets/machine.h"
#include "socketio/server.h"

/* on_events calls server_next until it returns false. It is called often, also
 * when there are no events. */
struct machine server_machine(struct server *s,
                              void (*on_events)(struct server *s));

/* See the functions with these names in engine.h. */
void server_accept(struct server *s, uint32_t conn, int64_t now);
void server_feed(struct server *s, uint32_t conn, struct span in, int64_t now);
struct span server_end_feed(struct server *s);
void server_sent(struct server *s, uint32_t conn, int64_t now);
void server_lost(struct server *s, uint32_t conn);
void server_expire(struct server *s, int64_t now);
bool server_outgoing(struct server *s, struct outgoing *out);
int server_wait(const struct server *s, int64_t now, int wait);
void server_set_clock(struct server *s, int64_t unix_seconds);
void server_shut(struct server *s, int64_t now);

#endif
