/* explain_json_test.c: packets/explain_json.h against RFC 8259 */
#include "packets/dissector.h"
#include "packets/explain_json.h"
#include "packets/unit.h"

static struct explain e;
static struct dissector d;

static void begin(const char *bytes, size_t n) {
    explain_init(&e, 1 << 16);
    dissector_begin(&d, &e, (struct span){(uint8_t *)(uintptr_t)bytes, n},
                    EXPLAIN_APPLICATION, "rest");
}

static void expect(int layer, const char *expected) {
    struct buf out = {.max = 8000};
    UNIT_TRUE(explain_json_write(&out, &e, layer));
    UNIT_TEXT(out.bytes, out.end, expected);
    for (uint32_t max = 1; max < out.end; max++) {
        struct buf less;
        buf_init(&less, max);
        UNIT_FALSE(explain_json_write(&less, &e, layer));
        buf_free(&less);
    }
    buf_free(&out);
}

static void needs_no_more_space_than_it_uses(void) {
    static const char bytes[100] = "";
    struct buf out = {.max = 8000}, exact;
    begin(bytes, sizeof bytes);
    dissector_bytes(&d, sizeof bytes, "a");
    UNIT_TRUE(dissector_finish(&d));
    UNIT_TRUE(explain_json_write(&out, &e, 0));
    buf_init(&exact, out.end);
    UNIT_TRUE(explain_json_write(&exact, &e, 0));
    UNIT_TRUE(span_equal(buf_view(&out), buf_view(&exact)));
    buf_free(&exact);
    buf_free(&out);
    explain_free(&e);
}

#define HEADER                                                                 \
    "{\"name\":\"H\",\"layer\":3,\"osi\":\"network\",\"internet\":"            \
    "\"internet\",\"section\":\"RFC 1 §2\",\"bit\":0,\"bits\":24,"
#define INNER "\"layer\":4,\"osi\":\"transport\",\"internet\":\"transport\""
#define OUTER "\"layer\":7,\"osi\":\"application\",\"internet\":\"application\""

static void nests_fields_in_headers(void) {
    struct span source;
    begin("\x81\x02\x03yz", 5);
    dissector_enter(&d, EXPLAIN_NETWORK, "H", "RFC 1 §2");
    dissector_number(&d, 1, "a");
    dissector_enter(&d, EXPLAIN_TRANSPORT, "I", "RFC 2");
    dissector_hex(&d, 7, "b");
    dissector_wrong(&d, "RFC 3", "no");
    dissector_leave(&d);
    dissector_bytes(&d, 2, "c");
    dissector_leave(&d);
    dissector_notef(&d, "h");
    dissector_bytes(&d, 1, "y");
    *dissector_derive(&d, 1, "Y", &source) = 'Y';
    dissector_text(&d, 1, "t");
    dissector_leave(&d);
    dissector_number(&d, 16, "z");
    UNIT_TRUE(dissector_finish(&d));
    expect(0,
           "[" HEADER "\"words\":\"h\",\"fields\":["
           "{\"name\":\"a\",\"bit\":0,\"bits\":1,\"value\":1},"
           "{\"name\":\"I\"," INNER
           ",\"section\":\"RFC 2\",\"bit\":1,\"bits\":7,"
           "\"fields\":[{\"name\":\"b\",\"section\":\"RFC 3\",\"bit\":1,"
           "\"bits\":7,\"value\":1,\"words\":\"no\",\"wrong\":true}]},"
           "{\"name\":\"c\",\"bit\":8,\"bits\":16,\"hex\":\"0203\"}]},"
           "{\"name\":\"y\"," OUTER ",\"bit\":24,\"bits\":8,\"hex\":\"79\"},"
           "{\"name\":\"Y\"," OUTER
           ",\"bit\":0,\"bits\":8,\"hex\":\"59\",\"derived\":true,\"fields\":"
           "[{\"name\":\"t\",\"bit\":0,\"bits\":8,\"text\":\"Y\","
           "\"hex\":\"59\",\"derived\":true}]},"
           "{\"name\":\"z\"," OUTER ",\"bit\":32,\"bits\":8,\"value\":122,"
           "\"words\":\"cut: 1 of 2 bytes are here\",\"cut\":true}]");
    expect(3, "[" HEADER "\"words\":\"h\",\"fields\":["
              "{\"name\":\"a\",\"bit\":0,\"bits\":1,\"value\":1},"
              "{\"name\":\"c\",\"bit\":8,\"bits\":16,\"hex\":\"0203\"}]}]");
    expect(4, "[{\"name\":\"I\"," INNER
              ",\"section\":\"RFC 2\",\"bit\":1,\"bits\":7,"
              "\"fields\":[{\"name\":\"b\",\"section\":\"RFC 3\",\"bit\":1,"
              "\"bits\":7,\"value\":1,\"words\":\"no\",\"wrong\":true}]}]");
    expect(2, "[]");
    explain_free(&e);
}

static void a_number_that_javascript_would_round_is_a_string(void) {
    begin("\x00\x1f\xff\xff\xff\xff\xff\xff\x00\x20\x00\x00\x00\x00\x00\x00",
          16);
    dissector_number(&d, 64, "a");
    dissector_number(&d, 64, "b");
    UNIT_TRUE(dissector_finish(&d));
    expect(0, "[{\"name\":\"a\"," OUTER
              ",\"bit\":0,\"bits\":64,\"value\":9007199254740991},"
              "{\"name\":\"b\"," OUTER
              ",\"bit\":64,\"bits\":64,\"value\":\"9007199254740992\"}]");
    explain_free(&e);
}

