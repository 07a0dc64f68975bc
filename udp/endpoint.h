/*
 * endpoint.h: a UDP socket with an address, and the addresses of its peers
 *
 *   socket  <--- datagrams --->  any endpoint: an IP address and a port
 *
 * For IPv4 and IPv6; an address with a colon is IPv6. A UDP socket has no
 * connection, so each datagram names the endpoint that it is from, but nothing
 * proves it (udp/211_forged.c). Calls interrupted by a signal are repeated.
 * Introduced in udp/203_boundaries.c; 201 and 202 have most of it written out.
 */
#ifndef UDP_ENDPOINT_H
#define UDP_ENDPOINT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* The size of an array for "[ADDRESS%INTERFACE]:PORT" and its final zero
 * byte. */
#define ENDPOINT_NAME_MAX 80

/* The most bytes that a datagram carries over IPv4 and over IPv6. An array of
 * the second size is large enough for every datagram. */
#define ENDPOINT_MAX_IPV4 65507
#define ENDPOINT_MAX_IPV6 65527

struct endpoint {
    socklen_t size; /* of the member that is in use */
    union {
        struct sockaddr any; /* any.sa_family: AF_INET or AF_INET6 */
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } address;
};

/* Sets *e to host, an address in digits, and port. No name server is asked. -1
 * and errno: EADDRNOTAVAIL when host is not an address. */
int endpoint_from(struct endpoint *e, const char *host, uint16_t port);

/* Opens a UDP socket and binds it to host, an address in digits, and port (0:
 * the kernel chooses a free one). *self is then where peers reach it. Returns
 * a blocking, close-on-exec descriptor, which the caller closes; or -1 and
 * errno: EADDRNOTAVAIL when host is not an address of this machine. */
int endpoint_bind(const char *host, uint16_t port, struct endpoint *self);

/* Like recvfrom: waits for one datagram, stores it and its sender. Returns its
 * length; 0 is an empty datagram. -1 and errno: EMSGSIZE when it has more than
 * n bytes; n of them are stored, *from is set, and the rest is lost. */
ssize_t endpoint_recvfrom(int fd, void *bytes, size_t n, struct endpoint *from);

/* Like sendto: sends n bytes as one datagram. Returns n, or -1 and errno. */
ssize_t endpoint_sendto(int fd, const void *bytes, size_t n,
                        const struct endpoint *to);

/* Is one datagram, or an error, waiting on fd within timeout_ms? 0 does not
 * wait. False after a time-out; also if poll fails. */
bool endpoint_wait(int fd, int timeout_ms);

/* Like endpoint_wait, until the time end_ms of clock_ms (tcp/clock.h). From
 * then on it is false even if a datagram is waiting, so a peer that sends
 * without end cannot extend a loop that receives. */
bool endpoint_wait_until(int fd, int64_t end_ms);

/* Are address and port the same? Also the interface, of an IPv6 address that is
 * valid on one link only. */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);

/* Writes "127.0.0.1:7201" or "[::1]:7201", and returns name. */
const char *endpoint_name(const struct endpoint *e,
                          char name[ENDPOINT_NAME_MAX]);

#endif
