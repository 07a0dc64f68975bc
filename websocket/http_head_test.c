/* http_head_test.c: the heads of websocket/http.h against RFC 9112 §2 to §6 and
 * RFC 9110 */
#include "packets/unit.h"
#include "websocket/http.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define GET "GET / HTTP/1.1\r\n"
#define HOST "Host: h\r\n"
#define POST "POST / HTTP/1.1\r\n" HOST

static struct http_head head;
static uint8_t *exact; /* the bytes that the spans of head are parts of */

static int request(const char *bytes, size_t n, size_t seen) {
    free(exact);
    exact = unit_exact(bytes, n);
    return http_request(&head, (struct span){exact, n}, seen);
}

static int request_text(const char *text) {
    return request(text, strlen(text), 0);
}

/* Parses 1 byte, then 2, up to n. Returns the first result that is not 0. */
static int one_by_one(const char *bytes, size_t n) {
    size_t seen = 0;
    for (size_t i = 1; i <= n; seen = i++) {
        int got = request(bytes, i, seen);
        if (got != 0) return got;
    }
    return 0;
}

/* RFC 9110 §3.9: the request of its example. */
static void reads_the_example_of_the_rfc(void) {
    static const char text[] = "GET /hello.txt HTTP/1.1\r\n"
                               "User-Agent: curl/7.64.1\r\n"
                               "Host: www.example.com\r\n"
                               "Accept-Language: en, mi\r\n\r\n";
    UNIT_INT(request_text(text), sizeof text - 1);
    UNIT_TEXT(head.method.data, head.method.len, "GET");
    UNIT_TEXT(head.target.data, head.target.len, "/hello.txt");
    UNIT_TEXT(head.host.data, head.host.len, "www.example.com");
    UNIT_INT(head.minor, 1);
    UNIT_INT(head.count, 3);
    UNIT_TEXT(head.fields[0].name.data, head.fields[0].name.len, "User-Agent");
    UNIT_TEXT(head.fields[0].value.data, head.fields[0].value.len,
              "curl/7.64.1");
    UNIT_TRUE(head.keep_alive);
    UNIT_FALSE(head.chunked);
    UNIT_INT(head.length, 0);
}

/* The response of the same example. */
static void reads_a_response(void) {
    static char text[] = "HTTP/1.1 200 OK\r\n"
                         "Date: Mon, 27 Jul 2009 12:28:53 GMT\r\n"
                         "Content-Length: 51\r\n"
                         "Content-Type: text/plain\r\n\r\n";
    struct http_head h;
    for (size_t n = 0; n < sizeof text - 1; n++)
        UNIT_INT(http_response(&h, (struct span){(uint8_t *)text, n},
                               n > 0 ? n - 1 : 0),
                 0);
    UNIT_INT(http_response(&h, span_from(text), 0), sizeof text - 1);
    UNIT_INT(h.status, 200);
    UNIT_INT(h.length, 51);
    UNIT_TRUE(h.keep_alive);
}

