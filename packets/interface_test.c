/* interface_test.c: ARP of RFC 826, and which frames are accepted */
#include "packets/address_unit.h"
#include "packets/arp.h"
#include "packets/ethernet.h"
#include "packets/interface.h"
#include "packets/unit.h"

#define PACKET "\x45 this is IPv4 by its first four bits, no more is read"
#define PACKET6 "\x60 and this is IPv6; both are longer than a short frame"

static const uint8_t ALL[ADDRESS_MAC] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static struct lan lan;
static struct interface ann, bob; /* 10.0.0.1 ..:0a, 10.0.0.2 ..:0b */

static void build(void) {
    lan_init(&lan);
    lan_add_port(&lan, "ann");
    lan_add_port(&lan, "bob");
    lan_connect(&lan, 0, 1, 10);
    interface_init(&ann, 0, 0x0a, "10.0.0.1/24");
    interface_init(&bob, 1, 0x0b, "10.0.0.2/24");
}

static void end(void) {
    interface_free(&ann);
    interface_free(&bob);
}

static void send_to(const char *next_hop, const char *packet) {
    struct address a = unit_address(next_hop);
    uint8_t *exact = unit_exact(packet, strlen(packet));
    interface_send(&ann, &lan, &a, (struct span){exact, strlen(packet)});
    free(exact);
}

/* Returns what an interface does with the next event, which is for it. */
static enum interface_event step(struct interface *i, struct span *packet) {
    struct lan_event e;
    UNIT_TRUE(lan_next(&lan, INT64_MAX, &e));
    UNIT_INT(e.to, i->port);
    void *exact = unit_exact(e.bytes.data, e.bytes.len);
    if (e.bytes.len > 0) e.bytes.data = exact;
    enum interface_event result = interface_receive(i, &lan, &e, packet);
    static uint8_t kept[LAN_MAX_FRAME];
    if (result != INTERFACE_NOTHING) {
        memcpy(kept, packet->data, packet->len);
        packet->data = kept;
    }
    free(exact);
    return result;
}

static void nothing_more(void) {
    struct lan_event e;
    while (lan_next(&lan, INT64_MAX, &e))
        UNIT_INT(e.bytes.len, 0); /* alarms that are over */
}

/* Returns the next frame. */
static struct span next_frame(struct ethernet *e) {
    struct lan_event event;
    UNIT_TRUE(lan_next(&lan, INT64_MAX, &event));
    UNIT_INT(ethernet_parse(event.bytes, e), ETHERNET_HEADER);
    return span_skip(event.bytes, ETHERNET_HEADER);
}

static void put_arp(const struct arp *a, const uint8_t *to) {
    struct buf frame = {.max = LAN_MAX_FRAME};
    struct ethernet e = {.type = ETHERNET_ARP};
    memcpy(e.destination, to, ADDRESS_MAC);
    memcpy(e.source, a->sender_mac, ADDRESS_MAC);
    ethernet_write(&frame, &e);
    arp_write(&frame, a);
    lan_send(&lan, 0, buf_view(&frame));
    buf_free(&frame);
}

/* RFC 826, "Packet Generation": what a request has, and what a reply. IEEE 802
 * §8.4.2: the MAC addresses are local ones. */
