/* url_test.c: packets/url.h against RFC 3986 §3.2 */
#include "packets/unit.h"
#include "packets/url.h"

static void splits_host_and_port(void) {
    static const struct {
        const char *text, *host, *port;
    } cases[] = {
        {"127.0.0.1:7102", "127.0.0.1", "7102"},
        {"localhost:1", "localhost", "1"},
        {"a:65535", "a", "65535"},
        {"a:00080", "a", "00080"},
        {"[::1]:7102", "::1", "7102"},
        {"[::]:80", "::", "80"},
        {"[fe80::1%lo]:1", "fe80::1%lo", "1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = unit_exact(cases[i].text, strlen(cases[i].text) + 1);
        char *host = "", *port = "";
        UNIT_INT(url_split_host_port(text, &host, &port), 0);
        UNIT_TEXT(host, strlen(host), cases[i].host);
        UNIT_TEXT(port, strlen(port), cases[i].port);
        free(text);
    }
}

/* A text that is refused is not changed. */
static void refuses_what_is_not_host_and_port(void) {
    static const struct {
        const char *text;
        int error;
    } cases[] = {
        {"", URL_ERR_FORM},
        {"7102", URL_ERR_FORM},
        {":7102", URL_ERR_FORM},
        {"localhost:", URL_ERR_FORM}, /* a part is missing */
        /* RFC 3986 §3.2.2: the brackets of IPv6 */
        {"::1:7102", URL_ERR_FORM},
        {"a:b:7102", URL_ERR_FORM}, /* which colon? */
        {"[::1]", URL_ERR_FORM},
        {"[::1]7102", URL_ERR_FORM},
        {"[]:7102", URL_ERR_FORM},
        {"[a]:7102", URL_ERR_FORM},
        {"[::1:7102", URL_ERR_FORM},
        {"[:7102", URL_ERR_FORM},
        {"[", URL_ERR_FORM},
        /* RFC 3986 §3.2.3: digits; and TCP has 1 to 65535 */
        {"localhost:0", URL_ERR_PORT},
        {"localhost:65536", URL_ERR_PORT},
        {"localhost:000080", URL_ERR_PORT}, /* no port needs six digits */
        {"127.0.0.1:99999", URL_ERR_PORT},
        {"[::1]:100000", URL_ERR_PORT},
        {"a:4294967297", URL_ERR_PORT},
        {"a:http", URL_ERR_PORT},
        {"a:-1", URL_ERR_PORT},
        {"a:+1", URL_ERR_PORT},
        {"a: 1", URL_ERR_PORT},
        {"a:1x", URL_ERR_PORT},
        {"a:/", URL_ERR_PORT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *before = cases[i].text;
        char *text = unit_exact(before, strlen(before) + 1);
        char *host = NULL, *port = NULL;
        UNIT_INT(url_split_host_port(text, &host, &port), cases[i].error);
        UNIT_TEXT(text, strlen(text), before);
        UNIT_TRUE(host == NULL && port == NULL);
        free(text);
    }
}

static void parses_a_url(void) {
    static const struct {
        const char *text, *authority, *host, *port, *path;
    } good[] = {
        {"ws://localhost:7408/chat?a=/b", "localhost:7408", "localhost", "7408",
         "/chat?a=/b"},
        {"ws://[::1]:1", "[::1]:1", "::1", "1", ""},
        {"ws://a:1/!~", "a:1", "a", "1", "/!~"}, /* the ends of visible ASCII */
    };
    static const char *const bad[] = {
        "http://a:1/",
        "WS://a:1/",
        "ws:/a:1",
        "ws://a",
        "ws://:1/",
        "ws://a:/",
        "",
        "ws://a/b:1",
        "ws://::1:1/",
        "ws://",
        "ws://a:1/#x", /* a fragment is not sent (RFC 6455 §3) */
        "ws://a:1?x",  /* the path is missing */
        "ws://u@a:1/", /* a user name */
        /* RFC 3986 §2: not printable; a space would end the request line */
        "ws://a:1/b c",
        "ws://a:1/\r\nX: y",
        "ws://a:1/\x7f",
        "ws://a:1/\xc3\xa9",
        "ws://a:65536/",
    };
    struct url u;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        UNIT_INT(url_parse(&u, good[i].text, "ws://"), 0);
        UNIT_TEXT(u.authority, strlen(u.authority), good[i].authority);
        UNIT_TEXT(u.host, strlen(u.host), good[i].host);
        UNIT_TEXT(u.port, strlen(u.port), good[i].port);
        UNIT_TEXT(u.path, strlen(u.path), good[i].path);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        UNIT_TRUE(url_parse(&u, bad[i], "ws://") < 0);
}

static void an_authority_fits_or_is_refused(void) {
    char text[400] = "ws://";
    struct url u;
    memset(text + 5, 'a', 300);
    size_t largest = sizeof u.authority - 1;
    memcpy(text + 5 + largest - 2, ":1", 3);
    UNIT_INT(url_parse(&u, text, "ws://"), 0);
    UNIT_INT(strlen(u.authority), largest);
    memcpy(text + 5 + largest - 2, "a:1", 4);
    UNIT_INT(url_parse(&u, text, "ws://"), -1);
}

UNIT_MAIN("packets/url", UNIT_TEST(splits_host_and_port),
          UNIT_TEST(refuses_what_is_not_host_and_port), UNIT_TEST(parses_a_url),
          UNIT_TEST(an_authority_fits_or_is_refused))
