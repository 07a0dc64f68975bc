/* udp_packet_test.c: packets/udp_packet.h against its own reading and hand-made
 * bytes */
#include "packets/checksum.h"
#include "packets/udp_packet.h"
#include "packets/unit.h"

/* From 10.0.0.1 port 7303 to 10.0.0.2 port 7, TTL 64, DF, "hello". RFC 1071 by
 * hand: 4500 + 0021 + 1234 + 4000 + 4011 + 0a00 + 0001 + 0a00 + 0002 = eb69,
 * inverted 1496. UDP: 0a00 + 0001 + 0a00 + 0002 + 0011 + 000d + 1c87 + 0007 +
 * 000d + 6865 + 6c6c + 6f00 = 1748d, folded 748e, inverted 8b71. */
static const char BYTES[] = "\x45\x00\x00\x21\x12\x34\x40\x00\x40\x11\x14\x96"
                            "\x0a\x00\x00\x01\x0a\x00\x00\x02"
                            "\x1c\x87\x00\x07\x00\x0d\x8b\x71hello";
#define LENGTH 33

static struct address ip(const char *text) {
    struct address a;
    UNIT_TRUE(address_parse(&a, text));
    return a;
}

static bool parse(const void *bytes, size_t n, struct udp_packet *p,
                  char *data) {
    struct span got;
    uint8_t *exact = unit_exact(bytes, n);
    bool result = udp_packet_parse((struct span){exact, n}, p, &got);
    if (result) {
        memcpy(data, got.data, got.len);
        data[got.len] = '\0';
    }
    free(exact);
    return result;
}

static struct udp_packet hello(void) {
    return (struct udp_packet){.source = ip("10.0.0.1"),
                               .destination = ip("10.0.0.2"),
                               .source_port = 7303,
                               .destination_port = 7,
                               .ttl = 64,
                               .dont_fragment = true,
                               .identification = 0x1234};
}

static void writes_both_headers(void) {
    struct udp_packet p = hello();
    struct buf out = {.max = LENGTH};
    UNIT_TRUE(udp_packet_write(&out, &p, span_from("hello")));
    UNIT_INT(out.end, LENGTH);
    UNIT_INT(memcmp(out.bytes, BYTES, LENGTH), 0);
    buf_free(&out);
    out = (struct buf){.max = LENGTH - 1};
    UNIT_FALSE(udp_packet_write(&out, &p, span_from("hello")));
    UNIT_INT(out.end, 0);
    buf_free(&out);
}

static void reads_them(void) {
    struct udp_packet p;
    char data[10];
    UNIT_TRUE(parse(BYTES, LENGTH, &p, data));
    UNIT_TEXT(data, strlen(data), "hello");
    struct address from = ip("10.0.0.1"), to = ip("10.0.0.2");
    UNIT_TRUE(address_equal(&p.source, &from));
    UNIT_TRUE(address_equal(&p.destination, &to));
    UNIT_INT(p.source_port, 7303);
    UNIT_INT(p.destination_port, 7);
    UNIT_INT(p.ttl, 64);
    UNIT_TRUE(p.dont_fragment);
    UNIT_INT(p.identification, 0x1234);
    char padded[60] = {0};
    memcpy(padded, BYTES, LENGTH);
    UNIT_TRUE(parse(padded, sizeof padded, &p, data));
    UNIT_TEXT(data, strlen(data), "hello");
    for (size_t n = 0; n < LENGTH; n++) UNIT_FALSE(parse(BYTES, n, &p, data));
}

static void every_wrong_bit_is_noticed(void) {
    struct udp_packet p;
    char data[10];
    for (size_t bit = 0; bit < 8 * LENGTH; bit++) {
        char wrong[LENGTH];
        memcpy(wrong, BYTES, LENGTH);
        wrong[bit / 8] = (char)(wrong[bit / 8] ^ 1 << bit % 8);
        UNIT_FALSE(parse(wrong, LENGTH, &p, data));
    }
}

/* Changes one byte of the IP header, and makes its checksum right again. */
static bool parse_changed(size_t at, uint8_t byte) {
    uint8_t changed[LENGTH];
    struct udp_packet p;
    char data[10];
    memcpy(changed, BYTES, LENGTH);
    changed[at] = byte;
    changed[10] = changed[11] = 0;
    checksum_store((struct span){changed, 20}, 10, 0);
    return parse(changed, LENGTH, &p, data);
}

static void refuses_what_is_not_a_whole_datagram(void) {
    UNIT_TRUE(parse_changed(8, 1));     /* another TTL is fine */
    UNIT_TRUE(parse_changed(6, 0));     /* and so is no DF */
    UNIT_FALSE(parse_changed(9, 6));    /* TCP */
    UNIT_FALSE(parse_changed(6, 0x20)); /* more fragments */
    UNIT_FALSE(parse_changed(7, 1));    /* a later fragment */
    UNIT_FALSE(parse_changed(3, 34));   /* longer than what is there */
    UNIT_FALSE(parse_changed(3, 32));   /* shorter than the UDP length */
}