static void knows_what_ends_a_response(void) {
    static const struct {
        const char *text;
        int expected; /* 0: the whole text */
        unsigned status;
        bool keep_alive;
    } cases[] = {
        {"HTTP/1.1 100 Continue\r\n\r\n", 0, 100, true},
        {"HTTP/1.1 101 \r\n\r\n", 0, 101, true}, /* no reason, no body */
        {"HTTP/1.1 204 No\r\n\r\n", 0, 204, true},
        {"HTTP/1.1 304 N\r\nContent-Length: 9\r\n\r\n", 0, 304, true},
        {"HTTP/1.1 200 OK\r\n\r\n", 0, 200, false}, /* until the close */
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0, 200, true},
        {"HTTP/1.1 200\r\n\r\n", HTTP_ERR_BAD, 0, 0}, /* no second space */
        {"HTTP/1.1 2x0 OK\r\n\r\n", HTTP_ERR_BAD, 0, 0},
        /* RFC 9110 §15: 100 to 599, of three digits */
        {"HTTP/1.1 099 OK\r\n\r\n", HTTP_ERR_BAD, 0, 0},
        {"HTTP/1.1  200 OK\r\n\r\n", HTTP_ERR_BAD, 0, 0},
        {"HTTP/1.1 2000 OK\r\n\r\n", HTTP_ERR_BAD, 0, 0},
        {"http/1.1 200 OK\r\n\r\n", HTTP_ERR_BAD, 0, 0},
        {"HTTP/2.0 200 OK\r\n\r\n", HTTP_ERR_VERSION, 0, 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", HTTP_ERR_BAD, 0, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_head h;
        int got = http_response(&h, span_from(cases[i].text), 0);
        int expected =
            cases[i].expected ? cases[i].expected : (int)strlen(cases[i].text);
        UNIT_INT(got, expected);
        if (got <= 0) continue;
        UNIT_INT(h.status, cases[i].status);
        UNIT_INT(h.length, 0);
        UNIT_INT(h.keep_alive, cases[i].keep_alive);
    }
}

static void asks_for_more_at_every_cut(void) {
    static const char text[] =
        "\r\nPOST /a?b=c HTTP/1.1\r\nHost: h:1\r\nA:\r\nB: \t b c \t\r\n"
        "Content-Length: 7\r\n\r\n";
    for (size_t n = 0; n < sizeof text - 1; n++)
        UNIT_INT(request(text, n, 0), 0);
    UNIT_INT(request_text(text), sizeof text - 1);
    UNIT_INT(head.length, 7);
    UNIT_TEXT(head.fields[1].value.data, head.fields[1].value.len, "");
    UNIT_TEXT(head.fields[2].value.data, head.fields[2].value.len, "b c");
    UNIT_INT(one_by_one(text, sizeof text - 1), sizeof text - 1);
    UNIT_INT(head.count, 4);
}

static void leaves_what_follows_the_head(void) {
    static const char text[] = GET HOST "\r\n\0\n\x16 GET / HTTP/1.1\r\n";
    UNIT_INT(request(text, sizeof text - 1, 0), strlen(GET HOST "\r\n"));
}

