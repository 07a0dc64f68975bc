/* handshake.c: the server's side of websocket/handshake.h. Entry points:
 * handshake_check, handshake_respond, and handshake_server_feed, which does
 * both. handshake_client.c is the client's side. */
#include "websocket/handshake.h"

#include <stdio.h>

#include "websocket/base64.h"
#include "websocket/extension.h"
#include "websocket/handshake_inside.h"
#include "websocket/http_inside.h"
#include "websocket/origin.h"
#include "websocket/sha1.h"

/* RFC 6455 §1.3: a server that does not know WebSocket does not use this
 * text. */
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

bool handshake_is_requested(const struct http_head *request) {
    return http_field_has_token(request, "Upgrade", "websocket");
}

/* RFC 6455 §4.2.1 step 5: a base64 value that, when decoded, is 16 bytes. */
static bool is_good_key(struct span key) {
    uint8_t bytes[HANDSHAKE_KEY / 4 * 3];
    return key.len == HANDSHAKE_KEY &&
           base64_decode((const char *)key.data, key.len, bytes) == 16;
}

/* RFC 6455 §4.1 item 10: the characters of a subprotocol's name are those of a
 * token. */
static bool is_token(struct span s) {
    for (size_t i = 0; i < s.len; i++)
        if (!http_is_token(s.data[i])) return false;
    return true;
}

/* The subprotocols that a client offers, in its order of preference. */
struct offer {
    struct span names[LIMIT_WS_PROTOCOLS];
    unsigned count;
};

static bool add_name(struct offer *offer, struct span name) {
    if (!is_token(name) || offer->count == LIMIT_WS_PROTOCOLS) return false;
    /* RFC 6455 §4.1 item 10: the names MUST all be unique strings. */
    for (unsigned i = 0; i < offer->count; i++)
        if (span_equal(offer->names[i], name)) return false;
    offer->names[offer->count++] = name;
    return true;
}

/* Collects the names in the fields Sec-WebSocket-Protocol, if there are any.
 * False: a field is wrong. */
static bool parse_offer(struct offer *offer, const struct http_head *r) {
    offer->count = 0;
    for (unsigned i = 0; i < r->count; i++) {
        struct span list = r->fields[i].value, name;
        if (!span_equal_ci(r->fields[i].name,
                           span_from("Sec-WebSocket-Protocol")))
            continue;
        unsigned before = offer->count;
        while (http_element(&list, &name))
            if (!add_name(offer, name)) return false;
        /* RFC 6455 §4.3: each field is 1#token: one name or more. */
        if (offer->count == before) return false;
    }
    return true;
}

int handshake_check(const struct http_head *r) {
    unsigned keys, versions;
    struct offer offer;
    struct span key = http_field(r, "Sec-WebSocket-Key", &keys);
    struct span version = http_field(r, "Sec-WebSocket-Version", &versions);
    /* RFC 6455 §4.2.1 step 1: an HTTP/1.1 or higher GET request. */
    if (!span_equal(r->method, span_from("GET"))) return HANDSHAKE_ERR_METHOD;
    /* RFC 9110 §7.8: Upgrade in HTTP/1.0 MUST be ignored: not enforced: step 1
     * above refuses such a request. */
    if (r->minor < 1) return HANDSHAKE_ERR_BAD;
    /* Step 2: a Host field: http_request has checked that. RFC 6455 §4.2.1 step
     * 3: Upgrade contains "websocket". RFC 6455 §4.2.1 step 4: Connection
     * contains "Upgrade". */
    if (!handshake_is_requested(r) ||
        !http_field_has_token(r, "Connection", "Upgrade"))
        return HANDSHAKE_ERR_BAD;
    /* RFC 6455 §4.2.1 step 5, §11.3.1: the key MUST NOT appear twice. */
    if (keys != 1 || !is_good_key(key)) return HANDSHAKE_ERR_BAD;
    /* RFC 6455 §4.2.1 step 6, §4.2.2 step 4: version 13, or a 426. */
    if (versions == 0) return HANDSHAKE_ERR_VERSION;
    if (versions > 1) return HANDSHAKE_ERR_BAD;
    if (!span_equal(version, span_from("13"))) return HANDSHAKE_ERR_VERSION;
    /* RFC 6455 §4.2.1 step 8: names of subprotocols. */
    if (!parse_offer(&offer, r)) return HANDSHAKE_ERR_BAD;
    /* RFC 6455 §9.1: a malformed list of extensions MUST fail. */
    if (!extension_lists_are_valid(r)) return HANDSHAKE_ERR_BAD;
    /* The head is followed by frames, not by a body. */
    if (r->length > 0 || r->chunked) return HANDSHAKE_ERR_BAD;
    return 0;
}

