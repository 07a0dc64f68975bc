/* internet_test.c: does each packet take the path that internet.h draws? */
#include "packets/internet.h"
#include "packets/unit.h"

static struct internet net;
static struct host_received got;
static struct host *at;

/* Sends from a host. Returns the first event of a host, and sets *at to it. */
static enum host_event send_from(struct host *from, const char *to, uint8_t ttl,
                                 uint16_t port) {
    struct udp_packet p = {.destination_port = port, .ttl = ttl};
    struct lan_event e;
    enum host_event result = HOST_NOTHING;
    UNIT_TRUE(address_parse(&p.destination, to));
    UNIT_INT(host_send_udp(from, &net.lan, &p, span_from("hello")), 0);
    while (result == HOST_NOTHING && lan_next(&net.lan, INT64_MAX, &e))
        result = internet_handle(&net, &e, &at, &got);
    return result;
}

static void every_host_reaches_every_host(void) {
    static const char *const addresses[2][3] = {
        {"10.0.1.2", "10.0.1.3", "10.0.3.2"},
        {"fd00:1::2", "fd00:1::3", "fd00:3::2"}};
    struct host *hosts[] = {&net.ann, &net.bob, &net.cem};
    internet_init(&net);
    for (int v = 0; v < 2; v++)
        for (int i = 0; i < 9; i++) {
            int from = i / 3, to = i % 3;
            if (from == to) continue;
            UNIT_INT(send_from(hosts[from], addresses[v][to], 64, 7),
                     HOST_DATAGRAM);
            UNIT_TRUE(at == hosts[to]);
            UNIT_INT(got.ttl, from == 2 || to == 2 ? 61 : 64);
        }
    internet_free(&net);
}

static void ports_and_mac_addresses_are_as_drawn(void) {
    static const char *const names[] = {"R1.1", "R1.2", "R2.1",
                                        "R2.2", "R3.1", "R3.2"};
    static const uint8_t macs[] = {0x11, 0x12, 0x21, 0x22, 0x31, 0x32};
    internet_init(&net);
    for (int i = 0; i < 6; i++) {
        const struct interface *k = &net.router[i / 2].interface[i % 2];
        const char *name = net.lan.port[k->port].name;
        UNIT_TEXT(name, strlen(name), names[i]);
        UNIT_INT(k->mac[5], macs[i]);
    }
    UNIT_INT(net.ann.interface.mac[5], 0x0a);
    UNIT_INT(net.bob.interface.mac[5], 0x0b);
    UNIT_INT(net.cem.interface.mac[5], 0x0c);
    UNIT_INT(net.s1.port_count, 3);
    internet_free(&net);
}

static void each_router_is_one_hop(void) {
    static const char *const hops[2][4] = {
        {"10.0.1.1", "10.0.12.2", "10.0.23.2", "10.0.3.2"},
        {"fd00:1::1", "fd00:12::2", "fd00:23::2", "fd00:3::2"}};
    internet_init(&net);
    for (int v = 0; v < 2; v++)
        for (uint8_t i = 0; i < 4; i++) {
            char text[ADDRESS_TEXT_MAX];
            UNIT_INT(send_from(&net.ann, hops[v][3], i + 1, 33434), HOST_ERROR);
            UNIT_TRUE(at == &net.ann);
            address_text(&got.source, text);
            UNIT_TEXT(text, strlen(text), hops[v][i]);
        }
    internet_free(&net);
}

static void some_addresses_loop(void) {
    static const char *const lost[] = {"10.0.99.1", "10.0.3.200"};
    internet_init(&net);
    for (int i = 0; i < 2; i++) {
        UNIT_INT(send_from(&net.ann, lost[i], 8, 7), HOST_ERROR);
        UNIT_INT(got.icmp.type, ICMP_TIME_EXCEEDED);
    }
    UNIT_INT(send_from(&net.cem, "8.8.8.8", 8, 7), HOST_ERROR);
    UNIT_INT(got.icmp.type, ICMP_UNREACHABLE);
    internet_free(&net);
}

static void a_link_can_be_narrow(void) {
    for (int link = 0; link < 2; link++) {
        internet_init(&net);
        internet_set_mtu(&net, link, 600);
        for (int i = 0; i < INTERNET_ROUTERS; i++)
            for (int k = 0; k < 2; k++) {
                bool is_it = i == link ? k == 1 : i == link + 1 && k == 0;
                UNIT_INT(net.router[i].interface[k].mtu, is_it ? 600 : 1500);
            }
        internet_free(&net);
    }
}

UNIT_MAIN("packets/internet", UNIT_TEST(every_host_reaches_every_host),
          UNIT_TEST(ports_and_mac_addresses_are_as_drawn),
          UNIT_TEST(each_router_is_one_hop), UNIT_TEST(some_addresses_loop),
          UNIT_TEST(a_link_can_be_narrow))
