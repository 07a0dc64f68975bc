/* json_test.c: socketio/json.h against RFC 8259; json_string_test.c has the
 * strings */
#include "packets/unit.h"
#include "socketio/json.h"

#define PART(span, expected) UNIT_TEXT((span).data, (span).len, expected)

static ssize_t check(const char *text, size_t n, size_t *where) {
    uint8_t *exact = unit_exact(text, n);
    ssize_t got = json_value((struct span){exact, n}, where);
    free(exact);
    return got;
}

/* RFC 8259 §13: its examples, one of each kind of value. */
static void accepts_the_examples_of_the_rfc(void) {
    static const char *const texts[] = {
        "{\"Image\":{\"Width\":800,\"Height\":600,\"Title\":\"View from 15th "
        "Floor\",\"Thumbnail\":{\"Url\":\"http://www.example.com/image/"
        "481989943\",\"Height\":125,\"Width\":100},\"Animated\":false,\"IDs\":"
        "[116,943,234,38793]}}",
        "[{\"precision\":\"zip\",\"Latitude\":37.7668,\"Longitude\":-122.3959,"
        "\"Address\":\"\",\"City\":\"SAN FRANCISCO\",\"State\":\"CA\",\"Zip\":"
        "\"94107\",\"Country\":\"US\"},{\"precision\":\"zip\",\"Latitude\":"
        "37.371991,\"Longitude\":-122.026020,\"Address\":\"\",\"City\":"
        "\"SUNNYVALE\",\"State\":\"CA\",\"Zip\":\"94085\",\"Country\":\"US\"}]",
        "\"Hello world!\"",
        "42",
        "true",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        UNIT_INT(check(texts[i], strlen(texts[i]), NULL), strlen(texts[i]));
        UNIT_TRUE(json_valid(span_from(texts[i])));
    }
}

