/* explain_websocket_test.c: websocket/explain_websocket.h against RFC 6455 */
#include "packets/unit.h"
#include "websocket/explain_websocket.h"

static char words_text[EXPLAIN_WORDS_MAX];
static struct explain e;
static uint8_t *input; /* an exact copy */

static void explain(const char *bytes, size_t n) {
    struct dissector d;
    struct explain_websocket f;
    free(input);
    input = unit_exact(bytes, n);
    explain_free(&e);
    explain_init(&e, 1 << 20);
    dissector_begin(&d, &e, (struct span){input, n}, EXPLAIN_APPLICATION,
                    "data");
    while (explain_websocket(&d, &f)) {
        explain_websocket_payload(&d, &f);
        dissector_leave(&d);
    }
    UNIT_TRUE(dissector_finish(&d));
    UNIT_TRUE(explain_is_complete(&e));
}

static void expect(size_t i, const char *name, uint64_t number,
                   const char *words, const char *bytes) {
    UNIT_TRUE(i < explain_count(&e));
    if (i >= explain_count(&e)) return;
    const struct explain_field *f = explain_field(&e, i);
    struct span got = explain_bytes(&e, f);
    UNIT_TEXT(f->name, strlen(f->name), name);
    UNIT_INT(f->number, number);
    UNIT_TEXT(explain_words(&e, f, words_text),
              strlen(explain_words(&e, f, words_text)), words);
    if (bytes) UNIT_TEXT(got.data, got.len, bytes);
}

/* RFC 6455 §5.7: "Hello", masked and not. */
static void shows_a_masked_payload_as_sent_and_unmasked(void) {
    explain("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
            "\x81\x05Hello",
            18);
    UNIT_INT(explain_count(&e), 12 + 9);
    expect(0, "WebSocket", 0, "", NULL);
    expect(1, "FIN", 1, "the last frame of a message", NULL);
    expect(5, "opcode", 1, "text", NULL);
    expect(6, "MASK", 1, "from a client", NULL);
    expect(7, "Payload len", 5, "", NULL);
    expect(8, "Masking-key", 0, "", "\x37\xfa\x21\x3d");
    expect(9, "Payload data, masked", 0, "", "\x7f\x9f\x4d\x51\x58");
    expect(10, "Payload data, unmasked", 0, "", "Hello");
    expect(11, "Text", 0, "", "Hello");
    UNIT_TRUE(explain_field(&e, 11)->is_derived);
    expect(18, "MASK", 0, "from a server", NULL);
    expect(20, "Text", 0, "", "Hello");
    UNIT_FALSE(explain_field(&e, 20)->is_derived);
    UNIT_INT(e.wrong_count + e.cut_count, 0);
}

static void explains_control_frames(void) {
    explain("\x88\x05\x03\xe8"
            "bye\x89\x02hi\x8a\x00\x88\x00",
            15);
    expect(5, "opcode", 8, "close", NULL);
    expect(8, "Status code", 1000, "", NULL);
    expect(9, "Reason", 0, "", "bye");
    expect(15, "opcode", 9, "ping", NULL);
    expect(18, "Payload data", 0, "", "hi");
    expect(24, "opcode", 10, "pong", NULL);
    UNIT_INT(explain_count(&e), 10 + 9 + 8 + 8);
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    explain("\x88\x01\x03", 3);
    expect(8, "Status code", 3, "cut: 1 of 2 bytes are here", NULL);
}

/* RFC 6455 §5.5.1: the body of a close frame is defined there. */
static void cites_where_a_field_is_defined(void) {
    static const struct {
        size_t field;
        const char *section;
    } cases[] = {
        {7, "RFC 6455 §5.2"}, {8, "RFC 6455 §5.5.1"}, {9, "RFC 6455 §5.5.1"}};
    explain("\x88\x05\x03\xe8"
            "bye",
            7);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *section = explain_field(&e, cases[i].field)->section;
        UNIT_TEXT(section, strlen(section), cases[i].section);
    }
    explain("\x81\x81\1\2\3\4x", 7);
    const struct explain_field *masked = explain_field(&e, 9);
    UNIT_TEXT(masked->name, strlen(masked->name), "Payload data, masked");
    UNIT_TEXT(masked->section, strlen(masked->section), "RFC 6455 §5.3");
}

/* A masked payload of no bytes ends before the next frame, one of one byte is
 * unmasked, too. */
static void short_payloads_end_where_they_should(void) {
    explain("\x89\x80\1\2\3\4\x81\x01x", 9);
    UNIT_INT(explain_count(&e), 9 + 9);
    expect(17, "Text", 0, "", "x");
    explain("\x81\x81\1\2\3\4\x79", 7);
    expect(11, "Text", 0, "", "x");
    explain("\x88\x03\x03\xe8x", 5);
    expect(9, "Reason", 0, "", "x");
    UNIT_INT(e.wrong_count + e.cut_count, 0);
}

