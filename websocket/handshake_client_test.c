/* handshake_client_test.c: the client's side of websocket/handshake.h against
 * RFC 6455 §1.3 and §4.1 */
#include "packets/unit.h"
#include "websocket/handshake.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* RFC 6455 §1.3: the key that is "the sample nonce", and its accept. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static const struct handshake_request sample = {
    .host = "a:80", .target = "/chat?x=1", .nonce = "the sample nonce"};

/* RFC 6455 §4.1: the nonce of §1.3, so the key and the accept are known. */
static void a_client_and_a_server_understand_each_other(void) {
    for (int i = 0; i < 2; i++) {
        struct buf wire = {.max = 2000}, back = {.max = 2000};
        struct handshake_request request = sample;
        struct http_head h;
        if (i == 1) request.protocols = "chat, superchat";
        UNIT_TRUE(handshake_write_request(&wire, &request));
        UNIT_TEXT(wire.bytes, wire.end,
                  i == 0 ? "GET /chat?x=1 HTTP/1.1\r\nHost: a:80\r\n"
                           "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                           "Sec-WebSocket-Version: 13\r\n"
                           "Sec-WebSocket-Key: " KEY "\r\n\r\n"
                         : "GET /chat?x=1 HTTP/1.1\r\nHost: a:80\r\n"
                           "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                           "Sec-WebSocket-Version: 13\r\n"
                           "Sec-WebSocket-Key: " KEY "\r\n"
                           "Sec-WebSocket-Protocol: chat, superchat\r\n\r\n");
        UNIT_INT(http_request(&h, buf_view(&wire), 0), wire.end);
        UNIT_INT(handshake_check(&h), 0);
        UNIT_TRUE(handshake_respond(&back, &h, 101, NULL));
        UNIT_INT(http_response(&h, buf_view(&back), 0), back.end);
        UNIT_TRUE(handshake_verify(&h, &request) == NULL);
        buf_free(&wire);
        buf_free(&back);
    }
}

#define SWITCHING "HTTP/1.1 101 Switching Protocols\r\n"
#define WEBSOCKET "Upgrade: websocket\r\n"
#define CONNECTED "Connection: Upgrade\r\n"
#define ACCEPTED "Sec-WebSocket-Accept: " ACCEPT "\r\n"
#define PROTOCOL(name) "Sec-WebSocket-Protocol: " name "\r\n"

/* RFC 6455 §4.1, the second list: what the client must check. */
static void a_client_refuses_a_bad_response(void) {
    static const struct {
        const char *response, *expected; /* NULL: it is good */
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
        {SWITCHING WEBSOCKET "Upgrade: h2c\r\n" CONNECTED ACCEPTED,
         "no Upgrade"}, /* two fields are one list */
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
        {SWITCHING WEBSOCKET CONNECTED ACCEPTED PROTOCOL("chat"), NULL},
        {SWITCHING WEBSOCKET CONNECTED ACCEPTED PROTOCOL("b"), NULL},
        {SWITCHING WEBSOCKET CONNECTED ACCEPTED PROTOCOL("Chat"),
         "not offer"}, /* names have two cases */
        {SWITCHING WEBSOCKET CONNECTED ACCEPTED PROTOCOL("c"), "not offer"},
        {SWITCHING WEBSOCKET CONNECTED ACCEPTED PROTOCOL("chat, b"),
         "not offer"}, /* one is selected */
        {SWITCHING WEBSOCKET CONNECTED ACCEPTED PROTOCOL(""), "not offer"},
        /* RFC 6455 §11.3.4: MUST NOT appear more than once in a response */
        {SWITCHING WEBSOCKET CONNECTED ACCEPTED PROTOCOL("b") PROTOCOL("b"),
         "two"},
    };
    struct handshake_request offer = sample;
    offer.protocols = "chat, b";
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf text = {.max = 2000};
        struct http_head h;
        buf_text(&text, cases[i].response);
        buf_text(&text, "\r\n");
        UNIT_TRUE(http_response(&h, buf_view(&text), 0) > 0);
        const char *got = handshake_verify(&h, &offer);
        bool as_expected = cases[i].expected
                               ? got && strstr(got, cases[i].expected)
                               : got == NULL;
        if (!as_expected)
            printf("%s: %s\n", cases[i].response, got ? got : "good");
        UNIT_TRUE(as_expected);
        buf_free(&text);
    }
}

/* RFC 6455 §4.1: nothing was offered, so nothing may be selected. */
static void a_client_that_offered_nothing_accepts_no_subprotocol(void) {
    struct http_head h;
    struct span text = span_from(
        SWITCHING WEBSOCKET CONNECTED ACCEPTED PROTOCOL("chat") "\r\n");
    UNIT_TRUE(http_response(&h, text, 0) > 0);
    const char *got = handshake_verify(&h, &sample);
    UNIT_TRUE(got && strstr(got, "not offer"));
}

/* At every cut: nothing is known before the end; then all is, and what follows
 * the head is left. */
static void accepts_a_response_in_two_pieces(void) {
    static const char text[] =
        SWITCHING WEBSOCKET CONNECTED ACCEPTED "\r\n\x81\x80";
    size_t n = sizeof text - 1;
    char why[HANDSHAKE_WHY] = "";
    for (size_t cut = 0; cut <= n; cut++) {
        struct buf head = {.max = LIMIT_HTTP_HEAD};
        uint8_t *copy = unit_exact(text, n);
        struct span first = {copy, cut}, rest = {copy + cut, n - cut};
        int got = handshake_client_feed(&head, &first, &sample, why);
        UNIT_INT(got, cut >= n - 2);
        if (got == 0) {
            UNIT_INT(first.len, 0);
            got = handshake_client_feed(&head, &rest, &sample, why);
            first = rest;
        }
        UNIT_INT(got, 1);
        UNIT_INT(first.len, cut < n - 2 ? 2 : cut - (n - 2));
        free(copy);
        buf_free(&head);
    }
}

static void says_why_a_response_is_refused(void) {
    static const struct {
        const char *response, *expected;
        uint32_t max;
    } cases[] = {
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
         "refused, status 404", 4000},
        {"SSH-2.0-server\r\n", "the response is not HTTP", 4000},
        {SWITCHING WEBSOCKET CONNECTED "\r\n",
         "Sec-WebSocket-Accept does not belong to our key", 4000},
        {"HTTP/1.1 101 ", "the response is not HTTP", 10}, /* no end in sight */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf head;
        struct span in = span_from(cases[i].response);
        char why[HANDSHAKE_WHY] = "";
        buf_init(&head, cases[i].max);
        UNIT_INT(handshake_client_feed(&head, &in, &sample, why), -1);
        UNIT_TEXT(why, strlen(why), cases[i].expected);
        buf_free(&head);
    }
}

UNIT_MAIN("websocket/handshake_client",
          UNIT_TEST(a_client_and_a_server_understand_each_other),
          UNIT_TEST(a_client_refuses_a_bad_response),
          UNIT_TEST(a_client_that_offered_nothing_accepts_no_subprotocol),
          UNIT_TEST(accepts_a_response_in_two_pieces),
          UNIT_TEST(says_why_a_response_is_refused))
