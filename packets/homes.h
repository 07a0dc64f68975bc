/*
 * homes.h: two homes, each with a NAT box that has one public address
 *
 *   ann 192.168.1.2 -- [A] 203.0.113.1 --+
 *                                       [S] -- sue 203.0.113.9
 *   bob 192.168.1.3 -- [B] 203.0.113.2 --+
 *
 * Both homes have the network 192.168.1.0/24, with a gateway 192.168.1.1 each.
 * S is a switch in place of an internet. It and all others know the MAC
 * addresses of their neighbors from the start, so that only unknown addresses
 * cause ARP. Each cable has a delay of HOMES_DELAY_US. Does not do: the work of
 * A and B, which is up to the caller. Introduced in packets/315_nat.c.
 */
#ifndef PACKETS_HOMES_H
#define PACKETS_HOMES_H

#include "packets/host.h"
#include "packets/nat.h"
#include "packets/router.h"
#include "packets/switch.h"

#define HOMES_DELAY_US 1000

struct home {
    struct host host;
    struct router box; /* interface 0 is inside, 1 outside */
    struct nat nat;    /* of the box */
};

struct homes { /* large: make it static */
    struct lan lan;
    struct ethernet_switch s;
    struct home home[2]; /* ann's and bob's */
    struct host sue;     /* a server; UDP 3478 is open */
};

/* Makes *h as drawn. ann and bob have UDP 5000 open. */
void homes_init(struct homes *h);
void homes_free(struct homes *h);

#endif
