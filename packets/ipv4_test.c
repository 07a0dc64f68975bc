/* ipv4_test.c: packets/ipv4.h against RFC 791 */
#include "packets/checksum.h"
#include "packets/ipv4.h"
#include "packets/unit.h"

/* UDP from 192.168.0.1 to 192.168.0.199, the header that textbooks use. */
static const char UDP[] = "\x45\x00\x00\x73\x00\x00\x40\x00\x40\x11"
                          "\xb8\x61\xc0\xa8\x00\x01\xc0\xa8\x00\xc7";
/* IGMP with the option "router alert" (RFC 2113), 24 bytes. */
static const char IGMP[] = "\x46\xc0\x00\x20\x00\x01\x00\x00\x01\x02"
                           "\x3a\x00\x0a\x00\x00\x01\xe0\x00\x00\x16"
                           "\x94\x04\x00\x00";

/* options is not valid after that. */
static int parse(struct ipv4 *ip, const char *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    int got = ipv4_parse((struct span){exact, n}, ip);
    free(exact);
    return got;
}

static void address_is(const struct address *a, const char *expected) {
    char text[ADDRESS_TEXT_MAX];
    address_text(a, text);
    UNIT_TEXT(text, strlen(text), expected);
}

static void parses_a_header(void) {
    struct ipv4 ip;
    UNIT_INT(parse(&ip, UDP, 20), 20);
    UNIT_INT(ip.dscp, 0);
    UNIT_INT(ip.ecn, 0);
    UNIT_INT(ip.total_length, 115);
    UNIT_INT(ip.identification, 0);
    UNIT_TRUE(ip.dont_fragment);
    UNIT_FALSE(ip.more_fragments);
    UNIT_INT(ip.fragment_offset, 0);
    UNIT_INT(ip.ttl, 64);
    UNIT_INT(ip.protocol, IP_UDP);
    UNIT_INT(ip.checksum, 0xb861);
    UNIT_TRUE(ip.checksum_is_right);
    address_is(&ip.source, "192.168.0.1");
    address_is(&ip.destination, "192.168.0.199");
    UNIT_INT(ip.options.len, 0);
}

static void parses_options(void) {
    struct ipv4 ip;
    uint8_t *exact = unit_exact(IGMP, 24);
    UNIT_INT(ipv4_parse((struct span){exact, 24}, &ip), 24);
    UNIT_INT(ip.dscp, 48); /* 0xc0: network control */
    UNIT_TRUE(ip.options.data == exact + 20);
    UNIT_INT(ip.options.len, 4);
    UNIT_TRUE(ip.checksum_is_right);
    free(exact);
}

static void asks_for_more_at_every_cut(void) {
    struct ipv4 ip;
    for (size_t n = 0; n < 20; n++) UNIT_INT(parse(&ip, UDP, n), 0);
    for (size_t n = 0; n < 24; n++) UNIT_INT(parse(&ip, IGMP, n), 0);
}

/* The largest header of IPv4 has 40 bytes of options. */
static void a_header_has_up_to_60_bytes(void) {
    char bytes[60] = "\x4f\x00\x00\x3c";
    struct ipv4 ip;
    UNIT_INT(parse(&ip, bytes, 60), 60);
    UNIT_INT(ip.options.len, 40);
    for (size_t n = 0; n < 60; n++) UNIT_INT(parse(&ip, bytes, n), 0);
}

