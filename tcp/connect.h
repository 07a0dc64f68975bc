/*
 * connect.h: a connected socket, by name, in limited time
 *
 * getaddrinfo may know several addresses of one name (::1 and 127.0.0.1 of
 * localhost). They are tried in turn until one answers, as written out in
 * tcp/102_echo_client.c; each gets its share of LIMIT_CONNECT_MS, because an
 * address whose packets are lost would answer nothing for minutes. The time
 * that getaddrinfo itself takes to ask a name server is not limited.
 * Introduced in tcp/102_echo_client.c.
 */
#ifndef TCP_CONNECT_H
#define TCP_CONNECT_H

#include <stddef.h>

#include "packets/limits.h"

#define CONNECT_LIMITS(X)                                                      \
    X(LIMIT_CONNECT_MS, 5000, "ms", "for all addresses: give up")

enum connect_limits {
    CONNECT_LIMITS(LIMIT_ENUM)
};

/* Connects to host at port, in digits. Returns a blocking, close-on-exec
 * descriptor, which the caller closes; or -1, and why (of n bytes) says what
 * went wrong with the last address tried. */
int connect_to(const char *host, const char *port, char *why, size_t n);

/* The same within limit_ms instead of LIMIT_CONNECT_MS. */
int connect_within(uint32_t limit_ms, const char *host, const char *port,
                   char *why, size_t n);

/* Starts to connect to the first address of host, and does not wait: only a
 * name, not a number, is looked up before. Returns a non-blocking,
 * close-on-exec descriptor; poll reports POLLOUT when it is connected or has
 * failed, and SO_ERROR then says which. Or -1 and errno: EADDRNOTAVAIL when
 * host or port is unknown. Written out in tcp/115_many_servers.c. */
int connect_start(const char *host, const char *port);

#endif
