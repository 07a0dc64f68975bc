/* dissector_test.c: packets/dissector.h */
#include "packets/explain_unit.h"

static void begin(const char *bytes, size_t n) {
    explain_begin(bytes, n, EXPLAIN_PHYSICAL);
}

static void expect(size_t i, const char *name, uint32_t bit, uint32_t bits,
                   uint64_t number, const char *words) {
    if (i >= explain_count(&e)) {
        UNIT_INT(explain_count(&e), i + 1);
        return;
    }
    const struct explain_field *f = explain_field(&e, i);
    UNIT_TEXT(f->name, strlen(f->name), name);
    UNIT_INT(f->bit, bit);
    UNIT_INT(f->bits, bits);
    UNIT_INT(f->number, number);
    UNIT_TEXT(explain_words(&e, f, words_text),
              strlen(explain_words(&e, f, words_text)), words);
}

static void finish(size_t count) {
    explain_finish();
    UNIT_INT(explain_count(&e), count);
}

static void reads_bits_from_the_most_significant_one(void) {
    begin("\x45\x92\x34\xff\x01\x02\x03\x04\x05\x06\x07\x08\x09", 13);
    UNIT_INT(dissector_number(&d, 4, "a"), 4);
    UNIT_INT(dissector_number(&d, 1, "b"), 0);
    UNIT_INT(dissector_hex(&d, 18, "c"), 0x2c91a); /* 101 10010010 0011010 */
    UNIT_INT(dissector_number(&d, 1, "d"), 0);
    UNIT_INT(dissector_number(&d, 8, "e"), 255);
    UNIT_INT((int64_t)dissector_hex(&d, 64, "f"), 0x102030405060708);
    UNIT_INT(dissector_number(&d, 7, "g"), 4);
    UNIT_INT(dissector_number(&d, 1, "h"), 1);
    UNIT_INT(dissector_left(&d).len, 0);
    finish(8);
    expect(0, "a", 0, 4, 4, "");
    expect(2, "c", 5, 18, 0x2c91a, "");
    expect(5, "f", 32, 64, 0x102030405060708, "");
    UNIT_INT(explain_field(&e, 1)->kind, EXPLAIN_NUMBER);
    UNIT_INT(explain_field(&e, 2)->kind, EXPLAIN_HEX);
    UNIT_INT(explain_bytes(&e, explain_field(&e, 2)).len, 3);
    UNIT_TRUE(explain_bytes(&e, explain_field(&e, 2)).data == input);
}

/* Numbers of 1 to 64 bits, from each bit of a byte on. */
static void reads_numbers_at_every_place(void) {
    static const uint8_t bytes[] = {0x9b, 0x36, 0xc5, 0x71, 0xe8,
                                    0x4f, 0xa2, 0x1d, 0xd3, 0x5a};
    for (unsigned first = 0; first < 16; first++)
        for (unsigned n = 1; n <= 64; n++) {
            uint64_t expected = 0;
            for (unsigned i = first; i < first + n; i++)
                expected = expected << 1 | (bytes[i / 8] >> (7 - i % 8) & 1);
            begin((const char *)bytes, sizeof bytes);
            if (first > 0) dissector_number(&d, first, "before");
            UNIT_TRUE(dissector_number(&d, n, "n") == expected);
            UNIT_TRUE(dissector_finish(&d));
        }
}

static void a_header_is_as_long_as_its_fields(void) {
    begin("abcdef", 6);
    dissector_enter(&d, EXPLAIN_LINK, "outer", "1");
    dissector_number(&d, 8, "a");
    dissector_enter(&d, EXPLAIN_TRANSPORT, "inner", "2");
    UNIT_INT(dissector_bytes(&d, 2, "b").len, 2);
    UNIT_INT(dissector_bytes(&d, 0, "nothing").len, 0);
    dissector_leave(&d);
    dissector_notef(&d, "of %d bytes", 2);
    dissector_text(&d, 1, "c");
    dissector_leave(&d);
    dissector_cite(&d, "1.1");
    finish(6);
    expect(0, "outer", 0, 32, 0, "");
    expect(2, "inner", 8, 16, 0, "of 2 bytes");
    expect(4, "c", 24, 8, 0, "");
    expect(5, "rest", 32, 16, 0, "");
    static const int depths[] = {0, 1, 1, 2, 1, 0};
    static const char *const sections[] = {"1.1", "1", "2", "2", "1", ""};
    static const int layers[] = {2, 2, 4, 4, 2, 1};
    for (size_t i = 0; i < 6; i++) {
        const struct explain_field *f = explain_field(&e, i);
        UNIT_INT(f->depth, depths[i]);
        UNIT_TEXT(f->section, strlen(f->section), sections[i]);
        UNIT_INT(f->layer, layers[i]);
        UNIT_FALSE(f->is_wrong || f->is_cut || f->is_derived);
    }
    UNIT_INT(explain_field(&e, 3)->kind, EXPLAIN_BYTES);
    UNIT_INT(explain_field(&e, 4)->kind, EXPLAIN_TEXT);
}

