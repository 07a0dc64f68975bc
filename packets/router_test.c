/* router_test.c: a router between two networks, against RFC 1812 §5 */
#include "packets/address_unit.h"
#include "packets/ethernet.h"
#include "packets/icmp.h"
#include "packets/ipv4.h"
#include "packets/ipv6.h"
#include "packets/router.h"
#include "packets/udp_packet.h"
#include "packets/unit.h"

/* ann 10.0.1.2, port 0 -- R.0 10.0.1.1 [R] R.1 10.0.2.1 -- bob 10.0.2.2,
 * port 1. bob is the next hop to 10.0.9.0/24 and fd00:9::/64. */
static struct lan lan;
static struct router r;
static struct interface ann, bob;
static struct buf packet = {.max = 65535};

static void build(void) {
    lan_init(&lan);
    interface_init(&ann, lan_add_port(&lan, "ann"), 0xa, "10.0.1.2/24");
    interface_init(&bob, lan_add_port(&lan, "bob"), 0xb, "10.0.2.2/24");
    interface_set_v6(&ann, "fd00:1::2/64");
    interface_set_v6(&bob, "fd00:2::2/64");
    memset(&r, 0xff, sizeof r);
    router_init(&r);
    UNIT_INT(r.routes.count, 0);
    UNIT_INT(router_add_interface(&r, &lan, "R.0", 0x11, "10.0.1.1/24"), 0);
    UNIT_INT(router_add_interface(&r, &lan, "R.1", 0x12, "10.0.2.1/24"), 1);
    router_add_v6(&r, 0, "fd00:1::1/64");
    router_add_v6(&r, 1, "fd00:2::1/64");
    UNIT_TRUE(router_add_route(&r, "10.0.9.0/24", "10.0.2.2"));
    UNIT_TRUE(router_add_route(&r, "fd00:9::/64", "fd00:2::2"));
    lan_connect(&lan, 0, r.interface[0].port, 10);
    lan_connect(&lan, 1, r.interface[1].port, 10);
    for (int k = 0; k < 2; k++) { /* no ARP is needed */
        struct interface *i = k ? &bob : &ann, *q = &r.interface[k];
        interface_introduce(i, q);
        neighbors_set(&q->neighbors, &i->v4.address, i->mac);
        neighbors_set(&i->neighbors, &q->v4.address, q->mac);
    }
}

static void end(void) {
    interface_free(&ann);
    interface_free(&bob);
    router_free(&r);
}

static void make_udp(const char *from, const char *to, uint8_t ttl, size_t n) {
    static uint8_t data[3000];
    struct udp_packet p = {.source = unit_address(from),
                           .destination = unit_address(to),
                           .ttl = ttl};
    buf_clear(&packet);
    udp_packet_write(&packet, &p, (struct span){data, n});
}

/* Gives the router the packet, as if ann had sent it. */
static void handle(bool is_broadcast) {
    struct span all = buf_view(&packet);
    uint8_t *exact = unit_exact(all.data, all.len);
    router_handle(&r, &lan, 0, (struct span){exact, all.len}, is_broadcast);
    free(exact);
}

/* Returns the next packet that leaves the router, at ann's or bob's end. */
static struct span next(const struct interface *at) {
    struct lan_event e = {.to = -1};
    struct span got = {NULL, 0};
    while (lan_next(&lan, INT64_MAX, &e) && e.bytes.len == 0) {
    }
    UNIT_INT(e.to, at->port);
    struct interface copy = *at;
    UNIT_INT(interface_receive(&copy, &lan, &e, &got), INTERFACE_PACKET);
    return got;
}

static void nothing_leaves(void) {
    struct lan_event e;
    UNIT_INT(lan.slot_count, 0);
    UNIT_FALSE(lan_next(&lan, INT64_MAX, &e));
}

static void expect_error(uint8_t type, uint8_t code, uint32_t rest,
                         const char *source) {
    struct ipv4 h;
    struct icmp i = {.type = 255};
    struct address from = unit_address(source), to = unit_address("10.0.1.2");
    struct span got = next(&ann);
    int n = ipv4_parse(got, &h);
    UNIT_INT(n, 20);
    UNIT_TRUE(address_equal(&h.source, &from));
    UNIT_TRUE(address_equal(&h.destination, &to));
    icmp_parse(ipv4_payload(got, &h, n), &i);
    UNIT_INT(i.type, type);
    UNIT_INT(i.code, code);
    UNIT_INT(i.rest, rest);
    nothing_leaves();
}

