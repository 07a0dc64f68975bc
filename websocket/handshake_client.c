/* handshake_client.c: the client's side of websocket/handshake.h. Entry points:
 * handshake_write_request, handshake_verify, and handshake_client_feed. */
#include <stdio.h>

#include "websocket/base64.h"
#include "websocket/handshake.h"
#include "websocket/handshake_inside.h"

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
    int n = handshake_feed_head(head, in, &response, http_response);
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