static void keeps_words_printable_and_marks_what_is_wrong(void) {
    char text[300];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    begin("abc", 3);
    dissector_notef(&d, "nothing was read yet");
    dissector_wrong(&d, "1", "nothing was read yet");
    dissector_cite(&d, "1");
    dissector_number(&d, 8, "a");
    dissector_notef(&d, "%s", "\x1b[2J \xc2\x9b~\x7f");
    dissector_wrong(&d, "RFC 1", "not %d", 7);
    dissector_wrong(&d, "RFC 2", "not 8");
    dissector_number(&d, 8, "b");
    dissector_notef(&d, "%s", text);
    dissector_notef(&d, "more");
    dissector_number(&d, 8, "c");
    finish(3);
    expect(0, "a", 0, 8, 'a', ".[2J ..~., not 7, not 8");
    UNIT_TRUE(explain_field(&e, 0)->is_wrong);
    UNIT_INT(strcmp(explain_field(&e, 0)->section, "RFC 2"), 0);
    UNIT_INT(e.wrong_count, 1);
    UNIT_INT(strlen(explain_words(&e, explain_field(&e, 1), words_text)), 199);
    expect(2, "c", 16, 8, 'c', "");
}

/* --- inputs that end too early --- */

static void names_the_field_that_is_cut(void) {
    begin("\x12\x34\x56", 3);
    dissector_enter(&d, EXPLAIN_LINK, "h", "1");
    dissector_hex(&d, 16, "a");
    UNIT_INT(dissector_hex(&d, 32, "b"), 0);
    dissector_notef(&d, "zero");
    dissector_wrong(&d, "1", "zero");
    UNIT_INT(dissector_hex(&d, 8, "c"), 0);
    UNIT_INT(dissector_bytes(&d, 8, "d").len, 0);
    dissector_enter(&d, EXPLAIN_LINK, "i", "1");
    UNIT_INT(dissector_number(&d, 1, "e"), 0);
    dissector_leave(&d);
    dissector_leave(&d);
    dissector_notef(&d, "h");
    finish(3);
    expect(0, "h", 0, 24, 0, "");
    expect(2, "b", 16, 8, 0x56, "cut: 1 of 4 bytes are here");
    UNIT_TRUE(explain_field(&e, 2)->is_cut);
    UNIT_FALSE(explain_field(&e, 2)->is_wrong);
    UNIT_INT(e.cut_count, 1);
    UNIT_INT(e.wrong_count, 0);
}

static void names_a_field_of_which_nothing_is_left(void) {
    begin("a", 1);
    dissector_number(&d, 4, "a");
    UNIT_INT(dissector_number(&d, 6, "b"), 0);
    finish(2);
    expect(1, "b", 4, 4, 1, "cut: 4 of 6 bits are here");
    begin("", 0);
    dissector_number(&d, 8, "a");
    finish(1);
    expect(0, "a", 0, 0, 0, "cut: 0 of 1 bytes are here");
    UNIT_INT(explain_bytes(&e, explain_field(&e, 0)).len, 0);
    begin("", 0);
    dissector_text(&d, 2, "a");
    finish(1);
    begin("", 0);
    finish(0);
}

/* Bytes are counted only if the field begins and would end at a whole one. */
static void a_cut_inside_a_byte_is_counted_in_bits(void) {
    begin("a", 1);
    dissector_number(&d, 4, "a");
    UNIT_INT(dissector_number(&d, 8, "b"), 0);
    finish(2);
    expect(1, "b", 4, 4, 1, "cut: 4 of 8 bits are here");
    begin("a", 1);
    UNIT_INT(dissector_number(&d, 12, "a"), 0);
    finish(1);
    expect(0, "a", 0, 8, 'a', "cut: 8 of 12 bits are here");
}

/* --- less of the input, and other bytes --- */

