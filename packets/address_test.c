/* address_test.c: packets/address.h against RFC 4291 §2.2 and RFC 5952 */
#include "packets/address.h"
#include "packets/unit.h"

static bool parse(struct address *a, const char *text) {
    char *exact = unit_exact(text, strlen(text) + 1);
    bool is_good = address_parse(a, exact);
    free(exact);
    return is_good;
}

/* Parses from, and checks the text that is written for it. */
static void is_written_as(const char *from, const char *expected) {
    struct address a;
    char text[ADDRESS_TEXT_MAX];
    UNIT_TRUE(parse(&a, from));
    address_text(&a, text);
    UNIT_TEXT(text, strlen(text), expected);
}

/* The texts of RFC 5952, section by section. */
static void writes_the_form_of_rfc_5952(void) {
    static const char *const cases[][2] = {
        /* RFC 5952 §4.1: no leading zeros */
        {"2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001",
         "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"},
        {"2001:0db8::0001", "2001:db8::1"},
        /* RFC 5952 §4.2.2: not for one group only */
        {"2001:db8:aaaa:bbbb:cccc:dddd::1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        /* RFC 5952 §4.2.1: as short as possible */
        {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
        {"2001:db8::0:1", "2001:db8::1"},
        /* RFC 5952 §4.2.3: the longest run, or the first of two */
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"0:0:1:0:0:0:1:0", "0:0:1::1:0"},
        /* RFC 5952 §4.3: lower case */
        {"2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:AAAA",
         "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"},
        /* RFC 5952 §5: an IPv4 address inside */
        {"::ffff:c000:201", "::ffff:192.0.2.1"},
        {"0:0:0:0:0:ffff:192.0.2.1", "::ffff:192.0.2.1"},
        /* RFC 4291 §2.2 */
        {"ABCD:EF01:2345:6789:ABCD:EF01:2345:6789",
         "abcd:ef01:2345:6789:abcd:ef01:2345:6789"},
        {"FF01:0:0:0:0:0:0:101", "ff01::101"},
        {"0:0:0:0:0:0:0:1", "::1"},
        {"0:0:0:0:0:0:0:0", "::"},
        {"0:0:0:0:0:0:13.1.68.3", "::d01:4403"},
        {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
        {"::", "::"},
        {"1::", "1::"},
        {"1:0:0:0:0:0:0:0", "1::"},
        {"::1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
        {"1:0:0:2:3:4:0:0", "1::2:3:4:0:0"},
        {"1:2:3:4:5:6::", "1:2:3:4:5:6::"},
        {"::3:4:5:6:7:8", "::3:4:5:6:7:8"},
        {"0000:0000:0000:0000:0000:ffff:255.255.255.255",
         "::ffff:255.255.255.255"}, /* the longest: ADDRESS_TEXT_MAX */
        /* IPv4 */
        {"0.0.0.0", "0.0.0.0"},
        {"10.0.0.1", "10.0.0.1"},
        {"255.255.255.255", "255.255.255.255"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        is_written_as(cases[i][0], cases[i][1]);
}

static void refuses_text_that_is_no_address(void) {
    static const char *const cases[] = {
        "",
        "1",
        "1.2.3",
        "1.2.3.",
        "1.2.3.4.",
        "1.2.3.4.5",
        ".1.2.3.4",
        "1..3.4",
        "1.2.3.256",
        "1.2.3.999",
        "1.2.3.1000",
        "010.0.0.1", /* might be octal */
        "1.2.3.00",
        "1.2.3.+4",
        "1.2.3.-4",
        " 1.2.3.4",
        "1.2.3.4 ",
        "0x1.2.3.4",
        "a.b.c.d",
        ":",
        ":::",
        "1:",
        ":1",
        "1:2:3:4:5:6:7",     /* seven groups */
        "1:2:3:4:5:6:7:8:9", /* nine */
        "1:2:3:4:5:6:7:",
        "1:2:3:4:5:6:7:8:",
        ":1:2:3:4:5:6:7:8",
        "1::2::3", /* two "::" */
        "::1::",
        "1:2:3:4::5:6:7:8", /* "::" is no group at all */
        "::1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8::",
        "1:::2",
        "12345::", /* five digits */
        "::00001",
        "g::",
        "::1%lo", /* a zone (RFC 4007) */
        "[::1]",
        "::1/64",
        "::1 ",
        "::1.2.3",
        "::1.2.3.4.5",
        "::1.2.3.256",
        "::1.2.3.4:5", /* only the last two groups */
        "1.2.3.4::",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4:5:1.2.3.4",
        "1:2:3:4:5::6:1.2.3.4", /* "::" is no group at all */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct address a = {.len = 4};
        bool is_good = parse(&a, cases[i]);
        UNIT_TEXT(cases[i], is_good ? 0 : strlen(cases[i]), cases[i]);
        UNIT_INT(a.len, 0);
    }
}

static void parses_into_network_byte_order(void) {
    struct address a;
    UNIT_TRUE(parse(&a, "192.0.2.1"));
    UNIT_INT(a.len, 4);
    UNIT_INT(memcmp(a.bytes, "\xc0\x00\x02\x01", 4), 0);
    UNIT_TRUE(parse(&a, "fd00::AB:1.2.3.4"));
    UNIT_INT(a.len, 16);
    UNIT_INT(memcmp(a.bytes, "\xfd\0\0\0\0\0\0\0\0\0\0\xab\1\2\3\4", 16), 0);
}

static void compares_only_the_bytes_of_the_address(void) {
    struct address a, b, none = {.len = 0};
    UNIT_TRUE(parse(&a, "10.0.0.1"));
    b = a;
    b.bytes[4] = 1; /* after the four bytes */
    UNIT_TRUE(address_equal(&a, &b));
    b.bytes[3] = 2;
    UNIT_FALSE(address_equal(&a, &b));
    UNIT_TRUE(parse(&b, "a00:1::")); /* it begins with the same four bytes */
    UNIT_FALSE(address_equal(&a, &b));
    UNIT_FALSE(address_equal(&a, &none));
    UNIT_TRUE(address_equal(&none, &none));
}

static void copies_an_address_from_bytes(void) {
    uint8_t bytes[16] = {10, 0, 0, 1, [15] = 9};
    char text[ADDRESS_TEXT_MAX];
    struct address a = address_from((struct span){bytes, 4});
    address_text(&a, text);
    UNIT_TEXT(text, strlen(text), "10.0.0.1");
    a = address_from((struct span){bytes, 16});
    address_text(&a, text);
    UNIT_TEXT(text, strlen(text), "a00:1::9");
    a = (struct address){.len = 0};
    address_text(&a, text);
    UNIT_TEXT(text, strlen(text), "?");
    static const uint8_t mac[] = {2, 0, 0, 0xab, 0xc, 0xff};
    address_mac_text(mac, text);
    UNIT_TEXT(text, strlen(text), "02:00:00:ab:0c:ff");
}

static void a_network_is_a_common_prefix(void) {
    static const struct {
        const char *a, *b;
        int common; /* bits */
    } cases[] = {
        {"10.0.0.1", "10.0.0.1", 32},    {"10.0.0.0", "10.0.0.1", 31},
        {"10.0.0.1", "10.0.0.2", 30},    {"10.0.0.1", "10.0.1.1", 23},
        {"10.0.0.1", "138.0.0.1", 0},    {"10.0.0.1", "74.0.0.1", 1},
        {"fd00::1", "fd00::1", 128},     {"fd00::1", "fd00::", 127},
        {"fd00::1", "fd00:0:0:1::", 63}, {"fd00::1", "7d00::1", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct address a, b;
        UNIT_TRUE(parse(&a, cases[i].a) && parse(&b, cases[i].b));
        for (int prefix = 0; prefix <= 8 * a.len; prefix++)
            UNIT_INT(address_same_prefix(&a, &b, prefix),
                     prefix <= cases[i].common);
    }
    struct address a, b;
    UNIT_TRUE(parse(&a, "::") && parse(&b, "0.0.0.0"));
    UNIT_FALSE(address_same_prefix(&a, &b, 0)); /* different protocols */
}

static void writes_a_mac_address(void) {
    static const uint8_t mac[ADDRESS_MAC] = {0x00, 0x01, 0x0a,
                                             0x9f, 0xfe, 0xff};
    char text[ADDRESS_TEXT_MAX];
    UNIT_TRUE(address_mac_text(mac, text) == text);
    UNIT_TEXT(text, strlen(text), "00:01:0a:9f:fe:ff");
}

static void returns_where_the_text_is(void) {
    char text[ADDRESS_TEXT_MAX];
    struct address a;
    UNIT_TRUE(parse(&a, "10.0.0.1"));
    UNIT_TRUE(address_text(&a, text) == text);
    UNIT_TRUE(parse(&a, "::1"));
    UNIT_TRUE(address_text(&a, text) == text);
    a = (struct address){.len = 0};
    UNIT_TRUE(address_text(&a, text) == text);
    UNIT_TEXT(text, strlen(text), "?");
}

/* RFC 1122 §3.2.1.3; RFC 4291 §2.5.2, §2.5.3, §2.7 */
static void one_host_is_no_group_and_not_the_host_itself(void) {
    static const char *const one[] = {"1.0.0.0",
                                      "10.0.0.1",
                                      "126.255.255.255",
                                      "128.0.0.0",
                                      "223.1.2.3",
                                      "fd00::1",
                                      "::2",
                                      "1::",
                                      "::1:0",
                                      "fe80::1",
                                      "::ffff:10.0.0.1",
                                      "100::1"};
    static const char *const none[] = {
        "0.0.0.0",   "0.0.0.1",   "127.0.0.0",       "127.255.255.255",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "::",
        "::1",       "ff02::1",   "ff00::"};
    struct address a;
    for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
        UNIT_TRUE(address_parse(&a, one[i]));
        UNIT_TRUE(address_is_one_host(&a));
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        UNIT_TRUE(address_parse(&a, none[i]));
        UNIT_FALSE(address_is_one_host(&a));
    }
}

UNIT_MAIN("packets/address", UNIT_TEST(writes_the_form_of_rfc_5952),
          UNIT_TEST(writes_a_mac_address), UNIT_TEST(returns_where_the_text_is),
          UNIT_TEST(refuses_text_that_is_no_address),
          UNIT_TEST(parses_into_network_byte_order),
          UNIT_TEST(compares_only_the_bytes_of_the_address),
          UNIT_TEST(copies_an_address_from_bytes),
          UNIT_TEST(a_network_is_a_common_prefix),
          UNIT_TEST(one_host_is_no_group_and_not_the_host_itself))
