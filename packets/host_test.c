/* host_test.c: packets/host.h against RFC 1122 §3 and §4.1 */
#include "packets/address_unit.h"
#include "packets/host.h"
#include "packets/icmp_reply.h"
#include "packets/ipv4.h"
#include "packets/ipv6.h"
#include "packets/unit.h"

static struct lan lan;
static struct host ann, bob; /* 10.0.1.2 and 10.0.1.3, on one cable */
static struct host_received got;
static struct buf packet = {.max = 65535};

static void build(void) {
    lan_init(&lan);
    host_init(&ann, &lan, "ann", 0xa, "10.0.1.2/24", "10.0.1.3");
    host_init(&bob, &lan, "bob", 0xb, "10.0.1.3/24", "");
    host_set_v6(&ann, "fd00::2/64", "fd00::3");
    host_set_v6(&bob, "fd00::3/64", "");
    lan_connect(&lan, ann.interface.port, bob.interface.port, 10);
    interface_introduce(&ann.interface, &bob.interface);
    neighbors_set(&ann.interface.neighbors, &bob.interface.v4.address,
                  bob.interface.mac);
    neighbors_set(&bob.interface.neighbors, &ann.interface.v4.address,
                  ann.interface.mac);
    bob.port = 7;
}

static void end(void) {
    host_free(&ann);
    host_free(&bob);
}

static int send_udp(struct host *h, const char *to, uint16_t port, size_t n) {
    static uint8_t data[5000] = "hello";
    struct udp_packet p = {.destination = unit_address(to),
                           .source_port = 99,
                           .destination_port = port};
    return host_send_udp(h, &lan, &p, (struct span){data, n});
}

/* Lets a host handle the next event, which is for it. */
static enum host_event step(struct host *h) {
    struct lan_event e = {.to = -1};
    UNIT_TRUE(lan_next(&lan, INT64_MAX, &e));
    UNIT_INT(e.to, h->interface.port);
    return host_receive(h, &lan, &e, &got);
}

static void nothing_is_sent(void) {
    UNIT_INT(lan.slot_count, 0);
}

static void a_datagram_arrives_at_its_port(void) {
    static const char *const to[] = {"10.0.1.3", "fd00::3"};
    for (int i = 0; i < 2; i++) {
        build();
        UNIT_INT(send_udp(&ann, to[i], 7, 5), 0);
        UNIT_INT(step(&bob), HOST_DATAGRAM);
        UNIT_TEXT(got.data.data, got.data.len, "hello");
        UNIT_INT(got.udp.source_port, 99);
        UNIT_INT(got.udp.destination_port, 7);
        UNIT_INT(got.ttl, HOST_TTL);
        struct address from = unit_address(i ? "fd00::2" : "10.0.1.2");
        UNIT_TRUE(address_equal(&got.source, &from));
        UNIT_INT(got.packet.len, i ? 53 : 33);
        nothing_is_sent();
        end();
    }
}

/* RFC 1122 §4.1.3.1 and §3.2.2 */
static void a_closed_port_is_reported(void) {
    static const char *const to[] = {"10.0.1.3", "fd00::3"};
    for (int i = 0; i < 2; i++) {
        build();
        send_udp(&ann, to[i], 8, 5);
        UNIT_INT(step(&bob), HOST_NOTHING);
        UNIT_INT(step(&ann), HOST_ERROR);
        UNIT_INT(got.icmp.type, i ? ICMPV6_UNREACHABLE : ICMP_UNREACHABLE);
        UNIT_INT(got.icmp.code, i ? 4 : 3);
        UNIT_INT(got.udp.destination_port, 8);
        UNIT_INT(got.udp.source_port, 99);
        UNIT_INT(got.udp.identification, i ? 0 : 1);
        UNIT_INT(got.udp.ttl, HOST_TTL);
        struct address bobs = unit_address(to[i]);
        UNIT_TRUE(address_equal(&got.source, &bobs));
        UNIT_TRUE(address_equal(&got.udp.destination, &bobs));
        UNIT_TEXT(got.data.data, got.data.len, "hello");
        nothing_is_sent();
        bob.port = 0; /* none is open */
        send_udp(&ann, to[i], 0, 5);
        UNIT_INT(step(&bob), HOST_NOTHING);
        UNIT_INT(step(&ann), HOST_ERROR);
        end();
    }
}

