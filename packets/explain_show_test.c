/* explain_show_test.c: packets/explain_show.h */
#include "packets/explain_show.h"
#include "packets/explain_unit.h"

static void begin(const char *bytes, size_t n) {
    explain_begin(bytes, n, EXPLAIN_LINK);
}

/* The last field of the explanation. */
static void expect_last(const char *expected) {
    char text[EXPLAIN_SHOW_MAX];
    explain_finish();
    explain_show_value(text, &e, explain_field(&e, explain_count(&e) - 1));
    UNIT_TEXT(text, strlen(text), expected);
}

/* So many bits, all 1. */
static void a_number_is_decimal_or_has_a_digit_for_four_bits(void) {
    static const struct {
        unsigned bits;
        const char *decimal, *hex;
    } cases[] = {
        {1, "1", "0x1"},
        {4, "15", "0xf"},
        {5, "31", "0x1f"},
        {8, "255", "0xff"},
        {16, "65535", "0xffff"},
        {33, "8589934591", "0x1ffffffff"},
        {64, "18446744073709551615", "0xffffffffffffffff"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = (cases[i].bits + 7) / 8;
        unsigned before = (unsigned)n * 8 - cases[i].bits;
        for (int is_hex = 0; is_hex < 2; is_hex++) {
            begin("\xff\xff\xff\xff\xff\xff\xff\xff", n);
            if (before) dissector_number(&d, before, "before");
            if (is_hex) dissector_hex(&d, cases[i].bits, "number");
            if (!is_hex) dissector_number(&d, cases[i].bits, "number");
            expect_last(is_hex ? cases[i].hex : cases[i].decimal);
        }
    }
}

static void zeros_are_written(void) {
    begin("\0\0", 2);
    dissector_number(&d, 16, "number");
    expect_last("0");
    begin("\0\x1a", 2);
    dissector_hex(&d, 16, "number");
    expect_last("0x001a");
}

static void words_come_after_the_value(void) {
    begin("\x06", 1);
    dissector_number(&d, 8, "Protocol");
    dissector_notef(&d, "TCP");
    expect_last("6, TCP");
    begin("\x01", 1);
    dissector_number(&d, 8, "TYPE");
    dissector_note(&d, "A"); /* RFC 1035 §3.2.2 */
    expect_last("1, A");
    begin("abcd", 4);
    dissector_bytes(&d, 4, "address"); /* words say what the bytes are */
    dissector_notef(&d, "97.98.99.100");
    expect_last("97.98.99.100");
    begin("ab", 2);
    dissector_bytes(&d, 3, "address"); /* not of bytes that are cut */
    expect_last("|ab|, cut: 2 of 3 bytes are here");
    begin("", 0);
    dissector_number(&d, 8, "number"); /* nothing of it is here */
    expect_last("cut: 0 of 1 bytes are here");
}

static void a_header_has_only_words(void) {
    char text[EXPLAIN_SHOW_MAX];
    begin("ab", 2);
    dissector_enter(&d, EXPLAIN_LINK, "header", "");
    dissector_bytes(&d, 2, "bytes");
    dissector_leave(&d);
    dissector_notef(&d, "2 bytes");
    explain_finish();
    explain_show_value(text, &e, explain_field(&e, 0));
    UNIT_TEXT(text, strlen(text), "2 bytes");
}

static void eight_bytes_are_shown_and_more_are_counted(void) {
    begin("aaaaaaaa", 8);
    dissector_bytes(&d, 8, "bytes");
    expect_last("|aaaaaaaa|");
    begin("aaaaaaaaa", 9);
    dissector_bytes(&d, 9, "bytes");
    expect_last("9 bytes");
}

static void a_text_has_the_quotes_that_it_does_not_contain(void) {
    begin("GET", 3);
    dissector_text(&d, 3, "text");
    expect_last("\"GET\"");
    begin("\"a\"", 3);
    dissector_text(&d, 3, "text");
    expect_last("'\"a\"'");
}

static void a_text_of_more_than_48_characters_is_shortened(void) {
    char bytes[49], expected[60] = "\"";
    memset(bytes, 'a', 49);
    memset(expected + 1, 'a', 48);
    begin(bytes, 48);
    dissector_text(&d, 48, "text");
    memcpy(expected + 49, "\"", 2);
    expect_last(expected);
    begin(bytes, 49);
    dissector_text(&d, 49, "text");
    memcpy(expected + 49, "\"...", 5);
    expect_last(expected);
}

/* A terminal obeys what is below space, and DEL. */
static void only_printable_ascii_is_shown(void) {
    char text[9];
    struct span bytes = span_from(" ~\x1f\x7f\x80\xff\n");
    explain_show_ascii(text, bytes, 8);
    UNIT_TEXT(text, strlen(text), " ~.....");
    explain_show_ascii(text, bytes, 2);
    UNIT_TEXT(text, strlen(text), " ~");
    explain_show_ascii(text, bytes, 0);
    UNIT_TEXT(text, strlen(text), "");
}

UNIT_MAIN("packets/explain_show",
          UNIT_TEST(a_number_is_decimal_or_has_a_digit_for_four_bits),
          UNIT_TEST(zeros_are_written), UNIT_TEST(words_come_after_the_value),
          UNIT_TEST(a_header_has_only_words),
          UNIT_TEST(eight_bytes_are_shown_and_more_are_counted),
          UNIT_TEST(a_text_has_the_quotes_that_it_does_not_contain),
          UNIT_TEST(a_text_of_more_than_48_characters_is_shortened),
          UNIT_TEST(only_printable_ascii_is_shown), UNIT_TEST(explain_end))
