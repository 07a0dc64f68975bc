/*
 * routes.h: the routing table: the next hop to each destination
 *
 *   10.0.3.0/24   via 10.0.23.2   interface 1      the longest prefix that
 *   10.0.0.0/8    via 10.0.12.1   interface 0      matches wins
 *   0.0.0.0/0     via 10.0.12.1   interface 0      matches all: the default
 *   10.0.12.0/30  connected       interface 0      no router in between
 *
 * RFC 1812 §5.2.4.3. Routes of IPv4 and IPv6 may be in one table: an address
 * matches only routes of its own version. A search looks at each route; a real
 * router may have a million of them, in a tree. Introduced in
 * packets/304_router.c.
 */
#ifndef PACKETS_ROUTES_H
#define PACKETS_ROUTES_H

#include "packets/address.h"

#define ROUTES_MAX 32

struct route {
    struct address network;
    int prefix;              /* bits of network that must match */
    struct address next_hop; /* len 0: connected, the destination itself */
    int interface;
};

struct routes { /* all zero: an empty table */
    int count;
    struct route route[ROUTES_MAX];
};

/* Adds a copy of a route. False: the table is full. */
bool routes_add(struct routes *table, const struct route *route);

/* Removes all routes to this network with this prefix. */
void routes_remove(struct routes *table, const struct address *network,
                   int prefix);

/* Returns the matching route with the longest prefix, the oldest of several;
 * NULL: none matches. Valid until the table changes. */
const struct route *routes_find(const struct routes *table,
                                const struct address *destination);

#endif
