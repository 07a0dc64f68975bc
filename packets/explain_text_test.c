/* explain_text_test.c: packets/explain_text.h */
#include "packets/dissector.h"
#include "packets/explain_text.h"
#include "packets/unit.h"

static const char input[] = "\x45\x01\x23\xa8\x8f\xff" /* numbers */
                            "GET\x1b"
                            "0123456789abcdefg\xc3\xa9"
                            "\x7f\x00\x00\x01"
                            "kl";
static struct explain e;

/* One field of each kind and size. */
static void explain(void) {
    struct dissector d;
    struct span source;
    explain_init(&e, 1 << 16);
    dissector_begin(
        &d, &e, (struct span){(uint8_t *)(uintptr_t)input, sizeof input - 1},
        EXPLAIN_APPLICATION, "rest");
    dissector_enter(&d, EXPLAIN_NETWORK, "Header", "RFC 1 §2");
    dissector_number(&d, 4, "Nibble");
    dissector_number(&d, 16, "Nibbles");
    dissector_number(&d, 4, "Half");
    dissector_hex(&d, 1, "Bit");
    dissector_hex(&d, 13, "Bits");
    dissector_wrong(&d, "RFC 1 §3", "wrong");
    dissector_hex(&d, 10, "More Bits");
    dissector_enter(&d, EXPLAIN_NETWORK, "Option", "RFC 1 §2");
    dissector_text(&d, 4, "Method");
    dissector_leave(&d);
    dissector_notef(&d, "inner");
    dissector_leave(&d);
    dissector_notef(&d, "20 bytes");
    dissector_text(&d, 19, "Text");
    dissector_bytes(&d, 4, "Address");
    dissector_notef(&d, "127.0.0.1");
    memset(dissector_derive(&d, 2, "unmasked", &source), 'x', 2);
    dissector_number(&d, 8, "x");
    dissector_leave(&d);
    dissector_narrow(&d, EXPLAIN_TRANSPORT, 9, "data");
    dissector_leave(&d);
    UNIT_TRUE(dissector_finish(&d));
    UNIT_TRUE(explain_is_complete(&e));
}

static void expect(struct explain_text_options options, const char *expected) {
    struct buf out = {.max = 8000};
    explain();
    UNIT_TRUE(explain_text_write(&out, &e, &options));
    UNIT_TEXT(out.bytes, out.end, expected);
    if (out.end != strlen(expected) ||
        memcmp(out.bytes, expected, out.end) != 0)
        printf("%.*s", (int)out.end, (char *)out.bytes);
    buf_free(&out);
    explain_free(&e);
}

static void has_a_row_for_each_field(void) {
    expect(
        (struct explain_text_options){.has_dump = true},
        "Header, 10 bytes: layer 3 network (internet), RFC 1 §2\n"
        "         20 bytes\n"
        "  0000  4.                       Nibble                    4\n"
        "  0000  .5 01 2.                 Nibbles                   20498\n"
        "  0002  .3                       Half                      3\n"
        "  0003  1... ....                Bit                       0x1\n"
        "! 0003  .010 1000 1000 11..      Bits                      0x0a23, "
        "wrong [RFC 1 §3]\n"
        "  0004  .... ..11 1111 1111      More Bits                 0x3ff\n"
        "                                Option, 4 bytes: inner\n"
        "  0006  47 45 54 1b                Method                  \"GET.\"\n"
        "  000a                           Text                      "
        "\"0123456789abcdefg..\"\n"
        "  000a  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  "
        "|0123456789abcdef|\n"
        "  001a  67 c3 a9                                         |g..|\n"
        "  001d  7f 00 00 01              Address                   127.0.0.1\n"
        "unmasked, 2 bytes: layer 7 application (application)\n"
        " +0000  78                       x                         120\n"
        " +0001  78                       unmasked                  |x|\n"
        "~ 0021  6b 6c                    data                      |kl|, cut: "
        "2 "
        "of 9 bytes are here\n");
}

