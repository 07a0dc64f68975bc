/* explain_ip_v6_test.c: the IPv6 part of packets/explain_ip.h against RFC 8200;
 * explain_frame_test.c has whole frames */
#include "packets/explain_ip.h"
#include "packets/explain_unit.h"

static struct explain_packet p;

/* Explains a packet. Returns if a transport header is next. */
static bool explain(const void *bytes, size_t n) {
    explain_begin(bytes, n, EXPLAIN_NETWORK);
    p = (struct explain_packet){.is_quoted = false};
    bool result = explain_ipv6(&d, &p);
    dissector_bytes(&d, dissector_left(&d).len, "payload");
    dissector_leave(&d);
    explain_finish();
    return result;
}

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
        UNIT_TRUE(explain(bytes, sizeof bytes - 1));
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
        UNIT_INT(explain(bytes, sizeof bytes - 1), cases[i].has_header);
        UNIT_INT(p.is_whole, cases[i].is_whole);
        EXPLAIN_WORDS("Fragment Offset", cases[i].offset);
        EXPLAIN_WORDS("M flag", cases[i].more);
    }
    char later[] = V6("\x2c", "\x10") "\x3c\0\0\x08\0\0\0\7"
                                      "\x11\0\1\4\0\0\0\0";
    UNIT_FALSE(explain(later, sizeof later - 1));
    UNIT_FALSE(explain_has("Destination Options")); /* it is data */
}

/* RFC 8200 §4.5: a packet has at most 65 535 bytes after its fixed header; the
 * fragment header is not one of them. */
static void no_fragment_ends_beyond_the_longest_packet(void) {
    for (int more = 0; more < 2; more++) {
        char bytes[40 + 8 + 8] = V6("\x2c", "?") "\x11\0\xff\xf8\0\0\0\7";
        bytes[5] = (char)(8 + 7 + more);
        explain(bytes, 48 + 7 + (size_t)more);
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
    UNIT_TRUE(explain(bytes, sizeof bytes - 1));
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

UNIT_MAIN("packets/explain_ip_v6", UNIT_TEST(names_the_options_of_ipv6),
          UNIT_TEST(a_fragment_of_ipv6_is_not_whole),
          UNIT_TEST(no_fragment_ends_beyond_the_longest_packet),
          UNIT_TEST(extension_headers_follow_each_other),
          UNIT_TEST(explain_end))