/* Each error is the same in one piece and byte by byte. */
static void refuses_what_the_rfcs_forbid(void) {
    static const struct {
        const char *text;
        int expected;
    } cases[] = {
        /* RFC 9112 §2.2: lines end in CRLF; one empty line before a request */
        {"GET / HTTP/1.1\nHost: h\n\n", HTTP_ERR_BAD},
        {GET "Host: h\n\r\n", HTTP_ERR_BAD},
        {GET HOST "\n", HTTP_ERR_BAD},
        {GET HOST "A: b\rC: d\r\n\r\n", HTTP_ERR_BAD},
        {GET HOST "\r\r\n", HTTP_ERR_BAD},
        {"GET / HTTP/1.1\r\r\n", HTTP_ERR_BAD},
        {"\nGET / HTTP/1.1\r\n", HTTP_ERR_BAD},
        {"\r\n\r\n" GET, HTTP_ERR_BAD},
        {"\rGET", HTTP_ERR_BAD},
        /* RFC 9112 §3: the request-line */
        {" GET / HTTP/1.1\r\n", HTTP_ERR_BAD},
        {"GET  / HTTP/1.1\r\n", HTTP_ERR_BAD},
        {"GET\t/ HTTP/1.1\r\n", HTTP_ERR_BAD},
        {"GET /  HTTP/1.1\r\n", HTTP_ERR_BAD},
        {"GET / HTTP/1.1 \r\n", HTTP_ERR_BAD},
        {"GET  HTTP/1.1\r\n", HTTP_ERR_BAD},
        {"GET\r\n", HTTP_ERR_BAD},
        {"GET /\r\n", HTTP_ERR_BAD}, /* HTTP/0.9 */
        {"G(T / HTTP/1.1\r\n", HTTP_ERR_BAD},
        {"GET /a\x01 HTTP/1.1\r\n", HTTP_ERR_BAD},
        {"GET /\xC3\xA9 HTTP/1.1\r\n", HTTP_ERR_BAD},
        /* RFC 9112 §2.3: the version; RFC 9110 §15.6.6 */
        {"GET / http/1.1\r\n", HTTP_ERR_BAD},
        {"GET / HTTP/1.10\r\n", HTTP_ERR_BAD},
        {"GET / HTTP/01.1\r\n", HTTP_ERR_BAD},
        {"GET / HTTP/1\r\n", HTTP_ERR_BAD},
        {"GET / HTTP/1,1\r\n", HTTP_ERR_BAD},
        {"GET / HTTP/2.0\r\n", HTTP_ERR_VERSION},
        {"GET / HTTP/0.9\r\n", HTTP_ERR_VERSION},
        {"GET / HTTP/3.1\r\n", HTTP_ERR_VERSION},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
         HTTP_ERR_BAD}, /* * of no OPTIONS */
        /* RFC 9112 §5.1: field lines; RFC 9110 §5.1: a name is a token */
        {GET HOST "A : b\r\n", HTTP_ERR_BAD},
        {GET HOST "A\t: b\r\n", HTTP_ERR_BAD},
        {GET HOST ": b\r\n", HTTP_ERR_BAD},
        {GET HOST "A\r\n", HTTP_ERR_BAD},
        {GET HOST "A b: c\r\n", HTTP_ERR_BAD},
        {GET HOST "A\x80: c\r\n", HTTP_ERR_BAD},
        {GET HOST "A(: c\r\n", HTTP_ERR_BAD},
        {GET HOST "A: b\r\n c\r\n", HTTP_ERR_BAD}, /* RFC 9112 §5.2 */
        {GET HOST "A: b\r\n\tc\r\n", HTTP_ERR_BAD},
        {GET " Host: h\r\n", HTTP_ERR_BAD},
        /* RFC 9112 §3.2: Host, exactly one that can be one */
        {GET "\r\n", HTTP_ERR_BAD},
        {GET HOST HOST "\r\n", HTTP_ERR_BAD},
        {GET HOST "hOsT: i\r\n\r\n", HTTP_ERR_BAD},
        {"GET / HTTP/1.0\r\n" HOST HOST "\r\n", HTTP_ERR_BAD},
        {GET "Host:\r\n\r\n", HTTP_ERR_BAD},
        {GET "Host: a b\r\n\r\n", HTTP_ERR_BAD},
        {GET "Host: a, b\r\n\r\n", HTTP_ERR_BAD},
        {GET "Host: user@h\r\n\r\n", HTTP_ERR_BAD},
        {GET "Host: h/path\r\n\r\n", HTTP_ERR_BAD},
        {GET "Host: http://h\r\n\r\n", HTTP_ERR_BAD},
        {GET "Host: h:80a\r\n\r\n", HTTP_ERR_BAD},
        {GET "Host: h:123456\r\n\r\n", HTTP_ERR_BAD},
        {GET "Host: h:1:2\r\n\r\n", HTTP_ERR_BAD},
        {GET "Host: :80\r\n\r\n", HTTP_ERR_BAD}, /* RFC 9110 §4.2.1 */
        {GET "Host: [::1\r\n\r\n", HTTP_ERR_BAD},
        {GET "Host: []\r\n\r\n", HTTP_ERR_BAD},
        {GET "Host: [::1]x\r\n\r\n", HTTP_ERR_BAD},
        {GET "Host: [::g/]\r\n\r\n", HTTP_ERR_BAD},
        {GET "Host: [/::]\r\n\r\n", HTTP_ERR_BAD},
        /* RFC 9112 §3.2: the form of the target */
        {"GET h:80 HTTP/1.1\r\n", HTTP_ERR_BAD},
        {"CONNECT h:80 HTTP/1.1\r\n", HTTP_ERR_BAD},
        {"GET * HTTP/1.1\r\n", HTTP_ERR_BAD},
        {"GET a HTTP/1.1\r\n", HTTP_ERR_BAD},
        {"GET /a#b HTTP/1.1\r\n", HTTP_ERR_BAD},
        {"GET ftp://h/ HTTP/1.1\r\n", HTTP_ERR_BAD},
        {"GET http:///a HTTP/1.1\r\n", HTTP_ERR_BAD},
        {"GET http://u@h/ HTTP/1.1\r\n", HTTP_ERR_BAD},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        UNIT_INT(request_text(cases[i].text), cases[i].expected);
        UNIT_INT(one_by_one(cases[i].text, strlen(cases[i].text)),
                 cases[i].expected);
    }
}

