/* json_test.c: socketio/json.h against RFC 8259 */
#include "packets/unit.h"
#include "socketio/json.h"

#define MANY (LIMIT_JSON_DEPTH + 1)

static ssize_t check(const char *text, size_t n, size_t *where) {
    uint8_t *exact = unit_exact(text, n);
    ssize_t got = json_value((struct span){exact, n}, where);
    free(exact);
    return got;
}

static void takes_whatever_the_rfc_allows(void) {
    static const char *const good[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "12",
        "-1.5",
        "1e5",
        "1E+5",
        "0.5e-10",
        "1e400",
        "\"\"",
        "\"a b\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u0041\\uFFFF\\u00e9\"",
        "\"\x7f\xc3\xa9\"",
        "[]",
        "{}",
        "[ ]",
        "{ }",
        "[1,2,3]",
        "[[],{},[[]]]",
        "{\"a\":1,\"a\":2}",
        "{ \"a\" : [ 1 , { \"b\" : null } ] }",
        " \t\r\n1",
        "\"a string of more than thirty-two bytes, and then \\\" some more\"",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        UNIT_INT(check(good[i], strlen(good[i]), NULL), strlen(good[i]));
}

static void refuses_what_it_forbids_and_says_where(void) {
    static const struct {
        const char *text;
        size_t where; /* the first byte that no JSON text could have there */
    } bad[] = {
        {"nul!", 3},
        {"True", 0},
        {"+1", 0},
        {".5", 0},
        {"-a", 1},
        {"1.e5", 2},
        {"1ex", 2},
        {"'a'", 0},
        {"[1,]", 3},
        {"[,1]", 1},
        {"[1 2]", 3},
        {"[1}", 2},
        {"{\"a\"}", 4},
        {"{\"a\":}", 5},
        {"{a:1}", 1},
        {"{\"a\":1,}", 7},
        {"{,}", 1},
        {"{1:2}", 1},
        {"\"\\x\"", 2},
        {"\"\\u12g4\"", 5},
        {"\"\n\"", 1},
        {"\"a\tb\"", 2},
        {"]", 0},
        {"NaN", 0},
        {"\"0123456789012345678901234567890123456789\x1f\"", 41},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t where = 999;
        UNIT_INT(check(bad[i].text, strlen(bad[i].text), &where),
                 JSON_ERR_SYNTAX);
        UNIT_INT(where, bad[i].where);
    }
}

/* "01" is the value 0 and something behind it, as "0 1" is. */
static void stops_behind_the_value(void) {
    UNIT_INT(check("01", 2, NULL), 1);
    UNIT_INT(check("1 2", 3, NULL), 1);
    UNIT_INT(check("[]]", 3, NULL), 2);
    UNIT_FALSE(json_valid(span_from("01")));
    UNIT_FALSE(json_valid(span_from("[]]")));
    UNIT_FALSE(json_valid(span_from("")));
    UNIT_FALSE(json_valid(span_from("  ")));
    UNIT_TRUE(json_valid(span_from(" [] ")));
}

/* But for numbers, which may end at any digit. */
static void every_prefix_is_cut_and_not_wrong(void) {
    static const char text[] =
        "{\"key\\u00e9\":[true,false,null,\"\\n \xc3\xa9\",{\"b\":-1.5e+7}]}";
    for (size_t n = 0; n < sizeof text - 1; n++) {
        size_t where = 0;
        UNIT_INT(check(text, n, &where), JSON_ERR_CUT);
        UNIT_INT(where, n);
    }
    UNIT_INT(check(text, sizeof text - 1, NULL), sizeof text - 1);
}

static void nests_to_the_limit_and_not_deeper(void) {
    char text[2 * MANY];
    memset(text, '[', MANY);
    memset(text + MANY, ']', MANY);
    UNIT_INT(check(text, 2 * MANY, NULL), JSON_ERR_DEPTH);
    UNIT_INT(check(text + 1, 2 * MANY - 2, NULL), 2 * MANY - 2);
}

/* 158 KB of brackets ended the reference's process: it recursed. */
static void a_flood_of_brackets_is_only_an_error(void) {
    static char text[158 * 1024];
    memset(text, '[', sizeof text);
    UNIT_INT(check(text, sizeof text, NULL), JSON_ERR_DEPTH);
}

static void arrays_and_objects_close_with_their_own_bracket(void) {
    struct buf text = {.max = 400}; /* more kinds than a word has bits */
    for (int i = 0; i < 90; i++) buf_text(&text, i % 3 ? "[" : "{\"\":");
    UNIT_INT(check((char *)text.bytes, text.end, NULL), JSON_ERR_CUT);
    buf_text(&text, "1}"); /* the innermost is an array */
    UNIT_INT(check((char *)text.bytes, text.end, NULL), JSON_ERR_SYNTAX);
    text.bytes[text.end - 1] = ']';
    UNIT_INT(check((char *)text.bytes, text.end, NULL), JSON_ERR_CUT);
    buf_free(&text);
}

static void walks_arrays_and_objects(void) {
    struct span rest = span_from(" [ 1 , [2,3] , {\"a\":\"]\"} ] "), key, value;
    UNIT_TRUE(json_next(&rest, &key, &value));
    UNIT_TEXT(value.data, value.len, "1");
    UNIT_TRUE(json_next(&rest, &key, &value));
    UNIT_TEXT(value.data, value.len, "[2,3]");
    UNIT_TRUE(json_next(&rest, &key, &value));
    UNIT_TEXT(value.data, value.len, "{\"a\":\"]\"}");
    UNIT_FALSE(json_next(&rest, &key, &value));

    rest = span_from("{\"a\" : 1, \"b\":{\"c\":2}}");
    UNIT_TRUE(json_next(&rest, &key, &value));
    UNIT_TEXT(key.data, key.len, "a");
    UNIT_TEXT(value.data, value.len, "1");
    UNIT_TRUE(json_next(&rest, &key, &value));
    UNIT_TEXT(key.data, key.len, "b");
    UNIT_TEXT(value.data, value.len, "{\"c\":2}");
    UNIT_FALSE(json_next(&rest, &key, &value));

    rest = span_from("[ ]");
    UNIT_FALSE(json_next(&rest, &key, &value));
}

static void finds_members_of_this_object_only(void) {
    struct span o = span_from("{\"in\":{\"sid\":\"no\"},\"sid\":\"yes\"}");
    struct span sid = json_string(json_member(o, "sid"));
    UNIT_TEXT(sid.data, sid.len, "yes");
    UNIT_TRUE(json_member(o, "none").data == NULL);
    UNIT_TRUE(json_string(json_member(o, "in")).data == NULL);
}

static void what_it_writes_is_a_valid_string(void) {
    struct buf out = {.max = 100};
    uint8_t all[] = {'a', '"', '\\', 0, '\n', 0x1f, 0x7f, 0xc3, 0xa9};
    UNIT_TRUE(json_put_string(&out, (struct span){all, sizeof all}));
    UNIT_TEXT(out.bytes, out.end,
              "\"a\\\"\\\\\\u0000\\u000a\\u001f\x7f\xc3\xa9\"");
    UNIT_TRUE(json_valid(buf_view(&out)));
    struct buf small = {.max = 5};
    UNIT_FALSE(json_put_string(&small, span_from("12345")));
    UNIT_INT(small.end, 0);
    buf_free(&small);
    buf_free(&out);
}

UNIT_MAIN("socketio/json", UNIT_TEST(takes_whatever_the_rfc_allows),
          UNIT_TEST(refuses_what_it_forbids_and_says_where),
          UNIT_TEST(stops_behind_the_value),
          UNIT_TEST(every_prefix_is_cut_and_not_wrong),
          UNIT_TEST(nests_to_the_limit_and_not_deeper),
          UNIT_TEST(a_flood_of_brackets_is_only_an_error),
          UNIT_TEST(arrays_and_objects_close_with_their_own_bracket),
          UNIT_TEST(walks_arrays_and_objects),
          UNIT_TEST(finds_members_of_this_object_only),
          UNIT_TEST(what_it_writes_is_a_valid_string))
