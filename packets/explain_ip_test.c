/* explain_ip_test.c: packets/explain_ip.h against RFC 791 and RFC 8200;
 * explain_frame_test.c has whole frames */
#include "packets/explain_ip.h"
#include "packets/explain_unit.h"

static struct explain_packet p;

/* Explains a packet of IPv4 or IPv6. Returns if a transport header is next. */
static bool explain(const void *bytes, size_t n, bool is_v6) {
    explain_begin(bytes, n, EXPLAIN_NETWORK);
    p = (struct explain_packet){.is_quoted = false};
    bool result = is_v6 ? explain_ipv6(&d, &p) : explain_ipv4(&d, &p);
    dissector_bytes(&d, dissector_left(&d).len, "payload");
    dissector_leave(&d);
    explain_finish();
    return result;
}

static void expect(const char *name, uint64_t number, const char *words,
                   const char *section) {
    for (size_t i = 0; i < explain_count(&e); i++) {
        const struct explain_field *f = explain_field(&e, i);
        if (strcmp(f->name, name) != 0) continue;
        UNIT_INT(f->number, number);
        EXPLAIN_WORDS(name, words);
        UNIT_TEXT(f->section, strlen(f->section), section);
        return;
    }
    UNIT_TEXT("", 0, name);
}

/* --- IPv4 --- */

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
        UNIT_TRUE(explain(bytes, 24, false));
        UNIT_INT(p.protocol, cases[i].number);
        expect("Protocol", cases[i].number, cases[i].name, "RFC 791 §3.1");
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
    explain(bytes, 24, false);
    expect("DSCP", 46, "", "RFC 2474 §3");
    expect("ECN", 1, "", "RFC 3168 §5");
    expect("Total Length", 24, "4 bytes after the header", "RFC 791 §3.1");
    expect("Identification", 0xabcd, "", "RFC 791 §3.1");
    expect("Flags: reserved", 0, "", "RFC 791 §3.1");
    expect("Flags: DF", 1, "Don't Fragment", "RFC 791 §3.1");
    expect("Flags: MF", 0, "Last Fragment", "RFC 791 §3.1");
    expect("Fragment Offset", 0, "", "RFC 791 §3.1");
    expect("Time to Live", 7, "", "RFC 791 §3.1");
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
    UNIT_TRUE(explain(bytes, 20, false));
    EXPLAIN_WORDS("Total Length", "0 bytes after the header");
    UNIT_INT(e.wrong_count, 0);
    UNIT_TRUE(p.is_whole);
    bytes[3] = 19;
    for (size_t n = 20; n <= 24; n += 4) { /* all that is here is explained */
        explain(bytes, n, false);
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
    explain(bytes, 24, false);
    EXPLAIN_WORDS("Header Checksum", words);
}

static void a_fragment_is_not_whole(void) {
    uint8_t bytes[24];
    struct ipv4 first = {.total_length = 24, .more_fragments = true};
    write_v4(bytes, &first);
    UNIT_TRUE(explain(bytes, 24, false));
    UNIT_FALSE(p.is_whole);
    struct ipv4 last = {.total_length = 24, .fragment_offset = 8};
    write_v4(bytes, &last);
    UNIT_FALSE(explain(bytes, 24, false));
    UNIT_FALSE(p.is_whole);
    EXPLAIN_WORDS("Fragment Offset", "8 bytes");
}

static void no_packet_has_more_than_65535_bytes(void) {
    for (uint16_t total = 23; total <= 24; total++) {
        uint8_t bytes[24];
        struct ipv4 ip = {.total_length = 23, .fragment_offset = 65512};
        write_v4(bytes, &ip);
        bytes[3] = (uint8_t)total;
        explain(bytes, total, false);
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
        explain(bytes, 24, false);
        EXPLAIN_WORDS("option number", cases[i].name);
        expect("copied flag", cases[i].type >> 7, "", "RFC 791 §3.1");
        expect("option class", cases[i].type >> 5 & 3, "", "RFC 791 §3.1");
    }
}

/* Type and length are two bytes; more than there is room for is wrong. */
static void the_length_of_an_option_is_checked(void) {
    for (uint8_t len = 0; len <= 5; len++) {
        uint8_t bytes[24];
        struct ipv4 ip = {.total_length = 24};
        bool is_good = len >= 2 && len <= 4;
        write_v4(bytes, &ip);
        bytes[0] = 0x46;
        bytes[20] = 130;
        bytes[21] = len;
        explain(bytes, 24, false);
        EXPLAIN_WORDS("length", is_good ? "" : "2 to 4 are possible");
        UNIT_INT(explain_has("not explained"), !is_good);
    }
}

