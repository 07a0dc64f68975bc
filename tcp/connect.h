/*
 * connect.h: connects to a host by name, within a time limit
 *
 * getaddrinfo may return several addresses of one name (::1 and 127.0.0.1 of
 * localhost). They are tried in turn until one accepts, as written out in
 * tcp/102_echo_client.c. Each gets its share of LIMIT_CONNECT_MS, because
 * connect to an address that loses all packets would wait for minutes. The time
 * of getaddrinfo, which may query a name server, is not limited. Introduced in
 * tcp/102_echo_client.c.
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
 * descriptor, which the caller closes; or -1, and why (of n bytes) has the
 * error of the last address tried. */
int connect_to(const char *host, const char *port, char *why, size_t n);

/* Connects like connect_to, within limit_ms instead of LIMIT_CONNECT_MS. */
int connect_within(uint32_t limit_ms, const char *host, const char *port,
                   char *why, size_t n);

/* Starts to connect to the first address of host, and does not wait, except to
 * look up a name. Returns a non-blocking, close-on-exec descriptor: poll
 * reports POLLOUT when it is connected or has failed, and SO_ERROR says which.
 * Or -1 and errno: EADDRNOTAVAIL when host or port is unknown. Written out in
 * tcp/115_many_servers.c. */
int connect_start(const char *host, const char *port);

#endif