/* RFC 8259 §7, RFC 3629 §4. */
static void text_is_utf8_without_control_characters(void) {
    static const struct {
        const char *bytes, *json;
    } cases[] = {
        {"a \"\\/~", "a \\\"\\\\/~"},
        {"\x01\x1f\x7f", "\\u0001\\u001f\\u007f"},
        {"\xc2\x80\xc2\x9f\xc2\xa0", "\\u0080\\u009f\xc2\xa0"},
        {"\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf",
         "\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf"},
        {"\xee\x80\x80\xf0\x90\x80\x80", "\xee\x80\x80\xf0\x90\x80\x80"},
        {"\xf4\x8f\xbf\xbf\xf1\x80\x80\x80",
         "\xf4\x8f\xbf\xbf\xf1\x80\x80\x80"},
        {"\xe1\x80\x80\xec\xbf\xbf\xef\xbf\xbf\xf3\xbf\xbf\xbf",
         "\xe1\x80\x80\xec\xbf\xbf\xef\xbf\xbf\xf3\xbf\xbf\xbf"},
        {"\xc1", "\\ufffd"},
        {"\xc1\x80", "\\ufffd\\ufffd"},
        {"\xe0\x9f\x80", "\\ufffd\\ufffd\\ufffd"},
        {"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"},
        {"\xf0\x8f\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
        {"\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
        {"\xf5", "\\ufffd"},
        {"\xe1\x80", "\\ufffd\\ufffd"},
        {"\xe1\x80q", "\\ufffd\\ufffdq"},
        {"\xf1\x80\x80\xc0", "\\ufffd\\ufffd\\ufffd\\ufffd"},
        {"\xc3q", "\\ufffdq"},
        /* The second byte is one too small or too large. */
        {"\xc2\xc0", "\\ufffd\\ufffd"},
        {"\xdf\x7f", "\\ufffd\\u007f"},
        {"\xe0\xc0\x80", "\\ufffd\\ufffd\\ufffd"},
        {"\xe1\xc0\x80", "\\ufffd\\ufffd\\ufffd"},
        {"\xec\x7f\x80", "\\ufffd\\u007f\\ufffd"},
        {"\xed\x7f\x80", "\\ufffd\\u007f\\ufffd"},
        {"\xee\x7f\x80", "\\ufffd\\u007f\\ufffd"},
        {"\xef\xc0\x80", "\\ufffd\\ufffd\\ufffd"},
        {"\xf0\xc0\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
        {"\xf1\x7f\x80\x80", "\\ufffd\\u007f\\ufffd\\ufffd"},
        {"\xf3\xc0\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
        {"\xf4\x7f\x80\x80", "\\ufffd\\u007f\\ufffd\\ufffd"},
        {"\xf5\x80\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
        /* The ends of each row. */
        {"\xe0\xbf\xbf\xed\x80\x80", "\xe0\xbf\xbf\xed\x80\x80"},
        {"\xee\xbf\xbf\xef\x80\x80", "\xee\xbf\xbf\xef\x80\x80"},
        {"\xf0\xbf\xbf\xbf\xf4\x80\x80\x80",
         "\xf0\xbf\xbf\xbf\xf4\x80\x80\x80"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = {.max = 8000};
        char *copy = unit_exact(cases[i].bytes, strlen(cases[i].bytes));
        begin(copy, strlen(cases[i].bytes));
        dissector_text(&d, strlen(cases[i].bytes), "t");
        UNIT_TRUE(dissector_finish(&d));
        UNIT_TRUE(explain_json_write(&out, &e, 0));
        buf_append(&out, "", 1);
        char expected[100];
        snprintf(expected, sizeof expected, "\"text\":\"%s\",\"hex\"",
                 cases[i].json);
        UNIT_TRUE(strstr((char *)out.bytes, expected) != NULL);
        buf_free(&out);
        explain_free(&e);
        free(copy);
    }
}

static void a_number_that_is_missing_has_no_value(void) {
    begin("", 0);
    dissector_number(&d, 8, "a");
    UNIT_TRUE(dissector_finish(&d));
    expect(0, "[{\"name\":\"a\"," OUTER ",\"bit\":0,\"bits\":0,"
              "\"words\":\"cut: 0 of 1 bytes are here\",\"cut\":true}]");
    explain_free(&e);
}

/* Also layer 1, of the field that is the first one. */
static void names_the_layer_of_the_outermost_field(void) {
    struct buf out = {.max = 8000};
    explain_init(&e, 1 << 16);
    dissector_begin(&d, &e, (struct span){(uint8_t *)(uintptr_t) "x", 1},
                    EXPLAIN_PHYSICAL, "rest");
    dissector_number(&d, 8, "n");
    UNIT_TRUE(dissector_finish(&d));
    UNIT_TRUE(explain_json_write(&out, &e, 0));
    UNIT_TEXT(out.bytes, out.end,
              "[{\"name\":\"n\",\"layer\":1,\"osi\":\"physical\","
              "\"internet\":\"link\",\"bit\":0,\"bits\":8,\"value\":120}]");
    buf_free(&out);
    explain_free(&e);
}

UNIT_MAIN("packets/explain_json", UNIT_TEST(nests_fields_in_headers),
          UNIT_TEST(a_number_that_javascript_would_round_is_a_string),
          UNIT_TEST(a_number_that_is_missing_has_no_value),
          UNIT_TEST(names_the_layer_of_the_outermost_field),
          UNIT_TEST(text_is_utf8_without_control_characters),
          UNIT_TEST(needs_no_more_space_than_it_uses))