/* RFC 768: a checksum of 0 is none; but there is no header without it. */
static void refuses_a_part_of_a_udp_header(void) {
    for (uint8_t n = 0; n <= 8; n++) {
        uint8_t bytes[28];
        char data[10];
        struct udp_packet p;
        memset(bytes, 0, sizeof bytes);
        memcpy(bytes, BYTES, 20);
        bytes[3] = (uint8_t)(20 + n);
        bytes[25] = n; /* the length of UDP */
        bytes[10] = bytes[11] = 0;
        checksum_store((struct span){bytes, 20}, 10, 0);
        UNIT_INT(parse(bytes, 20u + n, &p, data), n == 8);
    }
}

static void works_over_ipv6(void) {
    struct udp_packet p = {.source = ip("fd00::1"),
                           .destination = ip("fd00::2"),
                           .source_port = 1,
                           .destination_port = 2,
                           .ttl = 9};
    struct buf out = {.max = 100};
    char data[10], changed[53];
    UNIT_TRUE(udp_packet_write(&out, &p, span_from("hello")));
    UNIT_INT(out.end, 53);
    UNIT_INT(out.bytes[0], 0x60);
    UNIT_INT(out.bytes[5], 13); /* the payload length */
    UNIT_INT(out.bytes[6], 17);
    UNIT_INT(out.bytes[7], 9);
    memcpy(changed, out.bytes, 53);
    memset(&p, 0, sizeof p);
    UNIT_TRUE(parse(changed, 53, &p, data));
    UNIT_TEXT(data, strlen(data), "hello");
    UNIT_INT(p.ttl, 9);
    UNIT_INT(p.source_port, 1);
    UNIT_INT(p.destination_port, 2);
    struct address from = ip("fd00::1"), to = ip("fd00::2");
    UNIT_TRUE(address_equal(&p.source, &from));
    UNIT_TRUE(address_equal(&p.destination, &to));
    for (size_t n = 0; n < 53; n++) UNIT_FALSE(parse(changed, n, &p, data));
    changed[46] ^= 1; /* RFC 8200 §8.1: the checksum is not optional */
    UNIT_FALSE(parse(changed, 53, &p, data));
    changed[46] = changed[47] = 0;
    UNIT_FALSE(parse(changed, 53, &p, data));
    memcpy(changed, out.bytes, 53);
    changed[6] = 6;
    UNIT_FALSE(parse(changed, 53, &p, data));
    memcpy(changed, out.bytes, 53);
    changed[5] = 14; /* the packet has one byte more than the datagram, */
    UNIT_FALSE(parse(changed, 53, &p, data)); /* and it was cut */
    buf_free(&out);
}

/* | IPv6 | fragment header 8 | UDP | with this offset and flag */
static bool parse_fragment(uint8_t offset_and_flag) {
    struct udp_packet p = {.source = ip("fd00::1"),
                           .destination = ip("fd00::2")};
    struct buf out = {.max = 100};
    char data[10], bytes[61];
    udp_packet_write(&out, &p, span_from("hello"));
    memcpy(bytes, out.bytes, 40);
    memcpy(bytes + 48, out.bytes + 40, 13);
    bytes[5] = 21;
    bytes[6] = 44;
    memcpy(bytes + 40, "\x11\0\0\0\0\0\0\x07", 8);
    bytes[43] = (char)offset_and_flag;
    buf_free(&out);
    return parse(bytes, sizeof bytes, &p, data);
}

/* RFC 8200 §4.5 */
static void an_ipv6_fragment_is_no_datagram(void) {
    UNIT_TRUE(parse_fragment(0)); /* RFC 6946: an atomic fragment is one */
    UNIT_FALSE(parse_fragment(1));
    UNIT_FALSE(parse_fragment(8));
}

static void the_largest_datagram_fits(void) {
    static char text[UDP_PACKET_MAX_DATA + 1];
    struct udp_packet p = hello();
    struct buf out = {.max = 65535};
    memset(text, 'x', UDP_PACKET_MAX_DATA);
    UNIT_TRUE(udp_packet_write(&out, &p, span_from(text)));
    UNIT_INT(out.end, 65535);
    struct span data;
    UNIT_TRUE(udp_packet_parse(buf_view(&out), &p, &data));
    UNIT_INT(data.len, UDP_PACKET_MAX_DATA);
    buf_clear(&out);
    UNIT_TRUE(udp_packet_write(&out, &p, (struct span){NULL, 0}));
    UNIT_TRUE(udp_packet_parse(buf_view(&out), &p, &data));
    UNIT_INT(data.len, 0);
    buf_free(&out);
}

UNIT_MAIN("packets/udp_packet", UNIT_TEST(writes_both_headers),
          UNIT_TEST(reads_them), UNIT_TEST(every_wrong_bit_is_noticed),
          UNIT_TEST(refuses_what_is_not_a_whole_datagram),
          UNIT_TEST(refuses_a_part_of_a_udp_header), UNIT_TEST(works_over_ipv6),
          UNIT_TEST(an_ipv6_fragment_is_no_datagram),
          UNIT_TEST(the_largest_datagram_fits))
