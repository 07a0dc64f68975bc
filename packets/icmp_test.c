/* icmp_test.c: packets/icmp.h against RFC 792 and RFC 4443 */
#include "packets/address_unit.h"
#include "packets/icmp.h"
#include "packets/unit.h"

/* Echo requests, the second one from fd00::1 to fd00::2. The checksums were
 * added by hand. */
static const char ECHO4[] = "\x08\x00\x06\xfa\x12\x34\x00\x01ping";
static const char ECHO6[] = "\x80\x00\x94\xae\x12\x34\x00\x01ping";

static int parse(struct icmp *i, const char *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    int got = icmp_parse((struct span){exact, n}, i);
    free(exact);
    return got;
}

static void parses_an_echo_request(void) {
    struct icmp i;
    UNIT_INT(parse(&i, ECHO4, 12), 8);
    UNIT_INT(i.type, ICMP_ECHO);
    UNIT_INT(i.code, 0);
    UNIT_INT(i.checksum, 0x06fa);
    UNIT_INT(i.rest, 0x12340001); /* identifier and sequence number */
    for (size_t n = 0; n < 8; n++) UNIT_INT(parse(&i, ECHO4, n), 0);
}

static bool is_right(const char *bytes, size_t n, const struct address *source,
                     const struct address *destination) {
    uint8_t *exact = unit_exact(bytes, n);
    bool right =
        icmp_checksum_is_right((struct span){exact, n}, source, destination);
    free(exact);
    return right;
}

/* RFC 792: it covers the message. RFC 4443 §2.3: that of ICMPv6 covers the
 * addresses, too. */
static void checks_the_checksum(void) {
    set_addresses();
    UNIT_TRUE(is_right(ECHO4, 12, NULL, NULL));
    UNIT_TRUE(is_right(ECHO6, 12, &from6, &to6));
    UNIT_FALSE(is_right(ECHO4, 12, &from6, &to6));
    UNIT_FALSE(is_right(ECHO6, 12, NULL, NULL));
    UNIT_FALSE(is_right(ECHO6, 12, &from6, &from6));
    for (int bit = 0; bit < 12 * 8; bit++) {
        char bytes[12];
        memcpy(bytes, ECHO4, 12);
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        UNIT_FALSE(is_right(bytes, 12, NULL, NULL));
    }
}

static void writes_the_messages(void) {
    struct buf out = {.max = 24};
    struct icmp i = {.type = ICMP_ECHO, .checksum = 1, .rest = 0x12340001};
    set_addresses();
    UNIT_TRUE(icmp_write(&out, &i, span_from("ping"), NULL, NULL));
    i.type = ICMPV6_ECHO;
    UNIT_TRUE(icmp_write(&out, &i, span_from("ping"), &from6, &to6));
    UNIT_INT(out.end, 24);
    UNIT_INT(memcmp(out.bytes, ECHO4, 12), 0);
    UNIT_INT(memcmp(out.bytes + 12, ECHO6, 12), 0);
    UNIT_FALSE(icmp_write(&out, &i, (struct span){0}, NULL, NULL));
    UNIT_INT(out.end, 24);
    buf_free(&out);
}

static void reads_what_it_wrote(void) {
    struct buf out = {.max = 8};
    struct icmp i = {.type = 0xfe, .code = 0xdc, .rest = 0xba987654}, again;
    UNIT_TRUE(icmp_write(&out, &i, (struct span){0}, NULL, NULL));
    UNIT_INT(icmp_parse(buf_view(&out), &again), 8);
    UNIT_INT(again.type, i.type);
    UNIT_INT(again.code, i.code);
    UNIT_INT(again.rest, i.rest);
    buf_free(&out);
}

/* The largest body of an IP packet is 65 535 bytes, with this header. */
static void a_body_of_each_size_is_written_whole(void) {
    static const size_t sizes[] = {0, 1, 1000, 65526, 65527};
    struct icmp i = {.type = ICMP_ECHO};
    uint8_t *body = malloc(65527);
    if (!body) abort();
    memset(body, 'x', 65527);
    for (size_t k = 0; k < 5; k++) {
        struct buf out = {.max = 65535};
        struct span sent = {body, sizes[k]};
        UNIT_TRUE(icmp_write(&out, &i, sent, NULL, NULL));
        UNIT_TRUE(span_equal(span_skip(buf_view(&out), 8), sent));
        UNIT_TRUE(icmp_checksum_is_right(buf_view(&out), NULL, NULL));
        buf_free(&out);
    }
    free(body);
}

static void names_types_and_codes(void) {
    static const struct {
        uint8_t type, code;
        bool is_v6;
        const char *text;
    } cases[] = {
        {0, 0, false, "echo reply"},
        {8, 0, false, "echo request"},
        {3, 0, false, "net unreachable"},
        {3, 1, false, "host unreachable"},
        {3, 3, false, "port unreachable"},
        {3, 2, false, "protocol unreachable"},
        {3, 5, false, "source route failed"},
        {3, 13, false, "administratively prohibited"},
        {3, 4, false, "fragmentation needed and DF set"},
        {3, 99, false, "type 3 code 99"},
        {5, 1, false, "redirect"},
        {11, 0, false, "time to live exceeded in transit"},
        {11, 1, false, "fragment reassembly time exceeded"},
        {42, 7, false, "type 42 code 7"},
        {255, 255, false, "type 255 code 255"},
        {128, 0, false, "type 128 code 0"}, /* of ICMPv6 only */
        {1, 4, true, "port unreachable"},
        {1, 0, true, "no route to destination"},
        {1, 1, true, "administratively prohibited"},
        {1, 3, true, "address unreachable"},
        {3, 1, true, "fragment reassembly time exceeded"},
        {4, 1, true, "parameter problem"},
        {12, 0, false, "parameter problem"},
        {133, 0, true, "router solicitation"},
        {134, 0, true, "router advertisement"},
        {2, 0, true, "packet too big"},
        {3, 0, true, "hop limit exceeded in transit"},
        {8, 0, true, "type 8 code 0"}, /* of ICMP only */
        {128, 0, true, "echo request"},
        {129, 0, true, "echo reply"},
        {135, 0, true, "neighbor solicitation"},
        {136, 0, true, "neighbor advertisement"},
        {0, 0, true, "type 0 code 0"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char text[ICMP_TEXT_MAX];
        struct icmp i = {.type = cases[k].type, .code = cases[k].code};
        const char *got = icmp_text(&i, cases[k].is_v6, text);
        UNIT_TEXT(got, strlen(got), cases[k].text);
    }
}

UNIT_MAIN("packets/icmp", UNIT_TEST(parses_an_echo_request),
          UNIT_TEST(checks_the_checksum), UNIT_TEST(writes_the_messages),
          UNIT_TEST(reads_what_it_wrote),
          UNIT_TEST(a_body_of_each_size_is_written_whole),
          UNIT_TEST(names_types_and_codes))
