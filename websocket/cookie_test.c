/* cookie_test.c: websocket/cookie.h */
#include "packets/unit.h"
#include "websocket/cookie.h"

/* Parses a copy of exactly its size. Returns the result; text gets the value,
 * or "-". */
static int parse(const char *field, size_t n, char text[100]) {
    uint8_t *exact = unit_exact(field, n);
    struct span value = {0};
    int result = cookie_parse((struct span){exact, n}, "name", &value);
    snprintf(text, 100, "%.*s", result == 1 ? (int)value.len : 1,
             result == 1 ? (char *)value.data : "-");
    free(exact);
    return result;
}

static void finds_the_example_of_the_standard(void) {
    char field[] = "SID=31d4d96e407aad42; lang=en-US"; /* RFC 6265 §3.1 */
    struct span value;
    UNIT_INT(cookie_parse(span_from(field), "SID", &value), 1);
    UNIT_TEXT(value.data, value.len, "31d4d96e407aad42");
    UNIT_INT(cookie_parse(span_from(field), "lang", &value), 1);
    UNIT_TEXT(value.data, value.len, "en-US");
    UNIT_INT(cookie_parse(span_from(field), "LANG", &value), 0);
}

/* One line for each rule: the field, the result, and the value. */
static void each_rule(void) {
    static const struct {
        const char *field;
        int result;
        const char *value;
    } cases[] = {
        {"", 0, "-"},
        {"name=", 1, ""},
        {"name=Ann", 1, "Ann"},
        {"name=\"Ann\"", 1, "Ann"}, /* RFC 6265 §4.1.1: quotes around it */
        {"name=\"\"", 1, ""},
        {"name=a=b", 1, "a=b"},
        {"name=!#$%&'()*+-./:<=>?@[]^_`{|}~", 1,
         "!#$%&'()*+-./:<=>?@[]^_`{|}~"},
        {"a=1; name=Ann; b=2", 1, "Ann"},
        {"nam=1; names=2; xname=3; Name=4", 0, "-"},
        {"name", 0, "-"},
        /* RFC 6265 §4.1.1: only these octets are in a cookie-value */
        {"name=\"Ann", COOKIE_ERR_SYNTAX, "-"},
        {"name=\"", COOKIE_ERR_SYNTAX, "-"},
        {"name=A\"nn", COOKIE_ERR_SYNTAX, "-"},
        {"name=Ann B", COOKIE_ERR_SYNTAX, "-"},
        {"name=Ann,B", COOKIE_ERR_SYNTAX, "-"},
        {"name=Ann\\", COOKIE_ERR_SYNTAX, "-"},
        {"name=Ann\t", COOKIE_ERR_SYNTAX, "-"},
        {"name=Ann\x7f", COOKIE_ERR_SYNTAX, "-"},
        {"name=Zo\xc3\xab", COOKIE_ERR_SYNTAX, "-"},
        /* RFC 6265 §4.2.1: ";" SP, and then another pair */
        {"a=1;name=Ann", COOKIE_ERR_SYNTAX, "-"},
        {"a=1;\tname=Ann", COOKIE_ERR_SYNTAX, "-"},
        {"name=Ann;", COOKIE_ERR_SYNTAX, "-"},
        {"name=Ann; ", COOKIE_ERR_SYNTAX, "-"},
        {"a=1;  name=Ann", 0, "-"}, /* the name begins with a space */
        /* RFC 6265 §8.5: what another program has set is not judged */
        {"json={\"a\": 1,2}; name=Ann; \x01=\\", 1, "Ann"},
        {"nameless; name=Ann", 1, "Ann"},
        {"=; name=Ann", 1, "Ann"},
        /* RFC 6265 §4.2.2: no reliance on the order */
        {"name=Ann; name=Ann", COOKIE_ERR_TWICE, "-"},
        {"name=; a=b; name=Ann", COOKIE_ERR_TWICE, "-"},
    };
    char text[100];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *field = cases[i].field;
        int result = parse(field, strlen(field), text);
        UNIT_INT(result, cases[i].result);
        if (result != cases[i].result) printf("  %s\n", field);
        UNIT_TEXT(text, strlen(text), cases[i].value);
    }
}

/* What is left of a field after a cut has no other name and no longer value. */
static void a_prefix_has_the_cookie_or_a_shorter_one(void) {
    static const char field[] = "theme=\"dark\"; name=Zo%C3%AB; other=1; x=2";
    const char *value = "Zo%C3%AB";
    size_t begin = strlen("theme=\"dark\"; name=");
    char text[100];
    for (size_t n = 0; n < sizeof field; n++) {
        int result = parse(field, n, text);
        bool is_cut =
            field[n > 0 ? n - 1 : 0] == ';' || (n > 1 && field[n - 2] == ';');
        if (is_cut) {
            UNIT_INT(result, COOKIE_ERR_SYNTAX);
            continue;
        }
        UNIT_INT(result, n >= begin);
        size_t len = n < begin ? 0 : n - begin;
        if (len > strlen(value)) len = strlen(value);
        if (result == 1) UNIT_INT(strlen(text), len);
        if (result == 1) UNIT_INT(strncmp(text, value, len), 0);
    }
}

static struct http_head head;

/* A request with these field lines. */
static const struct http_head *request(const char *lines) {
    static char text[500];
    snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", lines);
    UNIT_TRUE(http_request(&head, span_from(text), 0) > 0);
    return &head;
}