/* RFC 1122 §3.3.1.1 */
static void other_networks_are_reached_by_the_gateway(void) {
    static const struct {
        const char *to, *hop; /* NULL: none */
    } cases[] = {
        {"10.0.1.77", "10.0.1.77"},   {"10.0.2.77", "10.0.1.3"},
        {"10.0.1.255", "10.0.1.255"}, {"255.255.255.255", "255.255.255.255"},
        {"fd00::77", "fd00::77"},     {"fd01::77", "fd00::3"},
    };
    build();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct address a = unit_address(cases[i].to),
                       expected = unit_address(cases[i].hop);
        const struct address *hop = host_next_hop(&ann, &a);
        UNIT_TRUE(hop && address_equal(hop, &expected));
    }
    struct address far = unit_address("10.0.2.77"),
                   far_v6 = unit_address("fd01::77");
    UNIT_TRUE(host_next_hop(&bob, &far) == NULL);
    UNIT_TRUE(host_next_hop(&bob, &far_v6) == NULL);
    UNIT_INT(send_udp(&bob, "10.0.2.77", 7, 5), -1);
    UNIT_INT(send_udp(&ann, "10.0.2.77", 7, 5), 0);
    UNIT_INT(step(&bob), HOST_NOTHING); /* RFC 1122 §3.2.1.3: not for bob */
    nothing_is_sent();
    UNIT_INT(ann.identification, 2);
    UNIT_INT(host_send(&ann, &lan, (struct span){packet.bytes, 0}), -1);
    end();
}

static void a_broadcast_is_for_all_and_makes_no_errors(void) {
    static const char *const to[] = {"10.0.1.255", "255.255.255.255"};
    for (int i = 0; i < 2; i++) {
        build();
        send_udp(&ann, to[i], 7, 5);
        UNIT_INT(step(&bob), HOST_DATAGRAM);
        send_udp(&ann, to[i], 8, 5);
        UNIT_INT(step(&bob), HOST_NOTHING);
        nothing_is_sent();
        end();
    }
}

static void a_large_datagram_goes_in_fragments(void) {
    build();
    UNIT_INT(send_udp(&ann, "10.0.1.3", 7, 1472), 0);
    UNIT_INT(step(&bob), HOST_DATAGRAM);
    UNIT_INT(send_udp(&ann, "10.0.1.3", 7, 1473), 0);
    UNIT_INT(step(&bob), HOST_FRAGMENT);
    UNIT_INT(got.packet.len, 1500);
    UNIT_INT(step(&bob), HOST_FRAGMENT);
    UNIT_INT(got.packet.len, 21);
    nothing_is_sent();
    UNIT_INT(send_udp(&ann, "fd00::3", 7, 1453), -1); /* IPv6 is not cut here */
    UNIT_INT(send_udp(&ann, "fd00::3", 7, 1452), 0);
    end();
}

/* Appends a header; the caller appends n bytes, and delivers it to bob. */
static void begin_packet(uint8_t protocol, size_t n, bool is_v6) {
    struct ipv4 h = {.total_length = (uint16_t)(20 + n),
                     .ttl = 9,
                     .protocol = protocol,
                     .source = unit_address("10.0.1.2"),
                     .destination = unit_address("10.0.1.3")};
    struct ipv6 six = {.payload_length = (uint16_t)n,
                       .next_header = protocol,
                       .hop_limit = 9,
                       .source = unit_address("fd00::2"),
                       .destination = unit_address("fd00::3")};
    buf_clear(&packet);
    if (is_v6)
        ipv6_write(&packet, &six);
    else
        ipv4_write(&packet, &h);
}