static void sends_a_request_then_the_packet(void) {
    struct span packet;
    struct ethernet e;
    struct arp a;
    build();
    send_to("10.0.0.2", PACKET);
    struct span message = next_frame(&e);
    UNIT_INT(memcmp(e.destination, ALL, ADDRESS_MAC), 0);
    UNIT_INT(memcmp(e.source, ann.mac, ADDRESS_MAC), 0);
    UNIT_INT(e.type, ETHERNET_ARP);
    UNIT_INT(arp_parse(message, &a), ARP_LENGTH);
    UNIT_INT(a.operation, ARP_REQUEST);
    UNIT_INT(memcmp(a.sender_mac, ann.mac, ADDRESS_MAC), 0);
    UNIT_TRUE(address_equal(&a.sender, &ann.v4.address));
    UNIT_TRUE(address_equal(&a.target, &bob.v4.address));
    UNIT_INT(memcmp(a.target_mac, "\0\0\0\0\0\0", ADDRESS_MAC), 0);
    put_arp(&a, ALL); /* the same once more */
    UNIT_INT(step(&bob, &packet), INTERFACE_NOTHING);
    message = next_frame(&e);
    UNIT_INT(memcmp(e.destination, ann.mac, ADDRESS_MAC), 0);
    UNIT_INT(memcmp(e.source, bob.mac, ADDRESS_MAC), 0);
    UNIT_INT(arp_parse(message, &a), ARP_LENGTH);
    UNIT_INT(a.operation, ARP_REPLY);
    UNIT_INT(memcmp(a.sender_mac, "\x02\0\0\0\0\x0b", ADDRESS_MAC), 0);
    UNIT_INT(memcmp(a.target_mac, "\x02\0\0\0\0\x0a", ADDRESS_MAC), 0);
    UNIT_TRUE(address_equal(&a.sender, &bob.v4.address));
    UNIT_TRUE(address_equal(&a.target, &ann.v4.address));
    end();
}

static void a_packet_arrives_after_arp_and_the_next_without(void) {
    struct span packet;
    struct ethernet e;
    build();
    send_to("10.0.0.2", PACKET);
    UNIT_INT(step(&bob, &packet), INTERFACE_NOTHING);
    UNIT_INT(step(&ann, &packet), INTERFACE_NOTHING);
    UNIT_INT(step(&bob, &packet), INTERFACE_PACKET);
    UNIT_TEXT(packet.data, strlen(PACKET), PACKET);
    UNIT_INT(lan.now_us, 30);
    send_to("10.0.0.2", PACKET);
    UNIT_INT(step(&bob, &packet), INTERFACE_PACKET);
    UNIT_INT(lan.now_us, 40);
    UNIT_INT(lan.sent, 4);
    send_to("10.0.0.2", PACKET);
    next_frame(&e);
    UNIT_INT(e.type, ETHERNET_IPV4);
    nothing_more();
    /* RFC 826: bob has ann's address from the request. */
    struct address a = unit_address("10.0.0.1");
    interface_send(&bob, &lan, &a, span_from(PACKET));
    UNIT_INT(step(&ann, &packet), INTERFACE_PACKET);
    UNIT_INT(lan.sent, 6);
    UNIT_INT(ann.neighbors.entry[0].waiting.end, 0);
    end();
}

/* RFC 894: the packet that has waited is of IPv4. */
static void the_packet_that_waited_has_its_type(void) {
    struct span packet;
    struct ethernet e;
    build();
    send_to("10.0.0.2", PACKET);
    UNIT_INT(step(&bob, &packet), INTERFACE_NOTHING);
    UNIT_INT(step(&ann, &packet), INTERFACE_NOTHING);
    next_frame(&e);
    UNIT_INT(e.type, ETHERNET_IPV4);
    end();
}

static void sends_three_requests_and_returns_the_packet(void) {
    struct span packet;
    build();
    send_to("10.0.0.9", "\x45 old");
    send_to("10.0.0.9", PACKET);
    for (int i = 0; i < 3; i++) {
        UNIT_INT(step(&bob, &packet), INTERFACE_NOTHING);
        UNIT_INT(lan.now_us, i * NEIGHBORS_RETRY_US + 10);
        enum interface_event result = step(&ann, &packet);
        UNIT_INT(lan.now_us, (i + 1) * NEIGHBORS_RETRY_US);
        UNIT_INT(result, i == 2 ? INTERFACE_UNREACHABLE : INTERFACE_NOTHING);
    }
    UNIT_TEXT(packet.data, packet.len, PACKET);
    UNIT_INT(lan.sent, 3);
    UNIT_INT(ann.neighbors.count, 0);
    nothing_more();
    end();
}

/* RFC 826, "Packet Reception": an entry that exists is updated by any message,
 * a new one is added only by the target. */