static void finds_and_decodes_the_cookie_of_a_request(void) {
    char text[6];
    struct span value;
    UNIT_INT(cookie_find(request(""), "name", &value), 0);
    UNIT_INT(cookie_find(request("cookie: name=Ann\r\n"), "name", &value), 1);
    UNIT_TEXT(value.data, value.len, "Ann");
    /* RFC 6265 §5.4: no more than one Cookie field */
    UNIT_INT(cookie_find(request("Cookie: a=1\r\nCookie: name=Ann\r\n"), "name",
                         &value),
             COOKIE_ERR_TWICE);

    request("Cookie: name=Zo%C3%AB\r\n");
    UNIT_INT(cookie_text(&head, "name", text, sizeof text), 4);
    UNIT_TEXT(text, strlen(text), "Zo\xc3\xab");
    UNIT_INT(cookie_text(&head, "name", text, 5), 4);
    UNIT_INT(cookie_text(&head, "name", text, 4), COOKIE_ERR_SYNTAX);
    UNIT_TEXT(text, strlen(text), ""); /* after an error there is none */
    strcpy(text, "xx");
    UNIT_INT(cookie_text(&head, "other", text, 6), 0);
    UNIT_TEXT(text, strlen(text), "");
    UNIT_INT(cookie_text(request("Cookie: name=A\r\n"), "name", text, 6), 1);
    UNIT_TEXT(text, strlen(text), "A");
    UNIT_INT(cookie_text(request("Cookie: name=\r\n"), "name", text, 6), 0);
    UNIT_INT(cookie_text(request("Cookie: name=a%0\r\n"), "name", text, 6),
             COOKIE_ERR_SYNTAX);
    UNIT_INT(cookie_text(request("Cookie: name=a%00b\r\n"), "name", text, 6),
             COOKIE_ERR_SYNTAX);
    UNIT_INT(cookie_text(request("Cookie: name=a b\r\n"), "name", text, 6),
             COOKIE_ERR_SYNTAX);
}

static void what_is_encoded_decodes_to_itself(void) {
    struct buf out = {.max = 1000};
    char all[256], text[257];
    for (int i = 1; i < 256; i++) all[i - 1] = (char)i;
    all[255] = '\0';
    UNIT_TRUE(cookie_encode(&out, span_from(all)));
    UNIT_INT(cookie_decode(buf_view(&out), text, sizeof text), 255);
    UNIT_INT(strcmp(text, all), 0);
    for (size_t i = 0; i < out.end; i++)
        UNIT_TRUE(strchr("%-._~", out.bytes[i]) ||
                  (span_lower(out.bytes[i]) >= 'a' &&
                   span_lower(out.bytes[i]) <= 'z') ||
                  (out.bytes[i] >= '0' && out.bytes[i] <= '9'));
    buf_free(&out);

    buf_init(&out, 100); /* RFC 3986 §2.3: unreserved, and their neighbours */
    UNIT_TRUE(cookie_encode(&out, span_from("azAZ09-._~")));
    UNIT_TEXT(out.bytes, out.end, "azAZ09-._~");
    buf_clear(&out);
    UNIT_TRUE(cookie_encode(&out, span_from("`{@[/:,^}")));
    UNIT_TEXT(out.bytes, out.end, "%60%7B%40%5B%2F%3A%2C%5E%7D");
    buf_free(&out);

    buf_init(&out, 7); /* all of it, or nothing */
    UNIT_TRUE(buf_text(&out, "x"));
    UNIT_FALSE(cookie_encode(&out, span_from("ab\xff\xff")));
    UNIT_TEXT(out.bytes, out.end, "x");
    UNIT_TRUE(cookie_encode(&out, span_from("\xff\xff")));
    UNIT_TEXT(out.bytes, out.end, "x%FF%FF");
    buf_free(&out);
}

static void writes_the_field_that_a_browser_stores(void) {
    char field[COOKIE_FIELD_MAX], text[200];
    UNIT_TRUE(cookie_set(field, "name", span_from("Ann; Path=/x\r\nA: b")));
    UNIT_TEXT(field, strlen(field),
              "Set-Cookie: name=Ann%3B%20Path%3D%2Fx%0D%0AA%3A%20b; Path=/; "
              "HttpOnly; SameSite=Strict\r\n");
    memset(text, ';', sizeof text); /* each takes three bytes */
    size_t rest = strlen("Set-Cookie: n=; Path=/; HttpOnly; SameSite=Strict"
                         "\r\n") +
                  1;
    size_t largest = (COOKIE_FIELD_MAX - rest) / 3;
    UNIT_TRUE(cookie_set(field, "n", (struct span){(uint8_t *)text, largest}));
    UNIT_FALSE(
        cookie_set(field, "n", (struct span){(uint8_t *)text, largest + 1}));
    UNIT_FALSE(cookie_set(field, "n", (struct span){(uint8_t *)text, 200}));
    char all[COOKIE_FIELD_MAX];
    memset(all, 'a', sizeof all);
    largest = COOKIE_FIELD_MAX - rest;
    UNIT_TRUE(cookie_set(field, "n", (struct span){(uint8_t *)all, largest}));
    UNIT_INT(strlen(field), COOKIE_FIELD_MAX - 1);
    UNIT_FALSE(
        cookie_set(field, "n", (struct span){(uint8_t *)all, largest + 1}));
}

UNIT_MAIN("cookie", UNIT_TEST(finds_the_example_of_the_standard),
          UNIT_TEST(each_rule),
          UNIT_TEST(a_prefix_has_the_cookie_or_a_shorter_one),
          UNIT_TEST(finds_and_decodes_the_cookie_of_a_request),
          UNIT_TEST(what_is_encoded_decodes_to_itself),
          UNIT_TEST(writes_the_field_that_a_browser_stores))
