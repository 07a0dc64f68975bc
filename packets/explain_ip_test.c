/* explain_ip_test.c: packets/explain_ip.h against RFC 791;
 * explain_ip_v6_test.c has IPv6, explain_frame_test.c whole frames */
#include "packets/explain_ip.h"
#include "packets/explain_unit.h"

static struct explain_packet p;

/* Explains a packet. Returns if a transport header is next. */
static bool explain(const void *bytes, size_t n) {
    explain_begin(bytes, n, EXPLAIN_NETWORK);
    p = (struct explain_packet){.is_quoted = false};
    bool result = explain_ipv4(&d, &p);
    dissector_bytes(&d, dissector_left(&d).len, "payload");
    dissector_leave(&d);
    explain_finish();
    return result;
}

/* A packet of 24 bytes, 10.0.0.1 to 10.0.0.2, with a right checksum. */
static void write_v4(uint8_t bytes[24], const struct ipv4 *fields) {
    struct ipv4 ip = *fields;
    struct buf out = {.max = 24};
    ip.source = (struct address){4, {10, 0, 0, 1}};
    ip.destination = (struct address){4, {10, 0, 0, 2}};
    UNIT_TRUE(ipv4_write(&out, &ip));
    memset(bytes, 0, 24);
    if (out.bytes) memcpy(bytes, out.bytes, IPV4_HEADER);
    buf_free(&out);
}

