/* internet.c: see packets/internet.h. */
#include "packets/internet.h"

#include <assert.h>
#include <stdio.h>

static const char *const V4[INTERNET_ROUTERS][2] = {
    {"10.0.1.1/24", "10.0.12.1/30"},
    {"10.0.12.2/30", "10.0.23.1/30"},
    {"10.0.23.2/30", "10.0.3.1/24"},
};
static const char *const V6[INTERNET_ROUTERS][2] = {
    {"fd00:1::1/64", "fd00:12::1/64"},
    {"fd00:12::2/64", "fd00:23::1/64"},
    {"fd00:23::2/64", "fd00:3::1/64"},
};

static const struct {
    int router;
    const char *network, *via;
} ROUTES[] = {
    {0, "0.0.0.0/0", "10.0.12.2"},     {0, "::/0", "fd00:12::2"},
    {1, "10.0.0.0/16", "10.0.12.1"},   {1, "10.0.3.0/24", "10.0.23.2"},
    {1, "10.0.3.128/25", "10.0.12.1"}, {1, "fd00:1::/64", "fd00:12::1"},
    {1, "fd00:3::/64", "fd00:23::2"},  {2, "0.0.0.0/0", "10.0.23.1"},
    {2, "::/0", "fd00:23::1"},
};

static void add_routers(struct internet *n) {
    for (int i = 0; i < INTERNET_ROUTERS; i++) {
        struct router *r = &n->router[i];
        router_init(r);
        for (int k = 0; k < 2; k++) {
            char name[LAN_NAME_MAX];
            uint8_t number = (uint8_t)(i + 1), side = (uint8_t)(k + 1);
            snprintf(name, sizeof name, "R%d.%d", number, side);
            uint8_t mac = (uint8_t)(16 * number + side);
            router_add_interface(r, &n->lan, name, mac, V4[i][k]);
            router_add_v6(r, k, V6[i][k]);
        }
    }
    for (size_t i = 0; i < sizeof ROUTES / sizeof *ROUTES; i++) {
        bool is_added = router_add_route(&n->router[ROUTES[i].router],
                                         ROUTES[i].network, ROUTES[i].via);
        assert(is_added);
        (void)is_added;
    }
}

static void add_hosts(struct internet *n) {
    struct lan *l = &n->lan;
    host_init(&n->ann, l, "ann", 0x0a, "10.0.1.2/24", "10.0.1.1");
    host_init(&n->bob, l, "bob", 0x0b, "10.0.1.3/24", "10.0.1.1");
    host_init(&n->cem, l, "cem", 0x0c, "10.0.3.2/24", "10.0.3.1");
    host_set_v6(&n->ann, "fd00:1::2/64", "fd00:1::1");
    host_set_v6(&n->bob, "fd00:1::3/64", "fd00:1::1");
    host_set_v6(&n->cem, "fd00:3::2/64", "fd00:3::1");
    n->ann.port = n->bob.port = n->cem.port = 7;
}

static void join(struct internet *n, struct interface *a, struct interface *b) {
    lan_connect(&n->lan, a->port, b->port, INTERNET_DELAY_US);
    interface_introduce(a, b);
}

void internet_init(struct internet *n) {
    struct router *r = n->router;
    lan_init(&n->lan);
    add_hosts(n);
    add_routers(n);
    int s1 = switch_add(&n->s1, &n->lan, "S1", 3);
    struct interface *at_s1[] = {&n->ann.interface, &n->bob.interface,
                                 &r[0].interface[0]};
    for (int i = 0; i < 3; i++) {
        lan_connect(&n->lan, at_s1[i]->port, s1 + i, INTERNET_DELAY_US);
        interface_introduce(at_s1[i], at_s1[(i + 1) % 3]);
    }
    join(n, &r[0].interface[1], &r[1].interface[0]);
    join(n, &r[1].interface[1], &r[2].interface[0]);
    join(n, &r[2].interface[1], &n->cem.interface);
}

void internet_free(struct internet *n) {
    for (int i = 0; i < INTERNET_ROUTERS; i++) router_free(&n->router[i]);
    host_free(&n->ann);
    host_free(&n->bob);
    host_free(&n->cem);
}

enum host_event internet_handle(struct internet *n,
                                const struct lan_event *event, struct host **at,
                                struct host_received *got) {
    struct host *hosts[] = {&n->ann, &n->bob, &n->cem};
    switch_receive(&n->s1, &n->lan, event);
    for (int i = 0; i < INTERNET_ROUTERS; i++)
        router_receive(&n->router[i], &n->lan, event);
    for (int i = 0; i < 3; i++) {
        if (hosts[i]->interface.port != event->to) continue;
        *at = hosts[i];
        return host_receive(hosts[i], &n->lan, event, got);
    }
    return HOST_NOTHING;
}

void internet_set_mtu(struct internet *n, int link, uint16_t mtu) {
    assert(link >= 0 && link < INTERNET_ROUTERS - 1);
    n->router[link].interface[1].mtu = mtu;
    n->router[link + 1].interface[0].mtu = mtu;
}
