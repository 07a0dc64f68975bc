/* framing_test.c: packets/framing.h */
#include "packets/framing.h"
#include "packets/unit.h"

typedef ssize_t parser(struct span, size_t, struct span *);

static ssize_t parse(parser *p, const char *bytes, size_t n, size_t max,
                     char got[100]) {
    uint8_t *exact = unit_exact(bytes, n);
    struct span message = {0};
    ssize_t size = p((struct span){exact, n}, max, &message);
    snprintf(got, 100, "%.*s", (int)(size > 0 ? message.len : 0),
             (char *)message.data);
    free(exact);
    return size;
}

static void a_line_ends_at_its_newline(void) {
    char got[100];
    UNIT_INT(parse(framing_line, "one\ntwo\n", 8, 10, got), 4);
    UNIT_TEXT(got, strlen(got), "one");
    UNIT_INT(parse(framing_line, "one\r\n", 5, 10, got), 5);
    UNIT_TEXT(got, strlen(got), "one");
    UNIT_INT(parse(framing_line, "\n", 1, 10, got), 1);
    UNIT_TEXT(got, strlen(got), "");
    UNIT_INT(parse(framing_line, "\r\n", 2, 10, got), 2);
    UNIT_TEXT(got, strlen(got), "");
}

static void asks_for_more_at_every_cut(void) {
    static const char line[] = "hello\n", prefixed[] = "\0\0\0\5hello";
    char got[100];
    for (size_t n = 0; n < 6; n++)
        UNIT_INT(parse(framing_line, line, n, 5, got), 0);
    for (size_t n = 0; n < 9; n++)
        UNIT_INT(parse(framing_prefixed, prefixed, n, 5, got), 0);
    UNIT_INT(parse(framing_line, line, 6, 5, got), 6);
    UNIT_INT(parse(framing_prefixed, prefixed, 9, 5, got), 9);
    UNIT_TEXT(got, strlen(got), "hello");
}

static void refuses_one_byte_more_than_max(void) {
    char got[100];
    UNIT_INT(parse(framing_line, "12345\n", 6, 5, got), 6);
    UNIT_INT(parse(framing_line, "123456\n", 7, 5, got), FRAMING_ERR_LONG);
    UNIT_INT(parse(framing_line, "123456", 6, 5, got), FRAMING_ERR_LONG);
    UNIT_INT(parse(framing_prefixed, "\0\0\0\6", 4, 5, got), FRAMING_ERR_LONG);
    UNIT_INT(parse(framing_prefixed, "\xff\xff\xff\xff", 4, 1 << 20, got),
             FRAMING_ERR_LONG);
}

static void finds_what_it_wrote(void) {
    struct buf out = {.max = 1000};
    struct span message, text = span_from("any \r bytes");
    UNIT_TRUE(framing_put_line(&out, text));
    UNIT_INT(framing_line(buf_view(&out), 100, &message), out.end);
    UNIT_TRUE(span_equal(message, text));
    buf_clear(&out);
    text = span_from("with\nnewlines\n");
    UNIT_FALSE(framing_put_line(&out, text)); /* it would be three messages */
    UNIT_FALSE(framing_put_line(&out, span_from("its end is lost\r")));
    UNIT_INT(out.end, 0);
    UNIT_TRUE(framing_put_prefixed(&out, text));
    UNIT_INT(framing_prefixed(buf_view(&out), 100, &message), out.end);
    UNIT_TRUE(span_equal(message, text));
    buf_free(&out);
}

static void appends_all_of_a_message_or_nothing(void) {
    struct buf out = {.max = 8};
    UNIT_FALSE(framing_put_prefixed(&out, span_from("hello"))); /* 9 bytes */
    UNIT_INT(out.end, 0);
    UNIT_TRUE(framing_put_prefixed(&out, span_from("hell")));
    UNIT_TEXT(out.bytes + FRAMING_PREFIX, out.end - FRAMING_PREFIX, "hell");
    buf_clear(&out);
    UNIT_FALSE(framing_put_line(&out, span_from("8 bytes."))); /* 9 with LF */
    UNIT_INT(out.end, 0);
    buf_free(&out);
}

static void a_line_with_a_line_end_in_it_is_refused(void) {
    static const char *const bad[] = {"\n", "\r", "\na", "a\nb", "a\r"};
    struct buf out = {.max = 100};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        UNIT_FALSE(framing_put_line(&out, span_from(bad[i])));
    UNIT_INT(out.end, 0);
    UNIT_TRUE(framing_put_line(&out, span_from("a\rb"))); /* none ends here */
    UNIT_TEXT(out.bytes, out.end, "a\rb\n");
    buf_free(&out);
}

/* An empty message has no last byte: what comes before it does not matter. */
static void an_empty_message_can_be_sent(void) {
    struct buf out = {.max = 100};
    UNIT_TRUE(framing_put_line(&out, span_skip(span_from("\r"), 1)));
    UNIT_TEXT(out.bytes, out.end, "\n");
    UNIT_TRUE(framing_put_line(&out, (struct span){NULL, 0}));
    buf_clear(&out);
    UNIT_TRUE(framing_put_prefixed(&out, (struct span){NULL, 0}));
    UNIT_INT(out.end, FRAMING_PREFIX);
    buf_free(&out);
}

static void a_length_that_no_buf_can_hold_is_refused(void) {
    struct buf out = {.max = 100};
    UNIT_FALSE(framing_put_prefixed(&out, (struct span){NULL, SIZE_MAX}));
    UNIT_INT(out.end, 0);
    buf_free(&out);
}

UNIT_MAIN("packets/framing", UNIT_TEST(a_line_ends_at_its_newline),
          UNIT_TEST(asks_for_more_at_every_cut),
          UNIT_TEST(refuses_one_byte_more_than_max),
          UNIT_TEST(finds_what_it_wrote),
          UNIT_TEST(appends_all_of_a_message_or_nothing),
          UNIT_TEST(a_line_with_a_line_end_in_it_is_refused),
          UNIT_TEST(an_empty_message_can_be_sent),
          UNIT_TEST(a_length_that_no_buf_can_hold_is_refused))
