/* explain_transport_icmp_test.c: the ICMP part of packets/explain_transport.h
 * against RFC 792, RFC 4443 and RFC 4861; explain_frame_test.c has whole
 * frames */
#include "packets/explain_transport.h"
#include "packets/explain_unit.h"
#include "packets/icmp.h"

static const struct address from6 = {16, {0xfd, [15] = 1}};
static const struct address to6 = {16, {0xfd, [15] = 2}};

/* Returns a whole packet, as its IP header describes it. */
static struct explain_packet packet_of(bool is_v6) {
    return (struct explain_packet){
        .source = is_v6 ? from6 : (struct address){4, {10, 0, 0, 1}},
        .destination = is_v6 ? to6 : (struct address){4, {10, 0, 0, 2}},
        .protocol = is_v6 ? IP_ICMPV6 : IP_ICMP,
        .is_whole = true};
}

/* Explains a message, and reads a byte that follows it. */
static void explain_message(const struct explain_packet *p, struct span bytes) {
    struct buf out = {.max = 1000};
    buf_append(&out, bytes.data, bytes.len);
    buf_append(&out, "x", 1);
    explain_begin(out.bytes, out.end, EXPLAIN_NETWORK);
    dissector_narrow(&d, EXPLAIN_NETWORK, bytes.len, "rest of the message");
    explain_icmp(&d, p);
    dissector_leave(&d);
    UNIT_INT(dissector_number(&d, 8, "after"), 'x');
    explain_finish();
    const struct explain_field *f = explain_field(&e, explain_count(&e) - 1);
    UNIT_INT(f->bit, bytes.len * 8);
    UNIT_INT(f->depth, 0);
    buf_free(&out);
}

static void explain_type(bool is_v6, uint8_t type, uint8_t code, uint32_t rest,
                         const void *body, size_t n) {
    struct explain_packet p = packet_of(is_v6);
    struct buf out = {.max = 1000};
    struct icmp i = {.type = type, .code = code, .rest = rest};
    icmp_write(&out, &i, (struct span){(uint8_t *)(uintptr_t)body, n},
               is_v6 ? &from6 : NULL, is_v6 ? &to6 : NULL);
    explain_message(&p, buf_view(&out));
    EXPLAIN_WORDS("Checksum", "right");
    buf_free(&out);
}

/* The first 28 bytes of a packet of 500, from 10.0.0.1. */
static const uint8_t quoted[] = {
    0x45, 0, 1,  0xf4, 0, 0, 0,    0,    64, IP_TCP, 0, 0, 10, 0,
    0,    1, 10, 0,    0, 2, 0xc3, 0x50, 0,  80,     0, 0, 3,  0xe8};

