/* origin_test.c: websocket/origin.h against RFC 6454 §7 and RFC 6455 §10.2 */
#include "packets/unit.h"
#include "websocket/origin.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void knows_the_names_of_this_machine(void) {
    static const struct {
        const char *host;
        bool expected;
    } cases[] = {
        {"localhost", true},
        {"LocalHost:3000", true},
        {"localhost:", true},
        {"127.0.0.1", true},
        {"127.0.0.1:3000", true},
        {"127.9.0.9:9090", true},
        {"127.255.255.255:1", true},
        {"[::1]", true},
        {"[::1]:3000", true},
        {"", false},
        {":80", false},
        {"localhost.example.org", false},
        {"xlocalhost", false},
        {"127.0.0.1.example.org", false},
        {"127.0.0.256", false},
        {"127.0x0.1", false},
        {"127.0.0.0001", false},
        {"127.0.0", false},
        {"127..0.1", false},
        {"127.0.0.", false},
        {"3000", false},
        {"127.1", false},
        {"127.0.0.1.", false},
        {"127.0.0.1:2:3", false},
        {"128.0.0.1", false},
        {"10.127.0.0.1", false},
        {"0.0.0.0", false},
        {"[::2]", false},
        {"[::1]x", false},
        {"::1", true}, /* as an option gives it */
        {"::1:80", false},
        {"rebind.evil.example", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n = strlen(cases[i].host);
        uint8_t *copy = unit_exact(cases[i].host, n);
        bool got = origin_is_loopback((struct span){copy, n});
        if (got != cases[i].expected) puts(cases[i].host);
        UNIT_INT(got, cases[i].expected);
        free(copy);
    }
}

static void compares_whole_origins(void) {
    static const char list[] = "http://a.example, https://b.example:8443";
    static const struct {
        const char *origin, *host, *allowed;
        bool expected;
    } cases[] = {
        {"http://localhost:3000", "localhost:3000", NULL, true},
        {"https://localhost:3000", "localhost:3000", NULL, true},
        {"HTTP://LOCALHOST:3000", "localhost:3000", NULL, true},
        {"http://[::1]:3000", "[::1]:3000", NULL, true},
        {"http://localhost:3001", "localhost:3000", NULL, false},
        {"http://localhost", "localhost:3000", NULL, false},
        {"http://127.0.0.1:3000", "localhost:3000", NULL, false},
        {"http://localhost:3000/", "localhost:3000", NULL, false},
        {"http://localhost:3000?", "localhost:3000", NULL, false},
        {"http://localhost:3000.evil.example", "localhost:3000", NULL, false},
        {"ftp://localhost:3000", "localhost:3000", NULL, false},
        {"localhost:3000", "localhost:3000", NULL, false},
        {"http://", "", NULL, false},
        {"http://a", "a", NULL, true},
        {"null", "null", NULL, false},
        {"", "", NULL, false},
        {"http://evil.example", "localhost", "*", true},
        {"null", "localhost", "*", true},
        {"http://a.example", "localhost", list, true},
        {"https://B.example:8443", "localhost", list, true},
        {"http://localhost", "localhost", list, true},
        {"https://a.example", "localhost", list, false},
        {"https://b.example", "localhost", list, false},
        {"http://a.example.evil.example", "localhost", list, false},
        {"http://a.exampl", "localhost", list, false},
        {"a.example", "localhost", list, false},
        {"http://a.example, https://b.example:8443", "localhost", list, false},
        {"", "localhost", "", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool got = origin_allowed(span_from(cases[i].origin),
                                  span_from(cases[i].host), cases[i].allowed);
        if (got != cases[i].expected) puts(cases[i].origin);
        UNIT_INT(got, cases[i].expected);
    }
}

static unsigned check(const char *request, bool loopback, const char *allowed) {
    struct http_head h;
    UNIT_INT(http_request(&h, span_from(request), 0), strlen(request));
    return origin_check(&h, loopback, allowed);
}

static void refuses_foreign_pages(void) {
#define LOCAL "GET / HTTP/1.1\r\nHost: localhost:1\r\n"
#define EVIL "Origin: http://evil.example\r\n"
    UNIT_INT(check(LOCAL "\r\n", true, NULL), 0); /* no browser */
    UNIT_INT(check(LOCAL "Origin: http://localhost:1\r\n\r\n", true, NULL), 0);
    UNIT_INT(check(LOCAL EVIL "\r\n", true, NULL), 403);
    UNIT_INT(check(LOCAL EVIL "\r\n", true, "*"), 0);
    UNIT_INT(check(LOCAL EVIL "\r\n", true, "http://evil.example"), 0);
    UNIT_INT(check(LOCAL "Origin: null\r\n\r\n", true, NULL), 403);
    UNIT_INT(check(LOCAL EVIL "Origin: http://localhost:1\r\n\r\n", true, NULL),
             403); /* RFC 6454 §7.3: at most one */
    UNIT_INT(check(LOCAL "Origin: http://localhost:1\r\n"
                         "Origin: http://localhost:1\r\n\r\n",
                   true, NULL),
             403);
    UNIT_INT(check("GET / HTTP/1.0\r\nOrigin: http://\r\n\r\n", true, NULL),
             403);
}

/* DNS rebinding: for the browser, page and server have the same origin. */
static void refuses_foreign_names_for_this_machine(void) {
#define REBOUND "GET / HTTP/1.1\r\nHost: evil.example\r\n"
    UNIT_INT(check(REBOUND "\r\n", true, NULL), 403);
    UNIT_INT(check(REBOUND EVIL "\r\n", true, NULL), 403);
    UNIT_INT(check(REBOUND EVIL "\r\n", true, "*"), 403);
    UNIT_INT(check(REBOUND EVIL "\r\n", false, NULL), 0); /* its own name */
    UNIT_INT(check("GET http://evil.example/ HTTP/1.1\r\n"
                   "Host: localhost\r\n\r\n",
                   true, NULL),
             403); /* RFC 9112 §3.2.2: the target's host counts */
    UNIT_INT(check("GET / HTTP/1.0\r\n\r\n", true, NULL), 0);
}

UNIT_MAIN("websocket/origin", UNIT_TEST(knows_the_names_of_this_machine),
          UNIT_TEST(compares_whole_origins), UNIT_TEST(refuses_foreign_pages),
          UNIT_TEST(refuses_foreign_names_for_this_machine))