static void others_update_but_do_not_add(void) {
    struct span packet;
    struct arp a = {.operation = ARP_REQUEST,
                    .sender_mac = {2, 0, 0, 0, 0, 0x0c},
                    .sender = unit_address("10.0.0.3"),
                    .target = unit_address("10.0.0.7")};
    struct ethernet e;
    build();
    put_arp(&a, ALL);
    UNIT_INT(step(&bob, &packet), INTERFACE_NOTHING);
    UNIT_INT(bob.neighbors.count, 0);
    a.target = unit_address("10.0.0.2");
    put_arp(&a, ALL);
    UNIT_INT(step(&bob, &packet), INTERFACE_NOTHING);
    UNIT_INT(bob.neighbors.count, 1);
    next_frame(&e); /* the reply */
    UNIT_INT(e.destination[5], 0x0c);
    a.target = unit_address("10.0.0.7");
    a.sender_mac[5] = 0x1c; /* RFC 5227 §3: an announcement */
    put_arp(&a, ALL);
    UNIT_INT(step(&bob, &packet), INTERFACE_NOTHING);
    UNIT_INT(bob.neighbors.entry[0].mac[5], 0x1c);
    a.target = unit_address("10.0.0.2");
    a.operation = ARP_REPLY;
    a.sender_mac[5] = 0x2c;
    put_arp(&a, bob.mac);
    UNIT_INT(step(&bob, &packet), INTERFACE_NOTHING);
    UNIT_INT(bob.neighbors.entry[0].mac[5], 0x2c);
    nothing_more();
    end();
}

/* RFC 5227 §2.4 and §1.1 */
static void ignores_its_own_address_and_adds_no_probe(void) {
    struct span packet;
    struct arp a = {.operation = ARP_REQUEST,
                    .sender_mac = {2, 0, 0, 0, 0, 0x0c},
                    .sender = unit_address("10.0.0.2"),
                    .target = unit_address("10.0.0.2")};
    struct ethernet e;
    build();
    put_arp(&a, ALL);
    UNIT_INT(step(&bob, &packet), INTERFACE_NOTHING);
    UNIT_INT(bob.neighbors.count, 0);
    nothing_more();
    a.sender = unit_address("0.0.0.0");
    put_arp(&a, ALL);
    UNIT_INT(step(&bob, &packet), INTERFACE_NOTHING);
    UNIT_INT(bob.neighbors.count, 0);
    next_frame(&e); /* bob replies, since the address is his */
    UNIT_INT(e.destination[5], 0x0c);
    end();
}

static void put_frame(const uint8_t *to, uint16_t type, const char *payload,
                      size_t n) {
    struct buf frame = {.max = LAN_MAX_FRAME};
    struct ethernet e = {.type = type};
    memcpy(e.destination, to, ADDRESS_MAC);
    ethernet_write(&frame, &e);
    buf_append(&frame, payload, n);
    lan_send(&lan, 0, buf_view(&frame));
    buf_free(&frame);
}