/* Each is the good header with one field changed. */
static void refuses_what_the_rfc_forbids(void) {
    static const struct {
        size_t at;
        uint8_t high, low; /* written there */
        int expected;
    } cases[] = {
        {0, 0x55, 0, IPV4_ERR_VERSION}, /* §3.1: version 5 */
        {0, 0x65, 0, IPV4_ERR_VERSION}, /* §3.1: version 6 */
        {0, 0x05, 0, IPV4_ERR_VERSION}, /* §3.1: version 0 */
        {0, 0x44, 0, IPV4_ERR_IHL},     /* §3.1: 16 bytes */
        {0, 0x40, 0, IPV4_ERR_IHL},     /* §3.1: 0 bytes */
        {2, 0, 20, 20},                 /* a header alone */
        {2, 0, 19, IPV4_ERR_LENGTH},    /* §3.1: less than the header */
        {2, 0, 0, IPV4_ERR_LENGTH},     /* §3.1 */
        /* §3.1: 65 416 + 115 bytes, then 8 bytes more; the first flag set */
        {6, 0x1f, 0xf1, 20},
        {6, 0x9f, 0xf1, 20},
        {6, 0x1f, 0xf2, IPV4_ERR_OFFSET},
        {6, 0x3f, 0xff, IPV4_ERR_OFFSET}, /* "ping of death" */
    };
    struct ipv4 ip;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char bytes[20];
        memcpy(bytes, UDP, 20);
        bytes[cases[i].at] = (char)cases[i].high;
        bytes[cases[i].at + 1] = (char)cases[i].low;
        UNIT_INT(parse(&ip, bytes, 20), cases[i].expected);
    }
}

/* §3.1: offset 65 416, and a total length of 119, then of one byte more. */
static void a_fragment_ends_within_65535_bytes(void) {
    char bytes[20];
    struct ipv4 ip;
    memcpy(bytes, UDP, 20);
    memcpy(bytes + 2, "\0\x77\0\0\x1f\xf1", 6);
    UNIT_INT(parse(&ip, bytes, 20), 20);
    bytes[3]++;
    UNIT_INT(parse(&ip, bytes, 20), IPV4_ERR_OFFSET);
}

static void the_length_of_a_header_counts_its_options(void) {
    char bytes[24];
    struct ipv4 ip;
    memcpy(bytes, IGMP, 24);
    bytes[3] = 24;
    UNIT_INT(parse(&ip, bytes, 24), 24);
    bytes[3] = 23;
    UNIT_INT(parse(&ip, bytes, 24), IPV4_ERR_LENGTH);
}

/* §3.1: the offset is in units of 8 bytes; the two flags are next to it. */
static void parses_the_fields_of_a_fragment(void) {
    static const struct {
        uint8_t high, low;
        bool dont, more;
        uint32_t offset;
    } cases[] = {
        {0x00, 0x00, false, false, 0},   {0x20, 0x00, false, true, 0},
        {0x20, 0xb9, false, true, 1480}, {0x01, 0x72, false, false, 2960},
        {0x40, 0x01, true, false, 8},    {0x1f, 0xe0, false, false, 65280},
        {0x80, 0x00, false, false, 0}, /* the reserved bit is not looked at */
    };
    struct ipv4 ip;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char bytes[20];
        memcpy(bytes, UDP, 20);
        bytes[6] = (char)cases[i].high;
        bytes[7] = (char)cases[i].low;
        UNIT_INT(parse(&ip, bytes, 20), 20);
        UNIT_INT(ip.dont_fragment, cases[i].dont);
        UNIT_INT(ip.more_fragments, cases[i].more);
        UNIT_INT(ip.fragment_offset, cases[i].offset);
    }
}

static void a_wrong_checksum_is_reported_but_no_error(void) {
    struct ipv4 ip;
    for (int bit = 0; bit < 8; bit++) {
        char bytes[20];
        memcpy(bytes, UDP, 20);
        bytes[8] = (char)(bytes[8] ^ 1 << bit); /* the TTL */
        UNIT_INT(parse(&ip, bytes, 20), 20);
        UNIT_FALSE(ip.checksum_is_right);
    }
}

/* Total length 32: 8 bytes after the header of 24. */
static void the_payload_has_neither_padding_nor_what_was_cut(void) {
    uint8_t frame[46] = {0};
    struct ipv4 ip;
    memcpy(frame, IGMP, 24);
    for (size_t n = 24; n <= sizeof frame; n++) {
        struct span packet = {frame, n};
        UNIT_INT(ipv4_parse(packet, &ip), 24);
        struct span payload = ipv4_payload(packet, &ip, 24);
        UNIT_TRUE(payload.data == frame + 24);
        UNIT_INT(payload.len, n < 32 ? n - 24 : 8);
    }
}