static enum host_event deliver(bool is_broadcast) {
    struct span all = buf_view(&packet);
    uint8_t *exact = unit_exact(all.data, all.len);
    enum host_event e = host_deliver(&bob, &lan, (struct span){exact, all.len},
                                     is_broadcast, &got);
    got.data = got.packet = (struct span){NULL, 0};
    free(exact);
    return e;
}

static void append_echo(uint8_t type, bool is_v6) {
    struct address from = unit_address("fd00::2"), to = unit_address("fd00::3");
    struct icmp i = {.type = type, .rest = 77};
    icmp_write(&packet, &i, span_from("hello"), is_v6 ? &from : NULL,
               is_v6 ? &to : NULL);
}

/* RFC 1122 §3.2.2.6 */
static void replies_to_an_echo_request(void) {
    for (int i = 0; i < 2; i++) {
        build();
        begin_packet(i ? IP_ICMPV6 : IP_ICMP, 13, i);
        append_echo(i ? ICMPV6_ECHO : ICMP_ECHO, i);
        UNIT_INT(deliver(false), HOST_NOTHING);
        UNIT_INT(step(&ann), HOST_ECHO_REPLY);
        UNIT_INT(got.icmp.rest, 77);
        UNIT_TEXT(got.data.data, got.data.len, "hello");
        nothing_is_sent();
        UNIT_INT(deliver(true), HOST_NOTHING); /* a frame for all */
        packet.bytes[packet.end - 1] ^= 1;
        UNIT_INT(deliver(false), HOST_NOTHING);
        nothing_is_sent();
        end();
    }
}

/* RFC 8200 §4.5 */
static void fragments_of_ipv6_are_fragments(void) {
    static const uint8_t last_bytes[] = {1, 8, 9, 0}; /* offset and flag M */
    build();
    for (int i = 0; i < 4; i++) {
        uint8_t header[8] = {IP_UDP, 0, 0, last_bytes[i], 0, 0, 0, 7};
        begin_packet(IPV6_FRAGMENT, 16, true);
        buf_append(&packet, header, 8);
        buf_append(&packet, "12345678", 8);
        UNIT_INT(deliver(false), i < 3 ? HOST_FRAGMENT : HOST_NOTHING);
    }
    nothing_is_sent();
    UNIT_INT(host_deliver(&bob, &lan, (struct span){NULL, 0}, false, &got),
             HOST_NOTHING);
    end();
}

/* RFC 8200 §4: it ends inside an extension header, and has no other one. */
static void a_cut_extension_header_is_discarded(void) {
    build();
    begin_packet(IPV6_HOP_BY_HOP, 2, true);
    buf_append(&packet, "\x11\xff", 2);
    UNIT_INT(deliver(false), HOST_NOTHING);
    nothing_is_sent();
    end();
}

static void a_short_icmp_message_is_discarded(void) {
    build();
    for (size_t n = 4; n < 8; n++) { /* the beginning of an echo reply */
        begin_packet(IP_ICMP, n, false);
        buf_append(&packet, "\0\0\xff\xff\0\0\0", n);
        UNIT_INT(deliver(false), HOST_NOTHING);
    }
    for (size_t n = 0; n < 8; n++) { /* the checksum of ff is right */
        begin_packet(IP_ICMP, n, false);
        buf_append(&packet, "\xff\xff\xff\xff\xff\xff\xff\xff", n);
        UNIT_INT(deliver(false), HOST_NOTHING);
    }
    nothing_is_sent();
    end();
}

/* RFC 1122 §3.2.2.1, RFC 8200 §4 */
static void an_unknown_protocol_is_reported(void) {
    for (int i = 0; i < 2; i++) {
        build();
        begin_packet(200, 13, i);
        buf_append(&packet, "hello, protocol", 13);
        UNIT_INT(deliver(true), HOST_NOTHING);
        if (i == 0) { /* RFC 1122 §3.2.1.2: a wrong checksum of the header */
            packet.bytes[8]++;
            UNIT_INT(deliver(false), HOST_NOTHING);
            packet.bytes[8]--;
        }
        nothing_is_sent();
        UNIT_INT(deliver(false), HOST_NOTHING);
        UNIT_INT(step(&ann), HOST_NOTHING); /* it is about no datagram */
        UNIT_INT(got.icmp.type,
                 i ? ICMPV6_PARAMETER_PROBLEM : ICMP_UNREACHABLE);
        UNIT_INT(got.icmp.code, i ? 1 : 2);
        UNIT_INT(got.icmp.rest, i ? 6 : 0);
        end();
    }
}