/* IEEE 802.3 §4.2.4.1: not frames to another station, or to a group. */
static void accepts_only_its_own_frames_and_broadcasts(void) {
    static const uint8_t group[ADDRESS_MAC] = {1, 0, 0x5e, 0, 0, 1};
    struct span packet;
    build();
    uint8_t wrong[ADDRESS_MAC];
    for (int i = 0; i < ADDRESS_MAC; i++) {
        memcpy(wrong, bob.mac, ADDRESS_MAC);
        wrong[i] ^= 4;
        put_frame(wrong, ETHERNET_IPV4, PACKET, strlen(PACKET));
        UNIT_INT(step(&bob, &packet), INTERFACE_NOTHING);
    }
    put_frame(group, ETHERNET_IPV4, PACKET, strlen(PACKET));
    UNIT_INT(step(&bob, &packet), INTERFACE_NOTHING);
    put_frame(bob.mac, 0x88b5, PACKET, strlen(PACKET));
    UNIT_INT(step(&bob, &packet), INTERFACE_NOTHING);
    put_frame(bob.mac, ETHERNET_ARP, PACKET, strlen(PACKET));
    UNIT_INT(step(&bob, &packet), INTERFACE_NOTHING);
    put_frame(bob.mac, ETHERNET_VLAN, PACKET, 1);
    UNIT_INT(step(&bob, &packet), INTERFACE_NOTHING);
    put_frame(bob.mac, ETHERNET_IPV4, PACKET, strlen(PACKET));
    UNIT_INT(step(&bob, &packet), INTERFACE_PACKET);
    put_frame(bob.mac, ETHERNET_IPV6, PACKET6, strlen(PACKET6));
    UNIT_INT(step(&bob, &packet), INTERFACE_PACKET);
    UNIT_TEXT(packet.data, packet.len, PACKET6);
    put_frame(ALL, ETHERNET_IPV4, PACKET, strlen(PACKET));
    UNIT_INT(step(&bob, &packet), INTERFACE_BROADCAST);
    nothing_more();
    struct lan_event short_one = {.to = 1, .bytes = {(uint8_t *)wrong, 6}};
    UNIT_INT(interface_receive(&bob, &lan, &short_one, &packet),
             INTERFACE_NOTHING);
    end();
}

static void a_broadcast_needs_no_arp(void) {
    struct span packet;
    build();
    send_to("255.255.255.255", PACKET);
    UNIT_INT(step(&bob, &packet), INTERFACE_BROADCAST);
    send_to("10.0.0.255", PACKET);
    UNIT_INT(step(&bob, &packet), INTERFACE_BROADCAST);
    UNIT_INT(ann.neighbors.count, 0);
    end();
}

static void two_neighbors_are_introduced(void) {
    struct span packet;
    build();
    interface_set_v6(&ann, "fd00::1/64");
    interface_set_v6(&bob, "fd00::2/64");
    interface_introduce(&ann, &bob);
    send_to("fd00::2", PACKET6);
    UNIT_INT(step(&bob, &packet), INTERFACE_PACKET);
    struct address a = unit_address("fd00::1");
    interface_send(&bob, &lan, &a, span_from(PACKET6));
    UNIT_INT(step(&ann, &packet), INTERFACE_PACKET);
    UNIT_INT(lan.sent, 2);
    end();
}

static void a_neighbor_over_ipv6_is_set(void) {
    struct span packet;
    struct lan_event e;
    struct ethernet sent;
    build();
    interface_set_v6(&ann, "fd00::1/64");
    interface_set_neighbor(&ann, "fd00::2", 0x0b);
    send_to("fd00::2", PACKET6);
    UNIT_INT(step(&bob, &packet), INTERFACE_PACKET);
    UNIT_TEXT(packet.data, packet.len, PACKET6);
    send_to("fd00::2", PACKET6);
    next_frame(&sent);
    UNIT_INT(sent.type, ETHERNET_IPV6);
    send_to("fd00::3", PACKET6); /* no ARP for IPv6: only the alarms */
    for (int i = 0; i < 3; i++) {
        UNIT_TRUE(lan_next(&lan, INT64_MAX, &e));
        UNIT_INT(e.bytes.len, 0);
        UNIT_INT(interface_receive(&ann, &lan, &e, &packet),
                 i == 2 ? INTERFACE_UNREACHABLE : INTERFACE_NOTHING);
    }
    UNIT_INT(lan.sent, 2);
    end();
}

