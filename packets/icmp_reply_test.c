/* icmp_reply_test.c: which errors are sent, and which are not: RFC 1122 §3.2.2,
 * RFC 1812 §4.3.2, RFC 4443 §2.4 */
#include "packets/address_unit.h"
#include "packets/icmp_reply.h"
#include "packets/ipv4.h"
#include "packets/ipv6.h"
#include "packets/udp_packet.h"
#include "packets/unit.h"

static struct buf out = {.max = 70000};
static struct buf packet = {.max = 70000};

static void make_udp(const char *from, const char *to, size_t n) {
    static uint8_t data[2000];
    struct udp_packet p = {.source = unit_address(from),
                           .destination = unit_address(to),
                           .ttl = 1};
    buf_clear(&packet);
    udp_packet_write(&packet, &p, (struct span){data, n});
}

static bool reply(const char *source, uint8_t type, bool is_broadcast) {
    struct icmp i = {.type = type, .code = 1, .rest = 1280};
    struct address from = unit_address(source);
    struct span all = buf_view(&packet);
    uint8_t *exact = unit_exact(all.data, all.len);
    buf_clear(&out);
    bool result = icmp_reply_error(&out, &i, (struct span){exact, all.len},
                                   is_broadcast, &from);
    free(exact);
    return result;
}

static void an_error_goes_back_and_quotes(void) {
    struct ipv4 h;
    struct icmp i;
    make_udp("10.0.0.1", "10.0.9.9", 5);
    UNIT_TRUE(reply("10.0.0.254", ICMP_TIME_EXCEEDED, false));
    int n = ipv4_parse(buf_view(&out), &h);
    UNIT_INT(n, 20);
    UNIT_INT(h.total_length, out.end);
    UNIT_INT(h.ttl, ICMP_REPLY_TTL);
    UNIT_INT(h.protocol, IP_ICMP);
    UNIT_TRUE(h.checksum_is_right);
    struct address from = unit_address("10.0.0.254"),
                   to = unit_address("10.0.0.1");
    UNIT_TRUE(address_equal(&h.source, &from));
    UNIT_TRUE(address_equal(&h.destination, &to));
    struct span message = ipv4_payload(buf_view(&out), &h, n);
    UNIT_TRUE(icmp_checksum_is_right(message, NULL, NULL));
    icmp_parse(message, &i);
    UNIT_INT(i.type, ICMP_TIME_EXCEEDED);
    UNIT_INT(i.code, 1);
    UNIT_INT(i.rest, 1280);
    UNIT_TRUE(span_equal(span_skip(message, 8), buf_view(&packet)));
}

/* RFC 1812 §4.3.2.3, RFC 4443 §2.4 (c): at each limit and beyond it. */
static void the_quotation_is_cut(void) {
    static const struct {
        bool is_v6;
        size_t data, expected; /* bytes of the datagram, and of the error */
    } cases[] = {
        {false, 576 - 28 - 28, 576},      {false, 576 - 28 - 28 + 1, 576},
        {false, 576 - 28 - 28 - 1, 575},  {false, 1400, 576},
        {true, 1280 - 48 - 48, 1280},     {true, 1280 - 48 - 48 + 1, 1280},
        {true, 1280 - 48 - 48 - 1, 1279},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool is_v6 = cases[i].is_v6;
        make_udp(is_v6 ? "fd00::1" : "10.0.0.1", is_v6 ? "fd00::2" : "10.0.0.2",
                 cases[i].data);
        UNIT_TRUE(reply(is_v6 ? "fd00::9" : "10.0.0.9", 3, false));
        UNIT_INT(out.end, cases[i].expected);
    }
}

static void padding_is_not_quoted(void) {
    make_udp("10.0.0.1", "10.0.0.2", 1);
    buf_append(&packet, "\0\0\0\0\0\0\0\0\0\0\0\0\0", 13);
    UNIT_TRUE(reply("10.0.0.9", 3, false));
    UNIT_INT(out.end, 28 + 29);
}