/* RFC 1122 §3.2.1.1 */
static void malformed_packets_are_discarded(void) {
    for (int i = 0; i < 2; i++) {
        struct udp_packet p = {
            .source = unit_address(i ? "fd00::2" : "10.0.1.2"),
            .destination = unit_address(i ? "fd00::3" : "10.0.1.3"),
            .destination_port = 7,
            .ttl = 9};
        build();
        buf_clear(&packet);
        udp_packet_write(&packet, &p, span_from("hello"));
        UNIT_INT(deliver(false), HOST_DATAGRAM);
        for (uint32_t n = packet.end; n-- > 0;) {
            packet.end = n;
            UNIT_INT(deliver(false), HOST_NOTHING);
        }
        buf_clear(&packet);
        udp_packet_write(&packet, &p, span_from("hello"));
        packet.bytes[packet.end - 1] ^= 1; /* RFC 1122 §4.1.3.4 */
        UNIT_INT(deliver(false), HOST_NOTHING);
        packet.bytes[packet.end - 1] ^= 1;
        if (i == 0) packet.bytes[8]++; /* RFC 1122 §3.2.1.2 */
        UNIT_INT(deliver(false), i ? HOST_DATAGRAM : HOST_NOTHING);
        nothing_is_sent();
        end();
    }
}

/* RFC 1122 §3.2.1.3; RFC 4291 §2.5.2, §2.5.3, §2.7. Otherwise a datagram to an
 * open port would be an event, and one to a closed port be reported. */
static void a_source_that_is_no_single_host_is_discarded(void) {
    static const char *const sources[] = {
        "10.0.1.2",
        "fd00::2", /* these two are hosts */
        "0.0.0.0",
        "127.0.0.1", /* no host yet, this host */
        "224.0.0.1",
        "240.0.0.1", /* a group, reserved */
        "255.255.255.255",
        "10.0.1.255", /* all, all in the network */
        "::",
        "::1",
        "ff02::1"};
    build();
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        struct udp_packet p = {.source = unit_address(sources[i]), .ttl = 9};
        p.destination =
            unit_address(p.source.len == 16 ? "fd00::3" : "10.0.1.3");
        p.destination_port = 7;
        buf_clear(&packet);
        UNIT_TRUE(udp_packet_write(&packet, &p, span_from("hello")));
        UNIT_INT(deliver(false), i < 2 ? HOST_DATAGRAM : HOST_NOTHING);
    }
    nothing_is_sent();
    end();
}

/* Delivers an error that quotes n bytes of a packet. */
static bool quotes_df;

static enum host_event deliver_error(uint8_t type, const char *source,
                                     uint8_t protocol, size_t n) {
    struct ipv4 h = {.total_length = 500,
                     .dont_fragment = quotes_df,
                     .protocol = protocol,
                     .source = unit_address(source),
                     .destination = unit_address("10.0.9.9")};
    struct icmp i = {.type = type};
    struct buf quoted = {.max = 100};
    ipv4_write(&quoted, &h);
    buf_append(&quoted, "\0\1\0\2\0\x50\0\0", 8);
    begin_packet(IP_ICMP, 8 + n, false);
    icmp_write(&packet, &i, (struct span){quoted.bytes, n}, NULL, NULL);
    buf_free(&quoted);
    return deliver(false);
}

