/* frame_text_test.c: the line for each kind of frame */
#include "packets/address_unit.h"
#include "packets/arp.h"
#include "packets/checksum.h"
#include "packets/ethernet.h"
#include "packets/frame_text.h"
#include "packets/icmp.h"
#include "packets/ipv4.h"
#include "packets/ipv6.h"
#include "packets/segment.h"
#include "packets/udp_packet.h"
#include "packets/unit.h"

static struct buf frame = {.max = 2000};

static void begin(uint16_t type) {
    struct ethernet e = {.destination = {2, 0, 0, 0, 0, 0x0b},
                         .source = {2, 0, 0, 0, 0, 0x0a},
                         .type = type};
    buf_clear(&frame);
    ethernet_write(&frame, &e);
}

/* Compares the line for the first n bytes of the frame. */
static void expect_cut(size_t n, const char *expected) {
    char text[FRAME_TEXT_MAX];
    uint8_t *exact = unit_exact(frame.bytes, n);
    UNIT_TRUE(frame_text((struct span){exact, n}, text) == text);
    UNIT_TEXT(text, strlen(text), expected);
    free(exact);
}

static void expect(const char *expected) {
    expect_cut(frame.end, expected);
}

static void describes_arp(void) {
    struct arp a = {.operation = ARP_REQUEST,
                    .sender_mac = {2, 0, 0, 0, 0, 0x0a},
                    .sender = unit_address("10.0.0.1"),
                    .target = unit_address("10.0.0.2")};
    begin(ETHERNET_ARP);
    arp_write(&frame, &a);
    expect("who has 10.0.0.2? tell 10.0.0.1");
    expect_cut(frame.end - 1, "malformed");
    a.operation = ARP_REPLY;
    begin(ETHERNET_ARP);
    arp_write(&frame, &a);
    expect("10.0.0.1 is at 02:00:00:00:00:0a");
    a.operation = 3;
    begin(ETHERNET_ARP);
    arp_write(&frame, &a);
    expect("ARP operation 3");
}

static void describes_udp(void) {
    struct udp_packet p = {.source = unit_address("10.0.0.1"),
                           .destination = unit_address("10.0.1.2"),
                           .source_port = 7000,
                           .destination_port = 7,
                           .ttl = 63};
    begin(ETHERNET_IPV4);
    udp_packet_write(&frame, &p, span_from("hello"));
    expect("10.0.0.1:7000 > 10.0.1.2:7 TTL 63 UDP 5 bytes");
    expect_cut(14 + 20 + 7, "10.0.0.1 > 10.0.1.2 TTL 63 UDP, malformed");
    expect_cut(14 + 19, "malformed");
    char text[FRAME_TEXT_MAX];
    UNIT_TRUE(frame_text_packet(span_skip(buf_view(&frame), 14), text) == text);
    UNIT_TEXT(text, strlen(text),
              "10.0.0.1:7000 > 10.0.1.2:7 TTL 63 UDP 5 bytes");
    UNIT_TRUE(frame_text_packet((struct span){NULL, 0}, text) == text);
    UNIT_TEXT(text, strlen(text), "malformed");
    frame.bytes[14 + 8]--;
    expect("10.0.0.1 > 10.0.1.2 TTL 62 wrong checksum");
    p.source = unit_address("fd00::1");
    p.destination = unit_address("fd00::2");
    begin(ETHERNET_IPV6);
    udp_packet_write(&frame, &p, span_from("1"));
    expect("[fd00::1]:7000 > [fd00::2]:7 hop limit 63 UDP 1 byte");
    begin(ETHERNET_IPV6);
    udp_packet_write(&frame, &p, span_from(""));
    expect("[fd00::1]:7000 > [fd00::2]:7 hop limit 63 UDP 0 bytes");
    UNIT_TRUE(frame_text_packet(span_skip(buf_view(&frame), 14), text) == text);
    UNIT_TEXT(text, strlen(text),
              "[fd00::1]:7000 > [fd00::2]:7 hop limit 63 UDP 0 bytes");
    expect_cut(14 + 39, "malformed");
}

