/*
 * links.h: connects a protocol machine to sockets
 *
 *   descriptor readable  -> received(conn, bytes) --+
 *   accept, EOF, error   -> accepted, lost          |  the machine, written in
 *   after each turn      -> expire(now)             |  websocket/ or socketio/
 *   one write per conn   <- next_outgoing  <--------+
 *
 * The machine (packets/machine.h) knows bytes, the time, and its connections by
 * number; this module knows sockets. The number of a connection (conn) is its
 * descriptor: small, and used again only after the connection was lost. A turn
 * reads from all ready connections, judges time-outs as of loop_caught_up_ms,
 * and then sends the machine's output: with 1 MiB of it, earlier. There is one
 * set of links per program. Introduced in websocket/410_chat.c;
 * socketio/503_engine_server.c has it written out.
 */
#ifndef TCP_LINKS_H
#define TCP_LINKS_H

#include "packets/machine.h"

/* Raises the soft descriptor limit to the hard one. Returns how many
 * connections there can be: each number is less than this. */
uint32_t links_max(void);

/* Prepares for SIGINT and SIGTERM, listens at host and port, and prints
 * "listening on HOST:PORT". Returns the listening descriptor, or -1 after one
 * line on stderr: main returns 1. */
int links_listen(const char *host, uint32_t port);

/* Serves the clients of fd (from links_listen) until SIGINT or SIGTERM, and
 * then for at most LIMIT_SHUTDOWN_MS more. Prints the machine's trace if
 * there is one. Returns main's exit status, after a line on stderr if it is not
 * 0. */
int links_run(const struct machine *m, int fd);

#endif
