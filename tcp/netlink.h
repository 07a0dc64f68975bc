/*
 * netlink.h: creates network interfaces and sets their addresses
 *
 *   hosts' end   eth0 <====== veth ======> host0   the end in this network
 *
 * A pair of virtual Ethernet devices is a cable: one end receives what the
 * other sends, and the ends may be in different networks. A program sends
 * requests to the kernel as messages (rtnetlink(7)); ioctl cannot do this.
 * Linux only. Introduced in tcp/119_dead_peer.c.
 */
#ifndef TCP_NETLINK_H
#define TCP_NETLINK_H

#include "packets/address.h"

/* Creates a pair: interface in the current network, and peer, with this MAC
 * address, in the network of the descriptor peer_net. -1 and errno. */
int netlink_add_pair(const char *interface, const char *peer, int peer_net,
                     const uint8_t mac[ADDRESS_MAC]);

/* Adds an address with a prefix length to an interface of the current network.
 * -1 and errno. */
int netlink_add_address(const char *interface, const struct address *address,
                        int prefix);

#endif