void handshake_accept(const uint8_t key[HANDSHAKE_KEY],
                      char accept[HANDSHAKE_ACCEPT]) {
    uint8_t text[HANDSHAKE_KEY + sizeof GUID - 1], digest[SHA1_SIZE];
    memcpy(text, key, HANDSHAKE_KEY);
    memcpy(text + HANDSHAKE_KEY, GUID, sizeof GUID - 1);
    sha1(text, sizeof text, digest);
    base64_encode(digest, sizeof digest, accept);
}

/* RFC 6455 §4.2.2 step 5: the 101, with a subprotocol unless it is empty. */
static bool write_switching(struct buf *out, const struct http_head *request,
                            struct span protocol, const char *more) {
    char accept[HANDSHAKE_ACCEPT];
    struct span key = http_field(request, "Sec-WebSocket-Key", NULL);
    handshake_accept(key.data, accept);
    struct span parts[] = {
        span_from("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                  "Connection: Upgrade\r\nSec-WebSocket-Accept: "),
        {(uint8_t *)accept, sizeof accept},
        span_from(protocol.len > 0 ? "\r\nSec-WebSocket-Protocol: " : ""),
        protocol,
        span_from("\r\n"),
        span_from(more),
        span_from("\r\n"),
    };
    return buf_append_all(out, parts, sizeof parts / sizeof *parts);
}

/* §1.9, step 5.5: the server selects one of the subprotocols offered. A browser
 * that has offered some fails if the response selects none. */
static bool switch_to_first(struct buf *out, const struct http_head *request,
                            const char *more) {
    struct offer offer;
    parse_offer(&offer, request);
    return write_switching(
        out, request, offer.count > 0 ? offer.names[0] : span_from(""), more);
}

bool handshake_offers(const struct http_head *request, const char *protocol) {
    struct offer offer;
    parse_offer(&offer, request);
    for (unsigned i = 0; i < offer.count; i++)
        if (span_equal(offer.names[i], span_from(protocol))) return true;
    return false;
}

bool handshake_select(struct buf *out, const struct http_head *request,
                      const char *protocol) {
    return write_switching(out, request, span_from(protocol), "");
}

/* Returns the body of a refusal: its reason. */
static const char *reason_text(unsigned status) {
    switch (status) {
    case 403:
        return "this origin or host is not allowed here\n";
    case 405:
        return "a WebSocket handshake is a GET\n";
    case 408:
        return "the request took too long\n";
    case 426:
        return "this server speaks only version 13 of WebSocket\n";
    case 431:
        return "the head is too long\n";
    case 500:
        return "the server is out of memory\n";
    default:
        return "not a WebSocket handshake (RFC 6455, section 4.2.1)\n";
    }
}

/* Returns the fields of a refusal that say what the server accepts. */
static const char *correction(unsigned status) {
    /* RFC 9110 §15.5.6: with 405 a server MUST send Allow. */
    if (status == 405) return "Allow: GET\r\nConnection: close\r\n";
    /* RFC 6455 §4.4: a 426 lists the versions that the server supports. RFC
     * 9110 §15.5.22 and §7.8: it MUST send Upgrade, and in Connection the
     * option "Upgrade". */
    if (status == 426)
        return "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n"
               "Connection: Upgrade, close\r\n";
    return "Connection: close\r\n";
}

bool handshake_respond(struct buf *out, const struct http_head *request,
                       unsigned status, const char *more) {
    if (!more) more = "";
    if (status == 101) return switch_to_first(out, request, more);
    char fields[400];
    snprintf(fields, sizeof fields, "%s%s", correction(status), more);
    const char *body = reason_text(status);
    return http_write_head(out, status, "text/plain", strlen(body), fields) &&
           buf_text(out, body);
}

int handshake_feed_head(struct buf *head, struct span *in, struct http_head *h,
                        http_parse_head *parse) {
    size_t seen = buf_view(head).len, space = head->max - seen;
    size_t size = in->len < space ? in->len : space;
    if (!buf_append(head, in->data, size)) return -500;
    int n = parse(h, buf_view(head), seen);
    if (n == 0 && size == space) return HTTP_ERR_HEAD;
    *in = span_skip(*in, n > 0 ? (size_t)n - seen : size);
    return n;
}

int handshake_server_feed(struct buf *head, struct span *in, struct buf *out,
                          bool loopback, const char *origins,
                          const char *more) {
    struct http_head request;
    int n = handshake_feed_head(head, in, &request, http_request);
    if (n == 0) return 0;
    int status = n < 0 ? -n : (int)origin_check(&request, loopback, origins);
    if (status == 0) status = -handshake_check(&request);
    if (status == 0) {
        handshake_respond(out, &request, 101, NULL);
        return 1;
    }
    handshake_respond(out, &request, (unsigned)status, more);
    return -status;
}
