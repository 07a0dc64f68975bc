/* handshake_test.c: the server's side of websocket/handshake.h against RFC 6455
 * §1.3 and §4.2 */
#include "packets/unit.h"
#include "websocket/handshake.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* RFC 6455 §1.3: the key that is "the sample nonce", and its accept. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

/* A good handshake, line by line. A test replaces one of the lines. */
enum {
    START,
    HOST,
    UPGRADE,
    CONNECTION,
    KEYS,
    VERSION,
    LINES
};
static const char *const good[LINES] = {
    "GET /chat HTTP/1.1\r\n",         "Host: server.example.com\r\n",
    "Upgrade: websocket\r\n",         "Connection: Upgrade\r\n",
    "Sec-WebSocket-Key: " KEY "\r\n", "Sec-WebSocket-Version: 13\r\n",
};

/* Appends the lines, with `instead` in place of one (LINES: of none). */
static void handshake(struct buf *to, unsigned line, const char *instead) {
    for (unsigned i = 0; i < LINES; i++)
        buf_text(to, i == line ? instead : good[i]);
    buf_text(to, "\r\n");
}

/* Returns the error for a handshake with that line, or that of http_request. */
static int check(unsigned line, const char *instead) {
    struct buf text = {.max = 2000};
    struct http_head h;
    handshake(&text, line, instead);
    uint8_t *exact = unit_exact(text.bytes, text.end);
    int n = http_request(&h, (struct span){exact, text.end}, 0);
    int error = n < 0 ? n : handshake_check(&h);
    free(exact);
    buf_free(&text);
    return error;
}

static void computes_the_accept_of_the_rfc(void) {
    char accept[HANDSHAKE_ACCEPT];
    handshake_accept((const uint8_t *)KEY, accept);
    UNIT_TEXT(accept, sizeof accept, ACCEPT);
}

