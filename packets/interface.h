/*
 * interface.h: where a host or a router is connected to a network
 *
 *   packet, next hop  -->  [ ARP: its MAC address ]  -->  frame  -->  port
 *   packet            <--  [ is the frame for us? ]  <--  frame  <--  port
 *
 * An interface has a MAC address, an IPv4 address, perhaps an IPv6 address, and
 * a table of its neighbors. It sends an ARP request for an unknown MAC address
 * (RFC 826) and replies to ARP requests. Does not do: Neighbor Discovery, the
 * ARP of IPv6 (RFC 4861); interface_set_neighbor sets its neighbors instead.
 * Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_INTERFACE_H
#define PACKETS_INTERFACE_H

#include "packets/lan.h"
#include "packets/neighbors.h"

#define INTERFACE_MTU 1500 /* bytes of a packet, on Ethernet (RFC 894) */

struct interface_address {
    struct address address; /* len 0: there is none */
    int prefix;             /* bits of it that name the network */
};

struct interface {
    int port; /* of the lan */
    uint8_t mac[ADDRESS_MAC];
    uint16_t mtu; /* INTERFACE_MTU; the caller may set less */
    struct interface_address v4, v6;
    struct neighbors neighbors;
};

/* Makes *i an interface at a port. address is "10.0.0.1/24", or "" for none;
 * any other form is an error of the caller. The MAC address is
 * 02:00:00:00:00:NN with this last byte: 02 means that no manufacturer has
 * assigned it. */
void interface_init(struct interface *i, int port, uint8_t mac,
                    const char *address);
void interface_free(struct interface *i);

/* Sets the IPv6 address, "fd00::1/64". */
void interface_set_v6(struct interface *i, const char *address);

/* Parses "10.0.0.0/24" or "fd00::/64". False: text has another form. */
bool interface_parse_prefix(const char *text, struct interface_address *a);

/* Is this address in the network of the interface, so that no router is needed?
 * Is it the broadcast address of that network, or 255.255.255.255? Is it the
 * address of the interface itself? */
bool interface_is_local(const struct interface *i, const struct address *a);
bool interface_is_broadcast(const struct interface *i, const struct address *a);
bool interface_is_own(const struct interface *i, const struct address *a);

/* Sends a packet of at most mtu bytes to a neighbor, or keeps it until the
 * neighbor's MAC address is known. next_hop is in the network of the interface,
 * or a broadcast address. */
void interface_send(struct interface *i, struct lan *l,
                    const struct address *next_hop, struct span packet);

enum interface_event {
    INTERFACE_NOTHING,     /* not for us, another type, malformed; or ARP */
    INTERFACE_PACKET,      /* an IPv4 or IPv6 packet */
    INTERFACE_BROADCAST,   /* such a packet in a broadcast frame */
    INTERFACE_UNREACHABLE, /* a packet of interface_send: no reply to ARP */
};

/* Handles an event of its port, frame or alarm. *packet is valid until the next
 * call with i or l. */
enum interface_event interface_receive(struct interface *i, struct lan *l,
                                       const struct lan_event *event,
                                       struct span *packet);

/* Adds permanent entries for the IPv6 addresses of two interfaces on one
 * network, each to the neighbors of the other. */
void interface_introduce(struct interface *a, struct interface *b);

/* Adds a permanent entry for a neighbor with the MAC address 02:...:NN. */
void interface_set_neighbor(struct interface *i, const char *address,
                            uint8_t mac);

#endif
