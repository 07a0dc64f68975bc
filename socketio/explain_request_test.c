/* explain_request_test.c: socketio/explain_request.h */
#include "packets/unit.h"
#include "socketio/explain_as.h"
#include "socketio/explain_request.h"
#include "socketio/json.h"
#include "websocket/http.h"

static struct buf out = {.max = LIMIT_EXPLAIN_OUTPUT};
static struct buf query = {.max = BUF_MAX};

/* The response to a request for that target. */
static unsigned request(const char *target) {
    buf_clear(&out);
    char *copy = unit_exact(target, strlen(target));
    struct span s = {(uint8_t *)copy, strlen(target)};
    unsigned status = explain_request(s, &out);
    free(copy);
    return status;
}

#define IS(target, expected_status, expected)                                  \
    do {                                                                       \
        UNIT_INT(request(target), expected_status);                            \
        UNIT_TEXT(buf_view(&out).data, buf_view(&out).len, expected);          \
    } while (0)

/* The target for n bytes, all of them the two that digits stand for. */
static const char *target_of(const char *start, const char *digits, size_t n) {
    buf_clear(&query);
    buf_text(&query, start);
    for (size_t i = 0; i < n / 2; i++) buf_text(&query, digits);
    buf_append(&query, digits, n % 2 ? 3 : 1);
    query.bytes[query.end - 1] = '\0';
    return (const char *)query.bytes;
}

static bool has(const char *text) {
    buf_append(&out, "", 1);
    bool is_there = strstr((const char *)out.bytes, text) != NULL;
    out.end--;
    return is_there;
}

static void a_request_is_for_one_path(void) {
    UNIT_TRUE(explain_request_is(span_from("/explain")));
    UNIT_TRUE(explain_request_is(span_from("/explain?as=ws")));
    UNIT_TRUE(explain_request_is(span_from("http://a:1/explain?as=ws")));
    UNIT_FALSE(explain_request_is(span_from("/explain.js")));
    UNIT_FALSE(explain_request_is(span_from("/explain/")));
    UNIT_FALSE(explain_request_is(span_from("/?/explain")));
    UNIT_FALSE(explain_request_is(span_from("/")));
}

static void explains_bytes_as_the_protocol_that_it_is_told(void) {
    IS("/explain?as=engineio&hex=32", 200,
       "[{\"name\":\"Engine.IO\",\"layer\":5,\"osi\":\"session\","
       "\"internet\":\"application\",\"section\":\"Engine.IO v4\",\"bit\":0,"
       "\"bits\":8,\"fields\":[{\"name\":\"type\",\"bit\":0,\"bits\":8,"
       "\"text\":\"2\",\"hex\":\"32\",\"words\":\"ping\"}]}]");
    UNIT_INT(request("/explain?hex=8a00&other=1&as=ws"), 200);
    UNIT_TRUE(has("\"value\":10,\"words\":\"pong\""));
    UNIT_INT(request("/explain?as=udp&hex=00070008000aABcd"), 200);
    UNIT_TRUE(has("\"Source Port\""));
    UNIT_TRUE(has("\"value\":43981")); /* in either case */
    IS("/explain?as=ws&hex=", 200, "[]");
    UNIT_INT(request("/explain?as=ethernet&hex=00"), 200); /* the first one */
    UNIT_TRUE(strcmp(explain_request_type(200), "application/json") == 0);
    buf_free(&out);
}

static void what_breaks_a_rule_is_explained_too(void) {
    UNIT_INT(request("/explain?as=ws&hex=c10139"), 200);
    UNIT_TRUE(has("\"section\":\"Engine.IO v4\""));
    UNIT_TRUE(has("\"words\":\"0 without an extension\",\"wrong\":true"));
    UNIT_TRUE(has("\"words\":\"the type is not 0 to 6\",\"wrong\":true"));
    buf_free(&out);
}

