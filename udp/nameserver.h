/*
 * nameserver.h: a zone of packets/zone.h at a UDP socket
 *
 *   query  --->  descriptor  --->  zone_answer  --->  reply to its sender
 *
 * For lessons: it answers whoever asks, and a query of more than 512 bytes is
 * ignored. Introduced in udp/209_dns.c.
 */
#ifndef UDP_NAMESERVER_H
#define UDP_NAMESERVER_H

#include "packets/zone.h"

/* A zone of names and addresses that are set aside for examples: example. */
extern const struct zone NAMESERVER_EXAMPLE;

/* Waits for one datagram and answers it if a reply is due. 0, or -1 and errno:
 * that of the datagram, not of the socket. With is_attacked three forged
 * replies come first, from someone who knows all but one thing. Each of them
 * names the address 203.0.113.66; the first comes from another port, the second
 * has another ID, the third another question. The last two come from fd, which
 * looks as if their source address were forged (udp/211_forged.c). */
int nameserver_answer(int fd, const struct zone *z, bool is_attacked);

/* Listens at host, an address in digits, and port, prints "listening on ..." on
 * stdout, and answers until SIGINT or SIGTERM ends the process with status 0.
 * If trace_is_on, it traces each query and reply (tcp/trace.h).
 * Returns only if it cannot listen: -1 and errno. */
int nameserver_run(const char *host, uint16_t port, const struct zone *z);

#endif
