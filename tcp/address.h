/*
 * address.h: the address of a socket, of three families, as text and back
 *
 *   union address a;
 *   socklen_t size = address_set(&a, "::1", 7101);
 *   bind(fd, &a.any, size);
 *
 * bind, connect and getsockname know only the first two bytes of an address,
 * its family; the rest is read as that family says.
 * Introduced in tcp/103_endpoints.c.
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
 * is no address or too long a path. */
socklen_t address_set(union address *a, const char *host, uint16_t port);

/* Writes "127.0.0.1:7101", "[::1]:7101" or a path; "no name" if *a, of which
 * size bytes are known, is a UNIX address without a path. Returns name. */
const char *address_name(const union address *a, socklen_t size,
                         char name[ADDRESS_NAME_MAX]);

/* Sets *a to the own name of the socket fd (getsockname). Returns its size, or
 * 0 and errno. */
socklen_t address_own(int fd, union address *a);

/* Opens a socket of a type, SOCK_STREAM or SOCK_DGRAM, that is bound to host
 * and port (0: any). It shares that name with others that were opened in this
 * way: SO_REUSEPORT. Returns its descriptor, or -1 and errno. */
int address_bind(const char *host, uint16_t port, int type);

/* The port; 0 if *a has none, or if fd has no address. */
uint16_t address_port(const union address *a);
uint16_t address_own_port(int fd);

#endif