static void expect_error_v6(uint8_t type, uint8_t code, uint32_t rest) {
    struct ipv6 h;
    struct icmp i = {.type = 255};
    struct address from = unit_address("fd00:1::1"),
                   to = unit_address("fd00:1::2");
    struct span got = next(&ann);
    UNIT_INT(ipv6_parse(got, &h), 40);
    UNIT_TRUE(address_equal(&h.source, &from));
    UNIT_TRUE(address_equal(&h.destination, &to));
    struct span message = ipv6_payload(got, &h, 40);
    UNIT_TRUE(icmp_checksum_is_right(message, &h.source, &h.destination));
    icmp_parse(message, &i);
    UNIT_INT(i.type, type);
    UNIT_INT(i.code, code);
    UNIT_INT(i.rest, rest);
    nothing_leaves();
}

/* RFC 1812 §5.3.1: only the TTL and the checksum change. */
static void forwards_with_one_hop_less(void) {
    static const char *const destinations[] = {"10.0.2.2", "10.0.9.9"};
    for (int i = 0; i < 2; i++) {
        struct udp_packet p;
        struct span data;
        build();
        make_udp("10.0.1.2", destinations[i], 64, 5);
        handle(false);
        struct span got = next(&bob);
        UNIT_TRUE(udp_packet_parse(got, &p, &data));
        UNIT_INT(p.ttl, 63);
        got.data[8] = 64;
        memcpy(got.data + 10, packet.bytes + 10, 2);
        got.len = packet.end;
        UNIT_TRUE(span_equal(got, buf_view(&packet)));
        nothing_leaves();
        UNIT_INT(r.counts.forwarded, 1);
        end();
    }
}

static void forwards_ipv6(void) {
    build();
    make_udp("fd00:1::2", "fd00:9::9", 64, 30);
    handle(false);
    struct span got = next(&bob);
    UNIT_INT(got.data[7], 63);
    got.data[7] = 64;
    UNIT_TRUE(span_equal(got, buf_view(&packet)));
    nothing_leaves();
    end();
}

/* RFC 1812 §5.3.1, RFC 8200 §3, RFC 4443 §3.3: at 2, 1 and 0. RFC 1812
 * §4.3.2.4: by the address of the interface of its arrival. */
static void a_ttl_that_ends_is_reported(void) {
    build();
    make_udp("10.0.1.2", "10.0.2.2", 2, 5);
    handle(false);
    UNIT_INT(next(&bob).data[8], 1);
    for (uint8_t ttl = 0; ttl < 2; ttl++) {
        make_udp("10.0.1.2", "10.0.2.2", ttl, 5);
        handle(false);
        expect_error(ICMP_TIME_EXCEEDED, 0, 0, "10.0.1.1");
        make_udp("fd00:1::2", "fd00:2::2", ttl, 5);
        handle(false);
        expect_error_v6(ICMPV6_TIME_EXCEEDED, 0, 0);
    }
    make_udp("10.0.1.2", "10.0.77.2", 1, 5); /* the TTL comes first */
    handle(false);
    expect_error(ICMP_TIME_EXCEEDED, 0, 0, "10.0.1.1");
    UNIT_INT(r.counts.forwarded, 1);
    end();
}

/* RFC 1812 §5.2.4.3, RFC 4443 §3.1 */
static void no_route_is_reported(void) {
    build();
    make_udp("10.0.1.2", "10.0.77.2", 64, 5);
    handle(false);
    expect_error(ICMP_UNREACHABLE, 0, 0, "10.0.1.1");
    make_udp("fd00:1::2", "fd00:77::2", 64, 5);
    handle(false);
    expect_error_v6(ICMPV6_UNREACHABLE, 0, 0);
    UNIT_INT(r.counts.no_routes, 2);
    UNIT_TRUE(router_add_route(&r, "0.0.0.0/0", "10.0.2.2"));
    make_udp("10.0.1.2", "10.0.77.2", 64, 5);
    handle(false);
    next(&bob);
    end();
}

