/* explain_value_test.c: packets/explain_value.h */
#include "packets/explain_unit.h"
#include "packets/explain_value.h"

static void begin(const char *bytes, size_t n) {
    explain_begin(bytes, n, EXPLAIN_LINK);
}

/* Ends the explanation, and checks the words of its first field. */
static void expect(const char *words, bool is_wrong) {
    explain_finish();
    const struct explain_field *f = explain_field(&e, 0);
    UNIT_TEXT(explain_words(&e, f, words_text),
              strlen(explain_words(&e, f, words_text)), words);
    UNIT_INT(f->is_wrong, is_wrong);
}

static void a_value_has_the_name_of_its_row(void) {
    static const struct explain_name names[] = {
        {0, "zero"}, {7, "seven"}, {7, "again"}, {0, NULL}};
    static const struct {
        uint64_t value;
        const char *expected;
    } cases[] = {
        {0, "zero"}, {7, "seven"}, {8, ""}, {0x100000007, ""} /* 33 bits */};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin("x", 1);
        dissector_number(&d, 8, "field");
        explain_value_name(&d, cases[i].value, names);
        expect(cases[i].expected, false);
    }
}

static void an_address_is_read_and_named(void) {
    static const char v6[16] = {0x20, 1, 0x0d, (char)0xb8, [15] = 1};
    begin("\x0a\0\0\x01", 4);
    struct address a = explain_value_address(&d, 4, "address");
    UNIT_INT(a.len, 4);
    UNIT_INT(memcmp(a.bytes, "\x0a\0\0\x01", 4), 0);
    expect("10.0.0.1", false);
    begin(v6, 16);
    UNIT_INT(explain_value_address(&d, 16, "address").len, 16);
    expect("2001:db8::1", false);
    for (size_t n = 0; n < 4; n++) {
        char expected[40];
        begin("\x0a\0\0\x01", n);
        UNIT_INT(explain_value_address(&d, 4, "address").len, 0);
        snprintf(expected, sizeof expected, "cut: %zu of 4 bytes are here", n);
        expect(expected, false);
    }
}

/* IEEE 802 §8.2.2 */
static void a_mac_address_may_be_that_of_a_group(void) {
    static const struct {
        const char *bytes, *expected;
    } cases[] = {
        {"\x02\0\0\0\0\x01", "02:00:00:00:00:01"},
        {"\xfe\xff\xff\xff\xff\xff", "fe:ff:ff:ff:ff:ff"},
        {"\x33\x33\0\0\0\x01", "33:33:00:00:00:01, a group"},
        {"\xff\xff\xff\xff\xff\xfe", "ff:ff:ff:ff:ff:fe, a group"},
        {"\xff\xff\xff\xff\xff\xff", "ff:ff:ff:ff:ff:ff, all stations"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(cases[i].bytes, 6);
        explain_value_mac(&d, "address");
        expect(cases[i].expected, false);
    }
    begin(cases[0].bytes, 5);
    explain_value_mac(&d, "address");
    expect("cut: 5 of 6 bytes are here", false);
}

/* RFC 1071 §3: the sum of these eight bytes is ddf2 without its carries, so a
 * checksum after them is 220d. */
#define EXAMPLE "\x00\x01\xf2\x03\xf4\xf5\xf6\xf7"

static void a_checksum_is_right_or_another_is_expected(void) {
    static const struct {
        const char *bytes; /* what is covered, without the checksum */
        uint16_t checksum;
        uint32_t sum; /* of the pseudo-header */
        bool is_whole, is_wrong;
        const char *expected;
    } cases[] = {
        {EXAMPLE, 0x220d, 0, true, false, "right"},
        {EXAMPLE, 0x220c, 0, true, true, "wrong: 0x220d expected"},
        {EXAMPLE, 0x0000, 0, true, true, "wrong: 0x220d expected"},
        {EXAMPLE, 0x220d, 0, false, false,
         "not verified: not all that it covers is here"},
        {EXAMPLE, 0x220c, 0, false, false,
         "not verified: not all that it covers is here"},
        {EXAMPLE, 0x220c, 1, true, false, "right"},
        {EXAMPLE, 0x0001, 1, true, false,
         "of the pseudo-header alone, 0x220c when sent"},
        {EXAMPLE, 0x0002, 1, true, true, "wrong: 0x220c expected"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char bytes[10]; /* the checksum first, as if that were its field */
        bytes[0] = (char)(cases[i].checksum >> 8);
        bytes[1] = (char)cases[i].checksum;
        memcpy(bytes + 2, cases[i].bytes, 8);
        begin(bytes, 10);
        dissector_hex(&d, 16, "Checksum");
        explain_value_checksum(&d, (struct span){input, 10}, 0, cases[i].sum,
                               cases[i].is_whole, "RFC 1071");
        expect(cases[i].expected, cases[i].is_wrong);
        if (!cases[i].is_wrong) continue;
        const char *section = explain_field(&e, 0)->section;
        UNIT_TEXT(section, strlen(section), "RFC 1071");
    }
}

static void a_checksum_may_be_at_the_end_and_be_cut(void) {
    for (size_t n = 0; n <= 10; n++) {
        begin(EXAMPLE "\x22\x0d", n);
        dissector_bytes(&d, n < 2 ? n : 2, "field");
        explain_value_checksum(&d, (struct span){input, n}, 8, 0, true, "");
        if (n > 0) expect(n == 10 ? "right" : "", false);
    }
}

static void a_field_that_is_not_zero_is_ignored(void) {
    begin("\x0f", 1);
    explain_value_zero(&d, 4, "Reserved");
    expect("", false);
    begin("\x10", 1);
    explain_value_zero(&d, 4, "Reserved");
    expect("not 0, and ignored", false);
    UNIT_INT(explain_field(&e, 0)->bits, 4);
}

UNIT_MAIN("packets/explain_value", UNIT_TEST(a_value_has_the_name_of_its_row),
          UNIT_TEST(an_address_is_read_and_named),
          UNIT_TEST(a_mac_address_may_be_that_of_a_group),
          UNIT_TEST(a_checksum_is_right_or_another_is_expected),
          UNIT_TEST(a_checksum_may_be_at_the_end_and_be_cut),
          UNIT_TEST(a_field_that_is_not_zero_is_ignored),
          UNIT_TEST(explain_end))
