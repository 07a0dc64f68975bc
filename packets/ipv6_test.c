/* ipv6_test.c: packets/ipv6.h against RFC 8200 */
#include "packets/ipv4.h"
#include "packets/ipv6.h"
#include "packets/unit.h"

/* The fixed header from fd00::1 to fd00::2, with the payload length and the
 * next header that the test sets, then what extensions a test appends. */
#define FIXED                                                                  \
    "\x6a\xb1\x23\x45\x00\x00\x06\x40"                                         \
    "\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"         \
    "\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02"

static uint8_t packet[40 + 256 * 8 * 17];
static size_t packet_len;

static void set_payload(size_t n) {
    packet[4] = (uint8_t)(n >> 8);
    packet[5] = (uint8_t)n;
}

/* Begins a packet. The payload length is that of all that is added. */
static void begin(unsigned next_header) {
    memcpy(packet, FIXED, 40);
    packet[6] = (uint8_t)next_header;
    packet_len = 40;
    set_payload(0);
}

static void add(const void *bytes, size_t n) {
    memcpy(packet + packet_len, bytes, n);
    packet_len += n;
    set_payload(packet_len - 40);
}

/* Adds an extension header with that value in its length field. */
static void extend(unsigned next_header, unsigned length) {
    uint8_t header[256 * 8] = {(uint8_t)next_header, (uint8_t)length};
    add(header, (length + 1) * 8);
}

/* Adds a fragment header; word is offset, reserved bits and M flag. */
static void add_fragment(unsigned next_header, unsigned word) {
    uint8_t header[] = {(uint8_t)next_header,
                        0xff,
                        (uint8_t)(word >> 8),
                        (uint8_t)word,
                        0xfe,
                        0xdc,
                        0xba,
                        0x98};
    add(header, 8);
}

static int parse(struct ipv6 *ip, size_t n) {
    uint8_t *exact = unit_exact(packet, n);
    int got = ipv6_parse((struct span){exact, n}, ip);
    free(exact);
    return got;
}

/* Parses the packet, and checks that each prefix of a header asks for more. */
static int parse_all(struct ipv6 *ip) {
    struct ipv6 cut;
    int got = parse(ip, packet_len);
    for (int n = 0; n < got; n++) UNIT_INT(parse(&cut, (size_t)n), 0);
    return got;
}

static void parses_a_header_without_extensions(void) {
    struct ipv6 ip;
    char text[ADDRESS_TEXT_MAX];
    begin(IP_TCP);
    add("payload", 7);
    UNIT_INT(parse_all(&ip), 40);
    UNIT_INT(ip.traffic_class, 0xab);
    UNIT_INT(ip.flow_label, 0x12345);
    UNIT_INT(ip.payload_length, 7);
    UNIT_INT(ip.next_header, IP_TCP);
    UNIT_INT(ip.hop_limit, 64);
    address_text(&ip.source, text);
    UNIT_TEXT(text, strlen(text), "fd00::1");
    address_text(&ip.destination, text);
    UNIT_TEXT(text, strlen(text), "fd00::2");
    UNIT_INT(ip.protocol, IP_TCP);
    UNIT_INT(ip.extension_count, 0);
    UNIT_FALSE(ip.is_fragment);
}

/* RFC 8200 §3: the version is 6, not one of the 15 others. */
static void refuses_other_versions(void) {
    struct ipv6 ip;
    for (unsigned version = 0; version < 16; version++) {
        begin(IP_UDP);
        packet[0] = (uint8_t)(version << 4 | 0xa);
        UNIT_INT(parse(&ip, 40), version == 6 ? 40 : IPV6_ERR_VERSION);
    }
}

/* RFC 8200 §4: in the recommended order, then upside down. */
static void follows_the_chain_of_extensions(void) {
    struct ipv6 ip;
    begin(IPV6_HOP_BY_HOP);
    extend(IPV6_DESTINATION_OPTIONS, 0);
    extend(IPV6_ROUTING, 1);
    extend(IPV6_FRAGMENT, 2);
    add_fragment(IPV6_DESTINATION_OPTIONS, 1);
    extend(IP_UDP, 3);
    UNIT_INT(parse_all(&ip), 40 + 8 + 16 + 24 + 8 + 32);
    UNIT_INT(ip.next_header, IPV6_HOP_BY_HOP);
    UNIT_INT(ip.protocol, IP_UDP);
    UNIT_INT(ip.extension_count, 5);
    UNIT_TRUE(ip.is_fragment && ip.more_fragments);
    begin(IPV6_DESTINATION_OPTIONS);
    extend(IPV6_ROUTING, 0);
    extend(IPV6_DESTINATION_OPTIONS, 0);
    extend(IPV6_NO_NEXT, 0);
    UNIT_INT(parse_all(&ip), 64);
    UNIT_INT(ip.protocol, IPV6_NO_NEXT);
    UNIT_INT(ip.extension_count, 3);
}