/* RFC 9110 §2.5: as HTTP/1.1, which needs a Host field. */
static void treats_a_higher_minor_version_as_the_highest_known(void) {
    UNIT_INT(request_text("GET / HTTP/1.2\r\n" HOST "\r\n"),
             strlen("GET / HTTP/1.2\r\n" HOST "\r\n"));
    UNIT_INT(head.minor, 1);
    UNIT_TRUE(head.keep_alive);
    UNIT_TRUE(request_text("GET / HTTP/1.9\r\n" HOST "\r\n") > 0);
    UNIT_INT(head.minor, 1);
    UNIT_INT(request_text("GET / HTTP/1.2\r\n\r\n"), HTTP_ERR_BAD);
    UNIT_TRUE(request_text("GET / HTTP/1.0\r\n\r\n") > 0);
    UNIT_INT(head.minor, 0);
    struct http_head h;
    UNIT_TRUE(http_response(&h, span_from("HTTP/1.2 101 \r\n\r\n"), 0) > 0);
    UNIT_INT(h.minor, 1);
}

/* RFC 9110 §5.5: which of the 256 byte values a field value may contain. */
static void lets_only_text_into_a_value(void) {
    char text[] = GET HOST "A: b?c\r\n\r\n";
    char *byte = strchr(text, '?');
    for (int c = 0; c < 256; c++) {
        bool good = c == '\t' || (c >= 0x20 && c != 0x7F);
        *byte = (char)c;
        int got = request(text, sizeof text - 1, 0);
        UNIT_INT(got, good ? (int)sizeof text - 1 : HTTP_ERR_BAD);
        got = one_by_one(text, sizeof text - 1);
        UNIT_INT(got, good ? (int)sizeof text - 1 : HTTP_ERR_BAD);
    }
}

/* A byte that begins no request is refused before its line ends. */
static void refuses_wrong_first_bytes_immediately(void) {
    UNIT_INT(request("\x16", 1, 0), HTTP_ERR_BAD); /* a TLS handshake */
    UNIT_INT(request("\0", 1, 0), HTTP_ERR_BAD);
    UNIT_INT(request("\x80", 1, 0), HTTP_ERR_BAD); /* SSL 2 */
    UNIT_INT(request_text("GET /\x7F"), HTTP_ERR_BAD);
    UNIT_INT(request_text(GET "A: b\rc"), HTTP_ERR_BAD);
    UNIT_INT(request(GET "A: b\rc", strlen(GET) + 6, strlen(GET) + 5),
             HTTP_ERR_BAD);                         /* the CR was seen before */
    UNIT_INT(request_text("\r\n\r"), HTTP_ERR_BAD); /* a second empty line */
}

/* A line that has not ended may still become a good one. */
static void checks_a_line_when_it_has_ended(void) {
    static const char *const lines[] = {
        "GET / X", "G(T / HTTP/1.1", GET "A b", GET HOST "A : b", GET HOST " A",
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        char text[64];
        UNIT_INT(request_text(lines[i]), 0);
        UNIT_INT(one_by_one(lines[i], strlen(lines[i])), 0);
        int n = snprintf(text, sizeof text, "%s\r\n", lines[i]);
        UNIT_INT(one_by_one(text, (size_t)n - 1), 0);
        UNIT_INT(one_by_one(text, (size_t)n), HTTP_ERR_BAD);
    }
}

