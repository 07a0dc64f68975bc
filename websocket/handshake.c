#include "websocket/handshake.h"

#include <stdio.h>

#include "websocket/base64.h"
#include "websocket/origin.h"
#include "websocket/sha1.h"

/* RFC 6455 §1.3: no one who does not speak WebSocket would use this. */
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

/* Why a handshake was refused, for the answer's body. */
static const char *why(unsigned status) {
    switch (status) {
    case 403:
        return "this origin or host may not speak to us\n";
    case 405:
        return "a WebSocket handshake is a GET\n";
    case 426:
        return "only version 13 of WebSocket is spoken here\n";
    case 431:
        return "the head is too long\n";
    default:
        return "not a WebSocket handshake (RFC 6455, section 4.2.1)\n";
    }
}

/* The fields that say what would have been right. */
static const char *what_instead(unsigned status) {
    /* RFC 9110 §15.5.6: with 405 a server MUST send Allow. */
    if (status == 405) return "Allow: GET\r\nConnection: close\r\n";
    /* RFC 6455 §4.4: with 426, the versions that are spoken. RFC 9110 §15.5.22
     * and §7.8: it MUST send Upgrade, and that as an option of Connection. */
    if (status == 426)
        return "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n"
               "Connection: Upgrade, close\r\n";
    return "Connection: close\r\n";
}

bool handshake_is_requested(const struct http_head *request) {
    return http_field_has_token(request, "Upgrade", "websocket");
}

/* RFC 6455 §4.2.1 step 5: a base64 value that, when decoded, is 16 bytes. */
static bool good_key(struct span key) {
    uint8_t bytes[HANDSHAKE_KEY / 4 * 3];
    return key.len == HANDSHAKE_KEY &&
           base64_decode((const char *)key.data, key.len, bytes) == 16;
}

unsigned handshake_check(const struct http_head *r) {
    unsigned keys, versions;
    struct span key = http_field(r, "Sec-WebSocket-Key", &keys);
    struct span version = http_field(r, "Sec-WebSocket-Version", &versions);
    /* RFC 6455 §4.2.1 step 1: an HTTP/1.1 or higher GET request. */
    if (!span_equal(r->method, span_from("GET"))) return 405;
    if (r->minor < 1) return 400;
    /* Step 2: a Host field: http_request has seen to that. */
    /* Step 3: Upgrade contains "websocket". Step 4: Connection, "Upgrade". */
    if (!handshake_is_requested(r) ||
        !http_field_has_token(r, "Connection", "Upgrade"))
        return 400;
    /* Step 5; §11.3.1: the key MUST NOT appear more than once. */
    if (keys != 1 || !good_key(key)) return 400;
    /* Step 6: version 13; another: 426 (§4.2.2 step 4). */
    if (versions != 1) return versions == 0 ? 426 : 400;
    if (!span_equal(version, span_from("13"))) return 426;
    /* What follows the head are frames, not a body. */
    if (r->length > 0 || r->chunked) return 400;
    return 101;
}

void handshake_accept(const uint8_t key[HANDSHAKE_KEY],
                      char accept[HANDSHAKE_ACCEPT]) {
    uint8_t text[HANDSHAKE_KEY + sizeof GUID - 1], digest[SHA1_SIZE];
    memcpy(text, key, HANDSHAKE_KEY);
    memcpy(text + HANDSHAKE_KEY, GUID, sizeof GUID - 1);
    sha1(text, sizeof text, digest);
    base64_encode(digest, sizeof digest, accept);
}

bool handshake_respond(struct buf *out, const struct http_head *request,
                       unsigned status, const char *more) {
    char fields[1000], accept[HANDSHAKE_ACCEPT];
    if (!more) more = "";
    if (status == 101) {
        struct span key = http_field(request, "Sec-WebSocket-Key", NULL);
        handshake_accept(key.data, accept);
        snprintf(fields, sizeof fields,
                 "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Accept: %.*s\r\n%s",
                 HANDSHAKE_ACCEPT, accept, more);
        return http_write_head(out, 101, NULL, 0, fields);
    }
    snprintf(fields, sizeof fields, "%s%s", what_instead(status), more);
    const char *body = why(status);
    return http_write_head(out, status, "text/plain", strlen(body), fields) &&
           buf_text(out, body);
}

int handshake_server_feed(struct buf *head, struct span in, struct buf *out,
                          bool loopback, const char *origins) {
    struct http_head request;
    uint32_t seen = head->end;
    buf_append(head, in.data, in.len);
    int n = http_request(&request, buf_view(head), seen);
    if (n == 0 && !head->failed) return 0;
    unsigned status = n < 0 ? (unsigned)-n : 431; /* n == 0: it is too long */
    if (n > 0) status = origin_check(&request, loopback, origins);
    if (status == 0) status = handshake_check(&request);
    handshake_respond(out, &request, status, NULL);
    return status == 101 ? n : -1;
}

bool handshake_write_request(struct buf *out, const char *host,
                             const char *target, const uint8_t nonce[16],
                             char accept[HANDSHAKE_ACCEPT]) {
    char key[HANDSHAKE_KEY];
    base64_encode(nonce, 16, key);
    handshake_accept((uint8_t *)key, accept);
    /* RFC 6455 §4.1, the first list. */
    struct span parts[] = {
        span_from("GET "),
        span_from(target),
        span_from(" HTTP/1.1\r\nHost: "),
        span_from(host),
        span_from("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "),
        {(uint8_t *)key, HANDSHAKE_KEY},
        span_from("\r\n\r\n"),
    };
    return buf_append_all(out, parts, sizeof parts / sizeof *parts);
}

const char *handshake_verify(const struct http_head *response,
                             const char accept[HANDSHAKE_ACCEPT]) {
    unsigned count, upgrades;
    struct span got = http_field(response, "Sec-WebSocket-Accept", &count);
    struct span want = {(uint8_t *)(uintptr_t)accept, HANDSHAKE_ACCEPT};
    /* RFC 6455 §4.1, the second list, in its order. */
    if (response->status != 101) return "the answer is not a 101";
    if (!span_equal_ci(http_field(response, "Upgrade", &upgrades),
                       span_from("websocket")) ||
        upgrades != 1)
        return "no Upgrade: websocket";
    if (!http_field_has_token(response, "Connection", "Upgrade"))
        return "no Connection: Upgrade";
    if (count != 1 || !span_equal(got, want))
        return "Sec-WebSocket-Accept does not belong to our key";
    if (http_field(response, "Sec-WebSocket-Extensions", NULL).data)
        return "an extension that we did not ask for";
    if (http_field(response, "Sec-WebSocket-Protocol", NULL).data)
        return "a subprotocol that we did not ask for";
    return NULL;
}

int handshake_client_feed(struct buf *head, struct span in,
                          const char accept[HANDSHAKE_ACCEPT], char why[80]) {
    struct http_head response;
    uint32_t seen = head->end;
    buf_append(head, in.data, in.len);
    int n = http_response(&response, buf_view(head), seen);
    const char *wrong = NULL;
    if (n < 0 || head->failed)
        wrong = "the answer is not HTTP";
    else if (n > 0 && response.status == 101)
        wrong = handshake_verify(&response, accept);
    if (wrong)
        snprintf(why, 80, "%s", wrong);
    else if (n > 0 && response.status != 101)
        snprintf(why, 80, "refused, status %u", response.status);
    else
        return n;
    return -1;
}
