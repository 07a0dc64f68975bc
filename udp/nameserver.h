/*
 * nameserver.h: a zone of packets/zone.h at a UDP socket
 *
 *   query  --->  descriptor  --->  zone_answer  --->  reply to its sender
 *
 * For lessons: it replies to every client, and ignores a query of more than 512
 * bytes. Introduced in udp/209_dns.c.
 */
#ifndef UDP_NAMESERVER_H
#define UDP_NAMESERVER_H

#include "packets/zone.h"

/* The zone "example", of names and addresses that are reserved for examples. */
extern const struct zone NAMESERVER_EXAMPLE;

/* Waits for one datagram and answers it if a reply is due. 0, or -1 and errno:
 * that of the datagram, not of the socket. With is_attacked it first sends
 * three forged replies with the address 203.0.113.66. Each is wrong in one
 * thing: the first has another source port, the second another ID, the third
 * another question. The last two are sent from fd: to the client it looks as if
 * their source address were forged (udp/211_forged.c). */
int nameserver_answer(int fd, const struct zone *z, bool is_attacked);

/* Listens at host, an address in digits, and port, prints "listening on ..." on
 * stdout, and answers until SIGINT or SIGTERM ends the process with status 0.
 * If trace_is_on, it traces each query and reply (tcp/trace.h).
 * Returns only if it cannot listen: -1 and errno. */
int nameserver_run(const char *host, uint16_t port, const struct zone *z);

#endif