static void says_in_one_line_what_is_wrong_with_a_query(void) {
    static const struct {
        const char *query, *line;
    } cases[] = {
        {"", "as: missing in the query\n"},
        {"as=ws", "hex: missing in the query\n"},
        {"hex=00", "as: missing in the query\n"},
        {"as=ws&as=ws&hex=00", "as: more than one in the query\n"},
        {"as=ws&hex=00&hex=", "hex: more than one in the query\n"},
        {"as=ws&hex=00&length=1&length=1",
         "length: more than one in the query\n"},
        {"as=ftp&hex=00", "as: one of " EXPLAIN_AS_NAMES "\n"},
        {"as=&hex=00", "as: one of " EXPLAIN_AS_NAMES "\n"},
        {"as=engineioengineioengineio&hex=00",
         "as: one of " EXPLAIN_AS_NAMES "\n"},
        /* RFC 3986 §2.1 */
        {"as=ws&hex=%0", "hex: \"%\" must be followed by two hexadecimal "
                         "digits, not 00\n"},
        {"as=ws&hex=81%00", "hex: \"%\" must be followed by two hexadecimal "
                            "digits, not 00\n"},
        {"as=ws&hex=g0", "hex: byte 0: not two hexadecimal digits\n"},
        {"as=ws&hex=810g", "hex: byte 1: not two hexadecimal digits\n"},
        {"as=ws&hex=8100 1", "hex: byte 2: not two hexadecimal digits\n"},
        {"as=ws&hex=8", "hex: byte 0: a byte has two digits\n"},
        {"as=ws&hex=81008", "hex: byte 2: a byte has two digits\n"},
        {"as=ws&hex=8100&length=1", "length: a number from 2 to 268435456\n"},
        {"as=ws&hex=8100&length=x", "length: a number from 2 to 268435456\n"},
        {"as=ws&hex=8100&length=3x", "length: a number from 2 to 268435456\n"},
        {"as=ws&hex=8100&length=/", "length: a number from 2 to 268435456\n"},
        {"as=ws&hex=8100&length=:", "length: a number from 2 to 268435456\n"},
        {"as=ws&hex=8100&length=268435457",
         "length: a number from 2 to 268435456\n"},
        {"as=ws&hex=8100&length=18446744073709551618", /* 2^64 + 2 */
         "length: a number from 2 to 268435456\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char target[100];
        snprintf(target, sizeof target, "/explain?%s", cases[i].query);
        IS(target, 400, cases[i].line);
    }
    UNIT_TRUE(strncmp(explain_request_type(400), "text/plain", 10) == 0);
    buf_free(&out);
}

/* The caller knows more bytes, or has only counted them. */
static void the_beginning_of_a_packet_breaks_no_rule(void) {
    UNIT_INT(request("/explain?as=engineio&hex=34325b"), 200); /* 42[ */
    UNIT_TRUE(has("\"wrong\":true"));
    UNIT_FALSE(has("\"cut\":true"));
    UNIT_INT(request("/explain?as=engineio&hex=34325b&length=4"), 200);
    UNIT_FALSE(has("\"wrong\":true"));
    UNIT_TRUE(has("\"cut\":true"));
    UNIT_INT(request("/explain?as=engineio&hex=34325b&length=3"), 200);
    UNIT_TRUE(has("\"wrong\":true"));
    UNIT_INT(request("/explain?as=engineio&hex=34325b&length=90"), 200);
    UNIT_TRUE(has("\"words\":\"cut: 0 of 87 bytes are here\""));
    UNIT_INT(request("/explain?as=engineio&hex=34325b&length="), 200);
    UNIT_TRUE(has("\"wrong\":true"));
    UNIT_INT(request("/explain?as=engineio&hex=34325b&length=268435456"), 200);
    UNIT_FALSE(has("\"wrong\":true"));
    buf_free(&out);
}

static void explains_up_to_limit_explain_input(void) {
    const char *start = "/explain?as=engineio&hex=";
    size_t n = LIMIT_EXPLAIN_INPUT;
    UNIT_INT(request(target_of(start, "4141", n)), 200);
    UNIT_TRUE(has("\"name\":\"data\",\"bit\":8,\"bits\":31992,")); /* all */
    UNIT_TRUE(strlen(target_of(start, "4141", n)) <= LIMIT_HTTP_TARGET);
    IS(target_of(start, "4141", n + 1), 400, "hex: more than 4000 bytes\n");
    UNIT_INT(request(target_of(start, "4141", n + 2)), 400);
    UNIT_TRUE(strlen(start) + (size_t)2 * n + 100 < LIMIT_HTTP_TARGET);
    buf_free(&out);
}

/* A frame of two bytes has a header and eight fields. */
static void explains_as_many_fields_as_its_limits_allow(void) {
    size_t frame = 9 * sizeof(struct explain_field), n = LIMIT_EXPLAIN_INPUT;
    size_t frames = LIMIT_EXPLAIN_MEMORY / frame;
    const char *start = "/explain?as=ws&hex=";
    const char *line = "hex: too many fields: explain fewer bytes at once\n";
    UNIT_TRUE(2 * frames < n);
    IS(target_of(start, "8a00", 2 * frames + 2), 400, line);
    /* Five fields of this one break a rule, so the JSON is the longer part. */
    UNIT_INT(request(target_of(start, "ff00", 2)), 200);
    size_t per_frame = buf_view(&out).len;
    frames = LIMIT_EXPLAIN_OUTPUT / per_frame;
    UNIT_INT(request(target_of(start, "ff00", 2 * frames * 9 / 10)), 200);
    UNIT_TRUE(json_valid(buf_view(&out)));
    IS(target_of(start, "ff00", 2 * frames * 11 / 10), 400, line);
    UNIT_TRUE(frames * 11 / 10 * frame < LIMIT_EXPLAIN_MEMORY);
    buf_free(&out);
}

static void the_largest_array_of_a_packet_is_explained(void) {
    buf_clear(&query);
    buf_text(&query, "/explain?as=engineio&hex=34325b226122"); /* 42["a" */
    for (int i = 0; i < 1996; i++) buf_text(&query, "2c31");   /* ,1 */
    buf_append(&query, "5d", 3);
    UNIT_INT(request((const char *)query.bytes), 200);
    UNIT_TRUE(has("\"argument\""));
    UNIT_TRUE(json_valid(buf_view(&out)));
    buf_free(&out);
    buf_free(&query);
}

UNIT_MAIN("socketio/explain_request", UNIT_TEST(a_request_is_for_one_path),
          UNIT_TEST(explains_bytes_as_the_protocol_that_it_is_told),
          UNIT_TEST(what_breaks_a_rule_is_explained_too),
          UNIT_TEST(says_in_one_line_what_is_wrong_with_a_query),
          UNIT_TEST(the_beginning_of_a_packet_breaks_no_rule),
          UNIT_TEST(explains_up_to_limit_explain_input),
          UNIT_TEST(explains_as_many_fields_as_its_limits_allow),
          UNIT_TEST(the_largest_array_of_a_packet_is_explained))