/* Parses the text that consists of before, n times fill, and after. */
static int padded(const char *before, char fill, size_t n, const char *after,
                  int (*parse)(const char *, size_t)) {
    size_t a = strlen(before), b = strlen(after);
    char *text = malloc(a + n + b + 1);
    if (!text) abort();
    memcpy(text, before, a);
    memset(text + a, fill, n);
    memcpy(text + a + n, after, b);
    int got = parse(text, a + n + b);
    free(text);
    return got;
}

static int in_one_piece(const char *bytes, size_t n) {
    return request(bytes, n, 0);
}

/* RFC 9112 §3: 414. */
static void limits_the_target(void) {
    static int (*const ways[])(const char *, size_t) = {in_one_piece,
                                                        one_by_one};
    static const char after[] = " HTTP/1.1\r\nHost: h\r\n\r\n";
    for (size_t i = 0; i < 2; i++) {
        UNIT_INT(padded("GET /", 'a', LIMIT_HTTP_TARGET - 1, after, ways[i]),
                 4 + LIMIT_HTTP_TARGET + strlen(after));
        UNIT_INT(padded("GET /", 'a', LIMIT_HTTP_TARGET, after, ways[i]),
                 HTTP_ERR_TARGET);
        /* A target that does not end may be as long as a whole head. */
        UNIT_INT(padded("GET /", 'a', LIMIT_HTTP_HEAD - 6, "", ways[i]), 0);
        UNIT_INT(padded("GET /", 'a', LIMIT_HTTP_HEAD - 5, "", ways[i]),
                 HTTP_ERR_TARGET);
        UNIT_INT(padded("\r\nGET /", 'a', LIMIT_HTTP_HEAD - 7, "", ways[i]),
                 HTTP_ERR_TARGET);
    }
}

/* All bytes of the head count, also those of an empty line before it. */
static void limits_the_head(void) {
    static int (*const ways[])(const char *, size_t) = {in_one_piece,
                                                        one_by_one};
    static const char *const starts[] = {GET HOST "A: ", "\r\n" GET HOST "A: "};
    for (size_t i = 0; i < 4; i++) {
        const char *start = starts[i / 2];
        int (*way)(const char *, size_t) = ways[i % 2];
        size_t n = LIMIT_HTTP_HEAD - strlen(start) - 4;
        UNIT_INT(padded(start, 'a', n, "\r\n\r\n", way), LIMIT_HTTP_HEAD);
        UNIT_INT(padded(start, 'a', n + 1, "\r\n\r\n", way), HTTP_ERR_HEAD);
        UNIT_INT(padded(start, 'a', n + 3, "", way), 0);
        UNIT_INT(padded(start, 'a', n + 4, "", way), HTTP_ERR_HEAD);
    }
}

static void limits_the_number_of_fields(void) {
    char text[4096] = GET HOST;
    for (int i = 1; i < LIMIT_HTTP_HEADERS; i++) strcat(text, "A: b\r\n");
    size_t n = strlen(text);
    strcat(text, "\r\n");
    UNIT_INT(request_text(text), n + 2);
    UNIT_INT(head.count, LIMIT_HTTP_HEADERS);
    text[n] = 0;
    strcat(text, "A: b\r\n"); /* refused before the head ends */
    UNIT_INT(request_text(text), HTTP_ERR_HEAD);
    UNIT_INT(one_by_one(text, strlen(text)), HTTP_ERR_HEAD);
}

