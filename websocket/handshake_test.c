/* upgrade_test.c: websocket/handshake.h against RFC 6455 §1.3, §4.1 and §4.2 */
#include "packets/unit.h"
#include "websocket/handshake.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* RFC 6455 §1.3: the key that is "the sample nonce", and its accept. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

/* A good handshake, one line each; a test puts another in place of one. */
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

/* The status for the handshake so changed. A head that is no HTTP: the status
 * that http_request gives. */
static unsigned check(unsigned line, const char *instead) {
    struct buf text = {.max = 2000};
    struct http_head h;
    handshake(&text, line, instead);
    uint8_t *exact = unit_exact(text.bytes, text.end);
    int n = http_request(&h, (struct span){exact, text.end}, 0);
    unsigned status = n < 0 ? (unsigned)-n : handshake_check(&h);
    free(exact);
    buf_free(&text);
    return status;
}

static void computes_the_accept_of_the_rfc(void) {
    char accept[HANDSHAKE_ACCEPT];
    handshake_accept((const uint8_t *)KEY, accept);
    UNIT_TEXT(accept, sizeof accept, ACCEPT);
}

static void takes_a_good_handshake_in_any_spelling(void) {
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
        UNIT_INT(check(cases[i].line, cases[i].instead), 101);
}

static void refuses_a_bad_handshake_with_the_right_status(void) {
    static const struct {
        unsigned line;
        const char *instead;
        unsigned want;
    } cases[] = {
        /* §4.2.1 step 1: a GET, of HTTP/1.1 or higher */
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
        /* §11.3.1: MUST NOT appear more than once */
        {KEYS, "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Key: " KEY "\r\n",
         400},
        /* step 6: the version; §4.4: another is 426 */
        {VERSION, "", 426},
        {VERSION, "Sec-WebSocket-Version: 8\r\n", 426},
        {VERSION, "Sec-WebSocket-Version: 14\r\n", 426},
        {VERSION, "Sec-WebSocket-Version: 013\r\n", 426},
        {VERSION, "Sec-WebSocket-Version: 13, 8\r\n", 426},
        {VERSION, "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13\r\n",
         400},
        /* what follows are frames */
        {HOST, "Host: a\r\nContent-Length: 1\r\n", 400},
        {HOST, "Host: a\r\nTransfer-Encoding: chunked\r\n", 400},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned got = check(cases[i].line, cases[i].instead);
        if (got != cases[i].want) puts(cases[i].instead);
        UNIT_INT(got, cases[i].want);
    }
}

