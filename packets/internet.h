/*
 * internet.h: a simulated internet of two networks and three routers
 *
 *   ann 10.0.1.2 --+
 *                 [S1] -- [R1] 10.0.12.0/30 [R2] 10.0.23.0/30 [R3] -- cem
 *   bob 10.0.1.3 --+  10.0.1.0/24                      10.0.3.0/24   10.0.3.2
 *
 *   IPv6: fd00:1::/64, fd00:12::/64, fd00:23::/64, fd00:3::/64; same hosts
 *
 * MAC addresses: hosts ..:0a, ..:0b, ..:0c; R1 ..:11 and ..:12, and so on. Each
 * cable has a delay of INTERNET_DELAY_US. R1 and R3 have a default route to R2.
 * R2 sends 10.0.3.0/24 to R3, but 10.0.0.0/16 and 10.0.3.128/25 to R1. So a
 * packet to an unused address in the last two loops between R1 and R2.
 * Introduced in packets/304_router.c.
 */
#ifndef PACKETS_INTERNET_H
#define PACKETS_INTERNET_H

#include "packets/host.h"
#include "packets/router.h"
#include "packets/switch.h"

#define INTERNET_DELAY_US 100
#define INTERNET_ROUTERS 3

struct internet { /* large: make it static */
    struct lan lan;
    struct ethernet_switch s1;
    struct router router[INTERNET_ROUTERS]; /* R1 to R3; interface 0 of each is
                                             * on ann's side */
    struct host ann, bob, cem;
};

/* Makes *n as drawn. All hosts have the port UDP 7 open. */
void internet_init(struct internet *n);
void internet_free(struct internet *n);

/* Passes an event to the switch, router or host that it is for. Returns the
 * event of a host, and sets *at to that host. */
enum host_event internet_handle(struct internet *n,
                                const struct lan_event *event, struct host **at,
                                struct host_received *got);

/* Sets the MTU at both ends of a cable between routers: link 0 joins R1 and R2,
 * link 1 joins R2 and R3. */
void internet_set_mtu(struct internet *n, int link, uint16_t mtu);

#endif