/* RFC 792; RFC 1191 §4 for the MTU. */
static void each_error_quotes_a_packet(void) {
    static const struct {
        uint8_t type, code;
        const char *name;
        uint64_t number;
        const char *section;
    } cases[] = {
        {3, 4, "Next-Hop MTU", 0x0578, "RFC 1191 §4"},
        {3, 1, "unused", 0x0a00, "RFC 792"},
        {5, 0, "Gateway Internet Address", 0, "RFC 792"},
        {11, 0, "unused", 0x0a000578, "RFC 792"},
        {12, 0, "Pointer", 10, "RFC 792"},
        {12, 0, "unused", 0x578, "RFC 792"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        explain_type(false, cases[i].type, cases[i].code, 0x0a000578, quoted,
                     sizeof quoted);
        bool is_address = cases[i].type == 5;
        const char *words = is_address ? "10.0.5.120"
                            : strcmp(cases[i].name, "unused") == 0
                                ? "not 0, and ignored"
                                : "";
        explain_expect(cases[i].name, cases[i].number, words, cases[i].section);
        explain_expect("Source Port", 50000, "", "RFC 9293 §3.1");
        explain_expect("Sequence Number", 1000, "", "RFC 9293 §3.1");
        UNIT_TRUE(explain_has("IPv4"));
        UNIT_TRUE(explain_has("TCP"));
        UNIT_INT(e.wrong_count, 1); /* the checksum of what is quoted */
        UNIT_INT(e.cut_count, 0);
    }
}

static void an_error_may_quote_nothing(void) {
    explain_type(false, 11, 0, 0, "", 0);
    UNIT_FALSE(explain_has("IPv4"));
    UNIT_INT(e.cut_count, 0);
    explain_type(false, 11, 0, 0, "\x45", 1);
    UNIT_TRUE(explain_has("IPv4"));
}

/* RFC 1812 §4.3.2.3: a router may quote more than the 64 bits of RFC 792. */
static void a_whole_header_that_is_quoted_is_explained(void) {
    uint8_t more[40] = {0};
    memcpy(more, quoted, sizeof quoted);
    more[32] = 0x50;
    more[35] = 9; /* the window */
    explain_type(false, 11, 0, 0, more, 39);
    UNIT_FALSE(explain_has("Window"));
    UNIT_TRUE(explain_has("a part of the header"));
    explain_type(false, 11, 0, 0, more, 40);
    explain_expect("Window", 9, "", "RFC 9293 §3.1");
    UNIT_FALSE(explain_has("a part of the header"));
}

/* RFC 4443 §3 */
static void each_error_of_icmpv6_quotes_a_packet(void) {
    static const struct {
        uint8_t type;
        const char *name;
    } cases[] = {{1, "Unused"}, {2, "MTU"}, {3, "Unused"}, {4, "Pointer"}};
    uint8_t packet[48] = {0x60, [5] = 8, IP_UDP, 64, 0xfd, [23] = 1, 0xfd};
    packet[41] = 9; /* the source port */
    for (size_t i = 0; i < 4; i++) {
        explain_type(true, cases[i].type, 0, 1280, packet, sizeof packet);
        explain_expect(cases[i].name, 1280, i % 2 ? "" : "not 0, and ignored",
                       "RFC 4443 §2.1");
        UNIT_TRUE(explain_has("IPv6"));
        explain_expect("Source Port", 9, "", "RFC 768");
        UNIT_FALSE(explain_has("message body"));
    }
}

/* RFC 4861 §4.3, §4.4, §4.5, §4.6.1 */
static void reads_neighbor_discovery(void) {
    static const uint8_t body[] = {0xfd, [15] = 3, 1, 1, 2, 0, 0, 0, 0, 9};
    static const struct {
        uint8_t type, option;
        const char *option_name;
    } cases[] = {
        {ICMPV6_NEIGHBOR_SOLICITATION, 1, "Source Link-Layer Address"},
        {ICMPV6_NEIGHBOR_ADVERTISEMENT, 2, "Target Link-Layer Address"}};
    for (size_t i = 0; i < 2; i++) {
        uint8_t bytes[sizeof body];
        memcpy(bytes, body, sizeof body);
        bytes[16] = cases[i].option;
        explain_type(true, cases[i].type, 0, 0x60000000, bytes, sizeof bytes);
        explain_expect("Target Address", 0, "fd00::3", "RFC 4443 §2.1");
        explain_expect("Type", cases[i].type, "", "RFC 4443 §2.1");
        explain_expect("Link-Layer Address", 0, "02:00:00:00:00:09",
                       "RFC 4861 §4.6");
        UNIT_TRUE(strstr(explain_all(), "|Length=\1|") != NULL);
        bool has_option = false;
        for (size_t k = 0; k < explain_count(&e); k++)
            has_option |=
                strcmp(explain_words(&e, explain_field(&e, k), words_text),
                       cases[i].option_name) == 0;
        UNIT_TRUE(has_option);
        UNIT_INT(e.wrong_count + e.cut_count, 0);
        UNIT_INT(explain_has("S"), i == 1);
    }
    explain_type(true, ICMPV6_ROUTER_SOLICITATION, 0, 0, "\1\0abcdef", 8);
    EXPLAIN_WORDS("Length", "0 bytes in all, 0 is not allowed");
    UNIT_TRUE(strstr(explain_all(), "|value=abcdef|") != NULL);
}

/* RFC 792: the sum of the message; RFC 4443 §2.3: and of a pseudo-header, whose
 * destination is the last one of a routing header. */
static void verifies_a_whole_message(void) {
    static const struct {
        bool is_v6, is_whole, is_routed, is_known;
    } cases[] = {{false, true, false, true},  {false, false, false, false},
                 {true, true, false, true},   {true, true, true, false},
                 {true, false, false, false}, {false, true, true, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool is_v6 = cases[i].is_v6;
        struct explain_packet p = packet_of(is_v6);
        struct buf out = {.max = 100};
        struct icmp m = {.type = is_v6 ? ICMPV6_ECHO : ICMP_ECHO, .rest = 7};
        icmp_write(&out, &m, span_from("hi"), is_v6 ? &from6 : NULL,
                   is_v6 ? &to6 : NULL);
        p.is_whole = cases[i].is_whole;
        p.is_routed = cases[i].is_routed;
        explain_message(&p, buf_view(&out));
        EXPLAIN_WORDS("Checksum",
                      cases[i].is_known
                          ? "right"
                          : "not verified: not all that it covers is here");
        buf_free(&out);
    }
}

UNIT_MAIN("packets/explain_transport_icmp",
          UNIT_TEST(each_error_quotes_a_packet),
          UNIT_TEST(an_error_may_quote_nothing),
          UNIT_TEST(a_whole_header_that_is_quoted_is_explained),
          UNIT_TEST(each_error_of_icmpv6_quotes_a_packet),
          UNIT_TEST(reads_neighbor_discovery),
          UNIT_TEST(verifies_a_whole_message), UNIT_TEST(explain_end))