/* RFC 1122 §3.2.2, RFC 1812 §4.3.2.7, RFC 4443 §2.4 */
static void some_packets_cause_no_error(void) {
    static const struct {
        const char *from, *to;
        bool is_broadcast, expected;
    } cases[] = {
        {"10.0.0.1", "10.0.0.2", false, true},
        {"10.0.0.1", "10.0.0.2", true, false}, /* a frame for all */
        {"10.0.0.1", "224.0.0.1", false, false},
        {"10.0.0.1", "239.1.1.1", false, false},
        {"10.0.0.1", "223.255.255.255", false, true},
        {"10.0.0.1", "255.255.255.255", false, false},
        {"0.0.0.0", "10.0.0.2", false, false}, /* no single host */
        {"0.0.0.1", "10.0.0.2", false, false},
        {"1.0.0.0", "10.0.0.2", false, true},
        {"127.0.0.1", "10.0.0.2", false, false},
        {"126.0.0.1", "10.0.0.2", false, true},
        {"223.0.0.1", "10.0.0.2", false, true},
        {"224.0.0.1", "10.0.0.2", false, false},
        {"255.255.255.255", "10.0.0.2", false, false},
        {"fd00::1", "fd00::2", false, true},
        {"fd00::1", "fd00::2", true, false},
        {"fd00::1", "ff02::1", false, false},
        {"::", "fd00::2", false, false},
        {"::1", "fd00::2", false, false}, /* RFC 4291 §2.5.3 */
        {"::2", "fd00::2", false, true},
        {"ff02::1", "fd00::2", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_udp(cases[i].from, cases[i].to, 5);
        bool is_v6 = strchr(cases[i].from, ':') != NULL;
        UNIT_INT(reply(is_v6 ? "fd00::9" : "10.0.0.9", is_v6 ? 1 : 3,
                       cases[i].is_broadcast),
                 cases[i].expected);
    }
    /* RFC 4443 §2.4 (e.3): path MTU discovery works for groups, too. */
    make_udp("fd00::1", "ff02::1", 5);
    UNIT_TRUE(reply("fd00::9", ICMPV6_TOO_BIG, true));
    make_udp("10.0.0.1", "224.0.0.1", 5);
    UNIT_FALSE(reply("10.0.0.9", ICMPV6_TOO_BIG, false));
}

/* A packet with ICMP of this type, or with a part of it. */
static bool reply_to_icmp(bool is_v6, uint8_t type, size_t n) {
    struct ipv4 h = {.total_length = (uint16_t)(20 + n), .protocol = IP_ICMP};
    struct ipv6 six = {.payload_length = (uint16_t)n, .next_header = IP_ICMPV6};
    uint8_t bytes[8] = {type};
    h.source = unit_address("10.0.0.1");
    h.destination = unit_address("10.0.0.2");
    six.source = unit_address("fd00::1");
    six.destination = unit_address("fd00::2");
    buf_clear(&packet);
    if (is_v6)
        ipv6_write(&packet, &six);
    else
        ipv4_write(&packet, &h);
    buf_append(&packet, bytes, n);
    return reply(is_v6 ? "fd00::9" : "10.0.0.9", 3, false);
}

/* RFC 1122 §3.2.2, RFC 4443 §2.1: those below 128 */
static void no_error_about_an_error(void) {
    static const uint8_t errors[] = {3, 4, 5, 11, 12},
                         others[] = {0, 8, 13, 42};
    for (size_t i = 0; i < sizeof errors; i++)
        UNIT_FALSE(reply_to_icmp(false, errors[i], 8));
    for (size_t i = 0; i < sizeof others; i++)
        UNIT_TRUE(reply_to_icmp(false, others[i], 8));
    UNIT_FALSE(reply_to_icmp(false, 8, 0)); /* its type is not there */
    UNIT_TRUE(reply_to_icmp(false, 8, 1));
    UNIT_FALSE(reply_to_icmp(true, 0, 8));
    UNIT_FALSE(reply_to_icmp(true, 1, 8));
    UNIT_FALSE(reply_to_icmp(true, 127, 8));
    UNIT_TRUE(reply_to_icmp(true, 128, 8));
}

static void only_about_the_first_fragment(void) {
    struct ipv4 h = {.total_length = 28,
                     .protocol = IP_UDP,
                     .more_fragments = true,
                     .source = unit_address("10.0.0.1"),
                     .destination = unit_address("10.0.0.2")};
    for (uint32_t offset = 0; offset <= 8; offset += 8) {
        h.fragment_offset = offset;
        buf_clear(&packet);
        ipv4_write(&packet, &h);
        buf_append(&packet, "12345678", 8);
        UNIT_INT(reply("10.0.0.9", 3, false), offset == 0);
    }
    make_udp("10.0.0.1", "10.0.0.2", 5);
    packet.bytes[0] = 0x35;
    UNIT_FALSE(reply("10.0.0.9", 3, false));
}

static void fails_if_out_is_full(void) {
    struct icmp i = {.type = 3};
    struct address from = unit_address("10.0.0.9");
    make_udp("10.0.0.1", "10.0.0.2", 5);
    for (size_t n = 28 + 33; n >= 28 + 32; n--) {
        struct buf small = {.max = (uint32_t)n & INT32_MAX};
        UNIT_INT(icmp_reply_error(&small, &i, buf_view(&packet), false, &from),
                 n == 28 + 33);
        UNIT_INT(small.end, n == 28 + 33 ? 61 : 0);
        buf_free(&small);
    }
}

static void make_echo(const char *from, const char *to, uint8_t type) {
    bool is_v6 = strchr(from, ':') != NULL;
    struct ipv4 h = {.total_length = 33, .ttl = 9, .protocol = IP_ICMP};
    struct ipv6 six = {.payload_length = 13, .next_header = IP_ICMPV6};
    struct icmp i = {.type = type, .rest = 0x12345678};
    struct address source = unit_address(from), destination = unit_address(to);
    h.source = six.source = source;
    h.destination = six.destination = destination;
    buf_clear(&packet);
    if (is_v6)
        ipv6_write(&packet, &six);
    else
        ipv4_write(&packet, &h);
    icmp_write(&packet, &i, span_from("hello"), is_v6 ? &source : NULL,
               is_v6 ? &destination : NULL);
}

static bool echo(void) {
    struct span all = buf_view(&packet);
    uint8_t *exact = unit_exact(all.data, all.len);
    buf_clear(&out);
    bool result = icmp_reply_echo(&out, (struct span){exact, all.len});
    free(exact);
    return result;
}

/* RFC 1122 §3.2.2.6 */
static void an_echo_has_the_same_data(void) {
    struct address ann = unit_address("10.0.0.1"),
                   bob = unit_address("10.0.0.2");
    struct ipv4 h;
    struct icmp i;
    make_echo("10.0.0.1", "10.0.0.2", ICMP_ECHO);
    UNIT_TRUE(echo());
    UNIT_INT(ipv4_parse(buf_view(&out), &h), 20);
    UNIT_TRUE(address_equal(&h.source, &bob));
    UNIT_TRUE(address_equal(&h.destination, &ann));
    struct span message = ipv4_payload(buf_view(&out), &h, 20);
    UNIT_TRUE(icmp_checksum_is_right(message, NULL, NULL));
    icmp_parse(message, &i);
    UNIT_INT(i.type, ICMP_ECHO_REPLY);
    UNIT_INT(i.rest, 0x12345678);
    UNIT_TEXT(message.data + 8, message.len - 8, "hello");
    make_echo("fd00::1", "fd00::2", ICMPV6_ECHO);
    UNIT_TRUE(echo());
    UNIT_INT(out.bytes[40], ICMPV6_ECHO_REPLY);
    UNIT_INT(out.bytes[7], ICMP_REPLY_TTL);
    struct ipv6 six;
    UNIT_INT(ipv6_parse(buf_view(&out), &six), 40);
    UNIT_TRUE(icmp_checksum_is_right(span_skip(buf_view(&out), 40), &six.source,
                                     &six.destination));
}

static void other_packets_get_no_echo(void) {
    make_echo("10.0.0.1", "10.0.0.2", ICMP_ECHO_REPLY);
    UNIT_FALSE(echo());
    make_echo("10.0.0.1", "10.0.0.2", ICMPV6_ECHO);
    UNIT_FALSE(echo());
    make_echo("fd00::1", "fd00::2", ICMP_ECHO);
    UNIT_FALSE(echo());
    make_echo("0.0.0.0", "10.0.0.2", ICMP_ECHO);
    UNIT_FALSE(echo());
    make_echo("10.0.0.1", "224.0.0.1", ICMP_ECHO);
    UNIT_FALSE(echo());
    make_echo("fd00::1", "ff02::1", ICMPV6_ECHO);
    UNIT_FALSE(echo());
    make_udp("10.0.0.1", "10.0.0.2", 5);
    packet.bytes[20] = ICMP_ECHO;
    UNIT_FALSE(echo());
    for (int i = 0; i < 3; i++) { /* all is right but one field */
        struct ipv4 h;
        make_echo("10.0.0.1", "10.0.0.2", ICMP_ECHO);
        ipv4_parse(buf_view(&packet), &h);
        if (i == 1) h.protocol = IP_UDP;
        if (i == 2) h.fragment_offset = 8;
        struct buf header = {.max = 20};
        UNIT_TRUE(ipv4_write(&header, &h));
        memcpy(packet.bytes, header.bytes, 20);
        buf_free(&header);
        UNIT_INT(echo(), i == 0);
    }
    make_echo("10.0.0.1", "10.0.0.2", ICMP_ECHO);
    packet.bytes[30] ^= 1; /* a wrong checksum */
    UNIT_FALSE(echo());
    make_echo("fd00::1", "fd00::2", ICMPV6_ECHO);
    packet.bytes[48] ^= 1;
    UNIT_FALSE(echo());
    make_echo("10.0.0.1", "10.0.0.2", ICMP_ECHO);
    for (uint32_t n = packet.end - 1; n > 0; n--) {
        packet.end = n;
        UNIT_FALSE(echo());
    }
    buf_free(&packet);
    buf_free(&out);
}

UNIT_MAIN("packets/icmp_reply", UNIT_TEST(an_error_goes_back_and_quotes),
          UNIT_TEST(the_quotation_is_cut), UNIT_TEST(padding_is_not_quoted),
          UNIT_TEST(some_packets_cause_no_error),
          UNIT_TEST(no_error_about_an_error),
          UNIT_TEST(only_about_the_first_fragment),
          UNIT_TEST(fails_if_out_is_full), UNIT_TEST(an_echo_has_the_same_data),
          UNIT_TEST(other_packets_get_no_echo))
