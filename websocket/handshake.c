/* handshake.c: see websocket/handshake.h. First the server's side, then the
 * client's. */
#include "websocket/handshake.h"

#include <stdio.h>

#include "websocket/base64.h"
#include "websocket/extension.h"
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

typedef int parse_head(struct http_head *, struct span, size_t);

/* Moves bytes from *in to head up to the end of the head, and parses it.
 * Returns its size; 0: it is not complete; or minus the status for the
 * error. */
static int feed(struct buf *head, struct span *in, struct http_head *h,
                parse_head *parse) {
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
    int n = feed(head, in, &request, http_request);
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

bool handshake_write_request(struct buf *out,
                             const struct handshake_request *request) {
    char key[HANDSHAKE_KEY];
    base64_encode(request->nonce, HANDSHAKE_NONCE, key);
    /* RFC 6455 §4.1, what the request has to contain. Item 2: at most one
     * connection to a server may be in this state: not enforced: a client
     * machine does not know of any other. */
    const char *protocols = request->protocols;
    struct span parts[] = {
        span_from("GET "),
        span_from(request->target),
        span_from(" HTTP/1.1\r\nHost: "),
        span_from(request->host),
        span_from("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "),
        {(uint8_t *)key, sizeof key},
        span_from(protocols ? "\r\nSec-WebSocket-Protocol: " : ""),
        span_from(protocols ? protocols : ""),
        span_from("\r\n\r\n"),
    };
    return buf_append_all(out, parts, sizeof parts / sizeof *parts);
}

/* Is there one Sec-WebSocket-Accept, with the right value for the key? */
static bool is_accepted(const struct http_head *response,
                        const struct handshake_request *request) {
    char key[HANDSHAKE_KEY], accept[HANDSHAKE_ACCEPT];
    unsigned count;
    base64_encode(request->nonce, HANDSHAKE_NONCE, key);
    handshake_accept((uint8_t *)key, accept);
    struct span got = http_field(response, "Sec-WebSocket-Accept", &count);
    return count == 1 &&
           span_equal(got, (struct span){(uint8_t *)accept, sizeof accept});
}

/* Is name one of the offered subprotocols? */
static bool is_offered(struct span name, const char *protocols) {
    struct span list = span_from(protocols ? protocols : ""), element;
    while (http_element(&list, &element))
        if (span_equal(element, name)) return true;
    return false;
}

const char *handshake_verify(const struct http_head *response,
                             const struct handshake_request *request) {
    unsigned upgrades, protocols;
    struct span upgrade = http_field(response, "Upgrade", &upgrades);
    struct span protocol =
        http_field(response, "Sec-WebSocket-Protocol", &protocols);
    /* RFC 6455 §4.1 check 1: another status is not a WebSocket. */
    if (response->status != 101) return "the response is not a 101";
    /* RFC 6455 §4.1 check 2: Upgrade is "websocket", in either case. */
    if (!span_equal_ci(upgrade, span_from("websocket")) || upgrades != 1)
        return "no Upgrade: websocket";
    /* RFC 6455 §4.1 check 3: Connection contains "Upgrade", in either case. */
    if (!http_field_has_token(response, "Connection", "Upgrade"))
        return "no Connection: Upgrade";
    /* RFC 6455 §4.1 check 4: Sec-WebSocket-Accept belongs to the key. */
    if (!is_accepted(response, request))
        return "Sec-WebSocket-Accept does not belong to our key";
    /* RFC 6455 §4.1 check 5: no extension, since this client offers none. */
    if (http_field(response, "Sec-WebSocket-Extensions", NULL).data)
        return "an extension that we did not offer";
    /* RFC 6455 §4.1 check 6: no subprotocol that was not offered. RFC 6455
     * §11.3.4: the field MUST NOT appear more than once in a response. */
    if (protocols > 1) return "two subprotocols";
    if (protocols == 1 && !is_offered(protocol, request->protocols))
        return "a subprotocol that we did not offer";
    return NULL;
}

int handshake_client_feed(struct buf *head, struct span *in,
                          const struct handshake_request *request,
                          char why[HANDSHAKE_WHY]) {
    struct http_head response;
    int n = feed(head, in, &response, http_response);
    const char *wrong = NULL;
    if (n == 0) return 0;
    if (n == -500)
        wrong = "out of memory";
    else if (n < 0)
        wrong = "the response is not HTTP";
    else if (response.status == 101)
        wrong = handshake_verify(&response, request);
    if (n > 0 && response.status != 101)
        snprintf(why, HANDSHAKE_WHY, "refused, status %u", response.status);
    else if (wrong)
        snprintf(why, HANDSHAKE_WHY, "%s", wrong);
    else
        return 1;
    return -1;
}
