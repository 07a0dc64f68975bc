/* json_string_test.c: the strings of socketio/json.h against RFC 8259 §7, §8 */
#include "packets/unit.h"
#include "socketio/json.h"

#define PART(span, expected) UNIT_TEXT((span).data, (span).len, expected)

static bool equal(const char *raw, const char *text) {
    uint8_t *exact = unit_exact(raw, strlen(raw));
    bool got = json_string_equal((struct span){exact, strlen(raw)}, text);
    free(exact);
    return got;
}

/* RFC 8259 §8.3: "a\\b" and "a\u005Cb" are equal. */
static void strings_are_equal_if_their_characters_are(void) {
    static const struct {
        const char *raw, *text;
    } equals[] = {
        {"a\\\\b", "a\\b"},
        {"a\\u005Cb", "a\\b"},
        {"", ""},
        {"message", "message"},
        {"\\u006dessage", "message"},
        {"messag\\u0065", "message"},
        {"\\u006D\\u0065\\u0073\\u0073\\u0061\\u0067\\u0065", "message"},
        {"\\\"\\/\\b\\f\\n\\r\\t", "\"/\b\f\n\r\t"},
        {"caf\\u00e9", "caf\xc3\xa9"},
        {"caf\xc3\xa9\\u0021", "caf\xc3\xa9!"},
        {"\\u007f\\u0080", "\x7f\xc2\x80"},
        {"\\u07fF\\u0800", "\xdf\xbf\xe0\xa0\x80"},
        {"\\ud7ff\\ue000\\uffff", "\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"},
        {"\\uD834\\uDD1E", "\xf0\x9d\x84\x9e"}, /* §7: its G clef */
        {"\\ud800\\udc00", "\xf0\x90\x80\x80"},
        {"\\uDBFF\\uDFFF", "\xf4\x8f\xbf\xbf"},
    };
    for (size_t i = 0; i < sizeof equals / sizeof *equals; i++)
        UNIT_TRUE(equal(equals[i].raw, equals[i].text));
}

/* RFC 8259 §8.2: a surrogate on its own is allowed and has no UTF-8. It counts
 * as three bytes that no UTF-8 text contains. What follows counts as itself. */
static void a_surrogate_on_its_own_is_in_no_text(void) {
    static const struct {
        const char *raw, *bytes;
    } lone[] = {
        {"\\ud834", "\xed\xa0\xb4"},
        {"\\ud834!", "\xed\xa0\xb4!"},
        {"\\ud834\\n\\n\\n", "\xed\xa0\xb4\n\n\n"},
        {"\\ud834xudc00", "\xed\xa0\xb4xudc00"},
        {"\\ud834\\u0041", "\xed\xa0\xb4"
                           "A"},
        {"\\ud834\\udbff", "\xed\xa0\xb4\xed\xaf\xbf"},
        {"\\ud834\\ue000", "\xed\xa0\xb4\xee\x80\x80"},
        {"\\u0041\\udc00", "A\xed\xb0\x80"},
        {"\\ud7ff\\udc00", "\xed\x9f\xbf\xed\xb0\x80"},
        {"\\udc00\\udc00", "\xed\xb0\x80\xed\xb0\x80"},
    };
    for (size_t i = 0; i < sizeof lone / sizeof *lone; i++)
        UNIT_TRUE(equal(lone[i].raw, lone[i].bytes));
}

static void strings_differ_if_one_character_does(void) {
    static const struct {
        const char *raw, *text, *why;
    } differ[] = {
        {"message", "massage", "another character"},
        {"messag", "message", "shorter, no escape"},
        {"messages", "message", "longer, no escape"},
        {"\\u006dessag", "message", "shorter, with an escape"},
        {"\\u006dessages", "message", "longer, with an escape"},
        {"m\\u0065ssagf", "message", "another one after an escape"},
        {"", "a", "nothing"},
        {"a", "", "something"},
        {"\\u0061", "", "an escape is something"},
        {"a\\\\n", "a\n", "the backslash itself is escaped"},
        {"\\\\u0061", "a", "the backslash itself is escaped"},
        {"a\\n", "a\\n", "the text has a backslash, the string a line feed"},
        {"a\\u0000", "a", "U+0000 does not end a string"},
        {"\\u0000", "", "U+0000 is a character"},
        {"\\ud834", "\xf0\x9d\x84\x9e", "a surrogate on its own"},
        {"\\ud834x", "\xf0\x9d\x84\x9e", "a surrogate on its own"},
        {"\\ud834\\n\\ud1e", "\xf0\x9d\x84\x9e", "a surrogate on its own"},
        {"\\ud834\\u0041", "\xf0\x9d\x84\x9e", "no low surrogate follows"},
        {"\\ud834\\ue000", "\xf0\x9d\xa0\x80", "one above the low surrogates"},
        {"\\udc00\\ud800", "\xf0\x90\x80\x80", "in the wrong order"},
        {"\\u00e9", "\xe9", "UTF-8, not Latin-1"},
    };
    for (size_t i = 0; i < sizeof differ / sizeof *differ; i++) {
        const char *why = differ[i].why;
        bool got = equal(differ[i].raw, differ[i].text);
        UNIT_TEXT(why, got ? 0 : strlen(why), why);
    }
}

static void writes_each_byte_so_that_it_reads_as_itself(void) {
    for (unsigned c = 1; c < 0x80; c++) {
        struct buf out = {.max = 100};
        char text[] = {'a', (char)c, 'b', '\0'};
        UNIT_TRUE(json_write_string(&out, span_from(text)));
        UNIT_INT(json_value(buf_view(&out), NULL), out.end);
        UNIT_TRUE(json_string_equal(json_unquote(buf_view(&out)), text));
        buf_free(&out);
    }
}

static void writes_only_the_escapes_that_must_be(void) {
    struct buf out = {.max = 100};
    uint8_t all[] = {'a', '"', '\\', 0, '\n', 0x1f, ' ', 0x7f, 0xc3, 0xa9};
    UNIT_TRUE(json_write_string(&out, (struct span){all, sizeof all}));
    UNIT_TEXT(out.bytes, out.end,
              "\"a\\\"\\\\\\u0000\\u000a\\u001f \x7f\xc3\xa9\"");
    UNIT_TRUE(json_valid(buf_view(&out)));
    buf_free(&out);
}

/* At the limit, at one byte less, and at each step on the way there. */
static void a_full_buffer_keeps_what_it_had(void) {
    for (uint32_t max = 2; max < 10; max++) {
        struct buf out;
        buf_init(&out, max);
        buf_text(&out, "..");
        buf_consume(&out, 1);
        bool fits = json_write_string(&out, span_from("12\"45"));
        UNIT_INT(fits, max >= 9); /* one byte, five, a backslash, two quotes */
        PART(buf_view(&out), fits ? ".\"12\\\"45\"" : ".");
        buf_free(&out);
    }
}

UNIT_MAIN("socketio/json_string",
          UNIT_TEST(strings_are_equal_if_their_characters_are),
          UNIT_TEST(a_surrogate_on_its_own_is_in_no_text),
          UNIT_TEST(strings_differ_if_one_character_does),
          UNIT_TEST(writes_each_byte_so_that_it_reads_as_itself),
          UNIT_TEST(writes_only_the_escapes_that_must_be),
          UNIT_TEST(a_full_buffer_keeps_what_it_had))