/* RFC 8259 §2 to §7 */
static void accepts_whatever_the_grammar_allows(void) {
    static const char *const good[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "12",
        "9",
        "-1.5",
        "0.0",
        "0e0",
        "1e5",
        "1E+5",
        "0.5e-10",
        "1e400",
        "\"\"",
        "\"a b!#[]~\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u0041\\uFFFF\\u00e9\\uaAfF\\u0990\"",
        "\"\\ud800\"", /* §8.2: the grammar allows a surrogate on its own */
        "\"\x7f\xc3\xa9\"",
        "[]",
        "{}",
        "[ ]",
        "{ }",
        "[1,2,3]",
        "[[],{},[[]]]",
        "{\"a\":1,\"a\":2}",
        "{ \"a\" : [ 1 , { \"b\" : null } ] }",
        "[\t\r\n 1\t\r\n ,\t\r\n 2\t\r\n ]",
        "{\t\"a\"\t:\t1\t,\t\"b\"\t:\t2\t}",
        " \t\r\n1",
        "\"a string of more than thirty-two bytes, and then \\\" some more\"",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        UNIT_INT(check(good[i], strlen(good[i]), NULL), strlen(good[i]));
}

/* RFC 8259 §2, §3, §4, §5, §6, §7, §8.1: the sections are those of the rows. */
static void names_the_rule_that_is_broken_and_the_byte(void) {
    static const struct {
        const char *text;
        enum json_error error;
        size_t where; /* the first byte that no JSON text could have there */
        const char *why;
    } bad[] = {
        {"nul!", JSON_ERR_VALUE, 3, "§3: no such literal name"},
        {"True", JSON_ERR_VALUE, 0, "§3: the names MUST be lower case"},
        {"falsE", JSON_ERR_VALUE, 4, "§3: the names MUST be lower case"},
        {"NaN", JSON_ERR_VALUE, 0, "§6: NaN is not permitted"},
        {"Infinity", JSON_ERR_VALUE, 0, "§6: Infinity is not permitted"},
        {"]", JSON_ERR_VALUE, 0, "§3: a bracket begins no value"},
        {"\v1", JSON_ERR_VALUE, 0, "§2: a vertical tab is no white space"},
        {"\xef\xbb\xbf{}", JSON_ERR_VALUE, 0, "§8.1: a byte order mark"},
        {"[1,]", JSON_ERR_VALUE, 3, "§5: a comma, but no value"},
        {"[,1]", JSON_ERR_VALUE, 1, "§5: a comma, but no value"},
        {"{\"a\":}", JSON_ERR_VALUE, 5, "§4: a name without a value"},
        {"{\"a\"}", JSON_ERR_OBJECT, 4, "§4: no colon"},
        {"{\"a\",1}", JSON_ERR_OBJECT, 4, "§4: no colon"},
        {"{a:1}", JSON_ERR_OBJECT, 1, "§4: a name is a string"},
        {"{1:2}", JSON_ERR_OBJECT, 1, "§4: a name is a string"},
        {"{\"a\":1,}", JSON_ERR_OBJECT, 7, "§4: a comma, but no member"},
        {"{,}", JSON_ERR_OBJECT, 1, "§4: a comma, but no member"},
        {"{\"a\":1]", JSON_ERR_OBJECT, 6, "§4: closed as an array"},
        {"{\"a\":1 \"b\"", JSON_ERR_OBJECT, 7, "§4: no comma"},
        {"[1 2]", JSON_ERR_ARRAY, 3, "§5: no comma"},
        {"[1}", JSON_ERR_ARRAY, 2, "§5: closed as an object"},
        {"[01]", JSON_ERR_ARRAY, 2, "§6: a leading zero"},
        {"[1.2.3]", JSON_ERR_ARRAY, 4, "§6: two fractions"},
        {"[0x1]", JSON_ERR_ARRAY, 2, "§6: only decimal digits"},
        {"+1", JSON_ERR_VALUE, 0, "§6: no plus before a number"},
        {".5", JSON_ERR_VALUE, 0, "§6: no digit before the point"},
        {"-a", JSON_ERR_NUMBER, 1, "§6: a minus and no digit"},
        {"--1", JSON_ERR_NUMBER, 1, "§6: two minus signs"},
        {"1.e5", JSON_ERR_NUMBER, 2, "§6: no digit after the point"},
        {"1ex", JSON_ERR_NUMBER, 2, "§6: no digit in the exponent"},
        {"1e+-1", JSON_ERR_NUMBER, 3, "§6: two signs"},
        {"1e-+1", JSON_ERR_NUMBER, 3, "§6: two signs"},
        {"0./", JSON_ERR_NUMBER, 2, "§6: the byte before 0 is no digit"},
        {"0.:", JSON_ERR_NUMBER, 2, "§6: the byte after 9 is no digit"},
        {"'a'", JSON_ERR_VALUE, 0, "§7: the wrong kind of quotation mark"},
        {"{\"a\n\":1}", JSON_ERR_STRING, 3, "§7: also in a name"},
        {"\"\n\"", JSON_ERR_STRING, 1,
         "§7: control characters MUST be escaped"},
        {"\"a\tb\"", JSON_ERR_STRING, 2, "§7: a tab is one of them"},
        {"\"\x1f\"", JSON_ERR_STRING, 1, "§7: the last of them"},
        {"\"\\x\"", JSON_ERR_ESCAPE, 2, "§7: no such escape"},
        {"\"\\U0041\"", JSON_ERR_ESCAPE, 2, "§7: the u is lower case"},
        {"\"\\u12g4\"", JSON_ERR_ESCAPE, 5, "§7: g is not hexadecimal"},
        {"\"\\u00@0\"", JSON_ERR_ESCAPE, 5, "§7: @ is before A"},
        {"\"\\u00G0\"", JSON_ERR_ESCAPE, 5, "§7: G is after F"},
        {"\"\\u00`0\"", JSON_ERR_ESCAPE, 5, "§7: ` is before a"},
        {"\"\\u00e\"", JSON_ERR_ESCAPE, 6, "§7: three digits"},
        {"\"0123456789012345678901234567890123456789\x1f\"", JSON_ERR_STRING,
         41, "§7: a control character after words of 8 bytes"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t where = 999, n = strlen(bad[i].text);
        bool is_right = check(bad[i].text, n, &where) == (ssize_t)bad[i].error;
        UNIT_TEXT(bad[i].why, is_right ? strlen(bad[i].why) : 0, bad[i].why);
        UNIT_INT(where, bad[i].where);
    }
}

/* "01" is the value 0 and then something else, as "0 1" is. */
static void stops_after_the_value(void) {
    UNIT_INT(check("01", 2, NULL), 1);
    UNIT_INT(check("1 2", 3, NULL), 1);
    UNIT_INT(check("[]]", 3, NULL), 2);
    UNIT_FALSE(json_valid(span_from("01")));
    UNIT_FALSE(json_valid(span_from("[]]")));
    UNIT_TRUE(json_valid(span_from(" [] ")));
    UNIT_TRUE(json_valid(span_from("\t\r\n 1\t\r\n ")));
}

static void no_text_is_no_value(void) {
    size_t where = 999;
    UNIT_INT(json_value((struct span){0}, &where), JSON_ERR_INCOMPLETE);
    UNIT_INT(where, 0);
    UNIT_INT(check("  ", 2, &where), JSON_ERR_INCOMPLETE);
    UNIT_INT(where, 2);
    UNIT_FALSE(json_valid(span_from("")));
    UNIT_FALSE(json_valid(span_from("  ")));
}

/* Every prefix of this text is incomplete. Only a number could end earlier,
 * and none is at the outermost level. */
static void asks_for_more_at_every_cut(void) {
    static const char text[] =
        "{\"key\\u00e9\" : [true,false,null,\"\\n \xc3\xa9\",{\"b\":-1.5e+7}, "
        "{}, [ ] , 0 ,\"long enough for one block of thirty-two bytes\"] }";
    for (size_t n = 0; n < sizeof text - 1; n++) {
        size_t where = 999;
        UNIT_INT(check(text, n, &where), JSON_ERR_INCOMPLETE);
        UNIT_INT(where, n);
    }
    UNIT_INT(check(text, sizeof text - 1, NULL), sizeof text - 1);
}

/* RFC 8259 §7: each byte at each place of a string that has blocks of 64, then
 * words of 8, then single bytes. Control characters, quotation mark and
 * backslash MUST be escaped. */
static void checks_each_byte_at_each_place(void) {
    char text[150];
    unsigned wrong = 0;
    for (unsigned c = 0; c < 256; c++) {
        for (size_t at = 1; at < sizeof text - 1; at++) {
            size_t where = 999;
            memset(text, 'x', sizeof text);
            text[0] = text[sizeof text - 1] = '"';
            text[at] = (char)c;
            ssize_t expected = c < 0x20   ? JSON_ERR_STRING
                               : c == '"' ? (ssize_t)at + 1
                                          : (ssize_t)sizeof text;
            if (c == '\\')
                expected = JSON_ERR_ESCAPE; /* \x, or \" at the end */
            if (c == '\\' && at == sizeof text - 2)
                expected = JSON_ERR_INCOMPLETE;
            wrong += check(text, sizeof text, &where) != expected;
            if (c < 0x20) wrong += where != at;
        }
    }
    UNIT_INT(wrong, 0);
}

/* RFC 8259 §7: the eight escapes of one character. */
static void knows_what_may_follow_a_backslash(void) {
    unsigned wrong = 0;
    for (unsigned c = 0; c < 256; c++) {
        char text[] = {'"', '\\', (char)c, '"'};
        bool is_escape = c != 0 && strchr("\"\\/bfnrt", (int)c);
        size_t where = 999;
        ssize_t got = check(text, sizeof text, &where);
        wrong += got != (is_escape ? 4 : JSON_ERR_ESCAPE);
        wrong += !is_escape && where != (c == 'u' ? 3 : 2);
    }
    UNIT_INT(wrong, 0);
}

static void trims_only_white_space_and_only_at_the_ends(void) {
    static const char *const texts[][2] = {
        {"", ""},           {" ", ""},  {"\t\r\n ", ""},
        {" a\tb ", "a\tb"}, {"a", "a"}, {"\va\f", "\va\f"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t n = strlen(texts[i][0]);
        uint8_t *exact = unit_exact(texts[i][0], n);
        PART(json_trim((struct span){exact, n}), texts[i][1]);
        free(exact);
    }
    UNIT_INT(json_trim((struct span){0}).len, 0);
}

/* Checks n nested values: each is opened by open and closed by close. */
static ssize_t nest(size_t n, const char *open, const char *close) {
    struct buf text = {.max = 4096};
    for (size_t i = 0; i < n; i++) buf_text(&text, open);
    for (size_t i = 0; i < n; i++) buf_text(&text, close);
    UNIT_FALSE(text.failed);
    ssize_t got = check((char *)text.bytes, text.end, NULL);
    bool whole = got == (ssize_t)text.end;
    buf_free(&text);
    return whole ? 0 : got;
}

/* RFC 8259 §9: an implementation may set limits on the depth of nesting. */
static void nests_to_the_limit_and_not_deeper(void) {
    UNIT_INT(nest(LIMIT_JSON_DEPTH, "[", "]"), 0);
    UNIT_INT(nest(LIMIT_JSON_DEPTH + 1, "[", "]"), JSON_ERR_DEPTH);
    UNIT_INT(nest(LIMIT_JSON_DEPTH / 2, "{\"\":[", "]}"), 0);
    UNIT_INT(nest(LIMIT_JSON_DEPTH / 2 + 1, "{\"\":[", "]}"), JSON_ERR_DEPTH);
}

/* The limit is on the depth, not on the number of brackets. */
static void many_brackets_side_by_side_are_not_deep(void) {
    for (int depth = 1; depth < 3; depth++) {
        struct buf text = {.max = 4096};
        buf_text(&text, depth == 1 ? "[[]" : "[[[]");
        for (int i = 0; i < 3 * LIMIT_JSON_DEPTH; i++)
            buf_text(&text, ",{},[]");
        buf_text(&text, depth == 1 ? "]" : "]]");
        UNIT_FALSE(text.failed);
        UNIT_INT(check((char *)text.bytes, text.end, NULL), text.end);
        buf_free(&text);
    }
}

/* A parser that recursed without a limit would exhaust its stack here. */
static void a_million_brackets_are_only_an_error(void) {
    static char text[1 << 20];
    size_t where = 0;
    memset(text, '[', sizeof text);
    UNIT_INT(check(text, sizeof text, &where), JSON_ERR_DEPTH);
    UNIT_INT(where, LIMIT_JSON_DEPTH);
}

static void arrays_and_objects_close_with_their_own_bracket(void) {
    struct buf text = {.max = 400};
    for (int i = 0; i < 90; i++) buf_text(&text, i % 3 ? "[" : "{\"\":");
    UNIT_INT(check((char *)text.bytes, text.end, NULL), JSON_ERR_INCOMPLETE);
    buf_text(&text, "1}"); /* the innermost is an array */
    UNIT_INT(check((char *)text.bytes, text.end, NULL), JSON_ERR_ARRAY);
    text.bytes[text.end - 1] = ']';
    UNIT_INT(check((char *)text.bytes, text.end, NULL), JSON_ERR_INCOMPLETE);
    buf_free(&text);
}

static void walks_arrays(void) {
    struct span rest = span_from(" [ 1 , [2,3] , {\"a\":\"]\"} ] "), key, value;
    UNIT_TRUE(json_next(&rest, &key, &value));
    PART(value, "1");
    UNIT_TRUE(key.data == NULL);
    UNIT_TRUE(json_next(&rest, &key, &value));
    PART(value, "[2,3]");
    UNIT_TRUE(json_next(&rest, &key, &value));
    PART(value, "{\"a\":\"]\"}");
    UNIT_FALSE(json_next(&rest, &key, &value));
    rest = span_from("[ ]");
    UNIT_FALSE(json_next(&rest, &key, &value));
    rest = span_from("[]");
    UNIT_FALSE(json_next(&rest, &key, &value));
}

static void walks_objects(void) {
    struct span rest = span_from("{\"a\" : 1, \"b\":{\"c\":2},\"\": \"x\"}");
    struct span key, value;
    UNIT_TRUE(json_next(&rest, &key, &value));
    PART(key, "a");
    PART(value, "1");
    UNIT_TRUE(json_next(&rest, &key, &value));
    PART(key, "b");
    PART(value, "{\"c\":2}");
    UNIT_TRUE(json_next(&rest, &key, &value));
    PART(key, "");
    UNIT_TRUE(key.data != NULL);
    PART(value, "\"x\"");
    UNIT_FALSE(json_next(&rest, &key, &value));
    rest = span_from("{ }");
    UNIT_FALSE(json_next(&rest, &key, &value));
}

static void finds_members_of_this_object_only(void) {
    struct span o = span_from("{\"in\":{\"sid\":\"no\"},\"sid\":\"yes\"}");
    PART(json_unquote(json_member(o, "sid")), "yes");
    UNIT_TRUE(json_member(o, "none").data == NULL);
    UNIT_TRUE(json_member((struct span){NULL, 0}, "sid").data == NULL);
    UNIT_TRUE(json_unquote(json_member(o, "in")).data == NULL);
    /* RFC 8259 §8.3: names are compared after their escapes are converted. */
    PART(json_member(span_from("{\"\\u0073id\":7}"), "sid"), "7");
}

static void only_a_string_is_unquoted(void) {
    UNIT_TRUE(json_unquote(span_from("12")).data == NULL);
    UNIT_TRUE(json_unquote((struct span){0}).data == NULL);
    UNIT_TRUE(json_unquote(span_from("\"\"")).data != NULL);
    PART(json_unquote(span_from("\"\"")), "");
    PART(json_unquote(span_from("\"a\\\"\"")), "a\\\"");
}

UNIT_MAIN("socketio/json", UNIT_TEST(accepts_the_examples_of_the_rfc),
          UNIT_TEST(accepts_whatever_the_grammar_allows),
          UNIT_TEST(names_the_rule_that_is_broken_and_the_byte),
          UNIT_TEST(stops_after_the_value), UNIT_TEST(no_text_is_no_value),
          UNIT_TEST(asks_for_more_at_every_cut),
          UNIT_TEST(checks_each_byte_at_each_place),
          UNIT_TEST(knows_what_may_follow_a_backslash),
          UNIT_TEST(trims_only_white_space_and_only_at_the_ends),
          UNIT_TEST(nests_to_the_limit_and_not_deeper),
          UNIT_TEST(many_brackets_side_by_side_are_not_deep),
          UNIT_TEST(a_million_brackets_are_only_an_error),
          UNIT_TEST(arrays_and_objects_close_with_their_own_bracket),
          UNIT_TEST(walks_arrays), UNIT_TEST(walks_objects),
          UNIT_TEST(finds_members_of_this_object_only),
          UNIT_TEST(only_a_string_is_unquoted))