/* RFC 1191 §4, RFC 4443 §3.2: at the MTU and one byte beyond it. */
static void a_packet_that_must_not_be_cut_is_reported(void) {
    build();
    r.interface[1].mtu = 1400;
    for (size_t n = 1372; n <= 1373; n++) {
        make_udp("10.0.1.2", "10.0.2.2", 64, n);
        packet.bytes[6] |= 0x40; /* DF; and the checksum, in which it is */
        packet.bytes[10] = (uint8_t)(packet.bytes[10] - 0x40);
        handle(false);
        if (n == 1372)
            UNIT_INT(next(&bob).len, 1400);
        else
            expect_error(ICMP_UNREACHABLE, 4, 1400, "10.0.1.1");
    }
    make_udp("fd00:1::2", "fd00:2::2", 64, 1352);
    handle(false);
    UNIT_INT(next(&bob).len, 1400);
    make_udp("fd00:1::2", "fd00:2::2", 64, 1353);
    handle(false);
    expect_error_v6(ICMPV6_TOO_BIG, 0, 1400);
    end();
}

/* RFC 1812 §4.2.2.7 */
static void other_packets_are_cut(void) {
    struct ipv4 h;
    build();
    r.interface[1].mtu = 576;
    make_udp("10.0.1.2", "10.0.2.2", 64, 1000); /* 552 and 456 bytes */
    handle(false);
    struct span got = next(&bob);
    ipv4_parse(got, &h);
    UNIT_INT(h.total_length, 572);
    UNIT_INT(h.ttl, 63);
    UNIT_TRUE(h.more_fragments);
    got = next(&bob);
    ipv4_parse(got, &h);
    UNIT_INT(h.fragment_offset, 552);
    UNIT_INT(h.total_length, 476);
    UNIT_FALSE(h.more_fragments);
    nothing_leaves();
    end();
}