static void shows_one_layer_without_dumps(void) {
    expect(
        (struct explain_text_options){.layer = EXPLAIN_APPLICATION},
        "  000a                           Text                      "
        "\"0123456789abcdefg..\"\n"
        "  001d  7f 00 00 01              Address                   127.0.0.1\n"
        "unmasked, 2 bytes: layer 7 application (application)\n"
        " +0000  78                       x                         120\n"
        " +0001  78                       unmasked                  |x|\n");
}

static void colours_the_bytes_by_layer(void) {
    expect((struct explain_text_options){.layer = EXPLAIN_TRANSPORT,
                                         .has_colour = true},
           "~ 0021  \x1b[33m6b 6c                  \x1b[0m  data              "
           "        |kl|, cut: 2 of 9 bytes are here\n");
    struct buf out = {.max = 8000};
    explain();
    struct explain_text_options all = {.has_colour = true, .has_dump = true};
    UNIT_TRUE(explain_text_write(&out, &e, &all));
    buf_append(&out, "", 1);
    const char *text = (char *)out.bytes;
    UNIT_TRUE(strstr(text, "\x1b[32mHeader\x1b[0m, 10 bytes") != NULL);
    UNIT_TRUE(strstr(text, "\x1b[31m  Bits") != NULL);
    UNIT_TRUE(strstr(text, "[RFC 1 §3]\x1b[0m\n") != NULL);
    UNIT_TRUE(strstr(text, "\x1b[34m67 c3 a9") != NULL);
    UNIT_TRUE(strstr(text, "\x1b[0m  |g..|\n") != NULL);
    buf_free(&out);
    explain_free(&e);
}

/* ECMA-48 §8.3.117: 31 is red, which marks what is wrong; 30 and 37 are black
 * and white, one of which is the background. */
static void adjacent_layers_have_different_colours(void) {
    long before[3] = {0}; /* of the last layers */
    for (int layer = EXPLAIN_PHYSICAL; layer <= EXPLAIN_APPLICATION; layer++) {
        struct dissector d;
        struct buf out = {.max = 8000};
        struct explain_text_options o = {.has_colour = true};
        explain_init(&e, 1 << 16);
        dissector_begin(&d, &e, (struct span){(uint8_t *)(uintptr_t)input, 1},
                        (enum explain_layer)layer, "rest");
        UNIT_TRUE(dissector_finish(&d));
        UNIT_TRUE(explain_text_write(&out, &e, &o));
        buf_append(&out, "", 1);
        const char *colour = strstr((char *)out.bytes, "\x1b[");
        long number = colour ? strtol(colour + 2, NULL, 10) : 0;
        UNIT_TRUE(number >= 32 && number <= 36);
        for (int i = 0; i < 3; i++) UNIT_TRUE(number != before[i]);
        before[layer % 3] = number;
        buf_free(&out);
        explain_free(&e);
    }
}

/* An offset has four digits, and more from 10000 on. */
static void an_offset_has_the_digits_that_it_needs(void) {
    static uint8_t bytes[0x10002];
    struct dissector d;
    struct buf out = {.max = 8000};
    explain_init(&e, 1 << 16);
    dissector_begin(&d, &e, (struct span){bytes, sizeof bytes},
                    EXPLAIN_APPLICATION, "rest");
    dissector_bytes(&d, 0xffff, "a");
    dissector_bytes(&d, 1, "b");
    dissector_bytes(&d, 1, "c");
    UNIT_TRUE(dissector_finish(&d));
    struct explain_text_options o = {.layer = 0};
    UNIT_TRUE(explain_text_write(&out, &e, &o));
    buf_append(&out, "", 1);
    const char *text = (char *)out.bytes;
    UNIT_TRUE(strstr(text, "\n  ffff  00 ") != NULL);
    UNIT_TRUE(strstr(text, "\n  10000  00 ") != NULL);
    UNIT_TRUE(strstr(text, "\n  10001  00 ") != NULL);
    buf_free(&out);
    explain_free(&e);
}