/* Begins a frame with an IPv4 header; the caller appends n bytes. */
static void begin_ipv4(uint8_t protocol, size_t n, uint32_t offset,
                       bool has_more) {
    struct ipv4 header = {.total_length = (uint16_t)(20 + n),
                          .ttl = 9,
                          .protocol = protocol,
                          .fragment_offset = offset,
                          .more_fragments = has_more,
                          .source = unit_address("10.0.0.1"),
                          .destination = unit_address("10.0.1.2")};
    begin(ETHERNET_IPV4);
    ipv4_write(&frame, &header);
}

static void describes_tcp(void) {
    struct segment s = {.source_port = 1000,
                        .destination_port = 80,
                        .flags = SEGMENT_SYN | SEGMENT_ACK};
    struct address from = unit_address("10.0.0.1"),
                   to = unit_address("10.0.1.2");
    begin_ipv4(IP_TCP, 22, 0, false);
    segment_write(&frame, &s, span_from("hi"), &from, &to);
    expect("10.0.0.1:1000 > 10.0.1.2:80 TTL 9 TCP SYN ACK 2 bytes");
    expect_cut(14 + 39, "10.0.0.1 > 10.0.1.2 TTL 9 TCP, malformed");
}

static void describes_icmp(void) {
    struct icmp i = {.type = ICMP_ECHO};
    begin_ipv4(IP_ICMP, 8, 0, false);
    icmp_write(&frame, &i, (struct span){NULL, 0}, NULL, NULL);
    expect("10.0.0.1 > 10.0.1.2 TTL 9 ICMP echo request");
    expect_cut(14 + 27, "10.0.0.1 > 10.0.1.2 TTL 9 ICMP, malformed");
    i = (struct icmp){.type = ICMP_UNREACHABLE, .code = 4, .rest = 576};
    begin_ipv4(IP_ICMP, 8, 0, false);
    icmp_write(&frame, &i, (struct span){NULL, 0}, NULL, NULL);
    expect("10.0.0.1 > 10.0.1.2 TTL 9 ICMP fragmentation needed and DF set, "
           "MTU 576");
    i.code = 3;
    begin_ipv4(IP_ICMP, 8, 0, false);
    icmp_write(&frame, &i, (struct span){NULL, 0}, NULL, NULL);
    expect("10.0.0.1 > 10.0.1.2 TTL 9 ICMP port unreachable");
    i = (struct icmp){.type = 77, .code = 4};
    begin_ipv4(IP_ICMP, 8, 0, false);
    icmp_write(&frame, &i, (struct span){NULL, 0}, NULL, NULL);
    expect("10.0.0.1 > 10.0.1.2 TTL 9 ICMP type 77 code 4");
}

static void describes_icmpv6(uint8_t type, uint32_t rest,
                             const char *expected) {
    struct ipv6 header = {.payload_length = 8,
                          .next_header = IP_ICMPV6,
                          .hop_limit = 1,
                          .source = unit_address("fd00::1"),
                          .destination = unit_address("fd00::2")};
    struct icmp i = {.type = type, .rest = rest};
    begin(ETHERNET_IPV6);
    ipv6_write(&frame, &header);
    icmp_write(&frame, &i, (struct span){NULL, 0}, &header.source,
               &header.destination);
    expect(expected);
}

static void describes_icmp_over_ipv6(void) {
    describes_icmpv6(
        ICMPV6_TOO_BIG, 1280,
        "fd00::1 > fd00::2 hop limit 1 ICMP packet too big, MTU 1280");
    describes_icmpv6(
        ICMPV6_TIME_EXCEEDED, 0,
        "fd00::1 > fd00::2 hop limit 1 ICMP hop limit exceeded in transit");
    begin_ipv4(IP_ICMPV6, 0, 0, false);
    expect("10.0.0.1 > 10.0.1.2 TTL 9 protocol 58: 0 bytes");
}