/* RFC 1122 §3.2.2, RFC 5927 §4 */
static void an_error_must_be_about_our_datagram(void) {
    build();
    UNIT_INT(deliver_error(11, "10.0.1.3", IP_UDP, 28), HOST_ERROR);
    UNIT_INT(got.udp.destination_port, 2);
    UNIT_FALSE(got.udp.dont_fragment);
    quotes_df = true;
    UNIT_INT(deliver_error(3, "10.0.1.3", IP_UDP, 28), HOST_ERROR);
    UNIT_TRUE(got.udp.dont_fragment);
    UNIT_INT(deliver_error(11, "10.0.1.3", IP_UDP, 27), HOST_NOTHING);
    UNIT_INT(deliver_error(11, "10.0.1.3", IP_UDP, 19), HOST_NOTHING);
    UNIT_INT(deliver_error(11, "10.0.1.3", IP_UDP, 0), HOST_NOTHING);
    UNIT_INT(deliver_error(11, "10.0.1.3", IP_TCP, 28), HOST_NOTHING);
    UNIT_INT(deliver_error(11, "10.0.1.4", IP_UDP, 28), HOST_NOTHING);
    UNIT_INT(deliver_error(13, "10.0.1.3", IP_UDP, 28), HOST_NOTHING);
    nothing_is_sent();
    end();
}

/* RFC 1122 §3.3.2 */
static void a_reassembly_timeout_is_reported(void) {
    struct udp_packet p = {.source = unit_address("10.0.1.2"),
                           .destination = unit_address("10.0.1.3"),
                           .source_port = 99};
    build();
    buf_clear(&packet);
    udp_packet_write(&packet, &p, span_from("hello"));
    host_report_timeout(&bob, &lan, (struct span){NULL, 0});
    nothing_is_sent();
    host_report_timeout(&bob, &lan, buf_view(&packet));
    UNIT_INT(step(&ann), HOST_ERROR);
    UNIT_INT(got.icmp.type, ICMP_TIME_EXCEEDED);
    UNIT_INT(got.icmp.code, 1);
    UNIT_INT(got.udp.source_port, 99);
    nothing_is_sent();
    end();
}

static void no_reply_to_arp_is_reported(void) {
    struct lan_event e;
    build();
    send_udp(&ann, "10.0.1.77", 7, 5);
    for (int i = 0; i < 3; i++) {
        UNIT_INT(step(&bob), HOST_NOTHING);
        UNIT_INT(step(&ann), i == 2 ? HOST_UNREACHABLE : HOST_NOTHING);
    }
    UNIT_INT(got.packet.len, 33);
    send_udp(&ann, "10.0.1.3", 7, 5);
    UNIT_TRUE(lan_next(&lan, INT64_MAX, &e));
    e.to = ann.interface.port; /* not at bob's port */
    UNIT_INT(host_receive(&bob, &lan, &e, &got), HOST_NOTHING);
    end();
}

static void without_an_address_nothing_is_sent(void) {
    struct host h;
    build();
    host_init(&h, &lan, "new", 0xc, "", "");
    UNIT_INT(send_udp(&h, "255.255.255.255", 7, 5), -1);
    UNIT_INT(send_udp(&h, "fd00::1", 7, 5), -1);
    host_free(&h);
    end();
    buf_free(&packet);
}

UNIT_MAIN("packets/host", UNIT_TEST(a_datagram_arrives_at_its_port),
          UNIT_TEST(a_closed_port_is_reported),
          UNIT_TEST(other_networks_are_reached_by_the_gateway),
          UNIT_TEST(a_broadcast_is_for_all_and_makes_no_errors),
          UNIT_TEST(a_large_datagram_goes_in_fragments),
          UNIT_TEST(replies_to_an_echo_request),
          UNIT_TEST(fragments_of_ipv6_are_fragments),
          UNIT_TEST(a_cut_extension_header_is_discarded),
          UNIT_TEST(a_short_icmp_message_is_discarded),
          UNIT_TEST(an_unknown_protocol_is_reported),
          UNIT_TEST(malformed_packets_are_discarded),
          UNIT_TEST(a_source_that_is_no_single_host_is_discarded),
          UNIT_TEST(an_error_must_be_about_our_datagram),
          UNIT_TEST(a_reassembly_timeout_is_reported),
          UNIT_TEST(no_reply_to_arp_is_reported),
          UNIT_TEST(without_an_address_nothing_is_sent))
