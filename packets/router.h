/*
 * router.h: a router: sends packets one hop further
 *
 *   frame -> [ for this router? header right? TTL > 1? route? fits? ] -> frame
 *                    |            |             |        |      |
 *                  echo reply   dropped       ICMP     ICMP   cut, or ICMP
 *
 * RFC 1812 §5.2. A router changes the TTL, and so the header checksum, and puts
 * the packet into a new frame. It keeps no state about packets. It also does
 * IPv6, which has no checksum and no fragments here. Does not do: routing
 * protocols, multicast, redirects, source routes, Neighbor Discovery.
 * Introduced in packets/304_router.c.
 */
#ifndef PACKETS_ROUTER_H
#define PACKETS_ROUTER_H

#include "packets/interface.h"
#include "packets/routes.h"

#define ROUTER_MAX_INTERFACES 6

struct router_counts { /* packets, as RFC 4293 names them */
    uint32_t forwarded, delivered, header_errors, no_routes;
};

struct router {
    int interface_count;
    struct interface interface[ROUTER_MAX_INTERFACES];
    struct routes routes;
    struct router_counts counts;
};

void router_init(struct router *r);
void router_free(struct router *r);

/* Adds an interface at a new port of l with this name, and the route to its
 * network. mac and address as for interface_init. Returns the number of the
 * interface. */
int router_add_interface(struct router *r, struct lan *l, const char *name,
                         uint8_t mac, const char *address);

/* Sets the IPv6 address of an interface, "fd00::1/64", and adds its route. */
void router_add_v6(struct router *r, int interface, const char *address);

/* Adds a route, "10.0.3.0/24" via "10.0.23.2", which must be the address of a
 * neighbor at one of the interfaces. False: it is not, or the table is full. */
bool router_add_route(struct router *r, const char *network, const char *via);

/* Handles an event of the network if it is at a port of this router. */
void router_receive(struct router *r, struct lan *l,
                    const struct lan_event *event);

/* Handles a packet that arrived by an interface, and changes it. is_broadcast:
 * its frame was a broadcast. */
void router_handle(struct router *r, struct lan *l, int interface,
                   struct span packet, bool is_broadcast);

/* Sends a packet by the route to its destination, with its TTL unchanged: one
 * of the router's own, or one that was translated. False: there is no route. */
bool router_send(struct router *r, struct lan *l, struct span packet);

/* Does this address belong to one of the interfaces? */
bool router_is_own(const struct router *r, const struct address *a);

#endif