/* RFC 8200 §4.2: the length does not count the first 8 bytes: 0 is 8 bytes, 255
 * is 2048. */
static void the_length_of_an_extension_is_in_units_of_8_bytes(void) {
    static const uint8_t kinds[] = {IPV6_HOP_BY_HOP, IPV6_ROUTING,
                                    IPV6_DESTINATION_OPTIONS};
    static const unsigned lengths[] = {0, 1, 254, 255};
    struct ipv6 ip;
    for (size_t i = 0; i < 12; i++) {
        begin(kinds[i / 4]);
        extend(IP_TCP, lengths[i % 4]);
        int expected = 40 + 8 + 8 * (int)lengths[i % 4];
        UNIT_INT(parse_all(&ip), expected);
        UNIT_INT(ip.protocol, IP_TCP);
        UNIT_INT(ip.extension_count, 1);
    }
}

/* A fragment header has no length field: its second byte is reserved. */
static void parses_a_fragment_header(void) {
    struct ipv6 ip;
    begin(IPV6_FRAGMENT);
    add_fragment(IP_UDP, 1448 | 1);
    add("1448 bytes follow", 17);
    UNIT_INT(parse_all(&ip), 48);
    UNIT_TRUE(ip.is_fragment && ip.more_fragments);
    UNIT_INT(ip.fragment_offset, 1448);
    UNIT_INT(ip.fragment_id, 0xfedcba98);
    UNIT_INT(ip.protocol, IP_UDP);
    begin(IPV6_FRAGMENT);
    add_fragment(IP_UDP, 6); /* only the reserved bits */
    UNIT_INT(parse_all(&ip), 48);
    UNIT_TRUE(ip.is_fragment);
    UNIT_FALSE(ip.more_fragments);
    UNIT_INT(ip.fragment_offset, 0);
}

/* What follows there is in the middle of the original packet. */
static void no_header_follows_in_a_later_fragment(void) {
    struct ipv6 ip;
    begin(IPV6_FRAGMENT);
    add_fragment(IPV6_DESTINATION_OPTIONS, 8);
    extend(IP_TCP, 255);
    UNIT_INT(parse_all(&ip), 48);
    UNIT_INT(ip.protocol, IPV6_DESTINATION_OPTIONS);
    UNIT_INT(ip.extension_count, 1);
}

/* RFC 8200 §4.5: the fragment header is not part of what is put together. */
static void a_fragment_ends_within_65535_bytes(void) {
    struct ipv6 ip;
    begin(IPV6_FRAGMENT);
    add_fragment(IP_UDP, 0xfff8);
    set_payload(8 + 7); /* 65 528 + 7 */
    UNIT_INT(parse(&ip, packet_len), 48);
    set_payload(8 + 8);
    UNIT_INT(parse(&ip, packet_len), IPV6_ERR_OFFSET);
    begin(IPV6_HOP_BY_HOP); /* it stays, so its 8 bytes count */
    extend(IPV6_FRAGMENT, 0);
    add_fragment(IP_UDP, 0xfff0);
    set_payload(8 + 8 + 7);
    UNIT_INT(parse(&ip, packet_len), 56);
    set_payload(8 + 8 + 8);
    UNIT_INT(parse(&ip, packet_len), IPV6_ERR_OFFSET);
}

/* RFC 8200 §4.1: "restricted to appear immediately after an IPv6 header only".
 * Refused before its bytes have arrived. */
static void hop_by_hop_options_come_first(void) {
    struct ipv6 ip;
    begin(IPV6_HOP_BY_HOP);
    extend(IPV6_HOP_BY_HOP, 0);
    UNIT_INT(parse_all(&ip), IPV6_ERR_HOP_BY_HOP);
    UNIT_INT(parse(&ip, packet_len - 1), 0);
    begin(IPV6_ROUTING);
    extend(IPV6_HOP_BY_HOP, 0);
    extend(IP_TCP, 0);
    UNIT_INT(parse(&ip, packet_len), IPV6_ERR_HOP_BY_HOP);
}

