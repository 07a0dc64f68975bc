/* http_test.c: what websocket/http.h finds in a head (RFC 9112 §3.2, RFC 9110);
 * http_head_test.c has the heads themselves */
#include "packets/unit.h"
#include "websocket/http.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define GET "GET / HTTP/1.1\r\n"
#define HOST "Host: h\r\n"

static struct http_head head;
static uint8_t *exact; /* the bytes that the spans of head are parts of */

static int request_text(const char *text) {
    size_t n = strlen(text);
    free(exact);
    exact = unit_exact(text, n);
    return http_request(&head, (struct span){exact, n}, 0);
}

/* RFC 9112 §3.2, §3.2.2, and RFC 9110 §4.2.3. */
static void splits_a_target(void) {
    static const struct {
        const char *line, *host, *path;
    } cases[] = {
        {"GET / HTTP/1.1\r\n", "field:1", "/"},
        {"GET /a/b?c HTTP/1.1\r\n", "field:1", "/a/b"},
        {"GET /? HTTP/1.1\r\n", "field:1", "/"},
        {"GET //a HTTP/1.1\r\n", "field:1", "//a"},
        {"OPTIONS * HTTP/1.1\r\n", "field:1", "*"},
        {"GET http://target:2/a?b HTTP/1.1\r\n", "target:2", "/a"},
        {"GET HTTPS://[::1] HTTP/1.1\r\n", "[::1]", "/"},
        {"GET http://t_-.9:?b/c HTTP/1.1\r\n", "t_-.9:", "/"},
        {"A http://h:65535/ HTTP/1.1\r\n", "h:65535", "/"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[200];
        int n = snprintf(text, sizeof text, "%sHost: field:1\r\n\r\n",
                         cases[i].line);
        UNIT_INT(request_text(text), n);
        UNIT_TEXT(head.host.data, head.host.len, cases[i].host);
        struct span path = http_path(head.target);
        UNIT_TEXT(path.data, path.len, cases[i].path);
    }
    UNIT_INT(request_text("GET / HTTP/1.0\r\n\r\n"), 18);
    UNIT_TRUE(head.host.data == NULL);
}

static int query(const char *target, const char *key, char *text, size_t size) {
    size_t n = strlen(target);
    uint8_t *copy = unit_exact(target, n);
    int got = http_query((struct span){copy, n}, key, text, size);
    free(copy);
    return got;
}

static void finds_a_value_in_the_query(void) {
    static const struct {
        const char *target, *key;
        int count;
        const char *expected;
    } cases[] = {
        {"/?EIO=4&transport=polling&sid=a", "EIO", 1, "4"},
        {"/?EIO=4&transport=polling&sid=a", "transport", 1, "polling"},
        {"/?EIO=4&transport=polling&sid=a", "sid", 1, "a"},
        {"/?sid=a&sid=b", "sid", 2, "a"},
        {"/?sid&b=c&sid=d&sid", "sid", 3, ""},
        {"/?xsid=a&sidx=b", "sid", 0, ""},
        {"/?a=sid=1", "sid", 0, ""},
        {"/sid=1", "sid", 0, ""},
        {"/a&sid=1", "sid", 0, ""},
        {"/?sid=", "sid", 1, ""},
        {"/?sid", "sid", 1, ""},
        {"/?a&&sid=b=c?d", "sid", 1, "b=c?d"},
        {"/?", "sid", 0, ""},
        {"", "sid", 0, ""},
        {"http://h?sid=1", "sid", 1, "1"},
        {"/?si", "sid", 0, ""},
        {"/?a", "a", 1, ""}, /* texts of one byte */
        {"/?&", "&", 0, ""},
        {"/?sid=%01", "sid", 1, "\x01"},
        /* RFC 3986 §2.3: an unreserved character and its percent-encoding are
         * equivalent; §2.1: digits in either case; decoded once. */
        {"/?%73id=%61", "sid", 1, "a"},
        {"/?s%69%64=%4a%4A", "sid", 1, "JJ"},
        {"/?sid=a&%73id=b", "sid", 2, "a"},
        {"/?a%26sid=1", "sid", 0, ""}, /* "&" and "=" in a key or value */
        {"/?sid%3D=1", "sid", 0, ""},
        {"/?sid=a%26b%3Dc", "sid", 1, "a&b=c"},
        {"/?sid=%2561", "sid", 1, "%61"},
        {"/?sid=a+b", "sid", 1, "a+b"},
        {"/?sid%00=1", "sid", 0, ""},
        {"/?%=1&%zz=2&sid=3", "sid", 1, "3"}, /* malformed, but not this key */
        {"/?sid=1&a=%", "sid", 1, "1"},
        {"/?sid=%", "sid", HTTP_ERR_BAD, NULL},
        {"/?sid=a%4", "sid", HTTP_ERR_BAD, NULL},
        {"/?sid=%4g", "sid", HTTP_ERR_BAD, NULL},
        {"/?sid=%g4", "sid", HTTP_ERR_BAD, NULL},
        {"/?sid=%-1", "sid", HTTP_ERR_BAD, NULL},
        {"/?sid=a%00b", "sid", HTTP_ERR_BAD, NULL},
        {"/?sid=a&sid=%", "sid", HTTP_ERR_BAD, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[16] = "old";
        UNIT_INT(query(cases[i].target, cases[i].key, text, sizeof text),
                 cases[i].count);
        if (cases[i].expected) UNIT_TEXT(text, strlen(text), cases[i].expected);
    }
}

static void cuts_a_value_that_does_not_fit(void) {
    char text[4];
    UNIT_INT(query("/?a=123", "a", text, sizeof text), 1);
    UNIT_TEXT(text, strlen(text), "123");
    UNIT_INT(query("/?a=12345", "a", text, sizeof text), 1);
    UNIT_TEXT(text, strlen(text), "123");
    UNIT_INT(query("/?a=12345%", "a", text, sizeof text), HTTP_ERR_BAD);
}

static void finds_fields_whatever_their_case(void) {
    unsigned count;
    request_text(GET HOST "A: one\r\na: two, Three\r\nB:\r\n\r\n");
    struct span value = http_field(&head, "a", &count);
    UNIT_TEXT(value.data, value.len, "one");
    UNIT_INT(count, 2);
    UNIT_TRUE(http_field(&head, "B", NULL).data != NULL);
    UNIT_TRUE(http_field(&head, "C", &count).data == NULL);
    UNIT_INT(count, 0);
    UNIT_TRUE(http_field_has_token(&head, "A", "ONE"));
    UNIT_TRUE(http_field_has_token(&head, "A", "three"));
    UNIT_FALSE(http_field_has_token(&head, "A", "two, Three"));
    UNIT_FALSE(http_field_has_token(&head, "A", "h")); /* that is Host's */
    UNIT_FALSE(http_field_has_token(&head, "B", ""));
}

/* The target "http://" has a host: an empty one. */
static void an_authority_may_be_empty(void) {
    struct span none = http_authority(span_from("http://"));
    UNIT_TRUE(none.data != NULL);
    UNIT_INT(none.len, 0);
    UNIT_INT(http_authority(span_from("http:///a")).len, 0);
    UNIT_TRUE(http_authority(span_from("http:/")).data == NULL);
    struct span path = http_path((struct span){NULL, 0});
    UNIT_TEXT(path.data, path.len, "/");
}

UNIT_MAIN("websocket/http", UNIT_TEST(splits_a_target),
          UNIT_TEST(finds_a_value_in_the_query),
          UNIT_TEST(cuts_a_value_that_does_not_fit),
          UNIT_TEST(finds_fields_whatever_their_case),
          UNIT_TEST(an_authority_may_be_empty))
