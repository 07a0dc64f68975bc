/* homes_test.c: packets/homes.h */
#include "packets/homes.h"
#include "packets/unit.h"

static struct homes h;

/* The boxes forward without a NAT. Returns the event at sue or bob. */
static enum host_event run(struct host *at, struct host_received *got) {
    struct lan_event e;
    while (lan_next(&h.lan, INT64_MAX, &e)) {
        UNIT_TRUE(e.bytes.len > 0);
        switch_receive(&h.s, &h.lan, &e);
        for (int i = 0; i < 2; i++) router_receive(&h.home[i].box, &h.lan, &e);
        if (e.to == at->interface.port)
            return host_receive(at, &h.lan, &e, got);
    }
    return HOST_NOTHING;
}

static enum host_event send_to(const char *to, uint16_t port, struct host *at,
                               struct host_received *got) {
    struct udp_packet p = {.source_port = 5000, .destination_port = port};
    UNIT_TRUE(address_parse(&p.destination, to));
    UNIT_INT(host_send_udp(&h.home[0].host, &h.lan, &p, span_from("hi")), 0);
    return run(at, got);
}

static void the_server_can_be_reached_without_arp(void) {
    struct host_received got;
    homes_init(&h);
    /* RFC 8489 §18.6: 3478 */
    UNIT_INT(send_to("203.0.113.9", 3478, &h.sue, &got), HOST_DATAGRAM);
    UNIT_INT(h.lan.now_us, 3 * HOMES_DELAY_US);
    UNIT_INT(h.lan.sent, 3); /* nothing was flooded */
    UNIT_INT(got.ttl, HOST_TTL - 1);
    /* Without a NAT, sue has no route back to the private address. */
    UNIT_TRUE(host_next_hop(&h.sue, &got.source) == NULL);
    homes_free(&h);
}

static void both_homes_have_the_same_network_and_an_address_each(void) {
    struct interface *a, *b;
    homes_init(&h);
    a = h.home[0].box.interface;
    b = h.home[1].box.interface;
    UNIT_TRUE(address_equal(&a[0].v4.address, &b[0].v4.address));
    UNIT_FALSE(address_equal(&a[1].v4.address, &b[1].v4.address));
    UNIT_TRUE(interface_is_local(&a[0], &h.home[1].host.interface.v4.address));
    for (int i = 0; i < 2; i++) {
        struct interface *out = &h.home[i].box.interface[1];
        UNIT_TRUE(address_equal(&out->v4.address, &h.home[i].nat.outside));
        UNIT_TRUE(interface_is_local(out, &h.sue.interface.v4.address));
        UNIT_INT(h.home[i].host.port, 5000);
    }
    homes_free(&h);
}

static void is_at(const struct interface *i, const char *address) {
    struct interface_address expected;
    UNIT_TRUE(interface_parse_prefix(address, &expected));
    UNIT_TRUE(address_equal(&i->v4.address, &expected.address));
    UNIT_INT(i->v4.prefix, expected.prefix);
}

/* homes_init does not depend on the old content of the memory. */
static void the_network_is_as_drawn(void) {
    for (int byte = 0; byte < 256; byte += 255) {
        memset(&h, byte, sizeof h);
        homes_init(&h);
        const struct interface *all[] = {&h.home[0].host.interface,
                                         &h.home[1].host.interface,
                                         &h.home[0].box.interface[0],
                                         &h.home[1].box.interface[0],
                                         &h.home[0].box.interface[1],
                                         &h.home[1].box.interface[1],
                                         &h.sue.interface};
        static const char *const addresses[] = {
            "192.168.1.2/24", "192.168.1.3/24", "192.168.1.1/24",
            "192.168.1.1/24", "203.0.113.1/24", "203.0.113.2/24",
            "203.0.113.9/24"};
        for (int i = 0; i < 7; i++) {
            is_at(all[i], addresses[i]);
            for (int k = 0; k < i; k++) /* no MAC address is there twice */
                UNIT_TRUE(memcmp(all[i]->mac, all[k]->mac, ADDRESS_MAC) != 0);
        }
        for (int i = 0; i < 2; i++) {
            UNIT_INT(h.home[i].box.interface_count, 2);
            UNIT_INT(h.home[i].nat.count, 0);
            UNIT_INT(h.lan.port[all[i]->port].peer, all[2 + i]->port);
        }
        UNIT_INT(h.s.port_count, 3);
        UNIT_INT(h.s.entry_count, 3);
        homes_free(&h);
    }
}

/* Packets that wait for a MAC address are in memory of their own. */
static void frees_packets_that_wait_for_arp(void) {
    struct udp_packet p = {.source_port = 5000, .destination_port = 7};
    struct host *hosts[] = {&h.home[0].host, &h.home[1].host, &h.sue};
    struct lan_event e;
    homes_init(&h);
    for (int i = 0; i < 3; i++) {
        UNIT_TRUE(address_parse(&p.destination,
                                i < 2 ? "192.168.1.77" : "203.0.113.77"));
        host_send_udp(hosts[i], &h.lan, &p, span_from("wait"));
        UNIT_TRUE(address_parse(&p.destination, "203.0.113.78"));
        if (i < 2) host_send_udp(hosts[i], &h.lan, &p, span_from("wait"));
    }
    while (lan_next(&h.lan, 3 * HOMES_DELAY_US, &e))
        for (int i = 0; i < 2; i++) router_receive(&h.home[i].box, &h.lan, &e);
    for (int i = 0; i < 2; i++)
        UNIT_INT(h.home[i].box.interface[1].neighbors.count, 3);
    homes_free(&h);
    for (int i = 0; i < 2; i++) {
        UNIT_INT(hosts[i]->interface.neighbors.count, 0);
        UNIT_INT(h.home[i].box.interface[1].neighbors.count, 0);
    }
    UNIT_INT(h.sue.interface.neighbors.count, 0);
}

UNIT_MAIN("packets/homes", UNIT_TEST(the_server_can_be_reached_without_arp),
          UNIT_TEST(both_homes_have_the_same_network_and_an_address_each),
          UNIT_TEST(the_network_is_as_drawn),
          UNIT_TEST(frees_packets_that_wait_for_arp))
