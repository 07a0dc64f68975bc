/* datagram_test.c: packets/datagram.h against RFC 768 and RFC 8200 §8.1 */
#include "packets/address_unit.h"
#include "packets/datagram.h"
#include "packets/unit.h"

/* "hi!" from port 5353 to port 53, from 10.0.0.1 to 10.0.0.2, then from fd00::1
 * to fd00::2. The checksums were added by hand. */
#define HI(checksum) "\x14\xe9\x00\x35\x00\x0b" checksum "hi!"
static const char HI4[] = HI("\x4d\x4e"), HI6[] = HI("\x67\x4c");
/* The sum is 0xffff, so the checksum is zero and sent as 0xffff. */
static const char ZERO[] = "\x14\xe9\x00\x35\x00\x0a\xff\xff\xd6\xb9";

static int parse(struct datagram *d, const char *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    int got = datagram_parse((struct span){exact, n}, d);
    free(exact);
    return got;
}

static void parses_a_header(void) {
    struct datagram d;
    UNIT_INT(parse(&d, HI4, 11), 8);
    UNIT_INT(d.source_port, 5353);
    UNIT_INT(d.destination_port, 53);
    UNIT_INT(d.length, 11);
    UNIT_INT(d.checksum, 0x4d4e);
    for (size_t n = 0; n < 8; n++) UNIT_INT(parse(&d, HI4, n), 0);
}

/* RFC 768, Fields: "the minimum value of the length is eight". */
static void the_length_is_at_least_eight(void) {
    struct datagram d;
    UNIT_INT(parse(&d, "\0\1\0\2\0\0\0\0", 8), DATAGRAM_ERR_LENGTH);
    UNIT_INT(parse(&d, "\0\1\0\2\0\7\0\0", 8), DATAGRAM_ERR_LENGTH);
    UNIT_INT(parse(&d, "\0\1\0\2\0\10\0\0", 8), 8);
    UNIT_INT(parse(&d, "\0\1\0\2\xff\xff\0\0", 8), 8);
}

static bool is_right(const char *bytes, size_t n, const struct address *source,
                     const struct address *destination) {
    uint8_t *exact = unit_exact(bytes, n);
    bool right = datagram_checksum_is_right((struct span){exact, n}, source,
                                            destination);
    free(exact);
    return right;
}

static void the_checksum_covers_addresses_header_and_data(void) {
    set_addresses();
    UNIT_TRUE(is_right(HI4, 11, &from4, &to4));
    UNIT_TRUE(is_right(HI6, 11, &from6, &to6));
    UNIT_TRUE(is_right(ZERO, 10, &from4, &to4));
    UNIT_FALSE(is_right(HI4, 11, &from4, &from4));
    UNIT_FALSE(is_right(HI4, 11, &from6, &to6));
    for (int bit = 0; bit < 11 * 8; bit++) {
        char bytes[11];
        memcpy(bytes, HI4, 11);
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        UNIT_FALSE(is_right(bytes, 11, &from4, &to4));
    }
    UNIT_FALSE(is_right(HI4, 7, &from4, &to4)); /* there is no checksum */
}

/* RFC 768: zero means that there is none. RFC 8200 §8.1: not over IPv6. */
static void only_ipv4_allows_that_there_is_no_checksum(void) {
    set_addresses();
    UNIT_TRUE(is_right(HI("\0\0"), 11, &from4, &to4));
    UNIT_FALSE(is_right(HI("\0\0"), 11, &from6, &to6));
}

static void writes_the_datagrams(void) {
    struct buf out = {.max = 32};
    struct datagram d = {.source_port = 5353,
                         .destination_port = 53,
                         .length = 1, /* not used */
                         .checksum = 1};
    set_addresses();
    UNIT_TRUE(datagram_write(&out, &d, span_from("hi!"), &from4, &to4));
    UNIT_TRUE(datagram_write(&out, &d, span_from("hi!"), &from6, &to6));
    UNIT_INT(memcmp(out.bytes, HI4, 11), 0);
    UNIT_INT(memcmp(out.bytes + 11, HI6, 11), 0);
    UNIT_TRUE(datagram_write(&out, &d, span_from("\xd6\xb9"), &from4, &to4));
    UNIT_INT(memcmp(out.bytes + 22, ZERO, 10), 0);
    UNIT_INT(out.end, 32);
    UNIT_FALSE(datagram_write(&out, &d, (struct span){0}, &from4, &to4));
    UNIT_INT(out.end, 32);
    buf_free(&out);
}

/* 65 535 bytes with the header are the most, and none is the least. */
static void reads_what_it_wrote(void) {
    static const size_t sizes[] = {0, 1, 65526, 65527};
    struct datagram d = {.source_port = 0xfedc, .destination_port = 0xba98},
                    again;
    uint8_t *data = calloc(65527, 1);
    if (!data) abort();
    set_addresses();
    for (size_t i = 0; i < 4; i++) {
        struct buf out = {.max = 65535};
        UNIT_TRUE(datagram_write(&out, &d, (struct span){data, sizes[i]},
                                 &from6, &to6));
        UNIT_INT(datagram_parse(buf_view(&out), &again), 8);
        UNIT_INT(again.source_port, d.source_port);
        UNIT_INT(again.destination_port, d.destination_port);
        UNIT_INT(again.length, 8 + sizes[i]);
        UNIT_TRUE(datagram_checksum_is_right(buf_view(&out), &from6, &to6));
        buf_free(&out);
    }
    free(data);
}

UNIT_MAIN("packets/datagram", UNIT_TEST(parses_a_header),
          UNIT_TEST(the_length_is_at_least_eight),
          UNIT_TEST(the_checksum_covers_addresses_header_and_data),
          UNIT_TEST(only_ipv4_allows_that_there_is_no_checksum),
          UNIT_TEST(writes_the_datagrams), UNIT_TEST(reads_what_it_wrote))