static void describes_fragments(void) {
    static const char data[24] = {0};
    begin_ipv4(IP_UDP, 24, 0, true);
    buf_append(&frame, data, 24);
    expect("10.0.0.1 > 10.0.1.2 TTL 9 bytes 0 to 23, more follow");
    begin_ipv4(IP_TCP, 24, 48, true);
    buf_append(&frame, data, 24);
    expect("10.0.0.1 > 10.0.1.2 TTL 9 bytes 48 to 71, more follow");
    begin_ipv4(IP_UDP, 1, 8, false);
    buf_append(&frame, data, 1);
    expect("10.0.0.1 > 10.0.1.2 TTL 9 bytes 8 to 8, the last");
    begin_ipv4(IP_UDP, 0, 8, false);
    expect("10.0.0.1 > 10.0.1.2 TTL 9 bytes 8 to 8, the last");
    struct ipv6 header = {.payload_length = 8 + 16,
                          .next_header = IPV6_FRAGMENT,
                          .hop_limit = 1,
                          .source = unit_address("fd00::1"),
                          .destination = unit_address("fd00::2")};
    begin(ETHERNET_IPV6);
    ipv6_write(&frame, &header);
    buf_append(&frame, "\x11\0\0\x09\0\0\0\1", 8);
    buf_append(&frame, data, 16);
    expect("fd00::1 > fd00::2 hop limit 1 bytes 8 to 23, more follow");
    frame.bytes[14 + 40 + 3] = 0x10;
    expect("fd00::1 > fd00::2 hop limit 1 bytes 16 to 31, the last");
}

static void describes_other_frames(void) {
    begin(0x88b5);
    buf_text(&frame, "12345");
    expect("type 0x88b5: 5 bytes");
    expect_cut(15, "type 0x88b5: 1 byte");
    expect_cut(13, "malformed");
    expect_cut(0, "malformed");
    begin_ipv4(89, 3, 0, false);
    buf_text(&frame, "123");
    expect("10.0.0.1 > 10.0.1.2 TTL 9 protocol 89: 3 bytes");
    begin_ipv4(89, 1, 0, false);
    buf_text(&frame, "1");
    expect("10.0.0.1 > 10.0.1.2 TTL 9 protocol 89: 1 byte");
    begin(ETHERNET_IPV4);
    buf_text(&frame, "\x60 no IPv4, whatever the type says");
    expect("malformed");
    begin(ETHERNET_VLAN);
    expect("malformed");
}

static void shortens_mac_addresses(void) {
    char text[FRAME_TEXT_MACS_MAX];
    begin(ETHERNET_ARP);
    UNIT_TRUE(frame_text_macs(buf_view(&frame), text) == text);
    UNIT_TEXT(text, strlen(text), "..:0a > ..:0b");
    memset(frame.bytes, 0xff, 6);
    UNIT_TRUE(frame_text_macs(buf_view(&frame), text) == text);
    UNIT_TEXT(text, strlen(text), "..:0a > all");
    frame.bytes[5] = 0xfe;
    UNIT_TRUE(frame_text_macs(buf_view(&frame), text) == text);
    UNIT_TEXT(text, strlen(text), "..:0a > ..:fe");
    UNIT_TRUE(frame_text_macs((struct span){frame.bytes, 13}, text) == text);
    UNIT_TEXT(text, strlen(text), "");
    buf_free(&frame);
}

static void the_longest_line_fits(void) {
    struct udp_packet p = {
        .source = unit_address("1111:2222:3333:4444:5555:6666:7777:8888"),
        .destination = unit_address("1111:2222:3333:4444:5555:6666:7777:8888"),
        .source_port = 65535,
        .destination_port = 65535,
        .ttl = 255};
    begin(ETHERNET_IPV6);
    udp_packet_write(&frame, &p, span_from("0123456789"));
    expect("[1111:2222:3333:4444:5555:6666:7777:8888]:65535 > "
           "[1111:2222:3333:4444:5555:6666:7777:8888]:65535 hop limit 255 UDP "
           "10 bytes");
}

UNIT_MAIN("packets/frame_text", UNIT_TEST(describes_arp),
          UNIT_TEST(describes_udp), UNIT_TEST(describes_tcp),
          UNIT_TEST(describes_icmp), UNIT_TEST(describes_icmp_over_ipv6),
          UNIT_TEST(describes_fragments), UNIT_TEST(describes_other_frames),
          UNIT_TEST(the_longest_line_fits), UNIT_TEST(shortens_mac_addresses))
