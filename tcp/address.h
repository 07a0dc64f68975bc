/*
 * address.h: socket addresses of three families, from text and to text
 *
 *   union address a;
 *   socklen_t size = address_set(&a, "::1", 7101);
 *   bind(fd, &a.any, size);
 *
 * bind, connect and getsockname first read the family of an address, its first
 * two bytes; the family determines the format of the rest. Introduced in
 * tcp/103_endpoints.c.
 */
#ifndef TCP_ADDRESS_H
#define TCP_ADDRESS_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/* The size of an array for a name and its final zero byte. */
#define ADDRESS_NAME_MAX (sizeof((struct sockaddr_un *)0)->sun_path + 8)

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
};

/* Sets *a to host, "127.0.0.1" or "::1", and port; or, if host has a slash, to
 * the path of a UNIX socket. Returns its size for bind and connect; 0 if host
 * is not an address, or is a path that is too long. */
socklen_t address_set(union address *a, const char *host, uint16_t port);

/* Writes "127.0.0.1:7101", "[::1]:7101" or a path; "no name" for a UNIX address
 * without a path. size: bytes of *a. Returns name. */
const char *address_name(const union address *a, socklen_t size,
                         char name[ADDRESS_NAME_MAX]);

/* Sets *a to the local address of the socket fd (getsockname). Returns its
 * size, or 0 and errno. */
socklen_t address_own(int fd, union address *a);

/* Opens a socket of a type, SOCK_STREAM or SOCK_DGRAM, that is bound to host
 * and port (0: any). Sockets opened in this way can share one address:
 * SO_REUSEPORT. Returns its descriptor, or -1 and errno. */
int address_bind(const char *host, uint16_t port, int type);

/* Return the port; 0 if *a has none, or if fd has no address. */
uint16_t address_port(const union address *a);
uint16_t address_own_port(int fd);

#endif
