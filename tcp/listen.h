/*
 * listen.h: a listening socket, in one call
 *
 * getaddrinfo, socket, SO_REUSEADDR, bind, listen: as written out in
 * tcp/101_echo_server.c, for IPv4 and IPv6 alike. An address with a colon is
 * IPv6. Introduced in tcp/101_echo_server.c.
 */
#ifndef TCP_LISTEN_H
#define TCP_LISTEN_H

#include <stdint.h>

/* Room for "[address]:port" and its end. */
#define LISTEN_NAME_MAX 64

/* Listens at host (a numeric address, or "localhost": 127.0.0.1) and port (0:
 * the kernel chooses a free one). Returns a blocking, close-on-exec descriptor,
 * which the caller closes; or -1 and errno, EADDRNOTAVAIL when host names no
 * address of this machine. */
int listen_open(const char *host, uint16_t port);

/* Writes the address that fd is bound to, "127.0.0.1:3000" or "[::1]:3000".
 * -1 and errno on failure. */
int listen_name(int fd, char name[LISTEN_NAME_MAX]);

/* As listen_open, and prints "listening on HOST:PORT" to stdout. -1 after one
 * line on stderr that names the port: main returns 1. */
int listen_announce(const char *host, uint32_t port);

/* Accepts one connection: non-blocking, close-on-exec, TCP_NODELAY set (what
 * is written whole need not wait to be joined to more). -1 and errno: EAGAIN
 * when fd is non-blocking and nobody waits, EINTR when a signal came. A
 * connection that died in the queue (ECONNABORTED and its kin, accept(2)) is
 * skipped, not reported. */
int listen_accept(int fd);

#endif