/* --- IPv6 --- */

#define V6(next, length)                                                       \
    "\x60\0\0\0\0" length next "\x40"                                          \
    "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"                                       \
    "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2"

/* RFC 8200 §4.2, RFC 2711, RFC 2675. */
static void names_the_options_of_ipv6(void) {
    static const struct {
        uint8_t type;
        const char *name;
    } cases[] = {{0, "Pad1"},
                 {1, "PadN"},
                 {5, "Router Alert"},
                 {0xc2, "Jumbo Payload"},
                 {0xc3, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char bytes[] = V6("\0", "\x08") "\x3b\0" /* hop-by-hop */
                                        "?\4\0\0\0\0";
        bytes[42] = (char)cases[i].type;
        UNIT_TRUE(explain(bytes, sizeof bytes - 1, true));
        EXPLAIN_WORDS("Option Type", cases[i].name);
        UNIT_INT(p.protocol, IPV6_NO_NEXT);
        UNIT_INT(p.source.len + p.destination.len, 32);
    }
}

/* RFC 8200 §4.5, and RFC 6946 for the last one. */
static void a_fragment_of_ipv6_is_not_whole(void) {
    static const struct {
        uint8_t low; /* byte of offset and M flag */
        bool has_header, is_whole;
        const char *offset, *more;
    } cases[] = {{1, true, false, "", "more fragments"},
                 {8, false, false, "8 bytes", "last fragment"},
                 {9, false, false, "8 bytes", "more fragments"},
                 {0, true, true, "", "last fragment"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char bytes[] = V6("\x2c", "\x10") "\x11\0\0?\0\0\0\7"
                                          "12345678";
        bytes[43] = (char)cases[i].low;
        UNIT_INT(explain(bytes, sizeof bytes - 1, true), cases[i].has_header);
        UNIT_INT(p.is_whole, cases[i].is_whole);
        EXPLAIN_WORDS("Fragment Offset", cases[i].offset);
        EXPLAIN_WORDS("M flag", cases[i].more);
    }
    char later[] = V6("\x2c", "\x10") "\x3c\0\0\x08\0\0\0\7"
                                      "\x11\0\1\4\0\0\0\0";
    UNIT_FALSE(explain(later, sizeof later - 1, true));
    UNIT_FALSE(explain_has("Destination Options")); /* it is data */
}

/* RFC 8200 §4.5: a packet has at most 65 535 bytes after its fixed header; the
 * fragment header is not one of them. */
static void no_fragment_ends_beyond_the_longest_packet(void) {
    for (int more = 0; more < 2; more++) {
        char bytes[40 + 8 + 8] = V6("\x2c", "?") "\x11\0\xff\xf8\0\0\0\7";
        bytes[5] = (char)(8 + 7 + more);
        explain(bytes, 48 + 7 + (size_t)more, true);
        EXPLAIN_WORDS("Fragment Offset",
                      more ? "65528 bytes, no packet is that long"
                           : "65528 bytes");
    }
}

/* Each is a header of its own, and not inside of the one before it. */
static void extension_headers_follow_each_other(void) {
    static const char bytes[] = V6("\0", "\x21") "\x3c\0\1\4\0\0\0\0"
                                                 "\x2b\0\1\4\0\0\0\0"
                                                 "\x2c\0\0\0\0\0\0\0"
                                                 "\x11\0\0\0\0\0\0\7"
                                                 "x";
    static const char *const names[] = {"Hop-by-Hop Options",
                                        "Destination Options", "Routing Header",
                                        "Fragment Header", "payload"};
    UNIT_TRUE(explain(bytes, sizeof bytes - 1, true));
    uint32_t bit = 40 * 8;
    size_t found = 0;
    for (size_t i = 0; i < explain_count(&e) && found < 5; i++) {
        const struct explain_field *f = explain_field(&e, i);
        if (strcmp(f->name, names[found]) != 0) continue;
        UNIT_INT(f->depth, 0);
        UNIT_INT(f->bit, bit);
        UNIT_INT(f->bits, found < 4 ? 64 : 8);
        bit += f->bits;
        found++;
    }
    UNIT_INT(found, 5);
}

static void what_is_quoted_may_end_early(void) {
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
          UNIT_TEST(names_the_options_of_ipv6),
          UNIT_TEST(a_fragment_of_ipv6_is_not_whole),
          UNIT_TEST(no_fragment_ends_beyond_the_longest_packet),
          UNIT_TEST(extension_headers_follow_each_other),
          UNIT_TEST(what_is_quoted_may_end_early), UNIT_TEST(explain_end))
