/* homes.c: see packets/homes.h. */
#include "packets/homes.h"
#include "packets/ethernet.h"

static const struct {
    const char *host, *address, *in, *out, *public_address;
    uint8_t mac;
} HOMES[2] = {
    {"ann", "192.168.1.2/24", "A.in", "A.out", "203.0.113.1/24", 0x0a},
    {"bob", "192.168.1.3/24", "B.in", "B.out", "203.0.113.2/24", 0x0b},
};

static void introduce(struct interface *a, struct interface *b) {
    neighbors_set(&a->neighbors, &b->v4.address, b->mac);
    neighbors_set(&b->neighbors, &a->v4.address, a->mac);
}

/* Adds the port of an interface to the table, so that nothing is flooded. */
static void add_entry(struct ethernet_switch *s, int port,
                      const struct interface *at) {
    uint8_t frame[ETHERNET_HEADER] = {0x02};
    struct switch_decision decision;
    memcpy(frame + ADDRESS_MAC, at->mac, ADDRESS_MAC);
    switch_forward(s, 0, port, (struct span){frame, sizeof frame}, &decision);
}

static void add_home(struct homes *h, int i) {
    struct home *home = &h->home[i];
    struct interface *box = home->box.interface;
    uint8_t mac = HOMES[i].mac;
    host_init(&home->host, &h->lan, HOMES[i].host, mac, HOMES[i].address,
              "192.168.1.1");
    home->host.port = 5000;
    router_init(&home->box);
    router_add_interface(&home->box, &h->lan, HOMES[i].in,
                         (uint8_t)(mac << 4 | 1), "192.168.1.1/24");
    router_add_interface(&home->box, &h->lan, HOMES[i].out,
                         (uint8_t)(mac << 4 | 2), HOMES[i].public_address);
    nat_init(&home->nat, &box[1].v4.address);
    lan_connect(&h->lan, home->host.interface.port, box[0].port,
                HOMES_DELAY_US);
    introduce(&home->host.interface, &box[0]);
}

void homes_init(struct homes *h) {
    lan_init(&h->lan);
    add_home(h, 0);
    add_home(h, 1);
    host_init(&h->sue, &h->lan, "sue", 0x05, "203.0.113.9/24", "");
    h->sue.port = 3478; /* RFC 8489 §18.6: the port of STUN */
    int s = switch_add(&h->s, &h->lan, "S", 3);
    struct interface *at_s[] = {&h->home[0].box.interface[1],
                                &h->home[1].box.interface[1],
                                &h->sue.interface};
    for (int i = 0; i < 3; i++) {
        lan_connect(&h->lan, at_s[i]->port, s + i, HOMES_DELAY_US);
        introduce(at_s[i], at_s[(i + 1) % 3]);
        add_entry(&h->s, i, at_s[i]);
    }
}

void homes_free(struct homes *h) {
    for (int i = 0; i < 2; i++) {
        host_free(&h->home[i].host);
        router_free(&h->home[i].box);
    }
    host_free(&h->sue);
}