static void a_packet_has_up_to_16_extensions(void) {
    static const int counts[] = {1, 15, 16, 17, 255};
    struct ipv6 ip;
    for (size_t i = 0; i < 5; i++) {
        begin(IPV6_DESTINATION_OPTIONS);
        for (int k = 1; k < counts[i]; k++) extend(IPV6_DESTINATION_OPTIONS, 0);
        extend(IP_TCP, 0);
        int expected =
            counts[i] > 16 ? IPV6_ERR_EXTENSIONS : 40 + 8 * counts[i];
        UNIT_INT(parse_all(&ip), expected);
        if (expected > 0) UNIT_INT(ip.extension_count, counts[i]);
    }
    begin(IPV6_ROUTING); /* 16 of the longest: 32 KiB */
    for (int k = 1; k < 16; k++) extend(IPV6_ROUTING, 255);
    extend(IP_TCP, 255);
    UNIT_INT(parse(&ip, packet_len), 40 + 16 * 2048);
    UNIT_INT(parse(&ip, 40 + 16 * 2048 - 1), 0);
}

/* RFC 8200 §3: the payload length includes the extension headers. */
static void extensions_end_within_the_payload(void) {
    struct ipv6 ip;
    begin(IPV6_ROUTING);
    extend(IPV6_DESTINATION_OPTIONS, 0);
    extend(IP_TCP, 1);
    UNIT_INT(parse(&ip, packet_len), 64);
    set_payload(23);
    UNIT_INT(parse(&ip, packet_len), IPV6_ERR_LENGTH);
    set_payload(7);
    UNIT_INT(parse(&ip, packet_len), IPV6_ERR_LENGTH);
    set_payload(0);
    UNIT_INT(parse(&ip, packet_len), IPV6_ERR_LENGTH);
}

/* 8 bytes of options, then a payload of 10 bytes, then padding. */
static void the_payload_has_neither_padding_nor_what_was_cut(void) {
    struct ipv6 ip;
    begin(IPV6_ROUTING);
    extend(IP_UDP, 0);
    add("0123456789paddin", 16);
    set_payload(18);
    for (size_t n = 48; n <= packet_len; n++) {
        struct span all = {packet, n};
        UNIT_INT(ipv6_parse(all, &ip), 48);
        struct span payload = ipv6_payload(all, &ip, 48);
        UNIT_TRUE(payload.data == packet + 48);
        UNIT_INT(payload.len, n < 58 ? n - 48 : 10);
    }
}

static void reads_what_it_wrote(void) {
    struct ipv6 ip = {.traffic_class = 0xfe,
                      .flow_label = 0xfffff,
                      .payload_length = 0xfedc,
                      .next_header = IP_ICMPV6,
                      .hop_limit = 255},
                again;
    struct buf out = {.max = 41};
    UNIT_TRUE(address_parse(&ip.source, "1:203::fe"));
    UNIT_TRUE(address_parse(&ip.destination, "ff02::1"));
    UNIT_TRUE(buf_text(&out, "x"));
    UNIT_TRUE(ipv6_write(&out, &ip));
    UNIT_INT(ipv6_parse(span_skip(buf_view(&out), 1), &again), 40);
    UNIT_INT(again.traffic_class, ip.traffic_class);
    UNIT_INT(again.flow_label, ip.flow_label);
    UNIT_INT(again.payload_length, ip.payload_length);
    UNIT_INT(again.next_header, ip.next_header);
    UNIT_INT(again.hop_limit, ip.hop_limit);
    UNIT_TRUE(address_equal(&again.source, &ip.source));
    UNIT_TRUE(address_equal(&again.destination, &ip.destination));
    UNIT_FALSE(ipv6_write(&out, &ip));
    UNIT_INT(out.end, 41);
    buf_free(&out);
}

UNIT_MAIN("packets/ipv6", UNIT_TEST(parses_a_header_without_extensions),
          UNIT_TEST(refuses_other_versions),
          UNIT_TEST(follows_the_chain_of_extensions),
          UNIT_TEST(the_length_of_an_extension_is_in_units_of_8_bytes),
          UNIT_TEST(parses_a_fragment_header),
          UNIT_TEST(no_header_follows_in_a_later_fragment),
          UNIT_TEST(a_fragment_ends_within_65535_bytes),
          UNIT_TEST(hop_by_hop_options_come_first),
          UNIT_TEST(a_packet_has_up_to_16_extensions),
          UNIT_TEST(extensions_end_within_the_payload),
          UNIT_TEST(the_payload_has_neither_padding_nor_what_was_cut),
          UNIT_TEST(reads_what_it_wrote))
