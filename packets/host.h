/*
 * host.h: a host with one interface: it sends, and receives its own packets
 *
 *   destination in our network?  yes: to the destination   no: to the gateway
 *
 * RFC 1122 §3.3.1. A host replies to echo requests, and sends ICMP errors about
 * datagrams to closed ports. Datagrams, errors and fragments are events for the
 * caller. Does not do: TCP, reassembly (packets/reassembly.h), several
 * interfaces. Introduced in packets/304_router.c.
 */
#ifndef PACKETS_HOST_H
#define PACKETS_HOST_H

#include "packets/icmp.h"
#include "packets/interface.h"
#include "packets/udp_packet.h"

#define HOST_TTL 64 /* of packets that it sends, if the caller sets none */

struct host {
    struct interface interface;
    struct address gateway, gateway_v6; /* len 0: none */
    uint16_t port;                      /* UDP, open to every sender; 0: none */
    uint16_t identification;            /* of the next packet */
};

enum host_event {
    HOST_NOTHING,     /* not for this host, or the host has replied itself */
    HOST_DATAGRAM,    /* for its open port: udp and data */
    HOST_ERROR,       /* icmp, from source, about the datagram udp that this
                       * host sent; data may be cut */
    HOST_ECHO_REPLY,  /* icmp, from source, and data */
    HOST_FRAGMENT,    /* packet: must be reassembled */
    HOST_UNREACHABLE, /* packet: no reply to ARP */
};

struct host_received {
    struct udp_packet udp;
    struct icmp icmp;
    struct address source; /* of the packet that arrived */
    uint8_t ttl;           /* of that packet */
    struct span data, packet;
};

/* Makes *h a host at a new port of l with this name. address: "10.0.1.2/24";
 * gateway: "10.0.1.1", or "" for none. mac as for interface_init. */
void host_init(struct host *h, struct lan *l, const char *name, uint8_t mac,
               const char *address, const char *gateway);
void host_free(struct host *h);

/* Sets the IPv6 address and gateway. */
void host_set_v6(struct host *h, const char *address, const char *gateway);

/* Returns the next hop to a destination: the destination itself if it is in the
 * host's network, otherwise the gateway. NULL: there is no gateway. */
const struct address *host_next_hop(const struct host *h,
                                    const struct address *destination);

/* Sends a whole packet, in fragments if it is too large for the interface. 0;
 * or -1: there is no next hop, or the packet must not be cut. */
int host_send(struct host *h, struct lan *l, struct span packet);

/* Sends a datagram to p's destination and port. The host fills in p's source
 * and identification; a ttl of 0 means HOST_TTL. Returns as host_send. */
int host_send_udp(struct host *h, struct lan *l, struct udp_packet *p,
                  struct span data);

/* Handles an event of the network if it is at the port of this host. *got is
 * valid until the next call with h or l. */
enum host_event host_receive(struct host *h, struct lan *l,
                             const struct lan_event *event,
                             struct host_received *got);

/* Sends the ICMP error Time Exceeded, since some fragments of a packet did not
 * arrive in time. first is its beginning, as reassembly_expire returns it; if
 * first is empty, no error is sent. */
void host_report_timeout(struct host *h, struct lan *l, struct span first);

/* Handles a reassembled packet, as host_receive handles one that arrived
 * whole. */
enum host_event host_deliver(struct host *h, struct lan *l, struct span packet,
                             bool is_broadcast, struct host_received *got);

#endif