static void bits_of_other_fields_are_dots(void) {
    static uint8_t bytes[] = {0xff, 0x80};
    struct dissector d;
    struct buf out = {.max = 8000};
    explain_init(&e, 1 << 16);
    dissector_begin(&d, &e, (struct span){bytes, 2}, EXPLAIN_APPLICATION, "");
    dissector_number(&d, 1, "a");
    dissector_number(&d, 8, "b");
    dissector_number(&d, 7, "c");
    UNIT_TRUE(dissector_finish(&d));
    struct explain_text_options o = {.layer = 0};
    UNIT_TRUE(explain_text_write(&out, &e, &o));
    buf_append(&out, "", 1);
    const char *text = (char *)out.bytes;
    UNIT_TRUE(strstr(text, "  0000  1... ....                a ") != NULL);
    UNIT_TRUE(strstr(text, "  0000  .111 1111 1... ....      b ") != NULL);
    UNIT_TRUE(strstr(text, "  0001  .000 0000                c ") != NULL);
    buf_free(&out);
    explain_free(&e);
}

static void a_dump_has_a_row_for_16_bytes(void) {
    for (size_t n = 15; n <= 33; n++) {
        struct dissector d;
        struct buf out = {.max = 8000};
        struct explain_text_options o = {.has_dump = true};
        size_t rows = 0;
        explain_init(&e, 1 << 16);
        dissector_begin(&d, &e, (struct span){(uint8_t *)(uintptr_t)input, n},
                        EXPLAIN_APPLICATION, "rest");
        UNIT_TRUE(dissector_finish(&d));
        UNIT_TRUE(explain_text_write(&out, &e, &o));
        for (uint32_t i = 0; i < out.end; i++) rows += out.bytes[i] == '\n';
        UNIT_INT(rows, 1 + (n + 15) / 16);
        buf_free(&out);
        explain_free(&e);
    }
}

/* Also layer 1, of the header that is the first one. */
static void names_the_layer_of_the_outermost_header(void) {
    struct dissector d;
    struct buf out = {.max = 8000};
    explain_init(&e, 1 << 16);
    dissector_begin(&d, &e, (struct span){(uint8_t *)(uintptr_t)input, 1},
                    EXPLAIN_PHYSICAL, "rest");
    dissector_enter(&d, EXPLAIN_PHYSICAL, "H", "");
    dissector_number(&d, 8, "n");
    dissector_leave(&d);
    UNIT_TRUE(dissector_finish(&d));
    struct explain_text_options o = {.layer = 0};
    UNIT_TRUE(explain_text_write(&out, &e, &o));
    const char *expected = "H, 1 byte: layer 1 physical (link)\n";
    UNIT_TEXT(out.bytes, strlen(expected), expected);
    buf_free(&out);
    explain_free(&e);
}

static void says_when_there_is_no_space(void) {
    explain();
    for (uint32_t max = 1; max < 900; max += 50) {
        struct buf out;
        buf_init(&out, max);
        struct explain_text_options options = {.layer = 0};
        UNIT_FALSE(explain_text_write(&out, &e, &options));
        buf_free(&out);
    }
    explain_free(&e);
}

UNIT_MAIN("packets/explain_text", UNIT_TEST(has_a_row_for_each_field),
          UNIT_TEST(shows_one_layer_without_dumps),
          UNIT_TEST(colours_the_bytes_by_layer),
          UNIT_TEST(adjacent_layers_have_different_colours),
          UNIT_TEST(an_offset_has_the_digits_that_it_needs),
          UNIT_TEST(bits_of_other_fields_are_dots),
          UNIT_TEST(a_dump_has_a_row_for_16_bytes),
          UNIT_TEST(names_the_layer_of_the_outermost_header),
          UNIT_TEST(says_when_there_is_no_space))