/* With two faults, the step that comes first gives the answer. */
static void goes_through_the_steps_in_their_order(void) {
    struct http_head h;
    struct buf text = {.max = 2000};
    buf_text(&text, "POST / HTTP/1.0\r\nSec-WebSocket-Version: 8\r\n\r\n");
    UNIT_TRUE(http_request(&h, buf_view(&text), 0) > 0);
    UNIT_INT(handshake_check(&h), 405); /* step 1 before all others */
    buf_clear(&text);
    buf_text(&text, "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                    "Connection: Upgrade\r\nSec-WebSocket-Version: 8\r\n\r\n");
    UNIT_TRUE(http_request(&h, buf_view(&text), 0) > 0);
    UNIT_INT(handshake_check(&h), 400); /* step 5, no key, before step 6 */
    buf_free(&text);
}

static void knows_who_wants_to_upgrade(void) {
    struct http_head h;
    struct span plain = span_from("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    struct span wants = span_from("GET / HTTP/1.1\r\nHost: a\r\n"
                                  "Upgrade: WebSocket\r\n\r\n");
    UNIT_TRUE(http_request(&h, plain, 0) > 0);
    UNIT_FALSE(handshake_is_requested(&h));
    UNIT_TRUE(http_request(&h, wants, 0) > 0);
    UNIT_TRUE(handshake_is_requested(&h)); /* and yet it is a bad handshake */
    UNIT_INT(handshake_check(&h), 400);
}

static void answers_as_the_rfc_does(void) {
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

/* An error is HTTP, says what would have been right, and closes. */
static void a_refusal_says_what_would_be_right(void) {
    static const struct {
        unsigned status;
        const char *name, *token;
    } cases[] = {
        {400, "Connection", "close"},
        {403, "Connection", "close"},
        {431, "Connection", "close"},
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

/* RFC 6455 §4.1: the nonce of §1.3, so the key and the accept are known. */
static void a_client_and_a_server_understand_each_other(void) {
    struct buf wire = {.max = 2000};
    struct http_head h;
    char accept[HANDSHAKE_ACCEPT];
    UNIT_TRUE(handshake_write_request(&wire, "a:80", "/chat?x=1",
                                      (const uint8_t *)"the sample nonce",
                                      accept));
    UNIT_TEXT(wire.bytes, wire.end,
              "GET /chat?x=1 HTTP/1.1\r\nHost: a:80\r\n"
              "Upgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY
              "\r\n\r\n");
    UNIT_TEXT(accept, sizeof accept, ACCEPT);
    UNIT_INT(http_request(&h, buf_view(&wire), 0), wire.end);
    UNIT_INT(handshake_check(&h), 101);
    struct buf back = {.max = 2000};
    UNIT_TRUE(handshake_respond(&back, &h, 101, NULL));
    UNIT_INT(http_response(&h, buf_view(&back), 0), back.end);
    UNIT_TRUE(handshake_verify(&h, accept) == NULL);
    buf_free(&wire);
    buf_free(&back);
}

#define SWITCHING "HTTP/1.1 101 Switching Protocols\r\n"
#define WEBSOCKET "Upgrade: websocket\r\n"
#define CONNECTED "Connection: Upgrade\r\n"
#define ACCEPTED "Sec-WebSocket-Accept: " ACCEPT "\r\n"

/* RFC 6455 §4.1, the second list. */
static void a_client_refuses_a_bad_answer(void) {
    static const struct {
        const char *answer, *want; /* NULL: it is good */
    } cases[] = {
        {SWITCHING WEBSOCKET CONNECTED ACCEPTED, NULL},
        {SWITCHING "upgrade: WEBSOCKET\r\nconnection: x, upgrade\r\n" ACCEPTED,
         NULL},
        {"HTTP/1.1 200 OK\r\n" WEBSOCKET CONNECTED ACCEPTED, "not a 101"},
        {"HTTP/1.1 426 No\r\nContent-Length: 0\r\n", "not a 101"},
        {SWITCHING CONNECTED ACCEPTED, "no Upgrade"},
        {SWITCHING "Upgrade: h2c\r\n" CONNECTED ACCEPTED, "no Upgrade"},
        {SWITCHING "Upgrade: websocket, h2c\r\n" CONNECTED ACCEPTED,
         "no Upgrade"},
        {SWITCHING WEBSOCKET ACCEPTED, "no Connection"},
        {SWITCHING WEBSOCKET "Connection: close\r\n" ACCEPTED, "no Connection"},
        {SWITCHING WEBSOCKET CONNECTED, "belong to our key"},
        {SWITCHING WEBSOCKET CONNECTED "Sec-WebSocket-Accept: " KEY "\r\n",
         "belong to our key"},
        {SWITCHING WEBSOCKET CONNECTED /* base64 has two cases */
         "Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=\r\n",
         "belong to our key"},
        {SWITCHING WEBSOCKET CONNECTED ACCEPTED ACCEPTED, "belong to our key"},
        {SWITCHING WEBSOCKET CONNECTED ACCEPTED
         "Sec-WebSocket-Extensions: permessage-deflate\r\n",
         "extension"},
        {SWITCHING WEBSOCKET CONNECTED ACCEPTED
         "Sec-WebSocket-Protocol: chat\r\n",
         "subprotocol"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf text = {.max = 2000};
        struct http_head h;
        buf_text(&text, cases[i].answer);
        buf_text(&text, "\r\n");
        UNIT_TRUE(http_response(&h, buf_view(&text), 0) > 0);
        const char *got = handshake_verify(&h, ACCEPT);
        bool as_wanted =
            cases[i].want ? got && strstr(got, cases[i].want) : got == NULL;
        if (!as_wanted) printf("%s: %s\n", cases[i].answer, got ? got : "good");
        UNIT_TRUE(as_wanted);
        buf_free(&text);
    }
}

/* At every cut: nothing is known before the end, and then all. */
static void takes_a_request_in_two_pieces(void) {
    static const char text[] =
        "GET / HTTP/1.1\r\nHost: localhost\r\n" WEBSOCKET CONNECTED
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY "\r\n\r\n\x81";
    size_t n = sizeof text - 1;
    for (size_t cut = 0; cut <= n; cut++) {
        struct buf head = {.max = 4000}, out = {.max = 4000};
        uint8_t *copy = unit_exact(text, n);
        struct span first = {copy, cut}, rest = {copy + cut, n - cut};
        int got = handshake_server_feed(&head, first, &out, true, NULL);
        UNIT_INT(got, cut >= n - 1 ? (int)n - 1 : 0);
        if (got == 0) {
            UNIT_INT(out.end, 0);
            got = handshake_server_feed(&head, rest, &out, true, NULL);
        }
        UNIT_INT(got, n - 1);
        UNIT_INT(memcmp(out.bytes, "HTTP/1.1 101 ", 13), 0);
        free(copy);
        buf_free(&head);
        buf_free(&out);
    }
}

static void refuses_who_may_not_ask(void) {
    static const struct {
        const char *request, *want;
        uint32_t max;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 403 ", 4000},
        {"GET / HTTP/1.1\r\nHost: localhost\r\n"
         "Origin: http://evil.example\r\n\r\n",
         "HTTP/1.1 403 ", 4000},
        {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 4", 4000},
        {"SSH-2.0-client\r\n", "HTTP/1.1 400 ", 4000},
        {"GET / HTTP/1.1\r\nHost: local", "HTTP/1.1 431 ", 20},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf head = {.max = cases[i].max & INT32_MAX},
                   out = {.max = 4000};
        UNIT_INT(handshake_server_feed(&head, span_from(cases[i].request), &out,
                                       true, NULL),
                 -1);
        UNIT_INT(memcmp(out.bytes, cases[i].want, strlen(cases[i].want)), 0);
        buf_free(&head);
        buf_free(&out);
    }
}

/* At every cut: nothing is known before the end, and then all. */
static void takes_an_answer_in_two_pieces(void) {
    static const char text[] =
        SWITCHING WEBSOCKET CONNECTED ACCEPTED "\r\n\x81";
    size_t n = sizeof text - 1;
    char why[80] = "";
    for (size_t cut = 0; cut <= n; cut++) {
        struct buf head = {.max = 4000};
        uint8_t *copy = unit_exact(text, n);
        int got =
            handshake_client_feed(&head, (struct span){copy, cut}, ACCEPT, why);
        UNIT_INT(got, cut >= n - 1 ? (int)n - 1 : 0);
        if (got == 0)
            got = handshake_client_feed(
                &head, (struct span){copy + cut, n - cut}, ACCEPT, why);
        UNIT_INT(got, n - 1);
        free(copy);
        buf_free(&head);
    }
}

static void says_why_an_answer_is_refused(void) {
    static const struct {
        const char *answer, *want;
    } cases[] = {
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
         "refused, status 404"},
        {"SSH-2.0-server\r\n", "the answer is not HTTP"},
        {SWITCHING WEBSOCKET CONNECTED "\r\n",
         "Sec-WebSocket-Accept does not belong to our key"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf head = {.max = 4000};
        char why[80] = "";
        UNIT_INT(handshake_client_feed(&head, span_from(cases[i].answer),
                                       ACCEPT, why),
                 -1);
        UNIT_TEXT(why, strlen(why), cases[i].want);
        buf_free(&head);
    }
    struct buf full = {.max = 10};
    char why[80] = "";
    UNIT_INT(
        handshake_client_feed(&full, span_from("HTTP/1.1 101 "), ACCEPT, why),
        -1);
    buf_free(&full);
}

UNIT_MAIN("websocket/upgrade", UNIT_TEST(computes_the_accept_of_the_rfc),
          UNIT_TEST(takes_a_good_handshake_in_any_spelling),
          UNIT_TEST(refuses_a_bad_handshake_with_the_right_status),
          UNIT_TEST(goes_through_the_steps_in_their_order),
          UNIT_TEST(knows_who_wants_to_upgrade),
          UNIT_TEST(answers_as_the_rfc_does),
          UNIT_TEST(a_refusal_says_what_would_be_right),
          UNIT_TEST(a_client_and_a_server_understand_each_other),
          UNIT_TEST(a_client_refuses_a_bad_answer),
          UNIT_TEST(takes_a_request_in_two_pieces),
          UNIT_TEST(refuses_who_may_not_ask),
          UNIT_TEST(takes_an_answer_in_two_pieces),
          UNIT_TEST(says_why_an_answer_is_refused))
