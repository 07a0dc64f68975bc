/*
 * netlink.h: makes interfaces and gives them addresses
 *
 *   hosts' end   eth0 <====== veth ======> host0   the end in this network
 *
 * A pair of virtual Ethernet devices is a cable: what one end sends, the other
 * receives, and the ends may be in different networks. The kernel is asked by
 * messages (rtnetlink(7)); a program cannot do this with ioctl. Linux only.
 * Introduced in tcp/119_dead_peer.c.
 */
#ifndef TCP_NETLINK_H
#define TCP_NETLINK_H

#include "packets/address.h"

/* Makes a pair: interface in the current network, and peer, with this MAC
 * address, in the network that the descriptor peer_net names. -1 and errno. */
int netlink_add_pair(const char *interface, const char *peer, int peer_net,
                     const uint8_t mac[ADDRESS_MAC]);

/* Gives an interface of the current network an address, whose first prefix bits
 * are those of its network. -1 and errno. */
int netlink_add_address(const char *interface, const struct address *address,
                        int prefix);

#endif