static void reads_what_it_wrote(void) {
    struct ipv4 ip = {.dscp = 63,
                      .ecn = 1,
                      .total_length = 1004,
                      .identification = 0xfedc,
                      .more_fragments = true,
                      .fragment_offset = 8008,
                      .ttl = 3,
                      .protocol = IP_ICMP,
                      .options = span_from("\x94\x04\x01\x01")},
                again;
    struct buf out = {.max = 45};
    ip.source = address_from(span_from("\x0a\x01\x02\x03"));
    ip.destination = address_from(span_from("\x0a\x04\x05\x06"));
    UNIT_TRUE(buf_text(&out, "x"));
    UNIT_TRUE(ipv4_write(&out, &ip));
    UNIT_INT(out.end, 25);
    UNIT_INT(ipv4_parse(span_skip(buf_view(&out), 1), &again), 24);
    UNIT_INT(again.dscp, ip.dscp);
    UNIT_INT(again.ecn, ip.ecn);
    UNIT_INT(again.total_length, ip.total_length);
    UNIT_INT(again.identification, ip.identification);
    UNIT_FALSE(again.dont_fragment);
    UNIT_TRUE(again.more_fragments);
    UNIT_INT(again.fragment_offset, ip.fragment_offset);
    UNIT_INT(again.ttl, ip.ttl);
    UNIT_INT(again.protocol, ip.protocol);
    UNIT_TRUE(again.checksum_is_right);
    UNIT_TRUE(address_equal(&again.source, &ip.source));
    UNIT_TRUE(address_equal(&again.destination, &ip.destination));
    UNIT_TRUE(span_equal(again.options, ip.options));
    UNIT_FALSE(ipv4_write(&out, &ip)); /* 20 bytes are free, not 24 */
    UNIT_INT(out.end, 25);
    buf_free(&out);
}

static void writes_the_textbook_header(void) {
    struct ipv4 ip = {.total_length = 115,
                      .dont_fragment = true,
                      .ttl = 64,
                      .protocol = IP_UDP};
    struct buf out = {.max = 20};
    UNIT_TRUE(address_parse(&ip.source, "192.168.0.1"));
    UNIT_TRUE(address_parse(&ip.destination, "192.168.0.199"));
    UNIT_TRUE(ipv4_write(&out, &ip));
    UNIT_INT(out.end, 20);
    UNIT_INT(memcmp(out.bytes, UDP, 20), 0);
    buf_free(&out);
}

/* RFC 9293 §3.1 and RFC 8200 §8.1, added by hand: 0a00 + 0001 + 0a00 + 0002 +
 * 0006 + 0028; fd00 + 1 + fd00 + 2 + 11 + 1 + 2345 (of 0x12345 bytes). */
static void adds_the_pseudo_header(void) {
    struct address a, b;
    UNIT_TRUE(address_parse(&a, "10.0.0.1") && address_parse(&b, "10.0.0.2"));
    UNIT_INT(checksum_of(ip_pseudo_header(&a, &b, IP_TCP, 40)), 0xebce);
    UNIT_TRUE(address_parse(&a, "fd00::1") && address_parse(&b, "fd00::2"));
    UNIT_INT(checksum_of(ip_pseudo_header(&a, &b, IP_UDP, 0x12345)), 0xe2a3);
}

UNIT_MAIN("packets/ipv4", UNIT_TEST(parses_a_header), UNIT_TEST(parses_options),
          UNIT_TEST(asks_for_more_at_every_cut),
          UNIT_TEST(a_header_has_up_to_60_bytes),
          UNIT_TEST(refuses_what_the_rfc_forbids),
          UNIT_TEST(a_fragment_ends_within_65535_bytes),
          UNIT_TEST(the_length_of_a_header_counts_its_options),
          UNIT_TEST(parses_the_fields_of_a_fragment),
          UNIT_TEST(a_wrong_checksum_is_reported_but_no_error),
          UNIT_TEST(the_payload_has_neither_padding_nor_what_was_cut),
          UNIT_TEST(reads_what_it_wrote), UNIT_TEST(writes_the_textbook_header),
          UNIT_TEST(adds_the_pseudo_header))