/* RFC 1812 §5.2.2: silently. */
static void malformed_packets_are_discarded(void) {
    build();
    make_udp("10.0.1.2", "10.0.2.2", 64, 5);
    for (size_t bit = 0; bit < 8 * 20; bit++) {
        packet.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        handle(false);
        packet.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    UNIT_INT(r.counts.header_errors, 8 * 20);
    for (uint32_t n = packet.end - 1; n > 0; n--) {
        packet.end = n;
        handle(false);
    }
    router_handle(&r, &lan, 0, (struct span){NULL, 0}, false);
    make_udp("fd00:1::2", "fd00:2::2", 64, 5);
    for (uint32_t n = packet.end - 1; n > 0; n--) {
        packet.end = n;
        handle(false);
    }
    nothing_leaves();
    UNIT_INT(r.counts.header_errors, 8 * 20 + 32 + 1 + 52);
    end();
}

static void some_packets_are_not_forwarded(void) {
    static const struct {
        const char *from, *to;
        bool is_broadcast;
    } cases[] = {
        {"10.0.1.2", "10.0.2.2", true},    /* RFC 1812 §5.3.4 */
        {"10.0.1.2", "10.0.2.255", false}, /* RFC 2644: directed */
        {"10.0.1.2", "10.0.1.255", false},
        {"10.0.1.2", "255.255.255.255", true},
        {"10.0.1.2", "127.0.0.1", false}, /* RFC 1812 §5.3.7 */
        {"10.0.1.2", "0.0.0.0", false},
        {"127.0.0.1", "10.0.2.2", false},
        {"0.0.0.0", "10.0.2.2", false},
        {"10.0.1.2", "224.0.0.5", false},
        {"240.0.0.5", "10.0.2.2", false},
        {"fe80::1", "fd00:2::2", false}, /* RFC 4291 §2.5.6 */
        {"febf::1", "fd00:2::2", false},
        {"fd00:1::2", "fe80::1", false},
        {"::", "fd00:2::2", false}, /* §2.5.2 and §2.5.3 */
        {"fd00:1::2", "::1", false},
        {"fd00:1::2", "ff02::1", false},
        {"ff02::1", "fd00:2::2", false},
        {"fd00:1::2", "fd00:2::2", true},
    };
    build();
    UNIT_TRUE(router_add_route(&r, "0.0.0.0/0", "10.0.2.2"));
    UNIT_TRUE(router_add_route(&r, "::/0", "fd00:2::2"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_udp(cases[i].from, cases[i].to, 64, 5);
        handle(cases[i].is_broadcast);
        nothing_leaves();
    }
    UNIT_INT(r.counts.forwarded + r.counts.no_routes, 0);
    static const char *const sources[] = {"fec0::1", "fe00::1", "::2",
                                          "fd00:1::2"};
    for (int i = 0; i < 4; i++) { /* these look like it, and are not */
        make_udp(sources[i], "fd00:2::2", 64, 5);
        handle(false);
        next(&bob);
    }
    make_udp("223.0.0.1", "10.0.2.2", 64, 5);
    handle(false);
    next(&bob);
    end();
}

static void make_echo(const char *from, const char *to, uint8_t ttl) {
    struct ipv4 h = {.total_length = 48,
                     .ttl = ttl,
                     .protocol = IP_ICMP,
                     .source = unit_address(from),
                     .destination = unit_address(to)};
    struct icmp i = {.type = ICMP_ECHO, .rest = 7};
    buf_clear(&packet);
    ipv4_write(&packet, &h);
    icmp_write(&packet, &i, span_from("01234567890123456789"), NULL, NULL);
}

/* RFC 1812 §4.3.3.6; §5.3.1: whatever the TTL is. */
static void replies_to_an_echo_request(void) {
    static const char *const own[] = {"10.0.1.1", "10.0.2.1"};
    for (int i = 0; i < 2; i++) {
        build();
        make_echo("10.0.1.2", own[i], 1);
        handle(false);
        expect_error(ICMP_ECHO_REPLY, 0, 7, own[i]);
        UNIT_INT(r.counts.delivered, 1);
        make_echo("10.0.1.2", own[i], 1);
        handle(true);
        make_udp("10.0.1.2", own[i], 1, 5);
        handle(false);
        nothing_leaves();
        end();
    }
}

/* RFC 1812 §5.2.7.1 */
static void a_host_that_is_not_there_is_reported(void) {
    struct lan_event e;
    build();
    make_udp("10.0.1.2", "10.0.2.77", 64, 5);
    handle(false);
    for (int i = 0; i < 3; i++) {
        UNIT_TRUE(lan_next(&lan, INT64_MAX, &e));
        UNIT_INT(e.to, bob.port); /* who has 10.0.2.77? */
        UNIT_TRUE(lan_next(&lan, INT64_MAX, &e));
        UNIT_INT(e.bytes.len, 0);
        router_receive(&r, &lan, &e);
    }
    expect_error(ICMP_UNREACHABLE, 1, 0, "10.0.1.1");
    make_udp("fd00:1::2", "fd00:2::77", 64, 5);
    handle(false);
    for (int i = 0; i < 3; i++) {
        UNIT_TRUE(lan_next(&lan, INT64_MAX, &e));
        router_receive(&r, &lan, &e);
    }
    expect_error_v6(ICMPV6_UNREACHABLE, 3, 0);
    make_udp("10.0.2.1", "10.0.2.77", 64, 5); /* its own packet */
    UNIT_TRUE(router_send(&r, &lan, buf_view(&packet)));
    for (int i = 0; i < 6; i++) {
        UNIT_TRUE(lan_next(&lan, INT64_MAX, &e));
        router_receive(&r, &lan, &e);
    }
    nothing_leaves();
    end();
}

static void takes_frames_at_its_own_ports(void) {
    struct lan_event e;
    build();
    make_udp("10.0.1.2", "10.0.2.2", 64, 5);
    struct address gateway = unit_address("10.0.1.1");
    interface_send(&ann, &lan, &gateway, buf_view(&packet));
    UNIT_TRUE(lan_next(&lan, INT64_MAX, &e));
    UNIT_INT(e.to, r.interface[0].port);
    e.to = 0;
    router_receive(&r, &lan, &e);
    nothing_leaves();
    e.to = r.interface[0].port;
    router_receive(&r, &lan, &e);
    UNIT_INT(next(&bob).data[8], 63);
    nothing_leaves();
    memset(e.bytes.data, 0xff, 6); /* a frame for all */
    e.to = r.interface[0].port;
    router_receive(&r, &lan, &e);
    nothing_leaves();
    end();
}

static void sends_its_own_packets(void) {
    build();
    make_udp("10.0.1.1", "10.0.2.2", 64, 5);
    UNIT_TRUE(router_send(&r, &lan, buf_view(&packet)));
    UNIT_INT(next(&bob).data[8], 64);
    make_udp("10.0.1.1", "10.0.77.2", 64, 5);
    UNIT_FALSE(router_send(&r, &lan, buf_view(&packet)));
    UNIT_FALSE(router_send(&r, &lan, (struct span){packet.bytes, 19}));
    UNIT_FALSE(router_send(&r, &lan, (struct span){NULL, 0}));
    make_udp("fd00:1::1", "fd00:2::2", 64, 5);
    UNIT_TRUE(router_send(&r, &lan, buf_view(&packet)));
    UNIT_INT(next(&bob).data[7], 64);
    nothing_leaves();
    end();
}

/* RFC 1812 §4.3.2.4: an error is from an address of the interface by which the
 * packet arrived, and this interface has none of that version. */
static void without_an_address_there_is_no_error(void) {
    build();
    int before = r.routes.count;
    UNIT_INT(router_add_interface(&r, &lan, "R.2", 0x13, ""), 2);
    UNIT_INT(r.routes.count, before);
    make_udp("10.0.1.2", "10.0.2.2", 1, 5);
    router_handle(&r, &lan, 2, buf_view(&packet), false);
    make_udp("fd00:1::2", "fd00:2::2", 1, 5);
    router_handle(&r, &lan, 2, buf_view(&packet), false);
    nothing_leaves();
    make_udp("10.0.1.2", "10.0.2.2", 1, 5);
    handle(false);
    expect_error(ICMP_TIME_EXCEEDED, 0, 0, "10.0.1.1");
    end();
}

/* Packets that wait for a MAC address are in memory of their own. */
static void frees_packets_that_wait_for_arp(void) {
    build();
    make_udp("10.0.1.1", "10.0.1.77", 64, 5);
    UNIT_TRUE(router_send(&r, &lan, buf_view(&packet)));
    make_udp("10.0.2.1", "10.0.2.77", 64, 5);
    UNIT_TRUE(router_send(&r, &lan, buf_view(&packet)));
    UNIT_INT(r.interface[0].neighbors.count, 3);
    UNIT_INT(r.interface[1].neighbors.count, 3);
    end();
    UNIT_INT(r.interface[0].neighbors.count, 0);
    UNIT_INT(r.interface[1].neighbors.count, 0);
    UNIT_INT(r.interface_count, 0);
}

static void a_route_needs_a_neighbor(void) {
    build();
    int before = r.routes.count;
    UNIT_FALSE(router_add_route(&r, "10.0.8.0/24", "10.0.7.1"));
    UNIT_FALSE(router_add_route(&r, "10.0.8.0", "10.0.2.2"));
    UNIT_FALSE(router_add_route(&r, "10.0.8.0/24", "x"));
    UNIT_INT(r.routes.count, before);
    while (r.routes.count < ROUTES_MAX)
        UNIT_TRUE(router_add_route(&r, "10.0.8.0/24", "10.0.2.2"));
    UNIT_FALSE(router_add_route(&r, "10.0.8.0/24", "10.0.2.2"));
    struct address own = unit_address("10.0.2.1"),
                   other = unit_address("10.0.2.2");
    UNIT_TRUE(router_is_own(&r, &own));
    UNIT_FALSE(router_is_own(&r, &other));
    end();
    buf_free(&packet);
}

UNIT_MAIN("packets/router", UNIT_TEST(forwards_with_one_hop_less),
          UNIT_TEST(forwards_ipv6), UNIT_TEST(a_ttl_that_ends_is_reported),
          UNIT_TEST(no_route_is_reported),
          UNIT_TEST(a_packet_that_must_not_be_cut_is_reported),
          UNIT_TEST(other_packets_are_cut),
          UNIT_TEST(malformed_packets_are_discarded),
          UNIT_TEST(some_packets_are_not_forwarded),
          UNIT_TEST(replies_to_an_echo_request),
          UNIT_TEST(a_host_that_is_not_there_is_reported),
          UNIT_TEST(takes_frames_at_its_own_ports),
          UNIT_TEST(sends_its_own_packets),
          UNIT_TEST(without_an_address_there_is_no_error),
          UNIT_TEST(frees_packets_that_wait_for_arp),
          UNIT_TEST(a_route_needs_a_neighbor))