/* RFC 1122 §3.2.1.3; RFC 3021: no broadcast with a prefix of 31 bits. */
static void knows_what_is_local_own_and_broadcast(void) {
    static const struct {
        const char *own, *address;
        bool is_local, is_broadcast, is_own;
    } cases[] = {
        {"10.0.0.1/24", "10.0.0.1", true, false, true},
        {"10.0.0.1/24", "10.0.0.254", true, false, false},
        {"10.0.0.1/24", "10.0.0.255", true, true, false},
        {"10.0.0.1/24", "10.0.1.1", false, false, false},
        {"10.0.0.1/24", "10.0.1.255", false, false, false},
        {"10.0.0.1/24", "255.255.255.255", false, true, false},
        {"10.0.0.1/16", "10.0.1.255", true, false, false},
        {"10.0.0.1/16", "10.0.255.255", true, true, false},
        {"10.0.0.1/25", "10.0.0.127", true, true, false},
        {"10.0.0.1/25", "10.0.0.128", false, false, false},
        {"10.0.0.1/30", "10.0.0.3", true, true, false},
        {"10.0.0.1/31", "10.0.0.1", true, false, true},
        {"10.0.0.1/32", "10.0.0.1", true, false, true},
        {"10.0.0.1/0", "200.0.0.1", true, false, false},
        {"10.0.0.1/24", "fd00::1", true, false, true}, /* see below */
        {"10.0.0.1/24", "fd00::ffff:ffff:ffff:ffff", true, false, false},
        {"10.0.0.1/24", "fd00:0:0:1::1", false, false, false},
        {"", "10.0.0.1", false, false, false},
        {"", "255.255.255.255", false, true, false},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct interface i;
        struct address a = unit_address(cases[k].address);
        interface_init(&i, 0, 1, cases[k].own);
        if (cases[k].own[0]) interface_set_v6(&i, "fd00::1/64");
        UNIT_INT(interface_is_local(&i, &a), cases[k].is_local);
        UNIT_INT(interface_is_broadcast(&i, &a), cases[k].is_broadcast);
        UNIT_INT(interface_is_own(&i, &a), cases[k].is_own);
    }
    struct interface i;
    struct address none = {.len = 0};
    interface_init(&i, 0, 1, "");
    UNIT_FALSE(interface_is_own(&i, &none));
    UNIT_FALSE(interface_is_local(&i, &none));
}

static void reads_prefixes(void) {
    static const struct {
        const char *text;
        int prefix; /* -1: refused */
    } cases[] = {
        {"10.0.0.0/8", 8},
        {"0.0.0.0/0", 0},
        {"10.0.0.1/32", 32},
        {"10.0.0.1/33", -1},
        {"10.0.0.0/19", 19},
        {"10.0.0.0/20", 20},
        {"fd00::/64", 64},
        {"::/0", 0},
        {"::1/128", 128},
        {"::1/129", -1},
        {"10.0.0.1", -1},
        {"10.0.0.1/", -1},
        {"10.0.0.1/x", -1},
        {"10.0.0.1/8x", -1},
        {"10.0.0.1/8 ", -1},
        {"10.0.0.1/8:", -1}, /* before and after the digits in ASCII */
        {"10.0.0.1/8/", -1},
        {"10.0.0.1/:", -1},
        {"10.0.0.1/99999999999999999999", -1},
        {"/8", -1},
        {"", -1},
        {"10.0.0/8", -1},
        {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128", 128},
        {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2550/128", -1},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct interface_address a;
        char *exact = unit_exact(cases[k].text, strlen(cases[k].text) + 1);
        UNIT_INT(interface_parse_prefix(exact, &a), cases[k].prefix >= 0);
        if (cases[k].prefix >= 0) UNIT_INT(a.prefix, cases[k].prefix);
        free(exact);
    }
}

UNIT_MAIN("packets/interface", UNIT_TEST(sends_a_request_then_the_packet),
          UNIT_TEST(a_packet_arrives_after_arp_and_the_next_without),
          UNIT_TEST(the_packet_that_waited_has_its_type),
          UNIT_TEST(sends_three_requests_and_returns_the_packet),
          UNIT_TEST(others_update_but_do_not_add),
          UNIT_TEST(ignores_its_own_address_and_adds_no_probe),
          UNIT_TEST(accepts_only_its_own_frames_and_broadcasts),
          UNIT_TEST(a_broadcast_needs_no_arp),
          UNIT_TEST(two_neighbors_are_introduced),
          UNIT_TEST(a_neighbor_over_ipv6_is_set),
          UNIT_TEST(knows_what_is_local_own_and_broadcast),
          UNIT_TEST(reads_prefixes))