static void a_narrow_scope_hides_the_bytes_after_it(void) {
    begin("abcdef", 6);
    dissector_narrow(&d, EXPLAIN_SESSION, 4, "pad");
    dissector_narrow(&d, EXPLAIN_SESSION, 2, "options");
    UNIT_INT(dissector_left(&d).len, 2);
    dissector_number(&d, 3, "x");
    dissector_leave(&d);
    dissector_narrow(&d, EXPLAIN_SESSION, 1, "all read");
    UNIT_INT(dissector_number(&d, 16, "y"), 0);
    UNIT_INT(dissector_number(&d, 16, "z"), 0);
    dissector_leave(&d);
    dissector_bytes(&d, 1, "d"); /* the cut is over */
    dissector_leave(&d);
    UNIT_INT(dissector_left(&d).len, 2);
    dissector_narrow(&d, EXPLAIN_SESSION, 0, "empty");
    dissector_leave(&d);
    finish(6);
    expect(0, "x", 0, 3, 3, "");
    UNIT_INT(explain_field(&e, 2)->layer, EXPLAIN_SESSION);
    UNIT_INT(explain_field(&e, 5)->layer, EXPLAIN_PHYSICAL);
    expect(1, "options", 3, 5, 1, "");
    expect(2, "options", 8, 8, 0, "");
    expect(3, "y", 16, 8, 'c', "cut: 1 of 2 bytes are here");
    expect(4, "d", 24, 8, 0, "");
    expect(5, "rest", 32, 16, 0, "");
}

static void says_how_much_of_a_scope_is_missing(void) {
    begin("abcd", 4);
    dissector_narrow(&d, EXPLAIN_SESSION, 10, "data");
    dissector_bytes(&d, 1, "a");
    finish(2);
    expect(1, "data", 8, 24, 0, "cut: 3 of 9 bytes are here");
    begin("abcd", 4);
    dissector_narrow(&d, EXPLAIN_SESSION, 5, "outer");
    dissector_narrow(&d, EXPLAIN_SESSION, 1 << 30, "data");
    dissector_bytes(&d, 4, "a");
    finish(2);
    expect(1, "data", 32, 0, 0, "cut: 0 of 1073741820 bytes are here");
    UNIT_INT(e.cut_count, 1);
    begin("abcd", 4);
    dissector_narrow(&d, EXPLAIN_SESSION, 4, "data");
    dissector_bytes(&d, 4, "a");
    finish(1);
    UNIT_INT(e.cut_count, 0);
}

/* Enters the upper-case letters that the last field stands for. */
static void derive_upper(size_t n) {
    struct span source;
    uint8_t *to = dissector_derive(&d, n, "upper", &source);
    UNIT_TRUE(to != NULL);
    for (size_t i = 0; to && i < n; i++)
        to[i] = (uint8_t)(source.data[i] - 'a' + 'A');
}

static void explains_derived_bytes(void) {
    struct span source;
    begin("abcdefg", 7);
    UNIT_TRUE(dissector_derive(&d, 1, "no field yet", &source) == NULL);
    dissector_enter(&d, EXPLAIN_LINK, "h", "1");
    dissector_bytes(&d, 3, "abc");
    derive_upper(3);
    UNIT_INT(dissector_number(&d, 8, "A"), 'A');
    UNIT_TEXT(dissector_left(&d).data, 2, "BC");
    dissector_leave(&d);
    UNIT_INT(dissector_number(&d, 8, "d"), 'd');
    dissector_leave(&d);
    dissector_bytes(&d, 2, "ef");
    derive_upper(2);
    UNIT_INT(dissector_number(&d, 24, "cut"), 0);
    dissector_leave(&d);
    UNIT_INT(dissector_number(&d, 8, "g"), 'g');
    finish(10);
    expect(0, "h", 0, 32, 0, "");
    expect(2, "upper", 0, 24, 0, "");
    expect(3, "A", 0, 8, 'A', "");
    expect(4, "upper", 8, 16, 0, "");
    expect(5, "d", 24, 8, 'd', "");
    expect(7, "upper", 24, 16, 0, "");
    expect(8, "cut", 24, 16, 0x4546, "cut: 2 of 3 bytes are here");
    UNIT_TRUE(explain_field(&e, 3)->is_derived);
    UNIT_INT(explain_field(&e, 3)->depth, 2);
    UNIT_FALSE(explain_field(&e, 5)->is_derived);
    UNIT_TEXT(explain_bytes(&e, explain_field(&e, 7)).data, 2, "EF");
}

/* Both end at bit 16, but the cut is only in the derived bytes. */
static void a_cut_of_derived_bytes_is_not_one_of_the_input(void) {
    begin("ab", 2);
    dissector_bytes(&d, 1, "a");
    struct span source;
    memset(dissector_derive(&d, 2, "two", &source), 'A', 2);
    UNIT_INT(dissector_number(&d, 24, "cut"), 0);
    dissector_leave(&d);
    UNIT_INT(dissector_number(&d, 8, "b"), 'b');
    finish(4);
}