/* IANA, "Assigned Internet Protocol Numbers"; RFC 8200 §4. */
static void names_the_protocols(void) {
    static const struct {
        uint8_t number;
        const char *name;
    } cases[] = {{1, "ICMP"},
                 {4, "IPv4"},
                 {5, ""},
                 {6, "TCP"},
                 {17, "UDP"},
                 {41, "IPv6"},
                 {43, "routing header"},
                 {44, "fragment header"},
                 {58, "ICMPv6"},
                 {59, "no next header"},
                 {60, "destination options"},
                 {200, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[24];
        struct ipv4 ip = {.total_length = 24, .protocol = cases[i].number};
        write_v4(bytes, &ip);
        UNIT_TRUE(explain(bytes, 24));
        UNIT_INT(p.protocol, cases[i].number);
        explain_expect("Protocol", cases[i].number, cases[i].name,
                       "RFC 791 §3.1");
    }
}

/* RFC 2474 §3 and RFC 3168 §5 have replaced the Type of Service. */
static void reads_each_field_of_the_header(void) {
    uint8_t bytes[24];
    struct ipv4 ip = {.total_length = 24,
                      .dscp = 46,
                      .ecn = 1,
                      .ttl = 7,
                      .identification = 0xabcd,
                      .dont_fragment = true};
    write_v4(bytes, &ip);
    explain(bytes, 24);
    explain_expect("DSCP", 46, "", "RFC 2474 §3");
    explain_expect("ECN", 1, "", "RFC 3168 §5");
    explain_expect("Total Length", 24, "4 bytes after the header",
                   "RFC 791 §3.1");
    explain_expect("Identification", 0xabcd, "", "RFC 791 §3.1");
    explain_expect("Flags: reserved", 0, "", "RFC 791 §3.1");
    explain_expect("Flags: DF", 1, "Don't Fragment", "RFC 791 §3.1");
    explain_expect("Flags: MF", 0, "Last Fragment", "RFC 791 §3.1");
    explain_expect("Fragment Offset", 0, "", "RFC 791 §3.1");
    explain_expect("Time to Live", 7, "", "RFC 791 §3.1");
    EXPLAIN_WORDS("Header Checksum", "right");
    EXPLAIN_WORDS("Source Address", "10.0.0.1");
    EXPLAIN_WORDS("Destination Address", "10.0.0.2");
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    UNIT_TRUE(p.is_whole);
    UNIT_FALSE(p.is_routed);
}

static void a_packet_may_have_no_payload(void) {
    uint8_t bytes[24];
    struct ipv4 ip = {.total_length = 20};
    write_v4(bytes, &ip);
    UNIT_TRUE(explain(bytes, 20));
    EXPLAIN_WORDS("Total Length", "0 bytes after the header");
    UNIT_INT(e.wrong_count, 0);
    UNIT_TRUE(p.is_whole);
    bytes[3] = 19;
    for (size_t n = 20; n <= 24; n += 4) { /* all that is here is explained */
        explain(bytes, n);
        EXPLAIN_WORDS("Total Length", "less than the header, 20 bytes");
        UNIT_INT(explain_has("payload"), n == 24);
        UNIT_INT(e.cut_count, 0);
    }
}

static void names_the_checksum_that_would_be_right(void) {
    uint8_t bytes[24];
    char words[80];
    struct ipv4 ip = {.total_length = 24, .protocol = 200};
    write_v4(bytes, &ip);
    unsigned right = (unsigned)(bytes[10] << 8 | bytes[11]);
    snprintf(words, sizeof words, "wrong: 0x%04x expected", right);
    bytes[10] ^= 0x55;
    bytes[11] ^= 0xaa;
    explain(bytes, 24);
    EXPLAIN_WORDS("Header Checksum", words);
}

static void a_fragment_is_not_whole(void) {
    uint8_t bytes[24];
    struct ipv4 first = {.total_length = 24, .more_fragments = true};
    write_v4(bytes, &first);
    UNIT_TRUE(explain(bytes, 24));
    UNIT_FALSE(p.is_whole);
    struct ipv4 last = {.total_length = 24, .fragment_offset = 8};
    write_v4(bytes, &last);
    UNIT_FALSE(explain(bytes, 24));
    UNIT_FALSE(p.is_whole);
    EXPLAIN_WORDS("Fragment Offset", "8 bytes");
}

static void no_packet_has_more_than_65535_bytes(void) {
    for (uint16_t total = 23; total <= 24; total++) {
        uint8_t bytes[24];
        struct ipv4 ip = {.total_length = 23, .fragment_offset = 65512};
        write_v4(bytes, &ip);
        bytes[3] = (uint8_t)total;
        explain(bytes, total);
        EXPLAIN_WORDS("Fragment Offset",
                      total == 23 ? "65512 bytes"
                                  : "65512 bytes, no packet has 65536 bytes");
    }
}

/* RFC 791 §3.1; RFC 2113 for the last one. */
static void names_the_options_of_ipv4(void) {
    static const struct {
        uint8_t type;
        const char *name;
    } cases[] = {{0, "End of Option List"},
                 {1, "No Operation"},
                 {7, "Record Route"},
                 {68, "Internet Timestamp"},
                 {131, "Loose Source and Record Route"},
                 {137, "Strict Source and Record Route"},
                 {148, "Router Alert"},
                 {2, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[24];
        struct ipv4 ip = {.total_length = 24};
        write_v4(bytes, &ip);
        bytes[0] = 0x46;
        bytes[20] = cases[i].type;
        bytes[21] = 4;
        explain(bytes, 24);
        EXPLAIN_WORDS("option number", cases[i].name);
        explain_expect("copied flag", cases[i].type >> 7, "", "RFC 791 §3.1");
        explain_expect("option class", cases[i].type >> 5 & 3, "",
                       "RFC 791 §3.1");
    }
}

/* Type and length are two bytes; more than there is space for is wrong. */
static void the_length_of_an_option_is_checked(void) {
    for (uint8_t len = 0; len <= 5; len++) {
        uint8_t bytes[24];
        struct ipv4 ip = {.total_length = 24};
        bool is_good = len >= 2 && len <= 4;
        write_v4(bytes, &ip);
        bytes[0] = 0x46;
        bytes[20] = 130;
        bytes[21] = len;
        explain(bytes, 24);
        EXPLAIN_WORDS("length", is_good ? "" : "2 to 4 are possible");
        UNIT_INT(explain_has("not explained"), !is_good);
    }
}

static void a_quoted_packet_may_end_early(void) {
    uint8_t bytes[24];
    struct ipv4 ip = {.total_length = 500};
    write_v4(bytes, &ip);
    for (int is_quoted = 0; is_quoted < 2; is_quoted++) {
        explain_begin(bytes, 24, EXPLAIN_NETWORK);
        p = (struct explain_packet){.is_quoted = is_quoted};
        UNIT_TRUE(explain_ipv4(&d, &p));
        explain_finish();
        UNIT_INT(e.cut_count, !is_quoted);
        UNIT_FALSE(p.is_whole);
    }
}

UNIT_MAIN("packets/explain_ip", UNIT_TEST(names_the_protocols),
          UNIT_TEST(reads_each_field_of_the_header),
          UNIT_TEST(a_packet_may_have_no_payload),
          UNIT_TEST(names_the_checksum_that_would_be_right),
          UNIT_TEST(a_fragment_is_not_whole),
          UNIT_TEST(no_packet_has_more_than_65535_bytes),
          UNIT_TEST(names_the_options_of_ipv4),
          UNIT_TEST(the_length_of_an_option_is_checked),
          UNIT_TEST(a_quoted_packet_may_end_early), UNIT_TEST(explain_end))