static void accepts_a_good_handshake_in_any_spelling(void) {
    static const struct {
        unsigned line;
        const char *instead;
    } cases[] = {
        {LINES, ""},
        {UPGRADE, "upgrade: WebSocket\r\n"},
        {UPGRADE, "Upgrade: h2c, websocket\r\n"},
        {CONNECTION, "Connection: keep-alive, upgrade\r\n"},
        {CONNECTION, "Connection: keep-alive\r\nConnection: Upgrade\r\n"},
        {KEYS, "sec-websocket-key:\t" KEY " \r\n"},
        {VERSION, "Sec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Protocol: chat, superchat\r\n"
                  "Sec-WebSocket-Extensions: permessage-deflate\r\n"},
        {HOST, "Host: a\r\nContent-Length: 0\r\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        UNIT_INT(check(cases[i].line, cases[i].instead), 0);
}

static void refuses_a_bad_handshake_with_the_right_status(void) {
    static const struct {
        unsigned line;
        const char *instead;
        unsigned expected;
    } cases[] = {
        /* RFC 6455 §4.2.1 step 1: a GET, of HTTP/1.1 or higher */
        {START, "POST /chat HTTP/1.1\r\n", 405},
        {START, "get /chat HTTP/1.1\r\n", 405},
        {START, "GET /chat HTTP/1.0\r\n", 400},
        /* step 2 */
        {HOST, "", 400},
        /* step 3: Upgrade */
        {UPGRADE, "", 400},
        {UPGRADE, "Upgrade: h2c\r\n", 400},
        {UPGRADE, "Upgrade: websockets\r\n", 400},
        /* step 4: Connection */
        {CONNECTION, "", 400},
        {CONNECTION, "Connection: keep-alive\r\n", 400},
        /* step 5: the key */
        {KEYS, "", 400},
        {KEYS, "Sec-WebSocket-Key:\r\n", 400},
        {KEYS, "Sec-WebSocket-Key: c2hvcnQ=\r\n", 400},
        {KEYS, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAA=\r\n", 400}, /* 17 */
        {KEYS, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAAA\r\n", 400}, /* 18 */
        {KEYS, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA====\r\n", 400}, /* 15 */
        {KEYS, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAA*==\r\n", 400},
        {KEYS, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAB==\r\n", 400},
        {KEYS, "Sec-WebSocket-Key: " KEY "AAAA\r\n", 400},
        /* RFC 6455 §11.3.1: MUST NOT appear more than once */
        {KEYS, "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Key: " KEY "\r\n",
         400},
        /* step 6: the version; RFC 6455 §4.2.2, §4.4: another is 426 */
        {VERSION, "", 426},
        {VERSION, "Sec-WebSocket-Version: 8\r\n", 426},
        {VERSION, "Sec-WebSocket-Version: 14\r\n", 426},
        {VERSION, "Sec-WebSocket-Version: 013\r\n", 426},
        {VERSION, "Sec-WebSocket-Version: 13, 8\r\n", 426},
        {VERSION, "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13\r\n",
         400},
        /* step 8; RFC 6455 §4.3: 1#token */
        {VERSION, "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol:\r\n",
         400},
        {VERSION,
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: , ,\r\n", 400},
        {VERSION,
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: a b\r\n", 400},
        {VERSION,
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: a, b/c\r\n",
         400},
        {VERSION,
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: \"a\"\r\n", 400},
        {VERSION,
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: \xc3\xa9\r\n",
         400},
        {VERSION,
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: a\r\n"
         "Sec-WebSocket-Protocol: b@c\r\n",
         400},
        {VERSION, "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: @b\r\n",
         400},
        {HOST, "Sec-WebSocket-Protocol: (\r\nHost: a\r\n", 400},
        /* RFC 6455 §4.1 item 10: the names MUST all be unique */
        {HOST, "Host: a\r\nSec-WebSocket-Protocol: chat, chat\r\n", 400},
        {HOST, "Host: a\r\nSec-WebSocket-Protocol: a, b, c, b\r\n", 400},
        {HOST,
         "Host: a\r\nSec-WebSocket-Protocol: a\r\n"
         "Sec-WebSocket-Protocol: a\r\n",
         400},
        /* RFC 6455 §9.1: a malformed list MUST fail; see extension_test.c */
        {HOST, "Host: a\r\nSec-WebSocket-Extensions: a; b=\r\n", 400},
        /* what follows are frames */
        {HOST, "Host: a\r\nContent-Length: 1\r\n", 400},
        {HOST, "Host: a\r\nTransfer-Encoding: chunked\r\n", 400},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int got = check(cases[i].line, cases[i].instead);
        if (got != -(int)cases[i].expected) puts(cases[i].instead);
        UNIT_INT(got, -(int)cases[i].expected);
    }
}

/* If a request has two faults, the earlier step decides the status. */
static void checks_the_steps_in_their_order(void) {
    struct http_head h;
    struct buf text = {.max = 2000};
    buf_text(&text, "POST / HTTP/1.0\r\nSec-WebSocket-Version: 8\r\n\r\n");
    UNIT_TRUE(http_request(&h, buf_view(&text), 0) > 0);
    UNIT_INT(handshake_check(&h),
             HANDSHAKE_ERR_METHOD); /* step 1 before all others */
    buf_clear(&text);
    buf_text(&text, "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                    "Connection: Upgrade\r\nSec-WebSocket-Version: 8\r\n\r\n");
    UNIT_TRUE(http_request(&h, buf_view(&text), 0) > 0);
    UNIT_INT(handshake_check(&h),
             HANDSHAKE_ERR_BAD); /* step 5, no key, before step 6 */
    buf_free(&text);
}

static void recognises_requests_to_upgrade(void) {
    struct http_head h;
    struct span plain = span_from("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    struct span request = span_from("GET / HTTP/1.1\r\nHost: a\r\n"
                                    "Upgrade: WebSocket\r\n\r\n");
    UNIT_TRUE(http_request(&h, plain, 0) > 0);
    UNIT_FALSE(handshake_is_requested(&h));
    UNIT_TRUE(http_request(&h, request, 0) > 0);
    UNIT_TRUE(handshake_is_requested(&h)); /* and yet it is a bad handshake */
    UNIT_INT(handshake_check(&h), HANDSHAKE_ERR_BAD);
}

static void responds_as_the_rfc_does(void) {
    struct buf in = {.max = 2000}, out = {.max = 2000};
    struct http_head h;
    handshake(&in, LINES, "");
    UNIT_TRUE(http_request(&h, buf_view(&in), 0) > 0);
    UNIT_TRUE(handshake_respond(&out, &h, 101, "X: y\r\n"));
    UNIT_TEXT(out.bytes, out.end,
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
              "Connection: Upgrade\r\nSec-WebSocket-Accept: " ACCEPT
              "\r\nX: y\r\n\r\n");
    buf_free(&out);
    struct buf tight = {.max = 100};
    UNIT_FALSE(handshake_respond(&tight, &h, 101, NULL));
    UNIT_INT(tight.end, 0);
    buf_free(&tight);
    buf_free(&in);
}

static void a_refusal_says_why(void) {
    static const struct {
        unsigned status;
        const char *reason;
    } cases[] = {
        {400, "RFC 6455"},      {403, "not allowed here"}, {405, "is a GET"},
        {408, "took too long"}, {426, "version 13"},       {431, "too long"},
        {500, "out of memory"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out = {.max = 2000};
        UNIT_TRUE(handshake_respond(&out, NULL, cases[i].status, NULL));
        buf_append(&out, "", 1);
        const char *body = strstr((char *)out.bytes, "\r\n\r\n");
        UNIT_TRUE(body && strstr(body, cases[i].reason));
        buf_free(&out);
    }
}

/* A refusal is an HTTP response that says what is accepted, and closes. */
static void a_refusal_says_what_is_accepted(void) {
    static const struct {
        unsigned status;
        const char *name, *token;
    } cases[] = {
        {400, "Connection", "close"},
        {403, "Connection", "close"},
        {431, "Connection", "close"},
        {408, "Connection", "close"},
        {500, "Connection", "close"},
        {405, "Connection", "close"},
        {405, "Allow", "GET"}, /* RFC 9110 §15.5.6 */
        {426, "Connection", "close"},
        {426, "Sec-WebSocket-Version", "13"}, /* RFC 6455 §4.4 */
        {426, "Upgrade", "websocket"},        /* RFC 9110 §15.5.22 */
        {426, "Connection", "Upgrade"},       /* RFC 9110 §7.8 */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out = {.max = 2000};
        struct http_head h;
        UNIT_TRUE(handshake_respond(&out, NULL, cases[i].status, NULL));
        int n = http_response(&h, buf_view(&out), 0);
        UNIT_TRUE(n > 0);
        UNIT_INT(h.status, cases[i].status);
        UNIT_INT(h.length, buf_view(&out).len - (size_t)n);
        UNIT_TRUE(http_field_has_token(&h, cases[i].name, cases[i].token));
        buf_free(&out);
    }
}

/* RFC 6455 §4.2.2 step 5.5, §1.9: the first subprotocol offered is selected,
 * however they are spelled, and only one. */
static void selects_the_first_subprotocol_offered(void) {
    static const struct {
        const char *offer, *expected;
    } cases[] = {
        {"", ""},
        {"Sec-WebSocket-Protocol: chat\r\n", "chat"},
        {"sec-websocket-protocol:,\tv2.chat , chat\r\n", "v2.chat"},
        {"Sec-WebSocket-Protocol: b\r\nSec-WebSocket-Protocol: a, B\r\n", "b"},
        {"Sec-WebSocket-Protocol: !#$%&'*+-.^_`|~09azAZ\r\n",
         "!#$%&'*+-.^_`|~09azAZ"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf in = {.max = 2000}, out = {.max = 2000};
        struct http_head h;
        unsigned count;
        char version[200];
        snprintf(version, sizeof version, "%s%s", good[VERSION],
                 cases[i].offer);
        handshake(&in, VERSION, version);
        UNIT_TRUE(http_request(&h, buf_view(&in), 0) > 0);
        UNIT_INT(handshake_check(&h), 0);
        UNIT_TRUE(handshake_respond(&out, &h, 101, NULL));
        UNIT_INT(http_response(&h, buf_view(&out), 0), out.end);
        struct span got = http_field(&h, "Sec-WebSocket-Protocol", &count);
        UNIT_INT(count, *cases[i].expected != '\0');
        UNIT_TEXT(got.data, got.len, cases[i].expected);
        buf_free(&in);
        buf_free(&out);
    }
}

/* RFC 6455 §4.2.2 step 5.5, §1.9: a server may prefer another than the first,
 * but only one that is offered. Case counts. */
static void selects_a_subprotocol_that_the_server_prefers(void) {
    struct buf in = {.max = 2000}, out = {.max = 2000}, none = {.max = 10};
    struct http_head h, response;
    unsigned count;
    char version[200];
    snprintf(
        version, sizeof version, "%s%s", good[VERSION],
        "Sec-WebSocket-Protocol: a, chat\r\nSec-WebSocket-Protocol: b\r\n");
    handshake(&in, VERSION, version);
    UNIT_TRUE(http_request(&h, buf_view(&in), 0) > 0);
    UNIT_INT(handshake_check(&h), 0);
    UNIT_TRUE(handshake_offers(&h, "a"));
    UNIT_TRUE(handshake_offers(&h, "b"));
    UNIT_TRUE(handshake_offers(&h, "chat"));
    UNIT_FALSE(handshake_offers(&h, "Chat"));
    UNIT_FALSE(handshake_offers(&h, "cha"));
    UNIT_FALSE(handshake_offers(&h, ""));
    UNIT_TRUE(handshake_select(&out, &h, "chat"));
    UNIT_INT(http_response(&response, buf_view(&out), 0), out.end);
    UNIT_INT(response.status, 101);
    struct span got = http_field(&response, "Sec-WebSocket-Protocol", &count);
    UNIT_INT(count, 1);
    UNIT_TEXT(got.data, got.len, "chat");
    UNIT_FALSE(handshake_select(&none, &h, "chat"));
    UNIT_INT(none.end, 0);
    buf_clear(&in);
    handshake(&in, VERSION, good[VERSION]);
    UNIT_TRUE(http_request(&h, buf_view(&in), 0) > 0);
    UNIT_FALSE(handshake_offers(&h, "chat"));
    buf_free(&in);
    buf_free(&out);
    buf_free(&none);
}

static void accepts_a_hundred_subprotocols_and_no_more(void) {
    char text[1200] = "Host: a\r\nSec-WebSocket-Protocol: 0";
    for (uint8_t i = 1; i < LIMIT_WS_PROTOCOLS; i++)
        snprintf(text + strlen(text), 10, ",%d", i);
    size_t n = strlen(text);
    strcpy(text + n, "\r\n");
    UNIT_INT(check(HOST, text), 0);
    strcpy(text + n, ",a\r\n");
    UNIT_INT(check(HOST, text), HANDSHAKE_ERR_BAD);
}

/* Of an earlier head that was parsed into the same struct nothing is left. */
static void looks_only_at_the_fields_of_this_request(void) {
    struct http_head h;
    struct buf text = {.max = 2000};
    struct span longer = span_from(
        "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n"
        "Sec-WebSocket-Protocol: (\r\n\r\n");
    UNIT_TRUE(http_request(&h, longer, 0) > 0);
    handshake(&text, LINES, "");
    UNIT_TRUE(http_request(&h, buf_view(&text), 0) > 0);
    UNIT_INT(h.count, 5); /* the sixth was the wrong offer */
    UNIT_INT(handshake_check(&h), 0);
    buf_free(&text);
}

/* It may be the first field of all. */
static void finds_an_offer_in_any_field(void) {
    struct buf in = {.max = 2000}, out = {.max = 2000};
    struct http_head h;
    handshake(&in, HOST, "Sec-WebSocket-Protocol: chat\r\nHost: a\r\n");
    UNIT_TRUE(http_request(&h, buf_view(&in), 0) > 0);
    UNIT_TRUE(handshake_respond(&out, &h, 101, NULL));
    buf_append(&out, "", 1);
    UNIT_TRUE(
        strstr((char *)out.bytes, "\r\nSec-WebSocket-Protocol: chat\r\n"));
    buf_free(&in);
    buf_free(&out);
}

/* The server returns the whole name even if it fills the head. */
static void selects_a_name_of_any_length(void) {
    static char name[8001], version[9000];
    struct buf in = {.max = 10000}, out = {.max = 10000};
    struct http_head h;
    memset(name, 'x', sizeof name - 1);
    snprintf(version, sizeof version, "%sSec-WebSocket-Protocol: %s\r\n",
             good[VERSION], name);
    handshake(&in, VERSION, version);
    UNIT_TRUE(http_request(&h, buf_view(&in), 0) > 0);
    UNIT_TRUE(handshake_respond(&out, &h, 101, NULL));
    UNIT_TRUE(http_response(&h, buf_view(&out), 0) > 0);
    struct span got = http_field(&h, "Sec-WebSocket-Protocol", NULL);
    UNIT_TRUE(span_equal(got, span_from(name)));
    buf_free(&in);
    buf_free(&out);
}

#define REQUEST                                                                \
    "GET / HTTP/1.1\r\nHost: localhost\r\n"                                    \
    "Upgrade: websocket\r\nConnection: Upgrade\r\n"                            \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY "\r\n\r\n"

/* At every cut: nothing is known before the end; then all is, and what follows
 * the head is left. */
static void accepts_a_request_in_two_pieces(void) {
    static const char text[] = REQUEST "\x81\x80";
    size_t n = sizeof text - 1;
    for (size_t cut = 0; cut <= n; cut++) {
        struct buf head = {.max = LIMIT_HTTP_HEAD}, out = {.max = 4000};
        uint8_t *copy = unit_exact(text, n);
        struct span first = {copy, cut}, rest = {copy + cut, n - cut};
        int got = handshake_server_feed(&head, &first, &out, true, NULL, NULL);
        UNIT_INT(got, cut >= n - 2);
        if (got == 0) {
            UNIT_INT(out.end, 0);
            UNIT_INT(first.len, 0);
            got = handshake_server_feed(&head, &rest, &out, true, NULL,
                                        "Date: x\r\n");
            first = rest;
        }
        UNIT_INT(got, 1);
        UNIT_TRUE(first.data + first.len == copy + (cut < n - 2 ? n : cut));
        UNIT_INT(first.len, cut < n - 2 ? 2 : cut - (n - 2));
        UNIT_INT(memcmp(out.bytes, "HTTP/1.1 101 ", 13), 0);
        free(copy);
        buf_free(&head);
        buf_free(&out);
    }
}

static void refuses_clients_that_may_not_connect(void) {
    static const struct {
        const char *request;
        int expected;
        uint32_t max;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", -403, 4000},
        {"GET / HTTP/1.1\r\nHost: localhost\r\n"
         "Origin: http://evil.example\r\n\r\n",
         -403, 4000},
        {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", -400, 4000},
        {"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", -405, 4000},
        {"SSH-2.0-client\r\n", -400, 4000},
        {"GET / HTTP/1.1\r\nHost: local", -431, 20},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf head, out = {.max = 4000};
        struct span in = span_from(cases[i].request);
        char expected[40];
        buf_init(&head, cases[i].max);
        UNIT_INT(
            handshake_server_feed(&head, &in, &out, true, NULL, "A: b\r\n"),
            cases[i].expected);
        snprintf(expected, sizeof expected, "HTTP/1.1 %d ", -cases[i].expected);
        UNIT_INT(memcmp(out.bytes, expected, strlen(expected)), 0);
        buf_append(&out, "", 1);
        UNIT_TRUE(strstr((char *)out.bytes, "\r\nA: b\r\n"));
        buf_free(&head);
        buf_free(&out);
    }
}

/* A client that forever sends more of a head gets a response at the limit, also
 * when an empty line, which is ignored, comes first. */
static void a_head_without_an_end_ends_at_the_limit(void) {
    static const char *const begins[] = {"GET / HTTP/1.1\r\nA: ",
                                         "\r\nGET / HTTP/1.1\r\nA: "};
    for (size_t i = 0; i < 2; i++) {
        struct buf head = {.max = LIMIT_HTTP_HEAD}, out = {.max = 4000};
        struct span in = span_from(begins[i]);
        size_t sent = in.len;
        int got = handshake_server_feed(&head, &in, &out, true, NULL, NULL);
        uint8_t y[] = "y";
        while (got == 0 && sent < 2 * LIMIT_HTTP_HEAD) {
            in = (struct span){y, 1};
            got = handshake_server_feed(&head, &in, &out, true, NULL, NULL);
            sent++;
        }
        UNIT_INT(got, HTTP_ERR_HEAD);
        UNIT_INT(sent, LIMIT_HTTP_HEAD);
        buf_free(&head);
        buf_free(&out);
    }
}

/* Also when head is smaller than that, and the request comes in pieces. */
static void a_head_that_is_full_is_too_long(void) {
    struct buf head = {.max = 20}, out = {.max = 4000};
    struct span first = span_from("GET / HTTP/1.1\r\n"),
                next = span_from("Host: local");
    UNIT_INT(handshake_server_feed(&head, &first, &out, true, NULL, NULL), 0);
    UNIT_INT(handshake_server_feed(&head, &next, &out, true, NULL, NULL),
             HTTP_ERR_HEAD);
    buf_free(&head);
    buf_free(&out);
}

UNIT_MAIN("websocket/handshake", UNIT_TEST(computes_the_accept_of_the_rfc),
          UNIT_TEST(accepts_a_good_handshake_in_any_spelling),
          UNIT_TEST(refuses_a_bad_handshake_with_the_right_status),
          UNIT_TEST(checks_the_steps_in_their_order),
          UNIT_TEST(recognises_requests_to_upgrade),
          UNIT_TEST(responds_as_the_rfc_does), UNIT_TEST(a_refusal_says_why),
          UNIT_TEST(a_refusal_says_what_is_accepted),
          UNIT_TEST(selects_the_first_subprotocol_offered),
          UNIT_TEST(selects_a_subprotocol_that_the_server_prefers),
          UNIT_TEST(accepts_a_hundred_subprotocols_and_no_more),
          UNIT_TEST(looks_only_at_the_fields_of_this_request),
          UNIT_TEST(finds_an_offer_in_any_field),
          UNIT_TEST(selects_a_name_of_any_length),
          UNIT_TEST(accepts_a_request_in_two_pieces),
          UNIT_TEST(refuses_clients_that_may_not_connect),
          UNIT_TEST(a_head_without_an_end_ends_at_the_limit),
          UNIT_TEST(a_head_that_is_full_is_too_long))