static void derives_from_derived_bytes(void) {
    struct span source;
    begin("ab", 2);
    dissector_bytes(&d, 2, "ab");
    derive_upper(2);
    dissector_bytes(&d, 1, "A");
    uint8_t *to = dissector_derive(&d, 100, "hundred", &source);
    UNIT_TRUE(to != NULL);
    UNIT_INT(source.len, 1);
    memset(to, source.data[0], 100);
    UNIT_INT(dissector_number(&d, 8, "first"), 'A');
    dissector_leave(&d);
    UNIT_INT(dissector_number(&d, 8, "B"), 'B');
    finish(7);
    expect(3, "hundred", 16, 800, 0, "");
    expect(5, "hundred", 24, 792, 0, "");
    expect(6, "B", 8, 8, 'B', "");
}

/* --- memory --- */

/* Fields have 48 bytes, notes 24, and texts a zero byte. */
static void says_when_memory_was_used_up(void) {
    static uint8_t bytes[64];
    static const char text[] = "a text of forty characters, no more of it";
    static const size_t least[] = {15 * 48, 50 * 24, 30 * sizeof text};
    for (size_t max = 1; max < 3 * 1300; max++) {
        struct explain small;
        struct span source;
        explain_init(&small, max / 3);
        dissector_begin(&d, &small, (struct span){bytes, 64}, EXPLAIN_PHYSICAL,
                        "rest");
        dissector_enter(&d, EXPLAIN_LINK, "h", "1");
        for (int i = 0; i < 10; i++) dissector_number(&d, 8, "n");
        for (int i = 0; i < 50 && max % 3 == 1; i++) dissector_note(&d, "x");
        for (int i = 0; i < 30 && max % 3 == 2; i++)
            dissector_notef(&d, "%s", text);
        dissector_bytes(&d, 40, "b");
        uint8_t *to = dissector_derive(&d, 40, "b", &source);
        if (to) memset(to, 1, 40);
        if (to) dissector_leave(&d);
        dissector_leave(&d);
        bool is_complete = dissector_finish(&d);
        UNIT_TRUE(!is_complete || explain_is_complete(&small));
        UNIT_INT(is_complete, max / 3 >= least[max % 3]);
        explain_free(&small);
    }
}

/* A number comes before its words, an address before all others. */
static void makes_a_text_of_notes(void) {
    begin("\x0a\x00\x00\x01\x02\x00\x00\x00\x00\x07", 10);
    UNIT_INT(dissector_address(&d, 4, "a").len, 4);
    dissector_note(&d, "a host");
    dissector_address(&d, 6, "b");
    dissector_address(&d, 16, "c");
    dissector_note(&d, "it is cut");
    finish(3);
    expect(0, "a", 0, 32, 0, "10.0.0.1, a host");
    expect(1, "b", 32, 48, 0, "02:00:00:00:00:07");
    expect(2, "c", 80, 0, 0, "cut: 0 of 16 bytes are here");
    begin("ab", 2);
    dissector_number(&d, 8, "a");
    dissector_count(&d, 0, "bytes");
    dissector_number(&d, 8, "b");
    dissector_count(&d, UINT32_MAX, "bytes");
    dissector_note(&d, "more");
    dissector_notef(&d, "%s", "most");
    finish(2);
    expect(0, "a", 0, 8, 'a', "0 bytes");
    expect(1, "b", 8, 8, 'b', "4294967295 bytes, more, most");
}

UNIT_MAIN("packets/dissector",
          UNIT_TEST(reads_bits_from_the_most_significant_one),
          UNIT_TEST(reads_numbers_at_every_place),
          UNIT_TEST(a_header_is_as_long_as_its_fields),
          UNIT_TEST(keeps_words_printable_and_marks_what_is_wrong),
          UNIT_TEST(names_the_field_that_is_cut),
          UNIT_TEST(names_a_field_of_which_nothing_is_left),
          UNIT_TEST(a_cut_inside_a_byte_is_counted_in_bits),
          UNIT_TEST(a_narrow_scope_hides_the_bytes_after_it),
          UNIT_TEST(says_how_much_of_a_scope_is_missing),
          UNIT_TEST(explains_derived_bytes),
          UNIT_TEST(a_cut_of_derived_bytes_is_not_one_of_the_input),
          UNIT_TEST(derives_from_derived_bytes),
          UNIT_TEST(says_when_memory_was_used_up),
          UNIT_TEST(makes_a_text_of_notes), UNIT_TEST(explain_end))