/* RFC 9110 §8.6; RFC 9112 §6.1, and §6.3 items 3 to 5. */
static void frames_the_body(void) {
    static const struct {
        const char *text; /* of the fields */
        int expected;     /* 0: a good head */
        uint64_t length;
        bool chunked;
    } cases[] = {
        {"", 0, 0, false},
        {"Content-Length: 0\r\n", 0, 0, false},
        {"content-length:5\r\n", 0, 5, false},
        {"Content-Length: 007\r\n", 0, 7, false},
        {"Content-Length: 18446744073709551615\r\n", 0, UINT64_MAX, false},
        {"Content-Length: 18446744073709551616\r\n", HTTP_ERR_BAD, 0, 0},
        {"Content-Length: 99999999999999999999\r\n", HTTP_ERR_BAD, 0, 0},
        {"Content-Length: 184467440737095516150\r\n", HTTP_ERR_BAD, 0, 0},
        {"Content-Length:\r\n", HTTP_ERR_BAD, 0, 0},
        {"Content-Length: +5\r\n", HTTP_ERR_BAD, 0, 0},
        {"Content-Length: -57\r\n", HTTP_ERR_BAD, 0, 0},
        {"Content-Length: 5, 5\r\n", HTTP_ERR_BAD, 0, 0},
        {"Content-Length: 5 5\r\n", HTTP_ERR_BAD, 0, 0},
        {"Content-Length: 0x5\r\n", HTTP_ERR_BAD, 0, 0},
        {"Content-Length: 5a\r\n", HTTP_ERR_BAD, 0, 0},
        {"Content-Length: 5.0\r\n", HTTP_ERR_BAD, 0, 0},
        {"Content-Length: 5\r\nContent-Length: 6\r\n", HTTP_ERR_BAD, 0, 0},
        {"Content-Length: 5\r\ncontent-length: 5\r\n", HTTP_ERR_BAD, 0, 0},
        {"Transfer-Encoding: chunked\r\n", 0, 0, true},
        /* RFC 9110 §5.6.1.2: empty elements */
        {"Transfer-Encoding: , CHUNKED ,\r\n", 0, 0, true},
        {"Transfer-Encoding:\r\n", HTTP_ERR_BAD, 0, 0},
        {"Transfer-Encoding: chunked, chunked\r\n", HTTP_ERR_BAD, 0, 0},
        {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
         HTTP_ERR_BAD, 0, 0},
        {"Transfer-Encoding: xchunked\r\n", HTTP_ERR_CODING, 0, 0},
        {"Transfer-Encoding: gzip, chunked\r\n", HTTP_ERR_CODING, 0, 0},
        {"Transfer-Encoding: identity\r\n", HTTP_ERR_CODING, 0, 0},
        {"Transfer-Encoding: chunked;a=b\r\n", HTTP_ERR_CODING, 0, 0},
        {"Transfer-Encoding: \"chunked\"\r\n", HTTP_ERR_CODING, 0, 0},
        {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", HTTP_ERR_BAD, 0,
         0},
        {"Transfer-Encoding: gzip\r\nContent-Length: 4\r\n", HTTP_ERR_BAD, 0,
         0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[200];
        int n = snprintf(text, sizeof text, POST "%s\r\n", cases[i].text);
        UNIT_INT(request_text(text), cases[i].expected ? cases[i].expected : n);
        if (cases[i].expected) continue;
        UNIT_INT(head.length, cases[i].length);
        UNIT_INT(head.chunked, cases[i].chunked);
    }
    UNIT_INT(request_text("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n"
                          "\r\n"),
             HTTP_ERR_BAD);
}

/* RFC 9112 §9.3 */
static void knows_whether_the_connection_persists(void) {
    static const struct {
        const char *text;
        bool expected;
    } cases[] = {
        {GET HOST "\r\n", true},
        {GET HOST "Connection: close\r\n\r\n", false},
        {GET HOST "Connection: a ,\tCLOSE\r\n\r\n", false},
        {GET HOST "Connection: a\r\nConnection: close\r\n\r\n", false},
        {GET HOST "Connection: closed\r\n\r\n", true},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
        {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        UNIT_INT(request_text(cases[i].text), strlen(cases[i].text));
        UNIT_INT(head.keep_alive, cases[i].expected);
    }
}

static void finds_only_the_fields_of_the_last_head(void) {
    struct http_head h;
    struct span longer =
        span_from(GET HOST "A: b\r\nConnection: close\r\n\r\n");
    UNIT_TRUE(http_request(&h, longer, 0) > 0);
    UNIT_FALSE(h.keep_alive);
    UNIT_TRUE(http_request(&h, span_from(GET HOST "A: b\r\n\r\n"), 0) > 0);
    UNIT_TRUE(http_field(&h, "Connection", NULL).data == NULL);
    UNIT_TRUE(h.keep_alive);
    longer = span_from(POST "Transfer-Encoding: chunked\r\n"
                            "Transfer-Encoding: gzip\r\n\r\n");
    UNIT_INT(http_request(&h, longer, 0), HTTP_ERR_CODING);
    longer = span_from(POST "Transfer-Encoding: chunked\r\n\r\n");
    UNIT_TRUE(http_request(&h, longer, 0) > 0);
}

/* A response whose head has no end is refused at the limit. */
static void limits_the_head_of_a_response(void) {
    static char text[LIMIT_HTTP_HEAD] = "HTTP/1.1 200 OK\r\nA: ";
    struct http_head h;
    for (size_t n = strlen(text); n < sizeof text; n++) text[n] = 'a';
    struct span bytes = {(uint8_t *)text, sizeof text - 1};
    UNIT_INT(http_response(&h, bytes, 0), 0);
    bytes.len = sizeof text;
    UNIT_INT(http_response(&h, bytes, sizeof text - 1), HTTP_ERR_HEAD);
    memcpy(text + sizeof text - 4, "\r\n\r\n", 4); /* it ends just in time */
    UNIT_INT(http_response(&h, bytes, 0), sizeof text);
}

/* RFC 9112 §6.3 item 1: regardless of the fields. */
static void a_response_without_a_body_is_not_chunked(void) {
    struct http_head h;
    struct span text =
        span_from("HTTP/1.1 304 N\r\nTransfer-Encoding: chunked\r\n\r\n");
    UNIT_TRUE(http_response(&h, text, 0) > 0);
    UNIT_FALSE(h.chunked);
    UNIT_TRUE(h.keep_alive);
}

static void recognises_the_expectation_of_100(void) {
    request_text(POST "Content-Length: 1\r\nExpect: 100-Continue\r\n\r\n");
    UNIT_TRUE(head.expects);
    UNIT_TRUE(http_has_body(&head));
    request_text("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n");
    UNIT_FALSE(head.expects); /* RFC 9110 §10.1.1 */
    UNIT_FALSE(http_has_body(&head));
    request_text(POST "Transfer-Encoding: chunked\r\n\r\n");
    UNIT_TRUE(http_has_body(&head));
}

UNIT_MAIN("websocket/http_head", UNIT_TEST(reads_the_example_of_the_rfc),
          UNIT_TEST(reads_a_response), UNIT_TEST(knows_what_ends_a_response),
          UNIT_TEST(asks_for_more_at_every_cut),
          UNIT_TEST(leaves_what_follows_the_head),
          UNIT_TEST(refuses_what_the_rfcs_forbid),
          UNIT_TEST(treats_a_higher_minor_version_as_the_highest_known),
          UNIT_TEST(lets_only_text_into_a_value),
          UNIT_TEST(refuses_wrong_first_bytes_immediately),
          UNIT_TEST(checks_a_line_when_it_has_ended),
          UNIT_TEST(limits_the_target), UNIT_TEST(limits_the_head),
          UNIT_TEST(limits_the_number_of_fields), UNIT_TEST(frames_the_body),
          UNIT_TEST(knows_whether_the_connection_persists),
          UNIT_TEST(finds_only_the_fields_of_the_last_head),
          UNIT_TEST(limits_the_head_of_a_response),
          UNIT_TEST(a_response_without_a_body_is_not_chunked),
          UNIT_TEST(recognises_the_expectation_of_100))