/* The longest control frame, the shortest frame with 64 bits of length, and one
 * that no input has. */
static void lengths_have_their_limits(void) {
    explain("\x89\x7d", 2);
    UNIT_INT(e.wrong_count, 0);
    explain("\x81\x7f\0\0\0\0\0\1\0\0", 10);
    expect(8, "Extended payload length", 0x10000, "", NULL);
    UNIT_INT(e.wrong_count, 0);
    UNIT_INT(e.cut_count, 1);
    explain("\x82\x7f\0\0\0\0\x10\0\0\1x", 11);
    expect(8, "Extended payload length", 0x10000001, "", NULL);
    expect(9, "Payload data", 0, "cut: 1 of 268435456 bytes are here", "x");
    UNIT_INT(e.wrong_count, 0);
}

static void names_the_rule_that_a_frame_breaks(void) {
    static const struct {
        const char *bytes;
        size_t n;
        size_t field;
        const char *words, *section;
    } cases[] = {
        {"\xc1\x00", 2, 2, "0 without an extension", "RFC 6455 §5.2"},
        {"\xa1\x00", 2, 3, "0 without an extension", "RFC 6455 §5.2"},
        {"\x91\x00", 2, 4, "0 without an extension", "RFC 6455 §5.2"},
        {"\x83\x00", 2, 5, "reserved", "RFC 6455 §5.2"},
        {"\x87\x00", 2, 5, "reserved", "RFC 6455 §5.2"},
        {"\x8b\x00", 2, 5, "reserved", "RFC 6455 §5.2"},
        {"\x8f\x00", 2, 5, "reserved", "RFC 6455 §5.2"},
        {"\x09\x00", 2, 5, "ping, a control frame has FIN 1", "RFC 6455 §5.5"},
        {"\x89\x7e", 2, 7, "125 at most in a control frame, the length follows",
         "RFC 6455 §5.5"},
        {"\x81\x7e\x00\x7d", 4, 8, "it fits into fewer bytes", "RFC 6455 §5.2"},
        {"\x81\x7f\x00\x00\x00\x00\x00\x00\xff\xff", 10, 8,
         "it fits into fewer bytes", "RFC 6455 §5.2"},
        {"\x81\x7f\x80\x00\x00\x00\x00\x01\x00\x00", 10, 8,
         "the first bit must be 0", "RFC 6455 §5.2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        explain(cases[i].bytes, cases[i].n);
        const struct explain_field *f = explain_field(&e, cases[i].field);
        const char *words = explain_words(&e, f, words_text);
        UNIT_TEXT(words, strlen(words), cases[i].words);
        UNIT_TEXT(f->section, strlen(f->section), cases[i].section);
        UNIT_TRUE(f->is_wrong);
        UNIT_INT(e.wrong_count, 1);
    }
    static const char *const right[] = {"\x82\x00", "\x80\x00", "\x8a\x00"};
    for (size_t i = 0; i < 3; i++) {
        explain(right[i], 2);
        UNIT_INT(e.wrong_count + e.cut_count, 0);
    }
}

static void every_prefix_names_its_cut(void) {
    static const char all[] = "\x81\xfe\x00\x7e\x01\x02\x03\x04";
    char bytes[8 + 126];
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes, all, 8);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        explain(bytes, n);
        UNIT_INT(e.cut_count > 0, n > 0 && n < sizeof bytes);
        UNIT_INT(e.wrong_count, 0);
    }
    explain(bytes, 8 + 60);
    expect(10, "Payload data, masked", 0, "cut: 60 of 126 bytes are here",
           NULL);
    UNIT_INT(explain_field(&e, 12)->bits, 480); /* what is here, unmasked */
    UNIT_INT(explain_bytes(&e, explain_field(&e, 12)).data[0], 'x' ^ 1);
}

static void frees_its_memory(void) {
    explain_free(&e);
    free(input);
    input = NULL;
    UNIT_INT(explain_count(&e), 0);
}

UNIT_MAIN("websocket/explain_websocket",
          UNIT_TEST(shows_a_masked_payload_as_sent_and_unmasked),
          UNIT_TEST(explains_control_frames),
          UNIT_TEST(cites_where_a_field_is_defined),
          UNIT_TEST(short_payloads_end_where_they_should),
          UNIT_TEST(lengths_have_their_limits),
          UNIT_TEST(names_the_rule_that_a_frame_breaks),
          UNIT_TEST(every_prefix_names_its_cut), UNIT_TEST(frees_its_memory))
