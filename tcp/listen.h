/*
 * listen.h: opens a listening socket in one call
 *
 * The calls are getaddrinfo, socket, SO_REUSEADDR, bind and listen, for IPv4
 * and IPv6. An address with a colon is IPv6. Close-on-exec means that a program
 * which the process starts by exec does not get the descriptor. Introduced in
 * tcp/101_echo_server.c, which has it written out for IPv4.
 */
#ifndef TCP_LISTEN_H
#define TCP_LISTEN_H

#include <stdint.h>

/* The size of an array for "[ADDRESS]:PORT" and its final zero byte. */
#define LISTEN_NAME_MAX 64

/* Listens at host (a numeric address, or "localhost": 127.0.0.1) and port (0:
 * the kernel chooses a free one). Returns a blocking, close-on-exec descriptor,
 * which the caller closes; or -1 and errno: EADDRNOTAVAIL when host is not an
 * address of this machine. */
int listen_open(const char *host, uint16_t port);

/* Write the address to which fd is bound, or connected: "127.0.0.1:3000" or
 * "[::1]:3000". -1 and errno on failure. */
int listen_name(int fd, char name[LISTEN_NAME_MAX]);
int listen_peer_name(int fd, char name[LISTEN_NAME_MAX]);

/* Listens like listen_open, and prints "listening on HOST:PORT" to stdout. -1
 * after one line on stderr (options_report_bind): main returns 1. */
int listen_announce(const char *host, uint32_t port);

/* Accepts one connection: non-blocking, close-on-exec, and with TCP_NODELAY,
 * so that a small write is sent at once. -1 and errno: EAGAIN when fd is
 * non-blocking and no client waits, EINTR when a signal arrived. A connection
 * that failed before it was accepted (ECONNABORTED and others, accept(2)) is
 * skipped. */
int listen_accept(int fd);

#endif
